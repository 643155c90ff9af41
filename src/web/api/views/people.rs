//! The people of the team, and the accounts that wrote or pushed, as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{Login, PersonId};
use crate::store::PersonRow;
use crate::web::words::person;
use crate::work_sample::{Account, Side, SideReason};

/// A person of the team.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "id": "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "name": "Rita Reviewer", "email": "rita@example.com", "github_id": 4711,
    "github_login": "rita-reviews", "roles": ["reviewer"], "roles_from_teams": [], "disabled_at": null, "zone": "Europe/Berlin",
    "answer_hours": "mon-fri 09:00-17:00", "days_off": [], "created_by": "Lea Lead", "created_at": "2026-03-02T09:00:00Z"
})))]
pub struct PersonView {
    pub id: PersonId,
    pub name: String,
    pub email: Option<String>,
    /// The GitHub account's id, once GitHub said it.
    pub github_id: Option<u64>,
    pub github_login: Option<Login>,
    /// `lead`, `reviewer`, both or none.
    pub roles: Vec<String>,
    /// Roles that membership in a GitHub team gives, apart from those in `roles`.
    #[serde(default)]
    pub roles_from_teams: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<crate::clock::Timestamp>,
    /// The IANA time zone in which the person reads times.
    pub zone: String,
    /// When the person answers; missing for any time.
    pub answer_hours: Option<String>,
    /// Dates on which the person does not answer.
    pub days_off: Vec<String>,
    pub created_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: crate::clock::Timestamp,
}

impl From<&PersonRow> for PersonView {
    fn from(row: &PersonRow) -> Self {
        PersonView {
            id: row.id.clone(),
            name: row.name.clone(),
            email: row.email.clone(),
            github_id: row.github_id,
            github_login: row.github_login.clone(),
            roles: row.roles.clone(),
            roles_from_teams: row.roles_from_teams.clone(),
            disabled_at: row.disabled_at,
            zone: row.zone.clone(),
            answer_hours: row.answer_hours.as_ref().map(ToString::to_string),
            days_off: row.days_off.iter().map(ToString::to_string).collect(),
            created_by: row.created_by.clone(),
            created_at: row.created_at,
        }
    }
}

/// An account other than the candidate's that wrote or pushed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// GitHub's id of the account.
    pub id: u64,
    pub login: String,
    /// The side of its latest text or push: `team`, `bot`, `stranger` (outside the team), or `unknown` while it was not
    /// looked up.
    pub side: Side,
    /// What the look-up found; missing where there was none.
    pub because: Option<SideReason>,
    /// The lead who said on which side it is.
    pub settled_by: Option<String>,
    pub note: Option<String>,
    /// Does it wait for a look-up?
    pub waits: bool,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        let settled = account.settled.as_ref();
        AccountView {
            id: account.id,
            login: account.login.clone(),
            side: account.side,
            because: account.because,
            settled_by: settled.map(|settled| person(&settled.by)),
            note: settled
                .map(|settled| settled.note.clone())
                .filter(|note| !note.is_empty()),
            waits: account.to_look_up.is_some(),
        }
    }
}
