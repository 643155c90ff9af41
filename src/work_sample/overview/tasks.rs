//! What the team has to do in a work sample, from its log alone.

use chrono::Duration;

use super::{TeamTask, TeamTaskKind as Kind};
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::plain_text::shortened;
use crate::work_sample::entry::read;
use crate::work_sample::event::NaturalKey;
use crate::work_sample::following::InvitationState;
use crate::work_sample::key;
use crate::work_sample::model::{Entry, Side, State, WorkSample};
use crate::work_sample::parts::{DecisionOutcome, DeliveryOutcome, EntryKind};

/// The most characters of a reason in a task.
const LONGEST_REASON: usize = 160;
/// The most characters of a question or decision in a task: enough to reply to most of them without opening another page.
const LONGEST_TEXT: usize = 2_000;

pub(super) fn tasks(ws: &WorkSample) -> Vec<TeamTask> {
    let mut tasks = Vec::new();
    let works = matches!(
        ws.state,
        State::Provisioned | State::InProgress | State::Delivered | State::Assessed
    );
    if works {
        conversation(ws, &mut tasks);
        deliveries(ws, &mut tasks);
        late_answers(ws, &mut tasks);
    }
    if ws.state == State::Accepted || works {
        invitation(ws, &mut tasks);
        stuck(ws, &mut tasks);
    }
    decision(ws, &mut tasks);
    pay(ws, &mut tasks);
    close(ws, &mut tasks);
    tasks.sort_by(|a, b| (a.since, a.kind, &a.about).cmp(&(b.since, b.kind, &b.about)));
    tasks
}

fn task(kind: Kind, about: &NaturalKey, since: Timestamp) -> TeamTask {
    TeamTask {
        kind,
        about: about.clone(),
        since,
        by: None,
        text: String::new(),
        clauses: Vec::new(),
    }
}

/// The beginning of a text, on one line.
fn beginning(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().take(most).collect();
    shortened(&words.join(" "), most)
}

fn conversation(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    for entry in &ws.entries {
        let kind = match entry.kind {
            EntryKind::Question => Kind::AnswerQuestion,
            EntryKind::Decision => Kind::SettleDecision,
            EntryKind::Kickoff
            | EntryKind::Memo
            | EntryKind::Answer
            | EntryKind::Progress
            | EntryKind::Confirm
            | EntryKind::Redirect
            | EntryKind::Delivery
            | EntryKind::Note
            | EntryKind::Notice => continue,
        };
        if is_the_candidates(entry) && ws.team_replies_to(&entry.key).next().is_none() {
            tasks.push(TeamTask {
                text: said(entry),
                clauses: entry.clauses.clone(),
                ..task(kind, &entry.key, entry.at)
            });
        }
    }
}

fn is_the_candidates(entry: &Entry) -> bool {
    entry.side == Side::Candidate && entry.deleted_at.is_none()
}

/// The title, without the word that the issue form puts before it, and the words without the command that makes them what they
/// are. Headings of a form end with a colon, and parts that nobody filled in are left out with theirs.
fn said(entry: &Entry) -> String {
    let content = read(&entry.text).content(entry.kind);
    let title = entry.title.trim();
    let title = ["Question: ", "Decision: "]
        .iter()
        .find_map(|word| title.strip_prefix(word))
        .unwrap_or(title);
    let mut words: Vec<String> = Vec::new();
    if !content.trim_start().starts_with(title) {
        let ends = title.ends_with(|last: char| last.is_ascii_punctuation());
        words.push(format!("{title}{}", if ends { "" } else { "." }));
    }
    let lines = content.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty()).take(LONGEST_TEXT) {
        match line.strip_prefix('#') {
            Some(heading) => {
                let heading = heading.trim_start_matches('#').trim();
                words.push(format!("{}:", heading.trim_end_matches(':')));
            }
            None if line == "_No response_" => {
                words.pop();
            }
            None => words.push(line.to_owned()),
        }
    }
    shortened(&words.join("\n"), LONGEST_TEXT)
}

fn deliveries(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    // What was delivered since settles what could not be.
    let newest = ws.deliveries.iter().map(|one| one.at).max();
    for record in &ws.delivery_records {
        let is_latest = ws
            .record_of(&record.delivery)
            .is_some_and(|one| one.key == record.key);
        let is_settled = newest.is_some_and(|at| at > record.declared_at);
        if !is_latest || is_settled {
            continue;
        }
        let (kind, text) = match &record.outcome {
            DeliveryOutcome::Delivered { .. } => continue,
            DeliveryOutcome::StarterUnconfirmed { .. } => (Kind::LookAtStarter, String::new()),
            DeliveryOutcome::NotResolved { why } => {
                (Kind::LookAtDelivery, beginning(why, LONGEST_REASON))
            }
        };
        tasks.push(TeamTask {
            text,
            ..task(kind, &record.key, record.declared_at)
        });
    }
}

/// An answer that took longer than the promised hours. The promise counts answer hours only, which a log does not know; so this
/// says nothing of whether it was kept, and suggests only that the candidate may have lost time.
fn late_answers(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    let (Some(promised), State::Provisioned | State::InProgress) =
        (ws.terms.answers_within_hours, ws.state)
    else {
        return;
    };
    let promised = Duration::hours(i64::from(promised));
    let moved_at = ws.extensions.last().map(|one| one.at);
    let late = ws
        .entries_of(EntryKind::Question)
        .filter(|question| is_the_candidates(question))
        .filter_map(|question| {
            let replied = ws
                .team_replies_to(&question.key)
                .map(|reply| reply.at)
                .min()?;
            (replied - question.at > promised).then_some((replied, question))
        })
        .filter(|(replied, _)| moved_at.is_none_or(|at| at < *replied))
        .max_by_key(|(replied, _)| *replied);
    if let Some((replied, question)) = late {
        tasks.push(TeamTask {
            text: said(question),
            clauses: question.clauses.clone(),
            by: ws.due_at,
            ..task(Kind::ConsiderExtension, &question.key, replied)
        });
    }
}

fn invitation(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    if let Some(failure) = ws.invitation_failure() {
        tasks.push(TeamTask {
            text: beginning(&failure.reason, LONGEST_REASON),
            ..task(Kind::FixInvitation, &failure.key, failure.at)
        });
    } else if let Some(invitation) = &ws.invitation
        && let Some((at, key)) = &invitation.ended
        && matches!(
            invitation.state,
            InvitationState::Expired
                | InvitationState::Declined
                | InvitationState::WrongAccount
                | InvitationState::AccountGone
        )
    {
        tasks.push(task(Kind::FixInvitation, key, *at));
    }
}

/// Troubles that nothing has settled since: the repository is not ready yet, or the delivery not assessed.
fn stuck(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    let waits_for_service = matches!(ws.state, State::Accepted | State::Delivered);
    let began_at = match ws.state {
        State::Accepted => ws.accepted_at,
        _ => ws.effective_delivery().map(|one| one.at),
    };
    let last = ws
        .stuck
        .iter()
        .enumerate()
        .rfind(|(_, trouble)| began_at.is_none_or(|at| trouble.at >= at));
    if let (true, Some((n, trouble))) = (waits_for_service, last) {
        tasks.push(TeamTask {
            text: beginning(&trouble.reason, LONGEST_REASON),
            ..task(
                Kind::HelpService,
                &key::stuck(&trouble.step, n + 1),
                trouble.at,
            )
        });
    }
}

fn decision(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    match ws.state {
        State::Assessed => {
            let Some(delivery) = ws.effective_delivery() else {
                return;
            };
            let open = ws.effective_assessment().is_some_and(|assessment| {
                assessment.results.iter().any(|result| {
                    result.verdict == Verdict::Open
                        && ws.judgement(&result.criterion, &assessment.sha).is_none()
                })
            });
            let kind = if open {
                Kind::JudgeCriteria
            } else {
                Kind::Decide
            };
            tasks.push(task(kind, &delivery.key, delivery.at));
        }
        State::Provisioned | State::InProgress => {
            if let Some(due_at) = ws.due_at {
                let about = key::extended(ws.extensions.len());
                let about = if ws.extensions.is_empty() {
                    key::accepted()
                } else {
                    about
                };
                tasks.push(task(Kind::DecideWithoutDelivery, &about, due_at));
            }
        }
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Delivered
        | State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => {}
    }
}

fn pay(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    if let (Some(owed), Some(rest)) = (&ws.obligation, ws.outstanding()) {
        tasks.push(TeamTask {
            by: Some(owed.pay_by),
            text: rest.to_string(),
            ..task(Kind::Pay, &owed.because, owed.fell_due_at)
        });
    }
}

/// Offers that nobody took are left out: there is nothing to close at GitHub and nobody to pay.
fn close(ws: &WorkSample, tasks: &mut Vec<TeamTask>) {
    let ended = matches!(
        ws.state,
        State::Decided | State::Withdrawn | State::Cancelled
    );
    if ended
        && ws.accepted_at.is_some()
        && ws.outstanding().is_none()
        && let Some(over_at) = ws.over_at()
    {
        let paid_at = ws.payouts.last().map(|payout| payout.at);
        let since = paid_at.map_or(over_at, |at| at.max(over_at));
        let about = ws
            .decision
            .as_ref()
            .map_or_else(key::accepted, |decision| decision.key.clone());
        let wants_to_talk = ws
            .decision
            .as_ref()
            .is_some_and(|decision| decision.outcome == DecisionOutcome::Discuss);
        let text = if wants_to_talk {
            "The decision was to talk about it first. Correct it once you have talked, or close it as it is."
        } else {
            ""
        };
        tasks.push(TeamTask {
            text: text.to_owned(),
            ..task(Kind::Close, &about, since)
        });
    }
}
