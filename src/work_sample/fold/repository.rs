//! What became of the repository itself; `members` tells who may work in it. Sightings speak where no webhook did: a name that we
//! saw and that no webhook explains is a change as well.

use chrono::TimeDelta;

use super::members;
use crate::clock::Timestamp;
use crate::work_sample::event::{EventBody, Happening};
use crate::work_sample::following::{Closing, RepositoryEvent, Whereabouts};
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::{Repository, ReviewVerdict};

/// The repository as the facts so far tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    full_name: String,
    private: bool,
    archived: bool,
    there: bool,
}

impl Known {
    /// As it was made.
    fn at_first(ws: &WorkSample) -> Known {
        let repository = ws.provisioning.repository.as_ref();
        Known {
            full_name: repository.map_or_else(String::new, |one| one.full_name.clone()),
            private: true,
            archived: false,
            there: true,
        }
    }

    /// Takes over what a webhook says.
    fn change(&mut self, action: &str, full_name: &str) {
        match action {
            "renamed" | "transferred" => full_name.clone_into(&mut self.full_name),
            "publicized" => self.private = false,
            "privatized" => self.private = true,
            "archived" => self.archived = true,
            "unarchived" => self.archived = false,
            "deleted" => self.there = false,
            _ => {}
        }
    }

    /// Takes over what was seen; returns the changes that nobody told us of, in the words of the webhooks.
    fn see(&mut self, full_name: &str, private: bool, archived: bool) -> Vec<&'static str> {
        let mut untold = Vec::new();
        if !self.there {
            untold.push("shown again");
        }
        if !self.full_name.is_empty() && self.full_name != full_name {
            let owner = |name: &str| name.split('/').next().map(str::to_lowercase);
            let moved = owner(&self.full_name) != owner(full_name);
            untold.push(if moved { "transferred" } else { "renamed" });
        }
        match (self.private, private) {
            (true, false) => untold.push("publicized"),
            (false, true) => untold.push("privatized"),
            _ => {}
        }
        match (self.archived, archived) {
            (false, true) => untold.push("archived"),
            (true, false) => untold.push("unarchived"),
            _ => {}
        }
        *self = Known {
            full_name: full_name.to_owned(),
            private,
            archived,
            there: true,
        };
        untold
    }
}

/// Should a lead look at it now? What we did ourselves at the end alarms nobody, and nothing else is excused by it.
fn alarming(ws: &WorkSample, action: &str, at: Timestamp) -> bool {
    match action {
        "publicized" => true,
        // GitHub has no time for a deletion but that of the last change before it, which was our own archiving.
        "deleted" => {
            let archived = ws.end.archived_at.filter(|_| ws.end.deleted_at.is_some());
            !ours(&[archived, ws.end.deleted_at, ws.end.handed_over_at], at)
        }
        // Whoever is given a repository may take a day to accept it (docs.github.com).
        "transferred" => {
            let asked = ws.end.handed_over_at;
            !(ours(&[asked], at) && asked.is_some_and(|asked| at <= asked + TimeDelta::days(2)))
        }
        _ => false,
    }
}

/// Did it happen after one of these deeds of ours? GitHub tells of it before we note it: by a moment, or by as long as it
/// takes us to believe it where GitHub's answer was lost.
fn ours(deeds: &[Option<Timestamp>], at: Timestamp) -> bool {
    const NOTED_WITHIN: TimeDelta = TimeDelta::minutes(30);
    deeds
        .iter()
        .flatten()
        .any(|done| at + NOTED_WITHIN >= *done)
}

/// What a reader should know, in order of time.
pub(super) fn events(ws: &WorkSample, facts: &[&Happening]) -> Vec<RepositoryEvent> {
    let mut known = Known::at_first(ws);
    let mut events = Vec::new();
    for fact in facts {
        let at = fact.occurred_at;
        let mut add = |text: String, alarm: bool| {
            events.push(RepositoryEvent {
                key: fact.key.clone(),
                at,
                text,
                alarm,
            });
        };
        match &fact.body {
            EventBody::RepositoryChanged { action, full_name } => {
                known.change(action, full_name);
                add(
                    format!("repository {action}: {full_name}"),
                    alarming(ws, action, at),
                );
            }
            EventBody::RepositorySeen {
                full_name,
                private,
                archived,
            } => {
                for action in known.see(full_name, *private, *archived) {
                    add(
                        format!("repository {action}: {full_name}"),
                        alarming(ws, action, at),
                    );
                }
            }
            EventBody::RepositoryGone if known.there => {
                known.there = false;
                let name = &known.full_name;
                add(
                    format!("repository deleted, or moved out of reach: {name}"),
                    alarming(ws, "deleted", at),
                );
            }
            _ => {}
        }
    }
    members::add_events(ws, facts, events)
}

/// Where the repository is now: names change, the id stays.
pub(super) fn present(ws: &WorkSample, facts: &[&Happening]) -> (Option<Repository>, Whereabouts) {
    let mut known = Known::at_first(ws);
    let mut out_of_sight_at = None;
    for fact in facts {
        match &fact.body {
            EventBody::RepositoryChanged { action, full_name } => {
                known.change(action, full_name);
                if action == "deleted" {
                    out_of_sight_at = None;
                }
            }
            EventBody::RepositorySeen {
                full_name,
                private,
                archived,
            } => {
                known.see(full_name, *private, *archived);
                out_of_sight_at = None;
            }
            EventBody::RepositoryGone if known.there => {
                known.there = false;
                out_of_sight_at = Some(fact.occurred_at);
            }
            _ => {}
        }
    }
    let repository = ws
        .provisioning
        .repository
        .as_ref()
        .map(|first| first.called(&known.full_name));
    let whereabouts = Whereabouts {
        private: known.private,
        archived: known.archived,
        there: known.there,
        out_of_sight_at,
    };
    (repository, whereabouts)
}

/// What was closed, merged or opened again, in order of time.
pub(super) fn closings(facts: &[&Happening]) -> Vec<Closing> {
    let told = facts.iter().filter_map(|fact| {
        let text = match &fact.body {
            EventBody::IssueClosed { number } => format!("Issue #{number} was closed"),
            EventBody::IssueReopened { number } => format!("Issue #{number} was opened again"),
            EventBody::PullRequestClosed { number, merged } => {
                let word = if *merged { "merged" } else { "closed" };
                format!("Pull request #{number} was {word}")
            }
            EventBody::PullRequestReopened { number } => {
                format!("Pull request #{number} was opened again")
            }
            EventBody::Reviewed {
                number, verdict, ..
            } => match verdict {
                ReviewVerdict::Approved => format!("Pull request #{number} was approved"),
                ReviewVerdict::ChangesRequested => {
                    format!("Changes were requested on pull request #{number}")
                }
            },
            _ => return None,
        };
        Some(Closing {
            key: fact.key.clone(),
            at: fact.occurred_at,
            by: fact.actor.clone(),
            text,
        })
    });
    told.collect()
}
