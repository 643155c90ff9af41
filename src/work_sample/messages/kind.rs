//! The kinds of messages, who reads each, and which may be turned off.

use serde::{Deserialize, Serialize};

/// What a message is about. The names are stored and part of the API.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    // to the candidate
    Offer,
    OfferEnds,
    RepositoryReady,
    InvitationNotAccepted,
    DueMoved,
    DueSoon,
    AnswerGiven,
    DecisionRedirected,
    NotUnderstood,
    DeliveryRecorded,
    PayDue,
    Paid,
    Decided,
    // to the team
    QuestionWaiting,
    QuestionAgain,
    Delivered,
    AssessmentReady,
    InvitationFailed,
    PayToPay,
    OperatorNeeded,
}

impl MessageKind {
    pub const ALL: [MessageKind; 20] = [
        MessageKind::Offer,
        MessageKind::OfferEnds,
        MessageKind::RepositoryReady,
        MessageKind::InvitationNotAccepted,
        MessageKind::DueMoved,
        MessageKind::DueSoon,
        MessageKind::AnswerGiven,
        MessageKind::DecisionRedirected,
        MessageKind::NotUnderstood,
        MessageKind::DeliveryRecorded,
        MessageKind::PayDue,
        MessageKind::Paid,
        MessageKind::Decided,
        MessageKind::QuestionWaiting,
        MessageKind::QuestionAgain,
        MessageKind::Delivered,
        MessageKind::AssessmentReady,
        MessageKind::InvitationFailed,
        MessageKind::PayToPay,
        MessageKind::OperatorNeeded,
    ];

    /// Stable: stored, and part of keys and of the API.
    pub fn name(self) -> &'static str {
        match self {
            MessageKind::Offer => "offer",
            MessageKind::OfferEnds => "offer_ends",
            MessageKind::RepositoryReady => "repository_ready",
            MessageKind::InvitationNotAccepted => "invitation_not_accepted",
            MessageKind::DueMoved => "due_moved",
            MessageKind::DueSoon => "due_soon",
            MessageKind::AnswerGiven => "answer_given",
            MessageKind::DecisionRedirected => "decision_redirected",
            MessageKind::NotUnderstood => "not_understood",
            MessageKind::DeliveryRecorded => "delivery_recorded",
            MessageKind::PayDue => "pay_due",
            MessageKind::Paid => "paid",
            MessageKind::Decided => "decided",
            MessageKind::QuestionWaiting => "question_waiting",
            MessageKind::QuestionAgain => "question_again",
            MessageKind::Delivered => "delivered",
            MessageKind::AssessmentReady => "assessment_ready",
            MessageKind::InvitationFailed => "invitation_failed",
            MessageKind::PayToPay => "pay_to_pay",
            MessageKind::OperatorNeeded => "operator_needed",
        }
    }

    pub fn named(name: &str) -> Option<MessageKind> {
        MessageKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// What people call it.
    pub fn in_words(self) -> &'static str {
        match self {
            MessageKind::Offer => "offer",
            MessageKind::OfferEnds => "reminder before the offer ends",
            MessageKind::RepositoryReady => "repository ready",
            MessageKind::InvitationNotAccepted => "invitation not accepted",
            MessageKind::DueMoved => "due time moved",
            MessageKind::DueSoon => "reminder before the due time",
            MessageKind::AnswerGiven => "answer to a question",
            MessageKind::DecisionRedirected => "decision redirected",
            MessageKind::NotUnderstood => "text not understood",
            MessageKind::DeliveryRecorded => "delivery recorded",
            MessageKind::PayDue => "pay due",
            MessageKind::Paid => "pay paid",
            MessageKind::Decided => "decision made",
            MessageKind::QuestionWaiting => "question waiting",
            MessageKind::QuestionAgain => "question still waiting",
            MessageKind::Delivered => "work delivered",
            MessageKind::AssessmentReady => "assessment ready",
            MessageKind::InvitationFailed => "invitation failed",
            MessageKind::PayToPay => "pay to be paid",
            MessageKind::OperatorNeeded => "operator needed",
        }
    }

    pub fn audience(self) -> Audience {
        match self {
            MessageKind::Offer
            | MessageKind::OfferEnds
            | MessageKind::RepositoryReady
            | MessageKind::InvitationNotAccepted
            | MessageKind::DueMoved
            | MessageKind::DueSoon
            | MessageKind::AnswerGiven
            | MessageKind::DecisionRedirected
            | MessageKind::NotUnderstood
            | MessageKind::DeliveryRecorded
            | MessageKind::PayDue
            | MessageKind::Paid
            | MessageKind::Decided => Audience::Candidate,
            MessageKind::QuestionWaiting
            | MessageKind::QuestionAgain
            | MessageKind::Delivered
            | MessageKind::AssessmentReady
            | MessageKind::InvitationFailed
            | MessageKind::PayToPay
            | MessageKind::OperatorNeeded => Audience::Team,
        }
    }

    /// May its reader turn it off? Not what somebody agreed to, is owed, or waits for.
    pub fn is_optional(self) -> bool {
        match self {
            MessageKind::OfferEnds
            | MessageKind::InvitationNotAccepted
            | MessageKind::DueSoon
            | MessageKind::AnswerGiven
            | MessageKind::DecisionRedirected
            | MessageKind::NotUnderstood
            | MessageKind::DeliveryRecorded
            | MessageKind::Delivered
            | MessageKind::AssessmentReady => true,
            MessageKind::Offer
            | MessageKind::RepositoryReady
            | MessageKind::DueMoved
            | MessageKind::PayDue
            | MessageKind::Paid
            | MessageKind::Decided
            | MessageKind::QuestionWaiting
            | MessageKind::QuestionAgain
            | MessageKind::InvitationFailed
            | MessageKind::PayToPay
            | MessageKind::OperatorNeeded => false,
        }
    }
}

/// Who reads a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    Candidate,
    /// The work sample's owner, and the backup while the owner does not answer.
    Team,
}
