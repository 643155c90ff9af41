//! Plays scripts: each candidate and their team, step by step, all on one time line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use chrono::Duration;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::RehearsalError;
use super::expect::Expected;
use super::world::{TEAM_LOGIN, World};
use crate::clock::Timestamp;
use crate::git::Remote;
use crate::github::Person;
use crate::ids::WorkSampleId;
use crate::report::Report;
use crate::spec::forms::Form;
use crate::spec::script::{Script, Step};
use crate::spec::{Folder, SpecVersion};
use crate::web::tokens::Bearer;
use crate::workflow::jobs::JobKind;
use crate::workflow::show;
use crate::workflow::worker::Outcome;

/// Simulated time that any step but a wait takes.
const STEP_TAKES: i64 = 20;
/// The lead who launches, where a script does not name one.
pub(super) const LEAD: &str = "Lea Lindqvist";

/// A line of the narration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub at: Timestamp,
    pub who: String,
    pub what: String,
}

/// One script, played to its end.
pub struct Played {
    pub name: String,
    pub title: String,
    pub id: WorkSampleId,
    pub expected: Expected,
    pub report: Report,
}

/// Publishes the spec, launches one work sample a script, plays all to their ends.
pub async fn play(
    world: &World,
    version: &SpecVersion,
    scripts: Vec<Script>,
    tell: &mut (dyn FnMut(&Said) + Send),
) -> Result<Vec<Played>, RehearsalError> {
    let mut stage = Stage::set(world, version, tell).await?;
    let mut cast = Vec::new();
    for script in scripts {
        cast.push(stage.launch(script).await?);
    }
    while let Some(next) = earliest(&cast) {
        stage.step(&mut cast[next]).await?;
    }
    stage.finish(cast).await
}

/// The candidate whose next step comes first.
fn earliest(cast: &[Candidate]) -> Option<usize> {
    (0..cast.len())
        .filter(|one| cast[*one].next < cast[*one].script.steps.len())
        .min_by_key(|one| cast[*one].at)
}

/// Where something a script refers to stands at GitHub.
#[derive(Debug, Clone, Copy)]
pub(super) enum Placed {
    /// An issue or pull request.
    Thread(u64),
    Comment(u64, u64),
    Review(u64, u64),
    ReviewComment(u64, u64),
}

impl Placed {
    pub(super) fn number(self) -> u64 {
        match self {
            Placed::Thread(number)
            | Placed::Comment(number, _)
            | Placed::Review(number, _)
            | Placed::ReviewComment(number, _) => number,
        }
    }
}

pub(super) struct Candidate {
    pub(super) script: Script,
    next: usize,
    /// When the next step happens.
    at: Timestamp,
    pub(super) id: WorkSampleId,
    pub(super) person: Person,
    pub(super) token: SecretString,
    pub(super) placed: BTreeMap<String, Placed>,
    /// The forms by which issues were opened, for edits.
    pub(super) forms: BTreeMap<String, Form>,
    pub(super) clone: PathBuf,
    /// Full name and remote, once joined.
    pub(super) repository: Option<(String, Remote)>,
}

impl Candidate {
    pub(super) fn bearer(&self) -> Bearer {
        Bearer::Candidate {
            work_sample: self.id.clone(),
        }
    }

    pub(super) fn path(&self, verb: &str) -> String {
        format!("/work-samples/{}/{verb}", self.id)
    }
}

pub(super) struct Stage<'a> {
    pub(super) world: &'a World,
    pub(super) version: &'a SpecVersion,
    tell: &'a mut (dyn FnMut(&Said) + Send),
    pub(super) team: Person,
}

impl<'a> Stage<'a> {
    async fn set(
        world: &'a World,
        version: &'a SpecVersion,
        tell: &'a mut (dyn FnMut(&Said) + Send),
    ) -> Result<Self, RehearsalError> {
        let token = world.stand_in.add_member(TEAM_LOGIN, "Team Lead")?.into();
        let clock = world.services.clock.clone();
        let team = Person::connect(&world.people_url, &world.org, token, clock)?;
        let mut stage = Stage {
            world,
            version,
            tell,
            team,
        };
        let body = files(&version.folder);
        world.api.post(&lead(LEAD), "/specs", &body).await?;
        stage.say(
            "worksample",
            format!(
                "published {} {} as {}",
                version.spec.slug, version.spec.version, version.digest
            ),
        );
        Ok(stage)
    }

    pub(super) fn say(&mut self, who: &str, what: impl Into<String>) {
        (self.tell)(&Said {
            at: self.world.now(),
            who: who.to_owned(),
            what: what.into(),
        });
    }

    async fn launch(&mut self, script: Script) -> Result<Candidate, RehearsalError> {
        let world = self.world;
        let body = json!({
            "spec": self.version.digest, "candidate": script.full_name,
            "email": format!("{}@candidates.example.com", script.login), "again": true,
        });
        let launched = world.api.post(&lead(LEAD), "/work-samples", &body).await?;
        let id: WorkSampleId = serde_json::from_value(launched["work_sample"]["id"].clone())
            .map_err(|error| RehearsalError::Api(error.to_string()))?;
        let token: SecretString = world
            .stand_in
            .add_user(script.login.as_str(), &script.full_name)?
            .into();
        let clock = world.services.clock.clone();
        let person = Person::connect(&world.people_url, &world.org, token.clone(), clock)?;
        self.say(
            LEAD,
            format!(
                "offers {} ({}) to {}",
                self.version.spec.title,
                self.version.spec.pay(),
                script.full_name
            ),
        );
        Ok(Candidate {
            next: 0,
            at: world.now() + Duration::seconds(STEP_TAKES),
            clone: world.clone_dir(script.name.as_str()),
            script,
            id,
            person,
            token,
            placed: BTreeMap::new(),
            forms: BTreeMap::new(),
            repository: None,
        })
    }

    /// Plays one candidate's next step, and works through what it set off.
    async fn step(&mut self, one: &mut Candidate) -> Result<(), RehearsalError> {
        let number = one.next;
        let Some(timed) = one.script.steps.get(number).cloned() else {
            return Ok(());
        };
        one.next += 1;
        if let Step::Wait { span } = timed.step {
            one.at += span.to_duration();
            return Ok(());
        }
        self.world.clock.advance_to(one.at);
        self.settle().await?;
        let played = self.act(one, timed.step).await;
        played.map_err(|error| RehearsalError::Step {
            script: one.script.name.to_string(),
            line: timed.line,
            why: error.to_string(),
        })?;
        self.settle().await?;
        one.at = one.at.max(self.world.now()) + Duration::seconds(STEP_TAKES);
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), RehearsalError> {
        for outcome in self.world.settle().await? {
            match outcome {
                Outcome::Done { kind, subject }
                    if matches!(kind, JobKind::Provision | JobKind::Assess) =>
                {
                    self.say("worksample", format!("{}: done for {subject}", kind.name()));
                }
                Outcome::Idle { .. } | Outcome::Done { .. } => {}
                Outcome::Paced {
                    kind, why: error, ..
                }
                | Outcome::Postponed { kind, error, .. } => {
                    self.say(
                        "worksample",
                        format!("{} will be tried again: {error}", kind.name()),
                    );
                }
                Outcome::Dead { kind, error, .. } => {
                    return Err(RehearsalError::Api(format!(
                        "the job {} is dead: {error}",
                        kind.name()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Compares what came of each script with what it expects, and reads the reports.
    async fn finish(self, cast: Vec<Candidate>) -> Result<Vec<Played>, RehearsalError> {
        let mut played = Vec::new();
        for one in cast {
            let services = &self.world.services;
            let (work_sample, version) = show::work_sample(services, &one.id).await?;
            played.push(Played {
                name: one.script.name.to_string(),
                title: one.script.title.clone(),
                expected: Expected::compare(&one.script.expect, &version, &work_sample),
                report: Report::of(&version, &work_sample),
                id: one.id,
            });
        }
        Ok(played)
    }
}

pub(super) fn lead(name: &str) -> Bearer {
    Bearer::Lead {
        name: name.to_owned(),
    }
}

pub(super) fn reviewer(name: &str) -> Bearer {
    Bearer::Reviewer {
        name: name.to_owned(),
    }
}

/// The folder as the API takes it.
fn files(folder: &Folder) -> Value {
    let files: BTreeMap<&String, Value> = folder
        .files
        .iter()
        .map(|(path, file)| {
            let content = match file.as_text() {
                Some(text) => json!({ "text": text, "executable": file.executable }),
                None => json!({
                    "base64": base64::engine::general_purpose::STANDARD.encode(&file.bytes),
                    "executable": file.executable,
                }),
            };
            (path, content)
        })
        .collect();
    json!({ "files": files })
}
