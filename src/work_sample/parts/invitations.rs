//! How an invitation can end, and why GitHub refuses one.

use serde::{Deserialize, Serialize};

/// How an invitation ended without being accepted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InvitationEnd {
    /// Nobody answered within GitHub's seven days.
    Expired,
    /// It was declined, or taken back at GitHub.
    Declined,
    /// We took it back, for it had gone to another account than the candidate's.
    TakenBack,
}

/// Why GitHub did not invite somebody. The names are stored and part of the API.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InvitationProblem {
    /// There is no account with this login.
    NoSuchAccount,
    /// The account is an organisation's.
    AccountNotAPerson,
    /// The organisation or its enterprise lets nobody in who is no member.
    OutsideCollaboratorsForbidden,
    /// The organisation's plan has no seat left.
    NoSeatLeft,
    /// The account lacks the two-factor authentication that the organisation requires.
    TwoFactorRequired,
    /// The organisation blocked the account, or the account us.
    AccountBlocked,
    /// A managed user of another enterprise.
    ManagedUser,
    /// GitHub takes 50 invitations a day for a repository.
    InvitationLimit,
    /// GitHub refused it in words that are none of these.
    InvitationRefused,
}

impl InvitationProblem {
    pub const ALL: [InvitationProblem; 9] = [
        InvitationProblem::NoSuchAccount,
        InvitationProblem::AccountNotAPerson,
        InvitationProblem::OutsideCollaboratorsForbidden,
        InvitationProblem::NoSeatLeft,
        InvitationProblem::TwoFactorRequired,
        InvitationProblem::AccountBlocked,
        InvitationProblem::ManagedUser,
        InvitationProblem::InvitationLimit,
        InvitationProblem::InvitationRefused,
    ];

    /// Stable: stored, and part of the API.
    pub fn code(self) -> &'static str {
        match self {
            InvitationProblem::NoSuchAccount => "no_such_account",
            InvitationProblem::AccountNotAPerson => "account_not_a_person",
            InvitationProblem::OutsideCollaboratorsForbidden => "outside_collaborators_forbidden",
            InvitationProblem::NoSeatLeft => "no_seat_left",
            InvitationProblem::TwoFactorRequired => "two_factor_required",
            InvitationProblem::AccountBlocked => "account_blocked",
            InvitationProblem::ManagedUser => "managed_user",
            InvitationProblem::InvitationLimit => "invitation_limit",
            InvitationProblem::InvitationRefused => "invitation_refused",
        }
    }

    /// What is wrong, as a sentence without its subject's name.
    pub fn in_words(self) -> &'static str {
        match self {
            InvitationProblem::NoSuchAccount => "GitHub knows no account with this login",
            InvitationProblem::AccountNotAPerson => {
                "the account is an organisation, which cannot be invited"
            }
            InvitationProblem::OutsideCollaboratorsForbidden => {
                "the organisation does not allow outside collaborators"
            }
            InvitationProblem::NoSeatLeft => "the organisation has no seat left",
            InvitationProblem::TwoFactorRequired => {
                "the organisation requires two-factor authentication, and the account has none"
            }
            InvitationProblem::AccountBlocked => "the account is blocked",
            InvitationProblem::ManagedUser => {
                "the account is a managed user's, who can join repositories of their own enterprise only"
            }
            InvitationProblem::InvitationLimit => {
                "GitHub takes no more invitations to this repository today"
            }
            InvitationProblem::InvitationRefused => "GitHub refused the invitation",
        }
    }

    /// How it goes on.
    pub fn hint(self) -> &'static str {
        match self {
            InvitationProblem::NoSuchAccount
            | InvitationProblem::AccountNotAPerson
            | InvitationProblem::ManagedUser => "correct the login; the candidate can do so, too",
            InvitationProblem::OutsideCollaboratorsForbidden => {
                "an owner allows outside collaborators in the organisation's settings (Member privileges); then invite again"
            }
            InvitationProblem::NoSeatLeft => {
                "an owner adds a seat under the organisation's billing; then invite again"
            }
            InvitationProblem::TwoFactorRequired => {
                "the candidate turns two-factor authentication on; then invite again, or correct the login"
            }
            InvitationProblem::AccountBlocked => {
                "an owner unblocks the account in the organisation's settings (Moderation); then invite again, or correct the login"
            }
            InvitationProblem::InvitationLimit => "it is tried again by itself",
            InvitationProblem::InvitationRefused => {
                "see what GitHub says; then invite again, or correct the login"
            }
        }
    }

    /// [`Self::hint`] for the candidate, who cannot change the organisation's settings.
    pub fn hint_for_candidate(self) -> &'static str {
        match self {
            InvitationProblem::NoSuchAccount
            | InvitationProblem::AccountNotAPerson
            | InvitationProblem::ManagedUser => "correct your login",
            InvitationProblem::OutsideCollaboratorsForbidden
            | InvitationProblem::NoSeatLeft
            | InvitationProblem::AccountBlocked => {
                "the team has to change a setting of its GitHub organisation and invite you again; you need not do anything"
            }
            InvitationProblem::TwoFactorRequired => {
                "turn two-factor authentication on at GitHub, then ask for another invitation, or correct your login"
            }
            InvitationProblem::InvitationLimit => "it is tried again by itself",
            InvitationProblem::InvitationRefused => {
                "ask for another invitation, or correct your login"
            }
        }
    }

    /// Does the same invitation succeed later without anybody's doing?
    pub fn passes(self) -> bool {
        self == InvitationProblem::InvitationLimit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_refused_invitations_are_their_names_in_json() {
        for problem in InvitationProblem::ALL {
            let json = serde_json::to_value(problem).unwrap();
            assert_eq!(json, problem.code());
            assert!(!problem.in_words().is_empty() && !problem.hint().is_empty());
            assert!(!problem.hint_for_candidate().is_empty());
        }
    }
}
