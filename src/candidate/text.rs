//! The offer as a text: what is accepted, kept word for word. Markdown that also reads well as it is.

use std::fmt::Write as _;

use super::offer::Offer;
use crate::clock::{Timestamp, to_the_second};
use crate::ids::{Login, WorkSampleId};

/// The offer's text. The same offer gives the same text.
pub fn offer_text(id: &WorkSampleId, offer: &Offer) -> String {
    let mut text = format!(
        "# {}\n\nA paid work sample for {}. Number {id}, spec version {}.\n\n{}\n",
        offer.title, offer.candidate, offer.version, offer.summary
    );
    if let Some(why) = &offer.why {
        section(&mut text, "What it is for", why);
    }
    section(&mut text, "Pay", &pay(offer));
    section(&mut text, "Who pays, and how", &payer(offer));
    section(
        &mut text,
        "Time",
        &format!(
            "- Timebox: {} of work.\n- Due: on the date that you choose, at most {} after you accept.\n- Progress updates: every {}.\n- {}",
            hours(offer.timebox_hours),
            days(offer.due_days),
            hours(offer.updates_every_hours),
            answers(offer.answers_within_hours)
        ),
    );
    section(&mut text, "Ownership", &offer.ownership);
    section(&mut text, "Use of AI", &offer.ai_policy);
    section(
        &mut text,
        "What is recorded, and who reads it",
        &offer.recorded,
    );
    section(&mut text, "How the work is checked", &criteria(offer));
    section(
        &mut text,
        "Paths that the work is meant to touch",
        &offer
            .boundary
            .iter()
            .map(|glob| format!("- `{glob}`"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    section(&mut text, "The brief", offer.brief.trim());
    text
}

/// The text that was accepted: the offer's, and what the candidate chose.
pub fn accepted_text(
    offer_text: &str,
    candidate: &str,
    login: &Login,
    due_at: Timestamp,
    accepted_at: Timestamp,
) -> String {
    format!(
        "{}\n\n---\n\nAccepted by {candidate} on {}, with the GitHub account {login}, to be delivered by {}.\n",
        offer_text.trim_end(),
        to_the_second(accepted_at),
        to_the_second(due_at)
    )
}

fn section(text: &mut String, heading: &str, body: &str) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\n## {heading}\n\n{}\n", body.trim());
}

fn pay(offer: &Offer) -> String {
    let pay = &offer.pay;
    let mut lines = vec![
        format!(
            "- {} falls due when you deliver, whatever the results, and is paid within {} of that.",
            pay.amount,
            days(pay.within_days)
        ),
        format!(
            "- If you withdraw once the repository is ready: {} ({} %).",
            pay.if_withdrawn,
            pay.if_withdrawn_percent.get()
        ),
        format!(
            "- If we cancel after you accepted: {} ({} %).",
            pay.if_cancelled,
            pay.if_cancelled_percent.get()
        ),
    ];
    if pay.starter_owes_nothing {
        lines.push(
            "- A delivery of the starter with nothing changed makes nothing due, unless you confirm that it is meant.".to_owned(),
        );
    }
    lines.join("\n")
}

fn payer(offer: &Offer) -> String {
    let Some(payer) = &offer.payer else {
        return "The offer does not say who pays. Ask before you accept.".to_owned();
    };
    let labels = [
        "Payer",
        "Address",
        "Signs for it",
        "Questions to",
        "How it is paid",
        "An invoice holds",
        "Value-added tax",
        "Fees of the transfer",
        "Reference",
    ];
    labels
        .iter()
        .zip(payer.texts())
        .map(|(label, (_, text))| {
            let text: Vec<&str> = text.lines().map(str::trim).collect();
            format!("- {label}: {}", text.join(", "))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn answers(within_hours: Option<u32>) -> String {
    match within_hours {
        Some(within) => format!(
            "Questions are answered within {}, counted while somebody of the team is there to answer.",
            hours(within)
        ),
        None => "Nothing is promised about when questions are answered.".to_owned(),
    }
}

fn criteria(offer: &Offer) -> String {
    let mut lines: Vec<String> = offer
        .criteria
        .iter()
        .map(|criterion| {
            let clauses: Vec<&str> = criterion.clauses.iter().map(|id| id.as_str()).collect();
            format!(
                "- {} {} ({}; judged by {})",
                criterion.id,
                criterion.title,
                clauses.join(", "),
                criterion.judged_by.in_words()
            )
        })
        .collect();
    if offer.more_checks {
        lines.push(
            "- Some checks are not shown. They check clauses of the brief like the others, and nothing else."
                .to_owned(),
        );
    }
    lines.join("\n")
}

pub(super) fn hours(hours: u32) -> String {
    count(hours, "hour")
}

pub(super) fn days(days: u32) -> String {
    count(days, "day")
}

fn count(number: u32, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}
