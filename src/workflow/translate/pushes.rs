//! The webhook `push`.

use serde::Deserialize;

use super::{Misshapen, Translated, actor, fact, ignored, without_time};
use crate::clock::Timestamp;
use crate::ids::CommitSha;
use crate::work_sample::{CommitClaim, EventBody, Occurrence, key};
use crate::workflow::payload::{Account, Moment, RepositoryPart, read};

pub(super) fn push(event: &str, body: &[u8]) -> Result<Translated, Misshapen> {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(default)]
        repository: Option<RepositoryPart>,
        #[serde(default)]
        sender: Option<Account>,
        #[serde(rename = "ref")]
        git_ref: String,
        before: CommitSha,
        after: CommitSha,
        #[serde(default)]
        forced: bool,
        #[serde(default)]
        commits: Vec<Commit>,
    }
    #[derive(Deserialize)]
    struct Commit {
        id: CommitSha,
        message: String,
        #[serde(default)]
        timestamp: Option<Timestamp>,
        author: Author,
        #[serde(default)]
        added: Vec<String>,
        #[serde(default)]
        modified: Vec<String>,
        #[serde(default)]
        removed: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Author {
        name: String,
    }
    let payload: Payload = read(event, body)?;
    let (Some(repository), Some(sender)) = (&payload.repository, &payload.sender) else {
        return Ok(ignored(event, ""));
    };
    let (repository, by, at) = (repository.id, actor(sender), pushed_at(event, repository)?);
    let commits = payload
        .commits
        .into_iter()
        .map(|commit| CommitClaim {
            sha: commit.id,
            message: commit.message,
            author: commit.author.name,
            authored_at: commit.timestamp,
            added: commit.added,
            modified: commit.modified,
            removed: commit.removed,
        })
        .collect();
    let happenings = fact(
        key::pushed(&payload.git_ref, &payload.before, &payload.after),
        by,
        at,
        EventBody::Pushed {
            git_ref: payload.git_ref,
            before: payload.before,
            after: payload.after,
            forced: payload.forced,
            commits,
            cut: false,
            occurrence: Occurrence::FIRST,
        },
    );
    Ok(Translated::Facts {
        repository,
        happenings,
    })
}

fn pushed_at(event: &str, repository: &RepositoryPart) -> Result<Timestamp, Misshapen> {
    repository
        .pushed_at
        .and_then(Moment::get)
        .or_else(|| repository.last_touched())
        .ok_or_else(|| without_time(event))
}
