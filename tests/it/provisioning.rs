//! Provisioning, with every exchange with GitHub broken in turn, before and after its effect: in the end there is one
//! repository, one invitation, one kickoff issue.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rstest::rstest;
use worksample::rehearsal::{World, play};
use worksample::work_sample::State;
use worksample::workflow::worker::Outcome;
use worksample::workflow::{provision, show};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::small;

/// Accepts, and nothing more.
fn accepts() -> String {
    small::until(small::TALKATIVE, "do = \"wait\"")
}

struct Stage {
    _dir: tempfile::TempDir,
    world: World,
    flaky: Flaky,
}

async fn stage(at: usize, breaks: Breaks) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    // The stand-in's address is known only once it runs, and it starts with the world.
    let upstream: Arc<OnceLock<SocketAddr>> = Arc::default();
    let known = Arc::clone(&upstream);
    let flaky = Flaky::start(move || *known.get().unwrap(), at, breaks).await;
    let world = small::world_behind(dir.path(), None, None, Some(flaky.url())).await;
    let address = world.stand_in.api_url();
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    upstream.set(address.parse().unwrap()).unwrap();
    Stage {
        _dir: dir,
        world,
        flaky,
    }
}

/// What there is at GitHub after all.
async fn counts(world: &World) -> (usize, usize, usize) {
    let deliveries = world.stand_in.deliveries();
    let count = |event: &str, action: &str| {
        deliveries
            .iter()
            .filter(|one| one.event == event && one.action.as_deref() == Some(action))
            .map(|one| one.guid.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    let invitations = invitations(world).await;
    (
        count("repository", "created"),
        invitations,
        count("issues", "opened"),
    )
}

/// Open invitations of all repositories together.
async fn invitations(world: &World) -> usize {
    let get = |path: String| {
        let url = format!(
            "{}/{}",
            world.stand_in.api_url().trim_end_matches('/'),
            path
        );
        let request = reqwest::Client::new()
            .get(url)
            .bearer_auth(world.stand_in.service_token())
            .header("user-agent", "test");
        async move {
            let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
            answer.as_array().cloned().unwrap_or_default()
        }
    };
    let mut count = 0;
    let rows = show::work_samples(&world.services, Default::default())
        .await
        .unwrap();
    for name in rows.into_iter().filter_map(|row| row.repository_full_name) {
        count += get(format!("repos/{name}/invitations")).await.len();
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smooth_run_takes_three_calls_and_a_rerun_none() {
    let Stage { world, flaky, _dir } = stage(0, Breaks::Before).await;
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&accepts())],
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(flaky.seen(), 3, "create, invite, kickoff");
    assert_eq!(counts(&world).await, (1, 1, 1));
    provision::provision(&world.services, &played[0].id)
        .await
        .unwrap();
    assert_eq!(flaky.seen(), 3, "a rerun calls nobody");
    world.stop().await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whichever_exchange_breaks_there_is_one_of_each_in_the_end(
    #[values(1, 2, 3)] at: usize,
    #[values(Breaks::Before, Breaks::After)] breaks: Breaks,
) {
    let Stage {
        world,
        _dir,
        flaky: _flaky,
    } = stage(at, breaks).await;
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&accepts())],
        &mut |_| {},
    )
    .await
    .unwrap();
    let id = &played[0].id;
    let (before, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(before.state, State::Accepted, "the break was felt");

    world.clock.advance(chrono::Duration::minutes(1));
    let outcomes = world.settle().await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|one| matches!(one, Outcome::Done { .. })),
        "{outcomes:?}"
    );
    let (after, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(counts(&world).await, (1, 1, 1));
    world.stop().await.unwrap();
}
