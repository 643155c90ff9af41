//! Every step of provisioning stopped: before and after each database commit, before and after each HTTP exchange, alone
//! and in all pairs; with a second worker in a race, and both of them stopped; and with one that goes on after it was taken for
//! dead. However it is stopped, there is one repository, one invitation, one kickoff issue in the end.
//!
//! A stop is the end of a process as its database and GitHub see it: the future that does the work is dropped at that
//! moment, with its store and its connections. The kills of real processes are in `process::kill`.
//!
//! A plain run, as in `.ci/run`, plays a part of the moments and of the pairs. With `WORKSAMPLE_STEPS=most` it is each
//! moment, all pairs of stops on SQLite, and some of the other pairs; with `all`, as in `.ci/run long`, all pairs of stops, and
//! more of those of races and stalls, which take as long.

mod answering;
mod play;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use rstest::rstest;

use self::play::{LANES, On, Play, Stage};

pub use self::play::Moments;

/// How much is played: one of so many.
struct Part {
    moments: usize,
    pairs: usize,
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says how much to play"
)]
fn part(wish: Pairs) -> Part {
    let wanted = std::env::var("WORKSAMPLE_STEPS").unwrap_or_default();
    let (moments, pairs) = match (wanted.as_str(), wish) {
        ("all", Pairs::All | Pairs::Many) | ("most", Pairs::All) => (1, 1),
        ("all", Pairs::Few) | ("most", Pairs::Many) => (1, 17),
        ("most", Pairs::Few) => (1, 97),
        _ => (6, 97),
    };
    Part { moments, pairs }
}

/// How many pairs of moments are worth their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pairs {
    /// All, if anybody wants most.
    All,
    /// All only if anybody wants all, and some otherwise: each takes longer.
    Many,
    /// Some: what they show, each moment alone shows nearly as well.
    Few,
}

impl Part {
    fn holds(&self, first: usize, second: usize) -> bool {
        (first + second).is_multiple_of(self.pairs)
    }
}

/// The moments of a life that nothing stops.
async fn undisturbed(stage: &Arc<Stage>) -> usize {
    let play = Play::new(stage).await;
    let moments = play.life(None).await;
    play.ends_with_one_of_each("undisturbed").await;
    moments
}

/// Plays all `moments`, some at the same time; says how many plays there were, and how long they took.
async fn at_each<P: Future<Output = usize>>(
    what: &str,
    (moments, every): (usize, usize),
    play: impl Fn(usize) -> P,
) {
    let (since, plays) = (Instant::now(), AtomicUsize::new(0));
    stream::iter((1..=moments).step_by(every))
        .for_each_concurrent(LANES, |moment| {
            let (play, plays) = (play(moment), &plays);
            async move {
                plays.fetch_add(play.await, Ordering::SeqCst);
            }
        })
        .await;
    println!(
        "{what}: {moments} moments, {} plays, {:.0} s",
        plays.into_inner(),
        since.elapsed().as_secs_f32()
    );
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_any_moment_and_at_any_moment_after_there_is_one_of_each(#[case] on: On) {
    let Some(stage) = Stage::new(on, false).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    assert!(moments >= 40, "{moments}");
    let what = format!("{on:?}, stopped once, and once more");
    let part = part(match on {
        On::Sqlite => Pairs::All,
        On::Postgres => Pairs::Many,
    });
    at_each(&what, (moments, part.moments), async |first| {
        let play = Play::new(&stage).await;
        assert_eq!(play.life(Some(first)).await, first);
        let rest = play.life(None).await;
        let how = format!("stopped at {first}");
        play.ends_with_one_of_each(&how).await;
        let seconds = (1..=rest).filter(|second| part.holds(first, *second));
        let mut plays = 1;
        for second in seconds {
            let play = Play::new(&stage).await;
            play.life(Some(first)).await;
            play.life(Some(second)).await;
            play.life(None).await;
            let how = format!("stopped at {first}, then at {second}");
            play.ends_with_one_of_each(&how).await;
            plays += 1;
        }
        plays
    })
    .await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn two_racing_workers_stopped_at_any_moment_one_or_both_leave_one_of_each(#[case] on: On) {
    let Some(stage) = Stage::new(on, true).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    let (what, part) = (format!("{on:?}, racing"), part(Pairs::Few));
    at_each(&what, (moments, part.moments), async |first| {
        let play = Play::new(&stage).await;
        race(&play, first, None).await;
        let how = format!("raced, one stopped at {first}");
        play.ends_with_one_of_each(&how).await;
        let seconds = (1..=moments).filter(|second| part.holds(first, *second));
        let mut plays = 1;
        for second in seconds {
            let play = Play::new(&stage).await;
            race(&play, first, Some(second)).await;
            play.life(None).await;
            let how = format!("raced, one stopped at {first}, the other at {second}");
            play.ends_with_one_of_each(&how).await;
            plays += 1;
        }
        plays
    })
    .await;
}

/// Two processes race; each is stopped at a moment of its own, if it has that many.
async fn race(play: &Play, first: usize, second: Option<usize>) {
    let (one, two) = (Moments::new(Some(first)), Moments::new(second));
    let mortal = async |moments: &Arc<Moments>| {
        let process = play.process(Some(moments)).await;
        tokio::select! {
            () = play.work(&process) => {}
            () = moments.held() => {}
        }
        drop(process);
        play.leases_run_out();
    };
    tokio::join!(mortal(&one), mortal(&two));
}

/// How a worker that stalled ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// It goes on as if nothing had happened.
    Well,
    /// It is stopped at its next moment.
    Stopped,
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_stalls_past_its_lease_and_goes_on_later_leaves_nothing_twice(
    #[case] on: On,
    #[values(Ends::Well, Ends::Stopped)] ends: Ends,
) {
    // Without pauses between its calls, it has most to do when it goes on.
    let Some(stage) = Stage::new(on, false).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    let what = format!("{on:?}, stalled, ends: {ends:?}");
    let part = part(Pairs::Few);
    at_each(&what, (moments, part.moments), async |first| {
        let play = Play::new(&stage).await;
        stalls(&play, first, None, ends).await;
        if ends == Ends::Stopped {
            play.reconcile().await;
        }
        let how = format!("stalled at {first}");
        play.ends_with_one_of_each(&how).await;
        let seconds = (1..=moments).filter(|second| part.holds(first, *second));
        let mut plays = 1;
        for second in seconds {
            let play = Play::new(&stage).await;
            stalls(&play, first, Some(second), ends).await;
            if ends == Ends::Stopped {
                play.reconcile().await;
            }
            let how = format!("stalled at {first}, the other at {second}");
            play.ends_with_one_of_each(&how).await;
            plays += 1;
        }
        plays
    })
    .await;
}

/// One process stalls at a moment and is taken for dead; the other goes on to its end, or stalls too until the first has
/// ended.
async fn stalls(play: &Play, first: usize, second: Option<usize>, ends: Ends) {
    let (stalled, later) = (Moments::new(Some(first)), Moments::new(second));
    let one = play.process(Some(&stalled)).await;
    let two = play.process(Some(&later)).await;
    // What it has at hand when it stalls, it brings to its end.
    let mut goes_on = Box::pin(play.work_unless(&one, || stalled.was_released()));
    tokio::select! {
        () = &mut goes_on => return,
        () = stalled.held() => {}
    }
    play.leases_run_out();
    let mut takes_over = Box::pin(play.work(&two));
    let ended = tokio::select! {
        () = &mut takes_over => true,
        () = later.held() => false,
    };
    match ends {
        Ends::Well => {
            stalled.release();
            goes_on.await;
        }
        Ends::Stopped => {
            stalled.release_for_one();
            tokio::select! {
                () = &mut goes_on => {}
                () = stalled.held() => drop(goes_on),
            }
        }
    }
    later.release();
    if !ended {
        play.leases_run_out();
        takes_over.await;
    }
}
