//! What shops rely on today.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use orders::App;
use orders::clock::ManualClock;
use orders::http::{Request, Response};
use orders::json::{Json, parse};
use orders::payments::{Charge, ChargeError, ChargeId, Payments, SimulatedPayments};
use orders::server::serve;

const ORDER: &str =
    r#"{"currency":"EUR","lines":[{"sku":"house-blend-1kg","quantity":2,"price_minor":1850}]}"#;

fn app() -> App {
    App::new(
        Arc::new(ManualClock::starting_at(1_760_000_000)),
        Arc::new(SimulatedPayments::default()),
    )
}

fn send(app: &App, merchant: &str, method: &str, target: &str, body: &str) -> Response {
    app.handle(
        &Request::new(method, target)
            .with_header("X-Merchant", merchant)
            .with_body(body),
    )
}

fn json(response: &Response) -> Json {
    parse(response.body()).expect("the body is JSON")
}

fn code(response: &Response) -> String {
    match json(response).get("code") {
        Some(Json::Text(code)) => code.clone(),
        other => panic!("no code but {other:?}"),
    }
}

#[test]
fn an_order_is_charged_kept_and_shown() {
    let app = app();
    let created = send(&app, "roastery-7", "POST", "/orders", ORDER);
    assert_eq!(created.status(), 201);
    assert_eq!(created.header("content-type"), Some("application/json"));
    let order = json(&created);
    assert_eq!(order.get("total_minor"), Some(&Json::Number(3700)));
    assert_eq!(order.get("status"), Some(&Json::text("placed")));
    assert_eq!(order.get("created_at"), Some(&Json::Number(1_760_000_000)));

    let shown = send(&app, "roastery-7", "GET", "/orders/ord_000001", "");
    assert_eq!(json(&shown), order);
    let listed = send(&app, "roastery-7", "GET", "/orders", "");
    assert_eq!(json(&listed).get("orders"), Some(&Json::List(vec![order])));
}

#[test]
fn an_order_can_be_cancelled_again_and_again() {
    let app = app();
    send(&app, "roastery-7", "POST", "/orders", ORDER);
    for _ in 0..2 {
        let cancelled = send(&app, "roastery-7", "POST", "/orders/ord_000001/cancel", "");
        assert_eq!(cancelled.status(), 200);
        assert_eq!(
            json(&cancelled).get("status"),
            Some(&Json::text("cancelled"))
        );
    }
}

#[test]
fn a_shop_does_not_see_the_orders_of_another() {
    let app = app();
    send(&app, "roastery-7", "POST", "/orders", ORDER);
    let shown = send(&app, "roastery-8", "GET", "/orders/ord_000001", "");
    assert_eq!(
        (shown.status(), code(&shown).as_str()),
        (404, "order_not_found")
    );
    let listed = send(&app, "roastery-8", "GET", "/orders", "");
    assert_eq!(json(&listed).get("orders"), Some(&Json::List(vec![])));
}

#[test]
fn a_request_that_makes_no_sense_is_refused() {
    let app = app();
    let anonymous = app.handle(&Request::new("GET", "/orders"));
    assert_eq!(
        (anonymous.status(), code(&anonymous).as_str()),
        (401, "merchant_missing")
    );
    for (method, target, body, status, expected) in [
        ("POST", "/orders", "{", 400, "body_invalid"),
        (
            "POST",
            "/orders",
            r#"{"currency":"EUR","lines":[]}"#,
            422,
            "order_invalid",
        ),
        (
            "POST",
            "/orders",
            r#"{"currency":"eur","lines":[1]}"#,
            422,
            "order_invalid",
        ),
        ("DELETE", "/orders", "", 405, "method_not_allowed"),
        ("GET", "/invoices", "", 404, "not_found"),
    ] {
        let response = send(&app, "roastery-7", method, target, body);
        assert_eq!(
            (response.status(), code(&response).as_str()),
            (status, expected),
            "{body}"
        );
    }
}

#[test]
fn what_the_provider_says_decides_the_status() {
    struct Always(ChargeError);
    impl Payments for Always {
        fn charge(&self, _: &Charge) -> Result<ChargeId, ChargeError> {
            Err(self.0.clone())
        }
    }
    let declined = ChargeError::Declined {
        reason: "card expired".to_owned(),
    };
    for (error, status, expected) in [
        (declined, 402, "payment_declined"),
        (ChargeError::Unavailable, 503, "payment_unavailable"),
        (ChargeError::TimedOut, 504, "payment_timed_out"),
    ] {
        let app = App::new(
            Arc::new(ManualClock::starting_at(0)),
            Arc::new(Always(error)),
        );
        let response = send(&app, "roastery-7", "POST", "/orders", ORDER);
        assert_eq!(
            (response.status(), code(&response).as_str()),
            (status, expected)
        );
        let listed = send(&app, "roastery-7", "GET", "/orders", "");
        assert_eq!(json(&listed).get("orders"), Some(&Json::List(vec![])));
    }
}

#[test]
fn the_service_answers_on_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || serve(&listener, &Arc::new(app())));

    let mut stream = TcpStream::connect(address).expect("connected");
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a timeout");
    write!(
        stream,
        "POST /orders HTTP/1.1\r\nX-Merchant: roastery-7\r\nContent-Length: {}\r\n\r\n{ORDER}",
        ORDER.len()
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
}
