//! `worksample offer-links WORK_SAMPLE`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::for_people;
use crate::ids::WorkSampleId;
use crate::workflow::offer_links::{self, OfferLink, Which};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The work sample (`ws_…`).
    work_sample: WorkSampleId,
    /// Revoke the link with this id, and end the sessions that it opened.
    #[arg(
        long,
        value_name = "LINK",
        requires = "by",
        conflicts_with = "revoke_all"
    )]
    revoke: Option<String>,
    /// Revoke every link, and end the sessions that they opened.
    #[arg(long, requires = "by")]
    revoke_all: bool,
    /// Your name, for the log; needed to revoke.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: Option<String>,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    links: Vec<OfferLink>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<usize>,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open_existing(global).await?;
    let id = &arguments.work_sample;
    let which = match arguments.revoke {
        Some(link) => Some(Which::One(link)),
        None => arguments.revoke_all.then_some(Which::All),
    };
    let revoked = match which {
        Some(which) => {
            let by = arguments.by.as_deref().unwrap_or_default();
            Some(offer_links::revoke(&services, id, which, by).await?)
        }
        None => None,
    };
    let links = offer_links::list(&services, id).await?;
    if arguments.json {
        output::json(&Shown { links, revoked })?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(revoked) = revoked {
        output::line(&format!("revoked: {revoked}"))?;
    }
    if links.is_empty() {
        output::line("no links yet: `worksample offer-link` makes one")?;
        return Ok(ExitCode::SUCCESS);
    }
    let heads = [
        "ID",
        "MADE",
        "BY",
        "HANDED OVER BY",
        "FIRST OPENED",
        "REVOKED",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(links.into_iter().map(|link| {
        vec![
            link.id,
            for_people(link.made_at),
            link.made_by,
            link.handed_over_by.unwrap_or_else(|| "mail".to_owned()),
            link.first_opened_at.map(for_people).unwrap_or_default(),
            link.revoked_at.map(for_people).unwrap_or_default(),
        ]
    }));
    output::table(&rows)?;
    Ok(ExitCode::SUCCESS)
}
