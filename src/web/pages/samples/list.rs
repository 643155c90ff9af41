//! Every work sample: who, where it stands, the last news, and who waits for whom.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::super::Problem;
use super::super::super::door::Door;
use super::super::super::session::TeamMember;
use super::super::super::words::name_of;
use super::super::components::{Choice, Pages, When};
use super::super::failure::PageProblem;
use super::super::length::length;
use super::super::{Frame, page};
use super::{HOME, small_timeline, words};
use crate::clock::Timestamp;
use crate::ids::Slug;
use crate::store::{Listed, Listing, Order};
use crate::work_sample::State;
use crate::workflow::lists::{self, OPEN_STATES};

/// Work samples on one page.
const ON_A_PAGE: u32 = 50;

/// What an address asks for. All of it may be missing or empty.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    state: String,
    #[serde(default)]
    spec: String,
    #[serde(default)]
    waiting: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    page: String,
}

const STATES: [State; 13] = [
    State::Drafted,
    State::Offered,
    State::Accepted,
    State::Provisioned,
    State::InProgress,
    State::Delivered,
    State::Assessed,
    State::Decided,
    State::Closed,
    State::Declined,
    State::Expired,
    State::Withdrawn,
    State::Cancelled,
];

const ORDERS: [(&str, &str, Order); 5] = [
    ("news", "last news", Order::News),
    ("waiting", "longest wait", Order::Waiting),
    ("due", "due time", Order::Due),
    ("launched", "launch", Order::Launched),
    ("candidate", "candidate", Order::Candidate),
];

fn unknown(what: &str, value: &str) -> Problem {
    Problem::bad_request(
        "filter_unknown",
        format!("`{value}` is no {what} that this list knows: choose one on the page"),
    )
}

impl Query {
    fn listing(&self, member: &TeamMember) -> Result<Listing, Problem> {
        let states = match self.state.as_str() {
            "" => Vec::new(),
            "open" => OPEN_STATES.to_vec(),
            word => {
                let state = STATES.into_iter().find(|state| name_of(state) == word);
                vec![state.ok_or_else(|| unknown("state", word))?]
            }
        };
        let slug = match self.spec.as_str() {
            "" => None,
            text => Some(text.parse::<Slug>().map_err(|_| unknown("spec", text))?),
        };
        let waiting_on = match self.waiting.as_str() {
            "" => None,
            word => Some(lists::waiting_on(word).ok_or_else(|| unknown("side", word))?),
        };
        let owner = match self.owner.as_str() {
            "" => None,
            "me" => Some(member.person.clone()),
            word => return Err(unknown("owner", word)),
        };
        let order = match self.order.as_str() {
            "" => Order::News,
            word => ORDERS
                .iter()
                .find(|(name, ..)| *name == word)
                .map(|(.., order)| *order)
                .ok_or_else(|| unknown("order", word))?,
        };
        Ok(Listing {
            states,
            slug,
            waiting_on,
            owner,
            text: self.q.chars().take(200).collect(),
            order,
            offset: 0,
            limit: ON_A_PAGE,
        })
    }

    fn page(&self) -> Result<u32, Problem> {
        match self.page.as_str() {
            "" => Ok(1),
            text => text
                .parse()
                .ok()
                .filter(|page| (1..=100_000).contains(page))
                .ok_or_else(|| unknown("page", text)),
        }
    }

    /// The address of this list at another path.
    fn address(&self, path: &str) -> String {
        let fields = [
            ("state", &self.state),
            ("spec", &self.spec),
            ("waiting", &self.waiting),
            ("owner", &self.owner),
            ("q", &self.q),
            ("order", &self.order),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/samples.html")]
struct ListPage {
    frame: Frame,
    lines: Vec<Line>,
    all: i64,
    query: Query,
    states: Vec<Choice>,
    waiting: Vec<Choice>,
    owners: Vec<Choice>,
    orders: Vec<Choice>,
    specs: Vec<Choice>,
    pages: Pages,
    csv: String,
    is_filtered: bool,
    is_lead: bool,
}

impl ListPage {
    /// The choices of the form: id, label and values.
    fn filters(&self) -> [(&'static str, &'static str, &[Choice]); 5] {
        [
            ("state", "State", &self.states),
            ("waiting", "Waits for", &self.waiting),
            ("spec", "Spec", &self.specs),
            ("owner", "Owner", &self.owners),
            ("order", "Order", &self.orders),
        ]
    }
}

struct Line {
    id: String,
    candidate: String,
    login: String,
    spec: String,
    state: &'static str,
    badge: &'static str,
    news: Option<(&'static str, When)>,
    waiting: Option<(&'static str, String)>,
    tasks: usize,
    due: Option<When>,
    is_late: bool,
    timeline: String,
}

impl Line {
    fn of(listed: Listed, member: &TeamMember, now: Timestamp) -> Line {
        let Listed { row, overview } = listed;
        let when = |at: Timestamp| When::in_zone(at, member.zone);
        let overview = overview.as_ref();
        let is_open = matches!(row.state, State::Provisioned | State::InProgress);
        Line {
            id: row.id.to_string(),
            login: row
                .login
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            spec: row.slug.to_string(),
            state: words::state(row.state),
            badge: words::state_badge(row.state),
            news: overview.map(|one| (words::news(one.news.kind), when(one.news.at))),
            waiting: overview.map(|one| {
                let since = length(one.waiting.since, now);
                (words::waiting(one.waiting.on), since)
            }),
            tasks: overview.map_or(0, |one| {
                one.tasks.iter().filter(|task| task.since <= now).count()
            }),
            due: row.due_at.map(when),
            is_late: is_open && row.due_at.is_some_and(|due| due < now),
            timeline: overview
                .map(|one| small_timeline::svg(&one.marks, row.due_at, now))
                .unwrap_or_default(),
            candidate: row.candidate,
        }
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    member: TeamMember,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let query = query.into_inner();
    let (listing, current) = (query.listing(&member)?, query.page()?);
    let listing = Listing {
        offset: (current - 1) * ON_A_PAGE,
        ..listing
    };
    let services = &door.services;
    let now = services.now();
    let (rows, all) = lists::listed(services, listing).await?;
    let last = u32::try_from(all)
        .unwrap_or(u32::MAX)
        .div_ceil(ON_A_PAGE)
        .max(1);
    let slugs = lists::slugs(services).await?;
    let choice =
        |value: &str, label: &str, chosen: &str| Choice::new(value, label, value == chosen);
    let base = query.address(HOME);
    let separator = if base.contains('?') { '&' } else { '?' };
    let shown = ListPage {
        frame: Frame::of_member(&member, "Work samples").at(HOME),
        lines: rows
            .into_iter()
            .map(|row| Line::of(row, &member, now))
            .collect(),
        all,
        states: [("", "every state"), ("open", "open")]
            .into_iter()
            .map(|(value, label)| choice(value, label, &query.state))
            .chain(
                STATES
                    .into_iter()
                    .map(|state| choice(&name_of(&state), words::state(state), &query.state)),
            )
            .collect(),
        waiting: [
            ("", "anybody"),
            ("team", "the team"),
            ("candidate", "the candidate"),
            ("service", "the service"),
            ("nobody", "nobody"),
        ]
        .map(|(value, label)| choice(value, label, &query.waiting))
        .to_vec(),
        owners: [("", "everybody"), ("me", "me")]
            .map(|(value, label)| choice(value, label, &query.owner))
            .to_vec(),
        orders: ORDERS
            .map(|(value, label, _)| {
                let chosen = if query.order.is_empty() {
                    "news"
                } else {
                    &query.order
                };
                choice(value, label, chosen)
            })
            .to_vec(),
        specs: std::iter::once(choice("", "every spec", &query.spec))
            .chain(slugs.iter().map(|slug| choice(slug, slug, &query.spec)))
            .collect(),
        pages: Pages {
            current,
            last,
            base: format!("{base}{separator}page="),
        },
        csv: query.address("/samples.csv"),
        is_filtered: base != HOME,
        is_lead: member.is_lead,
        query,
    };
    page(StatusCode::OK, &shown)
}

/// The whole list, as it is filtered, for spreadsheets.
pub(super) async fn csv(
    door: web::Data<Door>,
    member: TeamMember,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let listing = query.listing(&member)?;
    let text = lists::listed_as_csv(&door.services, listing).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"work-samples.csv\"",
        ))
        .body(text))
}
