//! Reconciliation: what GitHub shows of a work sample's repository, turned into the facts and sightings that the log lacks.
//!
//! Webhooks get lost, and a redelivery reaches three days back. A pass looks at the repository, its issues, comments,
//! pull requests, reviews, pushes, collaborators and checks, with conditional requests: what has not changed costs nothing. What it
//! finds carries the natural keys that webhooks would have given it; what the REST API cannot say is not invented (see
//! `work_sample/event.rs` on sightings).

mod asking;
mod people;
mod pushes;
mod reviews;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::governor::{Wanted, admitted, spent};
use super::hidden::{self, Sight};
use super::record::{load, record};
use super::stored::checkpoint;
use super::{Services, WorkflowError, delivery_records};
use crate::clock::Timestamp;
use crate::github::{
    GitHub, GitHubError, Lookout, Mark, SeenAccount, SeenRepository, Since, Urgency, Writes,
};
use crate::ids::WorkSampleId;
use crate::store::StoreError;
use crate::work_sample::{
    Actor, EventBody, Happening, Occurrence, Repository, Source, WorkSample, key,
};

pub use asking::{ask, ask_all, ask_all_in, follow, look_now, wake};

/// What a pass usually reads: the repository, pushes, issues, comments, pull requests, review comments, collaborators,
/// checks. The reviews of each known pull request come to it.
const READS: u32 = 9;

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Events that were new to the log.
    pub events: usize,
    /// Look again then, for this look could not see everything.
    pub again_at: Option<Timestamp>,
    /// GitHub showed nothing of the repository, or it was gone.
    pub unseen: bool,
}

/// One pass over a work sample's repository that nobody waits for. Without a repository there is nothing to look at.
pub async fn reconcile(services: &Services, id: &WorkSampleId) -> Result<Passed, WorkflowError> {
    look(services, id, Urgency::Bulk).await
}

/// [`reconcile`], as urgent as whoever waits for it.
pub async fn look(
    services: &Services,
    id: &WorkSampleId,
    urgency: Urgency,
) -> Result<Passed, WorkflowError> {
    let nothing = Passed {
        events: 0,
        again_at: None,
        unseen: false,
    };
    let read = id.clone();
    let (work_sample, etags) = services
        .store
        .read(move |tx| Ok::<_, WorkflowError>((load(tx, &read)?, tx.etags(&read)?)))
        .await?;
    let Some(repository) = &work_sample.provisioning.repository else {
        return Ok(nothing);
    };
    let declared = delivery_records::pending_keys(&work_sample);
    let github = services.github_of(&work_sample)?.counted();
    let reads = Wanted::new(services, &github, id.as_str(), urgency, Writes::Nothing);
    let asked = READS + reviews::reads(&work_sample);
    admitted(services, reads.reading(asked)).await?;
    let mut look = Look {
        services,
        github: &github,
        work_sample: &work_sample,
        repository: repository.clone(),
        lookout: Lookout::new(&github, etags.clone()),
        found: Vec::new(),
        touched: BTreeMap::new(),
        again_at: None,
        unseen: false,
    };
    let looked = look.at_everything().await;
    spent(services, &github, &github.budget(), asked).await;
    looked?;
    let Look {
        lookout,
        found,
        again_at,
        unseen,
        ..
    } = look;
    let events = keep(services, id, found, (etags, lookout.into_etags())).await?;
    if events > 0 {
        tracing::info!(work_sample = %id, events, "reconciliation found what the log lacked");
    }
    // The look that a record needs has just been made. Where this fails, the job that waits for it tries again.
    if !unseen
        && let Err(error) = delivery_records::record_known(services, id, Some(declared)).await
    {
        tracing::warn!(work_sample = %id, %error, "could not record a delivery after a look at GitHub");
    }
    Ok(Passed {
        events,
        again_at,
        unseen,
    })
}

/// The facts and the names of the answers that they came from, in one transaction: a crash in between would else leave a
/// hole that looks like "unchanged". Where the names that the pass began with were forgotten meanwhile, somebody wants
/// everything read anew, and its own are not kept either.
async fn keep(
    services: &Services,
    id: &WorkSampleId,
    found: Vec<Happening>,
    (before, etags): (BTreeMap<String, String>, BTreeMap<String, String>),
) -> Result<usize, WorkflowError> {
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let row = tx
                .work_sample_row(&id)?
                .ok_or_else(|| StoreError::NotFound {
                    what: format!("the work sample {id}"),
                })?;
            let events = if found.is_empty() {
                0
            } else {
                let source = Source::Reconciliation;
                let after = record(tx, &id, row.last_seq, &found, source, now)?;
                usize::try_from(after.last_seq - row.last_seq).unwrap_or(0)
            };
            if tx.etags(&id)? == before {
                tx.keep_etags(&id, &etags, now)?;
            }
            Ok(events)
        })
        .await
}

/// A pass under way.
struct Look<'a> {
    services: &'a Services,
    github: &'a GitHub,
    work_sample: &'a WorkSample,
    /// As it is called now: GitHub leads on from earlier names, but only for those who follow.
    repository: Repository,
    lookout: Lookout<'a>,
    found: Vec<Happening>,
    /// When the issues and pull requests that this pass read were last touched.
    touched: BTreeMap<u64, Timestamp>,
    again_at: Option<Timestamp>,
    unseen: bool,
}

impl Look<'_> {
    fn name(&self) -> &str {
        &self.repository.full_name
    }

    fn find(&mut self, happening: Happening) {
        self.found.push(happening);
    }

    async fn at_everything(&mut self) -> Result<(), WorkflowError> {
        if self.at_repository().await? {
            let before = self.lookout.mark();
            let pushes = self.at_pushes().await;
            self.as_far_as_allowed(pushes, before).await?;
            let before = self.lookout.mark();
            let texts = self.at_texts().await;
            self.as_far_as_allowed(texts, before).await?;
            let before = self.lookout.mark();
            let reviews = self.at_reviews().await;
            self.as_far_as_allowed(reviews, before).await?;
            let before = self.lookout.mark();
            let collaborators = self.at_collaborators().await;
            self.as_far_as_allowed(collaborators, before).await?;
            let before = self.lookout.mark();
            let invitation = self.at_invitation().await;
            self.as_far_as_allowed(invitation, before).await?;
            let before = self.lookout.mark();
            let account = self.at_account().await;
            self.as_far_as_allowed(account, before).await?;
            let before = self.lookout.mark();
            let checks = self.at_checks().await;
            self.as_far_as_allowed(checks, before).await?;
        }
        Ok(())
    }

    /// What a token or App may not see hides nothing else. The log says so once a day, not at every pass.
    async fn as_far_as_allowed(
        &mut self,
        part: Result<(), WorkflowError>,
        before: Mark,
    ) -> Result<(), WorkflowError> {
        let Err(WorkflowError::GitHub(
            GitHubError::Forbidden { call, .. } | GitHubError::SwitchedOff { call, .. },
        )) = &part
        else {
            return part;
        };
        self.lookout.back_to(before);
        // Of a missing permission all repositories suffer, of what was switched off there only this one.
        let concerned = match &part {
            Err(WorkflowError::GitHub(GitHubError::SwitchedOff { .. })) => {
                self.work_sample.id.to_string()
            }
            _ => self.github.budget(),
        };
        let (now, name) = (self.services.now(), checkpoint::forbidden(call, concerned));
        let is_news = self
            .services
            .store
            .write(move |tx| {
                let said = tx.looked_at(&name)?;
                let is_news = said.is_none_or(|said| said + Duration::days(1) <= now);
                if is_news {
                    tx.looked(&name, now)?;
                }
                Ok::<_, StoreError>(is_news)
            })
            .await?;
        if let (true, Err(error)) = (is_news, &part) {
            tracing::warn!(work_sample = %self.work_sample.id, %error, "reconciliation goes on without what it may not see");
        }
        Ok(())
    }

    /// Looks at the repository itself; false if it is not there.
    async fn at_repository(&mut self) -> Result<bool, WorkflowError> {
        let Repository { full_name, id, .. } = &self.repository;
        let seen = match self.lookout.repository(full_name, *id).await? {
            Since::Changed(seen) => seen,
            Since::Unchanged => {
                hidden::seen(self.services, hidden::repository(&self.work_sample.id)).await?;
                return Ok(true);
            }
            Since::Gone => {
                self.unseen = true;
                self.is_hidden().await?;
                return Ok(false);
            }
        };
        hidden::seen(self.services, hidden::repository(&self.work_sample.id)).await?;
        let is_called = seen.full_name.clone();
        let is = &self.work_sample.whereabouts;
        let as_known = seen.full_name == self.repository.full_name
            && (seen.private, seen.archived, true) == (is.private, is.archived, is.there);
        if !as_known {
            let (private, archived) = (seen.private, seen.archived);
            let (key, at) = if is.there {
                let at = last_touched(&seen);
                let key = key::repository_seen(at, &seen.full_name, private, archived);
                (key, at)
            } else {
                // It was gone after it had last been touched.
                let now = self.services.now();
                (key::repository_back(now), now)
            };
            self.find(Happening {
                key,
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::RepositorySeen {
                    full_name: seen.full_name,
                    private,
                    archived,
                },
            });
        }
        self.repository = self.repository.called(&is_called);
        Ok(true)
    }

    async fn is_hidden(&mut self) -> Result<(), WorkflowError> {
        match hidden::unseen(self.services, hidden::repository(&self.work_sample.id)).await? {
            Sight::Hidden { until } => self.look_again_at(until),
            Sight::Gone { since } if self.work_sample.whereabouts.there => self.find(Happening {
                key: key::repository_gone(since),
                actor: Actor::Service,
                occurred_at: self.services.now(),
                body: EventBody::RepositoryGone,
            }),
            Sight::Gone { .. } => {}
        }
        Ok(())
    }

    fn look_again_at(&mut self, at: Timestamp) {
        self.again_at = Some(self.again_at.map_or(at, |known| known.min(at)));
    }

    async fn at_checks(&mut self) -> Result<(), WorkflowError> {
        /// Checks of older commits have long been told of, or will never be.
        const LATEST: usize = 10;
        let pushed = self.found.iter().filter_map(|one| match &one.body {
            EventBody::Pushed { after, .. } => Some(after),
            _ => None,
        });
        let heads: Vec<_> = self
            .work_sample
            .pushes
            .iter()
            .map(|push| &push.after)
            .chain(pushed)
            .filter(|sha| {
                !sha.is_zero() && self.work_sample.provisioning.first_commit.as_ref() != Some(*sha)
            })
            .cloned()
            .collect();
        // A branch may have stood at one commit several times.
        let mut looked = BTreeSet::new();
        let latest = heads.iter().rev().filter(|sha| looked.insert(*sha));
        for sha in latest.take(LATEST).cloned().collect::<Vec<_>>() {
            let checks = self.lookout.checks(&self.repository.full_name, &sha);
            let checks = match checks.await {
                // A commit that GitHub does not have any more hides nothing else.
                Err(GitHubError::Refused { .. }) => continue,
                checks => checks?,
            };
            for check in checks.unwrap_or_default() {
                let Some(completed_at) = check.completed_at else {
                    continue;
                };
                let by = check.app.map_or_else(ghost, |app| Actor::GitHub {
                    id: app.id,
                    login: app.slug,
                });
                self.find(Happening {
                    key: key::check_completed(check.id),
                    actor: by,
                    occurred_at: completed_at,
                    body: EventBody::CheckCompleted {
                        name: check.name,
                        sha: check.head_sha,
                        conclusion: check.conclusion.unwrap_or_else(|| "none".into()),
                        occurrence: Occurrence::FIRST,
                    },
                });
            }
        }
        Ok(())
    }
}

/// The time that webhooks about a repository stand for, too.
fn last_touched(seen: &SeenRepository) -> Timestamp {
    seen.pushed_at
        .map_or(seen.updated_at, |pushed_at| pushed_at.max(seen.updated_at))
}

fn account(seen: Option<&SeenAccount>) -> Actor {
    seen.map_or_else(ghost, |seen| Actor::GitHub {
        id: seen.id,
        login: seen.login.clone(),
    })
}

/// GitHub's own stand-in for accounts that are gone.
fn ghost() -> Actor {
    Actor::GitHub {
        id: 10137,
        login: "ghost".to_owned(),
    }
}
