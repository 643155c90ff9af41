//! Replies of the team: one story a sentence.

use crate::work_sample::testing::*;
use crate::work_sample::*;

fn about(ws: &WorkSample, question: &NaturalKey) -> Vec<String> {
    ws.replies_to(question)
        .map(|one| one.text.clone())
        .collect()
}

#[test]
fn plain_team_comment_in_a_questions_issue_is_a_reply() {
    let mut story = Story::provisioned();
    let question = story.issue(
        candidate(),
        2,
        10,
        "Question",
        "/question may shifts touch?",
    );
    story.comment(team(), 2, 20, "No, touching shifts are fine. Go on.");
    let ws = story.fold();
    let reply = ws.entries.last().unwrap();
    assert_eq!(reply.kind, EntryKind::Note);
    assert_eq!(reply.about, Some(question.clone()));
    assert_eq!(
        about(&ws, &question),
        ["No, touching shifts are fine. Go on."]
    );
    assert_eq!(reply.remark, None);
}

#[test]
fn comment_of_the_candidate_or_of_a_bot_is_no_reply() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 2, 10, "Question", "/question why?");
    story.comment(candidate(), 2, 20, "I mean R3.");
    let bot = Actor::GitHub {
        id: 99,
        login: "github-actions[bot]".to_owned(),
    };
    story.comment(bot, 2, 21, "Checks passed.");
    story.comment(team(), 3, 22, "Somewhere else.");
    assert_eq!(about(&story.fold(), &question), [] as [String; 0]);
}

#[test]
fn plain_comment_in_a_shared_thread_replies_to_all_that_is_open_there() {
    let mut story = Story::provisioned();
    story.comment(team(), KICKOFF, 9, "Welcome");
    let one = story.comment(candidate(), KICKOFF, 10, "/question one?");
    let two = story.comment(candidate(), KICKOFF, 11, "/decision two");
    let three = story.comment(candidate(), KICKOFF, 12, "/question three?");
    story.comment(team(), KICKOFF, 13, "/answer three");
    story.comment(team(), KICKOFF, 20, "Both are fine.");
    let four = story.comment(candidate(), KICKOFF, 21, "/question four?");
    story.comment(team(), KICKOFF, 22, "Yes.");
    story.comment(team(), KICKOFF, 23, "See you on Monday.");
    let ws = story.fold();
    let of = |place: &Place| about(&ws, &key::text_created(place));
    assert_eq!(of(&one), ["Both are fine."]);
    assert_eq!(of(&two), ["Both are fine."]);
    assert_eq!(of(&three), ["/answer three"]);
    assert_eq!(of(&four), ["Yes."]);
    let both = ws
        .entries
        .iter()
        .find(|one| one.text == "Both are fine.")
        .unwrap();
    assert_eq!(both.about, Some(key::text_created(&two)));
    assert_eq!(both.also_about, [key::text_created(&one)]);
}

#[test]
fn later_comments_in_a_questions_issue_belong_to_it_and_answer_still_settles_it() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 2, 10, "Question", "/question why?");
    story.comment(team(), 2, 20, "Let me look.");
    story.comment(team(), 2, 30, "Because of R3.\n\n/answer");
    story.comment(team(), 2, 40, "And R4.");
    let ws = story.fold();
    let kinds: Vec<_> = ws.replies_to(&question).map(|one| one.kind).collect();
    assert_eq!(kinds, [EntryKind::Note, EntryKind::Answer, EntryKind::Note]);
}

#[test]
fn plain_comment_in_a_decisions_thread_is_shown_as_its_reply() {
    let mut story = Story::provisioned();
    let decision = story.issue(candidate(), 2, 10, "Decision", "/decision keep for ever");
    story.comment(team(), 2, 20, "Confirmed, go ahead.");
    assert_eq!(about(&story.fold(), &decision), ["Confirmed, go ahead."]);
}
