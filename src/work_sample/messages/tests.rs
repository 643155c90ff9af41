use super::*;
use crate::work_sample::following::InvitationFailure;
use crate::work_sample::testing::{KICKOFF, MAIN, Story, assessment, at, candidate, lead, team};
use crate::work_sample::{Actor, DecisionOutcome, EventBody, InvitationEnd, key};

const DAY: i64 = 24 * 60;

fn plan_at(ws: &WorkSample, minute: i64) -> Plan {
    plan_with(ws, minute, None, &[])
}

fn plan_with(
    ws: &WorkSample,
    minute: i64,
    promise: Option<&Promise>,
    dead_jobs: &[DeadJob],
) -> Plan {
    let words = SpecWords::default();
    let known = Known {
        spec: &words,
        since: None,
        promise,
        dead_jobs,
        failed_messages: &[],
    };
    plan(ws, &known, at(minute))
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    plan.wanted.iter().map(|one| one.kind.name()).collect()
}

fn keys(plan: &Plan, kind: MessageKind) -> Vec<&str> {
    let of_kind = plan.wanted.iter().filter(|one| one.kind == kind);
    of_kind.map(|one| one.key.as_str()).collect()
}

#[test]
fn names_of_kinds_are_those_in_json() {
    for kind in MessageKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        assert_eq!(MessageKind::named(kind.name()), Some(kind));
    }
}

#[test]
fn offer_is_sent_at_once_and_brought_to_mind_before_its_end() {
    let ws = Story::offered().fold();
    let first = plan_at(&ws, 0);
    assert_eq!(kinds(&first), ["offer"]);
    assert_eq!(first.next, Some(at(5 * DAY)), "48 hours before the end");
    assert_eq!(kinds(&plan_at(&ws, 5 * DAY - 1)), ["offer"]);
    assert_eq!(kinds(&plan_at(&ws, 5 * DAY)), ["offer", "offer_ends"]);
    let over = plan_at(&ws, 7 * DAY);
    assert!(over.wanted.is_empty() && over.next.is_none(), "{over:?}");
    let accepted = plan_at(&Story::accepted().fold(), 5 * DAY);
    assert!(accepted.wanted.is_empty(), "{accepted:?}");
}

#[test]
fn nothing_that_was_wanted_before_the_first_start_is_sent() {
    let ws = Story::offered().fold();
    let words = SpecWords::default();
    let known = |since| Known {
        spec: &words,
        since: Some(at(since)),
        promise: None,
        dead_jobs: &[],
        failed_messages: &[],
    };
    assert!(plan(&ws, &known(1), at(2)).wanted.is_empty());
    assert_eq!(kinds(&plan(&ws, &known(0), at(2))), ["offer"]);
    // A reminder is due only now.
    assert_eq!(kinds(&plan(&ws, &known(1), at(6 * DAY))), ["offer_ends"]);
}

#[test]
fn candidate_at_work_is_told_of_repository_invitation_and_due_time() {
    let mut story = Story::provisioned();
    let ws = story.fold();
    assert_eq!(kinds(&plan_at(&ws, 1)), ["repository_ready"]);
    assert_eq!(plan_at(&ws, 1).next, Some(at(DAY + 1)));
    let later = plan_at(&ws, DAY + 1);
    assert_eq!(
        kinds(&later),
        ["repository_ready", "invitation_not_accepted"]
    );
    assert_eq!(later.next, Some(at(4 * DAY)));
    assert!(kinds(&plan_at(&ws, 4 * DAY)).contains(&"due_soon"));
    assert!(!kinds(&plan_at(&ws, 5 * DAY)).contains(&"due_soon"));

    story.extended(2 * DAY, 9 * DAY);
    let ws = story.fold();
    let moved = plan_at(&ws, 4 * DAY);
    assert_eq!(
        keys(&moved, MessageKind::DueMoved),
        ["due_moved:extended:1"]
    );
    assert!(!kinds(&moved).contains(&"due_soon"), "the old due time");
    let soon = plan_at(&ws, 8 * DAY);
    assert_eq!(keys(&soon, MessageKind::DueSoon), ["due_soon:extended:1"]);
}

#[test]
fn due_time_within_a_day_needs_no_reminder() {
    let mut story = Story::provisioned();
    story.extended(4 * DAY - 60, 4 * DAY + 60);
    let plan = plan_at(&story.fold(), 4 * DAY);
    assert!(!kinds(&plan).contains(&"due_soon"), "{plan:?}");
    assert!(kinds(&plan).contains(&"due_moved"));
}

#[test]
fn question_goes_to_team_and_again_before_the_promise_ends() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 7, 60, "Which key?", "/question Which one?");
    let ws = story.fold();
    let promise = Promise {
        within_hours: 8,
        people: vec![Availability::always()],
        backup: None,
    };
    let first = plan_with(&ws, 60, Some(&promise), &[]);
    assert_eq!(kinds(&first), ["repository_ready", "question_waiting"]);
    assert_eq!(first.next, Some(at(60 + 6 * 60)), "after three quarters");
    let Content::Question { answer_by, .. } = &first.wanted[1].content else {
        panic!("{first:?}");
    };
    assert_eq!(*answer_by, Some(at(60 + 8 * 60)));
    let again = plan_with(&ws, 60 + 6 * 60, Some(&promise), &[]);
    let expected = format!("question_again:{question}");
    assert_eq!(
        keys(&again, MessageKind::QuestionAgain),
        [expected.as_str()]
    );

    let place = story.comment(team(), 7, 120, "/answer The second one.");
    let answered = plan_with(&story.fold(), 60 + 6 * 60, Some(&promise), &[]);
    let expected = format!("answer_given:{}", key::text_created(&place));
    assert_eq!(
        keys(&answered, MessageKind::AnswerGiven),
        [expected.as_str()]
    );
    assert!(!kinds(&answered).contains(&"question_waiting"));
}

#[test]
fn redirected_decision_and_misread_text_go_to_candidate() {
    let mut story = Story::provisioned();
    story.issue(
        candidate(),
        7,
        60,
        "Keys",
        "/decision Keys are kept for a day.",
    );
    story.comment(team(), 7, 70, "/redirect Keep them for ever.");
    story.comment(candidate(), KICKOFF, 80, "I read the brief.");
    story.comment(candidate(), 7, 90, "/submit");
    let plan = plan_at(&story.fold(), 100);
    assert_eq!(
        kinds(&plan),
        ["repository_ready", "decision_redirected", "not_understood"]
    );
}

#[test]
fn delivery_pay_and_decision_are_told_to_those_whom_they_concern() {
    let mut story = Story::provisioned();
    story.push(60, MAIN, '1', '2');
    story.comment(candidate(), KICKOFF, 70, "I read the brief.");
    story.comment(candidate(), KICKOFF, 80, "/deliver");
    story.settle();
    let delivered = plan_at(&story.fold(), 90);
    let mut told = kinds(&delivered);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "delivered",
            "delivery_recorded",
            "pay_due",
            "pay_to_pay",
            "repository_ready"
        ]
    );
    story.assessed(100, assessment('2'));
    assert!(kinds(&plan_at(&story.fold(), 1000)).contains(&"assessment_ready"));

    let ws = story.fold();
    let owed = ws.outstanding().unwrap();
    let paid = EventBody::Paid {
        amount: owed,
        reference: "SEPA 1".to_owned(),
    };
    story.add(key::paid(1), lead(), at(120), paid);
    let decided = EventBody::Decided {
        outcome: DecisionOutcome::Stop,
        reason: "CANARY the team's own reason".to_owned(),
        feedback: Some("Your updates were short and clear.".to_owned()),
        feedback_refused: false,
    };
    story.add(key::decided(), lead(), at(130), decided);
    let over = plan_at(&story.fold(), 140);
    assert_eq!(kinds(&over), ["paid", "decided"]);
    assert!(!format!("{over:?}").contains("CANARY"));
    assert!(format!("{over:?}").contains("short and clear"));
}

#[test]
fn end_before_delivery_tells_of_pay_only() {
    let mut story = Story::provisioned();
    story.issue(candidate(), 7, 60, "Which key?", "/question Which one?");
    story.withdrawn(90);
    let mut told = kinds(&plan_at(&story.fold(), 4 * DAY));
    told.sort_unstable();
    assert_eq!(told, ["pay_due", "pay_to_pay"]);
}

#[test]
fn failed_invitation_goes_to_team_and_to_candidate_who_can_correct_it() {
    let mut ws = Story::accepted().fold();
    let failure = |code| InvitationFailure {
        key: key::invitation_failed(0, 1),
        at: at(5),
        login: "dana".parse().unwrap(),
        round: 0,
        code,
        reason: "CANARY what GitHub said".to_owned(),
    };
    ws.invitation_failures = vec![failure(InvitationProblem::NoSeatLeft)];
    assert_eq!(kinds(&plan_at(&ws, 6)), ["invitation_failed"]);
    ws.invitation_failures = vec![failure(InvitationProblem::NoSuchAccount)];
    let mut told = kinds(&plan_at(&ws, 6));
    told.sort_unstable();
    assert_eq!(told, ["invitation_failed", "invitation_not_accepted"]);
    assert!(!format!("{:?}", plan_at(&ws, 6)).contains("CANARY"));

    let mut story = Story::provisioned();
    let ended = EventBody::InvitationEnded {
        invitation_id: 5,
        how: InvitationEnd::Expired,
    };
    story.add(key::invitation_ended(5), Actor::Service, at(100), ended);
    let plan = plan_at(&story.fold(), 110);
    assert!(kinds(&plan).contains(&"invitation_failed"), "{plan:?}");
}

#[test]
fn dead_job_needs_an_operator_each_time_it_dies() {
    let ws = Story::provisioned().fold();
    let job = |minute| DeadJob {
        id: format!("job_{}", "b".repeat(32)).parse().unwrap(),
        kind: "invite".to_owned(),
        at: at(minute),
    };
    let first = plan_with(&ws, 30, None, &[job(20)]);
    let second = plan_with(&ws, 60, None, &[job(50)]);
    let kind = MessageKind::OperatorNeeded;
    assert_eq!(keys(&first, kind).len(), 1);
    assert_ne!(keys(&first, kind), keys(&second, kind));
}

#[test]
fn failed_message_needs_an_operator_unless_it_said_that_one_is_needed() {
    let ws = Story::provisioned().fold();
    let failed = |kind, resent| FailedMessage {
        id: format!("msg_{}", "c".repeat(32)).parse().unwrap(),
        kind,
        resent,
        at: at(20),
    };
    let words = SpecWords::default();
    let keys_of = |failed: &[FailedMessage]| {
        let known = Known {
            spec: &words,
            since: None,
            promise: None,
            dead_jobs: &[],
            failed_messages: failed,
        };
        let plan = plan(&ws, &known, at(30));
        let keys = keys(&plan, MessageKind::OperatorNeeded);
        keys.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = keys_of(&[failed(MessageKind::Paid, 0)]);
    assert_eq!(first.len(), 1);
    assert_ne!(first, keys_of(&[failed(MessageKind::Paid, 1)]));
    assert!(keys_of(&[failed(MessageKind::OperatorNeeded, 0)]).is_empty());
}

#[test]
fn backup_is_told_of_a_question_once_their_hours_are_counted() {
    let mut story = Story::provisioned();
    let ws_asked = 60;
    story.issue(
        candidate(),
        7,
        ws_asked,
        "Which key?",
        "/question Which one?",
    );
    let ws = story.fold();
    let asked_at = at(ws_asked);
    // The owner answers until an hour after the question, the backup from half an hour after it.
    let hours = |from: i64, to: i64| {
        let time = |minute: i64| {
            (asked_at + Duration::minutes(minute))
                .format("%H:%M")
                .to_string()
        };
        Availability {
            hours: Some(
                format!("mon-sun {}-{}", time(from), time(to))
                    .parse()
                    .unwrap(),
            ),
            ..Availability::always()
        }
    };
    let promise = Promise {
        within_hours: 4,
        people: vec![hours(-60, 60)],
        backup: Some(hours(30, 600)),
    };
    let first = plan_with(&ws, ws_asked, Some(&promise), &[]);
    let told = |plan: &Plan, kind| {
        let found = plan.wanted.iter().find(|one| one.kind == kind);
        found.unwrap().backup_from
    };
    let alone_at = at(ws_asked + 60);
    assert_eq!(told(&first, MessageKind::QuestionWaiting), Some(alone_at));
    assert_eq!(first.next, Some(alone_at), "then the backup is told");
    let again_at = at(ws_asked + 180);
    let again = plan_with(&ws, ws_asked + 180, Some(&promise), &[]);
    assert_eq!(told(&again, MessageKind::QuestionAgain), Some(again_at));
}
