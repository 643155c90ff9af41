//! One queue of webhooks a hook. How many are still to be sent is watched, so that a rehearsal can wait for quiet without
//! polling. What sending means is handed in, for these queues stand below the world whose webhooks they hold.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long a webhook that is to be late is held back where nothing overtakes it and nobody waits for quiet.
const LATE: Duration = Duration::from_secs(10);

/// When a webhook is sent, seen from its place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    Twice,
    /// After so many that were queued behind it.
    Behind(usize),
}

/// Sends one delivery and keeps what became of it.
type Send = Arc<
    dyn Fn(u64) -> Pin<Box<dyn Future<Output = ()> + std::marker::Send>> + std::marker::Send + Sync,
>;

/// The queues of webhooks.
pub(super) struct Queues {
    runtime: Handle,
    unsent: Arc<watch::Sender<usize>>,
    /// How many wait for quiet. While there are any, nothing is held back.
    waiting: watch::Sender<usize>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    send: Option<Send>,
    by_hook: HashMap<u64, mpsc::UnboundedSender<(u64, Turn)>>,
    tasks: Vec<JoinHandle<()>>,
    stopped: bool,
}

impl Queues {
    /// The queues run on the runtime that is current now, whatever thread fills them later.
    pub(super) fn new() -> Self {
        Queues {
            runtime: Handle::current(),
            unsent: Arc::new(watch::Sender::new(0)),
            waiting: watch::Sender::new(0),
            inner: Mutex::default(),
        }
    }

    /// Says how a delivery is sent. What is queued before that is dropped.
    pub(super) fn attach(&self, send: Send) {
        self.lock().send = Some(send);
    }

    pub(super) fn enqueue(&self, hook: u64, delivery: u64, turn: Turn) {
        let mut inner = self.lock();
        let Inner {
            send,
            by_hook,
            tasks,
            stopped,
        } = &mut *inner;
        let (false, Some(send)) = (*stopped, send) else {
            return;
        };
        let queue = by_hook.entry(hook).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            let worker = Worker {
                send: Arc::clone(send),
                unsent: Arc::clone(&self.unsent),
                waiting: self.waiting.subscribe(),
                held: Vec::new(),
            };
            tasks.push(self.runtime.spawn(worker.run(receiver)));
            sender
        });
        self.unsent.send_modify(|count| *count += 1);
        if queue.send((delivery, turn)).is_err() {
            self.unsent.send_modify(|count| *count -= 1);
        }
    }

    /// Resolves when nothing is waiting or under way.
    pub(super) async fn settle(&self) {
        let mut watched = self.unsent.subscribe();
        let _waiting = Waiting::among(&self.waiting);
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = watched.wait_for(|count| *count == 0).await;
    }

    /// Drops what is queued. It stays in the log without an outcome and is marked as failed at the next start.
    pub(super) fn stop(&self) {
        let mut inner = self.lock();
        inner.stopped = true;
        inner.by_hook.clear();
        for task in inner.tasks.drain(..) {
            task.abort();
        }
        self.unsent.send_replace(0);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits, until they give up or have what they waited for.
struct Waiting<'q>(&'q watch::Sender<usize>);

impl<'q> Waiting<'q> {
    fn among(waiting: &'q watch::Sender<usize>) -> Self {
        waiting.send_modify(|count| *count += 1);
        Waiting(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Resolves while somebody waits for quiet.
async fn somebody(waiting: &mut watch::Receiver<usize>) {
    // The sender outlives its workers, which are ended before it goes.
    let _ = waiting.wait_for(|count| *count > 0).await;
}

struct Worker {
    send: Send,
    unsent: Arc<watch::Sender<usize>>,
    waiting: watch::Receiver<usize>,
    /// What is to be overtaken, and by how many still.
    held: Vec<(usize, u64)>,
}

impl Worker {
    async fn run(mut self, mut queue: mpsc::UnboundedReceiver<(u64, Turn)>) {
        loop {
            let next = if self.held.is_empty() {
                queue.recv().await
            } else {
                tokio::select! {
                    biased;
                    next = queue.recv() => next,
                    () = somebody(&mut self.waiting) => {
                        self.release(true).await;
                        continue;
                    }
                    () = tokio::time::sleep(LATE) => {
                        self.release(true).await;
                        continue;
                    }
                }
            };
            let Some((delivery, turn)) = next else {
                return;
            };
            match turn {
                Turn::Behind(others) => {
                    self.held.push((others, delivery));
                    continue;
                }
                Turn::Twice => (self.send)(delivery).await,
                Turn::Now => {}
            }
            self.deliver(delivery).await;
            for (others, _) in &mut self.held {
                *others = others.saturating_sub(1);
            }
            self.release(false).await;
        }
    }

    /// Sends what was overtaken often enough, or everything that is held.
    async fn release(&mut self, all: bool) {
        let held = std::mem::take(&mut self.held);
        let (due, held): (Vec<_>, Vec<_>) = held
            .into_iter()
            .partition(|(others, _)| all || *others == 0);
        self.held = held;
        for (_, delivery) in due {
            self.deliver(delivery).await;
        }
    }

    async fn deliver(&self, delivery: u64) {
        (self.send)(delivery).await;
        self.unsent
            .send_modify(|count| *count = count.saturating_sub(1));
    }
}
