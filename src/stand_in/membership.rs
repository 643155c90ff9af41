//! `/orgs/{org}/members`, `/orgs/{org}/memberships` and `/orgs/{org}/teams`: who belongs to an organisation.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::accounts::known;
use super::caller::Caller;
use super::error::StandInError;
use super::http::{Named, Params, Repository, nothing, ok};
use super::records::{Kind, Team, TeamMember, User, UserId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::world::{Tx, World};

/// An organisation's login.
type OfOrg = web::Path<String>;

impl Render<'_> {
    fn known_account(&self, login: &str) -> Result<&User, Refusal> {
        self.state
            .user_by_login(login)
            .ok_or_else(Refusal::not_found)
    }

    /// Is the caller one of the organisation's people, or an App that is installed there?
    fn belongs(&self, caller: Caller, org: UserId) -> bool {
        match caller {
            Caller::User(user) => self.state.members.get(&(org, user)).is_some(),
            Caller::Installation { installation, .. } => self
                .state
                .installations
                .get(&installation)
                .is_some_and(|row| row.account == org),
            Caller::Anonymous | Caller::App(_) => false,
        }
    }

    fn is_member(&self, org: UserId, user: UserId) -> bool {
        self.state.members.get(&(org, user)).is_some()
    }

    fn is_public_member(&self, org: UserId, user: UserId) -> bool {
        self.is_member(org, user) && self.state.concealed.get(&(org, user)).is_none()
    }

    /// What an account is in an organisation.
    pub(super) fn membership(&self, org: &User, user: UserId) -> Result<Value, Refusal> {
        let owner = self
            .state
            .members
            .get(&(org.id, user))
            .ok_or_else(Refusal::not_found)?;
        let url = format!("{}/orgs/{}", self.base, org.login);
        let account = self.user(user);
        Ok(json!({
            "url": format!("{url}/memberships/{}", account["login"].as_str().unwrap_or_default()),
            "state": "active", "role": if *owner { "admin" } else { "member" },
            "organization_url": url, "organization": self.organization(org.id), "user": account,
        }))
    }

    fn team(&self, org: &User, team: &Team) -> Value {
        let url = format!("{}/organizations/{}/team/{}", self.base, org.id, team.id);
        let html_url = format!("{}/orgs/{}/teams/{}", self.base, org.login, team.slug);
        json!({
            "id": team.id, "node_id": super::render::node_id("Team", team.id), "url": url,
            "html_url": html_url, "name": team.slug, "slug": team.slug, "description": null,
            "privacy": "closed", "notification_setting": "notifications_enabled",
            "permission": "pull", "members_url": format!("{url}/members{{/member}}"),
            "repositories_url": format!("{url}/repos"), "parent": null, "type": "organization",
            "organization_id": org.id,
        })
    }

    fn team_in_full(&self, org: &User, team: &Team) -> Value {
        let mut body = self.team(org, team);
        let created = super::render::stamp(team.created_at);
        body["created_at"] = json!(created);
        body["updated_at"] = json!(created);
        body["members_count"] = json!(self.state.team_members_of(team.id).count());
        body["repos_count"] = json!(0);
        body["organization"] = self.organization_in_full(org);
        body
    }
}

/// The organisation with this login.
pub(super) fn org_of<'r>(render: Render<'r>, login: &str) -> Result<&'r User, Refusal> {
    render
        .state
        .user_by_login(login)
        .filter(|org| org.kind == Kind::Organization)
        .ok_or_else(Refusal::not_found)
}

/// `GET /orgs/{org}/members`: all of them to its own people, the public ones to others.
pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    org: OfOrg,
    params: Params,
) -> Answer {
    world.read(|render| {
        let org = org_of(render, &org)?.id;
        let own = render.belongs(caller, org);
        let people: Vec<UserId> = render
            .state
            .users
            .values()
            .map(|user| user.id)
            .filter(|user| match own {
                true => render.is_member(org, *user),
                false => render.is_public_member(org, *user),
            })
            .collect();
        Ok(params.page(&people, |user| render.user(*user)))
    })
}

/// `GET /orgs/{org}/members/{login}`: 204 or 404 to the organisation's own, 302 to others.
pub(super) async fn check(world: web::Data<World>, caller: Caller, path: Repository) -> Answer {
    world.read(|render| {
        let org = org_of(render, &path.0)?;
        if !render.belongs(caller, org.id) {
            let url = format!(
                "{}/orgs/{}/public_members/{}",
                render.base, org.login, path.1
            );
            return Ok(HttpResponse::Found()
                .insert_header((LOCATION, url))
                .finish());
        }
        let user = render.known_account(&path.1)?.id;
        match render.is_member(org.id, user) {
            true => Ok(nothing()),
            false => Err(Refusal::not_found()),
        }
    })
}

pub(super) async fn check_public(
    world: web::Data<World>,
    _caller: Caller,
    path: Repository,
) -> Answer {
    world.read(|render| {
        let org = org_of(render, &path.0)?.id;
        let user = render.known_account(&path.1)?.id;
        match render.is_public_member(org, user) {
            true => Ok(nothing()),
            false => Err(Refusal::not_found()),
        }
    })
}

/// `GET /orgs/{org}/memberships/{login}`: for the organisation's own people and Apps only.
pub(super) async fn of_account(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
) -> Answer {
    world.read(|render| {
        let org = org_of(render, &path.0)?;
        if !render.belongs(caller, org.id) {
            return Err(Refusal::forbidden(
                "You must be a member of this organization to see its memberships.",
            ));
        }
        let user = render.known_account(&path.1)?.id;
        Ok(ok(&render.membership(org, user)?))
    })
}

pub(super) async fn teams(
    world: web::Data<World>,
    caller: Caller,
    org: OfOrg,
    params: Params,
) -> Answer {
    world.read(|render| {
        let org = org_of(render, &org)?;
        if !render.belongs(caller, org.id) {
            return Err(Refusal::not_found());
        }
        let teams: Vec<&Team> = render
            .state
            .teams
            .range((org.id, String::new())..(org.id + 1, String::new()))
            .map(|(_, team)| team)
            .collect();
        Ok(params.page(&teams, |team| render.team(org, team)))
    })
}

/// The team, to those who may see it.
fn team<'r>(
    render: Render<'r>,
    caller: Caller,
    org: &'r User,
    slug: &str,
) -> Result<&'r Team, Refusal> {
    if !render.belongs(caller, org.id) {
        return Err(Refusal::not_found());
    }
    let team = render.state.teams.get(&(org.id, slug.to_owned()));
    team.ok_or_else(Refusal::not_found)
}

pub(super) async fn get_team(world: web::Data<World>, caller: Caller, path: Repository) -> Answer {
    world.read(|render| {
        let org = org_of(render, &path.0)?;
        let team = team(render, caller, org, &path.1)?;
        Ok(ok(&render.team_in_full(org, team)))
    })
}

/// `GET /orgs/{org}/teams/{slug}/memberships/{login}`
pub(super) async fn of_team(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    world.read(|render| {
        let org = org_of(render, &path.0)?;
        let team = team(render, caller, org, &path.1)?;
        let user = render.known_account(&path.2)?;
        let member = render
            .state
            .team_members
            .get(&(team.id, user.id))
            .ok_or_else(Refusal::not_found)?;
        let url = format!(
            "{}/organizations/{}/team/{}/memberships/{}",
            render.base, org.id, team.id, user.login
        );
        Ok(ok(&json!({
            "url": url,
            "role": if member.maintainer { "maintainer" } else { "member" },
            "state": if member.pending { "pending" } else { "active" },
        })))
    })
}

/// Makes an account a member of an organisation. Whose membership is not public appears to others as no member.
pub(super) fn add_member(
    tx: &mut Tx<'_>,
    org: &str,
    login: &str,
    public: bool,
) -> Result<(), StandInError> {
    let (org, user) = (known(tx.state, org)?, known(tx.state, login)?);
    tx.state.members.insert((org, user), false);
    if public {
        tx.state.concealed.remove(&(org, user));
    } else {
        tx.state.concealed.insert((org, user), true);
    }
    Ok(())
}

pub(super) fn remove_member(tx: &mut Tx<'_>, org: &str, login: &str) -> Result<(), StandInError> {
    let (org, user) = (known(tx.state, org)?, known(tx.state, login)?);
    tx.state.members.remove(&(org, user));
    tx.state.concealed.remove(&(org, user));
    Ok(())
}

/// Makes an account a member of a team, which is made if it is not there.
pub(super) fn add_to_team(
    tx: &mut Tx<'_>,
    (org, slug): (&str, &str),
    login: &str,
    member: TeamMember,
) -> Result<(), StandInError> {
    let (org, user) = (known(tx.state, org)?, known(tx.state, login)?);
    let key = (org, slug.to_owned());
    let team = match tx.state.teams.get(&key) {
        Some(team) => team.id,
        None => {
            let id = tx.state.next_id();
            let team = Team {
                id,
                slug: slug.to_owned(),
                created_at: tx.now,
            };
            tx.state.teams.insert(key, team);
            id
        }
    };
    tx.state.team_members.insert((team, user), member);
    Ok(())
}

pub(super) fn remove_from_team(
    tx: &mut Tx<'_>,
    (org, slug): (&str, &str),
    login: &str,
) -> Result<(), StandInError> {
    let (org, user) = (known(tx.state, org)?, known(tx.state, login)?);
    if let Some(team) = tx.state.teams.get(&(org, slug.to_owned())) {
        let key = (team.id, user);
        tx.state.team_members.remove(&key);
    }
    Ok(())
}

pub(super) fn delete_team(tx: &mut Tx<'_>, org: &str, slug: &str) -> Result<(), StandInError> {
    let key = (known(tx.state, org)?, slug.to_owned());
    if let Some(team) = tx.state.teams.get(&key) {
        let id = team.id;
        tx.state.team_members.remove_where(|key, _| key.0 == id);
        tx.state.teams.remove(&key);
    }
    Ok(())
}
