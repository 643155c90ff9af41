//! `worksample launch SPEC --from candidates.csv`, and `worksample launches list|show|stop|resume`

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::for_people;
use crate::config::Settings;
use crate::ids::{BatchId, SpecDigest};
use crate::store::LineState;
use crate::web::offers::{offer_url, with_tokens};
use crate::web::tokens::Tokens;
use crate::web::words::name_of;
use crate::workflow::launch_many::{self, BatchState, BatchView, LineResult, Plan, Waits, Wanted};
use crate::workflow::{Services, publish};

/// Lines between two looks at the progress.
const STRIDE: usize = 10;

/// What `launch --from` was told.
pub struct Many<'a> {
    pub spec: &'a str,
    pub from: &'a Path,
    pub organization: Option<String>,
    pub by: String,
    /// Launch; without it only the dry run is shown.
    pub yes: bool,
    pub json: bool,
}

pub async fn launch(global: &Global, many: Many<'_>) -> Result<ExitCode, Failure> {
    let (_, services) = context::open(global).await?;
    let spec = publish::find(&services, many.spec).await?;
    let list = list(many.from)?;
    if !many.yes {
        return dry_run(&services, &spec, &list, &many).await;
    }
    let wanted = Wanted {
        spec,
        people: launch_many::read(&list)?,
        organization: many.organization,
        lead: many.by,
    };
    let batch = launch_many::create(&services, wanted, None).await?;
    follow(&services, &batch.row.id, many.json).await
}

/// Reads no more than a list may have, whatever the file turns out to be.
fn list(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            "list_unreadable",
            format!("{} cannot be read: {error}", path.display()),
        )
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(launch_many::MOST_BYTES).unwrap_or(u64::MAX);
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

async fn dry_run(
    services: &Services,
    spec: &SpecDigest,
    list: &[u8],
    many: &Many<'_>,
) -> Result<ExitCode, Failure> {
    let people = launch_many::read(list)?;
    let plan: Plan =
        launch_many::plan(services, spec, people, many.organization.as_deref()).await?;
    if many.json {
        output::json(&plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![
        ["LINE", "NAME", "E-MAIL", "WOULD BE", "WHY"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(plan.lines.iter().map(|line| {
        let would = if line.code.is_none() {
            "offered"
        } else {
            "refused"
        };
        vec![
            line.line.to_string(),
            line.name.clone(),
            line.email.clone(),
            would.to_owned(),
            line.reason.clone().unwrap_or_default(),
        ]
    }));
    output::table(&rows)?;
    output::line("")?;
    for warning in &plan.warnings {
        output::aside(&warning.message);
    }
    for sentence in plan.in_words() {
        output::line(&sentence)?;
    }
    output::line("")?;
    output::line("This was a dry run, nothing was changed. The same command with --yes launches.")?;
    Ok(ExitCode::SUCCESS)
}

/// Works the batch off from here, beside whatever service runs, and shows how far it is. Ended before its time, the batch
/// is kept, and a running service goes on with it.
async fn follow(services: &Services, id: &BatchId, json: bool) -> Result<ExitCode, Failure> {
    let kept = |failure: Failure| {
        let message = format!(
            "{}; the batch {id} is kept: a running service goes on with it, and so does `worksample launches resume {id}`",
            failure.message
        );
        Failure { message, ..failure }
    };
    loop {
        let more = launch_many::work_on(services, id, STRIDE)
            .await
            .map_err(|error| kept(error.into()))?;
        let view = launch_many::view(services, id).await?;
        progress(&view, !more);
        if !more {
            break;
        }
    }
    let view = launch_many::view(services, id).await?;
    if json {
        output::json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = launch_many::lines(services, id).await?;
    let refused: Vec<LineResult> = lines
        .into_iter()
        .filter(|line| line.state == LineState::Refused)
        .collect();
    if !refused.is_empty() {
        table(&refused)?;
    }
    if view.state == BatchState::Stopped {
        output::line(&format!(
            "{id} was stopped meanwhile; `worksample launches resume {id}` goes on"
        ))?;
    }
    output::line(&format!(
        "{} offered, {} refused. Personal links, each to be sent to its candidate and to nobody else: worksample launches show {id} --csv --links --by NAME",
        view.counts.offered, view.counts.refused
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// To standard error: in place on a terminal, a line a stride elsewhere.
fn progress(view: &BatchView, last: bool) {
    let counts = view.counts;
    let text = format!(
        "{}: {} of {} done, {} offered, {} refused",
        view.id,
        counts.offered + counts.refused,
        counts.all(),
        counts.offered,
        counts.refused
    );
    let mut stderr = std::io::stderr();
    // A progress that cannot be shown is no reason to stop.
    let _ = if stderr.is_terminal() && !last {
        write!(stderr, "\r{text}")
    } else if stderr.is_terminal() {
        writeln!(stderr, "\r{text}")
    } else {
        writeln!(stderr, "{text}")
    };
    let _ = stderr.flush();
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The batch (`batch_…`).
    id: BatchId,
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// The results as CSV, safe to open in a spreadsheet.
    #[arg(long)]
    csv: bool,
    /// With a new personal link for each candidate whose work sample has not ended: to be sent to that candidate, and to
    /// nobody else.
    #[arg(long, requires = "by")]
    links: bool,
    /// Your name; it is recorded with the links.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: Option<String>,
    /// With each candidate's token for the API: to be sent to that candidate, and to nobody else.
    #[arg(long)]
    tokens: bool,
}

#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// The batch (`batch_…`).
    id: BatchId,
    /// Your name; it stands in the batch's history.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    by: String,
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List batches, newest first
    List {
        #[arg(long)]
        json: bool,
    },
    /// Show a batch's progress and each person's result
    Show(ShowArguments),
    /// Stop what waits; what was offered stays offered
    Stop(ChangeArguments),
    /// Go on with what was stopped
    Resume(ChangeArguments),
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (settings, services) = context::open(global).await?;
    match arguments {
        Arguments::List { json } => {
            let batches = launch_many::batches(&services, 500).await?;
            if json {
                output::json(&batches)?;
            } else {
                overview(&batches)?;
            }
        }
        Arguments::Show(arguments) => show(&settings, &services, arguments).await?,
        Arguments::Stop(ChangeArguments { id, by, json }) => {
            launch_many::stop(&services, &id, &by).await?;
            let view = launch_many::view(&services, &id).await?;
            if json {
                output::json(&view)?;
            } else {
                overview(&[view])?;
            }
        }
        Arguments::Resume(ChangeArguments { id, by, json }) => {
            launch_many::resume(&services, &id, &by).await?;
            return follow(&services, &id, json).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn overview(batches: &[BatchView]) -> Result<(), Failure> {
    if batches.is_empty() {
        return output::line("no batches yet: `worksample launch SPEC --from FILE` makes one");
    }
    let heads = [
        "ID", "STATE", "SPEC", "OFFERED", "REFUSED", "LEFT", "BY", "CREATED", "WAITS",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(batches.iter().map(|batch| {
        vec![
            batch.id.to_string(),
            name_of(&batch.state),
            batch.spec.slug.clone(),
            batch.counts.offered.to_string(),
            batch.counts.refused.to_string(),
            (batch.counts.waiting + batch.counts.stopped).to_string(),
            batch.launched_by.clone(),
            for_people(batch.created_at),
            waiting(batch.waits.as_ref()),
        ]
    }));
    output::table(&rows)
}

fn waiting(waits: Option<&Waits>) -> String {
    match waits {
        None => String::new(),
        Some(Waits {
            until: Some(at),
            why,
        }) => format!("until {}: {why}", for_people(*at)),
        Some(Waits { until: None, why }) => format!("for an operator: {why}"),
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    batch: &'a BatchView,
    results: &'a [LineResult],
}

async fn show(
    settings: &Settings,
    services: &Services,
    arguments: ShowArguments,
) -> Result<(), Failure> {
    let view = launch_many::view(services, &arguments.id).await?;
    let mut lines = launch_many::lines(services, &arguments.id).await?;
    if arguments.tokens {
        let tokens = Tokens::new(&settings.token_key);
        lines = with_tokens(lines, &tokens, services.now())
            .map_err(|error| Failure::new("token_not_made", error.to_string()))?;
    }
    if let Some(by) = arguments.by.as_deref().filter(|_| arguments.links) {
        lines = launch_many::with_links(services, &settings.public_url, lines, by).await?;
    }
    if arguments.csv {
        let text = launch_many::to_csv(&lines, &offer_url(&settings.public_url));
        return output::line(text.trim_end());
    }
    if arguments.json {
        return output::json(&Shown {
            batch: &view,
            results: &lines,
        });
    }
    overview(std::slice::from_ref(&view))?;
    output::line("")?;
    table(&lines)?;
    if arguments.tokens {
        output::line("")?;
        output::line(&format!(
            "Each token opens {} to its candidate:",
            offer_url(&settings.public_url)
        ))?;
        for line in &lines {
            if let Some(token) = &line.candidate_token {
                output::line(&format!("{}\t{}\t{}", line.name, line.email, token.0))?;
            }
        }
    }
    if arguments.links {
        output::line("")?;
        output::line("Each link opens the offer to its candidate:")?;
        for line in &lines {
            if let Some(link) = &line.link {
                output::line(&format!("{}\t{}\t{}", line.name, line.email, link.0))?;
            }
        }
    }
    Ok(())
}

fn table(lines: &[LineResult]) -> Result<(), Failure> {
    let heads = [
        "LINE",
        "NAME",
        "E-MAIL",
        "RESULT",
        "WORK SAMPLE",
        "STAGE",
        "LOGIN",
        "REMARK",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(|line| {
        vec![
            line.line.to_string(),
            line.name.clone(),
            line.email.clone(),
            name_of(&line.state),
            line.work_sample
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            line.work_sample_state
                .as_ref()
                .map(name_of)
                .unwrap_or_default(),
            line.login_in_words(),
            remark(line),
        ]
    }));
    output::table(&rows)
}

fn remark(line: &LineResult) -> String {
    if let Some(reason) = &line.reason {
        return reason.clone();
    }
    if line.waits.is_some() {
        return format!("waits {}", waiting(line.waits.as_ref()));
    }
    line.note.clone().unwrap_or_default()
}
