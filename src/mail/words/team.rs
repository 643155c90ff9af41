//! Letters to the team.

use super::{About, at_github, button, called, facts, heading, paragraph, quote};
use crate::mail::letter::{Block, Letter, Link};
use crate::work_sample::InvitationState;
use crate::work_sample::messages::{Content, MessageKind, Wanted};

pub(super) fn letter(wanted: &Wanted, about: &About<'_>) -> Letter {
    let (subject, mut blocks) = parts(wanted, about);
    blocks.insert(0, heading(subject.clone()));
    if let Some(work_sample) = about.work_sample {
        blocks.push(facts(vec![
            ("Candidate", about.candidate()),
            ("Work sample", work_sample.to_string()),
        ]));
    }
    blocks.push(button(
        "Open worksample",
        Link::Page {
            path: "/".to_owned(),
        },
    ));
    Letter {
        subject: match about.work_sample {
            Some(_) => format!("{subject}: {}, {}", about.candidate(), about.title()),
            None => subject,
        },
        blocks,
        due: None,
    }
}

fn parts(wanted: &Wanted, about: &About<'_>) -> (String, Vec<Block>) {
    let name = about.candidate();
    let title = about.title();
    let id = about.work_sample.map(ToString::to_string);
    let id = id.unwrap_or_default();
    match &wanted.content {
        Content::Question {
            question,
            blocking,
            answer_by,
        } => {
            let subject = match wanted.kind {
                MessageKind::QuestionAgain => "A question still waits",
                _ => "A question waits",
            };
            let blocks = [
                Some(paragraph(format!("{name} asks: “{}”.", called(question)))),
                Some(quote(&name, question)),
                Some(facts(vec![
                    ("Blocking", if *blocking { "yes" } else { "no" }.to_owned()),
                    (
                        "Answer promised by",
                        answer_by.map(|at| about.time(at)).unwrap_or_default(),
                    ),
                ])),
                Some(paragraph(
                    "Answer it with a comment that begins with /answer.",
                )),
                at_github("Answer at GitHub", &question.html_url),
            ];
            (subject.into(), blocks.into_iter().flatten().collect())
        }
        Content::DeliveryRecorded {
            sha,
            at,
            late,
            due_at,
        } => (
            "Work was delivered".into(),
            vec![
                paragraph(format!("{name} delivered “{title}”.")),
                facts(vec![
                    (
                        "Commit",
                        sha.as_ref().map(ToString::to_string).unwrap_or_default(),
                    ),
                    ("Delivered", about.time(*at)),
                    ("Due", due_at.map(|at| about.time(at)).unwrap_or_default()),
                    ("In time", if *late { "no, late" } else { "yes" }.to_owned()),
                ]),
            ],
        ),
        Content::AssessmentReady { sha } => (
            "An assessment is ready".into(),
            vec![
                paragraph(format!(
                    "The acceptance checks of what {name} delivered have run. The report has their results."
                )),
                facts(vec![("Commit", sha.to_string())]),
                paragraph("What is to be judged by eye waits for a reviewer."),
            ],
        ),
        Content::NotAssessable { sha } => (
            "A delivery could not be checked".into(),
            vec![
                paragraph(format!(
                    "The acceptance checks of what {name} delivered could not be run. This says nothing about the work. The report says why."
                )),
                facts(vec![("Commit", sha.to_string())]),
            ],
        ),
        Content::InvitationFailed { login, code } => (
            "An invitation failed".into(),
            vec![
                paragraph(format!(
                    "GitHub did not invite the account {login}: {}.",
                    code.in_words()
                )),
                facts(vec![("What to do", code.hint().to_owned())]),
            ],
        ),
        Content::InvitationEnded { login, state } => (
            "An invitation failed".into(),
            vec![
                paragraph(format!(
                    "The invitation of the account {login} {}.",
                    match state {
                        InvitationState::Expired => "expired before it was accepted",
                        InvitationState::Declined => "was declined, or taken back at GitHub",
                        InvitationState::WrongAccount => "was accepted by another account",
                        InvitationState::AccountGone => "ended: the account is no longer there",
                        InvitationState::Pending
                        | InvitationState::Accepted
                        | InvitationState::Renewing
                        | InvitationState::Refused => "ended",
                    }
                )),
                facts(vec![(
                    "What to do",
                    format!(
                        "send another one with `worksample reinvite {0}`, or correct the login with `worksample correct-login {0}`",
                        id
                    ),
                )]),
            ],
        ),
        Content::PayDue { amount, pay_by, .. } => (
            "Pay is to be paid".into(),
            vec![
                paragraph(format!("Pay is due to {name}, however the work is judged.")),
                facts(vec![
                    ("Amount", amount.to_string()),
                    ("To be paid by", about.time(*pay_by)),
                    (
                        "Once it is paid",
                        format!("record it with `worksample pay {}`", id),
                    ),
                ]),
            ],
        ),
        Content::MessageFailed { id, kind } => (
            "An operator is needed".into(),
            vec![
                paragraph(format!(
                    "A message about the work sample of {name} could not be sent and is not tried again by itself."
                )),
                facts(vec![
                    ("Message", id.to_string()),
                    ("About", kind.in_words().to_owned()),
                    (
                        "What to do",
                        format!(
                            "`worksample messages show {id}` says why, `worksample messages resend {id}` sends it again; the page Messages has both"
                        ),
                    ),
                ]),
            ],
        ),
        Content::DeadJob { id, kind } => (
            "An operator is needed".into(),
            vec![
                paragraph(match about.work_sample {
                    Some(_) => format!(
                        "A job about the work sample of {name} failed and is not tried again by itself."
                    ),
                    None => {
                        "A job of the service failed and is not tried again by itself.".to_owned()
                    }
                }),
                facts(vec![
                    ("Job", id.to_string()),
                    ("Kind", kind.clone()),
                    (
                        "What to do",
                        format!(
                            "`worksample jobs list --state dead` says why, `worksample jobs retry {id}` tries again"
                        ),
                    ),
                ]),
            ],
        ),
        // What is the candidate's never comes here.
        Content::Offer { .. }
        | Content::OfferEnds { .. }
        | Content::RepositoryReady { .. }
        | Content::InvitationPending { .. }
        | Content::InvitationRefused { .. }
        | Content::DueMoved { .. }
        | Content::DueSoon { .. }
        | Content::Reply { .. }
        | Content::MisreadCommand { .. }
        | Content::DeliveredNothing { .. }
        | Content::Paid { .. }
        | Content::Decided { .. } => ("News".into(), Vec::<Block>::new()),
    }
}
