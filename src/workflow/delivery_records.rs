//! Records what declared deliveries mean.
//!
//! Webhooks come in any order, so the push that a `/deliver` means may be unknown when its words are read. A record is
//! therefore written after a look at GitHub only. It has effect on pay and is never derived again
//! (`work_sample::records`).

use std::collections::{BTreeMap, BTreeSet};

use super::governor::{Wanted, admitted};
use super::record::{load, record};
use super::{Services, WorkflowError};
use crate::github::{GitHub, Urgency, Writes};
use crate::ids::{CommitSha, WorkSampleId};
use crate::work_sample::records::{LookedUp, pending, questions, settle};
use crate::work_sample::{NaturalKey, Source, WorkSample};

/// Records what is pending, or what is so among `only`, as the facts are known now; returns how many events that were.
/// `only` names what was pending before GitHub was looked at: a look says nothing of words that came after it began.
///
/// # Errors
/// What GitHub answered about a name or a commit's tree.
pub async fn record_known(
    services: &Services,
    id: &WorkSampleId,
    only: Option<BTreeSet<NaturalKey>>,
) -> Result<usize, WorkflowError> {
    let work_sample = read(services, id).await?;
    if pending(&work_sample).next().is_none() {
        return Ok(0);
    }
    let looked_up = look_up(services, &work_sample).await?;
    write(services, id, looked_up, only).await
}

/// Records what is pending where GitHub cannot be asked: no commit counts as the starter, and no name as a branch or
/// tag.
///
/// # Errors
/// The database.
pub(super) async fn record_without_asking(
    services: &Services,
    id: &WorkSampleId,
    only: Option<BTreeSet<NaturalKey>>,
) -> Result<usize, WorkflowError> {
    let (names, commits) = questions(&read(services, id).await?);
    let looked_up = LookedUp {
        names: names.into_iter().map(|name| (name, None)).collect(),
        starters: commits.into_iter().map(|sha| (sha, false)).collect(),
    };
    write(services, id, looked_up, only).await
}

async fn write(
    services: &Services,
    id: &WorkSampleId,
    looked_up: LookedUp,
    only: Option<BTreeSet<NaturalKey>>,
) -> Result<usize, WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let before = load(tx, &id)?;
            let happenings = settle(&before, &looked_up, only.as_ref(), now);
            if !happenings.is_empty() {
                record(tx, &id, before.last_seq, &happenings, Source::Service, now)?;
            }
            Ok(happenings.len())
        })
        .await
}

pub(super) async fn read(
    services: &Services,
    id: &WorkSampleId,
) -> Result<WorkSample, WorkflowError> {
    let id = id.clone();
    services.store.read(move |tx| load(tx, &id)).await
}

/// Asks GitHub for names that no fact explains, and whether a commit has the starter's tree.
async fn look_up(services: &Services, work_sample: &WorkSample) -> Result<LookedUp, WorkflowError> {
    let (names, commits) = questions(work_sample);
    let mut looked_up = LookedUp::default();
    if names.is_empty() && commits.is_empty() {
        return Ok(looked_up);
    }
    let provisioning = &work_sample.provisioning;
    let (Some(repository), Some(first)) = (&provisioning.repository, &provisioning.first_commit)
    else {
        return Ok(looked_up);
    };
    let github = services.github_of(work_sample)?;
    let reads = u32::try_from(names.len() + 2 * commits.len() + 1).unwrap_or(u32::MAX);
    let wanted = Wanted::new(
        services,
        github,
        work_sample.id.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    admitted(services, wanted.reading(reads)).await?;
    let full_name = &repository.full_name;
    for name in names {
        let found = github.commit(full_name, &name).await?;
        looked_up.names.insert(name, found.map(|commit| commit.sha));
    }
    let found = looked_up.names.values().flatten().cloned();
    let commits: Vec<CommitSha> = commits.into_iter().chain(found).collect();
    looked_up.starters = starters(github, full_name, first, commits).await?;
    Ok(looked_up)
}

/// Which of the commits have the tree of the first one. A commit that GitHub does not know has another.
async fn starters(
    github: &GitHub,
    full_name: &str,
    first: &CommitSha,
    commits: Vec<CommitSha>,
) -> Result<BTreeMap<CommitSha, bool>, WorkflowError> {
    let mut starters = BTreeMap::new();
    if commits.is_empty() {
        return Ok(starters);
    }
    let starter = github.commit(full_name, first.as_str()).await?;
    for sha in commits {
        let commit = github.commit(full_name, sha.as_str()).await?;
        let same = match (&starter, &commit) {
            (Some(starter), Some(commit)) => starter.tree == commit.tree,
            (None, _) | (_, None) => false,
        };
        starters.insert(sha, same);
    }
    Ok(starters)
}

/// Is this commit the starter with nothing changed? Asked while a candidate delivers it through the API.
///
/// # Errors
/// What GitHub answered.
pub(super) async fn is_starter(
    services: &Services,
    work_sample: &WorkSample,
    sha: &CommitSha,
) -> Result<bool, WorkflowError> {
    let provisioning = &work_sample.provisioning;
    let (Some(repository), Some(first)) = (&provisioning.repository, &provisioning.first_commit)
    else {
        return Ok(false);
    };
    if first == sha {
        return Ok(true);
    }
    let github = services.github_of(work_sample)?;
    let wanted = Wanted::new(
        services,
        github,
        work_sample.id.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    admitted(services, wanted.reading(2)).await?;
    let found = starters(github, &repository.full_name, first, vec![sha.clone()]).await?;
    Ok(found.get(sha).copied().unwrap_or(false))
}

/// The events that declared what is pending.
pub(super) fn pending_keys(work_sample: &WorkSample) -> BTreeSet<NaturalKey> {
    pending(work_sample)
        .map(|read| read.declared_by.clone())
        .collect()
}
