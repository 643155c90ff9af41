//! Asks GitHub how an account is tied to the organisation: by membership, a team, or access to the repository.
//!
//! No answer turns into "no" unless GitHub said no. A missing permission, or a team that is not shown to us, is
//! [`Tie::CannotTell`].

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{GitHub, GitHubError, Lookout};
use crate::ids::{InvalidId, Login};

/// A team of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHubTeam {
    /// `None`: the organisation of each work sample.
    pub org: Option<Login>,
    /// The team's name in addresses.
    pub slug: String,
}

impl std::str::FromStr for GitHubTeam {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unusable = || {
            format!(
                "`{text}` should be `org/team` or `team`, with the team as in its address, such as `acme/hiring-leads`"
            )
        };
        let (org, slug) = match text.split_once('/') {
            Some((org, slug)) => (Some(org.parse().map_err(|_: InvalidId| unusable())?), slug),
            None => (None, text),
        };
        let is_slug = (1..=100).contains(&slug.len())
            && !slug.starts_with('-')
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if !is_slug {
            return Err(unusable());
        }
        Ok(GitHubTeam {
            org,
            slug: slug.to_owned(),
        })
    }
}

impl std::fmt::Display for GitHubTeam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.org {
            Some(org) => write!(f, "{org}/{}", self.slug),
            None => f.write_str(&self.slug),
        }
    }
}

/// An account as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundAccount {
    pub id: u64,
    pub login: String,
    /// `User`, `Bot`, `Organization` …
    #[serde(rename = "type")]
    pub kind: String,
}

impl FoundAccount {
    pub fn is_bot(&self) -> bool {
        self.kind == "Bot"
    }
}

/// What GitHub says of one tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tie {
    Yes,
    No,
    /// GitHub did not say, and why.
    CannotTell(String),
    /// GitHub shows no such team, so it says nothing of its members.
    NoTeam(String),
}

#[derive(Deserialize)]
struct Membership {
    state: String,
}

impl Membership {
    /// Somebody who was invited and did not accept is no member.
    fn tie(&self) -> Tie {
        match self.state.as_str() {
            "active" => Tie::Yes,
            _ => Tie::No,
        }
    }
}

impl GitHub {
    /// The account with this id, whatever it is called now; `None` where it is gone.
    pub async fn account_with_id(&self, id: u64) -> Result<Option<FoundAccount>, GitHubError> {
        self.find("look up an account", &format!("/user/{id}"))
            .await
    }

    /// The account that has this login now.
    pub async fn account_with_login(
        &self,
        login: &Login,
    ) -> Result<Option<FoundAccount>, GitHubError> {
        self.find("look up an account", &format!("/users/{login}"))
            .await
    }

    /// Is the account a member of the organisation, publicly or not?
    pub async fn organization_tie(&self, login: &str) -> Result<Tie, GitHubError> {
        let route = format!("/orgs/{}/memberships/{login}", self.org);
        let found = self
            .find::<Membership>("look up a membership of the organisation", &route)
            .await;
        match found {
            Ok(Some(membership)) => Ok(membership.tie()),
            Ok(None) => Ok(Tie::No),
            Err(error) => cannot_tell(error),
        }
    }

    /// Is the account a member of this team of the organisation, or of a team below it?
    pub async fn team_tie(&self, slug: &str, login: &str) -> Result<Tie, GitHubError> {
        let route = format!("/orgs/{}/teams/{slug}/memberships/{login}", self.org);
        match self
            .find::<Membership>("look up a membership of a team", &route)
            .await
        {
            Ok(Some(membership)) => return Ok(membership.tie()),
            Ok(None) => {}
            Err(error) => return cannot_tell(error),
        }
        // A team that we may not see answers in the same way.
        match self.shows_team(slug).await {
            Ok(true) => Ok(Tie::No),
            Ok(false) => Ok(Tie::NoTeam(format!(
                "GitHub shows no team `{slug}` in the organisation {}",
                self.org
            ))),
            Err(error) => cannot_tell(error),
        }
    }

    /// Does GitHub show this team of the organisation to us?
    pub async fn shows_team(&self, slug: &str) -> Result<bool, GitHubError> {
        #[derive(Deserialize)]
        struct Team {}
        let route = format!("/orgs/{}/teams/{slug}", self.org);
        let found = self.find::<Team>("look for a team", &route).await?;
        Ok(found.is_some())
    }

    /// Does the account reach this private repository through the organisation, not as an outside collaborator?
    pub async fn access_tie(
        &self,
        full_name: &str,
        account: &FoundAccount,
    ) -> Result<Tie, GitHubError> {
        #[derive(Deserialize)]
        struct Access {
            permission: String,
        }
        let route = format!(
            "/repos/{full_name}/collaborators/{}/permission",
            account.login
        );
        let found: Result<Access, GitHubError> = self.get("look up an access", &route).await;
        match found {
            Ok(access) if access.permission == "none" => return Ok(Tie::No),
            Ok(_) => {}
            Err(error) => return cannot_tell(error.of_known()),
        }
        let mut lookout = Lookout::new(self, BTreeMap::new());
        let outside = match lookout.collaborators(full_name).await {
            Ok(outside) => outside,
            Err(error) => return cannot_tell(error),
        };
        let Some(outside) = outside else {
            return Ok(Tie::CannotTell("GitHub shows no collaborators".to_owned()));
        };
        if outside.items.iter().any(|one| one.id == account.id) {
            return Ok(Tie::No);
        }
        Ok(match outside.whole {
            true => Tie::Yes,
            false => Tie::CannotTell("the list of collaborators is too long".to_owned()),
        })
    }
}

/// What trying again can change stays an error; what GitHub does not let us know is no answer.
fn cannot_tell(error: GitHubError) -> Result<Tie, GitHubError> {
    if error.is_transient() {
        return Err(error);
    }
    Ok(Tie::CannotTell(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn team_name_is_read_with_or_without_organisation() {
        let read = |text: &str| text.parse::<GitHubTeam>().map(|team| team.to_string());
        assert_eq!(read("acme/hiring-leads").unwrap(), "acme/hiring-leads");
        assert_eq!(read("hiring_leads").unwrap(), "hiring_leads");
        for odd in [
            "",
            "acme/",
            "/leads",
            "acme/a/b",
            "Hiring Leads",
            "-x",
            "@acme/leads",
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
