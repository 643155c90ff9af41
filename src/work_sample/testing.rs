//! Hand-made work samples for tests: a spec, and a story that is told event by event.

mod results;
mod sides;

pub(crate) use results::{assessment, changed, run};

use chrono::{Duration, TimeDelta};

use super::event::*;
use super::model::WorkSample;
use super::parts::*;
use super::{Command, Standing, fold, key, records, terms_of};
use crate::acceptance::Assessment;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, Login, SpecDigest, WorkSampleId};
use crate::spec::OfferDefaults;
use crate::spec::Spec;

pub(crate) const KICKOFF: u64 = 1;
pub(crate) const MAIN: &str = "refs/heads/main";

pub(crate) fn spec() -> Spec {
    toml::from_str(
        r#"
slug = "order-retries"
title = "Retries for orders"
version = "1.0"
summary = "Orders may be sent twice."
timebox_hours = 6
due_days = 7
ai_policy = "Use what you like and say so."
ownership = "Yours until paid."

[pay]
amount_minor = 60000
currency = "EUR"
within_days = 14
withdrawn_percent = 25
cancelled_percent = 50

[updates]
every_hours = 24

[boundary]
allowed = ["src/orders/**", "tests/**"]

[[clauses]]
id = "R1"
title = "Same key, same answer"
[[clauses]]
id = "R2"
title = "Another body is refused"
[[clauses]]
id = "R3"
title = "Keys are kept"
[[clauses]]
id = "N1"
title = "No new endpoints"

[[criteria]]
id = "AC-1"
title = "A replay gives the first answer"
clauses = ["R1"]
[criteria.check]
by = "command"
run = ["sh", "acceptance/replay.sh"]

[[criteria]]
id = "AC-2"
title = "Another body is refused"
clauses = ["R2"]
[criteria.check]
by = "command"
run = ["sh", "acceptance/conflict.sh"]

[[criteria]]
id = "AC-3"
title = "The names say what things are"
clauses = ["R1", "R3"]
[criteria.check]
by = "eye"
look_for = "names"

[[criteria]]
id = "AC-4"
title = "The candidate's own checks pass"
clauses = ["R1"]
[criteria.check]
by = "ci"
name = "test"

[[gaps]]
id = "G1"
title = "How long are keys kept?"
clauses = ["R3"]
words = ["how long", "expire", "retention"]
[[gaps.interpretations]]
id = "for-ever"
text = "They are never removed."
[[gaps.interpretations]]
id = "one-day"
text = "They are removed after a day."
[gaps.probe]
run = ["sh", "acceptance/probe.sh"]

[[gaps]]
id = "G2"
title = "What happens while the first request is still running?"
clauses = ["R1"]
words = ["concurrent", "in flight", "still running"]
[[gaps.interpretations]]
id = "wait"
text = "The second waits."
[[gaps.interpretations]]
id = "refuse"
text = "The second is refused."
"#,
    )
    .unwrap()
}

/// `minutes` after the start of the story.
pub(crate) fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minutes)
}

pub(crate) fn sha(digit: char) -> CommitSha {
    digit.to_string().repeat(40).parse().unwrap()
}

pub(crate) fn login() -> Login {
    "dana".parse().unwrap()
}

pub(crate) fn candidate() -> Actor {
    Actor::GitHub {
        id: 7,
        login: "Dana".to_owned(),
    }
}

pub(crate) fn team() -> Actor {
    Actor::GitHub {
        id: 8,
        login: "lee".to_owned(),
    }
}

pub(crate) fn lead() -> Actor {
    Actor::Lead {
        name: "Lee".to_owned(),
    }
}

pub(crate) fn reviewer() -> Actor {
    Actor::Reviewer {
        name: "Rae".to_owned(),
    }
}

pub(crate) fn events(happenings: &[Happening]) -> Vec<Event> {
    let id: WorkSampleId = format!("ws_{}", "a".repeat(32)).parse().unwrap();
    (1..)
        .zip(happenings)
        .map(|(seq, happening)| Event {
            work_sample: id.clone(),
            seq,
            happening: happening.clone(),
            received_at: happening.occurred_at + Duration::seconds(seq * 3 % 7),
            source: Source::Webhook,
        })
        .collect()
}

/// A story told event by event. Offered at 0, accepted at 0 with five days, provisioned at 1.
#[derive(Clone)]
pub(crate) struct Story {
    pub happenings: Vec<Happening>,
    next_comment: u64,
}

impl Story {
    pub fn drafted() -> Story {
        let mut story = Story {
            happenings: Vec::new(),
            next_comment: 100,
        };
        let body = EventBody::Drafted {
            spec: SpecDigest::of(b"spec"),
            candidate: "Dana Doe".to_owned(),
            email: None,
            // As in earlier versions: most stories deliver what they start with.
            terms: Terms {
                starter_owes_nothing: false,
                ..terms_of(&spec(), &OfferDefaults::default())
            },
            organization: None,
            looks_up_sides: false,
        };
        story.add(key::drafted(), lead(), at(0), body);
        story
    }

    pub fn offered() -> Story {
        let mut story = Story::drafted();
        let expires_at = at(7 * 24 * 60);
        story.add(
            key::offered(),
            lead(),
            at(0),
            EventBody::Offered { expires_at },
        );
        story
    }

    pub fn accepted() -> Story {
        let mut story = Story::offered();
        let body = EventBody::Accepted {
            login: login(),
            due_at: at(5 * 24 * 60),
            terms_sha256: None,
        };
        story.add(key::accepted(), Actor::Candidate, at(0), body);
        story
    }

    pub fn provisioned() -> Story {
        let mut story = Story::accepted();
        let repository = Repository {
            id: 1,
            full_name: "org/dana".to_owned(),
            html_url: "http://127.0.0.1/org/dana".to_owned(),
            default_branch: "main".to_owned(),
        };
        let steps = [
            (
                key::repository_created(),
                EventBody::RepositoryCreated { repository },
            ),
            (
                key::first_commit_pushed(),
                EventBody::FirstCommitPushed { sha: sha('1') },
            ),
            (
                key::candidate_invited(Some(5), 0),
                EventBody::CandidateInvited {
                    invitation_id: Some(5),
                    account: None,
                    sent: None,
                },
            ),
            (
                key::kickoff_opened(),
                EventBody::KickoffOpened { number: KICKOFF },
            ),
            (key::provisioned(), EventBody::Provisioned),
        ];
        for (key, body) in steps {
            story.add(key, Actor::Service, at(1), body);
        }
        story
    }

    pub fn add(
        &mut self,
        key: NaturalKey,
        actor: Actor,
        occurred_at: Timestamp,
        body: EventBody,
    ) -> NaturalKey {
        self.happenings.push(Happening {
            key: key.clone(),
            actor,
            occurred_at,
            body,
        });
        key
    }

    pub fn issue(
        &mut self,
        actor: Actor,
        number: u64,
        minute: i64,
        title: &str,
        text: &str,
    ) -> NaturalKey {
        let place = Place::Issue { number };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: title.to_owned(),
            text: text.to_owned(),
            html_url: format!("http://127.0.0.1/org/dana/issues/{number}"),
            pull: None,
        };
        self.add(key::text_created(&place), actor, at(minute), body)
    }

    pub fn pull(
        &mut self,
        number: u64,
        minute: i64,
        branch: &str,
        head: char,
        text: &str,
    ) -> NaturalKey {
        let place = Place::PullRequest { number };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: "Work".to_owned(),
            text: text.to_owned(),
            html_url: format!("http://127.0.0.1/org/dana/pull/{number}"),
            pull: Some(PullHead {
                git_ref: branch.to_owned(),
                sha: sha(head),
            }),
        };
        self.add(key::text_created(&place), candidate(), at(minute), body)
    }

    pub fn comment(&mut self, actor: Actor, number: u64, minute: i64, text: &str) -> Place {
        self.next_comment += 1;
        let place = Place::Comment {
            number,
            comment_id: self.next_comment,
        };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: String::new(),
            text: text.to_owned(),
            html_url: String::new(),
            pull: None,
        };
        self.add(key::text_created(&place), actor, at(minute), body);
        place
    }

    pub fn edit(&mut self, actor: Actor, place: &Place, minute: i64, text: &str) {
        let body = EventBody::TextEdited {
            place: place.clone(),
            title: String::new(),
            text: text.to_owned(),
            before: None,
        };
        self.add(key::text_edited(place, at(minute)), actor, at(minute), body);
    }

    pub fn delete(&mut self, place: &Place, minute: i64) {
        let body = EventBody::TextDeleted {
            place: place.clone(),
        };
        self.add(key::text_deleted(place), candidate(), at(minute), body);
    }

    pub fn push(&mut self, minute: i64, branch: &str, before: char, after: char) -> NaturalKey {
        let (before, after) = (sha(before), sha(after));
        let key = key::pushed(branch, &before, &after);
        let body = EventBody::Pushed {
            git_ref: branch.to_owned(),
            before,
            after,
            forced: false,
            commits: Vec::new(),
            cut: false,
            occurrence: Occurrence::FIRST,
        };
        self.add(key, candidate(), at(minute), body)
    }

    pub fn extended(&mut self, minute: i64, due_minute: i64) {
        let n = self
            .happenings
            .iter()
            .filter(|one| matches!(one.body, EventBody::Extended { .. }))
            .count();
        let body = EventBody::Extended {
            due_at: at(due_minute),
            reason: "ill".to_owned(),
        };
        self.add(key::extended(n + 1), lead(), at(minute), body);
    }

    pub fn withdrawn(&mut self, minute: i64) {
        let ws = self.fold();
        let body = EventBody::Withdrawn { reason: None };
        let because = self.add(key::withdrawn(), Actor::Candidate, at(minute), body);
        let owed = records::of_end(&ws, (ObligationReason::Withdrawn, because), at(minute));
        self.happenings.extend(owed);
    }

    pub fn assessed(&mut self, minute: i64, assessment: Assessment) {
        let key = key::assessed(&assessment.sha);
        let body = EventBody::Assessed { assessment };
        self.add(key, Actor::Service, at(minute), body);
    }

    /// The terms of present versions: the starter with nothing changed owes nothing.
    pub fn owe_nothing_for_the_starter(&mut self) {
        if let EventBody::Drafted { terms, .. } = &mut self.happenings[0].body {
            terms.starter_owes_nothing = true;
        }
    }

    /// The work sample once everything pending is recorded.
    pub fn fold(&self) -> WorkSample {
        let mut settled = self.clone();
        settled.settle();
        settled.fold_as_it_is()
    }

    /// The work sample without the records that are pending.
    pub fn fold_as_it_is(&self) -> WorkSample {
        fold(&events(&self.happenings)).unwrap()
    }

    /// Records pending deliveries, as the service does after a look at GitHub.
    pub fn settle(&mut self) {
        let ws = self.fold_as_it_is();
        let (names, commits) = records::questions(&ws);
        let looked_up = records::LookedUp {
            names: names.into_iter().map(|name| (name, None)).collect(),
            starters: commits.into_iter().map(|sha| (sha, false)).collect(),
        };
        let now = self.happenings.iter().map(|one| one.occurred_at).max();
        let new = records::settle(&ws, &looked_up, None, now.unwrap_or(at(0)));
        self.happenings.extend(new);
    }
}

/// The same work sample without what is still to be recorded: that depends on whether a fact came before its record.
pub(crate) fn without_standings(mut ws: WorkSample) -> WorkSample {
    for read in &mut ws.read_deliveries {
        read.standing = Standing::Recorded;
    }
    ws
}

/// The request to deliver the default branch's head.
pub(crate) fn deliver() -> Command {
    Command::Deliver {
        sha: None,
        head: None,
        starter_confirmed: true,
        starter: None,
    }
}
