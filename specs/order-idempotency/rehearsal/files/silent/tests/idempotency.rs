use std::sync::Arc;

use orders::App;
use orders::clock::ManualClock;
use orders::http::{Request, Response};
use orders::payments::SimulatedPayments;

const ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"house-blend-1kg","quantity":2,"price_minor":1850}]}"#;

fn app() -> App {
    App::new(
        Arc::new(ManualClock::starting_at(0)),
        Arc::new(SimulatedPayments::default()),
    )
}

fn post(app: &App, key: &str, body: &str) -> Response {
    app.handle(
        &Request::new("POST", "/orders")
            .with_header("X-Merchant", "m1")
            .with_header("Idempotency-Key", key)
            .with_body(body),
    )
}

#[test]
fn test_replay() {
    let app = app();
    let a = post(&app, "abcdefgh", ORDER);
    let b = post(&app, "abcdefgh", ORDER);
    assert_eq!(a.status(), 201);
    assert_eq!(a.body(), b.body());
    assert_eq!(b.header("Idempotency-Replayed"), Some("true"));
}

#[test]
fn test_conflict() {
    let app = app();
    post(&app, "abcdefgh", ORDER);
    let b = post(&app, "abcdefgh", &ORDER.replace("1850", "1900"));
    assert_eq!(b.status(), 422);
}

#[test]
fn test_bad_key() {
    assert_eq!(post(&app(), "abc", ORDER).status(), 400);
}
