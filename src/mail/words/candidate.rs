//! Letters to the candidate.

use super::{About, LONGEST_TITLE, at_github, button, called, facts, heading, paragraph, quote};
use crate::clock::Timestamp;
use crate::mail::clean;
use crate::mail::letter::{Block, Letter, Link};
use crate::work_sample::messages::{Content, MessageKind, Wanted};
use crate::work_sample::{ObligationReason, Terms};

pub(super) fn letter(wanted: &Wanted, about: &About<'_>) -> Letter {
    let (subject, blocks) = parts(wanted, about);
    let due = match wanted.content {
        Content::RepositoryReady { .. } | Content::DueMoved { .. } => about.due.clone(),
        _ => None,
    };
    let mut all = vec![
        heading(subject.clone()),
        paragraph(format!("Hello {},", about.candidate())),
    ];
    all.extend(blocks);
    all.push(button(
        match wanted.kind {
            MessageKind::Offer | MessageKind::OfferEnds => "Read the offer",
            _ => "Open your page",
        },
        Link::Personal,
    ));
    all.push(paragraph(
        "The link is yours alone: anybody who has it can act in your name here. Do not forward it.",
    ));
    Letter {
        subject: format!("{subject}: {}", about.title()),
        blocks: all,
        due,
    }
}

/// The subject without the spec's title, and what is between greeting and link.
fn parts(wanted: &Wanted, about: &About<'_>) -> (String, Vec<Block>) {
    let title = about.title();
    match &wanted.content {
        Content::Offer { terms, expires_at } => {
            (offered(terms), offer(about, terms, *expires_at))
        }
        Content::OfferEnds { expires_at } => (
            "Your offer ends soon".into(),
            vec![
                paragraph(format!("The offer of the paid work sample “{title}” is still open.")),
                facts(vec![("Open until", about.time(*expires_at))]),
                paragraph("You can accept or decline it. Declining needs no reason."),
            ],
        ),
        Content::RepositoryReady {
            repository,
            login,
            due_at,
        } => ("Your repository is ready".into(), ready(about, repository, login.as_ref().map(ToString::to_string), *due_at)),
        Content::InvitationPending { repository, login, sent_at } => (
            "Your invitation is not accepted yet".into(),
            [
                Some(paragraph(format!(
                    "GitHub invited the account {login} to your repository {}. Nobody has accepted the invitation.",
                    about.ago(*sent_at)
                ))),
                Some(paragraph(
                    "Sign in to GitHub with this account and open the invitation. If it is the wrong account, correct the login on your page.",
                )),
                at_github("Open the invitation", &format!("{repository}/invitations")),
            ]
            .into_iter()
            .flatten()
            .collect(),
        ),
        Content::InvitationRefused { login, code } => (
            "GitHub did not invite you".into(),
            vec![
                paragraph(format!("GitHub did not invite the account {login}: {}.", code.in_words())),
                paragraph("Correct the login on your page, and the invitation is sent again."),
            ],
        ),
        Content::DueMoved { due_at } => (
            "Your due time was moved".into(),
            vec![
                paragraph(format!("The work sample “{title}” is due at another time.")),
                facts(vec![("Due", about.time(*due_at))]),
                paragraph("The attached file replaces the entry in your calendar."),
            ],
        ),
        Content::DueSoon { due_at } => (
            format!("Due {}", about.left(*due_at)),
            vec![
                paragraph(format!("The work sample “{title}” is due {}, and nothing was delivered yet.", about.left(*due_at))),
                facts(vec![("Due", about.time(*due_at))]),
                paragraph("Deliver what you have by then: write a comment that begins with /deliver, or deliver on your page."),
            ],
        ),
        Content::Reply { about: asked, by, reply } => {
            let (subject, what) = match wanted.kind {
                MessageKind::DecisionRedirected => ("A decision was redirected", "wants another decision than yours"),
                _ => ("Your question was answered", "answered your question"),
            };
            let by = clean::line(by, 40);
            let blocks = [
                Some(paragraph(format!("{by} {what}: “{}”.", called(asked)))),
                Some(quote(&by, reply)),
                at_github("Read it at GitHub", &reply.html_url),
            ];
            (subject.into(), blocks.into_iter().flatten().collect())
        }
        Content::MisreadCommand { word, meant, text } => {
            let word = clean::line(word, 40);
            let blocks = [
                Some(paragraph(format!(
                    "You wrote /{word}, which is not a command here. It was probably meant as /{meant}. As it is, it had no effect."
                ))),
                Some(quote("You", text)),
                Some(paragraph(format!("If so, write a new comment that begins with /{meant}. Otherwise there is nothing to do."))),
                at_github("Read it at GitHub", &text.html_url),
            ];
            ("A text was not understood".into(), blocks.into_iter().flatten().collect())
        }
        Content::DeliveredNothing { why } => {
            let blocks = match why {
                Some(why) => vec![
                    paragraph("Your delivery names something that was not found. Nothing was delivered."),
                    facts(vec![("Why", clean::line(why, 300))]),
                    paragraph("Deliver again, and name a branch, a tag or a commit of your repository."),
                ],
                None => vec![
                    paragraph("Your delivery is the starter with nothing changed. Nothing was delivered yet."),
                    paragraph("If this is meant, confirm it within 24 hours: write a new comment /deliver starter. Otherwise push your work and deliver again."),
                ],
            };
            ("Your delivery was not recorded".into(), blocks)
        }
        Content::DeliveryRecorded { sha, at, late, due_at } => (
            "Your delivery was recorded".into(),
            vec![
                paragraph(format!("Your delivery of “{title}” was recorded.")),
                facts(vec![
                    ("Commit", sha.as_ref().map(ToString::to_string).unwrap_or_default()),
                    ("Delivered", about.time(*at)),
                    ("Due", due_at.map(|at| about.time(at)).unwrap_or_default()),
                    ("In time", if *late { "no, late" } else { "yes" }.to_owned()),
                ]),
                paragraph("You may deliver again until the due time. The last delivery in time counts."),
            ],
        ),
        Content::PayDue { reason, amount, pay_by } => (
            "Your pay is due".into(),
            vec![
                paragraph(format!("{}, so pay is due to you.", match reason {
                    ObligationReason::Delivered => "You delivered",
                    ObligationReason::Withdrawn => "You withdrew",
                    ObligationReason::Cancelled => "The work sample was cancelled",
                })),
                facts(vec![
                    ("Amount", amount.to_string()),
                    ("To be paid by", about.time(*pay_by)),
                ]),
                paragraph("Your pay does not depend on how the work is judged."),
            ],
        ),
        Content::Paid { amount, reference, outstanding } => (
            "Your pay was paid".into(),
            vec![
                facts(vec![
                    ("Amount", amount.to_string()),
                    ("Reference", clean::line(reference, 140)),
                    ("Still to be paid", outstanding.map(|one| one.to_string()).unwrap_or_default()),
                ]),
                paragraph("How long a transfer takes depends on the banks."),
            ],
        ),
        Content::Decided { feedback, is_corrected } => {
            let what = if *is_corrected {
                "The team corrected its decision about"
            } else {
                "The team made its decision about"
            };
            let mut words = format!("{what} the work sample “{title}”. You can read it on your page.");
            if *is_corrected {
                words.push_str(" It replaces what we wrote before.");
            }
            let mut blocks = vec![paragraph(words)];
            if let Some(feedback) = feedback {
                blocks.push(Block::Quote {
                    by: "Feedback of the team".to_owned(),
                    text: clean::text(feedback, 4000),
                });
            }
            let subject = if *is_corrected {
                "The team has corrected its decision"
            } else {
                "The team has decided"
            };
            (subject.into(), blocks)
        }
        // What is the team's never comes here: `MessageKind::audience` says who reads what.
        Content::Question { .. }
        | Content::AssessmentReady { .. }
        | Content::NotAssessable { .. }
        | Content::InvitationFailed { .. }
        | Content::InvitationEnded { .. }
        | Content::DeadJob { .. }
        | Content::MessageFailed { .. } => ("News".into(), Vec::new()),
    }
}

/// Who pays, where the terms say it.
fn payer(terms: &Terms) -> Option<String> {
    let name = clean::line(&terms.payer.as_ref()?.name, LONGEST_TITLE);
    (!name.is_empty()).then_some(name)
}

fn offered(terms: &Terms) -> String {
    match payer(terms) {
        Some(payer) => format!("Paid work sample offered by {payer}"),
        None => "Paid work sample offered".to_owned(),
    }
}

/// Whom to ask before accepting.
fn questions(terms: &Terms) -> &'static str {
    match &terms.payer {
        Some(payer) if payer.contact.contains('@') => {
            "If you have questions about the offer or the pay, or doubt that this mail is genuine, write to the address above."
        }
        Some(_) => {
            "If you have questions about the offer or the pay, or doubt that this mail is genuine, ask at the contact above, or ask the person who told you of this work sample."
        }
        None => {
            "The offer does not name who pays. Before you accept, ask the person who told you of this work sample."
        }
    }
}

fn offer(about: &About<'_>, terms: &Terms, expires_at: Timestamp) -> Vec<Block> {
    let hours = match terms.timebox_hours {
        1 => "1 hour".to_owned(),
        hours => format!("{hours} hours"),
    };
    let contact = terms.payer.as_ref();
    let contact = contact.map_or_else(String::new, |payer| clean::line(&payer.contact, 200));
    vec![
        paragraph(match payer(terms) {
            Some(payer) => format!(
                "{payer} offers you a paid work sample, “{}”, and pays for it.",
                about.title()
            ),
            None => format!("You are offered a paid work sample: “{}”.", about.title()),
        }),
        facts(vec![
            ("Pay", terms.pay.to_string()),
            (
                "Paid",
                format!(
                    "within {} days of your delivery, however the work is judged",
                    terms.pay_within_days
                ),
            ),
            ("Time", format!("about {hours} of work")),
            (
                "Due",
                format!(
                    "when you choose, at most {} days after you accept",
                    terms.due_days
                ),
            ),
            ("Open until", about.time(expires_at)),
            ("Questions to", contact),
        ]),
        paragraph(questions(terms)),
        paragraph(
            "Your page says what is asked, what is recorded and who reads it. You can accept or decline there. Declining needs no reason.",
        ),
    ]
}

fn ready(
    about: &About<'_>,
    repository: &str,
    login: Option<String>,
    due_at: Option<Timestamp>,
) -> Vec<Block> {
    let account = login.clone().unwrap_or_default();
    [
        Some(paragraph(format!(
            "The repository of the work sample “{}” is ready. GitHub invites you to it with a mail of its own.",
            about.title()
        ))),
        Some(facts(vec![
            ("GitHub account", account),
            ("Due", due_at.map(|at| about.time(at)).unwrap_or_default()),
        ])),
        at_github("Open the invitation", &format!("{repository}/invitations")),
        Some(paragraph(
            "Begin with the kickoff issue in the repository. If the account is the wrong one, correct it on your page.",
        )),
        due_at.map(|_| paragraph("The attached file puts the due time into your calendar.")),
    ]
    .into_iter()
    .flatten()
    .collect()
}
