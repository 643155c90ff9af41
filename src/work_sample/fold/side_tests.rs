use crate::work_sample::testing::*;
use crate::work_sample::*;

fn bot() -> Actor {
    Actor::GitHub {
        id: 50,
        login: "github-actions[bot]".to_owned(),
    }
}

/// The candidate asks in issue 2, and the account of [`team`] says something below.
fn asked(reply: &str) -> Story {
    let mut story = Story::provisioned().looking_up_sides();
    story.issue(candidate(), 2, 10, "Question", "/question R1: how long?");
    story.comment(team(), 2, 20, reply);
    story
}

fn answers(ws: &WorkSample) -> usize {
    let question = ws.entries_of(EntryKind::Question).next().unwrap();
    ws.replies_to(&question.key).count()
}

#[test]
fn stranger_reply_leaves_question_waiting() {
    let mut story = asked("/answer a day");
    story.looked_up(21, AccountSide::Stranger, SideReason::NoTie);
    let ws = story.fold();
    assert_eq!(answers(&ws), 0);
    assert_eq!(ws.entries[1].side, Side::Stranger);
    assert_eq!(ws.entries[1].kind, EntryKind::Note);
    assert_eq!(
        ws.entries[1].remark.as_deref(),
        Some("this slash command is by somebody outside the team; it has no effect")
    );
}

#[test]
fn bot_reply_leaves_question_waiting_and_needs_no_look_up() {
    let mut story = Story::provisioned().looking_up_sides();
    story.issue(candidate(), 2, 10, "Question", "/question R1: how long?");
    story.comment(bot(), 2, 20, "/answer a day");
    let ws = story.fold();
    assert_eq!(answers(&ws), 0);
    assert_eq!(ws.entries[1].side, Side::Bot);
    assert_eq!(ws.accounts[0].side, Side::Bot);
    assert_eq!(ws.accounts[0].to_look_up, None);
}

#[test]
fn unknown_account_becomes_team_after_look_up() {
    let mut story = asked("/answer a day");
    let before = story.fold();
    assert_eq!(before.entries[1].side, Side::Unknown);
    assert_eq!(answers(&before), 0);
    assert_eq!(before.accounts[0].to_look_up, Some(at(20)));
    story.looked_up(21, AccountSide::Team, SideReason::OrganizationMember);
    let after = story.fold();
    assert_eq!(after.entries[1].side, Side::Team);
    assert_eq!(answers(&after), 1);
    assert_eq!(after.accounts[0].to_look_up, None);
    assert_eq!(
        after.accounts[0].because,
        Some(SideReason::OrganizationMember)
    );
}

#[test]
fn stranger_delivers_and_decides_nothing() {
    let mut story = asked("/deliver");
    story.comment(team(), 2, 22, "/confirm");
    story.looked_up(23, AccountSide::Stranger, SideReason::NoTie);
    let ws = story.fold();
    assert!(ws.deliveries.is_empty() && ws.obligation.is_none());
    let kinds: Vec<EntryKind> = ws.entries.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [EntryKind::Question, EntryKind::Note, EntryKind::Note]
    );
}

#[test]
fn lead_word_settles_earlier_and_later_texts_over_look_ups() {
    let mut story = asked("/answer a day");
    story.looked_up(21, AccountSide::Stranger, SideReason::NoTie);
    let settle = |story: &mut Story, minute, side| {
        let command = Command::SettleSide {
            account: "LEE".to_owned(),
            side,
            note: "our consultant".to_owned(),
        };
        let new = decide(&story.fold(), &spec(), command, lead(), at(minute)).unwrap();
        story.happenings.extend(new);
    };
    settle(&mut story, 100, AccountSide::Team);
    story.comment(team(), 2, 5 * 24 * 60, "/answer two days");
    story.looked_up(6 * 24 * 60, AccountSide::Stranger, SideReason::NoTie);
    let ws = story.fold();
    assert_eq!(answers(&ws), 2);
    assert_eq!(ws.accounts[0].to_look_up, None);
    settle(&mut story, 7 * 24 * 60, AccountSide::Stranger);
    assert_eq!(answers(&story.fold()), 0);
}

#[test]
fn old_log_keeps_everybody_else_as_team() {
    let mut story = Story::provisioned();
    story.issue(candidate(), 2, 10, "Question", "/question R1: how long?");
    story.comment(team(), 2, 20, "/answer a day");
    story.comment(bot(), 2, 21, "done");
    let ws = story.fold();
    assert_eq!(answers(&ws), 1);
    assert!(ws.entries[1..].iter().all(|one| one.side == Side::Team));
    assert!(ws.accounts.iter().all(|one| one.to_look_up.is_none()));
}

#[test]
fn text_of_stranger_cannot_be_reclassified() {
    let mut story = asked("a day");
    story.looked_up(21, AccountSide::Stranger, SideReason::NoTie);
    let ws = story.fold();
    let command = Command::Reclassify {
        entry: ws.entries[1].key.clone(),
        kind: EntryKind::Answer,
        note: "it answers".to_owned(),
    };
    let refusal = decide(&ws, &spec(), command, reviewer(), at(30)).unwrap_err();
    assert_eq!(refusal.code, "author_takes_no_part");

    // One that was read as an answer before a lead said that its author is outside the team.
    let body = EventBody::Reclassified {
        entry: ws.entries[1].key.clone(),
        kind: EntryKind::Answer,
        note: "it answers".to_owned(),
    };
    story.add(key::reclassified(1), reviewer(), at(30), body);
    assert_eq!(answers(&story.fold()), 0);
}

#[test]
fn side_of_candidate_or_of_nobody_cannot_be_settled() {
    let ws = asked("hello").fold();
    let code = |account: &str, side| {
        let command = Command::SettleSide {
            account: account.to_owned(),
            side,
            note: String::new(),
        };
        decide(&ws, &spec(), command, lead(), at(30)).map_err(|refusal| refusal.code)
    };
    assert_eq!(code("dana", AccountSide::Team), Err("candidates_account"));
    assert_eq!(code("kim", AccountSide::Team), Err("unknown_account"));
    assert_eq!(code("8", AccountSide::Team).unwrap().len(), 1);
}

#[test]
fn kickoff_and_first_commit_need_no_look_up() {
    let mut story = Story::provisioned().looking_up_sides();
    let own = Actor::GitHub {
        id: 60,
        login: "our-service".to_owned(),
    };
    story.issue(own.clone(), KICKOFF, 1, "Kickoff", "Please");
    story.push(1, MAIN, '0', '1');
    if let Some(push) = story.happenings.last_mut() {
        push.actor = own;
    }
    assert_eq!(story.fold().accounts, []);
}
