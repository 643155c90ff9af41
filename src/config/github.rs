//! The settings that say where GitHub is and who we are there.

use std::path::Path;

use secrecy::SecretString;

use super::{
    GITHUB_API_URL, GITHUB_APP_ID, GITHUB_APP_KEY_FILE, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET,
    GITHUB_LIMITS, GITHUB_ORG, GITHUB_TEAM, GITHUB_TOKEN, LEAD_TEAM, REVIEWER_TEAM, SettingError,
    Source,
    secret::{APP_KEY, secret},
};
use crate::github::GitHubTeam;
use crate::ids::Login;

/// Where GitHub is and who we are there.
#[derive(Debug, Clone)]
pub struct GitHubSettings {
    pub api_url: String,
    /// One at least; the first is meant where none is named.
    pub orgs: Vec<Login>,
    /// Teams whose members are the team of every work sample.
    pub teams: Vec<GitHubTeam>,
    /// Teams whose members are leads here.
    pub lead_teams: Vec<GitHubTeam>,
    /// Teams whose members are reviewers here.
    pub reviewer_teams: Vec<GitHubTeam>,
    pub identity: Identity,
    /// `None`: nobody signs in with GitHub.
    pub client: Option<OAuthClient>,
    /// Are calls paced below github.com's limits?
    pub paced: bool,
}

/// The App as people authorise it.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    pub id: String,
    pub secret: SecretString,
}

#[derive(Debug, Clone)]
pub enum Identity {
    Token(SecretString),
    App { id: u64, key: SecretString },
}

/// What the settings say of GitHub, if they name an identity.
pub(super) fn read(source: &dyn Source) -> Result<Option<GitHubSettings>, SettingError> {
    let app = match (
        source.value(GITHUB_APP_ID),
        source.value(GITHUB_APP_KEY_FILE),
    ) {
        (Some(id), Some(path)) => Some(Identity::App {
            id: id.parse().map_err(|_| SettingError::Unusable {
                name: GITHUB_APP_ID,
                why: format!("`{id}` is not a number; the App's page shows it as `App ID`"),
            })?,
            key: APP_KEY.check_file(GITHUB_APP_KEY_FILE, Path::new(&path))?,
        }),
        (Some(_), None) => {
            return Err(SettingError::Missing {
                name: GITHUB_APP_KEY_FILE,
                remedy: "an App needs its private key besides its id",
            });
        }
        (None, Some(_)) => {
            return Err(SettingError::Missing {
                name: GITHUB_APP_ID,
                remedy: "an App needs its id besides its private key",
            });
        }
        (None, None) => None,
    };
    // Also read where an App is in force: one that is named and cannot be used is an error.
    let token = secret(source, GITHUB_TOKEN)?;
    let Some(identity) = app.or(token.map(Identity::Token)) else {
        return Ok(None);
    };
    let orgs = organizations(source)?;
    let api_url = source
        .value(GITHUB_API_URL)
        .unwrap_or_else(|| "https://api.github.com".into());
    Ok(Some(GitHubSettings {
        teams: teams(source, GITHUB_TEAM, &orgs)?,
        lead_teams: teams(source, LEAD_TEAM, &orgs)?,
        reviewer_teams: teams(source, REVIEWER_TEAM, &orgs)?,
        client: client(source)?,
        api_url,
        orgs,
        identity,
        paced: paced(source)?,
    }))
}

fn client(source: &dyn Source) -> Result<Option<OAuthClient>, SettingError> {
    match (
        source.value(GITHUB_CLIENT_ID),
        secret(source, GITHUB_CLIENT_SECRET)?,
    ) {
        (Some(id), Some(secret)) => {
            let fits = id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
            if !fits {
                return Err(SettingError::Unusable {
                    name: GITHUB_CLIENT_ID,
                    why: format!(
                        "`{id}` is not a client id; the App's page shows it, such as `Iv23liAbCdEf`"
                    ),
                });
            }
            Ok(Some(OAuthClient { id, secret }))
        }
        (Some(_), None) => Err(SettingError::Missing {
            name: GITHUB_CLIENT_SECRET,
            remedy: "signing in with GitHub needs the App's client secret besides its client id",
        }),
        (None, Some(_)) => Err(SettingError::Missing {
            name: GITHUB_CLIENT_ID,
            remedy: "signing in with GitHub needs the App's client id besides its client secret",
        }),
        (None, None) => Ok(None),
    }
}

fn paced(source: &dyn Source) -> Result<bool, SettingError> {
    match source.value(GITHUB_LIMITS).as_deref() {
        None | Some("github.com") => Ok(true),
        Some("none") => Ok(false),
        Some(other) => Err(SettingError::Unusable {
            name: GITHUB_LIMITS,
            why: format!("`{other}` should be `github.com` or `none`"),
        }),
    }
}

/// `acme` or `acme,beta`.
fn organizations(source: &dyn Source) -> Result<Vec<Login>, SettingError> {
    let named = source.value(GITHUB_ORG).ok_or(SettingError::Missing {
        name: GITHUB_ORG,
        remedy: "name the organisation in which repositories are created",
    })?;
    let unusable = |why: String| SettingError::Unusable {
        name: GITHUB_ORG,
        why,
    };
    let mut orgs: Vec<Login> = Vec::new();
    for name in named.split(',').map(str::trim) {
        if name.is_empty() {
            return Err(unusable(format!("`{named}` holds an empty name")));
        }
        let org: Login = name
            .parse()
            .map_err(|error: crate::ids::InvalidId| unusable(error.to_string()))?;
        if orgs.iter().any(|known| known.same_as(name)) {
            return Err(unusable(format!("`{name}` stands in it twice")));
        }
        orgs.push(org);
    }
    Ok(orgs)
}

/// `acme/leads`, `leads` or several of them. A team's organisation has to be one of ours: elsewhere we may not read it.
fn teams(
    source: &dyn Source,
    setting: &'static str,
    orgs: &[Login],
) -> Result<Vec<GitHubTeam>, SettingError> {
    let unusable = |why: String| SettingError::Unusable { name: setting, why };
    let Some(named) = source.value(setting) else {
        return Ok(Vec::new());
    };
    let mut teams: Vec<GitHubTeam> = Vec::new();
    for name in named.split(',').map(str::trim) {
        if name.is_empty() {
            return Err(unusable(format!("`{named}` holds an empty name")));
        }
        let team: GitHubTeam = name.parse().map_err(unusable)?;
        if let Some(org) = &team.org
            && !orgs.iter().any(|known| known.same_as(org.as_str()))
        {
            return Err(unusable(format!(
                "the organisation `{org}` of `{name}` is not in {GITHUB_ORG}"
            )));
        }
        if teams
            .iter()
            .any(|known| known.to_string().eq_ignore_ascii_case(name))
        {
            return Err(unusable(format!("`{name}` is named twice")));
        }
        teams.push(team);
    }
    Ok(teams)
}
