//! Members by example: who came, left and came again, by webhooks and by looks.

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::work_sample::settle::settle;
use crate::work_sample::testing::*;
use crate::work_sample::*;

/// All moves have the same time: nothing else changed in the repository.
const MINUTE: i64 = 30;

/// What tells of a move.
#[derive(Clone, Copy)]
enum By {
    /// A webhook with this GUID, sent at this second where the GUID says so.
    Webhook(&'static str, Option<i64>),
    /// A look at this second.
    Look(i64),
    /// A webhook or look in a log of an earlier version.
    OldWebhook,
    OldLook,
}

fn moved(came: bool, by: By) -> Happening {
    let (id, login) = (9, "friend".to_owned());
    let second = |second: i64| -> Timestamp { at(MINUTE) + TimeDelta::seconds(second) };
    let told = |sent_at, old: bool| match came {
        true => EventBody::MemberAdded {
            login: login.clone(),
            id: Some(id),
            sent_at,
        },
        false => EventBody::MemberRemoved {
            login: login.clone(),
            id: (!old).then_some(id),
            sent_at,
        },
    };
    let seen = |looked_at| match came {
        true => EventBody::MemberSeen {
            id,
            login: login.clone(),
            looked_at,
            occurrence: Occurrence::FIRST,
        },
        false => EventBody::MemberGone {
            id,
            login: login.clone(),
            looked_at,
            occurrence: Occurrence::FIRST,
        },
    };
    let (key, body) = match (by, came) {
        (By::Webhook(guid, sent_at), true) => (
            key::member_added_by(id, guid),
            told(sent_at.map(second), false),
        ),
        (By::Webhook(guid, sent_at), false) => (
            key::member_removed_by(id, guid),
            told(sent_at.map(second), false),
        ),
        (By::OldWebhook, true) => (key::member_added(id), told(None, true)),
        (By::OldWebhook, false) => (key::member_removed(id), told(None, true)),
        (By::Look(at), true) => (key::member_seen(id), seen(Some(second(at)))),
        (By::Look(at), false) => (key::member_gone(id), seen(Some(second(at)))),
        (By::OldLook, true) => (key::member_seen(id), seen(None)),
        (By::OldLook, false) => (key::member_gone(id), seen(None)),
    };
    let actor = match body {
        EventBody::MemberSeen { .. } | EventBody::MemberGone { .. } => Actor::Service,
        _ => team(),
    };
    Happening {
        key,
        actor,
        occurred_at: at(MINUTE),
        body,
    }
}

/// Records moves one after the other and returns the story with the number of rows of each.
fn record(moves: &[(bool, By)]) -> (Story, Vec<usize>) {
    let mut story = Story::provisioned();
    let mut rows = Vec::new();
    for (came, by) in moves {
        let source = match by {
            By::Webhook(..) | By::OldWebhook => Source::Webhook,
            By::Look(_) | By::OldLook => Source::Reconciliation,
        };
        let found = [moved(*came, *by)];
        let new = settle(&events(&story.happenings), &found, source).new;
        let new: Vec<Happening> = new
            .into_iter()
            .filter(|one| story.happenings.iter().all(|known| known.key != one.key))
            .collect();
        rows.push(new.len());
        story.happenings.extend(new);
    }
    (story, rows)
}

/// `+` came, `-` left, as the report tells it.
fn said(story: &Story) -> String {
    let events = story.fold().repository_events;
    let sign = |text: &str| if text.contains("became") { '+' } else { '-' };
    events.iter().map(|event| sign(&event.text)).collect()
}

fn is_there(story: &Story) -> bool {
    let members = story.fold().members;
    members.iter().any(|one| one.id == Some(9) && !one.left)
}

const ADDED: By = By::Webhook("0001", Some(0));
const REMOVED: By = By::Webhook("0002", Some(10));
const ADDED_AGAIN: By = By::Webhook("0000", Some(20));

#[test]
fn member_removed_and_added_again_is_a_member_in_any_order_of_webhooks() {
    let moves = [(true, ADDED), (false, REMOVED), (true, ADDED_AGAIN)];
    let told = record(&moves).0.fold();
    assert_eq!(said(&record(&moves).0), "+-+");
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (story, rows) = record(&order.map(|nth| moves[nth]));
        assert_eq!((said(&story).as_str(), is_there(&story)), ("+-+", true));
        assert_eq!(rows, [1, 1, 1]);
        assert_eq!(story.fold(), told, "{order:?}");
    }
}

#[test]
fn webhooks_without_a_time_are_taken_in_turn() {
    let untimed = [
        (true, By::Webhook("a", None)),
        (true, By::Webhook("b", None)),
        (false, By::Webhook("c", None)),
    ];
    let (story, _) = record(&untimed);
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-+", true));
    let (story, _) = record(&untimed[1..]);
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-", false));
}

#[test]
fn webhook_sent_by_two_hooks_is_one_move() {
    let twice = [
        (true, By::Webhook("a", Some(0))),
        (true, By::Webhook("b", Some(0))),
        (false, By::Webhook("c", Some(5))),
        (false, By::Webhook("d", Some(6))),
    ];
    let (story, _) = record(&twice);
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-", false));
}

#[test]
fn member_is_followed_by_looks_alone() {
    let looks = [
        (true, By::Look(0)),
        (true, By::Look(1)),
        (false, By::Look(10)),
        (false, By::Look(11)),
        (true, By::Look(20)),
        (false, By::Look(30)),
    ];
    let (story, rows) = record(&looks);
    assert_eq!(
        rows,
        [1, 0, 1, 0, 1, 1],
        "a look that repeats the log writes nothing"
    );
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-+-", false));
    let keys: Vec<&str> = story.happenings[story.happenings.len() - 2..]
        .iter()
        .map(|one| one.key.0.as_str())
        .collect();
    assert_eq!(keys, ["member:9:seen:2", "member:9:gone:2"]);
}

#[test]
fn webhooks_after_looks_have_the_last_word() {
    let webhooks = [(true, ADDED), (false, REMOVED), (true, ADDED_AGAIN)];
    let looks = [
        (true, By::Look(5)),
        (false, By::Look(15)),
        (true, By::Look(25)),
    ];
    let told = record(&webhooks).0.fold();
    let (story, _) = record(&[looks, webhooks].concat());
    let mixed = story.fold();
    assert_eq!(mixed.repository_events, told.repository_events);
    let (story, _) = record(&[
        looks[0],
        looks[1],
        webhooks[1],
        webhooks[0],
        looks[2],
        webhooks[2],
    ]);
    assert_eq!(story.fold().repository_events, told.repository_events);
    // Only the webhook of the removal is lost.
    let (story, _) = record(&[webhooks[0], looks[0], looks[1], webhooks[2]]);
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-+", true));
}

#[test]
fn log_of_an_earlier_version_reads_as_it_did() {
    let old = [
        (true, By::OldLook),
        (false, By::OldLook),
        (true, By::OldWebhook),
        (false, By::OldWebhook),
    ];
    let (story, _) = record(&old);
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-", false));
    let keys: Vec<String> = story
        .fold()
        .repository_events
        .iter()
        .map(|event| event.key.0.clone())
        .collect();
    assert_eq!(keys, ["member:9:added", "member:9:removed"]);
    // What is new goes on from there.
    let (story, _) = record(&[&old[..], &[(true, By::Look(60))]].concat());
    assert_eq!((said(&story).as_str(), is_there(&story)), ("+-+", true));
}
