//! How an App is made from a manifest: the page that takes the manifest and sends its reader back with a code, what that
//! code is exchanged for, and the page on which an App is put on an account. On GitHub a signed-in person clicks on both
//! pages; here whoever reaches them is taken for an owner, for the stand-in has no sessions.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::Duration;
use serde::Deserialize;
use serde_json::json;

use super::accounts::known;
use super::http::created;
use super::installing::{self, NewApp};
use super::keys;
use super::records::{Conversion, Grants, Kind, Level};
use super::refusal::{Answer, Refusal};
use super::world::World;

#[derive(Deserialize)]
struct HookAttributes {
    url: Option<String>,
    active: Option<bool>,
}

/// The fields of a manifest that mean something here; others are let pass, as on GitHub.
#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    url: String,
    description: Option<String>,
    hook_attributes: Option<HookAttributes>,
    redirect_url: Option<String>,
    setup_url: Option<String>,
    #[serde(default)]
    callback_urls: Vec<String>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    default_permissions: Grants,
    #[serde(default)]
    default_events: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct State {
    state: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Sent {
    manifest: String,
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    account: String,
}

pub(super) fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}</html>"
        ))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// An address with parameters added.
pub(super) fn leading_to(url: &str, parameters: &[(&str, &str)]) -> Result<HttpResponse, Refusal> {
    let url = reqwest::Url::parse_with_params(url, parameters)
        .map_err(|_| Refusal::unprocessable(format!("`{url}` is not an address")))?;
    Ok(HttpResponse::Found()
        .insert_header(("Location", url.as_str()))
        .finish())
}

/// The page for those who bring their manifest by hand.
pub(super) async fn form() -> HttpResponse {
    page(
        "Register a new GitHub App",
        "<form method=\"post\"><p><label>Manifest (JSON) <textarea name=\"manifest\" rows=\"20\" cols=\"80\"></textarea></label></p>\
         <p><button>Create GitHub App</button></p></form>",
    )
}

/// `POST /organizations/{org}/settings/apps/new`: makes the App and sends its maker back with a code.
pub(super) async fn create(
    world: web::Data<World>,
    org: web::Path<String>,
    state: web::Query<State>,
    sent: web::Form<Sent>,
) -> Answer {
    let owner = world.read(|render| {
        render
            .state
            .user_by_login(&org)
            .filter(|org| org.kind == Kind::Organization)
            .map(|org| org.id)
            .ok_or_else(Refusal::not_found)
    })?;
    let manifest: Manifest = serde_json::from_str(&sent.manifest)
        .map_err(|error| Refusal::unprocessable(format!("Invalid GitHub App manifest: {error}")))?;
    let odd: Vec<&str> = manifest
        .default_events
        .iter()
        .map(String::as_str)
        .filter(|event| !installing::EVENTS.contains(event))
        .collect();
    if !odd.is_empty() {
        return Err(Refusal::unprocessable(format!(
            "Invalid GitHub App manifest: Default events unsupported: {}",
            odd.join(", ")
        )));
    }
    let keys = web::block(keys::generate)
        .await
        .map_err(Refusal::broken)?
        .map_err(Refusal::broken)?;
    let name = manifest.name.unwrap_or_else(|| format!("{org} app"));
    let slug = slug(&name);
    let mut permissions = manifest.default_permissions;
    permissions
        .entry("metadata".to_owned())
        .or_insert(Level::Read);
    let code = world.write(|tx| {
        if slug.is_empty() || tx.state.apps.values().any(|app| app.slug == slug) {
            return Err(Refusal::custom("Integration", "Name is already taken"));
        }
        let id = tx.state.next_id();
        let client_secret = tx.new_token("ghcs");
        let new = NewApp {
            id,
            slug,
            name,
            description: manifest.description.unwrap_or_default(),
            url: manifest.url,
            owner,
            public_key: keys.public,
            permissions,
            events: manifest.default_events,
            setup_url: manifest.setup_url,
            public: manifest.public,
            callback_urls: manifest.callback_urls,
            client_secret: Some(client_secret.clone()),
        };
        installing::register(tx, new).map_err(|error| Refusal::unprocessable(error.to_string()))?;
        let mut webhook_secret = None;
        let attributes = manifest.hook_attributes;
        if let Some(HookAttributes {
            url: Some(url),
            active,
        }) = attributes
        {
            let secret = tx.new_token("whs");
            webhook_secret = Some(secret.clone());
            let hook =
                installing::set_hook(tx, Some(id), &url, Some(secret), active.unwrap_or(true));
            if active.unwrap_or(true) {
                tx.ping(hook, world.service);
            }
        }
        let code = tx.new_token("code");
        let conversion = Conversion {
            app: id,
            pem: keys.private,
            webhook_secret,
            client_secret,
            expires_at: tx.now + Duration::hours(1),
        };
        tx.state.conversions.insert(code.clone(), conversion);
        Ok(code)
    })?;
    let Some(back) = manifest.redirect_url else {
        return Ok(page(
            "GitHub App created",
            &format!("<p>Its code is <code>{code}</code>.</p>"),
        ));
    };
    let mut parameters = vec![("code", code.as_str())];
    parameters.extend(state.state.as_deref().map(|state| ("state", state)));
    leading_to(&back, &parameters)
}

fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-").chars().take(34).collect()
}

/// `POST /app-manifests/{code}/conversions`: the App with its secrets, once and within an hour.
pub(super) async fn convert(world: web::Data<World>, code: web::Path<String>) -> Answer {
    let body = world.write(|tx| {
        let conversion = tx
            .state
            .conversions
            .remove(&code)
            .filter(|conversion| conversion.expires_at > tx.now)
            .ok_or_else(Refusal::not_found)?;
        let app = tx
            .state
            .apps
            .get(&conversion.app)
            .ok_or_else(Refusal::not_found)?;
        let mut body = tx.render().app(app);
        body["client_secret"] = json!(conversion.client_secret);
        body["webhook_secret"] = json!(conversion.webhook_secret);
        body["pem"] = json!(conversion.pem);
        Ok(body)
    })?;
    Ok(created(&body))
}

/// `GET /apps/{slug}/installations/new`: where an App is put on an account.
pub(super) async fn install_form(world: web::Data<World>, slug: web::Path<String>) -> Answer {
    world.read(|render| {
        let app = render
            .state
            .apps
            .values()
            .find(|app| app.slug == *slug)
            .ok_or_else(Refusal::not_found)?;
        let mut body = String::from("<ul>");
        for (name, level) in &app.permissions {
            let _ = write!(body, "<li>{}: {level:?}</li>", escaped(name));
        }
        body.push_str("</ul><form method=\"post\">");
        for user in render.state.users.values() {
            if user.kind != Kind::Bot {
                let login = escaped(&user.login);
                let _ = write!(
                    body,
                    "<p><button name=\"account\" value=\"{login}\">Install on {login}</button></p>"
                );
            }
        }
        body.push_str("</form>");
        Ok(page(&format!("Install {}", escaped(&app.name)), &body))
    })
}

/// `POST /apps/{slug}/installations/new`: the click on that page.
pub(super) async fn install(
    world: web::Data<World>,
    slug: web::Path<String>,
    state: web::Query<State>,
    chosen: web::Form<Chosen>,
) -> Answer {
    let (installation, setup_url) = world.write(|tx| {
        let app = tx
            .state
            .apps
            .values()
            .find(|app| app.slug == *slug)
            .cloned()
            .ok_or_else(Refusal::not_found)?;
        let account = known(tx.state, &chosen.account)
            .map_err(|error| Refusal::new(StatusCode::NOT_FOUND, error.to_string()))?;
        let id = installing::install(tx, app.id, account, world.service)
            .map_err(|error| Refusal::unprocessable(error.to_string()))?;
        Ok((id.to_string(), app.setup_url))
    })?;
    let Some(back) = setup_url else {
        return Ok(page(
            "Installed",
            &format!("<p>The installation's number is {installation}.</p>"),
        ));
    };
    let mut parameters = vec![
        ("installation_id", installation.as_str()),
        ("setup_action", "install"),
    ];
    parameters.extend(state.state.as_deref().map(|state| ("state", state)));
    leading_to(&back, &parameters)
}
