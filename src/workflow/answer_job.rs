//! Says when comments of ours may be missing, and the job that posts them.

use serde_json::json;

use super::jobs::JobKind;
use super::stored::job_key;
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::NewJob;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::{EventBody, Happening, WorkSample, answers};

/// Do these happenings give the work sample something to answer? The spec's words are not known here; the job knows them.
pub(super) fn asked_for(after: &WorkSample, happenings: &[Happening]) -> bool {
    let may_ask = |happening: &Happening| match &happening.body {
        EventBody::Pushed { .. }
        | EventBody::CheckCompleted { .. }
        | EventBody::CommentPosted { .. } => false,
        EventBody::RepositorySeen { .. } | EventBody::RepositoryChanged { .. } => true,
        body => !body.is_github_fact() || body.place().is_some(),
    };
    happenings.iter().any(may_ask)
        && !answers::missing(after, &SpecWords::default(), None).is_empty()
}

/// The job that posts what is missing: one for each work sample, which runs again whenever something is asked for.
pub(super) fn job(id: &WorkSampleId, now: Timestamp) -> NewJob {
    let kind = JobKind::Answer;
    NewJob {
        kind: kind.name().to_owned(),
        subject: id.to_string(),
        payload: json!({}),
        dedupe_key: Some(job_key::answer(id)),
        run_at: now,
        priority: kind.priority(),
        max_attempts: kind.max_attempts(),
    }
}
