//! The governor: joins the calculation of what GitHub allows with the database in which all processes share it.
//!
//! [`turn`] is asked inside the transaction that announces a call, so that waiting leaves no announcement behind and costs
//! no looking first. [`admitted`] is for calls that announce nothing, and [`spent`] counts what they read beyond what they
//! asked for. What answers say of the limits comes back by the door, through [`Governor`].
//!
//! Two things do not ask. An App's token, renewed once in fifty minutes, and sooner where GitHub did not allow something to
//! one that is five minutes old: whoever was let through needs it now. And the
//! operator's `setup` and `doctor`, a handful of reads by hand that are to show what GitHub answers.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Services, WorkflowError};
use crate::clock::{SharedClock, Timestamp};
use crate::github::{Ask, Budget, GitHub, Limits, Seen, SharedLimits, Urgency, Verdict, Writes};
use crate::store::{Store, Tx};

/// Reads that looking first may cost at most: pages of issues, invitations, a repository.
const LOOKING: u32 = 12;

/// What a use case wants to send, and under which budget.
#[derive(Debug, Clone)]
pub struct Wanted {
    budget: String,
    limits: Limits,
    ask: Ask,
}

impl Wanted {
    /// `holder` tells those who stand in the line apart: a work sample's id.
    pub fn new(
        services: &Services,
        github: &GitHub,
        holder: impl Into<String>,
        urgency: Urgency,
        writes: Writes,
    ) -> Wanted {
        Wanted {
            budget: github.budget(),
            limits: services.limits,
            ask: Ask {
                holder: holder.into(),
                process: services.process.clone(),
                urgency,
                reads: 0,
                writes,
            },
        }
    }

    /// Of another budget than the installation's.
    #[must_use]
    pub fn under(self, budget: String) -> Wanted {
        Wanted { budget, ..self }
    }

    /// With that many reads besides.
    #[must_use]
    pub fn reading(mut self, reads: u32) -> Wanted {
        self.ask.reads += reads;
        self
    }

    /// With the reads that an earlier attempt makes necessary.
    #[must_use]
    pub fn looking_first(self) -> Wanted {
        self.reading(LOOKING)
    }
}

/// May it be sent now? If not, the place in the line is kept by committing; nothing else may be written then.
pub fn turn(tx: &mut Tx<'_>, wanted: &Wanted, now: Timestamp) -> Result<Verdict, WorkflowError> {
    let mut budget = read(tx, &wanted.budget)?;
    let verdict = budget.ask(&wanted.limits, &wanted.ask, now);
    write(tx, &wanted.budget, &budget, now)?;
    Ok(verdict)
}

/// Waits for nothing: an error that says until when, if it is not the call's turn.
///
/// # Errors
/// [`WorkflowError::Waits`], with which a job is postponed and no attempt counted.
pub async fn admitted(services: &Services, wanted: Wanted) -> Result<(), WorkflowError> {
    let now = services.now();
    let verdict = services
        .store
        .write(move |tx| turn(tx, &wanted, now))
        .await?;
    go(verdict)
}

/// The verdict as a worker takes it.
pub fn go(verdict: Verdict) -> Result<(), WorkflowError> {
    match verdict {
        Verdict::Go => Ok(()),
        Verdict::Wait { until, because } => Err(WorkflowError::Waits { until, because }),
    }
}

/// Counts what `github` sent beyond the reads that were asked for: how many pages a list has shows when it is read.
pub async fn spent(services: &Services, github: &GitHub, budget: &str, asked: u32) {
    let beyond = github.sent().saturating_sub(asked);
    if beyond == 0 {
        return;
    }
    let (name, now) = (budget.to_owned(), services.now());
    let kept = services.store.write(move |tx| {
        let mut budget = read(tx, &name)?;
        budget.spent(beyond, now);
        write(tx, &name, &budget, now)
    });
    if let Err(error) = kept.await {
        tracing::warn!(budget, %error, "reads beyond those asked for could not be counted");
    }
}

fn read(tx: &mut Tx<'_>, name: &str) -> Result<Budget, WorkflowError> {
    let Some(text) = tx.budget(name)? else {
        return Ok(Budget::default());
    };
    // A budget of a later version's form is begun anew rather than standing in everybody's way.
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(budget = name, %error, "a budget cannot be read and begins anew");
        Budget::default()
    }))
}

fn write(
    tx: &mut Tx<'_>,
    name: &str,
    budget: &Budget,
    now: Timestamp,
) -> Result<(), WorkflowError> {
    let text = serde_json::to_string(budget)
        .map_err(|error| WorkflowError::Unreadable(error.to_string()))?;
    Ok(tx.keep_budget(name, &text, now)?)
}

/// Takes in what the door sees.
pub struct Governor {
    store: Store,
    clock: SharedClock,
}

impl Governor {
    pub fn new(store: Store, clock: SharedClock) -> Governor {
        Governor { store, clock }
    }

    async fn keep(&self, name: String, seen: Seen) -> Result<(), WorkflowError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                let mut budget = read(tx, &name)?;
                match &seen {
                    Seen::Quota(quota) => budget.told(*quota),
                    Seen::AskedToWait { until, why } => budget.asked_to_wait(*until, why),
                }
                write(tx, &name, &budget, now)
            })
            .await
    }
}

impl SharedLimits for Governor {
    fn seen<'a>(&'a self, budget: &'a str, seen: Seen) -> BoxFuture<'a, ()> {
        async move {
            if let Err(error) = self.keep(budget.to_owned(), seen).await {
                tracing::warn!(budget, %error, "what GitHub said of its limits could not be kept");
            }
        }
        .boxed()
    }
}
