//! What each kind of job does.

use super::super::jobs::JobKind;
use super::super::{
    Services, WorkflowError, act, answers, assess, end, intake, invite, launch_many, message_job,
    messages, provision, reconcile, record_delivery, redeliver, sides, team_roles,
};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::store::JobRow;
use crate::work_sample::{Actor, Command};

/// Does a job; says when it is to be done again, if ever.
pub(super) async fn work(
    services: &Services,
    kind: JobKind,
    job: &JobRow,
) -> Result<Option<Timestamp>, WorkflowError> {
    let subject = job.subject.as_str();
    match kind {
        JobKind::Intake => intake::process(services, subject).await?,
        JobKind::Provision => provision::provision(services, &work_sample(subject)?).await?,
        JobKind::Assess => assess::assess(services, &work_sample(subject)?).await?,
        JobKind::Launch => launch_many::work(services, &read_id(subject)?).await?,
        JobKind::Expire => {
            let id = work_sample(subject)?;
            match act::act(services, &id, Command::Expire, Actor::Service).await {
                // Accepted, declined or cancelled meanwhile.
                Ok(_) | Err(WorkflowError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        JobKind::Invite => invite::invite(services, &work_sample(subject)?).await?,
        JobKind::End => return end::end(services, &work_sample(subject)?).await,
        JobKind::Redeliver => return redeliver::redeliver(services).await,
        JobKind::Resend => redeliver::resend(services, job).await?,
        JobKind::LookUpSides => {
            return sides::look_up(services, &work_sample(subject)?).await;
        }
        JobKind::Reconcile => return reconcile::follow(services, &work_sample(subject)?).await,
        JobKind::RecordDelivery => {
            record_delivery::record(services, &work_sample(subject)?, job.created_at).await?;
        }
        JobKind::Answer => {
            let is_last = job.attempts >= job.max_attempts;
            answers::answer(services, &work_sample(subject)?, is_last).await?;
        }
        JobKind::Messages => {
            // On the heap: the futures of a mail client are nested too deeply to be part of every lane's.
            let about = match subject {
                message_job::SERVICE => None,
                id => Some(work_sample(id)?),
            };
            return Box::pin(messages::send(services, about.as_ref())).await;
        }
        JobKind::CheckRoles => return team_roles::recheck(services).await,
    }
    Ok(None)
}

pub(super) fn work_sample(subject: &str) -> Result<WorkSampleId, WorkflowError> {
    read_id(subject)
}

fn read_id<T: std::str::FromStr<Err = crate::ids::InvalidId>>(
    subject: &str,
) -> Result<T, WorkflowError> {
    subject
        .parse()
        .map_err(|error: crate::ids::InvalidId| WorkflowError::Unreadable(error.to_string()))
}
