//! Sends webhooks: in the order things happened, one attempt each, as GitHub does.

use std::sync::{Arc, Weak};
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::error::StandInError;
use super::records::{Delivery, Hook, Outcome, Scope};
use super::world::World;

/// GitHub gives a receiver ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);
const KEPT_OF_A_RESPONSE: usize = 4096;

/// From now on, what the world queues is sent.
pub(super) fn attach(world: &Arc<World>) -> Result<(), StandInError> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| StandInError::Client {
            reason: error.to_string(),
        })?;
    let known: Weak<World> = Arc::downgrade(world);
    world.queues.attach(Arc::new(move |delivery| {
        let (world, client) = (known.upgrade(), client.clone());
        Box::pin(async move {
            if let Some(world) = world {
                deliver(&world, &client, delivery).await;
            }
        })
    }));
    Ok(())
}

async fn send(client: &reqwest::Client, hook: &Hook, delivery: &Delivery) -> (u16, String, String) {
    let (kind, target) = match hook.scope {
        Scope::App(app) => ("integration", app.unwrap_or_default()),
        Scope::Org(org) => ("organization", org),
        Scope::Repo(repo) => ("repository", repo),
    };
    let mut request = client
        .post(&hook.url)
        .header("Content-Type", "application/json")
        .header("User-Agent", "GitHub-Hookshot/57ee1a1")
        .header("X-GitHub-Event", &delivery.event)
        .header("X-GitHub-Delivery", &delivery.guid)
        .header("X-GitHub-Hook-ID", hook.id.to_string())
        .header("X-GitHub-Hook-Installation-Target-Type", kind)
        .header("X-GitHub-Hook-Installation-Target-ID", target.to_string());
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

async fn deliver(world: &World, client: &reqwest::Client, id: u64) {
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
        Some(hook) => send(client, hook, &delivery).await,
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
