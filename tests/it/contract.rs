//! The contract with GitHub as a proof: every request of ours, every answer and webhook of the stand-in, held against what
//! GitHub itself publishes.

mod clients;
mod examples;
mod mail;
mod node;
mod own;
mod recorder;
mod spoilt;
mod stories;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use worksample::rehearsal::World;

use self::recorder::{Recorder, Tape, Who};
use crate::support::flaky::{Breaks, Flaky};
use crate::support::small;

const SERVICE: Who = Who {
    name: "service",
    kind: "rest",
    tolerant: false,
};
const PEOPLE: Who = Who {
    name: "people",
    kind: "rest",
    tolerant: false,
};
const WEBHOOK: Who = Who {
    name: "stand-in",
    kind: "webhook",
    tolerant: false,
};

/// Somebody else's client library: wrong requests of a test are in order where they are refused.
const CLIENT: Who = Who {
    name: "client",
    kind: "rest",
    tolerant: true,
};

/// A world in which whatever is said between service, people and stand-in is written down.
struct Recorded {
    world: World,
    client: Recorder,
    webhooks: Recorder,
    _others: ([Recorder; 2], Flaky),
}

impl Recorded {
    /// Where another service finds GitHub, under the same record.
    fn service_url(&self) -> String {
        let ([service, _], _) = &self._others;
        service.url()
    }

    async fn start(dir: &Path, tape: &Tape) -> Recorded {
        Recorded::behind(dir, tape, 0, Breaks::Before).await
    }

    /// The service's exchange number `at` breaks, on this side of the record.
    async fn behind(dir: &Path, tape: &Tape, at: usize, breaks: Breaks) -> Recorded {
        let stand_in: Arc<OnceLock<SocketAddr>> = Arc::default();
        let upstream = {
            let stand_in = Arc::clone(&stand_in);
            move || *stand_in.get().unwrap()
        };
        let service = Recorder::start(SERVICE, tape, upstream.clone());
        let people = Recorder::start(PEOPLE, tape, upstream.clone());
        let client = Recorder::start(CLIENT, tape, upstream);
        let recorded = service.address();
        let flaky = Flaky::start(move || recorded, at, breaks).await;
        let mut world = small::world_behind(dir, None, None, Some(flaky.url())).await;
        stand_in.set(world.stand_in.address()).unwrap();
        let address = world.address;
        let webhooks = Recorder::start(WEBHOOK, tape, move || address);
        world
            .stand_in
            .set_webhook(
                &format!("{}/webhooks/github", webhooks.url()),
                world.webhook_secret(),
            )
            .unwrap();
        world.people_url = people.url();
        Recorded {
            world,
            client,
            webhooks,
            _others: ([service, people], flaky),
        }
    }
}

/// Holds a tape against the contract; prints what was checked, fails on a violation.
async fn validate(folder: &Path, tape: &Tape) {
    let output = judge(folder, tape).await;
    let said = node::said(&output);
    println!("{said}");
    assert!(
        output.status.success(),
        "the contract with GitHub is broken:\n{said}"
    );
}

async fn judge(folder: &Path, tape: &Tape) -> std::process::Output {
    let path = tape.path().to_str().unwrap();
    node::run(folder, "validate.mjs", &[path], &[]).await
}
