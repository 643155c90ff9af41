//! Issues, pull requests and comments: which texts are not as the log has them, which are gone, what was closed.

use std::collections::BTreeSet;

use chrono::{Duration, SubsecRound as _};

use super::{Look, account};
use crate::clock::Timestamp;
use crate::github::{Listed, Mark, SeenComment, SeenIssue};
use crate::work_sample::{Actor, Entry, EventBody, Happening, Occurrence, Place, PullHead, key};
use crate::workflow::{WorkflowError, answers, kickoff};

/// A list may lag behind what was written a moment ago.
pub(super) const LISTS_LAG_SECONDS: i64 = 120;

/// A text as a list shows it.
pub(super) struct Shown<'s> {
    pub(super) place: Place,
    pub(super) title: &'s str,
    pub(super) text: &'s str,
    pub(super) html_url: &'s str,
    pub(super) author: Actor,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// So many missing texts are asked for in one pass; the next asks for the others.
const ASKED_FOR_AT_ONCE: usize = 20;

impl Look<'_> {
    pub(super) async fn at_texts(&mut self) -> Result<(), WorkflowError> {
        let name = self.name().to_owned();
        let before = self.lookout.mark();
        let issues = self.lookout.issues(&name).await?;
        for issue in issues.iter().flat_map(|issues| &issues.items) {
            self.at_issue(issue).await?;
        }
        // Of a list that was not read to its end nothing can be missing.
        let issues = whole(issues);
        let mut is_settled = true;
        if let Some(issues) = &issues {
            is_settled &= self.miss_issues(issues).await?;
        }
        let comments = self.lookout.comments(&name).await?;
        for comment in comments.iter().flat_map(|comments| &comments.items) {
            let Some(number) = comment.number() else {
                continue;
            };
            let shown = Shown {
                place: Place::Comment {
                    number,
                    comment_id: comment.id,
                },
                title: "",
                text: comment.body.as_deref().unwrap_or_default(),
                html_url: &comment.html_url,
                author: account(comment.user.as_ref()),
                created_at: comment.created_at,
                updated_at: comment.updated_at,
            };
            if !self.is_as_known(&shown) {
                self.see(shown, None);
            }
        }
        let comments = whole(comments);
        if let Some(comments) = &comments {
            is_settled &= self.miss_comments(comments, issues.as_deref()).await?;
        }
        if !is_settled {
            self.look_at_texts_later(before);
        }
        if let Some(issues) = &issues {
            let seen = (name.as_str(), issues.as_slice());
            kickoff::put_others_aside(self.services, self.github, self.work_sample, seen).await?;
        }
        if let Some(comments) = &comments {
            let seen = (name.as_str(), comments.as_slice());
            answers::delete_doubles(self.services, self.github, self.work_sample, seen).await?;
        }
        Ok(())
    }

    /// Lets a pass in some minutes read again what was read since the mark.
    pub(super) fn look_at_texts_later(&mut self, before: Mark) {
        self.lookout.back_to(before);
        let later = self.services.now() + Duration::seconds(LISTS_LAG_SECONDS + 1);
        self.look_again_at(later);
    }

    async fn at_issue(&mut self, issue: &SeenIssue) -> Result<(), WorkflowError> {
        let number = issue.number;
        self.touched.insert(number, issue.updated_at);
        let is_pull = issue.pull_request.is_some();
        let shown = Shown {
            place: if is_pull {
                Place::PullRequest { number }
            } else {
                Place::Issue { number }
            },
            title: &issue.title,
            text: issue.body.as_deref().unwrap_or_default(),
            html_url: &issue.html_url,
            author: account(issue.user.as_ref()),
            created_at: issue.created_at,
            updated_at: issue.updated_at,
        };
        if !self.is_as_known(&shown) {
            let pull = if is_pull {
                self.head_when_opened(number, issue.created_at).await?
            } else {
                None
            };
            self.see(shown, pull);
        }
        // Who closed it is part of the fact; where GitHub does not say it, there is none.
        if let (Some(at), Some(by)) = (issue.closed_at, &issue.closed_by) {
            let (key, body) = match &issue.pull_request {
                Some(pull) => (
                    key::pull_request_closed(number, at),
                    EventBody::PullRequestClosed {
                        number,
                        merged: pull.merged_at.is_some(),
                    },
                ),
                None => (
                    key::issue_closed(number, at),
                    EventBody::IssueClosed { number },
                ),
            };
            self.find(Happening {
                key,
                actor: account(Some(by)),
                occurred_at: at,
                body,
            });
        }
        Ok(())
    }

    pub(super) fn entry_at(&self, place: &Place) -> Option<&Entry> {
        let mut entries = self.work_sample.entries.iter();
        entries.find(|entry| &entry.place == place)
    }

    pub(super) fn is_as_known(&self, shown: &Shown<'_>) -> bool {
        self.entry_at(&shown.place).is_some_and(|entry| {
            let whole = !entry.html_url.is_empty() && entry.deleted_at.is_none();
            whole && entry.text == shown.text && entry.title == shown.title
        })
    }

    pub(super) fn see(&mut self, shown: Shown<'_>, pull: Option<PullHead>) {
        let Shown {
            place,
            title,
            text,
            html_url,
            author,
            created_at,
            updated_at,
        } = shown;
        let now = self.services.now();
        let gone_at = self.entry_at(&place).and_then(|entry| entry.deleted_at);
        // A list may go on showing what was deleted a moment ago.
        let back_after = gone_at.filter(|at| now - *at > Duration::seconds(LISTS_LAG_SECONDS));
        self.find(Happening {
            key: match back_after {
                Some(gone_at) => key::text_back(&place, gone_at),
                None => key::text_seen(&place, updated_at, title, text),
            },
            actor: author,
            occurred_at: updated_at,
            body: EventBody::TextSeen {
                place,
                title: title.to_owned(),
                text: text.to_owned(),
                html_url: html_url.to_owned(),
                created_at,
                pull,
                back_at: back_after.map(|_| now),
            },
        });
    }

    /// GitHub shows the present head only; where it stood when the pull request was opened, the pushes tell. Of a fork's
    /// pushes nothing is known.
    async fn head_when_opened(
        &self,
        number: u64,
        opened_at: Timestamp,
    ) -> Result<Option<PullHead>, WorkflowError> {
        let pull = self.lookout.pull(self.name(), number).await?;
        let ours = pull
            .head
            .repo
            .is_some_and(|repo| repo.id == self.repository.id);
        if !ours {
            return Ok(None);
        }
        let git_ref = format!("refs/heads/{}", pull.head.branch);
        let known = self
            .work_sample
            .pushes
            .iter()
            .map(|push| (&push.git_ref, &push.after, push.at));
        let found = self.found.iter().filter_map(|one| match &one.body {
            EventBody::Pushed { git_ref, after, .. } => Some((git_ref, after, one.occurred_at)),
            _ => None,
        });
        let sha = known
            .chain(found)
            .filter(|(of, after, at)| **of == git_ref && !after.is_zero() && *at <= opened_at)
            .max_by_key(|(_, _, at)| *at)
            .map(|(_, after, _)| after.clone());
        Ok(sha.map(|sha| PullHead { git_ref, sha }))
    }

    /// Issues that we know and the whole list does not show. Pull requests cannot be deleted. False if it is too early to
    /// say so of one.
    async fn miss_issues(&mut self, issues: &[SeenIssue]) -> Result<bool, WorkflowError> {
        let shown: BTreeSet<u64> = issues.iter().map(|issue| issue.number).collect();
        let now = self.services.now().trunc_subsecs(0);
        self.miss(|place| match place {
            Place::Issue { number } if !shown.contains(number) => Some(now),
            _ => None,
        })
        .await
    }

    /// Comments that we know and the whole list does not show. Those of a deleted issue went with it, of which GitHub
    /// tells no more than that. False as for issues.
    async fn miss_comments(
        &mut self,
        comments: &[SeenComment],
        issues: Option<&[SeenIssue]>,
    ) -> Result<bool, WorkflowError> {
        let shown: BTreeSet<u64> = comments.iter().map(|comment| comment.id).collect();
        let now = self.services.now().trunc_subsecs(0);
        self.miss(|place| {
            let Place::Comment { number, comment_id } = place else {
                return None;
            };
            if shown.contains(comment_id) {
                return None;
            }
            // The issue was last touched at the deletion, or later.
            match issues {
                None => Some(now),
                Some(issues) => issues
                    .iter()
                    .find(|issue| issue.number == *number)
                    .map(|issue| issue.updated_at),
            }
        })
        .await
    }

    /// A list is read page by page: what moves from one to the other meanwhile is on none. So each is asked for by itself.
    pub(super) async fn miss(
        &mut self,
        gone_at: impl Fn(&Place) -> Option<Timestamp>,
    ) -> Result<bool, WorkflowError> {
        let settled = self.services.now() - Duration::seconds(LISTS_LAG_SECONDS);
        let standing = self.work_sample.entries.iter();
        let missing = standing
            .filter(|entry| entry.deleted_at.is_none())
            .filter_map(|entry| Some((entry, gone_at(&entry.place)?)));
        let (gone, early): (Vec<_>, Vec<_>) = missing.partition(|(entry, _)| entry.at < settled);
        let mut is_settled = early.is_empty();
        let gone: Vec<(Place, Timestamp)> = gone
            .into_iter()
            .map(|(entry, at)| {
                let touched = entry.history.last().map_or(entry.at, |last| last.until);
                (entry.place.clone(), at.max(touched))
            })
            .collect();
        for (nth, (place, at)) in gone.into_iter().enumerate() {
            if nth >= ASKED_FOR_AT_ONCE || self.is_shown(&place).await? {
                is_settled = false;
                continue;
            }
            self.find(Happening {
                key: key::text_gone(&place),
                actor: Actor::Service,
                occurred_at: at,
                body: EventBody::TextGone {
                    place,
                    occurrence: Occurrence::FIRST,
                },
            });
        }
        Ok(is_settled)
    }

    async fn is_shown(&self, place: &Place) -> Result<bool, WorkflowError> {
        let (github, name) = (self.github, self.name());
        Ok(match place {
            Place::Issue { number } | Place::PullRequest { number } => {
                github.has_issue(name, *number).await?
            }
            Place::Comment { comment_id, .. } => github.has_comment(name, *comment_id).await?,
            Place::ReviewComment { comment_id, .. } => {
                github.has_review_comment(name, *comment_id).await?
            }
            Place::Review { number, review_id } => {
                github.review(name, *number, *review_id).await?.is_some()
            }
        })
    }
}

pub(super) fn whole<T>(list: Option<Listed<T>>) -> Option<Vec<T>> {
    list.filter(|list| list.whole).map(|list| list.items)
}
