//! What is known of the repository at GitHub and of who may work in it: the invitation, the members, and the end.

use serde::{Deserialize, Serialize};

use super::event::{Actor, NaturalKey};
use super::parts::{GitHubAccount, InvitationProblem};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login};

/// An invitation to the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// `None` for an account that needed none.
    pub id: Option<u64>,
    pub login: Login,
    pub sent_at: Timestamp,
    pub state: InvitationState,
    /// When it ended without being accepted, and by which event we know.
    pub ended: Option<(Timestamp, NaturalKey)>,
}

/// GitHub refused an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationFailure {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub login: Login,
    /// How often another invitation had been asked for.
    pub round: usize,
    pub code: InvitationProblem,
    /// What GitHub said.
    pub reason: String,
}

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
pub enum InvitationState {
    /// Sent and not answered.
    Pending,
    Accepted,
    Expired,
    Declined,
    /// Somebody else joined while the candidate did not: it may be the candidate's other account.
    WrongAccount,
    /// The account was deleted.
    AccountGone,
    /// Another one was asked for and is on its way.
    Renewing,
    /// Another one was asked for, and GitHub refused it.
    Refused,
}

/// How the work ended at GitHub: each field is set once its step is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndOfWork {
    /// Set while the due time has passed.
    pub frozen: Option<Frozen>,
    /// May the candidate only read?
    pub reduced: bool,
    /// Each time that changed, in order.
    pub access: Vec<AccessChange>,
    pub kept: Option<KeptBundle>,
    /// When the repository was found to hold nothing that could be kept.
    pub empty_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    pub handed_over_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    /// How often it was frozen, reduced, restored.
    pub counts: [usize; 3],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessChange {
    pub key: NaturalKey,
    pub at: Timestamp,
    /// May the candidate write from now on?
    pub writes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub at: Timestamp,
    pub due_at: Timestamp,
    pub sha: Option<CommitSha>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBundle {
    pub at: Timestamp,
    pub sha256: String,
    pub bytes: u64,
}

/// An account that may, or might once, work in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Missing in old logs.
    pub id: Option<u64>,
    pub login: String,
    /// Was it found by looking, as one from outside the organisation?
    pub seen: bool,
    /// Somebody whom the team did not bring in?
    pub uninvited: bool,
    pub left: bool,
    /// When GitHub sent the latest webhook of their coming or leaving, or when we saw it; missing in old logs.
    pub moved_at: Option<Timestamp>,
}

/// The repository itself, as the facts tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub private: bool,
    pub archived: bool,
    /// Does GitHub show it to us?
    pub there: bool,
    /// When we found it gone of which nobody told us: it may come back.
    pub out_of_sight_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryEvent {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub text: String,
    /// Should a lead look at it now: the work is public, gone, or shared with somebody else?
    pub alarm: bool,
}

/// An issue or pull request was closed, merged or opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub by: Actor,
    /// As in "Pull request #3 was merged".
    pub text: String,
}

/// A comment that the service posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedComment {
    pub at: Timestamp,
    /// Why it was posted, see [`super::answers::Answer::about`].
    pub about: NaturalKey,
    pub comment_id: u64,
    pub account: GitHubAccount,
    pub number: u64,
}

/// What becomes of the repository after the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Afterwards {
    /// It is archived: everybody who could read it still can.
    Archive,
    /// It is given to another account.
    HandOver(Login),
    /// It is archived, and deleted after this many days.
    DeleteAfter { days: u32 },
}

impl std::str::FromStr for Afterwards {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`{text}` should be `archive`, `transfer:OWNER` or `delete:DAYS`, such as `delete:90`"
            )
        };
        match text.split_once(':') {
            None if text == "archive" => Ok(Afterwards::Archive),
            Some(("transfer", owner)) => owner
                .parse()
                .map(Afterwards::HandOver)
                .map_err(|_| unknown()),
            Some(("delete", days)) => days
                .parse()
                .map(|days| Afterwards::DeleteAfter { days })
                .map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}
