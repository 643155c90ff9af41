//! GitHub: the only room that knows octocrab. Named calls for what the service needs, with errors that say whether trying
//! again can help.
//!
//! octocrab's own retries are off: it would send a create again at once after a lost answer. Whether to try again, and
//! after looking whether the first attempt had worked, is for the workflow to say.

mod connect;
mod door;
mod error;
mod identity;
mod people;
mod repositories;
mod signature;
mod whole;
mod wire;

pub use connect::{Credentials, GitHub, Organizations};
pub use error::GitHubError;
pub use people::Person;
pub use repositories::{FoundIssue, FoundRepository};
pub use signature::{WebhookSecret, signature_is_right};
