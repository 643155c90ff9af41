//! `worksample show [ID]`

use std::process::ExitCode;

use clap::Args;

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::{for_people, to_the_second};
use crate::ids::{Login, WorkSampleId};
use crate::store::WorkSampleFilter;
use crate::web::api::views::{AccountView, WorkSampleLine, WorkSampleView};
use crate::web::words::name_of;
use crate::workflow::{jobs, show};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The work sample; without it all are listed, in the order of launching.
    id: Option<WorkSampleId>,
    #[arg(long)]
    json: bool,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open_existing(global).await?;
    match &arguments.id {
        Some(id) => {
            let (work_sample, version) = show::work_sample(&services, id).await?;
            let jobs = jobs::about(&services, id).await?;
            let view = WorkSampleView::of(&work_sample, &version).waiting(&jobs);
            if arguments.json {
                output::json(&view)?;
            } else {
                print(&view)?;
            }
        }
        None => {
            let filter = WorkSampleFilter::default();
            let rows = show::work_samples(&services, filter).await?;
            let lines: Vec<WorkSampleLine> = rows.iter().map(WorkSampleLine::from).collect();
            if arguments.json {
                output::json(&lines)?;
            } else {
                list(&lines)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(lines: &[WorkSampleLine]) -> Result<(), Failure> {
    if lines.is_empty() {
        return output::line("no work samples yet: `worksample launch` makes one");
    }
    let mut heads = ["ID", "STATE", "SPEC", "CANDIDATE", "DUE"]
        .map(str::to_owned)
        .to_vec();
    let any_failed = lines.iter().any(|line| line.invitation_failure.is_some());
    heads.extend(any_failed.then(|| "NOT INVITED".to_owned()));
    let rows = lines.iter().map(|line| {
        let mut row = vec![
            line.id.to_string(),
            name_of(&line.state),
            line.slug.clone(),
            line.candidate.clone(),
            line.due_at.map(for_people).unwrap_or_default(),
        ];
        row.extend(any_failed.then(|| not_invited(line)));
        row
    });
    output::table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}

/// Why nobody is invited.
fn not_invited(line: &WorkSampleLine) -> String {
    let login = line.login.as_ref().map_or("nobody", Login::as_str);
    line.invitation_failure
        .map(|problem| format!("{login}: {}", problem.in_words()))
        .unwrap_or_default()
}

/// One work sample, for people.
pub fn print(view: &WorkSampleView) -> Result<(), Failure> {
    let rows = rows_of(view)
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    output::table(&rows.collect::<Vec<_>>())
}

fn rows_of(view: &WorkSampleView) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("work sample", view.id.to_string()),
        (
            "spec",
            format!(
                "{} {} ({})",
                view.spec.slug,
                view.spec.version,
                view.spec.digest.short()
            ),
        ),
        ("candidate", view.candidate.clone()),
        ("state", name_of(&view.state)),
        ("pay", view.terms.pay.to_string()),
    ];
    let mut time = |name, at: Option<crate::clock::Timestamp>| {
        if let Some(at) = at {
            rows.push((name, for_people(at)));
        }
    };
    time("offer open until", view.offer_expires_at);
    time("accepted", view.accepted_at);
    time("due", view.due_at);
    if let Some(login) = &view.login {
        rows.push(("GitHub login", login.to_string()));
    }
    if let Some(warning) = &view.login_warning {
        rows.push(("warning", warning.clone()));
    }
    if let Some(failure) = &view.invitation_failure {
        let said = failure.github_says.as_ref().filter(|said| !said.is_empty());
        let said = said.map_or_else(String::new, |said| format!(" (GitHub: {said})"));
        rows.push((
            "NOT INVITED",
            format!(
                "{}: {}{said}; {}",
                failure.login, failure.reason, failure.hint
            ),
        ));
    }
    if let Some(organization) = &view.organization {
        rows.push(("organisation", organization.to_string()));
    }
    if let Some(repository) = &view.repository {
        rows.push(("repository", repository.html_url.clone()));
    }
    for delivery in &view.deliveries {
        let sha = delivery
            .sha
            .as_ref()
            .map_or("no commit known yet", |sha| sha.as_str());
        let late = if delivery.late { ", late" } else { "" };
        let counts = if delivery.effective { ", counts" } else { "" };
        let starter = if delivery.starter {
            ", the starter with nothing changed"
        } else {
            ""
        };
        rows.push((
            "delivery",
            format!("{} {sha}{late}{counts}{starter}", for_people(delivery.at)),
        ));
        rows.push(("", format!("key {}", delivery.key)));
        if let Some(left_out) = &delivery.leaves_out {
            let branch = &left_out.branch;
            let (sha, at) = (left_out.sha.short(), for_people(left_out.pushed_at));
            let text = format!("leaves out newer work on {branch}: {sha}, pushed {at}");
            rows.push(("", text));
        }
        if let Some(corrected) = &delivery.corrected {
            let at = for_people(corrected.at);
            let text = format!(
                "corrected by {} at {at}: {}",
                corrected.by, corrected.reason
            );
            rows.push(("", text));
        }
    }
    for open in &view.open_deliveries {
        let status = name_of(&open.status).replace('_', " ");
        let at = for_people(open.at);
        rows.push((
            "no delivery",
            format!("{at} {}: {status}, {}", open.key, open.why),
        ));
    }
    for result in &view.results {
        let because = match result.because.lines().next().unwrap_or_default() {
            "" => String::new(),
            because => format!(": {because}"),
        };
        let by = result.judged_by.as_ref().map(|by| format!(" by {by}"));
        let (id, verdict) = (result.criterion.as_str(), name_of(&result.verdict));
        rows.push((
            "result",
            format!("{id} {verdict}{}{because}", by.unwrap_or_default()),
        ));
    }
    if !view.waiting_for_a_reviewer.is_empty() {
        let criteria: Vec<&str> = view
            .waiting_for_a_reviewer
            .iter()
            .map(|id| id.as_str())
            .collect();
        rows.push(("waits for a reviewer", criteria.join(", ")));
    }
    if let Some(pay) = &view.pay {
        let rest = match pay.outstanding {
            Some(rest) => format!(
                "{rest} outstanding, to be paid by {}",
                for_people(pay.pay_by)
            ),
            None => format!("paid ({})", pay.references.join(", ")),
        };
        rows.push(("owed", format!("{}, {rest}", pay.owed)));
    }
    if let Some(decision) = &view.decision {
        rows.push((
            "decision",
            format!(
                "{} by {}: {}",
                name_of(&decision.outcome),
                decision.by,
                decision.reason
            ),
        ));
    }
    for wait in &view.waits_for_team {
        let place = if wait.html_url.is_empty() {
            format!("#{}", wait.number)
        } else {
            wait.html_url.clone()
        };
        rows.push((
            "waits for the team",
            format!(
                "{} “{}” since {}, {place}: {}",
                wait.what,
                wait.title,
                for_people(wait.since),
                wait.how
            ),
        ));
    }
    for wait in &view.waits {
        let until = wait.until.map_or_else(
            || "for an operator (`worksample jobs retry`)".to_owned(),
            |until| format!("until {}", to_the_second(until)),
        );
        let why = format!("{} {until}: {}", wait.what, wait.why);
        rows.push(("waits", why));
    }
    for trouble in &view.troubles {
        rows.push((
            "trouble",
            format!(
                "{} at {}: {}",
                for_people(trouble.at),
                trouble.step,
                trouble.reason
            ),
        ));
    }
    if let Some(invitation) = &view.invitation {
        rows.push(("invitation", invitation.in_words()));
    }
    for account in &view.accounts {
        rows.push(("account", described(account)));
    }
    if let Some(at) = view.end.frozen_at {
        let sha = view
            .end
            .frozen
            .as_ref()
            .map_or("no commit", |sha| sha.short());
        rows.push(("frozen", format!("{sha} at {}", for_people(at))));
    }
    if let Some(sha256) = &view.end.bundle_sha256 {
        rows.push(("bundle", sha256.clone()));
    }
    for event in &view.repository_events {
        let name = if event.alarm { "ALARM" } else { "repository" };
        rows.push((name, format!("{} {}", for_people(event.at), event.text)));
    }
    rows
}

/// An account's side, and how that is known.
fn described(account: &AccountView) -> String {
    let how = match (&account.settled_by, account.because) {
        (Some(by), _) => format!(", said by {by}"),
        (None, Some(because)) => format!(", looked up: {}", because.in_words()),
        (None, None) => String::new(),
    };
    format!("{}: {}{how}", account.login, account.side.in_words())
}
