//! GitHub: the only room that knows octocrab. Named calls for what the service needs, with errors that say whether trying
//! again can help.
//!
//! octocrab's own retries are off: it would send a create again at once after a lost answer. Whether to try again, and
//! after looking whether the first attempt had worked, is for the workflow to say.

mod authorization;
mod budget;
mod comments;
mod connect;
mod deliveries;
mod door;
mod ending;
mod error;
mod examine;
mod identity;
mod invitations;
mod limits;
mod lookout;
mod manifest;
mod membership;
mod people;
mod plan;
mod probe;
mod refused_invitation;
mod repositories;
mod reviews;
mod seen;
mod sight;
mod signature;
mod whole;
mod wire;

pub use authorization::{AuthorizationError, ClientSecretState, UserAuthorization};
pub use budget::{Ask, Because, Budget, Limits, Quota, Urgency, Verdict, Writes};
pub use comments::WRITE_A_COMMENT;
pub use connect::{Credentials, GitHub, Organizations};
pub use deliveries::{
    FailedDeliveries, HookConfig, HookLog, OrganizationHook, OurHook, SentDelivery,
};
pub use error::GitHubError;
pub use examine::{AppFound, HookFound, InstallationFound, Owner, Reading};
pub use invitations::{Access, InvitedTo, OpenInvitation};
pub use limits::{Seen, SharedLimits};
pub use lookout::{Listed, Lookout, Mark, Since};
pub use manifest::{
    CALLBACK, Choice, EVENTS, Need, NewApp, PERMISSIONS, Pages, WORKFLOWS, exchange_code, manifest,
    missing_events, missing_permissions,
};
pub use membership::{FoundAccount, GitHubTeam, Tie};
pub use people::Person;
pub use plan::OrganizationPlan;
pub use probe::Probed;
pub use repositories::{FoundIssue, FoundRepository};
pub use reviews::{NewReviewComment, ReviewEvent, SeenReview, SeenReviewComment};
pub use seen::{
    SeenAccount, SeenApp, SeenCheck, SeenComment, SeenHead, SeenIssue, SeenMerge, SeenOrigin,
    SeenPull, SeenPush, SeenRepository,
};
pub use signature::{WebhookSecrets, signature_is_right};
