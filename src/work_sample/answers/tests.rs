use super::*;
use crate::work_sample::event::{Actor, EventBody};
use crate::work_sample::key;
use crate::work_sample::parts::GitHubAccount;
use crate::work_sample::testing::*;

fn ours() -> Actor {
    Actor::GitHub {
        id: 77,
        login: "worksample-bot".to_owned(),
    }
}

/// Provisioned, with the kickoff issue's fact known.
fn story() -> Story {
    let mut story = Story::provisioned();
    story.issue(ours(), KICKOFF, 1, "Kickoff", "Welcome.");
    story
}

fn all(ws: &WorkSample) -> Vec<Answer> {
    missing(ws, &SpecWords::default(), None)
}

fn words(ws: &WorkSample) -> Vec<String> {
    let word = |answer: Answer| match answer.kind {
        AnswerKind::MisreadCommand { word, .. } => Some(word),
        AnswerKind::Delivery(_) | AnswerKind::Reply { .. } => None,
    };
    all(ws).into_iter().filter_map(word).collect()
}

fn posted(story: &mut Story, answer: &Answer, minute: i64, comment_id: u64) {
    let body = EventBody::CommentPosted {
        about: answer.about.clone(),
        comment_id,
        account: GitHubAccount {
            id: 77,
            login: "worksample-bot".to_owned(),
        },
        number: answer.number,
    };
    story.add(
        key::comment_posted(&answer.about),
        Actor::Service,
        at(minute),
        body,
    );
}

#[test]
fn misread_commands_of_either_side_get_an_answer_each() {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 5, "/submit");
    story.comment(candidate(), KICKOFF, 6, "/orders answers 500");
    story.comment(candidate(), KICKOFF, 7, "> /submit\n\nwhat is this?");
    story.comment(candidate(), KICKOFF, 8, "/answr");
    story.comment(team(), KICKOFF, 9, "/answr fine");
    story.comment(team(), KICKOFF, 10, "/submit");
    let bot = Actor::GitHub {
        id: 99,
        login: "dependabot[bot]".to_owned(),
    };
    story.comment(bot, KICKOFF, 11, "/approve");
    story.comment(candidate(), KICKOFF, 12, "/deliver");
    assert_eq!(words(&story.fold()), ["submit", "answr"]);
}

#[test]
fn answer_text_says_what_was_not_understood_and_what_would_be() {
    let mut story = story();
    story.pull(4, 3, "refs/heads/work", '1', "Please look.");
    story.comment(candidate(), 4, 5, "/submit");
    story.comment(team(), KICKOFF, 9, "/ok go on");
    let ws = story.fold();
    let texts: Vec<String> = all(&ws)
        .iter()
        .flat_map(|answer| [answer.text(&ws.id, false), answer.text(&ws.id, true)])
        .collect();
    insta::assert_snapshot!("misread", texts.join("\n=====\n"));
    for text in &texts {
        let understood = text
            .lines()
            .filter(|line| line.trim_start().starts_with('/'));
        assert_eq!(understood.count(), 0, "no line of it is a command");
        assert_eq!(
            marked_about(&ws.id, text).map(|about| about.0.ends_with(MISREAD)),
            Some(true)
        );
    }
}

#[test]
fn echo_is_one_short_line_that_notifies_nobody() {
    assert_eq!(echo("/a`b`"), "`/a'b'`");
    assert_eq!(echo("/@team\n# big"), "`/＠team # big`");
    let long = echo(&"x".repeat(100));
    assert_eq!(long.chars().count(), 42);
    assert!(!echo("/\u{202e}evil\u{200b}").contains(['\u{202e}', '\u{200b}']));
}

#[test]
fn marker_round_trips_whatever_the_key_holds() {
    let id = story().fold().id;
    for about in [
        "issue_comment:991:created:misread",
        "push:x:refs/heads/a--b-->c",
    ] {
        let about = NaturalKey(about.to_owned());
        let text = format!("{}\nWords", marker(&id, &about));
        assert_eq!(marked_about(&id, &text), Some(about));
        assert_eq!(text.matches("-->").count(), 1);
        assert_eq!(marked_about(&id, &format!("Look:\n{text}")), None);
    }
}

#[test]
fn edited_text_is_answered_as_it_stands_and_once() {
    let mut story = story();
    let place = story.comment(candidate(), KICKOFF, 5, "/submit");
    let first = all(&story.fold()).remove(0);
    story.edit(candidate(), &place, 6, "/deliver");
    assert_eq!(
        words(&story.fold()),
        [] as [&str; 0],
        "put right before the answer"
    );
    story.edit(candidate(), &place, 8, "/delivr");
    assert_eq!(
        words(&story.fold()),
        [] as [&str; 0],
        "it delivered meanwhile"
    );

    let mut story = self::story();
    let place = story.comment(candidate(), KICKOFF, 5, "/submit");
    posted(&mut story, &first, 6, 501);
    story.edit(candidate(), &place, 7, "/sumbit");
    story.edit(candidate(), &place, 8, "/finish");
    assert_eq!(
        words(&story.fold()),
        [] as [&str; 0],
        "edited after the answer"
    );
}

#[test]
fn nothing_is_answered_that_is_old_deleted_or_over() {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 5, "/submit");
    let place = story.comment(candidate(), KICKOFF, 7, "/submit");
    let ws = story.fold();
    let since = |minute| missing(&ws, &SpecWords::default(), Some(at(minute))).len();
    assert_eq!((since(4), since(5), since(7)), (2, 1, 0));
    story.delete(&place, 8);
    assert_eq!(all(&story.fold()).len(), 1);
    let mut archived = story.fold();
    archived.whereabouts.archived = true;
    assert_eq!(all(&archived).len(), 0);
    let mut hidden = story.fold();
    hidden.whereabouts.there = false;
    assert_eq!(all(&hidden).len(), 0);
    story.withdrawn(9);
    assert_eq!(all(&story.fold()).len(), 0);
}

#[test]
fn more_than_five_in_an_hour_stay_unanswered_for_good() {
    let mut story = story();
    for minute in 10..16 {
        story.comment(candidate(), KICKOFF, minute, "/submit");
    }
    let ws = story.fold();
    let wanted = all(&ws);
    assert_eq!(wanted.len(), 5);
    assert_eq!(not_before(&ws, &wanted[4], at(20)), None);
    for (answer, comment_id) in wanted.iter().zip(501..) {
        posted(&mut story, answer, 20, comment_id);
    }
    story.comment(candidate(), KICKOFF, 200, "/done");
    let ws = story.fold();
    assert_eq!(words(&ws), ["done"], "the sixth is not posted later");
    let later = &all(&ws)[0];
    assert_eq!(not_before(&ws, later, at(60)), Some(at(80)));
    assert_eq!(not_before(&ws, later, at(200)), None);
}

#[test]
fn own_comment_is_known_by_account_and_marker_before_its_id() {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 5, "/submit");
    let ws = story.fold();
    let answer = all(&ws).remove(0);
    let text = answer.text(&ws.id, false);
    let by_us = story.comment(ours(), KICKOFF, 6, &text);
    let copied = story.comment(candidate(), KICKOFF, 7, &format!("{text}\n/deliver"));
    let by_hand = story.comment(ours(), KICKOFF, 8, "A lead may use the same account.");
    let kind = |ws: &WorkSample, place: &Place| {
        let entry = ws
            .entries
            .iter()
            .find(|entry| entry.place == *place)
            .unwrap();
        (entry.side, entry.kind)
    };
    let before = story.fold();
    assert_eq!(kind(&before, &by_us), (Side::Service, EntryKind::Notice));
    assert_eq!(kind(&before, &by_hand), (Side::Team, EntryKind::Note));
    assert_eq!(kind(&before, &copied).0, Side::Candidate);
    assert_eq!(words(&before), ["submit"], "posted or not is not known yet");

    let Place::Comment { comment_id, .. } = by_us else {
        panic!("{by_us:?}")
    };
    posted(&mut story, &answer, 6, comment_id);
    story.edit(ours(), &by_us, 9, "Edited by an owner");
    let after = story.fold();
    assert_eq!(kind(&after, &by_us), (Side::Service, EntryKind::Notice));
    assert_eq!(kind(&after, &copied).0, Side::Candidate);
    assert_eq!(after.own_accounts, [77]);
    assert!(words(&after).is_empty());
}

#[test]
fn own_comment_is_known_by_its_id_where_the_account_is_new() {
    let mut story = story();
    story.comment(candidate(), KICKOFF, 5, "/submit");
    let ws = story.fold();
    let answer = all(&ws).remove(0);
    let app = Actor::GitHub {
        id: 78,
        login: "worksample[bot]".to_owned(),
    };
    let place = story.comment(app, KICKOFF, 6, &answer.text(&ws.id, false));
    let Place::Comment { comment_id, .. } = place else {
        panic!("{place:?}")
    };
    posted(&mut story, &answer, 6, comment_id);
    let ws = story.fold();
    let notice = ws.entries_of(EntryKind::Notice).next().unwrap();
    assert_eq!((notice.side, notice.place == place), (Side::Service, true));
    assert_eq!(ws.state, State::InProgress);
}

/// As many deliveries as minutes, each recorded and answered at once.
fn delivered_every_minute(story: &mut Story, minutes: std::ops::Range<i64>) {
    for minute in minutes {
        story.comment(candidate(), KICKOFF, minute, "/deliver");
        story.settle();
        let ws = story.fold();
        let is_delivery = |one: &Answer| matches!(one.kind, AnswerKind::Delivery(_));
        let answer = all(&ws).into_iter().rfind(is_delivery).unwrap();
        assert_eq!(not_before(&ws, &answer, at(minute)), None);
        posted(story, &answer, minute, 9_000 + minute as u64);
    }
}

#[test]
fn deliveries_of_an_hour_are_answered_without_waiting() {
    let mut story = story();
    delivered_every_minute(&mut story, 10..40);
    assert_eq!(all(&story.fold()), vec![]);
}

#[test]
fn misread_command_does_not_wait_for_answers_to_deliveries() {
    let mut story = story();
    delivered_every_minute(&mut story, 1..61);
    story.comment(candidate(), KICKOFF, 60, "/deliver");
    story.settle();
    story.comment(candidate(), KICKOFF, 60, "/submit");
    let ws = story.fold();
    let wanted = all(&ws);
    assert_eq!(wanted.len(), 2);
    let Next::Post(first) = next(&ws, wanted.clone(), at(60)) else {
        panic!("the misread command has its turn");
    };
    assert!(matches!(first.kind, AnswerKind::MisreadCommand { .. }));
    posted(&mut story, &first, 60, 501);
    let ws = story.fold();
    let waits = Next::Wait {
        until: at(61),
        waiting: 1,
    };
    assert_eq!(next(&ws, all(&ws), at(60)), waits);
    assert!(matches!(next(&ws, all(&ws), at(61)), Next::Post(_)));
}

#[test]
fn words_that_are_cut_end_with_an_ellipsis() {
    let long = format!("/{}", "x".repeat(60));
    assert!(echo(&long).ends_with("…`"));
    assert!(in_a_sentence(&"x".repeat(400)).ends_with('…'));
    assert!(entry::cut(&"x".repeat(60)).ends_with('…'));
}

fn replied(story: &mut Story, to: &NaturalKey, text: &str) -> NaturalKey {
    let body = EventBody::Replied {
        entry: to.clone(),
        kind: ReplyKind::Answer,
        text: text.to_owned(),
        gap: Some("G1".parse().unwrap()),
        interpretation: Some("one-day".parse().unwrap()),
    };
    let by = Actor::Lead {
        name: "Lea *Lead* @all".to_owned(),
    };
    story.add(key::replied(1), by, at(60), body)
}

#[test]
fn reply_is_posted_once_on_the_thread_with_its_text_alone() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 2, 30, "R3?", "/question How long, R3?");
    let key = replied(&mut story, &question, "A day.\n\n/answer is not needed.");
    let answers = all(&story.fold());
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].number, 2);
    let text = answers[0].text(&story.fold().id, false);
    insta::assert_snapshot!(text, @r"
    <!-- worksample:comment ws_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa replied:1 -->
    **Lea Lead ＠all** answers:

    A day.

    /answer is not needed.
    ");
    posted(&mut story, &answers[0], 61, 900);
    assert_eq!(all(&story.fold()), []);
    assert_eq!(answers[0].about, key);
}

#[test]
fn reply_is_one_entry_of_the_person_before_and_after_its_copy_comes_back() {
    let mut story = Story::provisioned();
    let question = story.issue(candidate(), 2, 30, "R3?", "/question How long, R3?");
    let key = replied(&mut story, &question, "A day.");
    let of = |story: &Story| -> Vec<(NaturalKey, EntryKind, Side, String, Option<NaturalKey>)> {
        let entries = story.fold().entries.into_iter();
        let entries = entries.filter(|one| one.at > at(30));
        entries
            .map(|one| (one.key, one.kind, one.side, one.text, one.about))
            .collect()
    };
    let expected = vec![(
        key.clone(),
        EntryKind::Answer,
        Side::Team,
        "A day.".to_owned(),
        Some(question),
    )];
    assert_eq!(of(&story), expected);
    let answer = all(&story.fold()).remove(0);
    let text = answer.text(&story.fold().id, false);
    posted(&mut story, &answer, 61, 900);
    let us = Actor::GitHub {
        id: 99,
        login: "worksample[bot]".to_owned(),
    };
    let place = Place::Comment {
        number: 2,
        comment_id: 900,
    };
    let body = EventBody::TextCreated {
        place: place.clone(),
        title: String::new(),
        text,
        html_url: "http://127.0.0.1/org/dana/issues/2#issuecomment-900".to_owned(),
        pull: None,
    };
    story.add(key::text_created(&place), us, at(61), body);
    assert_eq!(of(&story), expected, "the copy is no entry of its own");
    let entry = story.fold().entry(&key).cloned().unwrap();
    assert!(
        entry.html_url.ends_with("#issuecomment-900"),
        "{}",
        entry.html_url
    );
}
