//! Seeded bad luck at GitHub: requests and answers get lost, GitHub fails before and after it did what was asked, webhooks
//! are late, doubled, in disorder, dropped and lost, the worker's process dies in the middle; meanwhile candidates are
//! provisioned, join, write, commit and deliver. Once what was missed was asked for again and looked for, there is one of
//! each at GitHub, and the logs hold exactly what happened.
//!
//! A run is what one candidate does in an hour or two, and what the service makes of it, compared with GitHub. Candidates of
//! one season share an organisation and a clock, and each of them has so many runs, from the repository to the delivery.
//! A season's seed is what can be played again: a failure names it, `WORKSAMPLE_SIMULATION_SEED` plays that season alone.
//! `WORKSAMPLE_SIMULATION_RUNS` says how many runs there are to be, `WORKSAMPLE_SIMULATION_EACH` how many of them a candidate
//! has. In every other season the service is an App, in the others it has a token.

mod candidate;
mod compare;
mod dice;
mod people;
mod season;

use std::time::Instant;

use futures_util::{StreamExt as _, stream};

use self::season::{Figures, Season};

/// Without a wish: two seasons, enough to notice what is broken for many.
const RUNS: u64 = 100;
const EACH: u64 = 2;
/// More would take longer than the three days that the work may take.
const MOST_EACH: u64 = 25;
/// Candidates in one season.
const TOGETHER: u64 = 25;
/// Seasons at the same time.
const LANES: usize = 4;

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says which runs to play"
)]
fn wished(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_there_is_one_of_each_and_nothing_lost_or_doubled() {
    let each = wished("WORKSAMPLE_SIMULATION_EACH")
        .unwrap_or(EACH)
        .clamp(1, MOST_EACH);
    let seeds = match wished("WORKSAMPLE_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let runs = wished("WORKSAMPLE_SIMULATION_RUNS").unwrap_or(RUNS);
            0..runs.div_ceil(TOGETHER * each)
        }
    };
    let seasons = seeds.end - seeds.start;
    let since = Instant::now();
    let figures: Figures = stream::iter(seeds)
        .map(|seed| async move {
            let season = Season::play(seed, TOGETHER as usize, each as usize);
            tokio::spawn(season).await.unwrap_or_else(|error| {
                panic!(
                    "WORKSAMPLE_SIMULATION_SEED={seed} WORKSAMPLE_SIMULATION_EACH={each}: {error}"
                )
            })
        })
        .buffer_unordered(LANES)
        .fold(Figures::default(), async |mut sum, one| {
            sum += one;
            sum
        })
        .await;
    let took = since.elapsed().as_secs_f32();
    let Figures {
        runs,
        candidates,
        with_commits,
        requests,
        faults,
        webhook_faults,
        deaths,
        retried,
        texts,
        pushes,
        refused,
    } = figures;
    println!(
        "{runs} runs of {candidates} candidates, {with_commits} of whom commit, in {seasons} seasons:"
    );
    println!(
        "  {requests} requests, {faults} of them met a fault; {webhook_faults} webhooks met one"
    );
    println!(
        "  {deaths} times the worker's process died; {retried} dead jobs were retried by hand"
    );
    println!("  {texts} texts and {pushes} pushes compared: 0 doubled, 0 orphaned, 0 lost");
    println!("  {refused} requests were refused because of limits");
    println!("  {took:.0} s, {:.0} ms a run", 1000.0 * took / runs as f32);
    assert!(faults > candidates && webhook_faults > 0 && deaths > 0);
}
