//! What every handler is given.

use std::sync::Arc;

use super::Metrics;
use super::room::Room;
use super::tokens::Tokens;
use crate::workflow::Services;

pub struct Door {
    pub services: Arc<Services>,
    pub tokens: Tokens,
    pub metrics: Metrics,
    /// The address that people reach the service by.
    pub public_url: String,
    pub webhooks: Room,
}
