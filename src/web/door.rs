//! What every handler is given.

use std::sync::{Arc, Mutex};

use super::Metrics;
use super::room::Room;
use super::tokens::Tokens;
use crate::clock::Timestamp;
use crate::workflow::Services;
use crate::workflow::findings::{Examination, Examiner};

pub struct Door {
    pub services: Arc<Services>,
    pub tokens: Tokens,
    pub metrics: Metrics,
    /// The address that people reach the service by.
    pub public_url: String,
    pub webhooks: Room,
    /// Examines the service, where this process can.
    pub examiner: Option<Examiner>,
    /// The last examination, and when it was.
    pub examined: Mutex<Option<(Timestamp, Examination)>>,
}
