//! What a program that started the stand-in asks it directly: things that people do on GitHub's own pages, and looks
//! behind the scenes. What another process may ask as well is in `control`.

use std::collections::BTreeMap;

use super::accounts::{self, known};
use super::error::StandInError;
use super::faults::{Dice, FaultMet, FaultPlan};
use super::installing::{self, NewApp};
use super::issues;
use super::membership;
use super::records::{Grants, InvitingRules, Level, TeamMember};
use super::server::StandIn;

/// One attempt to deliver a webhook, as the log keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRecord {
    pub id: u64,
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub url: String,
    pub redelivery: bool,
    pub payload: serde_json::Value,
    /// The receiver's HTTP status, 0 where no answer came; `None` while it waits.
    pub status_code: Option<u16>,
}

impl StandIn {
    /// Adds a person and returns their token; for one who is there already, the same token as before.
    pub fn add_user(&self, login: &str, name: &str) -> Result<String, StandInError> {
        self.change(|tx| accounts::person(tx, login, name).map(|(_, token)| token))
    }

    /// Adds a person who is an owner of every organisation: somebody of the team. Returns their token.
    pub fn add_member(&self, login: &str, name: &str) -> Result<String, StandInError> {
        self.change(|tx| {
            let (id, token) = accounts::person(tx, login, name)?;
            for org in &self.orgs {
                tx.state.members.insert((*org, id), true);
            }
            Ok(token)
        })
    }

    /// Makes an account a member of an organisation, publicly or not.
    pub fn add_org_member(&self, org: &str, login: &str, public: bool) -> Result<(), StandInError> {
        self.change(|tx| membership::add_member(tx, org, login, public))
    }

    /// Takes an account out of an organisation.
    pub fn remove_org_member(&self, org: &str, login: &str) -> Result<(), StandInError> {
        self.change(|tx| membership::remove_member(tx, org, login))
    }

    /// Makes an account a member of a team, which is made if it is not there.
    pub fn add_team_member(&self, org: &str, slug: &str, login: &str) -> Result<(), StandInError> {
        let member = TeamMember {
            maintainer: false,
            pending: false,
        };
        self.change(|tx| membership::add_to_team(tx, (org, slug), login, member))
    }

    /// Deletes a team.
    pub fn delete_team(&self, org: &str, slug: &str) -> Result<(), StandInError> {
        self.change(|tx| membership::delete_team(tx, org, slug))
    }

    /// Gives an account another login. Its number and its tokens stay; the old login is free for others.
    pub fn rename_user(&self, from: &str, to: &str) -> Result<(), StandInError> {
        self.change(|tx| accounts::rename(tx, from, to))
    }

    /// Deletes an account. What it wrote is shown as by `ghost` from then on.
    pub fn delete_user(&self, login: &str) -> Result<(), StandInError> {
        self.change(|tx| accounts::delete(tx, login))
    }

    /// Sends events to `url`, signed with `secret`, as a GitHub App's webhook; replaces an earlier address. With an App
    /// registered (the first one, if there are several) it is what its installations ask for; without, everything.
    pub fn set_webhook(&self, url: &str, secret: &str) -> Result<(), StandInError> {
        self.change(|tx| {
            let app = tx.state.apps.values().next().map(|app| app.id);
            installing::set_hook(tx, app, url, Some(secret.to_owned()), true);
            Ok(())
        })
    }

    /// Registers a GitHub App whose tokens are signed by the owner of this RSA key (PEM), with all permissions and events
    /// the stand-in plays, and installs it on the first organisation. Returns the installation's id.
    pub fn register_app(
        &self,
        app_id: u64,
        slug: &str,
        public_key: &str,
    ) -> Result<u64, StandInError> {
        let org = *self.orgs.first().ok_or(StandInError::NoOrganisation)?;
        self.change(|tx| {
            let new = NewApp {
                id: app_id,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                description: String::new(),
                url: format!("https://{slug}.invalid"),
                owner: org,
                public_key: public_key.to_owned(),
                permissions: installing::all_permissions(),
                events: installing::all_events(),
                setup_url: None,
                public: true,
                callback_urls: Vec::new(),
                client_secret: None,
            };
            let app = installing::register(tx, new)?;
            installing::install(tx, app, org, self.world.service)
        })
    }

    /// Says where people who authorise an App may be sent back to. Returns its client id and client secret.
    pub fn set_callback(&self, app_id: u64, url: &str) -> Result<(String, String), StandInError> {
        self.change(|tx| {
            let app = tx.state.apps.get_mut(&app_id);
            let app = app.ok_or_else(|| StandInError::Unknown {
                what: format!("the App {app_id}"),
            })?;
            app.callback_urls = vec![url.to_owned()];
            Ok((app.client_id(), app.client_secret.clone()))
        })
    }

    /// Plays an Enterprise Server from before PKCE, which ignores its parameters.
    pub fn ignore_pkce(&self, app_id: u64) -> Result<(), StandInError> {
        self.change(|tx| {
            if let Some(app) = tx.state.apps.get_mut(&app_id) {
                app.ignores_pkce = true;
            }
            Ok(())
        })
    }

    /// Installs a registered App on an account, with all it asks for. Returns the installation's id.
    pub fn install_app(&self, app_id: u64, account: &str) -> Result<u64, StandInError> {
        self.change(|tx| {
            let account = known(tx.state, account)?;
            installing::install(tx, app_id, account, self.world.service)
        })
    }

    /// Takes an App off an account.
    pub fn uninstall_app(&self, installation: u64) -> Result<(), StandInError> {
        self.change(|tx| installing::uninstall(tx, installation, self.world.service))
    }

    /// Suspends an installation, or takes that back.
    pub fn suspend_app(&self, installation: u64, suspended: bool) -> Result<(), StandInError> {
        self.change(|tx| installing::suspend(tx, installation, suspended, self.world.service))
    }

    /// Sets what an installation may do and hears of: pairs such as `("issues", "write")`, and names of events.
    pub fn grant_app(
        &self,
        installation: u64,
        permissions: &[(&str, &str)],
        events: &[&str],
    ) -> Result<(), StandInError> {
        let grants = grants(permissions)?;
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        self.change(|tx| installing::grant(tx, installation, grants, events, self.world.service))
    }

    /// Changes what an App asks for; its installations keep what they have until [`Self::approve_app`].
    pub fn app_asks_for(
        &self,
        app_id: u64,
        permissions: &[(&str, &str)],
        events: &[&str],
    ) -> Result<(), StandInError> {
        let grants = grants(permissions)?;
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        self.change(|tx| installing::ask_for(tx, app_id, grants, events))
    }

    /// The owner of the account approves what the App asks for now.
    pub fn approve_app(&self, installation: u64) -> Result<(), StandInError> {
        self.change(|tx| installing::approve(tx, installation, self.world.service))
    }

    /// Makes a person's token a fine-grained one that may do this and no more: pairs such as `("issues", "write")`.
    pub fn narrow_token(
        &self,
        token: &str,
        permissions: &[(&str, &str)],
    ) -> Result<(), StandInError> {
        let grants = grants(permissions)?;
        self.change(|tx| accounts::narrow(tx, token, grants))
    }

    /// Sets what an organisation refuses where somebody from outside is invited.
    pub fn set_inviting(&self, org: &str, rules: InvitingRules) -> Result<(), StandInError> {
        self.change(|tx| {
            let org = known(tx.state, org)?;
            tx.state.inviting.insert(org, rules);
            Ok(())
        })
    }

    /// Sets what the first branch of an account's new repositories is called.
    pub fn set_default_branch(&self, account: &str, branch: &str) -> Result<(), StandInError> {
        self.change(|tx| {
            let id = known(tx.state, account)?;
            if let Some(user) = tx.state.users.get_mut(&id) {
                user.default_branch = Some(branch.to_owned());
            }
            Ok(())
        })
    }

    /// Resolves when every webhook queued so far has been delivered or has failed for good.
    pub async fn settle(&self) {
        self.world.queues.settle().await;
    }

    /// All attempts to deliver webhooks, oldest first.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.world.read(|render| {
            let rows = render.state.deliveries.values();
            rows.map(|row| DeliveryRecord {
                id: row.id,
                guid: row.guid.clone(),
                event: row.event.clone(),
                action: row.action.clone(),
                url: render
                    .state
                    .hooks
                    .get(&row.hook)
                    .map(|hook| hook.url.clone())
                    .unwrap_or_default(),
                redelivery: row.redelivery,
                payload: serde_json::from_str(&row.payload).unwrap_or_default(),
                status_code: render
                    .state
                    .outcomes
                    .get(&row.id)
                    .map(|outcome| outcome.status_code),
            })
            .collect()
        })
    }

    /// Sends what went out under this guid once more, under the same guid.
    pub fn redeliver(&self, guid: &str) -> Result<(), StandInError> {
        let unknown = || StandInError::Unknown {
            what: format!("delivery {guid}"),
        };
        self.change(|tx| {
            let ids: Vec<u64> = tx
                .state
                .deliveries
                .values()
                .filter(|row| row.guid == guid && !row.redelivery)
                .map(|row| row.id)
                .collect();
            let id = *ids.first().ok_or_else(unknown)?;
            tx.redeliver(id).map(|_| ()).ok_or_else(unknown)
        })
    }

    /// Deletes an issue as its page's "Delete issue" does; the REST API of GitHub has no call for it.
    pub fn delete_issue(
        &self,
        owner: &str,
        name: &str,
        number: u64,
        by: &str,
    ) -> Result<(), StandInError> {
        let unknown = || StandInError::Unknown {
            what: format!("issue {owner}/{name}#{number} or account {by}"),
        };
        self.change(|tx| {
            let sender = tx.state.user_by_login(by).ok_or_else(unknown)?.id;
            let repo = tx.state.repo_by_name(owner, name).ok_or_else(unknown)?.id;
            let issue = tx
                .state
                .issues
                .get(&(repo, number))
                .filter(|issue| !issue.deleted);
            let issue = issue.cloned().ok_or_else(unknown)?;
            issues::emit(tx, sender, &issue, "deleted", serde_json::json!({}));
            if let Some(row) = tx.state.issues.get_mut(&(repo, number)) {
                row.deleted = true;
            }
            Ok(())
        })
    }

    /// How often each method and route was asked for since the start, git included: `POST /orgs/{org}/repos` → 3.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.world.calls()
    }

    /// Lets things go wrong as planned from now on; counting begins anew. An empty plan ends all faults.
    pub fn set_faults(&self, plan: FaultPlan) -> Result<(), StandInError> {
        *self.world.dice() = Dice::following(plan.checked()?);
        Ok(())
    }

    /// The faults met since the plan was set, in order.
    pub fn faults_met(&self) -> Vec<FaultMet> {
        self.world.dice().met().to_vec()
    }

    /// How many requests were refused since the start because a limit was reached.
    pub fn refused_by_limits(&self) -> u64 {
        self.world.meter().refused
    }
}

fn grants(permissions: &[(&str, &str)]) -> Result<Grants, StandInError> {
    permissions
        .iter()
        .map(|(name, level)| Ok(((*name).to_owned(), level_of(level)?)))
        .collect()
}

fn level_of(text: &str) -> Result<Level, StandInError> {
    match text {
        "read" => Ok(Level::Read),
        "write" => Ok(Level::Write),
        "admin" => Ok(Level::Admin),
        _ => Err(StandInError::Unknown {
            what: format!("level `{text}` of a permission (read, write or admin)"),
        }),
    }
}
