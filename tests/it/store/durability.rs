//! What was acknowledged is there, however the process ended.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use worksample::store::{DatabaseUrl, Store, StoreOptions};

use super::stage::{Stage, on_both_databases, spec};

on_both_databases!(
    a_process_killed_amid_a_flood_of_writes_has_lost_none_that_it_acknowledged,
    a_store_dropped_amid_writes_has_lost_none_that_it_acknowledged,
);

const ADDRESS: &str = "WORKSAMPLE_TEST_FLOOD";
/// The story's name in the process that is killed, whichever the database is.
const AGAIN: &str = "store::durability::a_process_killed_amid_a_flood_of_writes_has_lost_none_that_it_acknowledged::on_sqlite";
const LANES: u32 = 16;

/// Where the database is that this process is to flood, if it is the one that the story below kills.
#[expect(
    clippy::disallowed_methods,
    reason = "the parent process says where the database is"
)]
fn to_be_flooded() -> Option<DatabaseUrl> {
    Some(std::env::var(ADDRESS).ok()?.parse().unwrap())
}

/// Writes without end, and prints the name of every write that was acknowledged.
async fn flood(url: DatabaseUrl) {
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0_u32.. {
                    let name = format!("{lane}-{number}");
                    let version = name.clone();
                    store
                        .write(move |tx| tx.publish_spec(&spec(&version)))
                        .await
                        .unwrap();
                    println!("acknowledged {name}");
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
}

/// The process that is killed is this very story once more, told which database to write to.
async fn a_process_killed_amid_a_flood_of_writes_has_lost_none_that_it_acknowledged(stage: Stage) {
    if let Some(url) = to_be_flooded() {
        return flood(url).await;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", AGAIN])
        .args(["--nocapture", "--test-threads", "1"])
        .env(ADDRESS, stage.full_address())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines.map_while(Result::ok) {
        if let Some(name) = line.split("acknowledged ").nth(1) {
            acknowledged.push(name.to_owned());
        }
        if acknowledged.len() == 300 {
            // SIGKILL; what the process printed before it died is still read.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 300);
    // The last line may have been cut short by the end.
    acknowledged.pop();

    let store = stage.open().await;
    let stored: std::collections::BTreeSet<String> = store
        .read(|tx| tx.specs())
        .await
        .unwrap()
        .into_iter()
        .map(|spec| spec.version)
        .collect();
    for name in &acknowledged {
        assert!(stored.contains(name), "{name} was acknowledged and is lost");
    }
    // And it goes on.
    assert_eq!(
        store.write(|tx| tx.publish_spec(&spec("next"))).await,
        Ok(true)
    );
}

async fn a_store_dropped_amid_writes_has_lost_none_that_it_acknowledged(stage: Stage) {
    let store = stage.open().await;
    let writes: Vec<_> = (0..100_u32)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(move |tx| tx.publish_spec(&spec(&number.to_string())))
                    .await
            })
        })
        .collect();
    drop(store);
    let mut acknowledged = 0;
    for (place, write) in writes.into_iter().enumerate() {
        // Some tasks are dropped before they end, as at a shutdown.
        if place % 4 == 3 {
            write.abort();
        } else {
            assert_eq!(write.await.unwrap(), Ok(true));
            acknowledged += 1;
        }
    }
    let store = stage.open().await;
    let stored = store.read(|tx| tx.specs()).await.unwrap().len();
    assert!(stored >= acknowledged, "{stored} of {acknowledged}");
}
