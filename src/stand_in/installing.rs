//! Registering an App, and putting it on accounts and taking it off again: what people do on GitHub's own pages.

use super::accounts::account;
use super::error::StandInError;
use super::records::{
    App, AppId, Grants, Hook, Installation, InstallationId, Kind, Level, Scope, UserId,
};
use super::world::Tx;

/// The events an App may ask for that the stand-in plays.
pub(super) const EVENTS: [&str; 11] = [
    "check_run",
    "issue_comment",
    "issues",
    "member",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
    "status",
];

/// What an App gets that is registered without saying what it wants: everything the stand-in plays.
pub(super) fn all_permissions() -> Grants {
    [
        ("administration", Level::Write),
        ("checks", Level::Write),
        ("contents", Level::Write),
        ("issues", Level::Write),
        ("members", Level::Read),
        ("metadata", Level::Read),
        ("organization_hooks", Level::Write),
        ("pull_requests", Level::Write),
        ("repository_hooks", Level::Write),
        ("statuses", Level::Write),
        ("workflows", Level::Write),
    ]
    .into_iter()
    .map(|(name, level)| (name.to_owned(), level))
    .collect()
}

pub(super) fn all_events() -> Vec<String> {
    EVENTS.iter().map(|event| (*event).to_owned()).collect()
}

/// What an App is registered with.
pub(super) struct NewApp {
    pub id: AppId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub url: String,
    pub owner: UserId,
    pub public_key: String,
    pub permissions: Grants,
    pub events: Vec<String>,
    pub setup_url: Option<String>,
    pub public: bool,
    pub callback_urls: Vec<String>,
    /// Without one it gets one.
    pub client_secret: Option<String>,
}

/// Registers an App with its bot; a hook that was set before there was an App becomes the App's. One that is there already
/// takes the new key, permissions and events.
pub(super) fn register(tx: &mut Tx<'_>, new: NewApp) -> Result<AppId, StandInError> {
    let earlier = tx.state.apps.get(&new.id);
    let former_secret = earlier.map(|app| app.client_secret.clone());
    let earlier = earlier.map(|app| app.created_at);
    let now = tx.now;
    let login = format!("{}[bot]", new.slug);
    let bot = account(tx.state, &login, &new.slug, Kind::Bot, now)?;
    let app = App {
        id: new.id,
        slug: new.slug,
        name: new.name,
        description: new.description,
        url: new.url,
        owner: new.owner,
        bot,
        public_key: new.public_key,
        permissions: new.permissions,
        events: new.events,
        setup_url: new.setup_url,
        public: new.public,
        callback_urls: new.callback_urls,
        client_secret: new
            .client_secret
            .or(former_secret)
            .unwrap_or_else(|| tx.new_token("ghcs")),
        ignores_pkce: false,
        created_at: earlier.unwrap_or(now),
    };
    let id = app.id;
    tx.state.apps.insert(id, app);
    if tx.state.hook_of_app(Some(id)).is_none()
        && let Some(hook) = tx.state.hook_of_app(None).map(|hook| hook.id)
        && let Some(hook) = tx.state.hooks.get_mut(&hook)
    {
        hook.scope = Scope::App(Some(id));
    }
    Ok(id)
}

/// Sets where an App's webhooks go; replaces an earlier address. Returns the hook's id.
pub(super) fn set_hook(
    tx: &mut Tx<'_>,
    app: Option<AppId>,
    url: &str,
    secret: Option<String>,
    active: bool,
) -> u64 {
    let (id, created_at) = match tx.state.hook_of_app(app) {
        Some(hook) => (hook.id, hook.created_at),
        None => (tx.state.next_id(), tx.now),
    };
    let hook = Hook {
        id,
        scope: Scope::App(app),
        url: url.to_owned(),
        secret: secret.filter(|secret| !secret.is_empty()),
        content_type: "json".to_owned(),
        insecure_ssl: "0".to_owned(),
        events: vec!["*".to_owned()],
        active,
        created_at,
        updated_at: tx.now,
    };
    tx.state.hooks.insert(id, hook);
    id
}

fn unknown(what: String) -> StandInError {
    StandInError::Unknown { what }
}

/// Puts an App on an account, with all it asks for; where it is already, nothing changes.
pub(super) fn install(
    tx: &mut Tx<'_>,
    app: AppId,
    account: UserId,
    by: UserId,
) -> Result<InstallationId, StandInError> {
    if let Some(present) = tx.state.installation_on(app, account) {
        return Ok(present.id);
    }
    let row = tx
        .state
        .apps
        .get(&app)
        .cloned()
        .ok_or_else(|| unknown(format!("App {app}")))?;
    if !row.public && row.owner != account {
        return Err(StandInError::PrivateApp { app: row.slug });
    }
    let installation = Installation {
        id: tx.state.next_id(),
        app,
        account,
        permissions: row.permissions,
        events: row.events,
        suspended: None,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let id = installation.id;
    tx.state.installations.insert(id, installation.clone());
    tx.state.members.insert((account, row.bot), true);
    tx.tell_of_installation(&installation, "created", by);
    Ok(id)
}

fn present(tx: &Tx<'_>, id: InstallationId) -> Result<Installation, StandInError> {
    tx.state
        .installations
        .get(&id)
        .cloned()
        .ok_or_else(|| unknown(format!("installation {id}")))
}

/// Takes an App off an account. Its tokens open nothing from then on.
pub(super) fn uninstall(
    tx: &mut Tx<'_>,
    id: InstallationId,
    by: UserId,
) -> Result<(), StandInError> {
    let installation = present(tx, id)?;
    tx.tell_of_installation(&installation, "deleted", by);
    tx.state.installations.remove(&id);
    if let Some(app) = tx.state.apps.get(&installation.app) {
        let bot = app.bot;
        tx.state.members.remove(&(installation.account, bot));
    }
    tx.state.tokens.remove_where(|_, token| {
        token
            .installation
            .as_ref()
            .is_some_and(|narrowed| narrowed.installation == id)
    });
    Ok(())
}

/// Suspends an installation, or takes the suspension back.
pub(super) fn suspend(
    tx: &mut Tx<'_>,
    id: InstallationId,
    suspended: bool,
    by: UserId,
) -> Result<(), StandInError> {
    let mut installation = present(tx, id)?;
    if installation.suspended.is_some() == suspended {
        return Ok(());
    }
    installation.suspended = suspended.then_some((tx.now, by));
    installation.updated_at = tx.now;
    tx.state.installations.insert(id, installation.clone());
    let action = if suspended { "suspend" } else { "unsuspend" };
    tx.tell_of_installation(&installation, action, by);
    Ok(())
}

/// Sets what an installation may do and hears of, as its account's owner does by accepting or refusing what the App asks.
pub(super) fn grant(
    tx: &mut Tx<'_>,
    id: InstallationId,
    permissions: Grants,
    events: Vec<String>,
    by: UserId,
) -> Result<(), StandInError> {
    let mut installation = present(tx, id)?;
    installation.permissions = permissions;
    installation.events = events;
    installation.updated_at = tx.now;
    tx.state.installations.insert(id, installation.clone());
    tx.tell_of_installation(&installation, "new_permissions_accepted", by);
    Ok(())
}

/// Changes what an App asks for. Its installations keep what they were granted until their owners approve.
pub(super) fn ask_for(
    tx: &mut Tx<'_>,
    app: AppId,
    permissions: Grants,
    events: Vec<String>,
) -> Result<(), StandInError> {
    let row = tx
        .state
        .apps
        .get_mut(&app)
        .ok_or_else(|| unknown(format!("App {app}")))?;
    row.permissions = permissions;
    row.events = events;
    Ok(())
}

/// Grants an installation all that its App asks for now: its owner approves the request. Tokens from before keep what they
/// had.
pub(super) fn approve(tx: &mut Tx<'_>, id: InstallationId, by: UserId) -> Result<(), StandInError> {
    let app = present(tx, id)?.app;
    let app = tx.state.apps.get(&app);
    let app = app.ok_or_else(|| unknown(format!("the App of installation {id}")))?;
    let (permissions, events) = (app.permissions.clone(), app.events.clone());
    grant(tx, id, permissions, events, by)
}
