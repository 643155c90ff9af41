//! `worksample launch SPEC --candidate NAME`, or `--from FILE` for many

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context, launch_many, show};
use crate::web::api::views::WorkSampleView;
use crate::web::offers::{candidate_token, offer_url};
use crate::web::tokens::Tokens;
use crate::workflow::launch_warnings::{Addressed, LaunchWarning, is_mailed, launch_warnings};
use crate::workflow::{launch, offer_links, publish};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A published spec: its slug (the latest version) or its digest.
    spec: String,
    /// The candidate's name.
    #[arg(long, value_name = "NAME", required_unless_present = "from")]
    candidate: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// The organisation to create the repository in, where several are configured; else the first.
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Launch everybody in this CSV file: columns name, email and, if wanted, github_login, again, note. Shows a dry run;
    /// --yes launches.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["candidate", "email", "again"])]
    from: Option<PathBuf>,
    /// With --from: launch, instead of showing what would happen.
    #[arg(long, requires = "from")]
    yes: bool,
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
    /// Opens the offer in a browser.
    link: String,
    /// What the lead should know.
    warnings: Vec<LaunchWarning>,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    if let Some(from) = &arguments.from {
        let many = launch_many::Many {
            spec: &arguments.spec,
            from,
            organization: arguments.org,
            by: arguments.by,
            yes: arguments.yes,
            json: arguments.json,
        };
        return launch_many::launch(global, many).await;
    }
    let (settings, services) = context::open(global).await?;
    let spec = publish::find(&services, &arguments.spec).await?;
    let by = arguments.by.clone();
    let addressed = Addressed::to(arguments.email.as_deref());
    let wanted = launch::Launch {
        spec,
        candidate: arguments.candidate.unwrap_or_default(),
        email: arguments.email,
        organization: arguments.org,
        again: arguments.again,
        lead: arguments.by,
    };
    let made = launch::launch(&services, wanted, None).await?;
    let version = services.version(&made.spec).await?;
    let tokens = Tokens::new(&settings.token_key);
    let candidate_token = candidate_token(&tokens, &made.id, services.now())
        .map_err(|error| Failure::new("token_not_made", error.to_string()))?;
    let link = offer_links::make(&services, &settings.public_url, &made.id, &by).await?;
    let warnings = launch_warnings(&services, &made.terms, addressed);
    let is_mailed = is_mailed(&services, addressed);
    let launched = Launched {
        warnings,
        link,
        work_sample: WorkSampleView::of(&made, &version),
        candidate_token,
    };
    if arguments.json {
        output::json(&launched)?;
    } else {
        show::print(&launched.work_sample)?;
        for warning in &launched.warnings {
            output::aside(&warning.message);
        }
        output::line("")?;
        if is_mailed {
            output::line("The offer is mailed to the candidate, with a personal link of its own.")?;
        }
        output::line("Send this link to the candidate, and to nobody else. It opens the offer:")?;
        output::line(&format!("  {}", launched.link))?;
        output::line("Programs read the offer with the candidate's token:")?;
        output::line(&format!(
            "  curl -H 'Authorization: Bearer {}' {}",
            launched.candidate_token,
            offer_url(&settings.public_url)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
