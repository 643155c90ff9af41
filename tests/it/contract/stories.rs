//! Whole stories under record.

use chrono::Duration;
use worksample::rehearsal::play;

use super::node;
use super::recorder::Tape;
use super::{Recorded, validate};
use crate::support::flaky::Breaks;
use crate::support::small;

#[tokio::test(flavor = "multi_thread")]
async fn a_work_sample_from_launch_to_delivery_speaks_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let recorded = Recorded::start(dir.path(), &tape).await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    play(
        &recorded.world,
        &small::version(),
        vec![small::script(&script)],
        &mut |_| {},
    )
    .await
    .unwrap();
    recorded.world.stop().await.unwrap();
    validate(&folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_before_writing_again_speaks_githubs_language() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let accepts = small::until(small::TALKATIVE, "do = \"wait\"");
    for at in 1..=3 {
        for breaks in [Breaks::Before, Breaks::After] {
            let place = dir.path().join(format!("{at}-{breaks:?}"));
            std::fs::create_dir(&place).unwrap();
            let recorded = Recorded::behind(&place, &tape, at, breaks).await;
            play(
                &recorded.world,
                &small::version(),
                vec![small::script(&accepts)],
                &mut |_| {},
            )
            .await
            .unwrap();
            recorded.world.clock.advance(Duration::minutes(1));
            recorded.world.settle().await.unwrap();
            recorded.world.stop().await.unwrap();
        }
    }
    validate(&folder, &tape).await;
}
