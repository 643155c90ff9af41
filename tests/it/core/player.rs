//! Plays a rehearsal script on the pure core: nothing is built or run, commits are numbers.

use std::collections::BTreeMap;

use chrono::Duration;
use worksample::clock::Timestamp;
use worksample::ids::{CommitSha, IdSource, Login, SeededIds, WorkSampleId};
use worksample::spec::candidate;
use worksample::spec::forms::Form;
use worksample::spec::script::{Script, Step, Via, Who};
use worksample::spec::{OfferDefaults, SpecVersion};
use worksample::work_sample::*;

/// A text that later steps refer to.
#[derive(Clone)]
struct Made {
    place: Place,
    title: String,
    form: Option<Form>,
    text: String,
    by: Actor,
}

pub struct Player<'v> {
    version: &'v SpecVersion,
    id: WorkSampleId,
    now: Timestamp,
    pub log: Vec<Event>,
    candidate: Actor,
    login: Login,
    made: BTreeMap<String, Made>,
    next_number: u64,
    next_comment: u64,
    commits: u64,
    branch: String,
    /// Heads of the branches: local, then pushed.
    heads: BTreeMap<String, (CommitSha, Option<CommitSha>)>,
    /// Was a pushed commit amended since?
    replaced: bool,
    /// Pull requests by branch.
    pulls: BTreeMap<String, u64>,
}

const KICKOFF_NUMBER: u64 = 1;

fn sha(number: u64) -> CommitSha {
    format!("{number:040x}").parse().unwrap()
}

fn lead() -> Actor {
    Actor::Lead {
        name: "Lena".to_owned(),
    }
}

fn team() -> Actor {
    Actor::GitHub {
        id: 1,
        login: "lena-lead".to_owned(),
    }
}

impl<'v> Player<'v> {
    pub fn offered(version: &'v SpecVersion, script: &Script) -> Player<'v> {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let ids = SeededIds::new(1);
        let mut player = Player {
            version,
            id: WorkSampleId::new(&ids as &dyn IdSource, now),
            now,
            log: Vec::new(),
            candidate: Actor::GitHub {
                id: 2,
                login: script.login.to_string(),
            },
            login: script.login.clone(),
            made: BTreeMap::new(),
            next_number: KICKOFF_NUMBER,
            next_comment: 500,
            commits: 1,
            branch: "main".to_owned(),
            heads: BTreeMap::new(),
            replaced: false,
            pulls: BTreeMap::new(),
        };
        let first = draft(
            version.digest.clone(),
            terms_of(&version.spec, &OfferDefaults::default()),
            (&script.full_name, None),
            None,
            lead(),
            now,
        )
        .unwrap();
        player.append(first);
        player.ask(
            Command::Offer {
                expires_at: now + Duration::days(7),
            },
            lead(),
        );
        player
    }

    fn append(&mut self, happening: Happening) {
        self.log.push(Event {
            work_sample: self.id.clone(),
            seq: i64::try_from(self.log.len()).unwrap() + 1,
            received_at: self.now,
            source: Source::Webhook,
            happening,
        });
    }

    fn happened(&mut self, key: NaturalKey, actor: Actor, body: EventBody) {
        let occurred_at = self.now;
        self.append(Happening {
            key,
            actor,
            occurred_at,
            body,
        });
    }

    fn ask(&mut self, command: Command, by: Actor) {
        let ws = fold(&self.log).unwrap();
        for happening in decide(&ws, &self.version.spec, command, by, self.now).unwrap() {
            self.append(happening);
        }
    }

    /// Records pending deliveries, as the service does after a look at GitHub.
    pub fn settle(&mut self) {
        let ws = fold(&self.log).unwrap();
        let (names, commits) = records::questions(&ws);
        let looked_up = records::LookedUp {
            names: names.into_iter().map(|name| (name, None)).collect(),
            starters: commits.into_iter().map(|sha| (sha, false)).collect(),
        };
        for happening in records::settle(&ws, &looked_up, None, self.now) {
            self.append(happening);
        }
    }

    fn provision(&mut self, due_at: Timestamp) {
        let repository = Repository {
            id: 9,
            full_name: "org/work".to_owned(),
            html_url: "http://127.0.0.1/org/work".to_owned(),
            default_branch: "main".to_owned(),
        };
        let service = Actor::Service;
        let first = sha(self.commits);
        self.heads
            .insert("main".to_owned(), (first.clone(), Some(first.clone())));
        self.happened(
            key::repository_created(),
            service.clone(),
            EventBody::RepositoryCreated { repository },
        );
        self.happened(
            key::first_commit_pushed(),
            service.clone(),
            EventBody::FirstCommitPushed { sha: first },
        );
        self.happened(
            key::kickoff_opened(),
            service.clone(),
            EventBody::KickoffOpened {
                number: KICKOFF_NUMBER,
            },
        );
        self.happened(
            key::account_looked_up(1, 1),
            service.clone(),
            EventBody::AccountLookedUp {
                account: 1,
                login: "lena-lead".to_owned(),
                side: AccountSide::Team,
                because: SideReason::OrganizationMember,
            },
        );
        self.happened(key::provisioned(), service, EventBody::Provisioned);
        let text = candidate::kickoff(self.version, &self.id, &self.login, due_at);
        self.issue(Some("kickoff"), &text.title, None, text.body, team());
    }

    fn written(&mut self, id: Option<&str>, made: Made, html_url: String, pull: Option<PullHead>) {
        let body = EventBody::TextCreated {
            place: made.place.clone(),
            title: made.title.clone(),
            text: made.text.clone(),
            html_url,
            pull,
        };
        self.happened(key::text_created(&made.place), made.by.clone(), body);
        if let Some(id) = id {
            self.made.insert(id.to_owned(), made);
        }
    }

    fn issue(
        &mut self,
        id: Option<&str>,
        title: &str,
        form: Option<Form>,
        text: String,
        by: Actor,
    ) {
        let number = self.next_number;
        self.next_number += 1;
        let title = format!("{}{title}", form.map_or("", Form::title_prefix));
        let made = Made {
            place: Place::Issue { number },
            title,
            form,
            text,
            by,
        };
        let url = format!("http://127.0.0.1/org/work/issues/{number}");
        self.written(id, made, url, None);
    }

    fn comment(&mut self, id: Option<&str>, on: &str, text: String, by: Actor) {
        let place = self.made[on].place.clone();
        self.next_comment += 1;
        let part = match place {
            Place::PullRequest { .. } => "pull",
            _ => "issues",
        };
        let (number, comment_id) = (place.number(), self.next_comment);
        let made = Made {
            place: Place::Comment { number, comment_id },
            title: String::new(),
            form: None,
            text,
            by,
        };
        let url = format!("http://127.0.0.1/org/work/{part}/{number}#issuecomment-{comment_id}");
        self.written(id, made, url, None);
    }

    fn review(&mut self, id: Option<&str>, on: &str, text: &str, by: Actor) {
        self.next_comment += 1;
        let (number, review_id) = (self.made[on].place.number(), self.next_comment);
        let made = Made {
            place: Place::Review { number, review_id },
            title: String::new(),
            form: None,
            text: text.to_owned(),
            by,
        };
        let url = format!("http://127.0.0.1/org/work/pull/{number}#pullrequestreview-{review_id}");
        self.written(id, made, url, None);
    }

    fn review_comment(&mut self, id: Option<&str>, on: &str, text: &str, by: Actor) {
        self.next_comment += 1;
        let (number, comment_id) = (self.made[on].place.number(), self.next_comment);
        let made = Made {
            place: Place::ReviewComment { number, comment_id },
            title: String::new(),
            form: None,
            text: text.to_owned(),
            by,
        };
        let url = format!("http://127.0.0.1/org/work/pull/{number}#discussion_r{comment_id}");
        self.written(id, made, url, None);
    }

    fn push(&mut self) {
        let git_ref = format!("refs/heads/{}", self.branch);
        let (local, pushed) = self.heads[&self.branch].clone();
        let before = pushed.unwrap_or_else(|| sha(0));
        let body = EventBody::Pushed {
            git_ref: git_ref.clone(),
            before: before.clone(),
            after: local.clone(),
            forced: std::mem::take(&mut self.replaced),
            commits: Vec::new(),
            cut: false,
            occurrence: Occurrence::FIRST,
        };
        let by = self.candidate.clone();
        self.happened(key::pushed(&git_ref, &before, &local), by.clone(), body);
        if let Some(number) = self.pulls.get(&self.branch).copied() {
            let body = EventBody::PullRequestHead {
                number,
                sha: local.clone(),
                occurrence: Occurrence::FIRST,
            };
            self.happened(key::pull_request_head(number, &local), by, body);
        }
        self.heads
            .insert(self.branch.clone(), (local.clone(), Some(local)));
    }

    pub fn step(&mut self, step: &Step) {
        let by = |who: &Who| match who {
            Who::Candidate => self.candidate.clone(),
            Who::Team => team(),
        };
        match step {
            Step::Accept { due_in } => {
                let due_at = self.now + due_in.to_duration();
                let login = self.login.clone();
                self.ask(
                    Command::Accept {
                        login,
                        due_at,
                        terms_sha256: None,
                    },
                    Actor::Candidate,
                );
                self.provision(due_at);
            }
            Step::Wait { span } => self.now += span.to_duration(),
            Step::Withdraw { reason } => self.ask(
                Command::Withdraw {
                    reason: Some(reason.clone()),
                },
                Actor::Candidate,
            ),
            Step::Join | Step::Write { .. } | Step::Remove { .. } => {}
            Step::Branch { name } => {
                let (local, _) = self.heads[&self.branch].clone();
                self.heads.insert(name.clone(), (local, None));
                self.branch = name.clone();
            }
            Step::Commit { amend, .. } => {
                self.commits += 1;
                let head = self.heads.get_mut(&self.branch).unwrap();
                self.replaced |= *amend && head.1.as_ref() == Some(&head.0);
                head.0 = sha(self.commits);
            }
            Step::Push { .. } => self.push(),
            Step::Issue {
                id,
                title,
                form,
                sections,
                text,
                who,
            } => {
                let text = match (form, text) {
                    (Some(form), _) => form.render(sections),
                    (None, text) => text.clone().unwrap_or_default(),
                };
                let by = by(who);
                self.issue(id.as_deref(), title, *form, text, by);
            }
            Step::Comment { id, on, text, who } => {
                let by = by(who);
                self.comment(id.as_deref(), on, text.clone(), by);
            }
            Step::Review {
                id, on, text, who, ..
            } => {
                let by = by(who);
                self.review(id.as_deref(), on, text, by);
            }
            Step::ReviewComment {
                id, on, text, who, ..
            } => {
                let by = by(who);
                self.review_comment(id.as_deref(), on, text, by);
            }
            Step::Edit {
                target,
                text,
                sections,
            } => {
                let made = self.made[target].clone();
                let text = match (text, made.form) {
                    (Some(text), _) => text.clone(),
                    (None, Some(form)) => form.render(sections),
                    (None, None) => panic!("an edit gives a text or a form's sections"),
                };
                let body = EventBody::TextEdited {
                    place: made.place.clone(),
                    title: made.title,
                    text,
                    before: Some(made.text),
                };
                self.happened(key::text_edited(&made.place, self.now), made.by, body);
            }
            Step::Delete { target } => {
                let made = self.made[target].clone();
                let body = EventBody::TextDeleted {
                    place: made.place.clone(),
                };
                self.happened(key::text_deleted(&made.place), made.by, body);
            }
            Step::PullRequest { id, title, text } => {
                let number = self.next_number;
                self.next_number += 1;
                self.pulls.insert(self.branch.clone(), number);
                let pull = PullHead {
                    git_ref: format!("refs/heads/{}", self.branch),
                    sha: self.heads[&self.branch].1.clone().unwrap(),
                };
                let made = Made {
                    place: Place::PullRequest { number },
                    title: title.clone(),
                    form: None,
                    text: text.clone(),
                    by: self.candidate.clone(),
                };
                let url = format!("http://127.0.0.1/org/work/pull/{number}");
                self.written(id.as_deref(), made, url, Some(pull));
            }
            Step::Deliver { on, by } => match (on, by) {
                (Some(on), _) => {
                    let by = self.candidate.clone();
                    self.comment(None, on, "/deliver".to_owned(), by);
                }
                (None, Some(Via::Api)) => {
                    let deliver = Command::Deliver {
                        sha: None,
                        head: None,
                        starter_confirmed: false,
                        starter: None,
                    };
                    self.ask(deliver, Actor::Candidate);
                }
                (None, None) => panic!("a delivery has a place or a way"),
            },
            Step::Answer { on, text } => {
                self.comment(None, on, format!("/answer {text}"), team());
            }
            Step::Confirm { on, text } => {
                self.comment(None, on, format!("/confirm {text}"), team());
            }
            Step::Redirect { on, text } => {
                self.comment(None, on, format!("/redirect {text}"), team());
            }
            Step::Extend {
                due_in,
                reason,
                by: _,
            } => self.ask(
                Command::Extend {
                    due_at: self.now + due_in.to_duration(),
                    reason: reason.clone(),
                },
                lead(),
            ),
            // These need an assessment, which needs a sandbox.
            Step::Judge { .. } | Step::Pay { .. } | Step::Decide { .. } => {}
        }
    }
}
