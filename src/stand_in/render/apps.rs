//! The GitHub App, its installations, and what an App reports: check runs and statuses.

use serde_json::{Value, json};

use super::{Render, node_id, stamp, stamp_opt};
use crate::stand_in::records::{App, CheckRun, CommitStatus, Installation, InstallationId, Repo};

impl Render<'_> {
    /// `{"id": …}` as it stands in the webhooks of an App.
    pub(in crate::stand_in) fn installation_stub(&self, id: InstallationId) -> Value {
        json!({"id": id, "node_id": node_id("IntegrationInstallation", id)})
    }

    pub(in crate::stand_in) fn app(&self, app: &App) -> Value {
        let installations = self.state.installations.values();
        json!({
            "id": app.id, "slug": app.slug, "node_id": node_id("App", app.id),
            "client_id": app.client_id(), "owner": self.user(app.owner), "name": app.name,
            "description": app.description, "external_url": app.url,
            "html_url": format!("{}/apps/{}", self.base, app.slug),
            "created_at": stamp(app.created_at), "updated_at": stamp(app.created_at),
            "permissions": app.permissions, "events": app.events,
            "installations_count": installations.filter(|row| row.app == app.id).count(),
        })
    }

    pub(in crate::stand_in) fn installation(&self, row: &Installation) -> Value {
        let url = format!("{}/app/installations/{}", self.base, row.id);
        let app = self.state.apps.get(&row.app);
        let is_org = self.state.is_org(row.account);
        let html = match self.state.users.get(&row.account) {
            Some(account) if is_org => format!(
                "{}/organizations/{}/settings/installations/{}",
                self.base, account.login, row.id
            ),
            _ => format!("{}/settings/installations/{}", self.base, row.id),
        };
        json!({
            "id": row.id, "account": self.user(row.account), "repository_selection": "all",
            "access_tokens_url": format!("{url}/access_tokens"),
            "repositories_url": format!("{}/installation/repositories", self.base),
            "html_url": html, "app_id": row.app,
            "app_slug": app.map_or("", |app| app.slug.as_str()),
            "client_id": app.map(App::client_id),
            "target_id": row.account,
            "target_type": if is_org { "Organization" } else { "User" },
            "permissions": row.permissions, "events": row.events,
            "created_at": stamp(row.created_at), "updated_at": stamp(row.updated_at),
            "single_file_name": null, "has_multiple_single_files": false, "single_file_paths": [],
            "suspended_by": self.user_opt(row.suspended.map(|(_, by)| by)),
            "suspended_at": stamp_opt(row.suspended.map(|(at, _)| at)),
        })
    }

    pub(in crate::stand_in) fn check_run(&self, repo: &Repo, run: &CheckRun) -> Value {
        let url = format!("{}/check-runs/{}", self.repo_url(repo), run.id);
        let html = format!("{}/runs/{}", self.repo_html(repo), run.id);
        let app = self.state.apps.values().next().map(|app| self.app(app));
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
