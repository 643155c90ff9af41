//! Invitations to a repository, and what collaborators may do in it.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::lookout::{Listed, Lookout};
use super::seen::SeenAccount;
use super::{GitHub, GitHubError, Since};
use crate::ids::Login;
use crate::work_sample::InvitationProblem;

/// An invitation that GitHub still lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenInvitation {
    pub id: u64,
    /// Missing where the account is gone.
    #[serde(default)]
    pub invitee: Option<SeenAccount>,
    /// Nobody answered within seven days.
    #[serde(default)]
    pub expired: bool,
    #[serde(default)]
    pub repository: Option<InvitedTo>,
}

/// The repository of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InvitedTo {
    pub private: bool,
}

impl OpenInvitation {
    /// Is it for this login?
    pub fn is_for(&self, login: &Login) -> bool {
        self.invitee
            .as_ref()
            .is_some_and(|account| login.same_as(&account.login))
    }
}

/// What a collaborator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Access {
    /// GitHub's name for it where it is given.
    fn permission(self) -> &'static str {
        match self {
            Access::Read => "pull",
            Access::Write => "push",
        }
    }

    /// GitHub's name for it in invitations.
    fn role(self) -> &'static str {
        match self {
            Access::Read => "read",
            Access::Write => "write",
        }
    }
}

impl GitHub {
    /// Invites `login`; `None` where the account already is a collaborator.
    ///
    /// # Errors
    /// Not invited, where GitHub says why the account cannot be.
    pub async fn invite(
        &self,
        full_name: &str,
        login: &Login,
        access: Access,
    ) -> Result<Option<OpenInvitation>, GitHubError> {
        self.give("invite the candidate", full_name, login, access)
            .await
            .map_err(|error| error.of_invitation(login))
    }

    /// Changes what a collaborator may do.
    pub async fn give_access(
        &self,
        full_name: &str,
        login: &Login,
        access: Access,
    ) -> Result<(), GitHubError> {
        self.give("change what the candidate may do", full_name, login, access)
            .await
            .map(drop)
            .map_err(GitHubError::of_known)
    }

    /// Changes what whoever accepts an invitation may do.
    ///
    /// # Errors
    /// Not found where it was answered meanwhile; an odd answer where GitHub took something else for it.
    pub async fn change_invitation(
        &self,
        full_name: &str,
        id: u64,
        access: Access,
    ) -> Result<(), GitHubError> {
        const CALL: &str = "change what the invitation allows";
        #[derive(Deserialize)]
        struct Changed {
            permissions: String,
        }
        let route = format!("/repos/{full_name}/invitations/{id}");
        let body = json!({ "permissions": access.role() });
        let changed: Changed = self
            .call(CALL, Method::PATCH, &route, Some(&body))
            .await?
            .read()?;
        if changed.permissions == access.role() {
            return Ok(());
        }
        Err(GitHubError::Odd {
            call: CALL,
            message: format!(
                "it allows `{}` and not `{}`",
                changed.permissions,
                access.role()
            ),
        })
    }

    /// Takes an account out of the repository; one that is not in it is as good.
    ///
    /// # Errors
    /// Not shown, where GitHub found nobody to take out and yet has them in it, or hides the repository.
    pub async fn remove_collaborator(
        &self,
        full_name: &str,
        login: &Login,
    ) -> Result<(), GitHubError> {
        const CALL: &str = "take an account out of the repository";
        let route = format!("/repos/{full_name}/collaborators/{login}");
        let removed = self.call::<()>(CALL, Method::DELETE, &route, None).await;
        let Err(error @ GitHubError::NotFound { .. }) = removed else {
            return removed.map(drop);
        };
        if self.is_collaborator(full_name, login).await? {
            return Err(error.of_known());
        }
        self.verify_private(full_name).await
    }

    async fn give(
        &self,
        call: &'static str,
        full_name: &str,
        login: &Login,
        access: Access,
    ) -> Result<Option<OpenInvitation>, GitHubError> {
        let route = format!("/repos/{full_name}/collaborators/{login}");
        let body = json!({ "permission": access.permission() });
        let answer = self.call(call, Method::PUT, &route, Some(&body)).await?;
        if answer.status == 204 {
            return Ok(None);
        }
        answer.read().map(Some)
    }

    /// What `login` may do now; `None` where the account is no collaborator.
    pub async fn access_of(
        &self,
        full_name: &str,
        login: &Login,
    ) -> Result<Option<Access>, GitHubError> {
        #[derive(Deserialize)]
        struct Permission {
            permission: String,
        }
        let route = format!("/repos/{full_name}/collaborators/{login}/permission");
        let found: Option<Permission> = self.find("ask what the candidate may do", &route).await?;
        Ok(found.and_then(|found| match found.permission.as_str() {
            "admin" | "write" => Some(Access::Write),
            "read" => Some(Access::Read),
            _ => None,
        }))
    }

    /// The invitations that GitHub still lists, expired ones among them.
    pub async fn open_invitations(
        &self,
        full_name: &str,
    ) -> Result<Vec<OpenInvitation>, GitHubError> {
        let route = format!("/repos/{full_name}/invitations?per_page=100");
        let listed = self.get("list invitations", &route).await;
        listed.map_err(GitHubError::of_known)
    }

    /// The invitation of `login` that can still be accepted, if there is one.
    pub async fn open_invitation(
        &self,
        full_name: &str,
        login: &Login,
    ) -> Result<Option<OpenInvitation>, GitHubError> {
        let all = self.open_invitations(full_name).await?;
        Ok(all
            .into_iter()
            .find(|one| !one.expired && one.is_for(login)))
    }

    /// Takes an invitation back; false where it was no longer there, so that it may have been accepted.
    pub async fn revoke_invitation(&self, full_name: &str, id: u64) -> Result<bool, GitHubError> {
        let route = format!("/repos/{full_name}/invitations/{id}");
        match self
            .call::<()>("take an invitation back", Method::DELETE, &route, None)
            .await
        {
            Ok(_) => Ok(true),
            Err(GitHubError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What is wrong with inviting `login`, as far as the account tells: there is none, or it is an organisation's, which have
    /// names of the same kind and cannot be invited.
    pub async fn account_problem(
        &self,
        login: &Login,
    ) -> Result<Option<InvitationProblem>, GitHubError> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "type")]
            kind: String,
        }
        let route = format!("/users/{login}");
        let found: Option<Found> = self.find("look for the account", &route).await?;
        Ok(match found {
            None => Some(InvitationProblem::NoSuchAccount),
            Some(found) if found.kind != "User" => Some(InvitationProblem::AccountNotAPerson),
            Some(_) => None,
        })
    }

    /// Is `login` a collaborator already?
    pub async fn is_collaborator(
        &self,
        full_name: &str,
        login: &Login,
    ) -> Result<bool, GitHubError> {
        let route = format!("/repos/{full_name}/collaborators/{login}");
        match self
            .call::<()>("look for a collaborator", Method::GET, &route, None)
            .await
        {
            Ok(_) => Ok(true),
            Err(GitHubError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Lookout<'_> {
    /// The invitations that GitHub still lists; `None` where nothing about them has changed.
    pub async fn invitations(
        &mut self,
        full_name: &str,
    ) -> Result<Option<Listed<OpenInvitation>>, GitHubError> {
        self.list(
            "look at the invitations",
            &format!("/repos/{full_name}/invitations"),
        )
        .await
    }

    /// The account with this id, whatever it is called now.
    pub async fn account(&mut self, id: u64) -> Result<Since<SeenAccount>, GitHubError> {
        self.one("look at the candidate's account", &format!("/user/{id}"))
            .await
    }
}
