//! What the team looks at first: what it has to do, and the lists of work samples.

use super::csv_text::csv_text;
use super::record::state_name;
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::store::{JobFilter, JobRow, JobState, Listed, Listing, Order, TaskRow};
use crate::work_sample::State;
use crate::work_sample::overview::WaitingOn;

/// So many tasks are shown at once.
const MOST_TASKS: u32 = 20;
/// So many dead jobs are shown at once.
const MOST_JOBS: u32 = 10;
/// So many work samples are in one file.
const MOST_IN_A_FILE: u32 = 100_000;

/// The states in which something may still happen.
pub const OPEN_STATES: [State; 7] = [
    State::Drafted,
    State::Offered,
    State::Accepted,
    State::Provisioned,
    State::InProgress,
    State::Delivered,
    State::Assessed,
];

/// What needs somebody of the team now.
#[derive(Debug, Clone, PartialEq)]
pub struct Today {
    /// What waits longest first.
    pub tasks: Vec<TaskRow>,
    /// How many there are in all.
    pub all_tasks: i64,
    pub dead_jobs: Vec<JobRow>,
    /// Work samples that are under way.
    pub under_way: i64,
}

/// What needs somebody of the team now.
pub async fn today(services: &Services) -> Result<Today, WorkflowError> {
    let now = services.now();
    let dead = JobFilter {
        state: Some(JobState::Dead),
        limit: Some(MOST_JOBS),
        ..JobFilter::default()
    };
    let open = Listing {
        states: OPEN_STATES.to_vec(),
        ..all()
    };
    services
        .store
        .read(move |tx| {
            Ok(Today {
                tasks: tx.team_tasks(now, MOST_TASKS)?,
                all_tasks: tx.count_team_tasks(now)?,
                dead_jobs: tx.jobs(&dead)?,
                under_way: tx.count_listed(&open)?,
            })
        })
        .await
}

/// Every work sample, the last news first.
pub fn all() -> Listing {
    Listing {
        states: Vec::new(),
        slug: None,
        waiting_on: None,
        owner: None,
        text: String::new(),
        order: Order::News,
        offset: 0,
        limit: 50,
    }
}

/// A part of a list, and how many it holds in all.
pub async fn listed(
    services: &Services,
    listing: Listing,
) -> Result<(Vec<Listed>, i64), WorkflowError> {
    services
        .store
        .read(move |tx| Ok((tx.listed(&listing)?, tx.count_listed(&listing)?)))
        .await
}

/// A whole list as CSV, for spreadsheets.
pub async fn listed_as_csv(services: &Services, listing: Listing) -> Result<String, WorkflowError> {
    let listing = Listing {
        offset: 0,
        limit: MOST_IN_A_FILE,
        ..listing
    };
    let (rows, _) = listed(services, listing).await?;
    let heads = [
        "work_sample",
        "candidate",
        "email",
        "github_login",
        "spec",
        "state",
        "launched_at",
        "due_at",
        "waiting_on",
        "waiting_since",
        "last_news",
        "last_news_at",
        "team_tasks",
        "repository",
    ];
    Ok(csv_text(&heads, rows.iter().map(cells)))
}

fn cells(listed: &Listed) -> Vec<String> {
    let time = |at: Option<Timestamp>| {
        at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default()
    };
    let row = &listed.row;
    let overview = listed.overview.as_ref();
    let word = |value: Option<serde_json::Value>| {
        value
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    vec![
        row.id.to_string(),
        row.candidate.clone(),
        row.email.clone().unwrap_or_default(),
        row.login
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        row.slug.to_string(),
        state_name(row.state),
        time(Some(row.created_at)),
        time(row.due_at),
        word(overview.and_then(|one| serde_json::to_value(one.waiting.on).ok())),
        time(overview.map(|one| one.waiting.since)),
        word(overview.and_then(|one| serde_json::to_value(one.news.kind).ok())),
        time(overview.map(|one| one.news.at)),
        overview.map_or(0, |one| one.tasks.len()).to_string(),
        row.repository_full_name.clone().unwrap_or_default(),
    ]
}

/// Who is waited on, by the word that addresses use.
pub fn waiting_on(word: &str) -> Option<WaitingOn> {
    match word {
        "team" => Some(WaitingOn::Team),
        "candidate" => Some(WaitingOn::Candidate),
        "service" => Some(WaitingOn::Service),
        "nobody" => Some(WaitingOn::Nobody),
        _ => None,
    }
}

/// The slugs of all specs that were published, in alphabetical order.
pub async fn slugs(services: &Services) -> Result<Vec<String>, WorkflowError> {
    let specs = services.store.read(|tx| tx.specs()).await?;
    let mut slugs: Vec<String> = specs.iter().map(|spec| spec.slug.to_string()).collect();
    slugs.sort();
    slugs.dedup();
    Ok(slugs)
}
