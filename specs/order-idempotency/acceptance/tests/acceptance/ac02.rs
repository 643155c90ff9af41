//! R3: the form of a key.

use crate::support::*;

#[test]
fn a_key_of_another_form_is_refused_and_charges_nothing() {
    let desk = Desk::new();
    let too_long = "k".repeat(65);
    for key in [
        "",
        "short-7",
        &too_long,
        "with space",
        "with.full.stop",
        "schlüssel-1",
        "semicolon;1",
        "quote\"12345",
    ] {
        assert_refused(&desk.post(Some(key), ORDER), 400, "idempotency_key_invalid");
    }
    assert_eq!(desk.provider.calls(), 0);
    assert_eq!(desk.orders(), 0);
}

#[test]
fn the_shortest_and_the_longest_key_are_taken() {
    let desk = Desk::new();
    let longest = "Z".repeat(64);
    for key in ["a-b_C-d9", &longest] {
        let first = desk.post(Some(key), ORDER);
        assert_placed(&first);
        assert_replay_of(&first, &desk.post(Some(key), ORDER));
    }
    assert_eq!(desk.provider.calls(), 2);
}
