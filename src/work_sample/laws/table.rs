//! Every command in every state: the table that says what the state machine is.

use super::story::{COMMANDS, actor, command};
use crate::work_sample::testing::*;
use crate::work_sample::*;

/// A story that has come to each state.
fn in_state(state: State) -> Story {
    let mut story = match state {
        State::Drafted | State::Cancelled => Story::drafted(),
        State::Offered | State::Declined | State::Expired => Story::offered(),
        State::Accepted => Story::accepted(),
        State::Provisioned
        | State::InProgress
        | State::Withdrawn
        | State::Delivered
        | State::Assessed
        | State::Decided
        | State::Closed => Story::provisioned(),
    };
    let mut carry_out = |by: Actor, what: Command| {
        let ws = story.fold();
        let now = if what == Command::Expire {
            at(8 * 24 * 60)
        } else {
            at(200)
        };
        let happenings = decide(&ws, &spec(), what, by, now).unwrap();
        story.happenings.extend(happenings);
    };
    let reason = || "because".to_owned();
    match state {
        State::Drafted | State::Offered | State::Accepted | State::Provisioned => {}
        State::Declined => carry_out(Actor::Candidate, Command::Decline { reason: None }),
        State::Expired => carry_out(Actor::Service, Command::Expire),
        State::Withdrawn => carry_out(Actor::Candidate, Command::Withdraw { reason: None }),
        State::Cancelled => carry_out(lead(), Command::Cancel { reason: reason() }),
        State::InProgress => {
            story.comment(candidate(), KICKOFF, 100, "hello");
        }
        State::Delivered => carry_out(Actor::Candidate, deliver()),
        State::Assessed | State::Decided | State::Closed => {
            carry_out(Actor::Candidate, deliver());
            story.assessed(210, assessment('1'));
        }
    }
    if matches!(state, State::Decided | State::Closed) {
        let decide_it = Command::Decide {
            outcome: DecisionOutcome::Proceed,
            reason: reason(),
            feedback: Feedback::NotSaid,
        };
        let ws = story.fold();
        story
            .happenings
            .extend(decide(&ws, &spec(), decide_it, reviewer(), at(220)).unwrap());
    }
    if state == State::Closed {
        for what in [10, 12] {
            let ws = story.fold();
            let what = command(what, &ws, at(230));
            story
                .happenings
                .extend(decide(&ws, &spec(), what, lead(), at(230)).unwrap());
        }
    }
    assert_eq!(story.fold().state, state);
    story
}

const STATES: [State; 13] = [
    State::Drafted,
    State::Offered,
    State::Accepted,
    State::Provisioned,
    State::InProgress,
    State::Delivered,
    State::Assessed,
    State::Decided,
    State::Closed,
    State::Declined,
    State::Expired,
    State::Withdrawn,
    State::Cancelled,
];

#[test]
fn every_command_in_every_state_is_carried_out_or_refused_with_a_code() {
    let mut table = String::new();
    for state in STATES {
        let story = in_state(state);
        let ws = story.fold();
        let now = at(240);
        for which in 0..COMMANDS {
            let wanted = command(which, &ws, now);
            let name = format!("{wanted:?}");
            let name = name.split([' ', '{']).next().unwrap_or_default().to_owned();
            let mut outcomes = Vec::new();
            for who in 0..4 {
                match decide(&ws, &spec(), wanted.clone(), actor(who), now) {
                    Ok(happenings) => {
                        let mut after = story.clone();
                        after.happenings.extend(happenings.clone());
                        let after = fold(&events(&after.happenings)).unwrap().state;
                        outcomes.push(format!("→ {} ({after:?})", happenings[0].body.name()));
                    }
                    Err(refusal) if refusal.code == "not_yours" => {}
                    Err(refusal) => {
                        assert!(
                            RefusalCode::ALL
                                .iter()
                                .any(|code| code.as_str() == refusal.code),
                            "{} is not in the table",
                            refusal.code
                        );
                        outcomes.push(refusal.code.to_owned());
                    }
                }
            }
            outcomes.dedup();
            table.push_str(&format!("{state:?} {name}: {}\n", outcomes.join(" | ")));
        }
    }
    insta::assert_snapshot!(table);
}
