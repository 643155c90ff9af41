//! Invitations, as the API shows them: the latest one, and why GitHub refused one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::Login;
use crate::work_sample::{Invitation, InvitationFailure, InvitationProblem, InvitationState};

/// The candidate's invitation to the repository.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    pub login: Login,
    pub state: InvitationState,
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: crate::clock::Timestamp,
}

impl From<&Invitation> for InvitationView {
    fn from(invitation: &Invitation) -> Self {
        InvitationView {
            login: invitation.login.clone(),
            state: invitation.state,
            sent_at: invitation.sent_at,
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
            github_says: Some(failure.reason.clone()),
            hint: failure.code.hint().to_owned(),
            ..InvitationFailureView::for_the_candidate(failure)
        }
    }

    pub(super) fn for_the_candidate(failure: &InvitationFailure) -> Self {
        InvitationFailureView {
            at: failure.at,
            login: failure.login.clone(),
            code: failure.code,
            reason: failure.code.in_words().to_owned(),
            github_says: None,
            hint: failure.code.hint_for_candidate().to_owned(),
        }
    }
}
