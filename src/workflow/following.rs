//! How long a work sample is followed, and the one job that follows it.

use chrono::Duration;
use serde_json::json;

use super::jobs::JobKind;
use super::stored::job_key;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::NewJob;
use crate::work_sample::State;

/// How long until the next pass nobody asked for; `None` once there is nothing left to follow.
pub fn pause(state: State) -> Option<Duration> {
    match state {
        State::Accepted | State::Provisioned | State::InProgress => Some(Duration::hours(6)),
        State::Delivered | State::Assessed => Some(Duration::hours(24)),
        State::Drafted
        | State::Offered
        | State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => None,
    }
}

/// The one job that follows a work sample.
pub fn job(id: &WorkSampleId, run_at: Timestamp, priority: i32) -> NewJob {
    NewJob {
        kind: JobKind::Reconcile.name().to_owned(),
        subject: id.to_string(),
        payload: json!({}),
        dedupe_key: Some(job_key::reconcile(id)),
        run_at,
        priority,
        max_attempts: JobKind::Reconcile.max_attempts(),
    }
}
