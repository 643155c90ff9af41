//! The parts of a report that are taken over one by one: the spec, the terms, the dates, code, pay, the human decision.

use super::facts::{Facts, github_url};
use super::model::{
    CiCheck, Commit, Delivery, Ended, Extension, HumanDecision, Milestones, Obligation,
    OpenDelivery, Pay, Payout, Push, Repository, RepositoryChange, SpecPart, Trouble,
};
use super::{text, words};
use crate::work_sample::{self, CommitClaim, Terms, WorkSample, records};

/// Commits that one push tells in full; a push of an old history can hold thousands.
const MOST_COMMITS: usize = 200;
/// Paths that one commit tells for each kind of change.
const MOST_PATHS: usize = 200;

pub(super) fn spec_part(facts: &Facts<'_>) -> SpecPart {
    let spec = facts.spec;
    SpecPart {
        slug: spec.slug.clone(),
        title: text::one_line(&spec.title),
        version: text::one_line(&spec.version),
        digest: facts.digest.clone(),
        summary: text::several_lines(&spec.summary),
        update_every_hours: spec.updates.every_hours,
        boundary: spec
            .boundary
            .allowed
            .iter()
            .map(|glob| text::one_line(glob))
            .collect(),
        clauses: spec
            .clauses
            .iter()
            .map(|clause| facts.clause(&clause.id))
            .collect(),
    }
}

pub(super) fn terms(ws: &WorkSample) -> Terms {
    Terms {
        ownership: text::several_lines(&ws.terms.ownership),
        ai_policy: text::several_lines(&ws.terms.ai_policy),
        recorded: text::several_lines(&ws.terms.recorded),
        ..ws.terms.clone()
    }
}

pub(super) fn milestones(ws: &WorkSample) -> Milestones {
    let counts = ws.effective_delivery();
    Milestones {
        drafted_at: ws.drafted_at,
        offered_at: ws.offered_at,
        offer_expires_at: ws.offer_expires_at,
        accepted_at: ws.accepted_at,
        provisioned_at: ws.provisioned_at,
        due_at: ws.due_at,
        extensions: ws
            .extensions
            .iter()
            .map(|one| Extension {
                at: one.at,
                by: words::person(&one.by),
                due_at: one.due_at,
                reason: text::several_lines(&one.reason),
            })
            .collect(),
        delivered_at: counts.map(|one| one.at),
        delivered_late: counts.is_some_and(|one| one.late),
        ended: ws.ended.as_ref().map(|one| Ended {
            at: one.at,
            by: words::person(&one.by),
            reason: one.reason.as_deref().map(text::several_lines),
        }),
        closed_at: ws.closed_at,
    }
}

pub(super) fn repository(ws: &WorkSample) -> Option<Repository> {
    let repository = ws.provisioning.repository.as_ref()?;
    Some(Repository {
        full_name: text::one_line(&repository.full_name),
        html_url: github_url(&repository.html_url),
        default_branch: text::one_line(&repository.default_branch),
        first_commit: ws.provisioning.first_commit.clone(),
        changes: ws
            .repository_events
            .iter()
            .map(|one| RepositoryChange {
                event: one.key.clone(),
                at: one.at,
                text: text::one_line(&one.text),
            })
            .collect(),
    })
}

pub(super) fn deliveries(facts: &Facts<'_>) -> Vec<Delivery> {
    let entry_of = |key| facts.ws.entries.iter().find(|entry| &entry.key == key);
    facts
        .ws
        .deliveries
        .iter()
        .map(|one| Delivery {
            event: one.key.clone(),
            at: one.at,
            sha: one.sha.clone(),
            late: one.late,
            counts: one.effective,
            said: entry_of(&one.delivery).map(|entry| facts.said(entry)),
            notes: delivery_notes(facts.ws, one),
        })
        .collect()
}

pub(super) fn open_deliveries(ws: &WorkSample) -> Vec<OpenDelivery> {
    records::open(ws)
        .into_iter()
        .map(|one| OpenDelivery {
            event: one.delivery,
            at: one.at,
            status: one.status,
            why: text::one_line(&one.why),
        })
        .collect()
}

fn delivery_notes(ws: &WorkSample, delivery: &work_sample::Delivery) -> Vec<String> {
    let starter = delivery
        .starter
        .then(|| "This is the starter with nothing changed.".to_owned());
    let left_out = ws.left_out(delivery).map(|push| {
        let branch = push.git_ref.strip_prefix("refs/heads/");
        format!(
            "It leaves out newer work on the branch {}: {}, pushed {}.",
            text::one_line(branch.unwrap_or(&push.git_ref)),
            push.after.short(),
            words::date(&push.at)
        )
    });
    let corrected = delivery.corrected.as_ref().map(|corrected| {
        format!(
            "Corrected by {}, {}: {}",
            words::person(&corrected.by).name,
            words::date(&corrected.at),
            text::one_line(&corrected.reason)
        )
    });
    [starter, left_out, corrected]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) fn pushes(ws: &WorkSample) -> Vec<Push> {
    ws.pushes
        .iter()
        .map(|one| Push {
            event: one.key.clone(),
            at: one.at,
            side: one.side,
            login: text::one_line(&one.login),
            git_ref: text::one_line(&one.git_ref),
            before: one.before.clone(),
            after: one.after.clone(),
            forced: one.forced,
            commit_count: one.commits.len(),
            commits: one.commits.iter().take(MOST_COMMITS).map(commit).collect(),
        })
        .collect()
}

fn commit(claim: &CommitClaim) -> Commit {
    let paths = |paths: &[String]| {
        paths
            .iter()
            .take(MOST_PATHS)
            .map(|path| text::one_line(path))
            .collect()
    };
    Commit {
        sha: claim.sha.clone(),
        message: text::several_lines(claim.message.trim_end()),
        claimed_author: text::one_line(words::author_name(&claim.author)),
        claimed_at: claim.authored_at,
        added: paths(&claim.added),
        modified: paths(&claim.modified),
        removed: paths(&claim.removed),
    }
}

pub(super) fn ci_checks(ws: &WorkSample) -> Vec<CiCheck> {
    ws.checks
        .iter()
        .map(|one| CiCheck {
            event: one.key.clone(),
            at: one.at,
            name: text::one_line(&one.name),
            sha: one.sha.clone(),
            conclusion: text::one_line(&one.conclusion),
        })
        .collect()
}

pub(super) fn pay(ws: &WorkSample) -> Pay {
    Pay {
        agreed: ws.terms.pay,
        obligation: ws.obligation.as_ref().map(|one| Obligation {
            event: one.because.clone(),
            reason: one.reason,
            amount: one.amount,
            fell_due_at: one.fell_due_at,
            pay_by: one.pay_by,
        }),
        payouts: ws
            .payouts
            .iter()
            .map(|one| Payout {
                event: one.key.clone(),
                at: one.at,
                by: words::person(&one.by),
                amount: one.amount,
                reference: text::one_line(&one.reference),
            })
            .collect(),
    }
}

pub(super) fn human_decision(ws: &WorkSample) -> Option<HumanDecision> {
    ws.decision.as_ref().map(|one| HumanDecision {
        event: one.key.clone(),
        at: one.at,
        by: words::person(&one.by),
        outcome: one.outcome,
        reason: text::several_lines(&one.reason),
    })
}

pub(super) fn troubles(ws: &WorkSample) -> Vec<Trouble> {
    ws.stuck
        .iter()
        .map(|one| Trouble {
            at: one.at,
            step: text::one_line(&one.step),
            reason: text::several_lines(&one.reason),
        })
        .collect()
}
