//! Waking workers as soon as work is committed, so that they need not poll.

use tokio::sync::watch;

/// The sending side, held by the store.
#[derive(Debug)]
pub(super) struct JobsEnqueued(watch::Sender<u64>);

impl JobsEnqueued {
    pub fn new() -> Self {
        JobsEnqueued(watch::Sender::new(0))
    }

    pub fn fire(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub fn listen(&self) -> JobsSignal {
        JobsSignal(self.0.subscribe())
    }
}

/// Tells of jobs that this process enqueued. Take one before looking for jobs, then look, then wait: a job that came
/// in between is not missed. Jobs of other processes are not announced, so a worker looks now and then all the same.
#[derive(Debug, Clone)]
pub struct JobsSignal(watch::Receiver<u64>);

impl JobsSignal {
    /// Waits until jobs were enqueued since the last call, or since this signal was taken. Never returns once the
    /// store is gone.
    pub async fn notified(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
