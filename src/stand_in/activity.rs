//! The activity of a repository: every move of a branch, with both commits, as `GET /repos/{owner}/{repo}/activity` tells it.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::caller::Caller;
use super::http::{Params, Repository};
use super::records::{Activity, Permission, RepoId, UserId};
use super::refusal::Answer;
use super::render::stamp;
use super::world::{Tx, World};

const ZERO: &str = "0000000000000000000000000000000000000000";

/// Keeps the move of one branch.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    repo: RepoId,
    actor: UserId,
    git_ref: &str,
    (before, after, forced): (Option<&str>, Option<&str>, bool),
) {
    if !git_ref.starts_with("refs/heads/") {
        return;
    }
    let kind = match (before, after) {
        (None, _) => "branch_creation",
        (Some(_), None) => "branch_deletion",
        (Some(_), Some(_)) if forced => "force_push",
        (Some(_), Some(_)) => "push",
    };
    let id = tx.state.next_id();
    let row = Activity {
        id,
        git_ref: git_ref.to_owned(),
        before: before.unwrap_or(ZERO).to_owned(),
        after: after.unwrap_or(ZERO).to_owned(),
        kind: kind.to_owned(),
        actor,
        at: tx.now,
    };
    tx.state.activities.insert((repo, id), row);
}

/// Newest first, in pages that go on after a cursor.
pub(super) async fn list(
    world: web::Data<World>,
    caller: Caller,
    path: Repository,
    params: Params,
) -> Answer {
    world.read(|render| {
        let repo = render.repo(caller, (&path.0, &path.1), Permission::Pull)?;
        let (_, size) = params.window();
        let before: u64 = params
            .get("after")
            .and_then(|cursor| cursor.parse().ok())
            .unwrap_or(u64::MAX);
        let rows: Vec<&Activity> = render
            .state
            .activities
            .range((repo.id, 0)..(repo.id, before))
            .map(|(_, row)| row)
            .rev()
            .collect();
        let shown: Vec<Value> = rows
            .iter()
            .take(size)
            .map(|row| {
                json!({
                    "id": row.id, "node_id": super::render::node_id("Activity", row.id),
                    "before": row.before, "after": row.after, "ref": row.git_ref,
                    "timestamp": stamp(row.at), "activity_type": row.kind, "actor": render.user(row.actor),
                })
            })
            .collect();
        let mut response = HttpResponse::Ok();
        if let Some(last) = rows.get(size.saturating_sub(1)).filter(|_| rows.len() > size) {
            let url = format!("{}/activity", render.repo_url(repo));
            let next = format!("<{url}?per_page={size}&after={}>; rel=\"next\"", last.id);
            response.insert_header(("Link", next));
        }
        Ok(response.json(shown))
    })
}
