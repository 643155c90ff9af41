//! The keys of messages. Databases hold them: a key keeps its meaning for ever, for a changed one sends a message twice.

use std::fmt;

use super::kind::MessageKind;
use crate::work_sample::event::NaturalKey;

/// Identifies a message of a work sample: its kind, and the event that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub String);

impl MessageKey {
    pub fn of(kind: MessageKind, about: &NaturalKey) -> MessageKey {
        MessageKey(format!("{}:{about}", kind.name()))
    }

    /// A job that died; again where it died again after it was retried.
    pub fn of_dead_job(job: &super::DeadJob) -> MessageKey {
        MessageKey(format!(
            "{}:{}:{}",
            MessageKind::OperatorNeeded.name(),
            job.id,
            job.at.timestamp()
        ))
    }

    /// A message that was given up; again where it was given up again after somebody had it sent again.
    pub fn of_failed_message(message: &super::FailedMessage) -> MessageKey {
        MessageKey(format!(
            "{}:{}:{}",
            MessageKind::OperatorNeeded.name(),
            message.id,
            message.resent
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
