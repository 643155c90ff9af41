//! The kinds of queued work, and how patient each is.

use chrono::Duration;

use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::ids::{JobId, WorkSampleId};
use crate::store::{JobFilter, JobRow, StoreError};

/// What a worker can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Turn a stored webhook into events.
    Intake,
    /// Make the repository, push, invite, open the kickoff issue.
    Provision,
    /// Check a delivered commit in the sandbox.
    Assess,
    /// End an offer that nobody accepted.
    Expire,
    /// Work off a part of a batch.
    Launch,
    /// Send another invitation.
    Invite,
    /// Freeze at the due time; keep and put away after the decision.
    End,
    /// Ask GitHub to send again what did not reach us.
    Redeliver,
    /// Ask for one of those.
    Resend,
    /// Look at a work sample's repository for what no webhook told.
    Reconcile,
    /// Look up the sides of accounts that wrote or pushed.
    LookUpSides,
    /// Look at GitHub and record what a declared delivery means.
    RecordDelivery,
    /// Post the comments that a work sample should have.
    Answer,
    /// Write and send the messages that a work sample, or the service itself, should have sent.
    Messages,
    /// Ask GitHub who still is in the teams that give roles.
    CheckRoles,
}

impl JobKind {
    pub const ALL: [JobKind; 15] = [
        JobKind::Intake,
        JobKind::Provision,
        JobKind::Assess,
        JobKind::Expire,
        JobKind::Launch,
        JobKind::Invite,
        JobKind::End,
        JobKind::Redeliver,
        JobKind::Resend,
        JobKind::Reconcile,
        JobKind::LookUpSides,
        JobKind::RecordDelivery,
        JobKind::Answer,
        JobKind::Messages,
        JobKind::CheckRoles,
    ];

    pub fn name(self) -> &'static str {
        match self {
            JobKind::Intake => "intake",
            JobKind::Provision => "provision",
            JobKind::Assess => "assess",
            JobKind::Expire => "expire",
            JobKind::Launch => "launch",
            JobKind::Invite => "invite",
            JobKind::End => "end",
            JobKind::Redeliver => "redeliver",
            JobKind::Resend => "resend",
            JobKind::Reconcile => "reconcile",
            JobKind::LookUpSides => "look_up_sides",
            JobKind::RecordDelivery => "record_delivery",
            JobKind::Answer => "answer",
            JobKind::Messages => "messages",
            JobKind::CheckRoles => "check_roles",
        }
    }

    pub fn named(name: &str) -> Option<JobKind> {
        JobKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Higher goes first: what a person waits for before bulk work. Jobs keep what they were enqueued with, and the lane for
    /// assessments looks for those of their priority alone: to change that one takes a migration.
    pub fn priority(self) -> i32 {
        match self {
            JobKind::Intake => 30,
            JobKind::Invite | JobKind::RecordDelivery | JobKind::Answer => 25,
            JobKind::Provision => 20,
            JobKind::Launch | JobKind::Redeliver | JobKind::Resend | JobKind::CheckRoles => 15,
            JobKind::Expire | JobKind::LookUpSides | JobKind::Messages => 10,
            JobKind::End => 5,
            JobKind::Assess => 0,
            JobKind::Reconcile => -10,
        }
    }

    /// Is it done again and again, as long as there is something to follow?
    pub fn is_regular(self) -> bool {
        match self {
            JobKind::Redeliver | JobKind::Reconcile | JobKind::CheckRoles => true,
            JobKind::Intake
            | JobKind::Provision
            | JobKind::Assess
            | JobKind::Expire
            | JobKind::Launch
            | JobKind::Invite
            | JobKind::End
            | JobKind::LookUpSides
            | JobKind::RecordDelivery
            | JobKind::Answer
            | JobKind::Messages
            | JobKind::Resend => false,
        }
    }

    /// Does it give up by itself what cannot be done? Then any failure is tried again until its attempts are used up.
    pub fn gives_up_by_itself(self) -> bool {
        self == JobKind::Answer
    }

    pub fn max_attempts(self) -> u32 {
        match self {
            JobKind::Intake
            | JobKind::Provision
            | JobKind::Expire
            | JobKind::Launch
            | JobKind::Invite
            | JobKind::End
            | JobKind::Redeliver
            | JobKind::Resend
            | JobKind::LookUpSides
            | JobKind::RecordDelivery
            | JobKind::Answer
            | JobKind::Messages
            | JobKind::CheckRoles
            | JobKind::Reconcile => 12,
            JobKind::Assess => 5,
        }
    }
}

/// The pause before attempt `attempts + 1`: 5 s, doubled each time, at most an hour.
pub fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.clamp(1, 11) - 1;
    Duration::seconds((5_i64 << doublings).min(3600))
}

/// Jobs for an operator: unfinished ones first, then new ones before old ones.
pub async fn list(services: &Services, filter: JobFilter) -> Result<Vec<JobRow>, WorkflowError> {
    services.store.read(move |tx| Ok(tx.jobs(&filter)?)).await
}

/// The jobs about one work sample.
pub async fn about(services: &Services, id: &WorkSampleId) -> Result<Vec<JobRow>, WorkflowError> {
    let filter = JobFilter {
        subject: Some(id.to_string()),
        ..JobFilter::default()
    };
    list(services, filter).await
}

/// Makes a dead job ready again.
pub async fn retry(services: &Services, id: JobId) -> Result<JobRow, WorkflowError> {
    let now: Timestamp = services.now();
    services
        .store
        .write(move |tx| {
            tx.retry_job(&id, now).map_err(|error| match error {
                StoreError::Conflict(message) => WorkflowError::Invalid {
                    code: "job_not_dead",
                    message,
                },
                other => other.into(),
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_pause_between_attempts_grows_and_never_exceeds_an_hour(attempts in 0_u32..1000) {
            let pause = backoff(attempts);
            prop_assert!(pause >= Duration::seconds(5) && pause <= Duration::hours(1));
            prop_assert!(backoff(attempts.saturating_add(1)) >= pause);
        }
    }

    #[test]
    fn every_kind_of_job_is_found_by_its_name() {
        for kind in JobKind::ALL {
            assert_eq!(JobKind::named(kind.name()), Some(kind));
        }
    }
}
