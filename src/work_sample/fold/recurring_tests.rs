//! Facts that recur: they are told apart when they are recorded, and no report depends on the order in which they came.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::settle::settle;
use crate::work_sample::testing::*;
use crate::work_sample::*;

/// A log that facts are recorded in one after the other.
struct Log {
    story: Story,
}

impl Log {
    fn new() -> Log {
        Log {
            story: Story::provisioned(),
        }
    }

    /// Records what is new among facts that came together, as the service does. Returns how many those were.
    fn record(&mut self, found: &[Happening], source: Source) -> usize {
        let before = self.story.happenings.len();
        let settled = settle(&events(&self.story.happenings), found, source);
        for one in settled.new {
            if self
                .story
                .happenings
                .iter()
                .all(|known| known.key != one.key)
            {
                self.story.happenings.push(one);
            }
        }
        self.story.happenings.len() - before
    }

    fn hear(&mut self, one: Happening) -> usize {
        self.record(&[one], Source::Webhook)
    }

    fn keys(&self) -> Vec<&str> {
        let facts = self.story.happenings.iter();
        facts
            .filter(|one| one.body.is_github_fact())
            .map(|one| one.key.0.as_str())
            .collect()
    }
}

fn later(minute: i64, seconds: i64) -> Timestamp {
    at(minute) + TimeDelta::seconds(seconds)
}

fn push_at(time: Timestamp, before: char, after: char) -> Happening {
    let (before, after) = (sha(before), sha(after));
    Happening {
        key: key::pushed(MAIN, &before, &after),
        actor: candidate(),
        occurred_at: time,
        body: EventBody::Pushed {
            git_ref: MAIN.to_owned(),
            before,
            after,
            forced: false,
            commits: Vec::new(),
            cut: false,
            occurrence: Occurrence::FIRST,
        },
    }
}

fn head_of_main(story: &Story) -> Option<CommitSha> {
    let mut story = story.clone();
    story.comment(candidate(), KICKOFF, 1000, "/deliver");
    story.fold().deliveries[0].sha.clone()
}

#[test]
fn push_repeated_later_is_the_next_occurrence() {
    let mut log = Log::new();
    for (minute, before, after) in [(10, 'a', 'b'), (20, 'b', 'a'), (30, 'a', 'b')] {
        assert_eq!(log.hear(push_at(at(minute), before, after)), 1);
    }
    let again = format!("push:{}:{MAIN}:from:{}:2", sha('b'), sha('a'));
    assert_eq!(log.keys()[2], again);
    assert_eq!(head_of_main(&log.story), Some(sha('b')));
    // Redeliveries, and a list whose clock is a second off.
    for (minute, before, after) in [(30, 'a', 'b'), (10, 'a', 'b'), (20, 'b', 'a')] {
        assert_eq!(log.hear(push_at(at(minute), before, after)), 0);
        assert_eq!(log.hear(push_at(later(minute, 1), before, after)), 0);
    }
    let listed = [
        push_at(later(10, -1), 'a', 'b'),
        push_at(at(20), 'b', 'a'),
        push_at(later(30, 1), 'a', 'b'),
    ];
    assert_eq!(log.record(&listed, Source::Reconciliation), 0);
}

#[test]
fn branch_made_deleted_and_made_again_has_three_moves() {
    let mut log = Log::new();
    for (minute, before, after) in [(10, '0', 'a'), (20, 'a', '0'), (30, '0', 'a')] {
        assert_eq!(log.hear(push_at(at(minute), before, after)), 1);
    }
    log.hear(push_at(at(40), 'a', '0'));
    let deleted = format!("push:deleted:{MAIN}:from:{}", sha('a'));
    let keys = log.keys();
    assert_eq!(
        (keys[1], keys[3]),
        (deleted.as_str(), format!("{deleted}:2").as_str())
    );
}

#[test]
fn pushes_within_two_seconds_are_counted_by_the_list() {
    let moves = [
        push_at(at(10), 'a', 'b'),
        push_at(later(10, 1), 'b', 'a'),
        push_at(later(10, 1), 'a', 'b'),
    ];
    let mut log = Log::new();
    assert_eq!(log.hear(moves[0].clone()), 1);
    assert_eq!(log.hear(moves[1].clone()), 1);
    let known = events(&log.story.happenings);
    let settled = settle(&known, &moves[2..], Source::Webhook);
    assert_eq!((settled.new.len(), settled.in_doubt), (0, true));
    // The list has both, and the log one of them.
    let listed = [moves[0].clone(), moves[2].clone()];
    assert_eq!(log.record(&listed, Source::Reconciliation), 1);
    assert_eq!(log.record(&listed, Source::Reconciliation), 0);
    assert_eq!(head_of_main(&log.story), Some(sha('b')));
    for one in moves {
        assert_eq!(log.hear(one), 0);
    }
}

#[test]
fn webhook_with_a_late_time_gets_no_second_row_from_the_list() {
    let mut log = Log::new();
    log.hear(push_at(later(10, 5), 'a', 'b'));
    log.hear(push_at(later(10, 3), 'b', 'c'));
    let listed = [push_at(at(10), 'a', 'b')];
    assert_eq!(log.record(&listed, Source::Reconciliation), 0);
}

#[test]
fn pushes_of_one_second_start_where_the_branch_stood() {
    for (head, expected) in [('a', ['b', 'a', 'b']), ('b', ['a', 'b', 'a'])] {
        let mut log = Log::new();
        log.hear(push_at(at(5), '1', head));
        let there = push_at(at(10), 'a', 'b');
        let back = push_at(at(10), 'b', 'a');
        let mut listed = vec![there.clone(), back.clone()];
        listed.push(if head == 'a' { there } else { back });
        log.record(&listed, Source::Reconciliation);
        let ws = log.story.fold();
        let after: Vec<_> = ws.pushes[1..]
            .iter()
            .map(|push| push.after.clone())
            .collect();
        assert_eq!(after, expected.map(sha), "from {head}");
        assert_eq!(head_of_main(&log.story), Some(sha(expected[2])));
    }
}

#[test]
fn pushes_of_one_second_take_every_way_before_the_last() {
    let mut log = Log::new();
    log.hear(push_at(at(5), '1', 'a'));
    // c first would leave the circle behind.
    for (before, after) in [('a', 'c'), ('a', 'd'), ('d', 'a')] {
        log.hear(push_at(at(10), before, after));
    }
    assert_eq!(head_of_main(&log.story), Some(sha('c')));
}

#[test]
fn occurrences_of_the_report_are_counted_in_order_of_time() {
    let moves = [
        (10, 'a', 'b'),
        (20, 'b', 'a'),
        (30, 'a', 'b'),
        (40, 'b', 'a'),
    ];
    let moves = moves.map(|(minute, before, after)| push_at(at(minute), before, after));
    let (mut one, mut other) = (Log::new(), Log::new());
    for push in &moves {
        one.hear(push.clone());
    }
    for push in moves.iter().rev() {
        other.hear(push.clone());
    }
    assert_ne!(one.keys(), other.keys(), "stored keys count arrivals");
    assert_eq!(one.story.fold().pushes, other.story.fold().pushes);
}

#[test]
fn pull_request_head_that_comes_back_counts_again() {
    let mut log = Log::new();
    log.story.pull(7, 5, "refs/heads/of-a-fork", 'a', "Work");
    for (minute, head) in [(10, 'b'), (20, 'a'), (30, 'b')] {
        let fact = Happening {
            key: key::pull_request_head(7, &sha(head)),
            actor: candidate(),
            occurred_at: at(minute),
            body: EventBody::PullRequestHead {
                number: 7,
                sha: sha(head),
                occurrence: Occurrence::FIRST,
            },
        };
        assert_eq!(log.hear(fact.clone()), 1);
        assert_eq!(log.hear(fact), 0);
    }
    log.story.comment(candidate(), 7, 40, "/deliver");
    let ws = log.story.fold();
    assert_eq!(ws.deliveries[0].sha, Some(sha('b')));
}

#[test]
fn check_that_is_completed_again_counts_again() {
    let mut log = Log::new();
    let check = |minute: i64, conclusion: &str| Happening {
        key: key::check_completed(5),
        actor: team(),
        occurred_at: at(minute),
        body: EventBody::CheckCompleted {
            name: "test".to_owned(),
            sha: sha('a'),
            conclusion: conclusion.to_owned(),
            occurrence: Occurrence::FIRST,
        },
    };
    assert_eq!(log.hear(check(10, "failure")), 1);
    assert_eq!(log.hear(check(20, "success")), 1);
    for (minute, conclusion) in [(20, "success"), (10, "failure")] {
        let found = [check(minute, conclusion), check(minute, conclusion)];
        assert_eq!(log.record(&found, Source::Reconciliation), 0);
    }
    let ws = log.story.fold();
    assert_eq!(ws.checks.last().unwrap().conclusion, "success");
    assert_eq!(ws.checks.last().unwrap().key.0, "check_run:5:completed:2");
}

#[test]
fn account_renamed_forth_and_back_twice_has_its_present_login() {
    let mut log = Log::new();
    let renamed = |minute: i64, login: &str| Happening {
        key: key::account_renamed(7, &login.parse().unwrap()),
        actor: Actor::Service,
        occurred_at: at(minute),
        body: EventBody::AccountRenamed {
            account: 7,
            login: login.parse().unwrap(),
            occurrence: Occurrence::FIRST,
        },
    };
    let invited = EventBody::CandidateInvited {
        invitation_id: Some(6),
        account: Some(7),
        sent: None,
    };
    let key = key::candidate_invited(Some(6), 0);
    log.story.add(key, Actor::Service, at(2), invited);
    for (minute, login) in [(10, "other"), (20, "dana"), (30, "other"), (40, "dana")] {
        let found = [renamed(minute, login)];
        assert_eq!(log.record(&found, Source::Reconciliation), 1);
        assert_eq!(log.record(&found, Source::Reconciliation), 0);
        assert_eq!(log.story.fold().login.unwrap().as_str(), login);
    }
    let last = &log.story.happenings.last().unwrap().key.0;
    assert_eq!(last, "account:7:renamed:dana:2");
}

#[test]
fn text_that_is_gone_a_second_time_is_gone() {
    let mut log = Log::new();
    let place = log.story.comment(candidate(), KICKOFF, 10, "hello");
    let gone = |minute: i64| Happening {
        key: key::text_gone(&place),
        actor: Actor::Service,
        occurred_at: at(minute),
        body: EventBody::TextGone {
            place: place.clone(),
            occurrence: Occurrence::FIRST,
        },
    };
    assert_eq!(log.record(&[gone(20)], Source::Reconciliation), 1);
    assert_eq!(log.record(&[gone(21)], Source::Reconciliation), 0);
    assert_eq!(log.story.fold().entries[0].deleted_at, Some(at(20)));
    // Shown again as it was: its own time has not moved.
    let back = Happening {
        key: key::text_back(&place, at(20)),
        actor: candidate(),
        occurred_at: at(10),
        body: EventBody::TextSeen {
            place: place.clone(),
            title: String::new(),
            text: "hello".to_owned(),
            html_url: String::new(),
            created_at: at(10),
            pull: None,
            back_at: Some(at(30)),
        },
    };
    assert_eq!(log.record(&[back], Source::Reconciliation), 1);
    let ws = log.story.fold();
    assert_eq!(
        (ws.entries[0].deleted_at, &ws.entries[0].remark),
        (None, &None)
    );
    assert_eq!(log.record(&[gone(40)], Source::Reconciliation), 1);
    assert_eq!(log.story.fold().entries[0].deleted_at, Some(at(40)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A branch that goes to and fro among three commits, by webhooks in any order, lost or doubled, with looks at the
    /// list in between and one at the end.
    #[test]
    fn pushes_heard_and_listed_in_any_order_give_one_report(
        moves in proptest::collection::vec((0_i64..6, 0_usize..3), 1..12),
        heard in proptest::collection::vec((0_usize..12, any::<bool>()), 0..30),
    ) {
        let commits = ['a', 'b', 'c'];
        let mut listed = Vec::new();
        let (mut time, mut head) = (at(10), '1');
        for (seconds, next) in moves {
            let next = commits[next];
            if next == head {
                continue;
            }
            time += TimeDelta::seconds(seconds);
            listed.push(push_at(time, head, next));
            head = next;
        }
        let mut looked = Log::new();
        looked.record(&listed, Source::Reconciliation);
        let mut mixed = Log::new();
        for (nth, look) in heard {
            if let Some(one) = listed.get(nth % listed.len().max(1)) {
                mixed.hear(one.clone());
            }
            if look {
                mixed.record(&listed[..listed.len().min(nth)], Source::Reconciliation);
            }
        }
        mixed.record(&listed, Source::Reconciliation);
        let told = looked.story.fold();
        prop_assert_eq!(told.pushes.len(), listed.len());
        prop_assert_eq!(told.pushes.last().map(|push| push.after.clone()), listed.last().map(|_| sha(head)));
        prop_assert_eq!(told, mixed.story.fold());
    }
}
