//! The organisation's plan, which GitHub shows to owners only.

use serde::Deserialize;

use super::{GitHub, GitHubError};

/// What of the plan concerns us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct OrganizationPlan {
    /// Seats that are paid for.
    pub seats: u32,
    /// Seats that are taken.
    pub filled_seats: u32,
}

#[derive(Deserialize)]
struct Organization {
    #[serde(default)]
    plan: Option<Part>,
}

/// Plans without seats leave the numbers out.
#[derive(Deserialize)]
struct Part {
    seats: Option<u32>,
    filled_seats: Option<u32>,
}

impl GitHub {
    /// The organisation's seats; `None` where these credentials may not see them, or the plan counts none.
    pub async fn plan(&self) -> Result<Option<OrganizationPlan>, GitHubError> {
        let found: Organization = self
            .get(
                "read the organisation's plan",
                &format!("/orgs/{}", self.org()),
            )
            .await?;
        Ok(found.plan.and_then(|plan| {
            Some(OrganizationPlan {
                seats: plan.seats?,
                filled_seats: plan.filled_seats?,
            })
        }))
    }
}
