//! Every step of posting an answer stopped: alone, in a race, and by a worker that stalls and goes on later. However it is
//! stopped, there is one comment in the end.

use std::sync::Arc;

use rstest::rstest;

use super::play::{On, Play, Stage};
use super::{Ends, Pairs, at_each, part, race, stalls};

/// The moments of a life that nothing stops.
async fn undisturbed(stage: &Arc<Stage>) -> usize {
    let play = Play::misread(stage).await;
    let moments = play.life(None).await;
    play.ends_with_one_answer("undisturbed").await;
    assert!(moments >= 8, "{moments}");
    moments
}

/// There are few moments: a plain run plays every second.
fn every() -> usize {
    part(Pairs::Few).moments.min(2)
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn answering_stopped_at_any_moment_posts_one_comment(#[case] on: On) {
    let Some(stage) = Stage::new(on, false).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    let what = format!("{on:?}, answering, stopped once, and once more");
    let part = part(Pairs::Few);
    at_each(&what, (moments, 1), async |first| {
        let play = Play::misread(&stage).await;
        assert_eq!(play.life(Some(first)).await, first);
        let rest = play.life(None).await;
        play.ends_with_one_answer(&format!("stopped at {first}"))
            .await;
        let mut plays = 1;
        for second in (1..=rest).filter(|second| part.holds(first, *second)) {
            let play = Play::misread(&stage).await;
            play.life(Some(first)).await;
            play.life(Some(second)).await;
            play.life(None).await;
            let how = format!("stopped at {first}, then at {second}");
            play.ends_with_one_answer(&how).await;
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
async fn two_answering_workers_post_one_comment(#[case] on: On) {
    let Some(stage) = Stage::new(on, true).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    let what = format!("{on:?}, answering, racing");
    at_each(&what, (moments, every()), async |first| {
        let play = Play::misread(&stage).await;
        race(&play, first, None).await;
        let how = format!("raced, one stopped at {first}");
        play.ends_with_one_answer(&how).await;
        1
    })
    .await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn stalled_answering_worker_leaves_one_comment(
    #[case] on: On,
    #[values(Ends::Well, Ends::Stopped)] ends: Ends,
) {
    let Some(stage) = Stage::new(on, false).await else {
        return;
    };
    let moments = undisturbed(&stage).await;
    let what = format!("{on:?}, answering, stalled, ends: {ends:?}");
    at_each(&what, (moments, every()), async |first| {
        let play = Play::misread(&stage).await;
        stalls(&play, first, None, ends).await;
        if ends == Ends::Stopped {
            play.reconcile().await;
        }
        play.ends_with_one_answer(&format!("stalled at {first}"))
            .await;
        1
    })
    .await;
}
