//! The service as a function: a request comes in, a response goes out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::http::{Request, Response};
use crate::json::{self, Json};
use crate::orders::{Order, OrderDraft, OrderStore, Status};
use crate::payments::{Charge, ChargeError, Payments};

pub struct App {
    clock: Arc<dyn Clock>,
    payments: Arc<dyn Payments>,
    store: Mutex<OrderStore>,
    // key -> (body, response)
    seen: Mutex<HashMap<String, (Vec<u8>, Response)>>,
}

impl App {
    pub fn new(clock: Arc<dyn Clock>, payments: Arc<dyn Payments>) -> App {
        App {
            clock,
            payments,
            store: Mutex::new(OrderStore::default()),
            seen: Mutex::new(HashMap::new()),
        }
    }

    /// Answers one request. May be called from many threads at once.
    pub fn handle(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.path().trim_matches('/').split('/').collect();
        if path == ["healthz"] {
            return Response::json(200, &Json::object([("status", Json::text("ok"))]));
        }
        // The edge proxy has authenticated the shop and sets this header itself.
        let Some(merchant) = request.header("X-Merchant") else {
            return error(401, "merchant_missing", "the header X-Merchant is missing");
        };
        match (request.method(), path.as_slice()) {
            ("POST", ["orders"]) => self.create(merchant, request),
            ("GET", ["orders"]) => self.list(merchant),
            ("GET", ["orders", id]) => self.show(merchant, id),
            ("POST", ["orders", id, "cancel"]) => self.cancel(merchant, id),
            (_, ["orders"] | ["orders", _] | ["orders", _, "cancel"]) => {
                error(405, "method_not_allowed", "this path has no such method")
            }
            _ => error(404, "not_found", "there is nothing here"),
        }
    }

    fn create(&self, merchant: &str, request: &Request) -> Response {
        let Some(key) = request.header("Idempotency-Key") else {
            return self.create_order(merchant, request, None);
        };
        if !valid_key(key) {
            return error(400, "idempotency_key_invalid", "invalid idempotency key");
        }
        // lock for the whole request so two requests with the same key can't race
        let mut seen = self.seen.lock().unwrap();
        if let Some((body, response)) = seen.get(key) {
            if body != request.body() {
                return error(
                    422,
                    "idempotency_key_reused",
                    "key was used with a different body",
                );
            }
            return response.clone().with_header("Idempotency-Replayed", "true");
        }
        let response = self.create_order(merchant, request, Some(key));
        if response.status() == 201 || response.status() == 402 {
            seen.insert(key.to_string(), (request.body().to_vec(), response.clone()));
        }
        response
    }

    fn create_order(&self, merchant: &str, request: &Request, key: Option<&str>) -> Response {
        let body = match json::parse(request.body()) {
            Ok(body) => body,
            Err(problem) => return error(400, "body_invalid", &problem.to_string()),
        };
        let draft = match OrderDraft::from_json(&body) {
            Ok(draft) => draft,
            Err(problem) => return error(422, "order_invalid", &problem),
        };

        let mut store = self.store();
        let id = store.next_id();
        let charged = self.payments.charge(&Charge {
            merchant: merchant.to_owned(),
            reference: id.clone(),
            amount_minor: draft.total_minor,
            currency: draft.currency.clone(),
        });
        match charged {
            Ok(charge) => {
                let order = Order {
                    id,
                    merchant: merchant.to_owned(),
                    idempotency_key: key.map(|k| k.to_string()),
                    draft,
                    charge,
                    status: Status::Placed,
                    created_at: self.clock.unix_seconds(),
                };
                let response = Response::json(201, &order.to_json());
                store.insert(order);
                response
            }
            Err(ChargeError::Declined { reason }) => error(402, "payment_declined", &reason),
            Err(ChargeError::Unavailable) => error(
                503,
                "payment_unavailable",
                "the payment provider took no request; nothing was charged",
            ),
            Err(ChargeError::TimedOut) => error(
                504,
                "payment_timed_out",
                "the payment provider did not answer; the charge may have been made",
            ),
        }
    }

    fn list(&self, merchant: &str) -> Response {
        let store = self.store();
        let orders = store.of_merchant(merchant).map(Order::to_json).collect();
        Response::json(200, &Json::object([("orders", Json::List(orders))]))
    }

    fn show(&self, merchant: &str, id: &str) -> Response {
        match self.store().find(merchant, id) {
            Some(order) => Response::json(200, &order.to_json()),
            None => error(404, "order_not_found", "you have no order with this id"),
        }
    }

    fn cancel(&self, merchant: &str, id: &str) -> Response {
        match self.store().find_mut(merchant, id) {
            Some(order) => {
                order.status = Status::Cancelled;
                Response::json(200, &order.to_json())
            }
            None => error(404, "order_not_found", "you have no order with this id"),
        }
    }

    /// A thread that panicked while it held the store leaves whole orders behind, so the store stays usable.
    fn store(&self) -> MutexGuard<'_, OrderStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error as shops see it: a stable `code` for programs, a `message` for people.
fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(
        status,
        &Json::object([("code", Json::text(code)), ("message", Json::text(message))]),
    )
}

fn valid_key(key: &str) -> bool {
    key.len() >= 8
        && key.len() <= 64
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
