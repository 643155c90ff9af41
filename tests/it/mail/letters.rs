//! Every message, as text and as HTML.

use worksample::mail::{About, DueDate, Letter, Mailer, compose};
use worksample::money::{Currency, Money};
use worksample::spec::{OfferDefaults, Payer};
use worksample::work_sample::messages::{Content, MessageKey, MessageKind, Text, Wanted};
use worksample::work_sample::{
    InvitationProblem, InvitationState, NaturalKey, ObligationReason, terms_of,
};

use crate::support::small;

/// Somebody's words in every field that a message quotes.
#[derive(Clone)]
pub struct Words {
    pub title: String,
    pub candidate: String,
    pub text: String,
    pub url: String,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            title: "A greeting in a file".into(),
            candidate: "Toni Talks".into(),
            text: "Which language?\nI would take English.".into(),
            url: "https://github.com/acme/ws-1/issues/7#issuecomment-1".into(),
        }
    }
}

fn at(text: &str) -> worksample::clock::Timestamp {
    text.parse().unwrap()
}

pub fn mailer() -> Mailer {
    Mailer {
        smtp: None,
        from: "Acme Work Samples <work@acme.example>".parse().unwrap(),
        reply_to: Some("jobs@acme.example".parse().unwrap()),
        public_url: "https://work.acme.example".into(),
        folder: "mail".into(),
    }
}

fn paid_by(contact: &str) -> OfferDefaults {
    OfferDefaults {
        payer: Some(Payer {
            name: "Acme GmbH".into(),
            address: "Street 1\n10115 Berlin".into(),
            signed_by: "Lea Lead, head of engineering".into(),
            contact: contact.into(),
            method: "bank transfer".into(),
            invoice: "name and address".into(),
            vat: "none".into(),
            fees: "Acme GmbH".into(),
            reference: "the id of the work sample".into(),
        }),
        answers: None,
    }
}

/// Every kind of message, and every way in which one goes.
pub fn all(words: &Words) -> Vec<(String, Wanted)> {
    let text = || Text {
        title: words.text.clone(),
        text: words.text.clone(),
        html_url: words.url.clone(),
    };
    let due_at = at("2026-03-05T17:00:00Z");
    let sha: worksample::ids::CommitSha = "a".repeat(40).parse().unwrap();
    let login: worksample::ids::Login = "toni-talks".parse().unwrap();
    let money = |amount| Money::new(amount, Currency::EUR);
    let pay_due = |reason| Content::PayDue {
        reason,
        amount: money(5000),
        pay_by: at("2026-03-19T09:00:00Z"),
    };
    let reply = || Content::Reply {
        about: text(),
        by: words.candidate.clone(),
        reply: text(),
    };
    let question = || Content::Question {
        question: text(),
        blocking: true,
        answer_by: Some(at("2026-03-03T12:00:00Z")),
    };
    let delivered = |late| Content::DeliveryRecorded {
        sha: Some(sha.clone()),
        at: at("2026-03-04T10:30:00Z"),
        late,
        due_at: Some(due_at),
    };
    let ended = |state| Content::InvitationEnded {
        login: login.clone(),
        state,
    };
    let repository = "https://github.com/acme/ws-1".to_owned();
    use MessageKind as Kind;
    let contents = vec![
        (
            "",
            Kind::Offer,
            Content::Offer {
                terms: terms_of(&small::version().spec, &OfferDefaults::default()),
                expires_at: at("2026-03-09T09:00:00Z"),
            },
        ),
        (
            "payer",
            Kind::Offer,
            Content::Offer {
                terms: terms_of(&small::version().spec, &paid_by("pay@acme.example")),
                expires_at: at("2026-03-09T09:00:00Z"),
            },
        ),
        (
            "payer_without_mail",
            Kind::Offer,
            Content::Offer {
                terms: terms_of(&small::version().spec, &paid_by("+49 30 1234567")),
                expires_at: at("2026-03-09T09:00:00Z"),
            },
        ),
        (
            "",
            Kind::OfferEnds,
            Content::OfferEnds {
                expires_at: at("2026-03-09T09:00:00Z"),
            },
        ),
        (
            "",
            Kind::RepositoryReady,
            Content::RepositoryReady {
                repository: repository.clone(),
                login: Some(login.clone()),
                due_at: Some(due_at),
            },
        ),
        (
            "pending",
            Kind::InvitationNotAccepted,
            Content::InvitationPending {
                repository,
                login: login.clone(),
                sent_at: at("2026-03-02T17:00:00Z"),
            },
        ),
        (
            "refused",
            Kind::InvitationNotAccepted,
            Content::InvitationRefused {
                login: login.clone(),
                code: InvitationProblem::NoSuchAccount,
            },
        ),
        ("", Kind::DueMoved, Content::DueMoved { due_at }),
        ("", Kind::DueSoon, Content::DueSoon { due_at }),
        ("", Kind::AnswerGiven, reply()),
        ("", Kind::DecisionRedirected, reply()),
        (
            "command",
            Kind::NotUnderstood,
            Content::MisreadCommand {
                word: words.text.clone(),
                meant: "deliver",
                text: text(),
            },
        ),
        (
            "delivery",
            Kind::NotUnderstood,
            Content::DeliveredNothing {
                why: Some(words.text.clone()),
            },
        ),
        (
            "starter",
            Kind::NotUnderstood,
            Content::DeliveredNothing { why: None },
        ),
        ("in_time", Kind::DeliveryRecorded, delivered(false)),
        ("late", Kind::DeliveryRecorded, delivered(true)),
        (
            "delivered",
            Kind::PayDue,
            pay_due(ObligationReason::Delivered),
        ),
        (
            "cancelled",
            Kind::PayDue,
            pay_due(ObligationReason::Cancelled),
        ),
        (
            "",
            Kind::Paid,
            Content::Paid {
                amount: money(3000),
                reference: words.text.clone(),
                outstanding: Some(money(2000)),
            },
        ),
        (
            "",
            Kind::Decided,
            Content::Decided {
                feedback: None,
                is_corrected: false,
            },
        ),
        (
            "feedback",
            Kind::Decided,
            Content::Decided {
                feedback: Some(words.text.clone()),
                is_corrected: false,
            },
        ),
        ("", Kind::QuestionWaiting, question()),
        ("", Kind::QuestionAgain, question()),
        ("", Kind::Delivered, delivered(false)),
        (
            "",
            Kind::AssessmentReady,
            Content::AssessmentReady { sha: sha.clone() },
        ),
        (
            "not_checked",
            Kind::AssessmentReady,
            Content::NotAssessable { sha },
        ),
        (
            "refused",
            Kind::InvitationFailed,
            Content::InvitationFailed {
                login: login.clone(),
                code: InvitationProblem::NoSeatLeft,
            },
        ),
        (
            "expired",
            Kind::InvitationFailed,
            ended(InvitationState::Expired),
        ),
        (
            "wrong_account",
            Kind::InvitationFailed,
            ended(InvitationState::WrongAccount),
        ),
        ("", Kind::PayToPay, pay_due(ObligationReason::Delivered)),
        (
            "",
            Kind::OperatorNeeded,
            Content::DeadJob {
                id: format!("job_{}", "b".repeat(32)).parse().unwrap(),
                kind: "invite".into(),
            },
        ),
        (
            "message",
            Kind::OperatorNeeded,
            Content::MessageFailed {
                id: format!("msg_{}", "c".repeat(32)).parse().unwrap(),
                kind: Kind::Paid,
            },
        ),
    ];
    let kinds: std::collections::BTreeSet<_> = contents.iter().map(|(_, kind, _)| *kind).collect();
    assert_eq!(kinds.len(), MessageKind::ALL.len(), "every kind is here");
    contents
        .into_iter()
        .map(|(variant, kind, content)| {
            let name = match variant {
                "" => kind.name().to_owned(),
                variant => format!("{}_{variant}", kind.name()),
            };
            let wanted = Wanted {
                key: MessageKey::of(kind, &NaturalKey("about".into())),
                kind,
                at: at("2026-03-02T09:00:00Z"),
                content,
                backup_from: None,
            };
            (name, wanted)
        })
        .collect()
}

pub fn letter(wanted: &Wanted, words: &Words) -> Letter {
    let work_sample = format!("ws_{}", "1".repeat(32)).parse().unwrap();
    let due = DueDate {
        uid: format!("{work_sample}@acme.example"),
        sequence: 1,
        due_at: at("2026-03-05T17:00:00Z"),
        made_at: at("2026-03-02T09:00:00Z"),
        summary: format!("Due: {}", words.title),
    };
    let about = About {
        work_sample: Some(&work_sample),
        now: at("2026-03-04T17:00:00Z"),
        title: &words.title,
        candidate: &words.candidate,
        zone: "Europe/Berlin".parse().unwrap(),
        due: Some(due),
    };
    compose(wanted, &about)
}

#[test]
fn every_message_reads_as_meant() {
    let words = Words::default();
    for (name, wanted) in all(&words) {
        let letter = letter(&wanted, &words);
        let (text, html) = mailer()
            .parts(&letter, Some("https://work.acme.example/o/token"))
            .unwrap();
        insta::assert_snapshot!(
            format!("{name}.txt"),
            format!("Subject: {}\n\n{text}", letter.subject)
        );
        insta::assert_snapshot!(format!("{name}.html"), html);
    }
}

#[test]
fn candidates_letters_have_their_link_and_the_teams_have_none() {
    use worksample::work_sample::messages::Audience;
    let words = Words::default();
    for (name, wanted) in all(&words) {
        let is_candidates = wanted.kind.audience() == Audience::Candidate;
        assert_eq!(
            letter(&wanted, &words).is_personal(),
            is_candidates,
            "{name}"
        );
    }
}

#[test]
fn words_about_time_say_how_much_is_left_and_how_much_has_passed() {
    let words = Words::default();
    let work_sample = format!("ws_{}", "1".repeat(32)).parse().unwrap();
    let said = |name: &str, now: &str| {
        let about = About {
            work_sample: Some(&work_sample),
            now: at(now),
            title: &words.title,
            candidate: &words.candidate,
            zone: chrono_tz(),
            due: None,
        };
        let all = all(&words);
        let (_, wanted) = all.iter().find(|(one, _)| one == name).unwrap();
        format!("{:?}", compose(wanted, &about))
    };
    assert!(said("due_soon", "2026-03-04T17:00:30Z").contains("due in 24 hours"));
    let late = said("due_soon", "2026-03-05T14:10:00Z");
    assert!(
        late.contains("Due in 3 hours") && !late.contains("24"),
        "{late}"
    );
    assert!(said("due_soon", "2026-03-05T16:40:00Z").contains("Due in 20 minutes"));
    let pending = "invitation_not_accepted_pending";
    assert!(said(pending, "2026-03-03T17:00:00Z").contains("24 hours ago"));
    assert!(said(pending, "2026-03-05T17:00:00Z").contains("3 days ago"));
}

fn chrono_tz() -> chrono_tz::Tz {
    "Europe/Berlin".parse().unwrap()
}

#[test]
fn letter_about_the_service_names_no_work_sample() {
    let words = Words::default();
    let all = all(&words);
    let (_, wanted) = all
        .iter()
        .find(|(one, _)| one == "operator_needed")
        .unwrap();
    let about = About {
        work_sample: None,
        now: at("2026-03-04T17:00:00Z"),
        title: "",
        candidate: "",
        zone: chrono_tz(),
        due: None,
    };
    let letter = compose(wanted, &about);
    assert_eq!(letter.subject, "An operator is needed");
    let (text, _) = mailer().parts(&letter, None).unwrap();
    assert!(text.contains("A job of the service failed"), "{text}");
    assert!(!text.contains("Candidate"), "{text}");
}
