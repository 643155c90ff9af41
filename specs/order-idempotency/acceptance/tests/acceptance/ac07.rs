//! R9: a key is remembered for at least 24 hours.

use crate::support::*;

const HOUR: u64 = 60 * 60;

#[test]
fn a_retry_just_before_24_hours_have_passed_gets_the_stored_answer() {
    let desk = Desk::new();
    let first = desk.post(Some(KEY), ORDER);
    assert_placed(&first);
    desk.clock.advance(24 * HOUR - 1);
    assert_replay_of(&first, &desk.post(Some(KEY), ORDER));
    assert_refused(
        &desk.post(Some(KEY), OTHER_ORDER),
        422,
        "idempotency_key_reused",
    );
    assert_eq!(desk.provider.calls(), 1);
}

#[test]
fn each_of_many_keys_is_remembered_for_its_own_24_hours() {
    let desk = Desk::new();
    let mut placed = Vec::new();
    for hour in 0..23 {
        let key = format!("hourly-{hour:04}");
        placed.push((key.clone(), desk.post(Some(&key), ORDER)));
        desk.clock.advance(HOUR);
    }
    for (key, first) in &placed {
        assert_replay_of(first, &desk.post(Some(key), ORDER));
    }
    assert_eq!(desk.provider.calls(), placed.len());
}
