//! Issues: list, open, read, edit, close. Pull requests are issues too, as on GitHub.

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::happenings::Happening;
use super::http::{Body, Numbered, Params, Repository, created, given, ok};
use super::records::{Issue, Label, Permission, Pull, Repo, RepoId, UserId};
use super::refusal::{Answer, Refusal};
use super::world::{Tx, World};

/// GitHub takes no longer text in a body.
pub(super) const LONGEST_BODY: usize = 65_536;
const LONGEST_TITLE: usize = 256;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum LabelName {
    Text(String),
    Object { name: String },
}

impl LabelName {
    fn into_name(self) -> String {
        match self {
            LabelName::Text(name) | LabelName::Object { name } => name,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    title: Option<Value>,
    body: Option<String>,
    #[serde(default)]
    labels: Vec<LabelName>,
    #[serde(default)]
    assignees: Vec<String>,
}

/// What an issue or pull request is opened with.
pub(super) struct Opening {
    pub title: String,
    pub body: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub pull: Option<Pull>,
}

/// Gives the next number and keeps the row. Labels and assignees of people who may not set them are dropped, as on GitHub.
pub(super) fn open(
    tx: &mut Tx<'_>,
    repo: RepoId,
    author: UserId,
    opening: Opening,
) -> Result<Issue, Refusal> {
    let row = tx
        .state
        .repos
        .get(&repo)
        .ok_or_else(Refusal::not_found)?
        .clone();
    let trusted = tx.state.permission(&row, Some(author)) >= Some(Permission::Triage);
    let (labels, assignees) = if trusted {
        let labels = keep_labels(tx, repo, opening.labels);
        (labels, assignable(tx, &row, &opening.assignees)?)
    } else {
        (Vec::new(), Vec::new())
    };
    let id = tx.state.next_id();
    let number = row.last_number + 1;
    if let Some(row) = tx.state.repos.get_mut(&repo) {
        row.last_number = number;
    }
    let issue = Issue {
        id,
        repo,
        number,
        title: opening.title,
        body: opening.body,
        author,
        open: true,
        state_reason: None,
        labels,
        assignees,
        locked: false,
        deleted: false,
        created_at: tx.now,
        updated_at: tx.now,
        closed_at: None,
        closed_by: None,
        pull: opening.pull,
    };
    tx.state.issues.insert((repo, number), issue.clone());
    Ok(issue)
}

fn keep_labels(tx: &mut Tx<'_>, repo: RepoId, names: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let key = (repo, name.to_lowercase());
        let name = match tx.state.labels.get(&key) {
            Some(label) => label.name.clone(),
            None => {
                let id = tx.state.next_id();
                let label = Label {
                    id,
                    name: name.clone(),
                    color: "ededed".to_owned(),
                    description: None,
                };
                tx.state.labels.insert(key, label);
                name
            }
        };
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

fn assignable(tx: &Tx<'_>, repo: &Repo, logins: &[String]) -> Result<Vec<UserId>, Refusal> {
    logins
        .iter()
        .map(|login| {
            tx.state
                .user_by_login(login)
                .filter(|user| tx.state.permission(repo, Some(user.id)) >= Some(Permission::Pull))
                .map(|user| user.id)
                .ok_or_else(|| Refusal::invalid("Issue", "assignees", "invalid"))
        })
        .collect()
}

/// A title as GitHub takes it; `what` is `Issue` or `PullRequest`.
pub(super) fn checked_title(title: Option<&Value>, what: &str) -> Result<String, Refusal> {
    let title = match title {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(Refusal::invalid(what, "title", "missing_field")),
    };
    if title.is_empty() {
        return Err(Refusal::invalid(what, "title", "missing_field"));
    }
    if title.chars().count() > LONGEST_TITLE {
        return Err(Refusal::custom(
            what,
            "title is too long (maximum is 256 characters)",
        ));
    }
    Ok(title)
}

pub(super) fn checked_body(body: &str, what: &str) -> Result<(), Refusal> {
    if body.chars().count() > LONGEST_BODY {
        return Err(Refusal::custom(
            what,
            "body is too long (maximum is 65536 characters)",
        ));
    }
    Ok(())
}

/// The repository whose issues the caller may read; 410 where it has none.
pub(super) fn with_issues<'a>(
    render: super::render::Render<'a>,
    caller: Caller,
    path: (&str, &str),
) -> Result<&'a Repo, Refusal> {
    let repo = render.repo(caller, path, Permission::Pull)?;
    if !repo.has_issues {
        return Err(Refusal::gone(
            "Issues has been disabled in this repository.",
        ));
    }
    Ok(repo)
}

pub(super) async fn create(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    Body(new): Body<NewIssue>,
) -> Answer {
    let body = world.write(|tx| {
        let author = caller.user()?;
        let repo = with_issues(tx.render(), caller, (&path.0, &path.1))?;
        if repo.archived {
            return Err(Refusal::forbidden(
                "Repository was archived so is read-only.",
            ));
        }
        let repo = repo.id;
        let title = checked_title(new.title.as_ref(), "Issue")?;
        checked_body(new.body.as_deref().unwrap_or_default(), "Issue")?;
        let opening = Opening {
            title,
            body: new.body,
            labels: new.labels.into_iter().map(LabelName::into_name).collect(),
            assignees: new.assignees,
            pull: None,
        };
        let issue = open(tx, repo, author, opening)?;
        let body = tx.render().issue(&issue);
        tx.emit(Happening {
            event: "issues",
            action: Some("opened"),
            repo: Some(repo),
            sender: author,
            fields: json!({"issue": body}),
        });
        Ok(body)
    })?;
    Ok(created(&body))
}

pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    let since = params.time("since")?;
    world.read(|render| {
        let repo = with_issues(render, caller, (&path.0, &path.1))?;
        let labels: Vec<&str> = params
            .get("labels")
            .map_or_else(Vec::new, |text| text.split(',').collect());
        let login_is = |id: UserId, wanted: Option<&str>| {
            wanted.is_none_or(|login| {
                render
                    .state
                    .users
                    .get(&id)
                    .is_some_and(|user| user.login.eq_ignore_ascii_case(login))
            })
        };
        let mut issues: Vec<&Issue> = render
            .state
            .issues_of(repo.id)
            .filter(|issue| match params.get("state") {
                Some("all") => true,
                Some("closed") => !issue.open,
                _ => issue.open,
            })
            .filter(|issue| since.is_none_or(|since| issue.updated_at >= since))
            .filter(|issue| login_is(issue.author, params.get("creator")))
            .filter(|issue| {
                labels.iter().all(|label| {
                    issue
                        .labels
                        .iter()
                        .any(|has| has.eq_ignore_ascii_case(label))
                })
            })
            .collect();
        match params.get("sort") {
            Some("updated") => issues.sort_by_key(|issue| (issue.updated_at, issue.number)),
            Some("comments") => {
                issues.sort_by_key(|issue| render.issue(issue)["comments"].as_u64())
            }
            _ => {}
        }
        if params.get("direction") != Some("asc") {
            issues.reverse();
        }
        Ok(params.page(&issues, |issue| render.issue(issue)))
    })
}

pub(super) async fn get(world: web::Data<World>, caller: Caller, path: Numbered) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let issue = render.issue_of(repo, path.2)?;
        Ok(ok(&render.issue(issue)))
    })
}

#[derive(Deserialize)]
pub(super) struct Change {
    title: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    body: Option<Option<String>>,
    state: Option<String>,
    #[serde(default, deserialize_with = "given")]
    state_reason: Option<Option<String>>,
    labels: Option<Vec<LabelName>>,
    assignees: Option<Vec<String>>,
}

pub(super) async fn change(
    world: web::Data<World>,
    caller: Caller,
    path: Numbered,
    Body(change): Body<Change>,
) -> Answer {
    let body = world.write(|tx| {
        let issue = edit(tx, caller, (&path.0, &path.1, path.2), change)?;
        Ok(tx.render().issue(&issue))
    })?;
    Ok(ok(&body))
}

/// Edits an issue or pull request and tells the hooks what changed, in the words of its kind.
pub(super) fn edit(
    tx: &mut Tx<'_>,
    caller: Caller,
    (owner, name, number): (&str, &str, u64),
    change: Change,
) -> Result<Issue, Refusal> {
    let sender = caller.user()?;
    let repo = tx
        .render()
        .repo(caller, (owner, name), Permission::Pull)?
        .clone();
    let before = tx.render().issue_of(&repo, number)?.clone();
    let trusted = tx.state.permission(&repo, Some(sender)) >= Some(Permission::Triage);
    if (!trusted && before.author != sender) || repo.archived {
        return Err(Refusal::forbidden("Must have admin rights to Repository."));
    }
    let mut issue = before.clone();
    if change.title.is_some() {
        issue.title = checked_title(change.title.as_ref(), "Issue")?;
    }
    if let Some(body) = change.body {
        checked_body(body.as_deref().unwrap_or_default(), "Issue")?;
        issue.body = body;
    }
    let reason = change.state_reason.flatten();
    match change.state.as_deref() {
        None => {}
        Some("open")
            if before
                .pull
                .as_ref()
                .is_some_and(|pull| pull.merged.is_some()) =>
        {
            return Err(Refusal::custom(
                "PullRequest",
                "state cannot be changed. The pull request is merged.",
            ));
        }
        Some("open") if !before.open => {
            issue.open = true;
            issue.state_reason = Some("reopened".to_owned());
            issue.closed_at = None;
            issue.closed_by = None;
        }
        Some("closed") if before.open => close(&mut issue, tx, sender, reason),
        Some("open" | "closed") => {}
        Some(_) => return Err(Refusal::invalid("Issue", "state", "invalid")),
    }
    if trusted {
        if let Some(labels) = change.labels {
            issue.labels = keep_labels(
                tx,
                repo.id,
                labels.into_iter().map(LabelName::into_name).collect(),
            );
        }
        if let Some(logins) = change.assignees {
            issue.assignees = assignable(tx, &repo, &logins)?;
        }
    }
    issue.updated_at = tx.now;
    tx.state.issues.insert((repo.id, number), issue.clone());
    tell(tx, sender, &before, &issue);
    Ok(issue)
}

pub(super) fn close(issue: &mut Issue, tx: &Tx<'_>, by: UserId, reason: Option<String>) {
    issue.open = false;
    issue.state_reason = issue
        .pull
        .is_none()
        .then(|| reason.unwrap_or_else(|| "completed".to_owned()));
    issue.closed_at = Some(tx.now);
    issue.closed_by = Some(by);
}

fn tell(tx: &mut Tx<'_>, sender: UserId, before: &Issue, after: &Issue) {
    let mut changes = json!({});
    if before.title != after.title {
        changes["title"] = json!({"from": before.title});
    }
    if before.body != after.body {
        changes["body"] = json!({"from": before.body.as_deref().unwrap_or_default()});
    }
    if changes != json!({}) {
        emit(tx, sender, after, "edited", json!({"changes": changes}));
    }
    for name in after
        .labels
        .iter()
        .filter(|name| !before.labels.contains(name))
    {
        let label = label_body(tx, after, name);
        emit(tx, sender, after, "labeled", json!({"label": label}));
    }
    for name in before
        .labels
        .iter()
        .filter(|name| !after.labels.contains(name))
    {
        let label = label_body(tx, after, name);
        emit(tx, sender, after, "unlabeled", json!({"label": label}));
    }
    match (before.open, after.open) {
        (true, false) => emit(tx, sender, after, "closed", json!({})),
        (false, true) => emit(tx, sender, after, "reopened", json!({})),
        _ => {}
    }
}

fn label_body(tx: &Tx<'_>, issue: &Issue, name: &str) -> Value {
    let label = tx.state.labels.get(&(issue.repo, name.to_lowercase()));
    match (tx.state.repos.get(&issue.repo), label) {
        (Some(repo), Some(label)) => tx.render().label(repo, label),
        _ => Value::Null,
    }
}

/// Tells the hooks of an issue or, where it is one, a pull request.
pub(super) fn emit(
    tx: &mut Tx<'_>,
    sender: UserId,
    issue: &Issue,
    action: &'static str,
    mut fields: Value,
) {
    let event = if issue.pull.is_some() {
        fields["number"] = json!(issue.number);
        fields["pull_request"] = tx.render().pull(issue);
        "pull_request"
    } else {
        fields["issue"] = tx.render().issue(issue);
        "issues"
    };
    tx.emit(Happening {
        event,
        action: Some(action),
        repo: Some(issue.repo),
        sender,
        fields,
    });
}
