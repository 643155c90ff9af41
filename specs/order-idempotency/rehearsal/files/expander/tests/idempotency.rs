//! Idempotency keys, and what was built around them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use orders::App;
use orders::clock::ManualClock;
use orders::http::{Request, Response};
use orders::payments::{Charge, ChargeError, ChargeId, Payments, SimulatedPayments};

const ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"house-blend-1kg","quantity":2,"price_minor":1850}]}"#;
const LARGE: &str =
    r#"{"currency":"EUR","lines":[{"sku":"espresso-machine","quantity":9,"price_minor":250000}]}"#;

fn app_with(payments: impl Payments + 'static) -> (Arc<App>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::starting_at(5_000));
    let app = App::new(clock.clone(), Arc::new(payments));
    (Arc::new(app), clock)
}

fn app() -> (Arc<App>, Arc<ManualClock>) {
    app_with(SimulatedPayments::default())
}

fn post(app: &App, key: &str, body: &str) -> Response {
    app.handle(
        &Request::new("POST", "/orders")
            .with_header("X-Merchant", "roastery-7")
            .with_header("Idempotency-Key", key)
            .with_body(body),
    )
}

fn get(app: &App, target: &str) -> String {
    let response = app.handle(&Request::new("GET", target).with_header("X-Merchant", "roastery-7"));
    assert_eq!(response.status(), 200);
    String::from_utf8(response.body().to_vec()).expect("text")
}

#[test]
fn a_retry_is_replayed() {
    let (app, _) = app();
    let first = post(&app, "key-000001", ORDER);
    let again = post(&app, "key-000001", ORDER);
    assert_eq!((first.status(), again.status()), (201, 201));
    assert_eq!(first.body(), again.body());
    assert_eq!(first.header("Idempotency-Replayed"), None);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
}

#[test]
fn a_decline_is_replayed() {
    let (app, _) = app();
    assert_eq!(post(&app, "key-000001", LARGE).status(), 402);
    let again = post(&app, "key-000001", LARGE);
    assert_eq!(again.status(), 402);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
}

#[test]
fn a_different_order_under_the_key_is_refused() {
    let (app, _) = app();
    post(&app, "key-000001", ORDER);
    assert_eq!(post(&app, "key-000001", LARGE).status(), 422);
}

#[test]
fn invalid_keys_are_refused() {
    let (app, _) = app();
    for key in ["", "short", "white space", &"x".repeat(65)] {
        assert_eq!(post(&app, key, ORDER).status(), 400);
    }
}

#[test]
fn a_key_expires_after_a_day_and_stays_taken() {
    let (app, clock) = app();
    post(&app, "key-000001", ORDER);
    clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(post(&app, "key-000001", ORDER).status(), 201);
    clock.advance(Duration::from_secs(1));
    assert_eq!(post(&app, "key-000001", ORDER).status(), 410);
}

struct Slow {
    arrived: Mutex<Option<Sender<()>>>,
    release: Mutex<Receiver<()>>,
}

impl Payments for Slow {
    fn charge(&self, _: &Charge) -> Result<ChargeId, ChargeError> {
        let first = self.arrived.lock().expect("the sender").take();
        if let Some(arrived) = first {
            arrived.send(()).expect("somebody listens");
            let release = self.release.lock().expect("the receiver");
            release
                .recv_timeout(Duration::from_secs(10))
                .expect("released");
        }
        Ok(ChargeId("ch_1".to_owned()))
    }
}

#[test]
fn a_running_key_refuses_its_duplicate_and_nobody_else() {
    let (arrived, arrivals) = channel();
    let (release, released) = channel();
    let (app, _) = app_with(Slow {
        arrived: Mutex::new(Some(arrived)),
        release: Mutex::new(released),
    });
    let background = app.clone();
    let first = thread::spawn(move || post(&background, "key-000001", ORDER));
    arrivals.recv().expect("the charge has begun");
    assert_eq!(post(&app, "key-000001", ORDER).status(), 409);
    assert_eq!(post(&app, "key-000002", ORDER).status(), 201);
    release.send(()).expect("released");
    assert_eq!(first.join().expect("answered").status(), 201);
}

#[test]
fn metrics_and_admin_page_show_what_happened() {
    let (app, _) = app();
    post(&app, "key-000001", ORDER);
    post(&app, "key-000001", ORDER);
    let metrics = get(&app, "/metrics");
    assert!(metrics.contains("orders_placed_total 1\n"), "{metrics}");
    assert!(
        metrics.contains("idempotency_replays_total 1\n"),
        "{metrics}"
    );
    assert!(get(&app, "/admin").contains("<td>stored</td><td>1</td>"));
}
