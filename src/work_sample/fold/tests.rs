//! The fold by example: one story a sentence.

use crate::work_sample::testing::*;
use crate::work_sample::*;

fn kinds(ws: &WorkSample) -> Vec<EntryKind> {
    ws.entries.iter().map(|entry| entry.kind).collect()
}

const DAY: i64 = 24 * 60;

#[test]
fn the_state_follows_what_is_known() {
    assert_eq!(Story::drafted().fold().state, State::Drafted);
    assert_eq!(Story::offered().fold().state, State::Offered);
    assert_eq!(Story::accepted().fold().state, State::Accepted);
    let mut story = Story::provisioned();
    assert_eq!(story.fold().state, State::Provisioned);
    story.comment(team(), KICKOFF, 5, "welcome");
    assert_eq!(story.fold().state, State::Provisioned);
    story.comment(candidate(), KICKOFF, 6, "thanks");
    assert_eq!(story.fold().state, State::InProgress);
    story.comment(candidate(), KICKOFF, 90, "/deliver");
    assert_eq!(story.fold().state, State::Delivered);
    story.assessed(100, assessment('1'));
    assert_eq!(story.fold().state, State::Assessed);
    story.push(110, MAIN, '1', '2');
    story.comment(candidate(), KICKOFF, 111, "/deliver");
    assert_eq!(
        story.fold().state,
        State::Delivered,
        "a new commit counts now"
    );
}

#[test]
fn the_first_comment_on_the_kickoff_issue_is_the_memo() {
    let mut story = Story::provisioned();
    story.issue(
        team(),
        KICKOFF,
        1,
        "Kickoff",
        "Please write ## What I understood, ## My approach",
    );
    story.comment(team(), KICKOFF, 2, "welcome");
    story.comment(candidate(), KICKOFF, 3, "/progress setting up");
    story.comment(
        candidate(),
        KICKOFF,
        4,
        "## What I understood\nKeys.\n\nmore",
    );
    story.comment(candidate(), KICKOFF, 5, "and one thing more");
    let ws = story.fold();
    use EntryKind::*;
    assert_eq!(kinds(&ws), [Kickoff, Note, Progress, Memo, Note]);
    assert_eq!(ws.entries[0].side, Side::Service);
    assert_eq!(ws.entries[3].read_by, ReadBy::Position);
    assert_eq!(
        ws.entries[3].sections.understanding.as_deref(),
        Some("Keys.\n\nmore")
    );
}

#[test]
fn a_greeting_does_not_take_the_memos_place_when_a_memo_with_its_headings_follows() {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 3, "Hi, thanks for having me!");
    story.comment(
        candidate(),
        KICKOFF,
        4,
        "## What I understood\nKeys\n## My approach\nSlowly",
    );
    assert_eq!(kinds(&story.fold()), [EntryKind::Note, EntryKind::Memo]);
}

#[test]
fn what_belongs_to_the_other_side_and_what_nobody_taught_stays_a_note_with_a_remark() {
    let mut story = Story::provisioned();
    story.comment(candidate(), 4, 10, "/confirm");
    story.comment(team(), 4, 11, "/deliver");
    story.comment(candidate(), 4, 12, "/estimate 3d");
    let ws = story.fold();
    assert_eq!(kinds(&ws), [EntryKind::Note; 3]);
    let remarks: Vec<_> = ws
        .entries
        .iter()
        .map(|entry| entry.remark.clone().unwrap())
        .collect();
    insta::assert_snapshot!(remarks.join("\n"), @r"
    this slash command is the team's; from the candidate it stays a note
    this slash command is the candidate's; from the team it stays a note
    `/estimate` is no slash command that worksample knows
    ");
    assert!(ws.deliveries.is_empty());
    assert_eq!(ws.obligation, None);
}

#[test]
fn answers_belong_to_the_question_of_their_issue_or_the_latest_open_one_before() {
    let mut story = Story::provisioned();
    let q2 = story.issue(candidate(), 2, 10, "Question", "/question first?");
    let q3 = story.issue(candidate(), 3, 11, "Question", "/question second?");
    story.comment(team(), 3, 20, "/answer yes");
    story.comment(team(), KICKOFF, 21, "/answer #2 no");
    let kickoff_one = story.comment(candidate(), KICKOFF, 22, "/question one");
    story.comment(candidate(), KICKOFF, 23, "/question two");
    story.comment(team(), KICKOFF, 24, "/answer two");
    story.comment(team(), KICKOFF, 25, "/answer one");
    story.comment(team(), 9, 26, "/answer nobody asked");
    let ws = story.fold();
    let about: Vec<_> = ws
        .entries_of(EntryKind::Answer)
        .map(|answer| answer.about.clone())
        .collect();
    assert_eq!(about[0], Some(q3));
    assert_eq!(about[1], Some(q2));
    assert_eq!(about[3], Some(key::text_created(&kickoff_one)));
    assert_eq!(about[4], None);
    let last = ws.entries.last().unwrap();
    assert!(last.remark.as_deref().unwrap().contains("no question"));
}

#[test]
fn a_decision_is_confirmed_or_redirected_where_it_stands() {
    let mut story = Story::provisioned();
    let decision = story.issue(candidate(), 2, 10, "Decision", "/decision keep for ever");
    story.comment(team(), 2, 20, "/redirect one day, please");
    let ws = story.fold();
    let replies: Vec<_> = ws.replies_to(&decision).map(|entry| entry.kind).collect();
    assert_eq!(replies, [EntryKind::Redirect]);
}

#[test]
fn an_edit_keeps_what_stood_there_and_its_completion_counts() {
    let mut story = Story::provisioned();
    let place = story.comment(candidate(), 2, 10, "I am stuck with R3");
    story.edit(candidate(), &place, 15, "/question R1 or R3?");
    story.edit(team(), &place, 20, "/question R1?");
    story.delete(&place, 30);
    let ws = story.fold();
    let entry = &ws.entries[0];
    assert_eq!(entry.kind, EntryKind::Question);
    assert_eq!(entry.at, at(10));
    assert_eq!(entry.text, "/question R1?");
    let history: Vec<_> = entry
        .history
        .iter()
        .map(|revision| (revision.text.as_str(), revision.until))
        .collect();
    assert_eq!(
        history,
        [
            ("I am stuck with R3", at(15)),
            ("/question R1 or R3?", at(20))
        ]
    );
    assert_eq!(entry.deleted_at, Some(at(30)));
    assert_eq!(entry.remark.as_deref(), Some("edited by lee"));
}

#[test]
fn nobody_can_take_a_delivery_back_by_editing_or_deleting_it() {
    let mut story = Story::provisioned();
    story.push(5, MAIN, '1', '2');
    let place = story.comment(candidate(), KICKOFF, 10, "/deliver");
    story.push(12, MAIN, '2', '3');
    story.edit(candidate(), &place, 15, "not yet");
    story.delete(&place, 20);
    let ws = story.fold();
    assert_eq!(ws.entries[0].kind, EntryKind::Delivery);
    assert_eq!(ws.deliveries[0].at, at(10));
    assert_eq!(ws.deliveries[0].sha, Some(sha('2')));
    assert!(ws.obligation.is_some());
}

#[test]
fn an_edit_that_adds_deliver_counts_from_the_edit_and_only_by_the_candidate() {
    let mut story = Story::provisioned();
    let place = story.comment(candidate(), KICKOFF, 10, "soon done");
    let other = story.comment(candidate(), KICKOFF, 11, "soon");
    story.push(12, MAIN, '1', '2');
    story.edit(candidate(), &place, 15, "/deliver");
    story.edit(team(), &other, 16, "/deliver");
    let ws = story.fold();
    assert_eq!(ws.deliveries.len(), 1);
    assert_eq!(ws.deliveries[0].at, at(15));
    assert_eq!(ws.deliveries[0].key, key::text_edited(&place, at(15)));
    assert_eq!(ws.deliveries[0].sha, Some(sha('2')));
}

#[test]
fn a_delivery_on_a_pull_request_means_its_branch_and_elsewhere_the_default_branch() {
    let branch = "refs/heads/work";
    let mut story = Story::provisioned();
    story.push(2, MAIN, '0', '1');
    story.push(10, branch, '0', '2');
    story.pull(5, 11, branch, '2', "please look");
    story.push(20, branch, '2', '3');
    story.comment(candidate(), 5, 20, "/deliver");
    story.push(21, branch, '3', '4');
    story.comment(candidate(), KICKOFF, 30, "/deliver");
    story.comment(candidate(), KICKOFF, 31, "/deliver 3333333");
    story.comment(candidate(), KICKOFF, 32, "/deliver 9999999");
    let ws = story.fold();
    let shas: Vec<_> = ws.deliveries.iter().map(|one| one.sha.clone()).collect();
    assert_eq!(shas, [Some(sha('3')), Some(sha('1')), Some(sha('3'))]);
    let remark = ws.entries.last().unwrap().remark.clone().unwrap();
    assert_eq!(remark, "no commit that was pushed begins with 9999999");
}

#[test]
fn pushes_of_one_second_are_ordered_by_what_they_build_on() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, 'a', '9');
    story.push(10, MAIN, 'b', 'a');
    story.push(10, MAIN, '1', 'b');
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    let ws = story.fold();
    assert_eq!(ws.deliveries[0].sha, Some(sha('9')));
}

#[test]
fn a_push_that_comes_back_to_an_earlier_commit_is_what_is_delivered() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', '2');
    story.push(11, MAIN, '2', '3');
    story.push(12, MAIN, '3', '2');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    assert_eq!(story.fold().deliveries[0].sha, Some(sha('2')));
}

#[test]
fn the_last_delivery_in_time_counts_or_else_the_first_late_one() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', '2');
    story.comment(candidate(), KICKOFF, 5 * DAY + 10, "/deliver");
    story.comment(candidate(), KICKOFF, 5 * DAY + 20, "/deliver");
    let effective = |story: &Story| {
        let ws = story.fold();
        let index = ws.deliveries.iter().position(|one| one.effective).unwrap();
        (index, ws.deliveries[index].late)
    };
    assert_eq!(effective(&story), (0, true));
    story.extended(5 * DAY + 30, 6 * DAY);
    assert_eq!(effective(&story), (1, false));
}

#[test]
fn a_delivery_at_the_due_time_itself_is_in_time() {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 5 * DAY, "/deliver");
    assert!(!story.fold().deliveries[0].late);
}

#[test]
fn a_delivery_wins_over_a_later_withdrawal_but_not_over_an_earlier_one() {
    let mut story = Story::provisioned();
    story.withdrawn(50);
    let quarter = story.fold().obligation.unwrap();
    assert_eq!(quarter.reason, ObligationReason::Withdrawn);
    assert_eq!(quarter.amount.amount_minor, 15_000);

    let mut after = story.clone();
    after.comment(candidate(), KICKOFF, 60, "/deliver");
    let ws = after.fold();
    assert_eq!(ws.obligation.unwrap().reason, ObligationReason::Withdrawn);
    assert!(ws.entries[0].remark.is_some());
    assert_eq!(ws.deliveries.iter().filter(|one| one.effective).count(), 0);

    let mut before = story;
    before.comment(candidate(), KICKOFF, 40, "/deliver");
    let ws = before.fold();
    assert_eq!(ws.state, State::Withdrawn);
    let owed = ws.obligation.unwrap();
    assert_eq!(owed.reason, ObligationReason::Delivered);
    assert_eq!(owed.amount.amount_minor, 60_000);
    assert_eq!(owed.pay_by, at(40 + 14 * DAY));
}

#[test]
fn a_withdrawal_before_the_repository_was_ready_owes_nothing() {
    let mut story = Story::accepted();
    story.withdrawn(1);
    assert_eq!(story.fold().obligation, None);
}

#[test]
fn a_reviewer_may_read_a_note_as_a_question_but_no_delivery_as_anything_else() {
    let mut story = Story::provisioned();
    let note = story.comment(candidate(), 2, 10, "### My own assessment\n\nboth are fine");
    let delivery = story.comment(candidate(), 2, 11, "/deliver");
    for (n, place) in [(1, &note), (2, &delivery)] {
        let body = EventBody::Reclassified {
            entry: key::text_created(place),
            kind: EntryKind::Question,
            note: "it asks".to_owned(),
        };
        story.add(key::reclassified(n), reviewer(), at(20), body);
    }
    let ws = story.fold();
    assert_eq!(kinds(&ws), [EntryKind::Question, EntryKind::Delivery]);
    assert_eq!(ws.entries[0].read_by, ReadBy::Reviewer);
    assert_eq!(
        ws.entries[0].sections.own_assessment.as_deref(),
        Some("both are fine")
    );
}

#[test]
fn a_log_that_no_work_sample_can_have_is_refused_with_the_place() {
    assert_eq!(fold(&[]), Err(FoldError::Empty));
    let whole = events(&Story::provisioned().happenings);
    let mut hole = whole.clone();
    hole.remove(2);
    assert!(matches!(
        fold(&hole),
        Err(FoldError::Hole {
            expected: 3,
            found: 4
        })
    ));
    assert!(matches!(
        fold(&events(&Story::provisioned().happenings[1..])),
        Err(FoldError::NotDraftedFirst { found: "offered" })
    ));
    let mut twice = Story::accepted();
    let again = twice.happenings.last().cloned().unwrap();
    twice.happenings.push(again);
    assert!(matches!(
        fold(&events(&twice.happenings)),
        Err(FoldError::KeyTwice { seq: 4, .. })
    ));
    let mut declined = Story::accepted();
    declined.add(
        key::declined(),
        Actor::Candidate,
        at(3),
        EventBody::Declined { reason: None },
    );
    let error = fold(&events(&declined.happenings)).unwrap_err();
    insta::assert_snapshot!(error, @"event 4 `declined` cannot have happened: only an open offer can be declined");
}
