//! The GitHub App, its installation, and what an App reports: check runs and statuses.

use serde_json::{Value, json};

use super::{Render, node_id, stamp, stamp_opt};
use crate::stand_in::records::{App, CheckRun, CommitStatus, Repo};
use crate::stand_in::webhook_events;

impl Render<'_> {
    /// `{"id": …}` as it stands in the webhooks of an App.
    pub(in crate::stand_in) fn installation_stub(&self) -> Option<Value> {
        let app = self.state.apps.values().next()?;
        Some(json!({
            "id": app.installation,
            "node_id": node_id("IntegrationInstallation", app.installation),
        }))
    }

    pub(in crate::stand_in) fn app(&self, app: &App, owner: u64) -> Value {
        json!({
            "id": app.id, "slug": app.slug, "node_id": node_id("App", app.id),
            "client_id": format!("Iv1.{:016x}", app.id), "owner": self.user(owner), "name": app.slug,
            "description": "", "external_url": format!("{}/apps/{}", self.base, app.slug),
            "html_url": format!("{}/apps/{}", self.base, app.slug),
            "created_at": stamp(app.created_at), "updated_at": stamp(app.created_at),
            "permissions": self.app_permissions(), "events": webhook_events(), "installations_count": 1,
        })
    }

    pub(in crate::stand_in) fn installation(&self, app: &App, org: u64) -> Value {
        let url = format!("{}/app/installations/{}", self.base, app.installation);
        json!({
            "id": app.installation, "account": self.user(org), "repository_selection": "all",
            "access_tokens_url": format!("{url}/access_tokens"),
            "repositories_url": format!("{}/installation/repositories", self.base),
            "html_url": format!("{}/settings/installations/{}", self.base, app.installation),
            "app_id": app.id, "app_slug": app.slug, "target_id": org, "target_type": "Organization",
            "permissions": self.app_permissions(), "events": webhook_events(),
            "created_at": stamp(app.created_at), "updated_at": stamp(app.created_at),
            "single_file_name": null, "has_multiple_single_files": false, "single_file_paths": [],
            "suspended_by": null, "suspended_at": null,
        })
    }

    pub(in crate::stand_in) fn app_permissions(&self) -> Value {
        json!({
            "administration": "write", "checks": "write", "contents": "write", "issues": "write",
            "members": "read", "metadata": "read", "pull_requests": "write", "statuses": "write",
            "workflows": "write",
        })
    }

    pub(in crate::stand_in) fn check_run(&self, repo: &Repo, run: &CheckRun) -> Value {
        let url = format!("{}/check-runs/{}", self.repo_url(repo), run.id);
        let html = format!("{}/runs/{}", self.repo_html(repo), run.id);
        let app = self
            .state
            .apps
            .values()
            .next()
            .map(|app| self.app(app, repo.owner));
        json!({
            "id": run.id, "node_id": node_id("CheckRun", run.id), "head_sha": run.head_sha,
            "external_id": run.external_id, "url": url, "html_url": html,
            "details_url": run.details_url.as_deref().unwrap_or(&html),
            "status": run.status, "conclusion": run.conclusion,
            "started_at": stamp_opt(run.started_at), "completed_at": stamp_opt(run.completed_at),
            "output": {
                "title": run.title, "summary": run.summary, "text": run.text,
                "annotations_count": 0, "annotations_url": format!("{url}/annotations"),
            },
            "name": run.name, "check_suite": {"id": run.suite}, "app": app, "pull_requests": [],
        })
    }

    /// The form in webhooks, which carries the whole suite.
    pub(in crate::stand_in) fn check_run_in_event(&self, repo: &Repo, run: &CheckRun) -> Value {
        let mut body = self.check_run(repo, run);
        body["check_suite"] = json!({
            "id": run.suite, "node_id": node_id("CheckSuite", run.suite), "head_branch": null,
            "head_sha": run.head_sha, "status": run.status, "conclusion": run.conclusion,
            "url": format!("{}/check-suites/{}", self.repo_url(repo), run.suite),
            "before": null, "after": run.head_sha, "pull_requests": [], "app": body["app"],
            "created_at": stamp_opt(run.started_at), "updated_at": stamp_opt(run.completed_at.or(run.started_at)),
        });
        body
    }

    pub(in crate::stand_in) fn commit_status(&self, repo: &Repo, status: &CommitStatus) -> Value {
        json!({
            "id": status.id, "node_id": node_id("StatusContext", status.id), "state": status.state,
            "url": format!("{}/statuses/{}", self.repo_url(repo), status.sha),
            "avatar_url": format!("{}/avatars/u/{}", self.base, status.creator),
            "description": status.description, "target_url": status.target_url, "context": status.context,
            "created_at": stamp(status.created_at), "updated_at": stamp(status.created_at),
            "creator": self.user(status.creator),
        })
    }
}
