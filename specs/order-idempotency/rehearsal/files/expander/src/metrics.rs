//! Counters in the text format that Prometheus reads.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::idempotency::Counts;

#[derive(Debug, Default)]
pub struct Metrics {
    pub orders_placed: AtomicU64,
    pub replays: AtomicU64,
    pub conflicts: AtomicU64,
    pub duplicates_running: AtomicU64,
    pub invalid_keys: AtomicU64,
}

impl Metrics {
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub fn render(&self, counts: Counts) -> String {
        let lines = [
            (
                "orders_placed_total",
                self.orders_placed.load(Ordering::Relaxed),
            ),
            (
                "idempotency_replays_total",
                self.replays.load(Ordering::Relaxed),
            ),
            (
                "idempotency_conflicts_total",
                self.conflicts.load(Ordering::Relaxed),
            ),
            (
                "idempotency_duplicates_running_total",
                self.duplicates_running.load(Ordering::Relaxed),
            ),
            (
                "idempotency_invalid_keys_total",
                self.invalid_keys.load(Ordering::Relaxed),
            ),
            ("idempotency_keys_running", counts.running as u64),
            ("idempotency_keys_stored", counts.stored as u64),
        ];
        lines
            .iter()
            .map(|(name, value)| format!("{name} {value}\n"))
            .collect()
    }
}
