//! `worksample jobs list|retry`

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::to_the_second;
use crate::ids::JobId;
use crate::store::{JobFilter, JobState};
use crate::web::api::views::JobView;
use crate::workflow::jobs;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateName {
    Ready,
    Leased,
    Done,
    Dead,
}

impl StateName {
    fn state(self) -> JobState {
        match self {
            StateName::Ready => JobState::Ready,
            StateName::Leased => JobState::Leased,
            StateName::Done => JobState::Done,
            StateName::Dead => JobState::Dead,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List jobs, unfinished ones first, then new ones before old ones
    List {
        /// Only those that are ready, leased, done or dead.
        #[arg(long)]
        state: Option<StateName>,
        /// At most this many.
        #[arg(long, default_value_t = 200)]
        limit: u32,
        /// Only those that come after this job, the last of the list before.
        #[arg(long, value_name = "ID")]
        after: Option<JobId>,
        #[arg(long)]
        json: bool,
    },
    /// Make a dead job ready again
    Retry {
        id: JobId,
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open_existing(global).await?;
    let (views, as_json) = match arguments {
        Arguments::List {
            state,
            limit,
            after,
            json,
        } => {
            let filter = JobFilter {
                state: state.map(StateName::state),
                limit: Some(limit),
                after,
                ..JobFilter::default()
            };
            let rows = jobs::list(&services, filter).await?;
            (rows.iter().map(JobView::from).collect::<Vec<_>>(), json)
        }
        Arguments::Retry { id, json } => {
            let row = jobs::retry(&services, id).await?;
            (vec![JobView::from(&row)], json)
        }
    };
    if as_json {
        output::json(&views)?;
    } else {
        print(&views)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(views: &[JobView]) -> Result<(), Failure> {
    let heads = [
        "ID", "KIND", "STATE", "ATTEMPTS", "NEXT TRY", "SUBJECT", "WHY",
    ];
    let heads = heads.map(str::to_owned).to_vec();
    let rows = views.iter().map(|job| {
        vec![
            job.id.to_string(),
            job.kind.clone(),
            job.state.clone(),
            format!("{}/{}", job.attempts, job.max_attempts),
            if job.state == "ready" {
                to_the_second(job.run_at)
            } else {
                String::new()
            },
            job.subject.clone(),
            job.last_error.clone().unwrap_or_default(),
        ]
    });
    output::table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}
