//! The queue, as operators see it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::JobId;
use crate::store::{JobRow, JobState};
use crate::web::words::name_of;

/// A job as an operator sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "id": "job_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "kind": "provision", "subject": "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "state": "ready",
    "attempts": 0, "max_attempts": 8, "run_at": "2026-03-02T09:00:00Z", "last_error": null, "waits": null
})))]
pub struct JobView {
    pub id: JobId,
    pub kind: String,
    /// The work sample or delivery that it is about.
    pub subject: String,
    pub state: String,
    pub attempts: u32,
    pub max_attempts: u32,
    #[schema(value_type = String, format = DateTime)]
    pub run_at: crate::clock::Timestamp,
    pub last_error: Option<String>,
    /// Set where the job waits for its time: until when, and why.
    pub waits: Option<WaitView>,
}

/// Work that waits: for its turn at GitHub, for the next attempt, for somebody to mend what it needs, or, given up, for an
/// operator who has it tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitView {
    /// The kind of job.
    pub what: String,
    /// Missing where it waits for an operator.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<crate::clock::Timestamp>,
    pub why: String,
}

impl WaitView {
    /// What a job waits for, if it was begun and put off, or given up.
    pub fn of(row: &JobRow) -> Option<WaitView> {
        let why = row.last_error.as_ref()?;
        let until = match row.state {
            JobState::Ready => Some(row.run_at),
            JobState::Dead => None,
            JobState::Leased | JobState::Done => return None,
        };
        Some(WaitView {
            what: row.kind.clone(),
            until,
            why: why.clone(),
        })
    }
}

impl From<&JobRow> for JobView {
    fn from(row: &JobRow) -> Self {
        JobView {
            id: row.id.clone(),
            kind: row.kind.clone(),
            subject: row.subject.clone(),
            state: name_of(&row.state),
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_at: row.run_at,
            last_error: row.last_error.clone(),
            waits: WaitView::of(row),
        }
    }
}
