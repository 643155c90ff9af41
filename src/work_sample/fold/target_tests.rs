//! What `/deliver` delivers: one story a sentence.

use rstest::rstest;

use crate::work_sample::testing::*;
use crate::work_sample::*;

const WORK: &str = "refs/heads/work";

/// `main` is at 1 and later at 5, `work` at 2 and then 3; pull request 2 is of `work`, issue 3 is an issue.
fn story() -> Story {
    let mut story = Story::provisioned();
    story.push(2, MAIN, '0', '1');
    story.push(10, WORK, '0', '2');
    story.pull(2, 11, WORK, '2', "Please look");
    story.issue(candidate(), 3, 12, "Question", "/question which?");
    story.push(13, "refs/tags/v1", '0', '2');
    story.push(14, "refs/tags/annotated", '0', 'e');
    story.push(15, "refs/heads/gone", '0', '7');
    story.push(16, "refs/heads/gone", '7', '0');
    story.push(20, WORK, '2', '3');
    story.push(40, MAIN, '1', '5');
    story.push(41, "refs/heads/later", '0', '6');
    story
}

#[rstest]
#[case::after_prose("All done, tests are green.\n\n/deliver", Some('1'))]
#[case::branch("/deliver work", Some('3'))]
#[case::branch_in_prose("Here it is:\n- /deliver `work`, thanks", Some('3'))]
#[case::branch_reference("/deliver refs/heads/work", Some('3'))]
#[case::default_branch("/deliver main", Some('1'))]
#[case::head("/deliver HEAD", Some('1'))]
#[case::tag("/deliver v1", Some('2'))]
#[case::pull_request("/deliver #2", Some('3'))]
#[case::pull_request_address("/deliver https://github.com/org/dana/pull/2", Some('3'))]
#[case::commit_address("/deliver https://github.com/org/dana/commit/2222222", Some('2'))]
#[case::commit("/deliver commit 3333333", Some('3'))]
#[case::digits("/deliver 2222222", Some('2'))]
#[case::next_line("/deliver\n3333333", Some('3'))]
#[case::words("/deliver please", Some('1'))]
#[case::more_words("/deliver now, tests are green", Some('1'))]
#[case::twice_the_same("/deliver #2 (3333333)", Some('3'))]
#[case::starter("/deliver starter", Some('1'))]
fn deliver_means_the_commit_that_is_named(#[case] text: &str, #[case] sha_of: Option<char>) {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 30, text);
    let ws = story.fold();
    let delivered: Vec<_> = ws.deliveries.iter().map(|one| one.sha.clone()).collect();
    assert_eq!(delivered, [sha_of.map(sha)]);
    assert!(ws.deliveries[0].effective);
    assert!(ws.obligation.is_some());
    assert_eq!(ws.entries.last().unwrap().remark, None);
    assert!(ws.declarations[0].stands);
}

#[rstest]
#[case::typing_mistake(
    "/deliver wrok",
    "no branch or tag is known as `wrok` (there is `work`)"
)]
#[case::unknown_name("/deliver release/1", "no branch or tag is known as `release/1`")]
#[case::unknown_tag("/deliver v2.0", "no branch or tag is known as `v2.0`")]
#[case::unknown_commit("/deliver 9999999", "no commit that was pushed begins with 9999999")]
#[case::short_commit(
    "/deliver commit 33333",
    "33333 is too short for a commit: at least 7 digits are needed"
)]
#[case::unknown_pull_request("/deliver #99", "no pull request is known as #99")]
#[case::issue("/deliver #3", "#3 is an issue, not a pull request")]
#[case::kickoff("/deliver #1", "#1 is an issue, not a pull request")]
#[case::other_repository(
    "/deliver https://github.com/else/where/pull/2",
    "`https://github.com/else/where/pull/2` is not in this repository"
)]
#[case::several(
    "/deliver work and main",
    "more than one commit, branch, tag or pull request is named"
)]
#[case::two_commands(
    "/deliver work\n/deliver main",
    "more than one commit, branch, tag or pull request is named"
)]
#[case::deleted("/deliver gone", "the branch `gone` had been deleted")]
#[case::not_yet_pushed(
    "/deliver later",
    "nothing had been pushed to the branch `later` by then"
)]
#[case::annotated_tag(
    "/deliver annotated",
    "the commit of the tag `annotated` is not known yet"
)]
fn deliver_of_what_cannot_be_resolved_delivers_nothing_and_says_why(
    #[case] text: &str,
    #[case] why: &str,
) {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 30, text);
    let ws = story.fold();
    assert_eq!(ws.deliveries, []);
    assert_eq!(ws.obligation, None);
    assert_eq!(ws.state, State::InProgress);
    let entry = ws.entries.last().unwrap();
    assert_eq!(entry.kind, EntryKind::Delivery);
    assert_eq!(entry.remark.as_deref(), Some(why));
    assert_eq!(ws.declarations.len(), 1);
    assert_eq!(ws.declarations[0].resolution.why_not(), Some(why));
}

#[test]
fn branch_named_on_a_pull_request_wins_over_its_head() {
    let mut story = story();
    story.comment(candidate(), 2, 30, "Merged by hand.\n\n/deliver main");
    story.comment(candidate(), 2, 31, "No:\n/deliver");
    let shas: Vec<_> = story
        .fold()
        .deliveries
        .into_iter()
        .map(|one| one.sha)
        .collect();
    assert_eq!(shas, [Some(sha('1')), Some(sha('3'))]);
}

#[test]
fn deliver_in_a_progress_update_delivers_too() {
    let mut story = story();
    story.comment(
        candidate(),
        KICKOFF,
        30,
        "/progress all is done\n\n/deliver work",
    );
    let ws = story.fold();
    assert_eq!(ws.entries.last().unwrap().kind, EntryKind::Delivery);
    assert_eq!(ws.deliveries[0].sha, Some(sha('3')));
}

#[test]
fn edit_mends_a_delivery_that_named_nothing_known_from_the_edit_on() {
    let mut story = story();
    let place = story.comment(candidate(), KICKOFF, 30, "/deliver wrok");
    story.edit(candidate(), &place, 33, "/deliver work");
    story.edit(candidate(), &place, 36, "/deliver main");
    let ws = story.fold();
    let entry = ws.entries.last().unwrap();
    assert_eq!(ws.deliveries.len(), 1);
    assert_eq!(ws.deliveries[0].at, at(33));
    assert_eq!(ws.deliveries[0].sha, Some(sha('3')));
    assert_eq!(
        entry.remark.as_deref(),
        Some("an edit of what `/deliver` names changes nothing: a new text with `/deliver` does")
    );
    let stands: Vec<bool> = ws.declarations.iter().map(|one| one.stands).collect();
    assert_eq!(stands, [false, true, false]);
}

#[test]
fn deliver_in_a_quotation_or_in_code_delivers_nothing() {
    for text in [
        "> /deliver",
        "`/deliver`",
        "```\n/deliver\n```",
        "<!-- /deliver -->",
        "- [ ] /deliver",
    ] {
        let mut story = story();
        story.comment(candidate(), KICKOFF, 30, text);
        let ws = story.fold();
        assert!(
            ws.deliveries.is_empty() && ws.declarations.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn single_unknown_word_delivers_the_head_and_is_kept_for_a_look_at_github() {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 30, "/deliver elsewhere");
    let ws = story.fold();
    assert_eq!(ws.deliveries[0].sha, Some(sha('1')));
    let word = Some("elsewhere".to_owned());
    assert_eq!(ws.declarations[0].target, Target::Head { word });
}
