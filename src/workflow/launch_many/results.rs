//! What became of a batch: its progress, and each person's result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::{Batch, BatchState};
use super::plan::SpecName;
use crate::clock::Timestamp;
use crate::ids::{BatchId, Login, WorkSampleId};
use crate::store::{
    BatchEvent, BatchLine, JobFilter, JobRow, JobState, LineCounts, LineState, ReadTx, Settlement,
    Standing, WorkSampleRow,
};
use crate::work_sample::State;
use crate::workflow::jobs::JobKind;
use crate::workflow::{Services, WorkflowError};

/// A batch's progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(examples(json!({
    "id": "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f",
    "spec": {
        "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "slug": "order-idempotency", "version": "1.0",
        "title": "Idempotency keys for an order API"
    },
    "state": "running", "counts": { "waiting": 12, "stopped": 0, "offered": 27, "refused": 1 }, "launched_by": "Lea Lead",
    "created_at": "2026-03-02T09:00:00Z",
    "history": [{ "kind": "created", "person": "Lea Lead", "occurred_at": "2026-03-02T09:00:00Z" }], "waits": null
})))]
pub struct BatchView {
    pub id: BatchId,
    pub spec: SpecName,
    pub state: BatchState,
    pub counts: LineCounts,
    /// The lead's name.
    pub launched_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who created, stopped and resumed it, oldest first.
    pub history: Vec<BatchEvent>,
    /// Why it does not go on at present.
    pub waits: Option<Waits>,
}

/// Why something waits, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Waits {
    /// None where it waits for an operator, who retries the dead job.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    pub why: String,
}

/// What opens an offer: to be sent to its candidate, and to nobody else. Not shown by `Debug`, so that no log has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct CandidateToken(pub String);

impl std::fmt::Debug for CandidateToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CandidateToken(..)")
    }
}

/// One person's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LineResult {
    /// In the list, counted from 1, the header included.
    pub line: u32,
    pub name: String,
    pub email: String,
    /// The GitHub account that the list named.
    pub login: Option<Login>,
    pub note: Option<String>,
    pub state: LineState,
    /// Why no offer was made.
    pub code: Option<String>,
    pub reason: Option<String>,
    pub work_sample: Option<WorkSampleId>,
    /// Where the work sample stands now.
    pub work_sample_state: Option<State>,
    /// The GitHub account that the candidate named on accepting; it may differ from the list's.
    pub accepted_as: Option<Login>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offer_open_until: Option<Timestamp>,
    /// Why the repository is not there yet.
    pub waits: Option<Waits>,
    /// Only where a lead asked for tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_token: Option<CandidateToken>,
    /// The candidate's personal link, which opens the offer in a browser. Only where a lead asked for links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<CandidateToken>,
}

/// A batch's progress.
pub async fn view(services: &Services, id: &BatchId) -> Result<BatchView, WorkflowError> {
    let wanted = id.clone();
    let (batch, history, job) = services
        .store
        .read(move |tx| {
            let batch = Batch::load(tx, &wanted)?;
            let history = tx.batch_events(&wanted)?;
            let job = last_job(tx, &wanted)?;
            Ok::<_, WorkflowError>((batch, history, job))
        })
        .await?;
    whole(services, batch, history, job).await
}

/// All batches, newest first, at most `limit`.
pub async fn list(services: &Services, limit: u32) -> Result<Vec<BatchView>, WorkflowError> {
    let found = services
        .store
        .read(move |tx| {
            let mut found = Vec::new();
            for row in tx.batches(limit)? {
                let id = row.id.clone();
                let counts = tx.count_batch_lines(&id)?;
                let history = tx.batch_events(&id)?;
                found.push((Batch { row, counts }, history, last_job(tx, &id)?));
            }
            Ok::<_, WorkflowError>(found)
        })
        .await?;
    let mut views = Vec::new();
    for (batch, history, job) in found {
        views.push(whole(services, batch, history, job).await?);
    }
    Ok(views)
}

async fn whole(
    services: &Services,
    batch: Batch,
    history: Vec<BatchEvent>,
    job: Option<JobRow>,
) -> Result<BatchView, WorkflowError> {
    let version = services.version(&batch.row.spec_digest).await?;
    let state = batch.state();
    Ok(BatchView {
        id: batch.row.id,
        spec: SpecName::from(version.as_ref()),
        state,
        counts: batch.counts,
        launched_by: batch.row.launched_by,
        created_at: batch.row.created_at,
        history,
        waits: job
            .filter(|_| state == BatchState::Running)
            .and_then(|job| waits(&job)),
    })
}

/// The newest job of a batch: an older one is done, or a lead resumed after it died.
fn last_job(tx: &mut ReadTx<'_>, id: &BatchId) -> Result<Option<JobRow>, WorkflowError> {
    let filter = JobFilter {
        subject: Some(id.to_string()),
        ..JobFilter::default()
    };
    let jobs = tx.jobs(&filter)?.into_iter();
    Ok(jobs.max_by(|one, other| one.id.as_str().cmp(other.id.as_str())))
}

fn waits(job: &JobRow) -> Option<Waits> {
    let why = job.last_error.clone()?;
    match job.state {
        JobState::Ready => Some(Waits {
            until: Some(job.run_at),
            why,
        }),
        JobState::Dead => Some(Waits { until: None, why }),
        JobState::Leased | JobState::Done => None,
    }
}

/// Each person's result, in the order of the list, without tokens.
pub async fn lines(services: &Services, id: &BatchId) -> Result<Vec<LineResult>, WorkflowError> {
    let id = id.clone();
    services
        .store
        .read(move |tx| {
            Batch::load(tx, &id)?;
            let work_samples: BTreeMap<WorkSampleId, WorkSampleRow> = tx
                .work_samples_of_batch(&id)?
                .into_iter()
                .map(|row| (row.id.clone(), row))
                .collect();
            let accepted = work_samples
                .values()
                .any(|row| row.state == State::Accepted);
            let provisioning = if accepted {
                unfinished(tx)?
            } else {
                BTreeMap::new()
            };
            let lines = tx.batch_lines(&id)?;
            Ok(lines
                .into_iter()
                .map(|line| result(line, &work_samples, &provisioning))
                .collect())
        })
        .await
}

/// Provisioning that waits for its time or for an operator, by work sample.
fn unfinished(tx: &mut ReadTx<'_>) -> Result<BTreeMap<String, JobRow>, WorkflowError> {
    let mut found = BTreeMap::new();
    for state in [JobState::Ready, JobState::Dead] {
        let filter = JobFilter {
            state: Some(state),
            kind: Some(JobKind::Provision.name().to_owned()),
            ..JobFilter::default()
        };
        found.extend(
            tx.jobs(&filter)?
                .into_iter()
                // The newest has the last word.
                .rev()
                .map(|job| (job.subject.clone(), job)),
        );
    }
    Ok(found)
}

fn result(
    line: BatchLine,
    work_samples: &BTreeMap<WorkSampleId, WorkSampleRow>,
    provisioning: &BTreeMap<String, JobRow>,
) -> LineResult {
    let state = line.state();
    let (work_sample, code, reason) = match line.standing {
        Standing::Waiting | Standing::Stopped => (None, None, None),
        Standing::Settled { how, .. } => match how {
            Settlement::Offered { work_sample } => (Some(work_sample), None, None),
            Settlement::Refused { code, reason } => (None, Some(code), Some(reason)),
        },
    };
    let row = work_sample.as_ref().and_then(|id| work_samples.get(id));
    LineResult {
        line: line.line,
        name: line.name,
        email: line.email,
        login: line.login,
        note: line.note,
        state,
        code,
        reason,
        work_sample_state: row.map(|row| row.state),
        accepted_as: row.and_then(|row| row.login.clone()),
        offer_open_until: row
            .filter(|row| row.state == State::Offered)
            .and_then(|row| row.offer_expires_at),
        waits: work_sample
            .as_ref()
            .and_then(|id| provisioning.get(id.as_str()))
            .and_then(waits),
        work_sample,
        candidate_token: None,
        link: None,
    }
}

impl LineResult {
    /// The account the candidate accepted with; the list's until then; both where they differ.
    pub fn login_in_words(&self) -> String {
        match (&self.accepted_as, &self.login) {
            (Some(accepted), Some(listed)) if !accepted.same_as(listed.as_str()) => {
                format!("{accepted} (the list said {listed})")
            }
            (Some(login), _) => login.to_string(),
            (None, Some(login)) => format!("{login}, by the list"),
            (None, None) => String::new(),
        }
    }
}
