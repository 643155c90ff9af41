//! Which invitations an organisation refuses.

use serde::{Deserialize, Serialize};

/// What an organisation lets happen where somebody from outside is invited. The default refuses nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InvitingRules {
    /// The organisation or its enterprise lets in nobody who is no member.
    pub no_outside_collaborators: bool,
    /// How many more people the plan has seats for; `None` where that is no matter.
    pub seats_left: Option<u64>,
    /// Logins of accounts without the two-factor authentication that the organisation requires.
    pub without_two_factor: Vec<String>,
    /// Logins that are blocked.
    pub blocked: Vec<String>,
}
