//! Invitations, as the API shows them: the latest one, and why GitHub refused one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::for_people;
use crate::ids::Login;
use crate::web::words::name_of;
use crate::work_sample::{InvitationFailure, InvitationProblem, InvitationState, WorkSample};

/// The candidate's invitation to the repository.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// Who is invited; while another invitation is being sent, or was refused, who was to be invited by that.
    pub login: Login,
    pub state: InvitationState,
    /// When it was sent; while another is being sent, or was refused, when the one before was.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: crate::clock::Timestamp,
}

impl InvitationView {
    pub(super) fn of(work_sample: &WorkSample) -> Option<Self> {
        let invitation = work_sample.invitation.as_ref()?;
        let login = match (invitation.state, &work_sample.login) {
            (InvitationState::Renewing | InvitationState::Refused, Some(present)) => present,
            _ => &invitation.login,
        };
        Some(InvitationView {
            login: login.clone(),
            state: invitation.state,
            sent_at: invitation.sent_at,
        })
    }

    /// The invitation in a line.
    pub fn in_words(&self) -> String {
        let state = name_of(&self.state).replace('_', " ");
        let (login, sent) = (&self.login, for_people(self.sent_at));
        match self.state {
            InvitationState::Renewing | InvitationState::Refused => {
                format!("{state} for {login}; the one before was sent {sent}")
            }
            InvitationState::Pending
            | InvitationState::Accepted
            | InvitationState::Expired
            | InvitationState::Declined
            | InvitationState::WrongAccount
            | InvitationState::AccountGone => format!("{state} to {login}, sent {sent}"),
        }
    }
}

/// An invitation that GitHub refused.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitationFailureView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    /// Who was to be invited.
    pub login: Login,
    pub code: InvitationProblem,
    /// What is wrong, in a sentence.
    pub reason: String,
    /// GitHub's own words; only the team reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_says: Option<String>,
    /// How it goes on.
    pub hint: String,
}

impl InvitationFailureView {
    pub(super) fn for_the_team(failure: &InvitationFailure) -> Self {
        InvitationFailureView {
            at: failure.at,
            login: failure.login.clone(),
            code: failure.code,
            reason: failure.code.in_words().to_owned(),
            github_says: Some(failure.reason.clone()),
            hint: failure.code.hint().to_owned(),
        }
    }
}
