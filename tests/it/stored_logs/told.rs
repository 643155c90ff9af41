//! A log that is told event by event, with the keys of this version.

use chrono::TimeDelta;
use worksample::clock::Timestamp;
use worksample::ids::{CommitSha, Login, SpecDigest};
use worksample::work_sample::*;

pub const MAIN: &str = "refs/heads/main";
pub const DAY: i64 = 24 * 60;
pub const DUE: i64 = 3 * DAY;

/// `minutes` after the acceptance.
pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-10T09:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minutes)
}

pub fn sha(digit: char) -> CommitSha {
    digit.to_string().repeat(40).parse().unwrap()
}

pub fn login() -> Login {
    "dana-diligent".parse().unwrap()
}

pub fn dana() -> Actor {
    Actor::GitHub {
        id: 7007,
        login: "dana-diligent".to_owned(),
    }
}

pub fn team() -> Actor {
    Actor::GitHub {
        id: 8008,
        login: "team-lead".to_owned(),
    }
}

pub fn lea() -> Actor {
    Actor::Lead {
        name: "Lea Lead".to_owned(),
    }
}

pub fn rita() -> Actor {
    Actor::Reviewer {
        name: "Rita Reviewer".to_owned(),
    }
}

pub struct Told {
    /// What tells this log from the others.
    pub name: &'static str,
    pub events: Vec<(Happening, Source)>,
    pub candidate: String,
    number: u64,
}

impl Told {
    pub fn drafted(name: &'static str, number: u64, spec: &SpecDigest, terms: Terms) -> Told {
        let mut told = Told {
            name,
            events: Vec::new(),
            candidate: format!("Dana Diligent {number}"),
            number,
        };
        let body = EventBody::Drafted {
            spec: spec.clone(),
            candidate: told.candidate.clone(),
            email: (number % 2 == 0).then(|| format!("dana{number}@example.org")),
            terms,
            organization: (number % 3 == 0).then(|| "acme-work-samples".parse().unwrap()),
        };
        told.command(key::drafted(), lea(), -120, body);
        told
    }

    pub fn offered(mut self) -> Told {
        let expires_at = at(7 * DAY);
        self.command(
            key::offered(),
            lea(),
            -90,
            EventBody::Offered { expires_at },
        );
        self
    }

    pub fn accepted(self) -> Told {
        let mut told = self.offered();
        let body = EventBody::Accepted {
            login: login(),
            due_at: at(DUE),
        };
        told.command(key::accepted(), Actor::Candidate, 0, body);
        told
    }

    /// The repository's id is the log's number, for no two work samples share one.
    pub fn repository(&self) -> Repository {
        let full_name = format!("acme-work-samples/ws-greeting-{}", self.number);
        Repository {
            id: 9_000_000 + self.number,
            html_url: format!("https://github.com/{full_name}"),
            full_name,
            default_branch: "main".to_owned(),
        }
    }

    pub fn provisioned(self) -> Told {
        let mut told = self.accepted();
        let repository = told.repository();
        told.service(
            key::repository_created(),
            1,
            EventBody::RepositoryCreated { repository },
        );
        told.service(
            key::first_commit_pushed(),
            2,
            EventBody::FirstCommitPushed { sha: sha('1') },
        );
        told.service(
            key::candidate_invited(Some(500), 0),
            3,
            EventBody::CandidateInvited {
                invitation_id: Some(500),
                account: Some(7007),
                sent: Some(Sent {
                    login: login(),
                    round: 0,
                }),
            },
        );
        told.service(
            key::kickoff_opened(),
            4,
            EventBody::KickoffOpened { number: 1 },
        );
        told.service(key::provisioned(), 5, EventBody::Provisioned);
        let body = EventBody::MemberAdded {
            login: login().to_string(),
            id: Some(7007),
        };
        told.fact(key::member_added(7007), dana(), 30, body);
        told
    }

    pub fn add(
        &mut self,
        key: NaturalKey,
        actor: Actor,
        minute: i64,
        body: EventBody,
        source: Source,
    ) {
        let happening = Happening {
            key,
            actor,
            occurred_at: at(minute),
            body,
        };
        self.events.push((happening, source));
    }

    pub fn command(&mut self, key: NaturalKey, actor: Actor, minute: i64, body: EventBody) {
        self.add(key, actor, minute, body, Source::Command);
    }

    pub fn service(&mut self, key: NaturalKey, minute: i64, body: EventBody) {
        self.add(key, Actor::Service, minute, body, Source::Service);
    }

    pub fn fact(&mut self, key: NaturalKey, actor: Actor, minute: i64, body: EventBody) {
        self.add(key, actor, minute, body, Source::Webhook);
    }

    pub fn sighting(&mut self, key: NaturalKey, actor: Actor, minute: i64, body: EventBody) {
        self.add(key, actor, minute, body, Source::Reconciliation);
    }

    pub fn push(&mut self, minute: i64, git_ref: &str, before: char, after: char, forced: bool) {
        let (before, after) = (sha(before), sha(after));
        let commits = if after.is_zero() {
            Vec::new()
        } else {
            vec![CommitClaim {
                sha: after.clone(),
                message: "Greet".to_owned(),
                author: "Dana Diligent".to_owned(),
                authored_at: (!forced).then(|| at(minute - 5)),
                added: vec!["greeting.txt".to_owned()],
                modified: Vec::new(),
                removed: Vec::new(),
            }]
        };
        let key = key::pushed(git_ref, &before, &after);
        let body = EventBody::Pushed {
            git_ref: git_ref.to_owned(),
            before,
            after,
            forced,
            commits,
            cut: false,
        };
        self.fact(key, dana(), minute, body);
    }

    pub fn text(&mut self, minute: i64, actor: Actor, place: &Place, title: &str, text: &str) {
        let kind = match place {
            Place::PullRequest { .. } => "pull",
            Place::Issue { .. } | Place::Comment { .. } => "issues",
        };
        let url = format!("{}/{kind}/{}", self.repository().html_url, place.number());
        let html_url = match place {
            Place::Comment { comment_id, .. } => format!("{url}#issuecomment-{comment_id}"),
            Place::Issue { .. } | Place::PullRequest { .. } => url,
        };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: title.to_owned(),
            text: text.to_owned(),
            html_url,
            pull: None,
        };
        self.fact(key::text_created(place), actor, minute, body);
    }

    /// A comment of the candidate's on the kickoff issue, or on another number.
    pub fn comment(&mut self, minute: i64, number: u64, text: &str) -> Place {
        let place = Place::Comment {
            number,
            comment_id: 100_000 + u64::try_from(self.events.len()).unwrap(),
        };
        self.text(minute, dana(), &place, "", text);
        place
    }

    pub fn edit(&mut self, minute: i64, place: &Place, text: &str, before: Option<&str>) {
        let body = EventBody::TextEdited {
            place: place.clone(),
            title: String::new(),
            text: text.to_owned(),
            before: before.map(str::to_owned),
        };
        self.fact(key::text_edited(place, at(minute)), dana(), minute, body);
    }

    pub fn pull_request(&mut self, minute: i64, number: u64, branch: &str, head: char, text: &str) {
        let place = Place::PullRequest { number };
        let body = EventBody::TextCreated {
            place: place.clone(),
            title: "Greeting".to_owned(),
            text: text.to_owned(),
            html_url: format!("{}/pull/{number}", self.repository().html_url),
            pull: Some(PullHead {
                git_ref: branch.to_owned(),
                sha: sha(head),
            }),
        };
        self.fact(key::text_created(&place), dana(), minute, body);
    }

    pub fn delivered_by_api(&mut self, minute: i64, n: usize, of: Option<char>) {
        let body = EventBody::DeliveredByApi { sha: of.map(sha) };
        self.command(key::delivered_by_api(n), Actor::Candidate, minute, body);
    }

    pub fn extended(&mut self, minute: i64, n: usize, due_minute: i64) {
        let body = EventBody::Extended {
            due_at: at(due_minute),
            reason: "The team answered late.".to_owned(),
        };
        self.command(key::extended(n), lea(), minute, body);
    }

    pub fn withdrawn(&mut self, minute: i64) {
        let body = EventBody::Withdrawn {
            reason: Some("Another job.".to_owned()),
        };
        self.command(key::withdrawn(), Actor::Candidate, minute, body);
    }

    pub fn cancelled(&mut self, minute: i64) {
        let body = EventBody::Cancelled {
            reason: "The project was stopped.".to_owned(),
        };
        self.command(key::cancelled(), lea(), minute, body);
    }

    pub fn frozen(&mut self, minute: i64, n: usize, due_minute: i64, of: Option<char>) {
        let body = EventBody::Frozen {
            due_at: at(due_minute),
            sha: of.map(sha),
        };
        self.service(key::frozen(n), minute, body);
    }
}
