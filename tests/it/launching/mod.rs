//! Launching many: the list, the batch, and every door to them.

mod api;
mod batches;
mod browser;
mod command;
mod list;
pub mod pages;
mod secure;

use reqwest::Method;
use serde_json::{Value, json};
use worksample::rehearsal::World;
use worksample::web::tokens::Bearer;
use worksample::workflow::publish;

use crate::support::small;

pub const LEA: &str = "Lea Lead";

/// A world in which the small spec is published.
pub async fn world(dir: &std::path::Path, database_url: Option<String>) -> World {
    let world = small::world(dir, database_url, None).await;
    publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    world
}

pub fn lead() -> Bearer {
    Bearer::Lead { name: LEA.into() }
}

/// Sends to the API as `bearer`.
pub async fn send(
    world: &World,
    method: Method,
    path: &str,
    bearer: &Bearer,
    key: Option<&str>,
    body: &Value,
) -> (u16, Value) {
    let mut request = reqwest::Client::new()
        .request(method, format!("http://{}/api/v1{path}", world.address))
        .bearer_auth(world.api.token(bearer).unwrap());
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

pub fn body(csv: &str) -> Value {
    json!({ "spec": "greeting", "csv": csv })
}

/// A list of so many people.
pub fn people(count: usize) -> String {
    let lines = (1..=count).map(|n| format!("Person {n},person{n}@example.com\n"));
    format!("name,email\n{}", lines.collect::<String>())
}
