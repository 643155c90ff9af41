//! R7: nobody waits for a stranger.

use std::sync::Arc;

use crate::junit;
use crate::support::*;

#[test]
fn nobody_waits_for_a_stranger() {
    junit::run(
        "while a charge is pending",
        "target/acceptance/ac06.xml",
        &[
            (
                "an order under another key is placed and replayed",
                another_key,
            ),
            ("an order without a key is placed", no_key),
            ("orders are listed, shown and cancelled", other_routes),
            (
                "another key's stored answer is given again",
                a_stored_answer,
            ),
        ],
    );
}

fn another_key() {
    while_a_charge_is_pending(|desk| {
        let first = soon(
            &desk.aside(|desk| desk.post(Some(OTHER_KEY), ORDER)),
            "an order under another key",
        );
        assert_placed(&first);
        let again = soon(
            &desk.aside(|desk| desk.post(Some(OTHER_KEY), ORDER)),
            "a retry under another key",
        );
        assert_replay_of(&first, &again);
    });
}

fn no_key() {
    while_a_charge_is_pending(|desk| {
        let answer = soon(
            &desk.aside(|desk| desk.post(None, ORDER)),
            "an order without a key",
        );
        assert_placed(&answer);
    });
}

fn other_routes() {
    while_a_charge_is_pending(|desk| {
        let listed = soon(&desk.aside(|desk| desk.get("/orders")), "GET /orders");
        assert_eq!(listed.status(), 200);
        let shown = soon(
            &desk.aside(|desk| desk.get("/orders/nobody")),
            "GET /orders/{id}",
        );
        assert_eq!(shown.status(), 404);
        let cancelled = soon(
            &desk.aside(|desk| desk.cancel("nobody", None)),
            "a cancellation",
        );
        assert_eq!(cancelled.status(), 404);
    });
}

fn a_stored_answer() {
    let desk = Desk::new();
    let first = desk.post(Some(OTHER_KEY), ORDER);
    pending_on(&desk, |desk| {
        let again = soon(
            &desk.aside(|desk| desk.post(Some(OTHER_KEY), ORDER)),
            "a retry of an order placed before",
        );
        assert_replay_of(&first, &again);
    });
}

fn while_a_charge_is_pending(check: impl FnOnce(&Desk)) {
    pending_on(&Desk::new(), check);
}

fn pending_on(desk: &Desk, check: impl FnOnce(&Desk)) {
    let gate = Gate::new();
    let _open = OpenAtEnd(Arc::clone(&gate));
    desk.provider.next([Step::Hold(Arc::clone(&gate))]);
    let held = desk.aside(|desk| desk.post(Some(KEY), ORDER));
    gate.wait_for_arrival();
    check(desk);
    gate.open();
    assert_placed(&soon(&held, "the request whose charge was pending"));
}
