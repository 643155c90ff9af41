//! Webhooks: kept before they are acknowledged, turned into events afterwards.
//!
//! [`receive`] verifies the signature over the raw bytes, refuses what it could never read, and stores the delivery with
//! its job in one transaction; only then the sender hears 202. [`process`] turns a stored delivery into events, again in
//! one transaction, so that a crash at any point repeats the whole and doubles nothing: natural keys see to that.

use serde::de::IgnoredAny;
use serde_json::json;

use super::arrivals::{Arrival, Arrived};
use super::jobs::JobKind;
use super::record::record;
use super::translate::{Translated, shows_more, translate};
use super::{Services, WorkflowError, github_sign_in, permissions};
use crate::github::signature_is_right;
use crate::store::{Body, DeliveryRow, NewJob};
use crate::work_sample::Source;

/// The most that GitHub sends (docs.github.com: payloads are capped at 25 MB).
pub const MOST_BYTES: usize = 25 * 1024 * 1024;

/// A webhook as it came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// `X-GitHub-Delivery`
    pub guid: Option<String>,
    /// `X-GitHub-Event`
    pub event: Option<String>,
    /// `X-Hub-Signature-256`
    pub signature: Option<String>,
    pub body: Vec<u8>,
}

/// What became of a webhook that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// On disk, with its job.
    Kept,
    /// On disk already.
    Duplicate,
    /// Nothing a work sample remembers; not kept.
    Ignored { code: &'static str, why: String },
}

/// Takes in one webhook.
pub async fn receive(services: &Services, incoming: Incoming) -> Result<Receipt, WorkflowError> {
    let invalid = |code, message: &str| WorkflowError::Invalid {
        code,
        message: message.to_owned(),
    };
    let secrets = services
        .webhook_secrets
        .as_ref()
        .ok_or(WorkflowError::NotConfigured {
            code: "webhooks_not_configured",
            message: "this service has no webhook secret: set WORKSAMPLE_WEBHOOK_SECRET".into(),
        })?;
    let signature = incoming.signature.as_deref().ok_or_else(|| {
        invalid(
            "signature_missing",
            "the header X-Hub-Signature-256 is missing: give the webhook a secret",
        )
    })?;
    if !signature_is_right(secrets, signature, &incoming.body) {
        return Err(invalid(
            "signature_wrong",
            "the signature does not fit the body: the webhook's secret and WORKSAMPLE_WEBHOOK_SECRET differ, or the body was altered",
        ));
    }
    let event = header(incoming.event, 64).ok_or_else(|| {
        invalid(
            "event_missing",
            "the header X-GitHub-Event is missing or not a name",
        )
    })?;
    let guid = header(incoming.guid, 100).ok_or_else(|| {
        invalid(
            "delivery_id_missing",
            "the header X-GitHub-Delivery is missing or not an id",
        )
    })?;
    let not_json = || {
        invalid(
            "body_not_json",
            "the body is not a JSON object: set the webhook's content type to application/json",
        )
    };
    if !looks_like_an_object(&incoming.body) {
        return Err(not_json());
    }
    let repository = match translate(&event, &guid, &incoming.body) {
        Err(misshapen) => {
            return Err(match serde_json::from_slice::<IgnoredAny>(&incoming.body) {
                Err(_) => not_json(),
                Ok(_) => WorkflowError::Invalid {
                    code: "payload_misshapen",
                    message: misshapen.to_string(),
                },
            });
        }
        Ok(Translated::Ignored { why }) => {
            if let Some(account) = github_sign_in::no_longer_authorises(&event, &incoming.body) {
                github_sign_in::revoked(services, account).await?;
            }
            let ours = || from_elsewhere(services, &incoming.body).is_none();
            let approving = permissions::approves(&event, &incoming.body);
            if (shows_more(&event, &incoming.body) || approving.is_some()) && ours() {
                if let Some(org) = approving {
                    permissions::approved(services, &org).await?;
                }
                super::redeliver::look_anew(services).await?;
            }
            return Ok(Receipt::Ignored {
                code: "event_ignored",
                why,
            });
        }
        Ok(Translated::Facts { repository, .. }) => repository,
    };
    if i64::try_from(repository).is_err() {
        return Err(WorkflowError::Invalid {
            code: "payload_misshapen",
            message: format!("{repository} is no id that GitHub gives a repository"),
        });
    }
    let now = services.now();
    // Whatever can be made beforehand is: all deliveries share the one thread that writes.
    let job = NewJob {
        kind: JobKind::Intake.name().to_owned(),
        subject: guid.clone(),
        payload: json!({}),
        // The delivery itself is there once.
        dedupe_key: None,
        run_at: now,
        priority: JobKind::Intake.priority(),
        max_attempts: JobKind::Intake.max_attempts(),
    };
    let delivery = DeliveryRow {
        guid,
        event,
        repository_id: Some(repository),
        body: Body::of(&incoming.body),
        received_at: now,
        outcome: None,
        processed_at: None,
    };
    let arrived = Arrived {
        repository,
        delivery,
        job,
    };
    Ok(match services.arrivals.write(arrived).await? {
        Arrival::Kept => Receipt::Kept,
        Arrival::Known => Receipt::Duplicate,
        Arrival::Elsewhere => unknown(services, repository, &incoming.body),
    })
}

/// What is answered about a repository that no work sample has.
fn unknown(services: &Services, repository: u64, body: &[u8]) -> Receipt {
    match from_elsewhere(services, body) {
        Some(owner) => Receipt::Ignored {
            code: "unknown_installation",
            why: format!(
                "the service does not work in `{owner}`: add it to WORKSAMPLE_GITHUB_ORG, or uninstall the App there"
            ),
        },
        None => Receipt::Ignored {
            code: "unknown_repository",
            why: format!("the repository {repository} belongs to no work sample"),
        },
    }
}

/// The account that a webhook is about, where the service does not work in it.
fn from_elsewhere(services: &Services, body: &[u8]) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_slice(body).ok()?;
    let owner = payload["repository"]["owner"]["login"]
        .as_str()
        .or_else(|| payload["organization"]["login"].as_str())
        .or_else(|| payload["installation"]["account"]["login"].as_str())?;
    let known = services.github.is_empty() || services.github.named(owner).is_some();
    (!known).then(|| owner.chars().take(40).collect())
}

/// A quick look before the reading: JSON allows four kinds of white space before a value.
fn looks_like_an_object(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'{')
}

/// A header's value, if it is short and printable.
fn header(value: Option<String>, most: usize) -> Option<String> {
    value.filter(|value| {
        (1..=most).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// Turns a stored delivery into events. What can be done beforehand is: all share the one thread that writes.
pub async fn process(services: &Services, guid: &str) -> Result<(), WorkflowError> {
    let (now, guid) = (services.now(), guid.to_owned());
    let read = guid.clone();
    let delivery = services
        .store
        .read(move |tx| tx.delivery(&read))
        .await?
        .ok_or_else(|| WorkflowError::NotFound {
            what: format!("the delivery {guid}"),
        })?;
    if delivery.processed_at.is_some() {
        return Ok(());
    }
    let translated = translate(&delivery.event, &guid, &delivery.body.unpacked()?);
    let received_at = delivery.received_at;
    services
        .store
        .write(move |tx| {
            let outcome = match &translated {
                Err(misshapen) => format!("misshapen: {misshapen}"),
                Ok(Translated::Ignored { why }) => format!("ignored: {why}"),
                Ok(Translated::Facts {
                    repository,
                    happenings,
                }) => match tx.work_sample_by_repository(*repository)? {
                    None => "ignored: unknown repository".to_owned(),
                    Some(row) => {
                        let source = Source::Webhook;
                        let after =
                            record(tx, &row.id, row.last_seq, happenings, source, received_at)?;
                        // A list that has not changed since our last look says nothing of what we heard after it: what was
                        // made and undone in between looks like nothing.
                        if after.last_seq > row.last_seq {
                            tx.forget_etags(&row.id)?;
                        }
                        format!("recorded: {} event(s)", after.last_seq - row.last_seq)
                    }
                },
            };
            Ok(tx.finish_delivery(&guid, &outcome, now)?)
        })
        .await
}
