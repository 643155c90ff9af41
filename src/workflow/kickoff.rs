//! The kickoff issue, opened once though GitHub takes the same issue any number of times.
//!
//! Looking before writing is not enough where two attempts overlap: a worker may stall past its lease between the two, or its
//! request may be on its way for longer than we wait. So an attempt asks right before it writes whether a later one was
//! announced, and the log, which takes the first kickoff only, decides which issue counts. Whoever opened another one puts
//! it aside; if they cannot any more, the next pass over the repository does.

use super::announce::settling;
use super::governor::{self, Wanted};
use super::{Services, WorkflowError};
use crate::github::{GitHub, GitHubError, SeenIssue, Urgency, Writes};
use crate::ids::{Login, WorkSampleId};
use crate::spec::{SpecVersion, candidate};
use crate::work_sample::{EventBody, WorkSample};

/// The step's name in the database and in `jobs list`.
pub(super) const STEP: &str = super::stored::step::KICKOFF;

/// One attempt to open it.
pub(super) struct Opening<'a> {
    pub services: &'a Services,
    pub github: &'a GitHub,
    pub work_sample: &'a WorkSample,
    pub version: &'a SpecVersion,
    pub full_name: &'a str,
    pub login: &'a Login,
    /// How many attempts were announced, this one included.
    pub attempt: u32,
}

impl Opening<'_> {
    /// The number of the issue that was there or is there now.
    pub(super) async fn open(self) -> Result<u64, WorkflowError> {
        let id = &self.work_sample.id;
        if self.attempt > 1 {
            let marker = candidate::marker(id);
            let found = self
                .github
                .issue_with_marker(self.full_name, &marker)
                .await?;
            if let Some(issue) = found {
                return Ok(issue.number);
            }
        }
        self.is_the_latest().await?;
        let due_at = self
            .work_sample
            .due_at
            .unwrap_or(self.work_sample.drafted_at);
        let text = candidate::kickoff(self.version, id, self.login, due_at);
        let issue = self
            .github
            .open_issue(self.full_name, &text.title, &text.body)
            .await?;
        Ok(issue.number)
    }

    /// Nobody took this attempt for dead and began another meanwhile.
    async fn is_the_latest(&self) -> Result<(), WorkflowError> {
        let id = self.work_sample.id.clone();
        let announced = self
            .services
            .store
            .read(move |tx| tx.effect(&id, STEP))
            .await?;
        match announced {
            Some(latest) if latest.attempts != self.attempt => Err(WorkflowError::TooEarly {
                until: latest.started_at + settling(),
            }),
            _ => Ok(()),
        }
    }
}

/// Once `opened` was noted: puts its issue aside if the log had taken another attempt's before. What fails here is made up
/// for by the next pass over the repository.
pub(super) async fn settle(github: &GitHub, opened: &EventBody, after: &WorkSample) {
    let provisioning = &after.provisioning;
    let (EventBody::KickoffOpened { number }, Some(kept), Some(repository)) =
        (opened, provisioning.kickoff, &provisioning.repository)
    else {
        return;
    };
    if *number == kept {
        return;
    }
    let full_name = &repository.full_name;
    match close(github, full_name, *number, kept).await {
        Ok(()) => {
            tracing::warn!(
                full_name,
                number,
                kept,
                "a second kickoff issue was opened, and is closed"
            );
        }
        Err(error) => {
            tracing::warn!(full_name, number, kept, %error, "a second kickoff issue was opened, and is not closed yet");
        }
    }
}

/// Puts aside what a look at all issues shows beside the kickoff issue: open, with our marker, and by the same author, for
/// a candidate may quote the marker.
pub(super) async fn put_others_aside(
    services: &Services,
    github: &GitHub,
    work_sample: &WorkSample,
    (full_name, issues): (&str, &[SeenIssue]),
) -> Result<(), WorkflowError> {
    let Some(kept) = work_sample.provisioning.kickoff else {
        return Ok(());
    };
    for number in others(issues, kept, &work_sample.id) {
        let wanted = Wanted::new(
            services,
            github,
            work_sample.id.as_str(),
            Urgency::People,
            Writes::Changes,
        );
        governor::admitted(services, wanted).await?;
        close(github, full_name, number, kept).await?;
        tracing::warn!(
            full_name,
            number,
            kept,
            "a second kickoff issue was found and is closed"
        );
    }
    Ok(())
}

fn others(issues: &[SeenIssue], kept: u64, id: &WorkSampleId) -> Vec<u64> {
    let author = |issue: &SeenIssue| issue.user.as_ref().map(|user| user.id);
    let Some(ours) = issues
        .iter()
        .find(|issue| issue.number == kept)
        .and_then(author)
    else {
        return Vec::new();
    };
    let marker = candidate::marker(id);
    let doubles = issues.iter().filter(|issue| {
        let marked = issue
            .body
            .as_deref()
            .is_some_and(|body| body.contains(&marker));
        marked && issue.number != kept && issue.closed_at.is_none() && author(issue) == Some(ours)
    });
    doubles.map(|issue| issue.number).collect()
}

async fn close(
    github: &GitHub,
    full_name: &str,
    number: u64,
    kept: u64,
) -> Result<(), GitHubError> {
    let title = format!("Opened twice: see #{kept}");
    let body =
        format!("This issue was opened a second time by mistake. Everything goes on in #{kept}.");
    github.close_issue(full_name, number, &title, &body).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::SeenAccount;

    fn issue(number: u64, author: u64, body: &str, closed: bool) -> SeenIssue {
        let at = crate::clock::Timestamp::UNIX_EPOCH;
        SeenIssue {
            number,
            title: String::new(),
            body: Some(body.to_owned()),
            user: Some(SeenAccount {
                id: author,
                login: "somebody".to_owned(),
            }),
            html_url: String::new(),
            created_at: at,
            updated_at: at,
            closed_at: closed.then_some(at),
            closed_by: None,
            pull_request: None,
        }
    }

    #[test]
    fn only_open_issues_of_ours_with_our_marker_are_put_aside() {
        let id: WorkSampleId = "ws_0195532e6f807000a1b2c3d4e5f60718".parse().unwrap();
        let marked = format!("{}\nHello", candidate::marker(&id));
        let issues = [
            issue(1, 7, &marked, false),
            issue(2, 7, &marked, false),
            issue(3, 8, &marked, false),
            issue(4, 7, &marked, true),
            issue(5, 7, "Hello", false),
        ];
        assert_eq!(others(&issues, 1, &id), [2]);
        assert_eq!(others(&issues, 2, &id), [1]);
        assert!(others(&issues, 9, &id).is_empty(), "ours is not to be seen");
    }
}
