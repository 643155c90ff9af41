//! A batch: a list made durable, worked off line by line, stopped and resumed.
//!
//! The lines are the truth: what state a batch is in follows from theirs. A job takes a slice of lines and then leaves the
//! queue to others, having queued the next slice first; webhooks and people do not wait for a long list. Any number of
//! processes may work on one batch, for a line is settled only while it waits, in one transaction with its work sample.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list::Person;
use crate::clock::Timestamp;
use crate::ids::{BatchId, SpecDigest};
use crate::store::{
    BatchEvent, BatchEventKind, BatchLine, BatchRow, JobFilter, JobState, LineCounts, NewJob,
    ReadTx, Settlement, Standing, Tx,
};
use crate::workflow::jobs::JobKind;
use crate::workflow::launch::{Launch, Prepared, checked_lead, organization};
use crate::workflow::once::{Made, Once, once, unreadable};
use crate::workflow::{Services, WorkflowError};

/// Lines that one job settles before it lets others have the worker.
const SLICE: usize = 25;

/// What a lead says to launch many.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub spec: SpecDigest,
    pub people: Vec<Person>,
    /// Where the repositories are to be created; `None` for the first organisation that is configured.
    pub organization: Option<String>,
    /// The lead's name.
    pub lead: String,
}

/// A batch and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub row: BatchRow,
    pub counts: LineCounts,
}

/// Where a batch stands, by its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Lines wait for their turn.
    Running,
    /// A lead stopped it; lines are left.
    Stopped,
    /// Every line is settled.
    Finished,
}

impl Batch {
    pub fn state(&self) -> BatchState {
        if self.counts.waiting > 0 {
            BatchState::Running
        } else if self.counts.stopped > 0 {
            BatchState::Stopped
        } else {
            BatchState::Finished
        }
    }

    pub(super) fn load(tx: &mut ReadTx<'_>, id: &BatchId) -> Result<Batch, WorkflowError> {
        let row = tx.batch(id)?.ok_or_else(|| WorkflowError::NotFound {
            what: format!("the batch {id}"),
        })?;
        let counts = tx.count_batch_lines(id)?;
        Ok(Batch { row, counts })
    }
}

impl Made for Batch {
    fn id(&self) -> &str {
        self.row.id.as_str()
    }

    fn find(tx: &mut ReadTx<'_>, id: &str) -> Result<Self, WorkflowError> {
        let id: BatchId = id.parse().map_err(|_| unreadable())?;
        Batch::load(tx, &id)
    }
}

/// Makes a list durable and queues its working off. Lines with a problem are kept too, as refused.
///
/// # Errors
/// When the spec or the organisation is unknown, the lead has no name, or no line could be offered: then nothing is kept.
pub async fn create(
    services: &Services,
    wanted: Wanted,
    key: Option<Once>,
) -> Result<Batch, WorkflowError> {
    let Wanted {
        spec,
        people,
        organization: named,
        lead,
    } = wanted;
    let lead = checked_lead(&lead)?;
    if people.iter().all(|person| !person.problems.is_empty()) {
        return Err(WorkflowError::invalid(
            "nobody_to_offer",
            "no line of the list could be offered, so nothing was kept; a dry run says what is wrong with each",
        ));
    }
    services.version(&spec).await?;
    let now = services.now();
    let row = BatchRow {
        id: BatchId::new(services.ids.as_ref(), now),
        spec_digest: spec,
        organization: organization(services, named.as_deref())?,
        launched_by: lead,
        created_at: now,
    };
    let lines: Vec<BatchLine> = people.into_iter().map(|person| line(person, now)).collect();
    services
        .store
        .write(move |tx| {
            once(tx, key.as_ref(), now, |tx| {
                tx.insert_batch(&row, &lines)?;
                queue(tx, &row.id, "created", now)?;
                Batch::load(tx, &row.id)
            })
        })
        .await
}

fn line(person: Person, now: Timestamp) -> BatchLine {
    let standing = match person.refusal() {
        None => Standing::Waiting,
        Some((code, reason)) => Standing::Settled {
            how: Settlement::Refused { code, reason },
            at: now,
        },
    };
    let Person {
        line,
        name,
        email,
        login,
        again,
        note,
        problems: _,
    } = person;
    BatchLine {
        line,
        name,
        email,
        login,
        again,
        note,
        standing,
    }
}

/// Queues a slice of work. `turn` tells it from every other slice of the batch.
fn queue(tx: &mut Tx<'_>, id: &BatchId, turn: &str, now: Timestamp) -> Result<(), WorkflowError> {
    let kind = JobKind::Launch;
    let job = NewJob {
        kind: kind.name().to_owned(),
        subject: id.to_string(),
        payload: json!({}),
        dedupe_key: Some(crate::workflow::stored::job_key::launch(id, turn)),
        run_at: now,
        priority: kind.priority(),
        max_attempts: kind.max_attempts(),
    };
    tx.enqueue(&job, now)?;
    Ok(())
}

/// The job: works a slice off, and queues the next one while lines are left.
pub async fn work(services: &Services, id: &BatchId) -> Result<(), WorkflowError> {
    if !work_on(services, id, SLICE).await? {
        return Ok(());
    }
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let Some(next) = tx.next_batch_line(&id)? else {
                return Ok(());
            };
            // A line is passed once between two of a lead's words, so this names one slice.
            let word = tx.batch_events(&id)?.len();
            queue(tx, &id, &format!("{word}:{}", next.line), now)
        })
        .await
}

/// Settles at most `most` lines that wait, in the order of the list. Returns whether any may be left.
pub async fn work_on(
    services: &Services,
    id: &BatchId,
    most: usize,
) -> Result<bool, WorkflowError> {
    let wanted = id.clone();
    let row = services
        .store
        .read(move |tx| tx.batch(&wanted))
        .await?
        .ok_or_else(|| WorkflowError::NotFound {
            what: format!("the batch {id}"),
        })?;
    for _ in 0..most {
        let wanted = id.clone();
        let next = services
            .store
            .read(move |tx| tx.next_batch_line(&wanted))
            .await?;
        let Some(line) = next else {
            return Ok(false);
        };
        settle(services, &row, line).await?;
    }
    Ok(true)
}

/// One line: offered together with its work sample, or refused with the reason.
async fn settle(services: &Services, row: &BatchRow, line: BatchLine) -> Result<(), WorkflowError> {
    let launch = Launch {
        spec: row.spec_digest.clone(),
        candidate: line.name.clone(),
        email: Some(line.email.clone()),
        organization: None,
        again: line.again,
        lead: row.launched_by.clone(),
    };
    let (id, number, now) = (row.id.clone(), line.line, services.now());
    // Found when the batch was created: settings that have changed since are no fault of a line.
    let organization = row.organization.clone();
    let offered = match Prepared::in_organization(services, launch, organization).await {
        Err(error) => Err(error),
        Ok(prepared) => {
            let id = id.clone();
            services
                .store
                .write(move |tx| {
                    let waits = tx
                        .batch_line(&id, number)?
                        .is_some_and(|line| line.standing == Standing::Waiting);
                    if !waits {
                        return Ok(());
                    }
                    let work_sample = prepared.carry_out(tx)?.id;
                    let settled = Settlement::Offered { work_sample };
                    tx.settle_batch_line(&id, number, &settled, now)?;
                    Ok(())
                })
                .await
        }
    };
    match offered {
        Ok(()) => Ok(()),
        Err(error @ (WorkflowError::Refused(_) | WorkflowError::Invalid { .. })) => {
            tracing::info!(batch = %id, line = number, code = error.code(), "a line of a batch is refused");
            let settled = Settlement::Refused {
                code: error.code().to_owned(),
                reason: error.for_client(),
            };
            services
                .store
                .write(move |tx| Ok(tx.settle_batch_line(&id, number, &settled, now).map(drop)?))
                .await
        }
        Err(error) => Err(error),
    }
}

/// Stops what waits. What was offered stays offered: an offer that was made is kept.
///
/// # Errors
/// Refused where nothing is left to stop.
pub async fn stop(services: &Services, id: &BatchId, lead: &str) -> Result<Batch, WorkflowError> {
    change(services, id, lead, |tx, batch, by| match batch.state() {
        BatchState::Finished => Err(finished(batch)),
        BatchState::Stopped => Ok(()),
        BatchState::Running => {
            tx.stop_batch_lines(&batch.row.id)?;
            let event = by.did(BatchEventKind::Stopped);
            Ok(tx.append_batch_event(&batch.row.id, &event)?)
        }
    })
    .await
}

/// Goes on with what was stopped; also where the work died and waits for an operator.
///
/// # Errors
/// Refused where nothing is left to do.
pub async fn resume(services: &Services, id: &BatchId, lead: &str) -> Result<Batch, WorkflowError> {
    change(services, id, lead, |tx, batch, by| {
        let id = &batch.row.id;
        match batch.state() {
            BatchState::Finished => return Err(finished(batch)),
            BatchState::Running if is_queued(tx, id)? => return Ok(()),
            BatchState::Stopped | BatchState::Running => {}
        }
        tx.resume_batch_lines(id)?;
        tx.append_batch_event(id, &by.did(BatchEventKind::Resumed))?;
        let word = tx.batch_events(id)?.len();
        queue(tx, id, &format!("{word}:resumed"), by.now)
    })
    .await
}

/// Is there a job that will go on?
fn is_queued(tx: &mut ReadTx<'_>, id: &BatchId) -> Result<bool, WorkflowError> {
    let filter = JobFilter {
        subject: Some(id.to_string()),
        ..JobFilter::default()
    };
    let jobs = tx.jobs(&filter)?;
    Ok(jobs
        .iter()
        .any(|job| matches!(job.state, JobState::Ready | JobState::Leased)))
}

fn finished(batch: &Batch) -> WorkflowError {
    WorkflowError::invalid(
        "batch_finished",
        format!(
            "every line of {} is settled: there is nothing left to stop or resume; cancel a single work sample instead",
            batch.row.id
        ),
    )
}

async fn change(
    services: &Services,
    id: &BatchId,
    lead: &str,
    change: impl Fn(&mut Tx<'_>, &Batch, &By) -> Result<(), WorkflowError> + Send + 'static,
) -> Result<Batch, WorkflowError> {
    let id = id.clone();
    let by = By {
        person: checked_lead(lead)?,
        now: services.now(),
    };
    services
        .store
        .write(move |tx| {
            let batch = Batch::load(tx, &id)?;
            change(tx, &batch, &by)?;
            Batch::load(tx, &id)
        })
        .await
}

/// Who changes a batch, and when.
struct By {
    person: String,
    now: Timestamp,
}

impl By {
    fn did(&self, kind: BatchEventKind) -> BatchEvent {
        BatchEvent {
            kind,
            person: self.person.clone(),
            occurred_at: self.now,
        }
    }
}
