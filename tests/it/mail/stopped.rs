//! Every step of writing and sending a message stopped: before and after each commit, and before and after the server takes the
//! message. However it is stopped, the message is sent, at most twice, and then with the same bytes.

use std::sync::Arc;

use chrono::Duration;
use rstest::rstest;
use worksample::store::{MessageState, Tap};
use worksample::workflow::messages::SETTLING;

use super::{Post, clock, settings};
use crate::steps::Moments;
use crate::support::played::On;
use crate::support::smtp::SmtpServer;

/// A life that ends at a moment, and the lives after it. Returns the moments of the first, and how often the message came.
async fn lives(on: On, stop_at: Option<usize>) -> Option<(usize, usize)> {
    let database = on.database()?;
    let dir = tempfile::tempdir().unwrap();
    let server = SmtpServer::start().await;
    let clock = clock();
    let settings = settings(
        dir.path(),
        database.url(),
        Some(server.url().parse().unwrap()),
    );
    let moments = Moments::new(stop_at);
    let first = Post::start(&settings, clock.clone(), 1).await;
    first.offer().await;
    clock.advance(Duration::seconds(1));
    first
        .services
        .store
        .tap(Arc::clone(&moments) as Arc<dyn Tap>);
    server.tap(Some(Arc::clone(&moments) as Arc<dyn Tap>));
    tokio::select! {
        done = first.worker.drain() => drop(done.unwrap()),
        () = moments.held() => {}
    }
    let seen = moments.seen();
    server.tap(None);
    drop(first);
    moments.release();
    let second = Post::start(&settings, clock.clone(), 2).await;
    for _ in 0..4 {
        second.work_after(SETTLING + Duration::minutes(1)).await;
    }
    let row = second.message().await;
    assert_eq!(
        row.state,
        MessageState::Sent,
        "stopped at {stop_at:?}: {row:?}"
    );
    let taken = server.taken();
    assert!(taken.iter().all(|one| *one == taken[0]), "the same bytes");
    second.services.store.close().await;
    Some((seen, taken.len()))
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn message_stopped_at_any_moment_is_sent(#[case] on: On) {
    let Some((moments, copies)) = lives(on, None).await else {
        return;
    };
    assert_eq!(copies, 1);
    assert!(moments >= 8, "{moments}");
    let mut doubled = 0;
    for moment in 1..=moments {
        let (_, copies) = lives(on, Some(moment)).await.unwrap();
        assert!((1..=2).contains(&copies), "stopped at {moment}: {copies}");
        doubled += copies - 1;
    }
    // Only between the server's taking it and our writing that down is the outcome unknown.
    assert!((1..=3).contains(&doubled), "{doubled} of {moments}");
}
