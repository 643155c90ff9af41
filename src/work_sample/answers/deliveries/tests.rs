use crate::work_sample::answers::{Answer, AnswerKind, missing};
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::testing::*;

const DAY: i64 = 24 * 60;

fn told(story: &Story) -> Vec<String> {
    let ws = story.fold();
    let is_delivery = |answer: &Answer| matches!(answer.kind, AnswerKind::Delivery(_));
    missing(&ws, &SpecWords::default(), None)
        .iter()
        .filter(|answer| is_delivery(answer))
        .map(|answer| {
            let text = answer.text(&ws.id, false);
            let (_, words) = text.split_once('\n').unwrap();
            format!("on #{}: {words}", answer.number)
        })
        .collect()
}

#[test]
fn every_outcome_of_a_delivery_is_answered_in_plain_words() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 5, "/deliver");
    story.push(10, MAIN, '1', 'a');
    story.pull(4, 12, "refs/heads/work", 'b', "The work");
    story.push(13, "refs/heads/work", '0', 'b');
    story.comment(
        candidate(),
        KICKOFF,
        20,
        "All done, tests are green.\n\n/deliver",
    );
    story.comment(candidate(), 4, 21, "/deliver");
    story.comment(candidate(), KICKOFF, 22, "/deliver wrok @everybody");
    story.comment(candidate(), KICKOFF, 6 * DAY, "/deliver");
    insta::assert_snapshot!(told(&story).join("\n=====\n"));
}

#[test]
fn starter_that_was_confirmed_is_answered_as_delivered() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 5, "/deliver");
    story.settle();
    story.comment(candidate(), KICKOFF, 65, "/deliver starter");
    let told = told(&story);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("**Delivered**"), "{}", told[0]);
    assert!(told[0].contains("This is the starter with nothing changed."));
    assert!(
        told[0].contains("09:05"),
        "as of the first time: {}",
        told[0]
    );
}

#[test]
fn delivery_recorded_by_an_upgrade_is_not_answered() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    let upgrade = crate::work_sample::before_records::upgrade;
    let new = upgrade(&events(&story.happenings), at(30)).unwrap();
    story.happenings.extend(new);
    assert!(story.fold().obligation.is_some());
    assert_eq!(told(&story), Vec::<String>::new());
}

#[test]
fn requests_for_the_starter_have_no_answer_once_it_is_confirmed() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    for minute in [5, 10, 15] {
        story.comment(candidate(), KICKOFF, minute, "/deliver");
        story.settle();
    }
    assert_eq!(told(&story).len(), 3);
    story.comment(candidate(), KICKOFF, 65, "/deliver starter");
    let told = told(&story);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("**Delivered**"), "{}", told[0]);
}

#[test]
fn delivery_before_the_one_that_counts_gives_no_advice() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(20, "refs/heads/other", '0', 'b');
    story.comment(candidate(), KICKOFF, 30, "/deliver");
    story.comment(candidate(), KICKOFF, 40, "/deliver other");
    let told = told(&story);
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("A later delivery counts"), "{}", told[0]);
    assert!(!told[0].contains("not part of it"), "{}", told[0]);
}

#[test]
fn branch_that_was_delivered_before_is_not_advised() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(20, "refs/heads/other", '0', 'b');
    let mut first = story.clone();
    first.comment(candidate(), KICKOFF, 40, "/deliver");
    assert!(told(&first)[0].contains("`other` (bbbbbbb) is **not part of it**"));
    story.comment(candidate(), KICKOFF, 30, "/deliver other");
    story.comment(candidate(), KICKOFF, 40, "/deliver");
    let told = told(&story);
    assert!(!told[1].contains("not part of it"), "{}", told[1]);
}
