//! Every reason to refuse a command, in one table: the codes are part of the API and never change their meaning.

use super::command::Refusal;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $code:literal,)*) => {
        /// Why a command is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RefusalCode {
            $($(#[doc = $meaning])+ $name,)*
        }

        impl RefusalCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [RefusalCode] = &[$(RefusalCode::$name,)*];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(RefusalCode::$name => $code,)*
                }
            }

            /// What the code means, for documentation.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(RefusalCode::$name => concat!($($meaning),+).trim_ascii(),)*
                }
            }
        }
    };
}

codes! {
    /// The command belongs to another role.
    NotYours = "not_yours",
    /// A person has to give a name, for what they do is recorded with it.
    NameMissing = "name_missing",
    /// A person's name holds control characters, nothing that can be seen, or is too long.
    NameUnusable = "name_unusable",
    /// A reason, note or reference is too long to be recorded.
    TextTooLong = "text_too_long",
    /// A reason, note or reference holds a control character.
    TextUnusable = "text_unusable",
    /// A draft names no candidate.
    CandidateMissing = "candidate_missing",
    /// The command asks for a reason or note and got none.
    ReasonMissing = "reason_missing",
    /// A payout has to carry the reference of the transfer.
    ReferenceMissing = "reference_missing",
    /// It has been offered already.
    AlreadyOffered = "already_offered",
    /// It has not been offered yet.
    NotOffered = "not_offered",
    /// The offer is no longer open.
    OfferExpired = "offer_expired",
    /// The offer is still open.
    OfferStillOpen = "offer_still_open",
    /// It has been accepted with exactly this login and due date.
    AlreadyAccepted = "already_accepted",
    /// It has been accepted with another login or due date.
    AcceptedOtherwise = "accepted_otherwise",
    /// It has not been accepted yet.
    NotAccepted = "not_accepted",
    /// The candidate has joined the repository already.
    AlreadyJoined = "already_joined",
    /// An invitation is on its way already.
    InvitationOnItsWay = "invitation_on_its_way",
    /// The candidate has an open invitation.
    InvitationOpen = "invitation_open",
    /// The candidate had the login corrected as often as they may.
    TooManyCorrections = "too_many_corrections",
    /// The login is the one that is known already.
    SameLogin = "same_login",
    /// The text is not an e-mail address.
    EmailInvalid = "email_invalid",
    /// The e-mail address is the one that is known already.
    SameEmail = "same_email",
    /// The moment lies in the past.
    DueInPast = "due_in_past",
    /// The due date lies later than the terms allow.
    DueTooLate = "due_too_late",
    /// An extension has to lead to a later due date.
    DueNotLater = "due_not_later",
    /// The repository is not ready yet.
    NotProvisioned = "not_provisioned",
    /// Nothing has been delivered yet.
    NotDelivered = "not_delivered",
    /// Something has been delivered already.
    AlreadyDelivered = "already_delivered",
    /// What was delivered is the starter with nothing changed, and the terms owe nothing for it unless it is confirmed.
    StarterUnchanged = "starter_unchanged",
    /// No text or request declares this delivery.
    UnknownDelivery = "unknown_delivery",
    /// The commit is recorded for this delivery already.
    SameCommit = "same_commit",
    /// It is not known yet which commit was delivered.
    CommitUnknown = "commit_unknown",
    /// The delivery has not been assessed yet.
    NotAssessed = "not_assessed",
    /// The spec has no such criterion.
    UnknownCriterion = "unknown_criterion",
    /// The criterion is checked by a program whose result stands.
    NotByEye = "not_by_eye",
    /// A judgement is `passed` or `failed`.
    NotAJudgement = "not_a_judgement",
    /// The conversation has no such entry.
    UnknownEntry = "unknown_entry",
    /// Entries of this kind, or to this kind, are not reclassified.
    NotReclassifiable = "not_reclassifiable",
    /// Only questions are answered, and only decisions confirmed or redirected.
    NotAnswerable = "not_answerable",
    /// The text was deleted.
    TextDeleted = "text_deleted",
    /// The replies are others than those that the person had seen who replies now; one of them may be their own.
    RepliedMeanwhile = "replied_meanwhile",
    /// The spec has no such gap, or the gap no such interpretation.
    UnknownGap = "unknown_gap",
    /// Something is open that should be looked at before the decision.
    OpenPoints = "open_points",
    /// The corrected decision is the one that stands.
    SameDecision = "same_decision",
    /// The entry is read as this kind already.
    SameKind = "same_kind",
    /// The author of the entry is on no side that takes part: a bot, somebody outside the team, or not looked up yet.
    AuthorTakesNoPart = "author_takes_no_part",
    /// No such account wrote or pushed anything.
    UnknownAccount = "unknown_account",
    /// The account is the candidate's.
    CandidatesAccount = "candidates_account",
    /// A lead has said so already.
    SameSide = "same_side",
    /// Nothing is owed under the terms.
    NothingOwed = "nothing_owed",
    /// All that is owed has been paid.
    AlreadyPaid = "already_paid",
    /// The amount is not what is owed.
    WrongAmount = "wrong_amount",
    /// What is owed has to be paid first.
    Unpaid = "unpaid",
    /// It has been decided on already.
    AlreadyDecided = "already_decided",
    /// It has not been decided on yet.
    NotDecided = "not_decided",
    /// It ended early: declined, expired, withdrawn or cancelled.
    AlreadyEnded = "already_ended",
    /// It is closed.
    AlreadyClosed = "already_closed",
}

impl RefusalCode {
    /// The refusal with a message for the person who asked.
    pub fn because(self, message: impl Into<String>) -> Refusal {
        Refusal {
            code: self.as_str(),
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once_and_says_what_it_means() {
        let codes: std::collections::BTreeSet<_> =
            RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            assert!(code.meaning().ends_with('.'), "{}", code.as_str());
            assert!(
                code.as_str()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
        }
    }
}
