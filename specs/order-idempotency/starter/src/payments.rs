//! The payment provider, seen from here. The production client lives in another repository and implements [`Payments`].

use std::sync::atomic::{AtomicU64, Ordering};

/// What we ask the provider to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    pub merchant: String,
    /// Shown on the payer's statement: our order id. The provider does not look for duplicates by it.
    pub reference: String,
    pub amount_minor: i64,
    pub currency: String,
}

/// The provider's name for a charge that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeId(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeError {
    /// The payer's bank said no. Nothing was taken.
    Declined { reason: String },
    /// The provider did not accept the request. Nothing was taken.
    Unavailable,
    /// The provider accepted the request and did not answer in time. It is not known whether the money was taken.
    TimedOut,
}

pub trait Payments: Send + Sync {
    /// Takes the money, or says why not. In production a call lasts between 300 milliseconds and 20 seconds.
    fn charge(&self, charge: &Charge) -> Result<ChargeId, ChargeError>;
}

/// A provider for development: takes every charge up to 10,000.00 and declines the rest.
#[derive(Debug, Default)]
pub struct SimulatedPayments {
    taken: AtomicU64,
}

impl Payments for SimulatedPayments {
    fn charge(&self, charge: &Charge) -> Result<ChargeId, ChargeError> {
        if charge.amount_minor > 1_000_000 {
            return Err(ChargeError::Declined {
                reason: "over the limit".to_owned(),
            });
        }
        let number = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(ChargeId(format!("ch_{number:06}")))
    }
}
