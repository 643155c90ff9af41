//! R4: the same key for something else.

use crate::support::*;

#[test]
fn another_body_under_the_key_is_refused_and_the_first_answer_stays() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    assert_placed(&first);
    for _ in 0..2 {
        assert_refused(
            &desk.post(Some(KEY), OTHER_ORDER),
            422,
            "idempotency_key_reused",
        );
    }
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 1);
    assert_eq!(desk.orders(), 1);
}

#[test]
fn a_declined_order_keeps_its_key_to_itself_too() {
    let desk = Desk::new();
    desk.provider.next([Step::Decline]);
    let first = desk.post(Some(KEY), ORDER);
    assert_eq!(first.status(), 402);
    assert_refused(
        &desk.post(Some(KEY), OTHER_ORDER),
        422,
        "idempotency_key_reused",
    );
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_eq!(desk.provider.calls(), 1);
}
