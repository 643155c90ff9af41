//! A service under test with a clock and a payment provider that do as they are told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use orders::App;
use orders::clock::Clock;
use orders::http::{Request, Response};
use orders::json::{Json, parse};
use orders::payments::{Charge, ChargeError, ChargeId, Payments};

pub const ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"filter-250g","quantity":3,"price_minor":990}]}"#;
pub const OTHER_ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"filter-250g","quantity":4,"price_minor":990}]}"#;
pub const KEY: &str = "checkout-7f3a9c21";
pub const OTHER_KEY: &str = "checkout-b0d4e6f8";
pub const SHOP: &str = "roastery-7";

/// Nothing that a check waits for takes longer, unless it is stuck.
pub const PATIENCE: Duration = Duration::from_secs(4);

pub struct TestClock(AtomicU64);

impl TestClock {
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn unix_seconds(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What the provider does with one charge.
pub enum Step {
    Take,
    Decline,
    BeUnavailable,
    TimeOut,
    Panic,
    /// Wait at the gate, then take.
    Hold(Arc<Gate>),
}

/// Holds charges until it is opened, and tells how many have arrived.
#[derive(Default)]
pub struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    arrived: usize,
    open: bool,
}

impl Gate {
    pub fn new() -> Arc<Gate> {
        Arc::new(Gate::default())
    }

    fn pass(&self) {
        let mut state = lock(&self.state);
        state.arrived += 1;
        self.changed.notify_all();
        let until = Instant::now() + 5 * PATIENCE;
        while !state.open {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until a charge stands at the gate.
    pub fn wait_for_arrival(&self) {
        let mut state = lock(&self.state);
        let until = Instant::now() + PATIENCE;
        while state.arrived == 0 {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no charge reached the provider");
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    pub fn open(&self) {
        lock(&self.state).open = true;
        self.changed.notify_all();
    }
}

/// Opens the gate when a check ends, also when it fails.
pub struct OpenAtEnd(pub Arc<Gate>);

impl Drop for OpenAtEnd {
    fn drop(&mut self) {
        self.0.open();
    }
}

#[derive(Default)]
pub struct Provider {
    script: Mutex<VecDeque<Step>>,
    calls: Mutex<Vec<Charge>>,
}

impl Provider {
    /// What to do with the next charges, in order; after that every charge is taken.
    pub fn next(&self, steps: impl IntoIterator<Item = Step>) {
        lock(&self.script).extend(steps);
    }

    /// How often the provider was asked.
    pub fn calls(&self) -> usize {
        lock(&self.calls).len()
    }
}

impl Payments for Provider {
    fn charge(&self, charge: &Charge) -> Result<ChargeId, ChargeError> {
        let number = {
            let mut calls = lock(&self.calls);
            calls.push(charge.clone());
            calls.len()
        };
        let step = lock(&self.script).pop_front().unwrap_or(Step::Take);
        match step {
            Step::Take => {}
            Step::Hold(gate) => gate.pass(),
            Step::Decline => {
                return Err(ChargeError::Declined {
                    reason: "insufficient funds".to_owned(),
                });
            }
            Step::BeUnavailable => return Err(ChargeError::Unavailable),
            Step::TimeOut => return Err(ChargeError::TimedOut),
            Step::Panic => panic!("the provider's code panics, as the check wants it to"),
        }
        Ok(ChargeId(format!("ch_{number}")))
    }
}

#[derive(Clone)]
pub struct Desk {
    app: Arc<App>,
    pub clock: Arc<TestClock>,
    pub provider: Arc<Provider>,
}

impl Desk {
    pub fn new() -> Desk {
        let clock = Arc::new(TestClock(AtomicU64::new(1_767_225_600)));
        let provider = Arc::new(Provider::default());
        Desk {
            app: Arc::new(App::new(clock.clone(), provider.clone())),
            clock,
            provider,
        }
    }

    pub fn post(&self, key: Option<&str>, body: &str) -> Response {
        self.post_as(SHOP, key, body)
    }

    pub fn post_as(&self, shop: &str, key: Option<&str>, body: &str) -> Response {
        let mut request = Request::new("POST", "/orders")
            .with_header("X-Merchant", shop)
            .with_header("Content-Type", "application/json")
            .with_body(body);
        if let Some(key) = key {
            request = request.with_header("Idempotency-Key", key);
        }
        self.app.handle(&request)
    }

    pub fn get(&self, target: &str) -> Response {
        self.get_as(SHOP, target)
    }

    pub fn get_as(&self, shop: &str, target: &str) -> Response {
        let request = Request::new("GET", target).with_header("X-Merchant", shop);
        self.app.handle(&request)
    }

    pub fn cancel(&self, id: &str, key: Option<&str>) -> Response {
        let mut request =
            Request::new("POST", &format!("/orders/{id}/cancel")).with_header("X-Merchant", SHOP);
        if let Some(key) = key {
            request = request.with_header("Idempotency-Key", key);
        }
        self.app.handle(&request)
    }

    /// How many orders the shop has.
    pub fn orders(&self) -> usize {
        self.orders_of(SHOP)
    }

    pub fn orders_of(&self, shop: &str) -> usize {
        match member(&self.get_as(shop, "/orders"), "orders") {
            Json::List(orders) => orders.len(),
            other => panic!("`orders` is {other}, not a list"),
        }
    }

    /// Does something with the desk on a thread of its own; what it returns comes through the channel. A panic there
    /// closes the channel.
    pub fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> T + Send + 'static,
    ) -> Receiver<T> {
        let (sender, receiver) = mpsc::channel();
        let desk = self.clone();
        thread::spawn(move || {
            let _ = sender.send(work(&desk));
        });
        receiver
    }
}

/// What comes through the channel before patience runs out; `what` names it in the failure.
#[track_caller]
pub fn soon<T>(receiver: &Receiver<T>, what: &str) -> T {
    match receiver.recv_timeout(PATIENCE) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("{what} was not answered in {PATIENCE:?}"),
        Err(RecvTimeoutError::Disconnected) => panic!("{what} ended in a panic"),
    }
}

pub fn json(response: &Response) -> Json {
    parse(response.body()).unwrap_or_else(|problem| {
        panic!(
            "{problem}, in the body `{}`",
            String::from_utf8_lossy(response.body())
        )
    })
}

pub fn member(response: &Response, name: &str) -> Json {
    json(response)
        .get(name)
        .unwrap_or_else(|| panic!("no `{name}` in {}", json(response)))
        .clone()
}

/// The `code` of an error, or nothing.
pub fn code(response: &Response) -> Option<String> {
    match parse(response.body()).ok()?.get("code") {
        Some(Json::Text(code)) => Some(code.clone()),
        _ => None,
    }
}

pub fn id(response: &Response) -> String {
    match member(response, "id") {
        Json::Text(id) => id,
        other => panic!("`id` is {other}, not a text"),
    }
}

pub fn is_replay(response: &Response) -> bool {
    response.header("Idempotency-Replayed") == Some("true")
}

#[track_caller]
pub fn assert_placed(response: &Response) {
    assert_eq!(response.status(), 201, "{}", json(response));
    assert_eq!(
        response.header("Idempotency-Replayed"),
        None,
        "a first answer does not carry Idempotency-Replayed"
    );
}

#[track_caller]
pub fn assert_replay_of(first: &Response, again: &Response) {
    assert_eq!(again.status(), first.status(), "{}", json(again));
    assert_eq!(again.body(), first.body(), "the body is not the stored one");
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(again.header("Content-Type"), first.header("Content-Type"));
}

#[track_caller]
pub fn assert_refused(response: &Response, status: u16, expected: &str) {
    assert_eq!(response.status(), status, "{}", json(response));
    assert_eq!(code(response).as_deref(), Some(expected));
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
