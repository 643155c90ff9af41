//! One test or more for each of R1 to R10. Threads meet at channels and barriers, nothing sleeps.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use orders::App;
use orders::clock::ManualClock;
use orders::http::{Request, Response};
use orders::json::{Json, parse};
use orders::payments::{Charge, ChargeError, ChargeId, Payments};

const ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"mocha","quantity":1,"price_minor":1250}]}"#;
const OTHER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"mocha","quantity":2,"price_minor":1250}]}"#;
const KEY: &str = "key-000001";

type Behaviour = Box<dyn Fn(usize) -> Result<(), ChargeError> + Send + Sync>;

/// A provider that does what a function of the number of the call says.
struct Provider {
    calls: AtomicUsize,
    behaviour: Behaviour,
}

impl Payments for Provider {
    fn charge(&self, _: &Charge) -> Result<ChargeId, ChargeError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        (self.behaviour)(call).map(|()| ChargeId(format!("ch_{call}")))
    }
}

struct Shop {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    provider: Arc<Provider>,
}

impl Shop {
    fn with(behaviour: impl Fn(usize) -> Result<(), ChargeError> + Send + Sync + 'static) -> Shop {
        let clock = Arc::new(ManualClock::starting_at(1_000));
        let provider = Arc::new(Provider {
            calls: AtomicUsize::new(0),
            behaviour: Box::new(behaviour),
        });
        Shop {
            app: Arc::new(App::new(clock.clone(), provider.clone())),
            clock,
            provider,
        }
    }

    fn new() -> Shop {
        Shop::with(|_| Ok(()))
    }

    fn calls(&self) -> usize {
        self.provider.calls.load(Ordering::SeqCst)
    }

    fn post(&self, key: Option<&str>, body: &str) -> Response {
        post(&self.app, "shop-1", key, body)
    }

    fn send(&self, method: &str, target: &str) -> Response {
        self.app
            .handle(&Request::new(method, target).with_header("X-Merchant", "shop-1"))
    }
}

fn post(app: &App, merchant: &str, key: Option<&str>, body: &str) -> Response {
    let mut request = Request::new("POST", "/orders")
        .with_header("X-Merchant", merchant)
        .with_body(body);
    if let Some(key) = key {
        request = request.with_header("Idempotency-Key", key);
    }
    app.handle(&request)
}

fn replayed(response: &Response) -> bool {
    response.header("Idempotency-Replayed").is_some()
}

fn member(response: &Response, name: &str) -> Option<Json> {
    parse(response.body()).ok()?.get(name).cloned()
}

fn code(response: &Response) -> Option<Json> {
    member(response, "code")
}

/// A provider whose first call reports itself and then waits to be let through.
fn held() -> (Shop, Receiver<()>, Sender<()>) {
    let (arrived, arrivals) = channel();
    let (release, released) = channel();
    let held = Mutex::new(Some((arrived, released)));
    let shop = Shop::with(move |call| {
        if call == 0
            && let Some((arrived, released)) = held.lock().expect("the hold").take()
        {
            arrived.send(()).expect("somebody listens");
            released
                .recv_timeout(Duration::from_secs(20))
                .expect("let through");
        }
        Ok(())
    });
    (shop, arrivals, release)
}

#[test]
fn r1_a_retry_gets_the_stored_answer_even_after_a_cancellation() {
    let shop = Shop::new();
    let first = shop.post(Some(KEY), ORDER);
    assert_eq!((first.status(), replayed(&first)), (201, false));
    shop.send("POST", "/orders/ord_000001/cancel");
    let again = shop.post(Some(KEY), ORDER);
    assert_eq!((again.status(), replayed(&again)), (201, true));
    assert_eq!(again.body(), first.body());
    assert_eq!(shop.calls(), 1);
}

#[test]
fn r1_the_same_json_written_differently_is_the_same_body() {
    let shop = Shop::new();
    shop.post(Some(KEY), ORDER);
    let spaced =
        r#"{ "lines": [{"price_minor":1250,"quantity":1,"sku":"mocha"}], "currency":"EUR" }"#;
    assert!(replayed(&shop.post(Some(KEY), spaced)));
}

#[test]
fn r1_every_merchant_has_keys_of_its_own() {
    let shop = Shop::new();
    shop.post(Some(KEY), ORDER);
    let other = post(&shop.app, "shop-2", Some(KEY), OTHER);
    assert_eq!((other.status(), replayed(&other)), (201, false));
}

#[test]
fn r2_requests_without_a_key_are_orders_of_their_own() {
    let shop = Shop::new();
    for _ in 0..2 {
        assert!(!replayed(&shop.post(None, ORDER)));
        assert_eq!(shop.post(Some(KEY), ORDER).status(), 201);
    }
    assert_eq!(shop.calls(), 3);
}

#[test]
fn r3_a_key_of_another_form_is_refused() {
    let shop = Shop::new();
    for key in ["", "short", "with space", "ümlaut-ümlaut"] {
        let refused = shop.post(Some(key), ORDER);
        assert_eq!(refused.status(), 400);
        assert_eq!(code(&refused), Some(Json::text("idempotency_key_invalid")));
    }
    assert_eq!(shop.calls(), 0);
}

#[test]
fn r4_a_key_that_was_answered_for_another_body_is_refused_and_keeps_its_answer() {
    let shop = Shop::new();
    shop.post(Some(KEY), ORDER);
    let refused = shop.post(Some(KEY), OTHER);
    assert_eq!(refused.status(), 422);
    assert_eq!(code(&refused), Some(Json::text("idempotency_key_reused")));
    assert!(replayed(&shop.post(Some(KEY), ORDER)));
    assert_eq!(shop.calls(), 1);
}

#[test]
fn r5_a_decline_is_stored_and_an_earlier_refusal_is_not() {
    let shop = Shop::with(|_| {
        Err(ChargeError::Declined {
            reason: "no".to_owned(),
        })
    });
    assert_eq!(shop.post(Some(KEY), "{").status(), 400);
    assert_eq!(shop.post(Some(KEY), "{}").status(), 422);
    let declined = shop.post(Some(KEY), ORDER);
    assert_eq!((declined.status(), replayed(&declined)), (402, false));
    let again = shop.post(Some(KEY), ORDER);
    assert_eq!((again.status(), replayed(&again)), (402, true));
    assert_eq!(shop.calls(), 1);
}

#[test]
fn r6_many_at_once_are_one_order() {
    for _ in 0..50 {
        let shop = Shop::new();
        let line = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (app, line) = (shop.app.clone(), line.clone());
                thread::spawn(move || {
                    line.wait();
                    post(&app, "shop-1", Some(KEY), ORDER)
                })
            })
            .collect();
        let answers: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().expect("answered"))
            .collect();
        let firsts = answers
            .iter()
            .filter(|answer| answer.status() == 201 && !replayed(answer))
            .count();
        assert_eq!((firsts, shop.calls()), (1, 1));
        assert!(
            answers
                .iter()
                .all(|answer| [201, 409].contains(&answer.status()))
        );
    }
}

#[test]
fn r6_a_duplicate_of_a_running_request_is_told_to_come_back() {
    let (shop, arrivals, release) = held();
    let app = shop.app.clone();
    let first = thread::spawn(move || post(&app, "shop-1", Some(KEY), ORDER));
    arrivals.recv().expect("the charge has begun");
    let duplicate = shop.post(Some(KEY), ORDER);
    assert_eq!(duplicate.status(), 409);
    assert_eq!(duplicate.header("Retry-After"), Some("2"));
    release.send(()).expect("let through");
    let first = first.join().expect("answered");
    assert_eq!(shop.post(Some(KEY), ORDER).body(), first.body());
    assert_eq!(shop.calls(), 1);
}

#[test]
fn r7_nobody_waits_for_a_stranger() {
    let (shop, arrivals, release) = held();
    let app = shop.app.clone();
    let first = thread::spawn(move || post(&app, "shop-1", Some(KEY), ORDER));
    arrivals.recv().expect("the charge has begun");
    assert_eq!(shop.post(Some("key-000002"), ORDER).status(), 201);
    assert_eq!(shop.post(None, ORDER).status(), 201);
    assert_eq!(shop.send("GET", "/orders").status(), 200);
    assert_eq!(shop.send("GET", "/orders/ord_000002").status(), 200);
    assert_eq!(shop.send("POST", "/orders/ord_000002/cancel").status(), 200);
    release.send(()).expect("let through");
    assert_eq!(first.join().expect("answered").status(), 201);
}

#[test]
fn r8_after_a_503_the_order_is_placed_under_the_same_key() {
    let shop = Shop::with(|call| match call {
        0 => Err(ChargeError::Unavailable),
        _ => Ok(()),
    });
    assert_eq!(shop.post(Some(KEY), ORDER).status(), 503);
    let retry = shop.post(Some(KEY), ORDER);
    assert_eq!((retry.status(), replayed(&retry)), (201, false));
}

#[test]
fn r8_after_a_504_nothing_is_charged_again() {
    let shop = Shop::with(|_| Err(ChargeError::TimedOut));
    assert!(!replayed(&shop.post(Some(KEY), ORDER)));
    let retry = shop.post(Some(KEY), ORDER);
    assert_eq!((retry.status(), replayed(&retry)), (504, true));
    assert_eq!(shop.calls(), 1);
}

#[test]
fn r8_a_panic_of_the_provider_frees_the_key() {
    let shop = Shop::with(|call| {
        assert!(call > 0, "the first call panics");
        Ok(())
    });
    let app = shop.app.clone();
    let ended = thread::spawn(move || post(&app, "shop-1", Some(KEY), ORDER)).join();
    assert!(ended.is_err());
    assert_eq!(shop.post(Some(KEY), ORDER).status(), 201);
}

#[test]
fn r9_a_key_is_remembered_for_24_hours_and_free_after_that() {
    let shop = Shop::new();
    shop.post(Some(KEY), ORDER);
    shop.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert!(replayed(&shop.post(Some(KEY), ORDER)));
    shop.clock.advance(Duration::from_secs(1));
    assert!(!replayed(&shop.post(Some(KEY), ORDER)));
}

#[test]
fn r10_an_order_shows_its_key() {
    let shop = Shop::new();
    let keyed = shop.post(Some(KEY), ORDER);
    let plain = shop.post(None, ORDER);
    assert_eq!(member(&keyed, "idempotency_key"), Some(Json::text(KEY)));
    assert_eq!(member(&plain, "idempotency_key"), Some(Json::Null));
    for (target, expected) in [("ord_000001", Json::text(KEY)), ("ord_000002", Json::Null)] {
        let shown = shop.send("GET", &format!("/orders/{target}"));
        assert_eq!(member(&shown, "idempotency_key"), Some(expected.clone()));
        let cancelled = shop.send("POST", &format!("/orders/{target}/cancel"));
        assert_eq!(member(&cancelled, "idempotency_key"), Some(expected));
    }
}
