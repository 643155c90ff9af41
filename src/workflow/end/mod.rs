//! The end of the work at GitHub.
//!
//! At the due time the commit that the work stands at is frozen, and the candidate's write access becomes read access;
//! what is pushed after that (by whomever) is a fact and no delivery. An extension gives the access back. After the
//! decision, or another end, the whole repository is kept as a verified git bundle, and then archived, handed over or, after
//! some days, deleted. A reconciler like provisioning: each write is announced, and done only after a look at what is.

mod deeds;

use chrono::{Days, Duration};

use self::deeds::{Ending, was_asked_for};
use super::announce::{Announcement, begin, finish, note};
use super::stored::step;
use super::{Services, WorkflowError, delivery_records};
use crate::clock::Timestamp;
use crate::git::GitError;
use crate::github::{GitHubError, Urgency, Writes};
use crate::ids::{Login, WorkSampleId};
use crate::work_sample::{Afterwards, WorkSample};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Freeze,
    Reduce,
    Restore,
    Keep,
    Archive,
    HandOver(Login),
    Delete,
}

impl Step {
    /// Its name in the database.
    fn name(&self, work_sample: &WorkSample) -> String {
        let [_, reduced, restored] = work_sample.end.counts;
        match self {
            Step::Freeze => step::FREEZE.to_owned(),
            Step::Reduce => step::read_access(reduced + 1),
            Step::Restore => step::write_access(restored + 1),
            Step::Keep => step::BUNDLE.to_owned(),
            Step::Archive => step::ARCHIVE.to_owned(),
            Step::HandOver(_) => step::HAND_OVER.to_owned(),
            Step::Delete => step::DELETE.to_owned(),
        }
    }

    /// What it writes over the REST API.
    fn writes(&self) -> Option<Writes> {
        match self {
            Step::Freeze | Step::Keep => None,
            Step::Reduce | Step::Restore | Step::HandOver(_) => Some(Writes::Creates { then: 0 }),
            Step::Archive | Step::Delete => Some(Writes::Changes),
        }
    }

    /// Who waits for it: whoever was given more time wants to work, and everything else has time.
    fn urgency(&self) -> Urgency {
        match self {
            Step::Restore => Urgency::People,
            Step::Freeze
            | Step::Reduce
            | Step::Keep
            | Step::Archive
            | Step::HandOver(_)
            | Step::Delete => Urgency::Bulk,
        }
    }
}

/// A repository that went out of our sight may come back: an App lost its rights for some days. It is looked for so long.
const HOPES_FOR: Duration = Duration::days(30);

/// The pause between two of those looks; a candidate who was given more time waits for one.
fn looks_again_in(step: &Step) -> Duration {
    match step.urgency() {
        Urgency::People => Duration::minutes(10),
        Urgency::Bulk => Duration::hours(6),
    }
}

/// How long a look before the freeze is tried.
const PATIENCE: Duration = Duration::minutes(10);

/// How often the candidate is looked for, as a collaborator and among the invitations.
const LOOKS: u32 = 2;
/// Reads before a write at most: the repository, what the candidate may do now, and the invitations.
const READS: u32 = 1 + 2 * LOOKS;

/// The next thing that is missing, given what should be; `None` where all is as it should be now.
fn next_step(work_sample: &WorkSample, afterwards: &Afterwards, now: Timestamp) -> Option<Step> {
    let end = &work_sample.end;
    let there = work_sample.provisioning.repository.is_some()
        && end.deleted_at.is_none()
        && end.handed_over_at.is_none();
    if !there {
        return None;
    }
    let over = work_sample.over_at();
    let due = work_sample.due_at.is_some_and(|due| now >= due);
    if over.is_none() && !due {
        return (end.frozen.is_some() || end.reduced).then_some(Step::Restore);
    }
    if end.frozen.is_none() {
        return Some(Step::Freeze);
    }
    if !end.reduced && end.archived_at.is_none() {
        return Some(Step::Reduce);
    }
    let over = over?;
    if end.kept.is_none() && end.empty_at.is_none() {
        return Some(Step::Keep);
    }
    match afterwards {
        Afterwards::HandOver(to) => Some(Step::HandOver(to.clone())),
        Afterwards::Archive | Afterwards::DeleteAfter { .. } if end.archived_at.is_none() => {
            Some(Step::Archive)
        }
        Afterwards::Archive => None,
        Afterwards::DeleteAfter { days } => (now >= delete_at(over, *days)).then_some(Step::Delete),
    }
}

fn delete_at(over: Timestamp, days: u32) -> Timestamp {
    over.checked_add_days(Days::new(u64::from(days)))
        .unwrap_or(Timestamp::MAX_UTC)
}

/// Does everything that is due; says when there will be more to do.
pub async fn end(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let (work_sample, _) = super::show::work_sample(services, id).await?;
    if next_step(&work_sample, &services.afterwards, services.now()) == Some(Step::Freeze) {
        look_before_freezing(services, &work_sample).await?;
        // What is frozen is what was delivered, so that has to be recorded first.
        if let Err(error) = delivery_records::record_known(services, id, None).await {
            tracing::warn!(work_sample = %id, %error, "freezing before a delivery could be recorded");
        }
    }
    loop {
        let (work_sample, _) = super::show::work_sample(services, id).await?;
        let now = services.now();
        let Some(step) = next_step(&work_sample, &services.afterwards, now) else {
            return Ok(later(&work_sample, &services.afterwards));
        };
        let Some(repository) = &work_sample.provisioning.repository else {
            return Ok(None);
        };
        let is_missing = step != Step::Freeze && !work_sample.whereabouts.there;
        if is_missing && !was_asked_for(services, id, &step).await? {
            super::reconcile::look_now(services, id).await?;
            let (present, _) = super::show::work_sample(services, id).await?;
            if present.whereabouts.there {
                continue;
            }
            // Somebody else put it away, and there is nothing left to do; or it may come into our sight again.
            let lost_at = present.whereabouts.out_of_sight_at;
            let hopes = lost_at.is_some_and(|at| services.now() < at + HOPES_FOR);
            return Ok(hopes.then(|| services.now() + looks_again_in(&step)));
        }
        let name = step.name(&work_sample);
        let github = services.github_of(&work_sample)?;
        let announcement = Announcement {
            step: &name,
            urgency: step.urgency(),
            reads: READS,
            writes: step.writes(),
            may_be_doubled: false,
        };
        begin(services, github, &work_sample, announcement).await?;
        let ending = Ending {
            services,
            github,
            work_sample: &work_sample,
            repository,
        };
        let (key, body) = match ending.take(&step).await {
            Err(error) if is_not_found(&error) => {
                look_where_it_is(services, id).await;
                return Err(error);
            }
            taken => taken?,
        };
        note(services, id, key, body).await?;
        finish(services, id, &name).await?;
        tracing::info!(work_sample = %id, step = name, "took a step of the end");
    }
}

/// What was delivered in the last minute may still be on its way to us. Where GitHub cannot say, another try is worth some
/// minutes; but no failed look keeps the work from being frozen, for what counts was pushed before the due time anyway.
async fn look_before_freezing(
    services: &Services,
    work_sample: &WorkSample,
) -> Result<(), WorkflowError> {
    let error = match super::reconcile::look_now(services, &work_sample.id).await {
        Ok(passed) if passed.unseen && work_sample.whereabouts.there => WorkflowError::Unseen {
            until: services.now() + Duration::minutes(1),
        },
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let ends = [work_sample.due_at, work_sample.over_at()];
    let since = ends.into_iter().flatten().min();
    let patient = since.is_some_and(|since| services.now() < since + PATIENCE);
    if patient && error.is_transient() {
        return Err(error);
    }
    tracing::warn!(work_sample = %work_sample.id, %error, "freezing what is known without another look at GitHub");
    Ok(())
}

/// Did the step not find the repository under its name? git does not tell that from its other failures.
fn is_not_found(error: &WorkflowError) -> bool {
    matches!(
        error,
        WorkflowError::GitHub(GitHubError::NotShown { .. })
            | WorkflowError::Git(GitError::Failed { .. })
    )
}

/// After the decision, or another end, nobody looks regularly any more, and a write under a former name comes to nothing. So
/// a look comes before the next attempt: it is led on to the new name, or notes that the repository is not shown and, in the
/// end, that it is gone. Where the look fails, the next attempt ends like this one, and another look follows.
async fn look_where_it_is(services: &Services, id: &WorkSampleId) {
    if let Err(error) = super::reconcile::look_now(services, id).await {
        tracing::warn!(work_sample = %id, %error, "cannot look where the repository is");
    }
}

fn later(work_sample: &WorkSample, afterwards: &Afterwards) -> Option<Timestamp> {
    let end = &work_sample.end;
    match (work_sample.over_at(), afterwards) {
        (Some(over), Afterwards::DeleteAfter { days })
            if (end.kept.is_some() || end.empty_at.is_some()) && end.deleted_at.is_none() =>
        {
            Some(delete_at(over, *days))
        }
        _ => None,
    }
}
