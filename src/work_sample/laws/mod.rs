//! Laws of the aggregate, on random stories: the order in which facts came does not matter, what `decide` allows the
//! fold accepts, what came to its end stays so, and pay does not depend on verdicts.

mod inviting;
mod story;
mod table;

use proptest::prelude::*;
use proptest::sample::Index;

use super::testing::*;
use super::*;
use crate::acceptance::Verdict;
use story::facts_shuffled;
pub(super) use story::{play, steps};

fn is_over(state: State) -> bool {
    match state {
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Provisioned
        | State::InProgress
        | State::Delivered
        | State::Assessed => false,
        State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_order_in_which_facts_came_does_not_matter(
        steps in steps(),
        order in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let story = play(Story::provisioned(), &steps);
        let log = facts_shuffled(&story.happenings, &order);
        prop_assert_eq!(
            without_standings(story.fold()),
            without_standings(fold(&events(&log)).unwrap())
        );
    }

    #[test]
    fn order_of_facts_does_not_matter_where_sides_are_looked_up(
        steps in steps(),
        order in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let story = play(Story::provisioned().looking_up_sides(), &steps);
        let log = facts_shuffled(&story.happenings, &order);
        prop_assert_eq!(
            without_standings(story.fold()),
            without_standings(fold(&events(&log)).unwrap())
        );
    }

    #[test]
    fn the_time_and_way_of_learning_do_not_matter(steps in steps()) {
        let story = play(Story::provisioned(), &steps);
        let mut other = events(&story.happenings);
        for event in &mut other {
            event.received_at = at(99_999);
            event.source = Source::Reconciliation;
        }
        other.reverse();
        prop_assert_eq!(story.fold(), fold(&other).unwrap());
    }

    #[test]
    fn pay_does_not_depend_on_verdicts_or_judgements(steps in steps()) {
        let story = play(Story::provisioned(), &steps);
        let mut other = story.clone();
        for happening in &mut other.happenings {
            match &mut happening.body {
                EventBody::Assessed { assessment } => {
                    for result in &mut assessment.results {
                        result.verdict = Verdict::Failed;
                    }
                }
                EventBody::Judged { verdict, .. } => *verdict = Verdict::Passed,
                _ => {}
            }
        }
        prop_assert_eq!(story.fold().obligation, other.fold().obligation);
    }

    #[test]
    fn a_delivery_is_owed_in_full_and_at_most_once(steps in steps()) {
        let ws = play(Story::provisioned(), &steps).fold();
        if let Some(delivery) = ws.effective_delivery() {
            let owed = ws.obligation.as_ref().unwrap();
            prop_assert_eq!(owed.reason, ObligationReason::Delivered);
            prop_assert_eq!(owed.amount, ws.terms.pay);
            prop_assert!(owed.fell_due_at <= delivery.at);
        }
        prop_assert!(ws.deliveries.iter().filter(|one| one.effective).count() <= 1);
        let paid: i64 = ws.payouts.iter().map(|one| one.amount.amount_minor).sum();
        prop_assert!(paid <= ws.terms.pay.amount_minor);
    }
}

proptest! {
    // Each case plays the story again after every step.
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn what_decide_allows_the_fold_accepts_and_what_is_over_stays_over(
        steps in steps(),
        ready in any::<bool>(),
    ) {
        let start = if ready { Story::provisioned() } else { Story::drafted() };
        let mut over: Option<State> = None;
        for end in 0..=steps.len() {
            // Played from the start each time: the story is short, and every state on the way is looked at.
            let story = play(start.clone(), &steps[..end]);
            let state = fold(&events(&story.happenings)).unwrap().state;
            match over {
                Some(State::Closed) => prop_assert_eq!(state, State::Closed),
                Some(ended) => prop_assert!(state == ended || state == State::Closed, "{:?} after {:?}", state, ended),
                None => {}
            }
            if is_over(state) {
                over = Some(state);
            }
        }
    }
}
