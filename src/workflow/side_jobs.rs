//! The job that looks up the sides of accounts, and which events ask for it.

use serde_json::json;

use super::jobs::JobKind;
use super::stored::job_key;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::NewJob;
use crate::work_sample::{Actor, EventBody, Happening, WorkSample};

/// The one job that looks up the sides of a work sample's accounts.
pub fn job(id: &WorkSampleId, now: Timestamp) -> NewJob {
    let kind = JobKind::LookUpSides;
    NewJob {
        kind: kind.name().to_owned(),
        subject: id.to_string(),
        payload: json!({}),
        dedupe_key: Some(job_key::look_up_sides(id)),
        run_at: now,
        priority: kind.priority(),
        max_attempts: kind.max_attempts(),
    }
}

/// Do these events bring an account that has to be looked up? Before the repository is ready only we write into it.
pub fn to_look_up(after: &WorkSample, happenings: &[Happening]) -> bool {
    if after.provisioned_at.is_none() {
        return false;
    }
    let pending = |id: u64| {
        let mut accounts = after.accounts.iter();
        accounts.any(|one| one.id == id && one.to_look_up.is_some())
    };
    happenings.iter().any(|one| match (&one.body, &one.actor) {
        (EventBody::Provisioned, _) => after.accounts.iter().any(|one| one.to_look_up.is_some()),
        (
            EventBody::TextCreated { .. }
            | EventBody::TextEdited { .. }
            | EventBody::TextSeen { .. }
            | EventBody::Pushed { .. },
            Actor::GitHub { id, .. },
        ) => pending(*id),
        _ => false,
    })
}
