//! Mail: composes letters from what the core wants said, renders them as MIME messages with a calendar file where there is a
//! due time, and sends them over SMTP. The only module that knows lettre and icalendar.
//!
//! A [`Letter`] is kept as blocks, not as text: one template for each part, text and HTML, renders the same blocks, and a message
//! can be rendered again, with another personal link or with none.

mod address;
mod calendar;
mod clean;
mod letter;
mod message;
mod render;
mod smtp;
mod words;

use std::path::PathBuf;

pub use address::{InvalidMailbox, Mailbox};
pub use calendar::DueDate;
pub use letter::{Block, Fact, Letter, Link};
pub use message::{Headers, NotRendered, message_id, thread_id};
pub use smtp::{InvalidSmtpUrl, Prepared, SendError, Smtp, Timeouts};
pub use words::{About, compose, due_date};

/// What stands in the kept copy of a message in place of a token.
pub const REMOVED: &str = "removed";

/// How mail leaves the service.
#[derive(Debug, Clone)]
pub struct Mailer {
    /// `None`: messages are kept and shown, and not sent.
    pub smtp: Option<Smtp>,
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
    /// The address that people reach the service by.
    pub public_url: String,
    /// Where messages are written that are not sent.
    pub folder: PathBuf,
}
