//! Random stories: what may happen in GitHub and be asked of the service, in any mixture.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::work_sample::testing::*;
use crate::work_sample::*;

/// One random thing that happens in GitHub or is asked of the service.
#[derive(Debug, Clone)]
pub(in crate::work_sample) enum Step {
    Issue {
        by: bool,
        number: u64,
        text: usize,
    },
    Comment {
        by: bool,
        number: u64,
        text: usize,
    },
    Review {
        by: bool,
        number: u64,
        id: u64,
        on_a_line: bool,
        text: Option<usize>,
    },
    Edit {
        by: bool,
        which: Index,
        text: usize,
    },
    Delete {
        which: Index,
    },
    Push {
        branch: usize,
        before: char,
        after: char,
    },
    Pull {
        number: u64,
        head: char,
        text: usize,
    },
    PullHead {
        number: u64,
        head: char,
    },
    Check {
        id: u64,
        of: char,
    },
    IssueClosed {
        number: u64,
    },
    Assessed {
        of: char,
        passed: bool,
    },
    LookedUp {
        side: AccountSide,
        because: SideReason,
    },
    Command {
        command: usize,
    },
}

const TEXTS: [&str; 14] = [
    "hello",
    "/question R1 or R3?",
    "/answer R1",
    "/answer #3 no",
    "/progress\n\n## Done\nkeys",
    "/decision R3: keep them for ever",
    "/confirm",
    "/redirect a day",
    "/deliver",
    "/deliver aaaaaaa",
    "/deliver bbbbbbb",
    "/unknown",
    "### What I understood\n\nkeys\n\n### My approach\n\nslow",
    "### Clause\n\nR1\n\n### What I already know\n\nmuch\n\n### My own assessment\n\nnone",
];

const BRANCHES: [&str; 3] = [MAIN, "refs/heads/work", "refs/heads/other"];

fn step() -> impl Strategy<Value = Step> {
    let text = 0..TEXTS.len();
    let digit = || proptest::sample::select(vec!['0', '1', 'a', 'b', 'c', 'd']);
    prop_oneof![
        2 => (any::<bool>(), 1_u64..4, text.clone()).prop_map(|(by, number, text)| Step::Issue { by, number, text }),
        6 => (any::<bool>(), 1_u64..7, text.clone()).prop_map(|(by, number, text)| Step::Comment { by, number, text }),
        3 => (any::<bool>(), 5_u64..7, 1_u64..9, any::<bool>(), proptest::option::of(text.clone())).prop_map(|(by, number, id, on_a_line, text)| Step::Review { by, number, id, on_a_line, text }),
        3 => (any::<bool>(), any::<Index>(), text.clone()).prop_map(|(by, which, text)| Step::Edit { by, which, text }),
        1 => any::<Index>().prop_map(|which| Step::Delete { which }),
        4 => (0..3_usize, digit(), digit()).prop_map(|(branch, before, after)| Step::Push { branch, before, after }),
        1 => (5_u64..7, digit(), text).prop_map(|(number, head, text)| Step::Pull { number, head, text }),
        1 => (5_u64..7, digit()).prop_map(|(number, head)| Step::PullHead { number, head }),
        1 => (1_u64..4, digit()).prop_map(|(id, of)| Step::Check { id, of }),
        1 => (1_u64..4).prop_map(|number| Step::IssueClosed { number }),
        1 => (digit(), any::<bool>()).prop_map(|(of, passed)| Step::Assessed { of, passed }),
        1 => proptest::sample::select(vec![
            (AccountSide::Team, SideReason::OrganizationMember),
            (AccountSide::Stranger, SideReason::NoTie),
            (AccountSide::Team, SideReason::KnownPerson),
        ])
        .prop_map(|(side, because)| Step::LookedUp { side, because }),
        4 => (0..COMMANDS).prop_map(|command| Step::Command { command }),
    ]
}

/// Steps with the minutes since the one before; often zero, so that times collide.
pub(in crate::work_sample) fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let pause = prop_oneof![3 => Just(0_i64), 3 => 1..30_i64, 1 => 1000..4000_i64];
    proptest::collection::vec((pause, step()), 0..30)
}

pub(super) const COMMANDS: usize = 19;

/// One command of each kind, with what it needs to be carried out where that is possible.
pub(super) fn command(which: usize, ws: &WorkSample, now: Timestamp) -> Command {
    let later = now + chrono::TimeDelta::days(3);
    let reason = || "because".to_owned();
    match which {
        0 => Command::Offer { expires_at: later },
        1 => Command::Accept {
            login: login(),
            due_at: later,
            terms_sha256: None,
        },
        2 => Command::Decline { reason: None },
        3 => Command::Expire,
        4 => Command::Withdraw { reason: None },
        5 => Command::Cancel { reason: reason() },
        6 => Command::Extend {
            due_at: ws.due_at.map_or(later, |due| due.max(now)) + chrono::TimeDelta::days(1),
            reason: reason(),
        },
        7 => deliver(),
        8 => Command::Judge {
            criterion: "AC-3".parse().unwrap(),
            verdict: Verdict::Failed,
            note: reason(),
        },
        9 => Command::Reclassify {
            entry: ws
                .entries
                .iter()
                .find(|entry| entry.kind == EntryKind::Note)
                .map_or_else(key::drafted, |entry| entry.key.clone()),
            kind: EntryKind::Question,
            note: reason(),
        },
        10 => Command::Pay {
            amount: None,
            reference: reason(),
        },
        11 => Command::Decide {
            outcome: DecisionOutcome::Discuss,
            reason: reason(),
            feedback: Feedback::NotSaid,
        },
        12 => Command::Close,
        13 => Command::Reinvite,
        14 => Command::SettleSide {
            account: "lee".to_owned(),
            side: AccountSide::Stranger,
            note: String::new(),
        },
        15 => Command::CorrectEmail {
            email: format!("dana{}@example.org", ws.email_corrections + 1),
        },
        16 => Command::Reply {
            entry: ws
                .entries_of(EntryKind::Question)
                .next()
                .map_or_else(key::drafted, |entry| entry.key.clone()),
            kind: ReplyKind::Answer,
            text: reason(),
            gap: Some("G1".parse().unwrap()),
            interpretation: Some("one-day".parse().unwrap()),
            seen: None,
        },
        17 => Command::CorrectDecision {
            outcome: DecisionOutcome::Stop,
            reason: reason(),
            feedback: Feedback::Refused,
        },
        _ => Command::CorrectLogin {
            login: "another-account".parse().unwrap(),
        },
    }
}

/// Asks for a command of a kind, by the first who may.
fn ask(ws: &WorkSample, which: usize, now: Timestamp) -> Result<Vec<Happening>, Refusal> {
    let by = |who| decide(ws, &spec(), command(which, ws, now), actor(who), now);
    (0..3)
        .map(by)
        .find(|outcome| !matches!(outcome, Err(refusal) if refusal.code == "not_yours"))
        .unwrap_or_else(|| by(3))
}

pub(super) fn actor(which: usize) -> Actor {
    match which {
        0 => lead(),
        1 => reviewer(),
        2 => Actor::Candidate,
        _ => Actor::Service,
    }
}

fn review_place(number: u64, id: u64, on_a_line: bool) -> Place {
    if on_a_line {
        Place::ReviewComment {
            number,
            comment_id: id,
        }
    } else {
        Place::Review {
            number,
            review_id: id,
        }
    }
}

/// Plays random steps after `story`. GitHub facts whose key is there already are left out, as the store leaves them out.
pub(in crate::work_sample) fn play(mut story: Story, steps: &[(i64, Step)]) -> Story {
    let mut minute = 2;
    let mut places: Vec<Place> = Vec::new();
    for (pause, step) in steps {
        minute += pause;
        let before = story.happenings.len();
        let who = |by: &bool| if *by { candidate() } else { team() };
        match step {
            Step::Issue { by, number, text } => {
                places.push(Place::Issue { number: *number });
                story.issue(who(by), *number, minute, "Title R3", TEXTS[*text]);
            }
            Step::Comment { by, number, text } => {
                places.push(story.comment(who(by), *number, minute, TEXTS[*text]));
            }
            Step::Review {
                by,
                number,
                id,
                on_a_line,
                text,
            } => {
                let place = review_place(*number, *id, *on_a_line);
                let body = EventBody::TextCreated {
                    place: place.clone(),
                    title: String::new(),
                    text: text.map_or(String::new(), |text| TEXTS[text].to_owned()),
                    html_url: String::new(),
                    pull: None,
                };
                let key = key::text_created(&place);
                story.add(key, who(by), at(minute), body);
                places.push(place);
            }
            Step::Edit { by, which, text } => {
                if !places.is_empty() {
                    story.edit(who(by), which.get(&places), minute, TEXTS[*text]);
                }
            }
            Step::Delete { which } => {
                if !places.is_empty() {
                    story.delete(which.get(&places), minute);
                }
            }
            Step::Push {
                branch,
                before,
                after,
            } => {
                story.push(minute, BRANCHES[*branch], *before, *after);
            }
            Step::Pull { number, head, text } => {
                places.push(Place::PullRequest { number: *number });
                story.pull(*number, minute, BRANCHES[1], *head, TEXTS[*text]);
            }
            Step::PullHead { number, head } => {
                let body = EventBody::PullRequestHead {
                    number: *number,
                    sha: sha(*head),
                    occurrence: Occurrence::FIRST,
                };
                let key = key::pull_request_head(*number, &sha(*head));
                story.add(key, candidate(), at(minute), body);
            }
            Step::Check { id, of } => {
                let body = EventBody::CheckCompleted {
                    name: "test".to_owned(),
                    sha: sha(*of),
                    conclusion: "success".to_owned(),
                    occurrence: Occurrence::FIRST,
                };
                story.add(key::check_completed(*id), team(), at(minute), body);
            }
            Step::IssueClosed { number } => {
                let body = EventBody::IssueClosed { number: *number };
                let key = key::issue_closed(*number, at(minute));
                story.add(key, candidate(), at(minute), body);
            }
            Step::Assessed { of, passed } => {
                let mut result = assessment(*of);
                if !*passed {
                    result.results[0].verdict = Verdict::Failed;
                }
                story.assessed(minute, result);
            }
            Step::LookedUp { side, because } => story.looked_up(minute, *side, *because),
            Step::Command { command: which } => {
                let ws = story.fold();
                let new = ask(&ws, *which, at(minute)).unwrap_or_default();
                for one in &new {
                    assert!(story.happenings.iter().all(|other| other.key != one.key));
                }
                story.happenings.extend(new);
            }
        }
        let (old, new) = story.happenings.split_at(before);
        if new
            .iter()
            .any(|one| old.iter().any(|other| other.key == one.key))
        {
            story.happenings.truncate(before);
        }
        story.settle();
    }
    story
}

/// The same happenings with the facts shuffled; lifecycle events keep their order, `drafted` stays first.
pub(super) fn facts_shuffled(happenings: &[Happening], order: &[Index]) -> Vec<Happening> {
    let (facts, lifecycle): (Vec<_>, Vec<_>) = happenings
        .iter()
        .cloned()
        .partition(|one| one.body.is_github_fact());
    let mut log = lifecycle;
    for (fact, index) in facts.into_iter().zip(order.iter().cycle()) {
        let place = 1 + index.index(log.len());
        log.insert(place, fact);
    }
    log
}
