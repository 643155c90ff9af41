//! Sends webhooks: one queue a hook, in the order things happened, one attempt each, as GitHub does. How many are still
//! to be sent is watched, so that a rehearsal can wait for quiet without polling.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::error::StandInError;
use super::records::{Delivery, Hook, Outcome, Scope};
use super::world::World;

/// GitHub gives a receiver ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);
const KEPT_OF_A_RESPONSE: usize = 4096;

/// The queues of webhooks.
pub(super) struct Posts {
    runtime: Handle,
    client: reqwest::Client,
    unsent: watch::Sender<usize>,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    world: Weak<World>,
    by_hook: HashMap<u64, mpsc::UnboundedSender<u64>>,
    tasks: Vec<JoinHandle<()>>,
    stopped: bool,
}

impl Posts {
    /// The queues run on the runtime that is current now, whatever thread fills them later.
    pub(super) fn new() -> Result<Self, StandInError> {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| StandInError::Client {
                reason: error.to_string(),
            })?;
        Ok(Posts {
            runtime: Handle::current(),
            client,
            unsent: watch::Sender::new(0),
            queues: Mutex::default(),
        })
    }

    /// Tells the queues which world they report to. Must be called before anything is queued.
    pub(super) fn attach(&self, world: &Arc<World>) {
        self.lock().world = Arc::downgrade(world);
    }

    pub(super) fn enqueue(&self, hook: u64, delivery: u64) {
        let mut queues = self.lock();
        if queues.stopped {
            return;
        }
        let Queues {
            world,
            by_hook,
            tasks,
            ..
        } = &mut *queues;
        let queue = by_hook.entry(hook).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tasks.push(self.runtime.spawn(work(world.clone(), receiver)));
            sender
        });
        self.unsent.send_modify(|count| *count += 1);
        if queue.send(delivery).is_err() {
            self.unsent.send_modify(|count| *count -= 1);
        }
    }

    /// Resolves when nothing is waiting or under way.
    pub(super) async fn settle(&self) {
        let mut watched = self.unsent.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = watched.wait_for(|count| *count == 0).await;
    }

    /// Drops what is queued. It stays in the log without an outcome and is marked as failed at the next start.
    pub(super) fn stop(&self) {
        let mut queues = self.lock();
        queues.stopped = true;
        queues.by_hook.clear();
        for task in queues.tasks.drain(..) {
            task.abort();
        }
        self.unsent.send_replace(0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, hook: &Hook, delivery: &Delivery) -> (u16, String, String) {
        let target = match hook.scope {
            Scope::App => "integration",
            Scope::Org(_) => "organization",
            Scope::Repo(_) => "repository",
        };
        let mut request = self
            .client
            .post(&hook.url)
            .header("Content-Type", "application/json")
            .header("User-Agent", "GitHub-Hookshot/57ee1a1")
            .header("X-GitHub-Event", &delivery.event)
            .header("X-GitHub-Delivery", &delivery.guid)
            .header("X-GitHub-Hook-ID", hook.id.to_string())
            .header("X-GitHub-Hook-Installation-Target-Type", target);
        if let Some(secret) = &hook.secret {
            request = request.header(
                "X-Hub-Signature-256",
                sign(secret, delivery.payload.as_bytes()),
            );
        }
        match request.body(delivery.payload.clone()).send().await {
            Ok(response) => {
                let code = response.status();
                let mut body = response.text().await.unwrap_or_default();
                let cut = (0..=KEPT_OF_A_RESPONSE.min(body.len()))
                    .rev()
                    .find(|at| body.is_char_boundary(*at));
                body.truncate(cut.unwrap_or(0));
                let status = match code.canonical_reason() {
                    _ if code.is_success() => "OK".to_owned(),
                    Some(reason) => format!("Invalid HTTP Response: {} {reason}", code.as_u16()),
                    None => format!("Invalid HTTP Response: {}", code.as_u16()),
                };
                (code.as_u16(), status, body)
            }
            Err(error) if error.is_timeout() => (0, "timed out".to_owned(), String::new()),
            Err(error) if error.is_connect() => {
                (0, "failed to connect to host".to_owned(), String::new())
            }
            Err(error) => (0, format!("failed to send: {error}"), String::new()),
        }
    }
}

/// `sha256=…`, what `X-Hub-Signature-256` carries.
pub(super) fn sign(secret: &str, payload: &[u8]) -> String {
    // HMAC takes a key of any length, so there is always a signature.
    let mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update(payload));
    mac.map_or_else(
        |_| String::new(),
        |mac| format!("sha256={}", hex::encode(mac.finalize().into_bytes())),
    )
}

async fn work(world: Weak<World>, mut queue: mpsc::UnboundedReceiver<u64>) {
    while let Some(delivery) = queue.recv().await {
        let Some(world) = world.upgrade() else {
            return;
        };
        deliver(&world, delivery).await;
        world
            .posts
            .unsent
            .send_modify(|count| *count = count.saturating_sub(1));
    }
}

async fn deliver(world: &World, id: u64) {
    let found = world.read(|render| {
        let delivery = render.state.deliveries.get(&id)?;
        Some((
            delivery.clone(),
            render.state.hooks.get(&delivery.hook).cloned(),
        ))
    });
    let Some((delivery, hook)) = found else {
        return;
    };
    let begun = std::time::Instant::now();
    let (status_code, status, response) = match &hook {
        Some(hook) => world.posts.send(hook, &delivery).await,
        None => (0, "the hook was deleted".to_owned(), String::new()),
    };
    let duration = (begun.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    tracing::debug!(event = %delivery.event, guid = %delivery.guid, status_code, "webhook sent");
    let written = world.write(|tx| {
        tx.state.outcomes.insert(
            id,
            Outcome {
                at: tx.now,
                duration,
                status_code,
                status,
                response,
            },
        );
        Ok(())
    });
    if let Err(refusal) = written {
        tracing::error!(%refusal, guid = %delivery.guid, "the outcome of a webhook was not written down");
    }
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn the_signature_is_the_one_github_documents() {
        assert_eq!(
            sign("It's a Secret to Everybody", b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }
}
