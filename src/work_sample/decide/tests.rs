//! Refusals by example: the code is stable, the message says how to mend it.

use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::money::{Currency, Money};
use crate::spec::OfferDefaults;
use crate::work_sample::testing::*;
use crate::work_sample::*;

fn refusal(story: &Story, by: Actor, command: Command, now: Timestamp) -> (String, String) {
    let refusal = decide(&story.fold(), &spec(), command, by, now).unwrap_err();
    (refusal.code.to_owned(), refusal.message)
}

fn accept(due_days: i64) -> Command {
    Command::Accept {
        login: login(),
        due_at: at(due_days * 24 * 60),
        terms_sha256: None,
    }
}

fn judge(criterion: &str, verdict: Verdict, note: &str) -> Command {
    Command::Judge {
        criterion: criterion.parse().unwrap(),
        verdict,
        note: note.to_owned(),
    }
}

fn pay(amount_minor: Option<i64>, reference: &str) -> Command {
    Command::Pay {
        amount: amount_minor.map(|amount| Money::new(amount, Currency::EUR)),
        reference: reference.to_owned(),
    }
}

fn terms() -> Terms {
    terms_of(&spec(), &OfferDefaults::default())
}

fn delivered() -> Story {
    let mut story = Story::provisioned();
    story.comment(candidate(), KICKOFF, 60, "/deliver");
    story.assessed(70, assessment('1'));
    story
}

#[test]
fn a_due_date_lies_ahead_and_within_the_terms() {
    let story = Story::offered();
    let (code, message) = refusal(&story, Actor::Candidate, accept(8), at(5));
    assert_eq!(code, "due_too_late");
    insta::assert_snapshot!(message, @"the terms allow 7 days; choose a due date not later than 2026-03-09 09:05 UTC");
    assert_eq!(
        refusal(&story, Actor::Candidate, accept(0), at(5)).0,
        "due_in_past"
    );
    assert_eq!(
        refusal(&story, Actor::Candidate, accept(9), at(7 * 24 * 60 + 1)).0,
        "offer_expired"
    );
    assert!(decide(&story.fold(), &spec(), accept(7), Actor::Candidate, at(0)).is_ok());
}

#[test]
fn accepting_twice_is_told_from_accepting_otherwise() {
    let story = Story::accepted();
    assert_eq!(
        refusal(&story, Actor::Candidate, accept(5), at(5)).0,
        "already_accepted"
    );
    assert_eq!(
        refusal(&story, Actor::Candidate, accept(4), at(5)).0,
        "accepted_otherwise"
    );
}

#[test]
fn nobody_does_what_is_another_roles() {
    let (code, message) = refusal(&Story::offered(), lead(), accept(5), at(5));
    assert_eq!(code, "not_yours");
    assert_eq!(message, "only the candidate may do this");
    let story = delivered();
    let by_candidate = judge("AC-3", Verdict::Passed, "mine is fine");
    assert_eq!(
        refusal(&story, Actor::Candidate, by_candidate, at(80)).0,
        "not_yours"
    );
    let nameless = Actor::Reviewer {
        name: " ".to_owned(),
    };
    let by_nobody = judge("AC-3", Verdict::Passed, "fine");
    assert_eq!(
        refusal(&story, nameless, by_nobody, at(80)).0,
        "name_missing"
    );
}

#[test]
fn a_reviewer_judges_what_is_left_to_the_eye_or_what_no_check_could_tell() {
    let story = delivered();
    let code = |command| refusal(&story, reviewer(), command, at(80)).0;
    assert_eq!(
        code(judge("AC-9", Verdict::Passed, "x")),
        "unknown_criterion"
    );
    assert_eq!(code(judge("AC-1", Verdict::Failed, "x")), "not_by_eye");
    assert_eq!(code(judge("AC-3", Verdict::Open, "x")), "not_a_judgement");
    assert_eq!(code(judge("AC-3", Verdict::Failed, " ")), "reason_missing");
    for criterion in ["AC-3", "AC-4"] {
        let judged = judge(criterion, Verdict::Passed, "seen");
        assert!(decide(&story.fold(), &spec(), judged, reviewer(), at(80)).is_ok());
    }
    let mut unknown = Story::provisioned();
    let place = Place::PullRequest { number: 2 };
    let body = EventBody::TextCreated {
        place: place.clone(),
        title: "Work".to_owned(),
        text: "/deliver".to_owned(),
        html_url: String::new(),
        pull: None,
    };
    unknown.add(key::text_created(&place), candidate(), at(60), body);
    let judged = judge("AC-3", Verdict::Passed, "seen");
    assert_eq!(
        refusal(&unknown, reviewer(), judged, at(80)).0,
        "commit_unknown"
    );
}

#[test]
fn what_is_owed_is_paid_once_in_full_and_with_a_reference() {
    let mut story = delivered();
    let code = |story: &Story, command| refusal(story, lead(), command, at(90)).0;
    assert_eq!(code(&Story::provisioned(), pay(None, "x")), "nothing_owed");
    assert_eq!(code(&story, pay(Some(59_999), "x")), "wrong_amount");
    assert_eq!(code(&story, pay(None, " ")), "reference_missing");
    let paid = decide(
        &story.fold(),
        &spec(),
        pay(Some(60_000), "SEPA 1"),
        lead(),
        at(90),
    )
    .unwrap();
    story.happenings.extend(paid);
    assert_eq!(story.fold().outstanding(), None);
    assert_eq!(code(&story, pay(None, "again")), "already_paid");
}

#[test]
fn a_work_sample_is_not_closed_before_it_was_paid() {
    let mut story = delivered();
    let decision = Command::Decide {
        outcome: DecisionOutcome::Stop,
        reason: "the report and a talk".to_owned(),
        feedback: Feedback::NotSaid,
    };
    story
        .happenings
        .extend(decide(&story.fold(), &spec(), decision, reviewer(), at(90)).unwrap());
    let (code, message) = refusal(&story, lead(), Command::Close, at(95));
    assert_eq!(code, "unpaid");
    insta::assert_snapshot!(message, @"600.00 EUR is still owed under the terms; record the payment first");
}

#[test]
fn without_a_delivery_a_decision_waits_for_the_due_time() {
    let story = Story::provisioned();
    let decision = || Command::Decide {
        outcome: DecisionOutcome::Stop,
        reason: "nothing came".to_owned(),
        feedback: Feedback::NotSaid,
    };
    assert_eq!(
        refusal(&story, reviewer(), decision(), at(60)).0,
        "not_delivered"
    );
    let late = at(5 * 24 * 60 + 1);
    assert!(decide(&story.fold(), &spec(), decision(), reviewer(), late).is_ok());
}

#[test]
fn deliveries_are_not_reclassified_either_way() {
    let mut story = delivered();
    let note = story.comment(candidate(), KICKOFF, 65, "/nonsense");
    let ws = story.fold();
    let reclassify = |entry: &NaturalKey, kind| Command::Reclassify {
        entry: entry.clone(),
        kind,
        note: "it reads so".to_owned(),
    };
    let code = |command| refusal(&story, reviewer(), command, at(80)).0;
    let delivery = &ws.entries_of(EntryKind::Delivery).next().unwrap().key;
    let note = key::text_created(&note);
    assert_eq!(
        code(reclassify(delivery, EntryKind::Note)),
        "not_reclassifiable"
    );
    assert_eq!(
        code(reclassify(&note, EntryKind::Delivery)),
        "not_reclassifiable"
    );
    assert_eq!(code(reclassify(&note, EntryKind::Note)), "same_kind");
    assert_eq!(
        code(reclassify(&key::closed(), EntryKind::Note)),
        "unknown_entry"
    );
}

#[test]
fn a_draft_is_a_leads_and_copies_the_terms() {
    let digest = crate::ids::SpecDigest::of(b"spec");
    let by = |actor, name| draft(digest.clone(), terms(), (name, None), None, actor, at(0));
    assert_eq!(by(reviewer(), "Dana").unwrap_err().code, "not_yours");
    assert_eq!(by(lead(), "  ").unwrap_err().code, "candidate_missing");
    let happening = by(lead(), " Dana Doe ").unwrap();
    let ws = fold(&events(&[happening])).unwrap();
    assert_eq!(ws.candidate, "Dana Doe");
    assert_eq!(ws.terms.pay, spec().pay());
}

#[test]
fn a_draft_of_an_earlier_version_names_no_organisation_and_still_reads() {
    let digest = crate::ids::SpecDigest::of(b"spec");
    let org = "acme".parse().ok();
    let happening = draft(digest, terms(), ("Dana Doe", None), org, lead(), at(0)).unwrap();
    let mut json = serde_json::to_value(&happening).unwrap();
    assert_eq!(json["body"]["organization"], "acme");
    json["body"].as_object_mut().unwrap().remove("organization");
    let earlier = serde_json::from_value(json).unwrap();
    let ws = fold(&events(&[earlier])).unwrap();
    assert_eq!(ws.organization, None);
    let ws = fold(&events(&[happening])).unwrap();
    assert_eq!(ws.organization.unwrap().as_str(), "acme");
}

#[test]
fn a_candidate_has_their_login_corrected_a_few_times_and_a_lead_as_often_as_it_helps() {
    let mut story = Story::provisioned();
    for round in 1..=5 {
        let login = format!("dana-{round}").parse().unwrap();
        let body = EventBody::LoginCorrected { login };
        story.add(key::login_corrected(round), Actor::Candidate, at(5), body);
    }
    let command = || Command::CorrectLogin {
        login: "dana-6".parse().unwrap(),
    };
    let (code, message) = refusal(&story, Actor::Candidate, command(), at(6));
    assert_eq!(code, "too_many_corrections");
    insta::assert_snapshot!(message, @"you have asked for another invitation or corrected the login 5 times: ask your contact in the team to do it");
    assert!(decide(&story.fold(), &spec(), command(), lead(), at(6)).is_ok());
}

#[test]
fn email_is_corrected_by_lead_to_another_address() {
    let mut story = Story::drafted();
    let correct = |email: &str| Command::CorrectEmail {
        email: email.to_owned(),
    };
    for (round, email) in [" dana@right.example ", "Dana@right.example"]
        .into_iter()
        .enumerate()
    {
        let ws = story.fold();
        let happenings = decide(&ws, &spec(), correct(email), lead(), at(5)).unwrap();
        assert_eq!(happenings[0].key, key::email_corrected(round + 1));
        story.happenings.extend(happenings);
        assert_eq!(story.fold().email.as_deref(), Some(email.trim()));
    }
    for (email, code) in [
        ("Dana@right.example", "same_email"),
        ("", "email_invalid"),
        ("dana", "email_invalid"),
        ("dana@right.example\nBcc: x@y.example", "text_unusable"),
    ] {
        assert_eq!(
            refusal(&story, lead(), correct(email), at(6)).0,
            code,
            "{email:?}"
        );
    }
    for who in [Actor::Candidate, reviewer(), Actor::Service] {
        let (code, _) = refusal(&story, who, correct("dana@other.example"), at(6));
        assert_eq!(code, "not_yours");
    }
}

#[test]
fn refused_invitation_is_asked_for_again_by_candidate_five_times_at_most() {
    let mut story = Story::accepted();
    let refuse = |story: &mut Story, round: usize| {
        let body = EventBody::InvitationFailed {
            login: login(),
            round,
            code: InvitationProblem::NoSeatLeft,
            reason: "no_seat".to_owned(),
        };
        story.add(
            key::invitation_failed(round, 1),
            Actor::Service,
            at(20),
            body,
        );
    };
    for round in 0..5 {
        let (code, _) = refusal(&story, Actor::Candidate, Command::Reinvite, at(21));
        assert_eq!(code, "invitation_on_its_way", "round {round}");
        refuse(&mut story, round);
        let asked = decide(
            &story.fold(),
            &spec(),
            Command::Reinvite,
            Actor::Candidate,
            at(22),
        )
        .unwrap();
        assert_eq!(asked[0].key, key::invitation_asked(round + 1));
        let Happening { key, body, .. } = asked[0].clone();
        story.add(key, Actor::Candidate, at(22), body);
        assert_eq!(story.fold().invitation_failure(), None, "asked again");
    }
    refuse(&mut story, 5);
    let (code, _) = refusal(&story, Actor::Candidate, Command::Reinvite, at(30));
    assert_eq!(code, "too_many_corrections");
    assert!(decide(&story.fold(), &spec(), Command::Reinvite, lead(), at(30)).is_ok());
}

#[test]
fn delivery_of_head_that_was_looked_at_leaves_out_later_push() {
    let mut story = Story::provisioned();
    story.push(30, "refs/heads/main", '1', 'a');
    story.push(40, "refs/heads/main", 'a', 'b');
    let deliver = |head, starter| Command::Deliver {
        sha: None,
        head,
        starter_confirmed: false,
        starter,
    };
    let records = |command| {
        let recorded = decide(&story.fold(), &spec(), command, Actor::Candidate, at(50)).unwrap();
        recorded
            .into_iter()
            .find_map(|one| match one.body {
                EventBody::DeliveryRecorded { outcome, .. } => Some(outcome),
                _ => None,
            })
            .unwrap()
    };
    assert_eq!(
        records(deliver(None, None)),
        DeliveryOutcome::Delivered {
            sha: Some(sha('b'))
        }
    );
    assert_eq!(
        records(deliver(Some(sha('a')), None)),
        DeliveryOutcome::Delivered {
            sha: Some(sha('a'))
        }
    );
}

fn correct_login(login: &str) -> Command {
    Command::CorrectLogin {
        login: login.parse().unwrap(),
    }
}

#[test]
fn corrections_by_the_team_leave_the_candidates_own() {
    let mut story = Story::provisioned();
    let mut correct = |actor: Actor, which: usize| {
        let command = correct_login(&format!("dana-{which}"));
        let decided = decide(
            &story.fold(),
            &spec(),
            command,
            actor,
            at(10 + which as i64),
        );
        decided.map(|new| story.happenings.extend(new))
    };
    for which in 0..6 {
        correct(lead(), which).unwrap();
    }
    for which in 6..11 {
        correct(Actor::Candidate, which).unwrap();
    }
    let refused = correct(Actor::Candidate, 11).unwrap_err();
    assert_eq!(refused.code, "too_many_corrections");
    assert!(refused.message.starts_with("you have asked"), "{refused}");
    correct(lead(), 12).unwrap();
}

#[test]
fn texts_that_are_too_long_or_hold_control_characters_are_refused() {
    let extend = |reason: &str| Command::Extend {
        due_at: at(6 * 24 * 60),
        reason: reason.to_owned(),
    };
    let story = Story::provisioned();
    let ws = story.fold();
    let code = |command| refusal(&story, lead(), command, at(5)).0;
    assert_eq!(code(extend(&"x".repeat(10_001))), "text_too_long");
    for text in ["a\0b", "\u{1b}[31mred", "a\u{7f}"] {
        assert_eq!(code(extend(text)), "text_unusable", "{text:?}");
        let cancel = Command::Cancel {
            reason: text.to_owned(),
        };
        assert_eq!(code(cancel), "text_unusable", "{text:?}");
        let withdraw = Command::Withdraw {
            reason: Some(text.to_owned()),
        };
        assert_eq!(code(withdraw), "text_unusable", "{text:?}");
        assert_eq!(code(pay(None, text)), "text_unusable", "{text:?}");
    }
    assert_eq!(code(pay(None, &"x".repeat(201))), "text_too_long");
    let several_lines = extend(&format!("ill\n\tagain\n{}", "x".repeat(9_900)));
    assert!(decide(&ws, &spec(), several_lines, lead(), at(5)).is_ok());
}

#[test]
fn names_that_cannot_be_read_are_refused() {
    let story = Story::provisioned();
    for name in ["\u{200b}", "Lea\u{202e}", "Lea\nLead", "\u{1b}[2J", "Lea\0"] {
        let by = Actor::Lead {
            name: name.to_owned(),
        };
        let extend = Command::Extend {
            due_at: at(6 * 24 * 60),
            reason: "ill".to_owned(),
        };
        assert_eq!(
            refusal(&story, by.clone(), extend, at(5)).0,
            "name_unusable"
        );
        let drafted = draft(
            crate::ids::SpecDigest::of(b"spec"),
            terms(),
            ("Dana", None),
            None,
            by,
            at(0),
        );
        assert_eq!(drafted.unwrap_err().code, "name_unusable");
    }
}
