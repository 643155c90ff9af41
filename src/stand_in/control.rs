//! Pages of the stand-in's own, below `/_stand_in/`: what people do on GitHub's pages, for programs in other processes.
//! Only the service account's token opens them.

use actix_web::web;
use actix_web::web::ServiceConfig;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::{self, known};
use super::caller::Caller;
use super::error::StandInError;
use super::faults::{Dice, FaultPlan};
use super::http::{Body, Named, Repository, created, no_such_page, nothing, ok};
use super::installing::{self, NewApp};
use super::membership;
use super::records::{AppId, Grants, InstallationId, InvitingRules, TeamMember};
use super::refusal::{Answer, Refusal};
use super::world::World;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/_stand_in")
            .route("/calls", web::get().to(calls))
            .route("/settle", web::post().to(settle))
            .route("/accounts", web::post().to(add_account))
            .route("/accounts/{login}", web::patch().to(rename_account))
            .route("/accounts/{login}", web::delete().to(delete_account))
            .route("/orgs/{org}/members/{login}", web::put().to(add_member))
            .route(
                "/orgs/{org}/members/{login}",
                web::delete().to(remove_member),
            )
            .route(
                "/orgs/{org}/teams/{slug}/members/{login}",
                web::put().to(add_to_team),
            )
            .route(
                "/orgs/{org}/teams/{slug}/members/{login}",
                web::delete().to(remove_from_team),
            )
            .route("/apps", web::post().to(register))
            .route("/installations", web::post().to(install))
            .route("/installations/{id}", web::patch().to(change))
            .route("/installations/{id}", web::delete().to(uninstall))
            .route("/installations/{id}/approve", web::post().to(approve))
            .route("/apps/{id}", web::patch().to(ask_for))
            .route("/organizations/{org}/inviting", web::put().to(set_inviting))
            .route("/faults", web::get().to(faults))
            .route("/faults", web::put().to(set_faults))
            .route("/faults", web::delete().to(end_faults))
            .default_service(web::to(no_such_page)),
    );
}

fn admit(world: &World, caller: Caller) -> Result<(), Refusal> {
    if caller == Caller::User(world.service) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "Only the service account's token opens the stand-in's own pages.",
    ))
}

fn refused(error: StandInError) -> Refusal {
    match error {
        StandInError::Unknown { .. } => {
            Refusal::new(actix_web::http::StatusCode::NOT_FOUND, error.to_string())
        }
        other => Refusal::unprocessable(other.to_string()),
    }
}

async fn calls(world: web::Data<World>, caller: Caller) -> Answer {
    admit(&world, caller)?;
    let refused = world.meter().refused;
    Ok(ok(
        &json!({"calls": world.calls(), "refused_by_limits": refused}),
    ))
}

/// Answers when every webhook was sent.
async fn settle(world: web::Data<World>, caller: Caller) -> Answer {
    admit(&world, caller)?;
    world.queues.settle().await;
    Ok(nothing())
}

/// The plan, and what was met of it.
async fn faults(world: web::Data<World>, caller: Caller) -> Answer {
    admit(&world, caller)?;
    let dice = world.dice();
    Ok(ok(&json!({"plan": dice.plan(), "met": dice.met()})))
}

async fn set_faults(
    world: web::Data<World>,
    caller: Caller,
    Body(plan): Body<FaultPlan>,
) -> Answer {
    admit(&world, caller)?;
    *world.dice() = Dice::following(plan.checked().map_err(refused)?);
    Ok(nothing())
}

async fn end_faults(world: web::Data<World>, caller: Caller) -> Answer {
    admit(&world, caller)?;
    *world.dice() = Dice::default();
    Ok(nothing())
}

#[derive(Deserialize)]
struct NewAccount {
    login: String,
    name: Option<String>,
}

async fn add_account(
    world: web::Data<World>,
    caller: Caller,
    Body(new): Body<NewAccount>,
) -> Answer {
    admit(&world, caller)?;
    let name = new.name.unwrap_or_else(|| new.login.clone());
    let (id, token) = world.write(|tx| accounts::person(tx, &new.login, &name).map_err(refused))?;
    Ok(created(
        &json!({"id": id, "login": new.login, "token": token}),
    ))
}

#[derive(Deserialize)]
struct NewLogin {
    login: String,
}

async fn rename_account(
    world: web::Data<World>,
    caller: Caller,
    login: web::Path<String>,
    Body(new): Body<NewLogin>,
) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| accounts::rename(tx, &login, &new.login).map_err(refused))?;
    Ok(nothing())
}

async fn delete_account(
    world: web::Data<World>,
    caller: Caller,
    login: web::Path<String>,
) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| accounts::delete(tx, &login).map_err(refused))?;
    Ok(nothing())
}

#[derive(Deserialize)]
struct NewMember {
    /// Can everybody see the membership?
    #[serde(default)]
    public: bool,
}

async fn add_member(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewMember>,
) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| membership::add_member(tx, &path.0, &path.1, new.public).map_err(refused))?;
    Ok(nothing())
}

async fn remove_member(world: web::Data<World>, caller: Caller, path: Repository) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| membership::remove_member(tx, &path.0, &path.1).map_err(refused))?;
    Ok(nothing())
}

#[derive(Deserialize)]
struct NewTeamMember {
    #[serde(default)]
    maintainer: bool,
    /// Invited, and not accepted yet.
    #[serde(default)]
    pending: bool,
}

async fn add_to_team(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    Body(new): Body<NewTeamMember>,
) -> Answer {
    admit(&world, caller)?;
    let member = TeamMember {
        maintainer: new.maintainer,
        pending: new.pending,
    };
    world.write(|tx| {
        membership::add_to_team(tx, (&path.0, &path.1), &path.2, member).map_err(refused)
    })?;
    Ok(nothing())
}

async fn remove_from_team(world: web::Data<World>, caller: Caller, path: Named) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| {
        membership::remove_from_team(tx, (&path.0, &path.1), &path.2).map_err(refused)
    })?;
    Ok(nothing())
}

#[derive(Deserialize)]
struct Registered {
    id: AppId,
    slug: String,
    owner: String,
    public_key: String,
    permissions: Option<Grants>,
    events: Option<Vec<String>>,
}

/// Registers an App without a manifest.
async fn register(world: web::Data<World>, caller: Caller, Body(new): Body<Registered>) -> Answer {
    admit(&world, caller)?;
    let body: Value = world.write(|tx| {
        let new = NewApp {
            id: new.id,
            name: new.slug.clone(),
            description: String::new(),
            url: format!("https://{}.invalid", new.slug),
            slug: new.slug,
            owner: known(tx.state, &new.owner).map_err(refused)?,
            public_key: new.public_key,
            permissions: new.permissions.unwrap_or_else(installing::all_permissions),
            events: new.events.unwrap_or_else(installing::all_events),
            setup_url: None,
            public: true,
            callback_urls: Vec::new(),
            client_secret: None,
        };
        let id = installing::register(tx, new).map_err(refused)?;
        let app = tx.state.apps.get(&id).ok_or_else(Refusal::not_found)?;
        Ok(tx.render().app(app))
    })?;
    Ok(created(&body))
}

#[derive(Deserialize)]
struct NewInstallation {
    /// The App's slug.
    app: String,
    account: String,
}

async fn install(
    world: web::Data<World>,
    caller: Caller,
    Body(new): Body<NewInstallation>,
) -> Answer {
    admit(&world, caller)?;
    let body: Value = world.write(|tx| {
        let app = tx
            .state
            .apps
            .values()
            .find(|app| app.slug == new.app)
            .map(|app| app.id)
            .ok_or_else(Refusal::not_found)?;
        let account = known(tx.state, &new.account).map_err(refused)?;
        let id = installing::install(tx, app, account, world.service).map_err(refused)?;
        shown(tx, id)
    })?;
    Ok(created(&body))
}

/// What an App asks for from now on; what is left out stays.
#[derive(Deserialize)]
struct Asked {
    permissions: Option<Grants>,
    events: Option<Vec<String>>,
}

async fn ask_for(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<AppId>,
    Body(asked): Body<Asked>,
) -> Answer {
    admit(&world, caller)?;
    let body: Value = world.write(|tx| {
        let app = tx.state.apps.get(&id).cloned();
        let app = app.ok_or_else(Refusal::not_found)?;
        let permissions = asked.permissions.unwrap_or(app.permissions);
        let events = asked.events.unwrap_or(app.events);
        installing::ask_for(tx, *id, permissions, events).map_err(refused)?;
        let app = tx.state.apps.get(&id).ok_or_else(Refusal::not_found)?;
        Ok(tx.render().app(app))
    })?;
    Ok(ok(&body))
}

/// The owner of the account approves what the App asks for now.
async fn approve(world: web::Data<World>, caller: Caller, id: web::Path<InstallationId>) -> Answer {
    admit(&world, caller)?;
    let body: Value = world.write(|tx| {
        installing::approve(tx, *id, world.service).map_err(refused)?;
        shown(tx, *id)
    })?;
    Ok(ok(&body))
}

fn shown(tx: &super::world::Tx<'_>, id: InstallationId) -> Result<Value, Refusal> {
    let row = tx.state.installations.get(&id);
    row.map(|row| tx.render().installation(row))
        .ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
struct Change {
    suspended: Option<bool>,
    permissions: Option<Grants>,
    events: Option<Vec<String>>,
}

async fn change(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
    Body(change): Body<Change>,
) -> Answer {
    admit(&world, caller)?;
    let body: Value = world.write(|tx| {
        let row = tx.state.installations.get(&id);
        let row = row.cloned().ok_or_else(Refusal::not_found)?;
        if let Some(suspended) = change.suspended {
            installing::suspend(tx, *id, suspended, world.service).map_err(refused)?;
        }
        if change.permissions.is_some() || change.events.is_some() {
            let permissions = change.permissions.unwrap_or(row.permissions);
            let events = change.events.unwrap_or(row.events);
            installing::grant(tx, *id, permissions, events, world.service).map_err(refused)?;
        }
        shown(tx, *id)
    })?;
    Ok(ok(&body))
}

/// What an organisation refuses where somebody from outside is invited.
async fn set_inviting(
    world: web::Data<World>,
    caller: Caller,
    org: web::Path<String>,
    Body(rules): Body<InvitingRules>,
) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| {
        let org = known(tx.state, &org).map_err(refused)?;
        tx.state.inviting.insert(org, rules);
        Ok(())
    })?;
    Ok(nothing())
}

async fn uninstall(
    world: web::Data<World>,
    caller: Caller,
    id: web::Path<InstallationId>,
) -> Answer {
    admit(&world, caller)?;
    world.write(|tx| installing::uninstall(tx, *id, world.service).map_err(refused))?;
    Ok(nothing())
}
