//! R5: declines are stored, refusals before the charge are not.

use crate::support::*;

#[test]
fn a_declined_payment_is_not_asked_for_again() {
    let desk = Desk::new();
    desk.provider.next([Step::Decline]);
    let first = desk.post(Some(KEY), ORDER);
    assert_refused(&first, 402, "payment_declined");
    assert_eq!(first.header("Idempotency-Replayed"), None);
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 1);
    assert_eq!(desk.orders(), 0);
}

#[test]
fn a_corrected_body_is_carried_out_under_the_same_key() {
    let desk = Desk::new();
    for (wrong, status, expected) in [
        ("{\"currency\":", 400, "body_invalid"),
        (r#"{"currency":"EUR","lines":[]}"#, 422, "order_invalid"),
    ] {
        let refused = desk.post(Some(KEY), wrong);
        assert_refused(&refused, status, expected);
        assert!(!is_replay(&refused));
    }
    let first = desk.post(Some(KEY), ORDER);
    assert_placed(&first);
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 1);
}
