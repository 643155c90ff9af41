//! Messages for leads, and the page on which a reader turns a kind off.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::api::message_state;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::super::words::name_of;
use super::components::When;
use super::failure::PageProblem;
use super::form::{Press, Sent};
use super::{Frame, page, told};
use crate::ids::{InvalidId, MessageId};
use crate::store::{MessageFilter, MessageRow, MessageState};
use crate::workflow::messages::{self, CANDIDATE, TEAM, Unsubscribing};

/// The header's link to these pages.
const HOME: &str = "/messages";
/// Messages that a page shows.
const MOST_SHOWN: u32 = 100;

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/messages.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Shown>,
    state: String,
    states: Vec<StateChoice>,
    /// Where the next page begins.
    more: Option<String>,
    /// Is mail configured?
    sends: bool,
    /// How many could not be sent.
    failed: i64,
}

struct StateChoice {
    name: String,
    words: &'static str,
    is_chosen: bool,
}

struct Shown {
    written: When,
    sent: Option<When>,
    row: MessageRow,
    state: &'static str,
    /// The kind of the state's badge.
    badge: &'static str,
    to: String,
    has_file: bool,
    may_resend: bool,
}

/// What people call a state.
fn in_words(state: MessageState) -> &'static str {
    match state {
        MessageState::Waiting => "waiting",
        MessageState::NotSent => "NOT SENT",
        MessageState::Sending => "being sent",
        MessageState::Sent => "sent",
        MessageState::Failed => "failed",
        MessageState::Off => "turned off",
        MessageState::Obsolete => "not sent, no longer of use",
    }
}

fn badge(state: MessageState) -> &'static str {
    match state {
        MessageState::Waiting | MessageState::Sending => "info",
        MessageState::NotSent => "warning",
        MessageState::Sent => "success",
        MessageState::Failed => "error",
        MessageState::Off | MessageState::Obsolete => "neutral",
    }
}

fn shown(row: MessageRow) -> Shown {
    let whom = match row.recipient.as_str() {
        CANDIDATE => "candidate",
        TEAM => "team: no owner and no lead with an address is known",
        _ => "team",
    };
    Shown {
        state: in_words(row.state),
        badge: badge(row.state),
        to: match &row.address {
            Some(address) => format!("{address} ({whom})"),
            None => whom.to_owned(),
        },
        written: When::utc(&row.created_at),
        sent: row.sent_at.as_ref().map(When::utc),
        has_file: !row.eml.is_empty(),
        may_resend: matches!(
            row.state,
            MessageState::NotSent | MessageState::Sent | MessageState::Failed
        ),
        row,
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let wanted = query.state.as_deref().filter(|state| !state.is_empty());
    let state = wanted.map(message_state).transpose()?;
    let filter = MessageFilter {
        work_sample: None,
        state,
        after: query.after.as_deref().map(id).transpose()?,
        limit: Some(MOST_SHOWN + 1),
    };
    let mut rows = messages::list(&door.services, filter).await?;
    let most = MOST_SHOWN as usize;
    let has_more = rows.len() > most;
    rows.truncate(most);
    let more = rows
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    let listed = ListPage {
        frame: Frame::of(&lead, "Messages").at(HOME),
        rows: rows.into_iter().map(shown).collect(),
        state: state.as_ref().map(name_of).unwrap_or_default(),
        states: MessageState::ALL
            .iter()
            .map(|one| StateChoice {
                name: name_of(one),
                words: in_words(*one),
                is_chosen: state == Some(*one),
            })
            .collect(),
        more,
        sends: door.services.mailer.smtp.is_some(),
        failed: messages::failed(&door.services).await?,
    };
    page(StatusCode::OK, &listed)
}

fn id(text: &str) -> Result<MessageId, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

#[derive(Template)]
#[template(path = "pages/message.html")]
struct ShowPage {
    frame: Frame,
    form_token: String,
    shown: Shown,
    /// The address of its file.
    file: String,
    text: String,
    /// Where another personal link is made, if the words have one.
    link_page: Option<String>,
}

/// What is shown in place of a candidate's link.
const LINK_REMOVED: &str = "(personal link removed here)";

pub(super) async fn show(
    door: web::Data<Door>,
    lead: SignedIn,
    path: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let (row, text) = messages::show(&door.services, &id(&path)?).await?;
    let may_resend = messages::may_resend(&door.services, &row).await?;
    let link = messages::removed_link(&door.services);
    let about = row.work_sample.as_ref();
    let mut message = shown(row.clone());
    message.may_resend &= may_resend;
    let page_shown = ShowPage {
        link_page: about
            .filter(|_| text.contains(&link))
            .map(|id| format!("/samples/{id}/links")),
        frame: Frame::of(&lead, "Message").at(HOME),
        form_token: lead.form_token.clone(),
        file: format!("{HOME}/{}.eml", row.id),
        shown: message,
        text: text.replace(&link, LINK_REMOVED),
    };
    page(StatusCode::OK, &page_shown)
}

/// The message as a file that mail programs open.
pub(super) async fn file(
    door: web::Data<Door>,
    _lead: SignedIn,
    path: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let (row, _) = messages::show(&door.services, &id(&path)?).await?;
    if row.eml.is_empty() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "message_without_file",
            "this message has no file: nobody's address is known, its reader turned it off, or it is no longer of use",
        )
        .into());
    }
    let disposition = format!("attachment; filename=\"{}.eml\"", row.id);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "message/rfc822"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(row.eml))
}

pub(super) async fn resend(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    path: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let row = messages::resend(&door.services, &id(&path)?, &lead.name).await?;
    told(&door, &format!("{HOME}/{}", row.id), Notice::MessageResent)
}

#[derive(Deserialize)]
struct Turn {
    #[serde(default)]
    turn: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/unsubscribe.html")]
struct UnsubscribePage {
    frame: Frame,
    kind: &'static str,
    is_off: bool,
}

fn unsubscribe_page(found: &Unsubscribing) -> Result<HttpResponse, PageProblem> {
    let shown = UnsubscribePage {
        frame: Frame::new("Messages"),
        kind: found.kind.in_words(),
        is_off: found.is_off,
    };
    page(StatusCode::OK, &shown)
}

/// Shows a button: mail scanners open every link, so opening one turns nothing off.
pub(super) async fn unsubscribing(
    door: web::Data<Door>,
    token: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    unsubscribe_page(&messages::unsubscribing(&door.services, &token).await?)
}

/// Turns a kind off, or on again. Mail programs send this by themselves (RFC 8058), so the address alone is the key.
pub(super) async fn unsubscribe(
    door: web::Data<Door>,
    token: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, PageProblem> {
    // What a mail program sends is no form of ours, and turns off.
    let sent = std::str::from_utf8(&body).unwrap_or_default();
    let turn = web::Query::<Turn>::from_query(sent).ok();
    let off = turn.and_then(|turn| turn.into_inner().turn).as_deref() != Some("on");
    unsubscribe_page(&messages::turn_off_by_token(&door.services, &token, off).await?)
}
