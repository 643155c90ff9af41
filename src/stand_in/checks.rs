//! Check runs and commit statuses: how CI reports.

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Named, Numbered, Params, Repository, created, ok};
use super::records::{CheckRun, CommitStatus, Permission, Repo, UserId};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};
use crate::clock::Timestamp;

#[derive(Deserialize)]
pub(super) struct Output {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Report {
    name: Option<String>,
    head_sha: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    details_url: Option<String>,
    external_id: Option<String>,
    output: Option<Output>,
}

impl Report {
    /// Takes over what was given. A conclusion completes the run.
    fn onto(self, run: &mut CheckRun, now: Timestamp) -> Result<(), Refusal> {
        const STATUSES: [&str; 6] = [
            "queued",
            "in_progress",
            "completed",
            "waiting",
            "requested",
            "pending",
        ];
        if let Some(status) = self.status {
            if !STATUSES.contains(&status.as_str()) {
                return Err(Refusal::invalid("CheckRun", "status", "invalid"));
            }
            run.status = status;
        }
        if let Some(conclusion) = self.conclusion {
            run.conclusion = Some(conclusion);
            "completed".clone_into(&mut run.status);
        }
        if run.status == "completed" && run.conclusion.is_none() {
            return Err(Refusal::invalid("CheckRun", "conclusion", "missing_field"));
        }
        run.started_at = self.started_at.or(run.started_at).or(Some(now));
        run.completed_at = self.completed_at.or(run.completed_at);
        if run.status == "completed" && run.completed_at.is_none() {
            run.completed_at = Some(now);
        }
        run.details_url = self.details_url.or(run.details_url.take());
        run.external_id = self.external_id.unwrap_or_else(|| run.external_id.clone());
        if let Some(output) = self.output {
            run.title = output.title.or(run.title.take());
            run.summary = output.summary.or(run.summary.take());
            run.text = output.text.or(run.text.take());
        }
        Ok(())
    }
}

async fn commit_in(world: &World, repo: &Repo, name: &str) -> Result<String, Refusal> {
    let found = world
        .git
        .commit_of(repo.id, name)
        .await
        .map_err(Refusal::broken)?;
    found.ok_or_else(|| Refusal::unprocessable(format!("No commit found for SHA: {name}")))
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(report): Body<Report>,
) -> Answer {
    let sender = caller.user()?;
    let repo = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Push)
            .cloned()
    })?;
    let name = report
        .name
        .clone()
        .ok_or_else(|| Refusal::invalid("CheckRun", "name", "missing_field"))?;
    let sha = report
        .head_sha
        .as_deref()
        .ok_or_else(|| Refusal::invalid("CheckRun", "head_sha", "missing_field"))?;
    let head_sha = commit_in(&world, &repo, sha).await?;
    let body = world.write(|tx| {
        let mut run = CheckRun {
            id: tx.state.next_id(),
            suite: tx.state.next_id(),
            repo: repo.id,
            head_sha,
            name,
            status: "queued".to_owned(),
            conclusion: None,
            started_at: None,
            completed_at: None,
            details_url: None,
            external_id: String::new(),
            title: None,
            summary: None,
            text: None,
        };
        report.onto(&mut run, tx.now)?;
        keep(tx, sender, &repo, &run, true);
        Ok(tx.render().check_run(&repo, &run))
    })?;
    Ok(created(&body))
}

fn keep(tx: &mut Tx<'_>, sender: UserId, repo: &Repo, run: &CheckRun, new: bool) {
    tx.state.checks.insert((repo.id, run.id), run.clone());
    let mut tell = |action| {
        let body = tx.render().check_run_in_event(repo, run);
        tx.emit(Happening {
            event: "check_run",
            action: Some(action),
            repo: Some(repo.id),
            sender,
            fields: json!({"check_run": body}),
        });
    };
    if new {
        tell("created");
    }
    if run.status == "completed" {
        tell("completed");
    }
}

pub(super) async fn update(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(report): Body<Report>,
) -> Answer {
    let body = world.write(|tx| {
        let sender = caller.user()?;
        let repo = tx
            .render()
            .repo(caller, (&path.0, &path.1), Permission::Push)?
            .clone();
        let run = tx
            .state
            .checks
            .get(&(repo.id, path.2))
            .ok_or_else(Refusal::not_found)?;
        let mut run = run.clone();
        report.onto(&mut run, tx.now)?;
        keep(tx, sender, &repo, &run, false);
        Ok(tx.render().check_run(&repo, &run))
    })?;
    Ok(ok(&body))
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let run = render
            .state
            .checks
            .get(&(repo.id, path.2))
            .ok_or_else(Refusal::not_found)?;
        Ok(ok(&render.check_run(repo, run)))
    })
}

pub(super) async fn of_commit(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    params: Params,
) -> Answer {
    let repo = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Pull)
            .cloned()
    })?;
    let sha = commit_in(&world, &repo, &path.2).await?;
    world.read(|render| {
        let runs: Vec<&CheckRun> = render
            .state
            .checks
            .range((repo.id, 0)..=(repo.id, u64::MAX))
            .map(|(_, run)| run)
            .filter(|run| run.head_sha == sha)
            .filter(|run| params.get("check_name").is_none_or(|name| run.name == name))
            .filter(|run| {
                params
                    .get("status")
                    .is_none_or(|status| run.status == status)
            })
            .collect();
        let (page, size) = params.window();
        let shown: Vec<Value> = runs
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .map(|run| render.check_run(&repo, run))
            .collect();
        let body = json!({"total_count": runs.len(), "check_runs": shown});
        Ok(params.linked(runs.len().div_ceil(size), &body))
    })
}

#[derive(Deserialize)]
pub(super) struct NewStatus {
    state: Option<String>,
    context: Option<String>,
    description: Option<String>,
    target_url: Option<String>,
}

pub(super) async fn create_status(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    Body(new): Body<NewStatus>,
) -> Answer {
    let sender = caller.user()?;
    let repo = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Push)
            .cloned()
    })?;
    let state = new
        .state
        .filter(|state| matches!(state.as_str(), "error" | "failure" | "pending" | "success"));
    let state =
        state.ok_or_else(|| Refusal::custom("Status", "State is not included in the list"))?;
    let sha = commit_in(&world, &repo, &path.2).await?;
    let mut log = world
        .git
        .log(repo.id, &["--max-count=1", &sha])
        .await
        .map_err(Refusal::broken)?;
    let commit = log.pop().ok_or_else(Refusal::not_found)?;
    let body = world.write(|tx| {
        let status = CommitStatus {
            id: tx.state.next_id(),
            sha,
            state,
            context: new.context.unwrap_or_else(|| "default".to_owned()),
            description: new.description,
            target_url: new.target_url,
            creator: sender,
            created_at: tx.now,
        };
        tx.state.statuses.insert((repo.id, status.id), status.clone());
        let shown = tx.render().commit_status(&repo, &status);
        let fields = json!({
            "id": status.id, "sha": status.sha, "name": tx.render().full_name(&repo), "state": status.state,
            "context": status.context, "description": status.description, "target_url": status.target_url,
            "branches": [], "commit": tx.render().commit(&repo, &commit),
            "created_at": shown["created_at"], "updated_at": shown["updated_at"],
        });
        tx.emit(Happening { event: "status", action: None, repo: Some(repo.id), sender, fields });
        Ok(shown)
    })?;
    Ok(created(&body))
}

async fn statuses_of(
    world: &World,
    caller: Caller,
    path: &Named,
) -> Result<(Repo, String, Vec<CommitStatus>), Refusal> {
    let repo = world.read(|render| {
        render
            .repo(caller, (&path.0, &path.1), Permission::Pull)
            .cloned()
    })?;
    let sha = commit_in(world, &repo, &path.2).await?;
    let rows = world.read(|render| {
        let rows = render
            .state
            .statuses
            .range((repo.id, 0)..=(repo.id, u64::MAX))
            .rev();
        rows.map(|(_, row)| row)
            .filter(|row| row.sha == sha)
            .cloned()
            .collect()
    });
    Ok((repo, sha, rows))
}

pub(super) async fn list_statuses(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
    params: Params,
) -> Answer {
    let (repo, _, rows) = statuses_of(&world, caller, &path).await?;
    Ok(world.read(|render| params.page(&rows, |row| render.commit_status(&repo, row))))
}

/// The latest status of each context, and the worst of them.
pub(super) async fn combined_status(
    world: web::Data<World>,
    caller: Caller,
    path: Named,
) -> Answer {
    let (repo, sha, rows) = statuses_of(&world, caller, &path).await?;
    let mut latest: Vec<&CommitStatus> = Vec::new();
    for row in &rows {
        if !latest.iter().any(|known| known.context == row.context) {
            latest.push(row);
        }
    }
    let state = if latest
        .iter()
        .any(|row| matches!(row.state.as_str(), "error" | "failure"))
    {
        "failure"
    } else if latest.is_empty() || latest.iter().any(|row| row.state == "pending") {
        "pending"
    } else {
        "success"
    };
    Ok(ok(&world.read(|render| {
        let url = format!("{}/commits/{sha}", render.repo_url(&repo));
        let statuses: Vec<Value> = latest
            .iter()
            .map(|row| {
                let mut body = render.commit_status(&repo, row);
                if let Value::Object(fields) = &mut body {
                    fields.remove("creator");
                }
                body
            })
            .collect();
        json!({
            "state": state, "sha": sha, "total_count": latest.len(), "statuses": statuses,
            "repository": render.repository_minimal(&repo), "commit_url": url, "url": format!("{url}/status"),
        })
    })))
}
