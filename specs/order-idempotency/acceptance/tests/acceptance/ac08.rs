//! R10: an order shows its key.

use orders::json::Json;

use crate::support::*;

#[test]
fn the_key_stands_in_every_answer_that_shows_the_order() {
    let desk = Desk::new();
    let keyed = desk.post(Some(KEY), ORDER);
    let plain = desk.post(None, ORDER);
    for (created, expected) in [(&keyed, Json::text(KEY)), (&plain, Json::Null)] {
        let id = id(created);
        assert_eq!(member(created, "idempotency_key"), expected);
        let shown = desk.get(&format!("/orders/{id}"));
        assert_eq!(member(&shown, "idempotency_key"), expected);
        let cancelled = desk.cancel(&id, None);
        assert_eq!(member(&cancelled, "idempotency_key"), expected);
    }
    let Json::List(listed) = member(&desk.get("/orders"), "orders") else {
        panic!("`orders` is not a list");
    };
    let keys: Vec<_> = listed
        .iter()
        .map(|order| order.get("idempotency_key").cloned())
        .collect();
    assert_eq!(keys, [Some(Json::text(KEY)), Some(Json::Null)]);
}
