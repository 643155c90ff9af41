//! The queue, for leads: what the service does now, what waits and why, and what it gave up.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::session::SignedIn;
use super::super::words::name_of;
use super::components::{Choice, When};
use super::failure::PageProblem;
use super::form::{Press, Sent};
use super::{Frame, page, told};
use crate::ids::{InvalidId, JobId};
use crate::store::{JobFilter, JobRow, JobState};
use crate::workflow::jobs;

/// The header's link to these pages.
const HOME: &str = "/jobs";
/// Jobs that a page shows.
const MOST_SHOWN: u32 = 50;

const STATES: [JobState; 4] = [
    JobState::Ready,
    JobState::Leased,
    JobState::Dead,
    JobState::Done,
];

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "pages/jobs.html")]
struct JobsPage {
    frame: Frame,
    form_token: String,
    lines: Vec<Line>,
    states: Vec<Choice>,
    state: String,
    /// Where the next page begins.
    more: Option<String>,
}

struct Line {
    id: String,
    kind: String,
    subject: String,
    is_work_sample: bool,
    state: &'static str,
    badge: &'static str,
    attempts: u32,
    most: u32,
    when: When,
    error: String,
    is_dead: bool,
}

fn in_words(state: JobState) -> &'static str {
    match state {
        JobState::Ready => "waiting",
        JobState::Leased => "running",
        JobState::Done => "done",
        JobState::Dead => "given up",
    }
}

fn badge(state: JobState) -> &'static str {
    match state {
        JobState::Ready => "neutral",
        JobState::Leased => "info",
        JobState::Done => "success",
        JobState::Dead => "error",
    }
}

impl Line {
    fn of(row: JobRow, lead: &SignedIn) -> Line {
        let at = match row.state {
            JobState::Ready => row.run_at,
            JobState::Leased | JobState::Done | JobState::Dead => row.updated_at,
        };
        Line {
            id: row.id.to_string(),
            kind: row.kind.replace('_', " "),
            is_work_sample: row.subject.starts_with("ws_"),
            subject: row.subject,
            state: in_words(row.state),
            badge: badge(row.state),
            attempts: row.attempts,
            most: row.max_attempts,
            when: When::in_zone(at, lead.zone),
            error: row.last_error.unwrap_or_default(),
            is_dead: row.state == JobState::Dead,
        }
    }
}

fn job_id(text: &str) -> Result<JobId, Problem> {
    text.parse()
        .map_err(|error: InvalidId| Problem::bad_request("id_invalid", error.to_string()))
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let state = match query.state.as_str() {
        "" => None,
        word => {
            let known = STATES.into_iter().find(|state| name_of(state) == word);
            Some(known.ok_or_else(|| {
                Problem::bad_request("state_unknown", "state is ready, leased, done or dead")
            })?)
        }
    };
    let after = match query.after.as_str() {
        "" => None,
        text => Some(job_id(text)?),
    };
    let filter = JobFilter {
        state,
        limit: Some(MOST_SHOWN + 1),
        after,
        ..JobFilter::default()
    };
    let mut rows = jobs::list(&door.services, filter).await?;
    let most = MOST_SHOWN as usize;
    let has_more = rows.len() > most;
    rows.truncate(most);
    let more = rows
        .last()
        .filter(|_| has_more)
        .map(|last| last.id.to_string());
    let every = Choice::new("", "every state", query.state.is_empty());
    let states = STATES.into_iter().map(|state| {
        let value = name_of(&state);
        let chosen = value == query.state;
        Choice::new(value, in_words(state), chosen)
    });
    let shown = JobsPage {
        frame: Frame::of(&lead, "Jobs").at(HOME),
        form_token: lead.form_token.clone(),
        lines: rows.into_iter().map(|row| Line::of(row, &lead)).collect(),
        states: std::iter::once(every).chain(states).collect(),
        state: query.state.clone(),
        more,
    };
    page(StatusCode::OK, &shown)
}

pub(super) async fn retry(
    door: web::Data<Door>,
    Sent { .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    jobs::retry(&door.services, job_id(&id)?).await?;
    told(&door, HOME, Notice::JobRetried)
}
