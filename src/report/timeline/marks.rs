//! What there is to draw: milestones, and the marks of the candidate's, the commits' and the team's lane.

use super::draw::Glyph;
use crate::clock::Timestamp;
use crate::report::model::{Report, Said};
use crate::report::words;
use crate::work_sample::{EntryKind, NaturalKey, Side};

pub(super) struct Point {
    pub at: Timestamp,
    pub label: &'static str,
    pub through: bool,
    pub due: bool,
}

pub(super) fn milestones(report: &Report) -> Vec<Point> {
    let dates = &report.milestones;
    let late = dates.delivered_late;
    let mut points = Vec::new();
    let mut add = |at: Option<Timestamp>, label, through, due| {
        points.extend(at.map(|at| Point {
            at,
            label,
            through,
            due,
        }));
    };
    add(dates.accepted_at, "Accepted", false, false);
    add(dates.provisioned_at, "Repository ready", false, false);
    add(dates.due_at, "Due", true, true);
    add(
        dates.delivered_at,
        if late { "Delivered, late" } else { "Delivered" },
        true,
        false,
    );
    add(
        report.assessment.as_ref().map(|one| one.started_at),
        "Assessed",
        false,
        false,
    );
    add(
        dates.ended.as_ref().map(|one| one.at),
        "Ended early",
        true,
        false,
    );
    add(
        report.pay.obligation.as_ref().map(|one| one.fell_due_at),
        "Pay owed",
        false,
        false,
    );
    add(
        report.pay.payouts.first().map(|one| one.at),
        "Paid",
        false,
        false,
    );
    add(
        report.human_decision.as_ref().map(|one| one.at),
        "Decided",
        false,
        false,
    );
    points.sort_by_key(|point| point.at);
    points
}

/// A mark that has no place yet.
pub(super) struct Loose {
    pub at: Timestamp,
    pub glyph: Glyph,
    pub label: String,
    pub title: String,
    pub event: NaturalKey,
    pub deleted: bool,
}

fn loose(said: &Said, glyph: Glyph, label: &str) -> Loose {
    let kind = words::kind(&said.kind);
    let name = if label.is_empty() || label == "memo" {
        kind.to_owned()
    } else {
        format!("{label}, {kind}")
    };
    let title = if said.title.is_empty() {
        String::new()
    } else {
        format!(": {}", said.title)
    };
    let deleted = if said.deleted_at.is_some() {
        " (deleted later)"
    } else {
        ""
    };
    Loose {
        at: said.at,
        glyph,
        label: label.to_owned(),
        title: format!(
            "{name}{title} — {} by {}{deleted}",
            words::when(&said.at),
            said.login
        ),
        event: said.event.clone(),
        deleted: said.deleted_at.is_some(),
    }
}

pub(super) fn candidate(report: &Report) -> Vec<Loose> {
    let memos = report
        .memos
        .iter()
        .map(|one| loose(&one.said, Glyph::Memo, "memo"));
    let updates = report
        .updates
        .iter()
        .map(|one| loose(&one.said, Glyph::Update, &one.label));
    let decisions = report
        .decisions
        .iter()
        .map(|one| loose(&one.said, Glyph::Decision, &one.label));
    let notes = report
        .other_texts
        .iter()
        .filter(|one| one.side == Side::Candidate)
        .map(|one| loose(one, Glyph::Note, ""));
    let deliveries = report.deliveries.iter().map(|one| Loose {
        at: one.at,
        glyph: Glyph::Delivery,
        label: if one.counts {
            "delivery".to_owned()
        } else {
            String::new()
        },
        title: format!(
            "Delivery — {}{}{}",
            words::when(&one.at),
            if one.late { ", after the due time" } else { "" },
            if one.counts {
                ""
            } else {
                "; a later one counts"
            }
        ),
        event: one.event.clone(),
        deleted: false,
    });
    memos
        .chain(updates)
        .chain(decisions)
        .chain(deliveries)
        .chain(notes)
        .collect()
}

pub(super) fn commits(report: &Report) -> Vec<Loose> {
    report
        .pushes
        .iter()
        .map(|push| Loose {
            at: push.at,
            glyph: if push.forced {
                Glyph::ForcedPush(push.commit_count)
            } else {
                Glyph::Push(push.commit_count)
            },
            label: if push.forced {
                "forced".to_owned()
            } else {
                String::new()
            },
            title: format!(
                "{} to {}{} — {} by {}{}",
                words::count(push.commit_count, "commit", "commits"),
                words::branch(&push.git_ref),
                words::by_force(push.forced, &push.before, &push.after),
                words::when(&push.at),
                push.login,
                match push.side.takes_part() {
                    true => String::new(),
                    false => format!(" ({})", words::side(&push.side)),
                }
            ),
            event: push.event.clone(),
            deleted: false,
        })
        .collect()
}

pub(super) fn team(report: &Report) -> Vec<Loose> {
    let answers = report.questions.iter().flat_map(|one| {
        one.answers
            .iter()
            .map(|answer| loose(answer, Glyph::Answer, &one.label))
    });
    let replies = report.decisions.iter().flat_map(|one| {
        one.replies.iter().map(|reply| {
            let glyph = match reply.kind {
                EntryKind::Redirect => Glyph::Redirect,
                EntryKind::Confirm => Glyph::Confirm,
                _ => Glyph::Answer,
            };
            loose(reply, glyph, &one.label)
        })
    });
    let notes = report
        .other_texts
        .iter()
        .filter(|one| one.side == Side::Team && one.kind != EntryKind::Kickoff)
        .map(|one| loose(one, Glyph::Note, ""));
    answers.chain(replies).chain(notes).collect()
}
