//! `worksample launch SPEC --candidate NAME`

use std::process::ExitCode;

use chrono::Duration;
use clap::Args;
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context, show};
use crate::web::api::views::WorkSampleView;
use crate::web::tokens::{Bearer, Tokens};
use crate::workflow::{launch, publish};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A published spec: its slug (the latest version) or its digest.
    spec: String,
    /// The candidate's name.
    #[arg(long, value_name = "NAME")]
    candidate: String,
    #[arg(long)]
    email: Option<String>,
    /// The organisation to create the repository in, where several are configured; else the first.
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Your name.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: String,
    /// Launch although this candidate already had this spec.
    #[arg(long)]
    again: bool,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Launched {
    work_sample: WorkSampleView,
    candidate_token: String,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (settings, services) = context::open(global).await?;
    let spec = publish::find(&services, &arguments.spec).await?;
    let wanted = launch::Launch {
        spec,
        candidate: arguments.candidate,
        email: arguments.email,
        organization: arguments.org,
        again: arguments.again,
        lead: arguments.by,
    };
    let made = launch::launch(&services, wanted, None).await?;
    let version = services.version(&made.spec).await?;
    let bearer = Bearer::Candidate {
        work_sample: made.id.clone(),
    };
    let candidate_token = Tokens::new(&settings.token_key)
        .make(&bearer, Duration::days(180), services.now())
        .map_err(|error| Failure::new("token_not_made", error.to_string()))?;
    let launched = Launched {
        work_sample: WorkSampleView::of(&made, &version),
        candidate_token,
    };
    if arguments.json {
        output::json(&launched)?;
    } else {
        show::print(&launched.work_sample)?;
        output::line("")?;
        output::line("Send this token to the candidate, and to nobody else. It opens the offer:")?;
        output::line(&format!(
            "  curl -H 'Authorization: Bearer {}' {}/api/v1/offer",
            launched.candidate_token, settings.public_url
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
