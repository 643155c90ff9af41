//! Accounts at GitHub, and on whose side they are.

use serde::{Deserialize, Serialize};

/// An account at GitHub. The id stays when the login changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GitHubAccount {
    pub id: u64,
    pub login: String,
}

/// The sides that a look-up or a lead can give an account.
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
pub enum AccountSide {
    Team,
    Stranger,
    Bot,
}

/// What a look-up found.
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
pub enum SideReason {
    /// The account is that of a person known to the service.
    KnownPerson,
    /// It is an active member of a configured GitHub team.
    GithubTeam,
    /// It is an active member of the organisation.
    OrganizationMember,
    /// It reaches the private repository and is no outside collaborator.
    RepositoryAccess,
    /// GitHub says that the account is a bot.
    BotAccount,
    /// None of these.
    NoTie,
}

impl SideReason {
    pub fn in_words(self) -> &'static str {
        match self {
            SideReason::KnownPerson => "a person known to the service",
            SideReason::GithubTeam => "a member of a configured GitHub team",
            SideReason::OrganizationMember => "a member of the organisation",
            SideReason::RepositoryAccess => "reaches the repository through the organisation",
            SideReason::BotAccount => "a bot's account",
            SideReason::NoTie => "no tie to the organisation",
        }
    }
}
