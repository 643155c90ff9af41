//! How people authorise an App: the page on which they do, the code that they are sent back with, and what it is exchanged
//! for. GitHub knows who is at the browser; here they choose an account. Source: docs.github.com, "Generating a user access
//! token for a GitHub App".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::http::ok;
use super::manifest::{escaped, leading_to, page};
use super::records::{App, AuthorizationCode, Kind, Token, UserId};
use super::refusal::{Answer, Refusal};
use super::render::Render;
use super::world::World;

/// How long a code is good.
const CODE_LASTS: Duration = Duration::minutes(10);
/// How long a person's token is good.
const TOKEN_LASTS: Duration = Duration::hours(8);

type Fields = BTreeMap<String, String>;

fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

fn app_of<'a>(render: Render<'a>, client_id: Option<&str>) -> Result<&'a App, Refusal> {
    let mut apps = render.state.apps.values();
    apps.find(|app| Some(app.client_id().as_str()) == client_id)
        .ok_or_else(Refusal::not_found)
}

/// Where to send somebody back to: what was asked for, if the App names it.
#[expect(
    clippy::result_large_err,
    reason = "the error is the answer, once for each visit"
)]
fn back_to(app: &App, fields: &Fields) -> Result<String, HttpResponse> {
    let first = app.callback_urls.first().cloned().unwrap_or_default();
    match field(fields, "redirect_uri") {
        None => Ok(first),
        Some(asked) if app.callback_urls.iter().any(|known| known == asked) => Ok(asked.to_owned()),
        Some(_) => Err(sent_back(
            &first,
            fields,
            &[
                ("error", "redirect_uri_mismatch"),
                (
                    "error_description",
                    "The redirect_uri MUST match the registered callback URL for this application.",
                ),
            ],
        )
        .unwrap_or_else(|_| {
            page(
                "Be careful!",
                "<p>The redirect_uri is not associated with this application.</p>",
            )
        })),
    }
}

fn sent_back(
    url: &str,
    fields: &Fields,
    parameters: &[(&str, &str)],
) -> Result<HttpResponse, Refusal> {
    let mut parameters = parameters.to_vec();
    parameters.extend(field(fields, "state").map(|state| ("state", state)));
    leading_to(url, &parameters)
}

/// `GET /login/oauth/authorize`: which account signs in?
pub(super) async fn form(world: web::Data<World>, fields: web::Query<Fields>) -> Answer {
    world.read(|render| {
        let app = app_of(render, field(&fields, "client_id"))?;
        if let Err(answer) = back_to(app, &fields) {
            return Ok(answer);
        }
        let mut body = String::from("<form method=\"post\" action=\"/login/oauth/authorize\">");
        for (name, value) in fields.iter() {
            let (name, value) = (escaped(name), escaped(value));
            let _ = write!(
                body,
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            );
        }
        for user in render.state.users.values() {
            if user.kind == Kind::User {
                let login = escaped(&user.login);
                let _ = write!(
                    body,
                    "<p><button name=\"account\" value=\"{login}\">Continue as {login}</button></p>"
                );
            }
        }
        body.push_str("<p><button name=\"account\" value=\"\">Cancel</button></p></form>");
        Ok(page(&format!("Authorize {}", escaped(&app.name)), &body))
    })
}

/// `POST /login/oauth/authorize`: the click on that page.
pub(super) async fn authorize(world: web::Data<World>, fields: web::Form<Fields>) -> Answer {
    world.write(|tx| {
        let app = app_of(tx.render(), field(&fields, "client_id"))?.clone();
        let back = match back_to(&app, &fields) {
            Ok(back) => back,
            Err(answer) => return Ok(answer),
        };
        let Some(account) = field(&fields, "account") else {
            return sent_back(
                &back,
                &fields,
                &[
                    ("error", "access_denied"),
                    (
                        "error_description",
                        "The user has denied your application access.",
                    ),
                ],
            );
        };
        let user = tx
            .state
            .user_by_login(account)
            .filter(|user| user.kind == Kind::User)
            .map(|user| user.id)
            .ok_or_else(Refusal::not_found)?;
        let code = tx.new_token("code")[5..25].to_owned();
        let is_s256 = field(&fields, "code_challenge_method") == Some("S256");
        let challenge = field(&fields, "code_challenge").filter(|_| is_s256);
        tx.state.authorizations.insert(
            code.clone(),
            AuthorizationCode {
                app: app.id,
                user,
                redirect_uri: back.clone(),
                challenge: challenge.filter(|_| !app.ignores_pkce).map(str::to_owned),
                expires_at: tx.now + CODE_LASTS,
            },
        );
        sent_back(&back, &fields, &[("code", &code)])
    })
}

/// The fields of a request, from its address and its body, which is a form or JSON.
fn fields_of(request: &HttpRequest, body: &[u8]) -> Fields {
    let read = |text: &str| {
        web::Query::<Fields>::from_query(text)
            .map(web::Query::into_inner)
            .unwrap_or_default()
    };
    let mut fields = read(request.query_string());
    let kind = request.headers().get(CONTENT_TYPE);
    let is_json = kind
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if is_json {
        let sent: BTreeMap<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let texts = sent
            .into_iter()
            .filter_map(|(name, value)| value.as_str().map(|text| (name, text.to_owned())));
        fields.extend(texts);
    } else {
        fields.extend(read(&String::from_utf8_lossy(body)));
    }
    fields
}

/// `POST /login/oauth/access_token`: exchanges a code for the person's token. Errors are answered with 200.
pub(super) async fn exchange(
    world: web::Data<World>,
    request: HttpRequest,
    body: web::Bytes,
) -> Answer {
    let fields = fields_of(&request, &body);
    let answer = world.write(|tx| {
        let app = app_of(tx.render(), field(&fields, "client_id"))?.clone();
        if field(&fields, "client_secret") != Some(app.client_secret.as_str()) {
            return Ok(error(
                "incorrect_client_credentials",
                "The client_id and/or client_secret passed are incorrect.",
            ));
        }
        let bad_code = || {
            Ok(error(
                "bad_verification_code",
                "The code passed is incorrect or expired.",
            ))
        };
        // A code is good once, whatever comes of it.
        let code = field(&fields, "code").unwrap_or_default().to_owned();
        let Some(code) = tx.state.authorizations.remove(&code) else {
            return bad_code();
        };
        if code.app != app.id || code.expires_at <= tx.now {
            return bad_code();
        }
        if field(&fields, "redirect_uri").is_some_and(|uri| uri != code.redirect_uri) {
            return Ok(error(
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            ));
        }
        if let Some(challenge) = &code.challenge {
            let verifier = field(&fields, "code_verifier").unwrap_or_default();
            if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != *challenge {
                return bad_code();
            }
        }
        let token = tx.new_token("ghu");
        tx.state
            .tokens
            .insert(token.clone(), token_of(code.user, tx.now));
        Ok(json!({
            "access_token": token, "expires_in": TOKEN_LASTS.num_seconds(),
            "refresh_token": tx.new_token("ghr"), "refresh_token_expires_in": 15_897_600,
            "token_type": "bearer", "scope": "",
        }))
    })?;
    Ok(answered(&request, &answer))
}

fn token_of(user: UserId, now: crate::clock::Timestamp) -> Token {
    Token {
        user,
        expires_at: Some(now + TOKEN_LASTS),
        installation: None,
        permissions: None,
    }
}

fn error(code: &str, description: &str) -> Value {
    json!({
        "error": code,
        "error_description": description,
        "error_uri": "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors",
    })
}

/// JSON for those who ask for it; a form for others, as on GitHub.
fn answered(request: &HttpRequest, answer: &Value) -> HttpResponse {
    let accepts = request.headers().get(ACCEPT);
    let wants_json = accepts
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.contains("json"));
    if wants_json {
        return ok(answer);
    }
    let mut url = "http://form.invalid/".to_owned();
    if let Some(fields) = answer.as_object() {
        let texts = fields.iter().map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.as_str(), text)
        });
        if let Ok(with_fields) = reqwest::Url::parse_with_params(&url, texts) {
            url = with_fields.query().unwrap_or_default().to_owned();
        }
    }
    HttpResponse::Ok()
        .content_type("application/x-www-form-urlencoded; charset=utf-8")
        .body(url)
}

/// `POST /applications/{client_id}/token`: whose a token is. Asked with the client id and secret as basic authentication.
pub(super) async fn check_token(
    world: web::Data<World>,
    request: HttpRequest,
    client_id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let fields = fields_of(&request, &body);
    world.read(|render| {
        let app = app_of(render, Some(client_id.as_str()))?;
        let shown = request.headers().get(AUTHORIZATION);
        let shown = shown
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, pair)| STANDARD.decode(pair.trim()).ok());
        let expected = format!("{}:{}", app.client_id(), app.client_secret);
        if shown.as_deref() != Some(expected.as_bytes()) {
            return Err(Refusal::bad_credentials());
        }
        let Some(text) = field(&fields, "access_token") else {
            return Err(Refusal::unprocessable("Missing access_token"));
        };
        let token = render
            .state
            .tokens
            .get(&text.to_owned())
            .filter(|token| text.starts_with("ghu_") && token.expires_at > Some(render.now))
            .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Not Found"))?;
        Ok(ok(&json!({
            "id": app.id, "token": text, "user": render.user(token.user),
            "app": {"client_id": app.client_id(), "name": app.name, "url": app.url},
        })))
    })
}
