use proptest::prelude::*;

use super::*;
use crate::acceptance::Verdict;
use crate::work_sample::testing::*;
use crate::work_sample::*;

fn tasks_of(story: &Story) -> Vec<(TeamTaskKind, String)> {
    let overview = overview(&story.fold());
    let tasks = overview.tasks.into_iter();
    tasks.map(|task| (task.kind, task.about.0)).collect()
}

/// Without the one that every work under way has, which lies ahead until the due time.
fn tasks_now(story: &Story) -> Vec<(TeamTaskKind, String)> {
    let mut tasks = tasks_of(story);
    tasks.retain(|(kind, _)| *kind != TeamTaskKind::DecideWithoutDelivery);
    tasks
}

fn with_reply(story: &mut Story, minute: i64, to: &NaturalKey, kind: ReplyKind) -> NaturalKey {
    let body = EventBody::Replied {
        entry: to.clone(),
        kind,
        text: "R1 counts.".to_owned(),
        gap: None,
        interpretation: None,
    };
    let n = story.fold_as_it_is().replies.len() + 1;
    story.add(key::replied(n), lead(), at(minute), body)
}

#[test]
fn offer_waits_for_the_candidate_and_asks_nothing_of_the_team() {
    let overview = overview(&Story::offered().fold());
    assert_eq!(overview.waiting.on, WaitingOn::Candidate);
    assert_eq!(overview.waiting.since, at(0));
    assert_eq!(overview.tasks, []);
    assert_eq!(overview.news.kind, NewsKind::Offered);
}

#[test]
fn question_waits_for_the_team_until_somebody_replies() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 2, 30, "R1 or R3?", "/question R1 or R3?");
    assert_eq!(
        tasks_now(&story),
        [(TeamTaskKind::AnswerQuestion, question.0.clone())]
    );
    let before = overview(&story.fold());
    assert_eq!(before.waiting.on, WaitingOn::Team);
    assert_eq!(before.waiting.since, at(30));
    let task = &before.tasks[0];
    assert_eq!(task.text, "R1 or R3?");
    let clauses: Vec<&str> = task.clauses.iter().map(|clause| clause.as_str()).collect();
    assert_eq!(clauses, ["R1", "R3"]);

    with_reply(&mut story, 45, &question, ReplyKind::Answer);
    assert_eq!(tasks_now(&story), []);
    let after = overview(&story.fold());
    assert_eq!(after.waiting.on, WaitingOn::Candidate);
    assert_eq!(after.waiting.since, at(45));
    assert_eq!(after.news.kind, NewsKind::TeamReply);
}

#[test]
fn decision_is_to_be_settled_but_nobody_waits_for_it() {
    let mut story = Story::provisioned();
    let decision = story.issue(
        candidate(),
        2,
        30,
        "Keys",
        "/decision R3: keep them for ever",
    );
    assert_eq!(
        tasks_now(&story),
        [(TeamTaskKind::SettleDecision, decision.0.clone())]
    );
    assert_eq!(overview(&story.fold()).waiting.on, WaitingOn::Candidate);
    with_reply(&mut story, 45, &decision, ReplyKind::Redirect);
    assert_eq!(tasks_now(&story), []);
}

#[test]
fn words_of_a_form_keep_their_lines_without_its_marks() {
    let mut story = Story::provisioned();
    let text = "### Clause\n\nR1\n\n### What I already know\n\nThe words.\n\n### Blocking?\n\n_No response_\n";
    story.issue(candidate(), 2, 30, "Question: Which language?", text);
    let task = &overview(&story.fold()).tasks[0];
    assert_eq!(task.kind, TeamTaskKind::AnswerQuestion);
    assert_eq!(
        task.text,
        "Which language?\nClause:\nR1\nWhat I already know:\nThe words."
    );
}

#[test]
fn deleted_question_asks_nothing() {
    let mut story = Story::provisioned();
    story.issue(candidate(), 2, 30, "R1?", "/question R1?");
    story.delete(&Place::Issue { number: 2 }, 40);
    assert_eq!(tasks_now(&story), []);
}

#[test]
fn delivery_waits_for_the_service_then_for_judgement_then_for_the_decision_then_for_pay() {
    let mut story = Story::provisioned();
    story.push(60, MAIN, '1', '2');
    let delivery = story.comment(candidate(), KICKOFF, 90, "/deliver");
    let delivery = key::text_created(&delivery).0;
    let delivered = overview(&story.fold());
    assert_eq!(delivered.waiting.on, WaitingOn::Service);
    story.settle();
    story.assessed(95, assessment('2'));
    let kinds = |story: &Story| -> Vec<TeamTaskKind> {
        tasks_of(story).into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(
        kinds(&story),
        [TeamTaskKind::JudgeCriteria, TeamTaskKind::Pay]
    );
    assert_eq!(tasks_of(&story)[0].1, delivery);
    story.add(
        key::judged(1),
        reviewer(),
        at(100),
        EventBody::Judged {
            criterion: "AC-3".parse().unwrap(),
            sha: sha('2'),
            verdict: Verdict::Passed,
            note: "good names".to_owned(),
        },
    );
    assert_eq!(kinds(&story), [TeamTaskKind::Decide, TeamTaskKind::Pay]);
    story.add(
        key::decided(),
        lead(),
        at(110),
        EventBody::Decided {
            outcome: DecisionOutcome::Proceed,
            reason: "good".to_owned(),
            feedback: None,
            feedback_refused: true,
        },
    );
    assert_eq!(kinds(&story), [TeamTaskKind::Pay]);
    story.add(
        key::paid(1),
        lead(),
        at(120),
        EventBody::Paid {
            amount: terms_of(&spec(), &crate::spec::OfferDefaults::default()).pay,
            reference: "T-1".to_owned(),
        },
    );
    assert_eq!(kinds(&story), [TeamTaskKind::Close]);
    assert_eq!(overview(&story.fold()).waiting.on, WaitingOn::Nobody);
    story.add(key::closed(), lead(), at(130), EventBody::Closed);
    assert_eq!(kinds(&story), []);
}

#[test]
fn work_without_a_delivery_is_to_be_decided_on_from_the_due_time_on() {
    let mut story = Story::provisioned();
    let task = &overview(&story.fold()).tasks[0];
    assert_eq!(task.kind, TeamTaskKind::DecideWithoutDelivery);
    assert_eq!(task.since, at(5 * 24 * 60));
    story.extended(60, 6 * 24 * 60);
    assert_eq!(overview(&story.fold()).tasks[0].since, at(6 * 24 * 60));
}

#[test]
fn answer_later_than_promised_suggests_an_extension_until_the_due_time_moves() {
    let mut story = Story::provisioned();
    if let EventBody::Drafted { terms, .. } = &mut story.happenings[0].body {
        terms.answers_within_hours = Some(8);
    }
    let question = story.issue(candidate(), 2, 30, "R1?", "/question R1?");
    with_reply(&mut story, 30 + 8 * 60, &question, ReplyKind::Answer);
    assert_eq!(tasks_now(&story), []);
    let late = story.issue(candidate(), 3, 1000, "R3?", "/question R3?");
    with_reply(&mut story, 1000 + 8 * 60 + 1, &late, ReplyKind::Answer);
    assert_eq!(
        tasks_now(&story),
        [(TeamTaskKind::ConsiderExtension, late.0)]
    );
    story.extended(1600, 6 * 24 * 60);
    assert_eq!(tasks_now(&story), []);
}

#[test]
fn many_pushes_leave_marks_for_all_that_tells_more() {
    let mut story = Story::provisioned();
    for push in 0..200 {
        let body = EventBody::Pushed {
            git_ref: MAIN.to_owned(),
            before: sha('1'),
            after: format!("{push:040x}").parse().unwrap(),
            forced: false,
            commits: Vec::new(),
            cut: false,
            occurrence: Occurrence::FIRST,
        };
        let key = NaturalKey(format!("push:{push}"));
        story.add(key, candidate(), at(10 + push * 7), body);
    }
    story.issue(candidate(), 2, 500, "R1?", "/question R1?");
    let marks = overview(&story.fold()).marks;
    assert!(marks.len() <= MOST_MARKS, "{}", marks.len());
    assert!(marks.len() > MOST_MARKS / 2, "{}", marks.len());
    for kind in [MarkKind::Question, MarkKind::Ready, MarkKind::Push] {
        assert!(marks.iter().any(|mark| mark.kind == kind), "{kind:?}");
    }
    assert!(marks.is_sorted_by_key(|mark| mark.at));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What a list says survives being stored, and each task is one row.
    #[test]
    fn overview_of_any_story_is_the_same_after_it_was_stored(
        steps in crate::work_sample::laws::steps(),
    ) {
        let ws = crate::work_sample::laws::play(Story::provisioned(), &steps).fold();
        let overview = overview(&ws);
        let json = serde_json::to_string(&overview).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Overview>(&json).unwrap(), &overview);
        let mut keys: Vec<_> = overview.tasks.iter().map(|task| (task.kind, &task.about)).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), overview.tasks.len());
        prop_assert!(overview.marks.len() <= MOST_MARKS);
        if overview.tasks.is_empty() && ws.state == State::Closed {
            prop_assert_eq!(overview.waiting.on, WaitingOn::Nobody);
        }
    }
}

#[test]
fn decision_to_talk_first_is_no_plain_close() {
    for (outcome, words) in [
        (DecisionOutcome::Proceed, ""),
        (DecisionOutcome::Discuss, "talk about it first"),
    ] {
        let mut story = Story::provisioned();
        story.add(
            key::decided(),
            lead(),
            at(110),
            EventBody::Decided {
                outcome,
                reason: "good".to_owned(),
                feedback: None,
                feedback_refused: true,
            },
        );
        let tasks = overview(&story.fold()).tasks;
        assert_eq!(tasks[0].kind, TeamTaskKind::Close);
        assert!(tasks[0].text.contains(words), "{}", tasks[0].text);
        assert_eq!(tasks[0].text.is_empty(), words.is_empty());
    }
}
