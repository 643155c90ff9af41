//! How messages and owners look from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{MessageId, PersonId, WorkSampleId};
use crate::store::{MessageRow, MessageState, OwnerRow};
use crate::work_sample::messages::MessageKind;

/// In place of a work sample's id, where clients have always found one.
const NO_WORK_SAMPLE: &str = "ws_00000000000000000000000000000000";

/// A message to one recipient, without its words.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "id": "msg_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "work_sample": "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "kind": "offer", "recipient": "candidate",
    "address": "ada@example.com", "subject": "Your offer of a paid work sample", "state": "sent", "attempts": 1, "last_error": null,
    "message_id": "msg_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f@work.example.com", "retry_at": null,
    "created_at": "2026-03-02T09:00:00Z", "sent_at": "2026-03-02T09:00:05Z"
})))]
pub struct MessageView {
    pub id: MessageId,
    /// An id of zeros, which no work sample has, for what is about the service itself.
    #[schema(value_type = WorkSampleId)]
    pub work_sample: String,
    /// Is it about the service itself, and about no work sample?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub of_service: bool,
    pub kind: MessageKind,
    /// `candidate`, a person's id, or `team` where nobody of it is known.
    pub recipient: String,
    pub address: Option<String>,
    pub subject: String,
    pub state: MessageState,
    /// How often sending began.
    pub attempts: u32,
    /// What went wrong last, or why it is not sent.
    pub last_error: Option<String>,
    /// The message's id in its header.
    pub message_id: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<crate::clock::Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: crate::clock::Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<crate::clock::Timestamp>,
}

impl From<&MessageRow> for MessageView {
    fn from(row: &MessageRow) -> Self {
        MessageView {
            id: row.id.clone(),
            work_sample: match &row.work_sample {
                Some(id) => id.to_string(),
                None => NO_WORK_SAMPLE.to_owned(),
            },
            of_service: row.work_sample.is_none(),
            kind: row.kind,
            recipient: row.recipient.clone(),
            address: row.address.clone(),
            subject: row.subject.clone(),
            state: row.state,
            attempts: row.attempts,
            last_error: row.last_error.clone(),
            message_id: row.message_id.clone(),
            retry_at: row.retry_at,
            created_at: row.created_at,
            sent_at: row.sent_at,
        }
    }
}

/// A message with its words.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MessageTextView {
    pub message: MessageView,
    /// Without the personal link.
    pub text: String,
}

/// Who reads what a work sample has to tell the team.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "work_sample": "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "person": "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "backup": null,
    "set_by": "Lea Lead", "set_at": "2026-03-02T09:00:00Z"
})))]
pub struct OwnerView {
    pub work_sample: WorkSampleId,
    pub person: PersonId,
    /// Reads too while the owner is off.
    pub backup: Option<PersonId>,
    pub set_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub set_at: crate::clock::Timestamp,
}

impl From<&OwnerRow> for OwnerView {
    fn from(row: &OwnerRow) -> Self {
        OwnerView {
            work_sample: row.work_sample.clone(),
            person: row.person.clone(),
            backup: row.backup.clone(),
            set_by: row.set_by.clone(),
            set_at: row.set_at,
        }
    }
}
