use super::*;
use crate::work_sample::testing::*;
use crate::work_sample::{Command, Place, RefusalCode, State, before_records, decide};

const DAY: i64 = 24 * 60;
const WORK: &str = "refs/heads/work";

fn shas(ws: &WorkSample) -> Vec<Option<CommitSha>> {
    ws.deliveries.iter().map(|one| one.sha.clone()).collect()
}

fn statuses(ws: &WorkSample) -> Vec<OpenDeliveryStatus> {
    open(ws).into_iter().map(|one| one.status).collect()
}

fn correct(delivery: NaturalKey, of: char, reason: &str) -> Command {
    Command::CorrectDelivery {
        delivery,
        sha: sha(of),
        reason: reason.to_owned(),
    }
}

#[test]
fn unknown_target_delivers_nothing_and_owes_nothing() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(11, WORK, '0', 'b');
    story.comment(candidate(), KICKOFF, 20, "/deliver wrok");
    let ws = story.fold();
    assert_eq!(ws.deliveries, []);
    assert_eq!(ws.obligation, None);
    assert_eq!(ws.state, State::InProgress);
    assert_eq!(statuses(&ws), [OpenDeliveryStatus::NotResolved]);
}

#[test]
fn name_that_github_knows_is_delivered_and_a_plain_word_is_not_one() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.comment(candidate(), KICKOFF, 20, "/deliver v1.0");
    story.comment(candidate(), KICKOFF, 21, "/deliver elsewhere");
    let ws = story.fold_as_it_is();
    let (names, _) = questions(&ws);
    assert_eq!(names, ["elsewhere", "v1.0"]);
    let answers = LookedUp {
        names: [("v1.0", Some(sha('c'))), ("elsewhere", None)]
            .map(|(name, sha)| (name.to_owned(), sha))
            .into(),
        ..LookedUp::default()
    };
    assert_eq!(
        settle(&ws, &LookedUp::default(), None, at(30)),
        [],
        "not asked yet"
    );
    story.happenings.extend(settle(&ws, &answers, None, at(30)));
    assert_eq!(
        shas(&story.fold_as_it_is()),
        [Some(sha('c')), Some(sha('a'))]
    );
}

#[test]
fn push_that_becomes_known_later_corrects_the_record_and_not_the_pay() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    story.settle();
    let before = story.fold();
    assert_eq!(shas(&before), [Some(sha('a'))]);
    story.push(15, MAIN, 'a', 'b');
    let after = story.fold();
    assert_eq!(shas(&after), [Some(sha('b'))]);
    assert_eq!(after.delivery_records.len(), 2);
    assert_eq!(after.obligation, before.obligation);
}

#[test]
fn record_stands_against_a_reading_that_only_differs() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    let place = story.comment(candidate(), KICKOFF, 20, "/deliver");
    let read = story.fold_as_it_is().read_deliveries[0].clone();
    let body = EventBody::DeliveryRecorded {
        delivery: read.delivery,
        declared_by: read.declared_by,
        declared_at: read.declared_at,
        place: Some(place),
        outcome: DeliveryOutcome::Delivered {
            sha: Some(sha('9')),
        },
        due_at: None,
        late: false,
        starter: false,
        reason: None,
    };
    story.add(key::delivery_recorded(1), Actor::Service, at(21), body);
    let ws = story.fold();
    assert_eq!(shas(&ws), [Some(sha('9'))]);
    assert_eq!(
        ws.delivery_records.len(),
        1,
        "a better reading corrects nothing"
    );
}

#[test]
fn earlier_delivery_that_becomes_known_later_moves_the_due_pay() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.comment(candidate(), KICKOFF, 40, "/deliver");
    story.settle();
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    let owed = story.fold().obligation.unwrap();
    assert_eq!(owed.fell_due_at, at(20));
    assert_eq!(owed.pay_by, at(20 + 14 * DAY));
}

#[test]
fn unchanged_starter_owes_nothing_until_it_is_confirmed() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    story.settle();
    let ws = story.fold();
    assert_eq!((ws.obligation, ws.state), (None, State::InProgress));
    assert_eq!(
        statuses(&story.fold()),
        [OpenDeliveryStatus::StarterUnconfirmed]
    );

    let mut in_time = story.clone();
    in_time.push(30, MAIN, '1', 'a');
    in_time.comment(candidate(), KICKOFF, 60, "/deliver starter");
    let ws = in_time.fold();
    assert_eq!(ws.obligation.unwrap().fell_due_at, at(10));
    let delivery = &ws.deliveries[0];
    assert_eq!((delivery.at, &delivery.sha), (at(10), &Some(sha('1'))));
    assert!(delivery.starter);
    assert_eq!(statuses(&in_time.fold()), []);

    let mut later = story.clone();
    later.comment(candidate(), KICKOFF, 10 + DAY + 1, "/deliver starter");
    assert_eq!(
        later.fold().obligation.unwrap().fell_due_at,
        at(10 + DAY + 1)
    );

    let mut worked = story;
    worked.push(30, MAIN, '1', 'a');
    worked.comment(candidate(), KICKOFF, 60, "/deliver");
    assert_eq!(worked.fold().obligation.unwrap().fell_due_at, at(60));
}

#[test]
fn starter_is_asked_about_first_however_it_is_said() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 10, "/deliver starter");
    story.settle();
    assert_eq!(story.fold().obligation, None);
    story.comment(candidate(), KICKOFF, 20, "/deliver starter");
    assert_eq!(story.fold().obligation.unwrap().fell_due_at, at(10));
}

#[test]
fn starter_whose_first_time_becomes_known_later_counts_as_of_it() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 20, "/deliver starter");
    story.settle();
    assert_eq!(story.fold().obligation, None);
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    story.settle();
    assert_eq!(story.fold().obligation.unwrap().fell_due_at, at(10));
}

#[test]
fn starter_confirmed_after_the_end_is_owed_nothing() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    story.settle();
    let cancel = Command::Cancel {
        reason: "no budget".to_owned(),
    };
    let new = decide(&story.fold(), &spec(), cancel, lead(), at(30)).unwrap();
    story.happenings.extend(new);
    let cancelled = story.fold().obligation;
    story.comment(candidate(), KICKOFF, 60, "/deliver starter");
    let ws = story.fold();
    assert_eq!(ws.obligation, cancelled);
    assert!(ws.effective_delivery().is_none());
}

#[test]
fn late_push_corrects_the_record_although_its_commit_was_known_elsewhere() {
    let mut story = Story::provisioned();
    story.push(5, MAIN, '1', 'a');
    story.push(6, WORK, '0', 'b');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    story.settle();
    assert_eq!(shas(&story.fold()), [Some(sha('a'))]);
    let mut forward = story.clone();
    forward.push(15, MAIN, 'a', 'b');
    assert_eq!(shas(&forward.fold()), [Some(sha('b'))]);
    let mut back = story.clone();
    back.push(15, MAIN, 'a', '1');
    assert_eq!(shas(&back.fold()), [Some(sha('1'))]);
    let mut afterwards = story;
    afterwards.push(25, MAIN, 'a', 'b');
    assert_eq!(
        shas(&afterwards.fold()),
        [Some(sha('a'))],
        "pushed after it"
    );
}

#[test]
fn extension_lets_in_what_was_too_late_and_reads_nothing_else_again() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(11, WORK, '0', 'b');
    story.comment(candidate(), KICKOFF, 20, "/deliver work");
    let new = before_records::upgrade(&events(&story.happenings), at(100)).unwrap();
    story.happenings.extend(new);
    story.extended(110, 9 * DAY);
    let ws = story.fold();
    assert_eq!(shas(&ws), [Some(sha('a'))], "as the first reader read it");
    assert_eq!(pending(&ws).count(), 0);
}

#[test]
fn shortened_commit_that_was_pushed_too_late_is_no_delivery() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    let body = EventBody::Frozen {
        due_at: at(20),
        sha: Some(sha('a')),
    };
    story.add(key::frozen(1), Actor::Service, at(30), body);
    story.push(25, MAIN, 'a', 'b');
    story.comment(candidate(), KICKOFF, 40, "/deliver bbbbbbb");
    let ws = story.fold_as_it_is();
    assert_eq!(questions(&ws).0, [] as [String; 0]);
    let ws = story.fold();
    assert_eq!(statuses(&ws), [OpenDeliveryStatus::NotResolved]);
    assert!(open(&ws)[0].why.contains("after the due time"));
}

#[test]
fn comment_that_had_been_edited_when_first_seen_counts_from_the_edit() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    let place = Place::Comment {
        number: KICKOFF,
        comment_id: 900,
    };
    let body = EventBody::TextSeen {
        place: place.clone(),
        title: String::new(),
        text: "/deliver".to_owned(),
        html_url: String::new(),
        created_at: at(20),
        pull: None,
        back_at: None,
    };
    let seen = key::text_seen(&place, at(6 * DAY), "", "/deliver");
    story.add(seen, candidate(), at(6 * DAY), body);
    let ws = story.fold();
    assert_eq!(ws.deliveries[0].at, at(6 * DAY));
    assert!(
        ws.deliveries[0].late,
        "it may have said something else before"
    );
}

#[test]
fn name_that_can_be_no_branch_is_not_asked_about() {
    for name in ["x/../../../other/commits/main", "a..b", &"x-".repeat(200)] {
        let mut story = Story::provisioned();
        story.push(10, MAIN, '1', 'a');
        story.comment(candidate(), KICKOFF, 20, &format!("/deliver {name}"));
        let asked = questions(&story.fold_as_it_is()).0;
        assert_eq!(asked, [] as [String; 0], "{name}");
    }
}

#[test]
fn starter_by_another_commit_is_found_by_its_tree() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.push(10, MAIN, '1', 'a');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    let ws = story.fold_as_it_is();
    let (_, commits) = questions(&ws);
    assert_eq!(commits, [sha('a')]);
    let same_tree = LookedUp {
        starters: [(sha('a'), true)].into(),
        ..LookedUp::default()
    };
    story
        .happenings
        .extend(settle(&ws, &same_tree, None, at(21)));
    assert_eq!(story.fold_as_it_is().obligation, None);
}

#[test]
fn starter_under_earlier_terms_is_owed() {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    let ws = story.fold();
    assert_eq!(ws.obligation.unwrap().fell_due_at, at(10));
    assert!(ws.deliveries[0].starter);
}

#[test]
fn newer_work_on_another_branch_is_said_to_be_left_out() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(12, WORK, '0', 'b');
    story.comment(candidate(), KICKOFF, 20, "/deliver");
    let ws = story.fold();
    assert_eq!(
        ws.left_out(&ws.deliveries[0]).map(|push| &push.after),
        Some(&sha('b'))
    );

    let mut merged = story.clone();
    merged.push(30, MAIN, 'a', 'c');
    merged.comment(candidate(), KICKOFF, 40, "/deliver");
    let ws = merged.fold();
    assert_eq!(
        ws.left_out(&ws.deliveries[1]),
        None,
        "main is newer than work"
    );
}

#[test]
fn lead_corrects_a_delivery_with_a_reason_and_nobody_else_does() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    let place = story.comment(candidate(), KICKOFF, 20, "see you, it is all there");
    let text = key::text_created(&place);
    let ws = story.fold();
    let refused = |command, by| decide(&ws, &spec(), command, by, at(50)).unwrap_err().code;
    let ask = |delivery: &NaturalKey, reason: &str| correct(delivery.clone(), 'a', reason);
    assert_eq!(refused(ask(&text, "x"), Actor::Candidate), "not_yours");
    assert_eq!(refused(ask(&text, " "), lead()), "reason_missing");
    let nothing = key::text_created(&Place::Issue { number: 99 });
    assert_eq!(
        refused(ask(&nothing, "x"), lead()),
        RefusalCode::UnknownDelivery.as_str()
    );

    let new = decide(&ws, &spec(), ask(&text, "it was meant"), lead(), at(50)).unwrap();
    let mut corrected = story.clone();
    corrected.happenings.extend(new);
    let ws = corrected.fold();
    assert_eq!(ws.obligation.as_ref().unwrap().fell_due_at, at(20));
    let correction = ws.deliveries[0].corrected.as_ref().unwrap();
    assert_eq!((&correction.by, correction.at), (&lead(), at(50)));
    let again = decide(&ws, &spec(), ask(&text, "again"), lead(), at(60));
    assert_eq!(again.unwrap_err().code, RefusalCode::SameCommit.as_str());
}

#[test]
fn upgrade_keeps_what_the_first_reader_read_and_lists_the_rest() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(11, WORK, '0', 'b');
    story.comment(candidate(), KICKOFF, 20, "/deliver work");
    story.comment(candidate(), KICKOFF, 30, "All done.\n\n/deliver");
    let new = before_records::upgrade(&events(&story.happenings), at(100)).unwrap();
    story.happenings.extend(new);
    let ws = story.fold();
    assert_eq!(shas(&ws), [Some(sha('a'))], "as the first reader read it");
    assert_eq!(statuses(&ws), [OpenDeliveryStatus::UnreadBeforeUpgrade]);
    assert_eq!(pending(&ws).count(), 0);
    story.comment(candidate(), KICKOFF, 120, "Again:\n\n/deliver work");
    assert_eq!(shas(&story.fold()), [Some(sha('a')), Some(sha('b'))]);
}

#[test]
fn one_confirmation_settles_every_request_for_the_starter() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    for minute in [10, 20, 30] {
        story.comment(candidate(), KICKOFF, minute, "/deliver");
        story.settle();
    }
    assert_eq!(statuses(&story.fold()).len(), 3);
    story.comment(candidate(), KICKOFF, 60, "/deliver starter");
    let ws = story.fold();
    assert_eq!(ws.obligation.as_ref().unwrap().fell_due_at, at(10));
    assert_eq!(statuses(&ws), []);
}

#[test]
fn confirmation_known_before_its_first_time_is_recorded_with_it() {
    let mut story = Story::provisioned();
    story.owe_nothing_for_the_starter();
    story.comment(candidate(), KICKOFF, 11, "/deliver starter");
    story.settle();
    story.comment(candidate(), KICKOFF, 10, "/deliver");
    let both = settle(&story.fold_as_it_is(), &LookedUp::default(), None, at(30));
    story.happenings.extend(both);
    let ws = story.fold_as_it_is();
    assert_eq!(pending(&ws).count(), 0);
    assert_eq!(ws.delivery_records.len(), 3);
    assert_eq!(ws.effective_delivery().unwrap().at, at(10));
    assert_eq!(open(&ws), []);
}
