//! Answers to misread commands: as they are at GitHub, and when there is none.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::Duration;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{World, play};
use worksample::stand_in::Fault;
use worksample::store::{JobFilter, JobState};
use worksample::work_sample::{Command, EntryKind, Side, State, WorkSample};
use worksample::workflow::{act, jobs, permissions, reconcile, show};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::played::{Database, On, behind_its_back, first_meets, folded, lead};
use crate::support::small;

const BOT: &str = "worksample-bot";

/// What an App without the permission is told.
const NOT_ACCESSIBLE: &str = r#"{"message": "Resource not accessible by integration"}"#;

/// A candidate at work, with a pull request.
pub struct Talk {
    _dir: tempfile::TempDir,
    _database: Database,
    pub world: World,
    pub id: WorkSampleId,
    pub full_name: String,
    pub pull: u64,
    /// The status with which the next exchange of the service with GitHub is refused, unless it is 0.
    refuses: Arc<AtomicU16>,
    way: Flaky,
    pub candidate: String,
    pub team: String,
}

impl Talk {
    pub async fn start(on: On) -> Option<Talk> {
        let database = on.database()?;
        let dir = tempfile::tempdir().unwrap();
        let (refuses, upstream) = (Arc::new(AtomicU16::new(0)), Arc::new(OnceLock::new()));
        let (armed, known) = (Arc::clone(&refuses), Arc::clone(&upstream));
        let way = Flaky::start_with(
            move || *known.get().unwrap(),
            move |_| {
                let status = armed.swap(0, Ordering::SeqCst);
                (status > 0).then_some(Breaks::Answers(status, NOT_ACCESSIBLE))
            },
        )
        .await;
        let world = small::world_behind(dir.path(), database.url(), None, Some(way.url())).await;
        upstream.set(world.stand_in.address()).unwrap();
        let script = small::script(&small::until(small::TALKATIVE, "do = \"deliver\""));
        let played = play(&world, &small::version(), vec![script], &mut |_| {})
            .await
            .unwrap();
        let id = played[0].id.clone();
        let full_name = folded(&world.services, &id).await.provisioning.repository;
        let token = |login: &str| world.stand_in.add_user(login, login).unwrap();
        let mut talk = Talk {
            full_name: full_name.unwrap().full_name,
            pull: 0,
            candidate: token("toni-talks"),
            team: world.stand_in.add_member("lena-lead", "Lena Lead").unwrap(),
            _dir: dir,
            _database: database,
            id,
            world,
            refuses,
            way,
        };
        let pulls = talk.get("pulls").await;
        talk.pull = pulls[0]["number"].as_u64().unwrap();
        Some(talk)
    }

    pub async fn get(&self, path: &str) -> Value {
        let path = format!("repos/{}/{path}", self.full_name);
        behind_its_back(&self.world, Method::GET, &path, Value::Null).await
    }

    /// Writes a comment and lets the service react.
    pub async fn say(&self, token: &str, number: u64, text: &str) -> u64 {
        let id = self.say_only(token, number, text).await;
        self.settle().await;
        id
    }

    pub async fn say_only(&self, token: &str, number: u64, text: &str) -> u64 {
        let (api, name) = (self.world.stand_in.api_url(), &self.full_name);
        let url = format!("{api}repos/{name}/issues/{number}/comments");
        let request = reqwest::Client::new()
            .post(url)
            .json(&json!({ "body": text }));
        let answer = crate::support::played::as_account(request, token).await;
        assert!(answer.status().is_success(), "{text}: {}", answer.status());
        let made: Value = answer.json().await.unwrap();
        made["id"].as_u64().unwrap()
    }

    /// Half a minute, in which everything is done that is due.
    pub async fn settle(&self) {
        for _ in 0..3 {
            self.world.settle().await.unwrap();
            self.world.clock.advance(Duration::seconds(10));
        }
        self.world.settle().await.unwrap();
    }

    /// The service's comments on an issue or pull request.
    pub async fn answers(&self, number: u64) -> Vec<String> {
        let comments = self
            .get(&format!("issues/{number}/comments?per_page=100"))
            .await;
        let all = comments.as_array().unwrap().iter();
        all.filter(|one| one["user"]["login"] == BOT)
            .map(|one| one["body"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn folded(&self) -> WorkSample {
        folded(&self.world.services, &self.id).await
    }

    pub async fn kickoff(&self) -> u64 {
        self.folded().await.provisioning.kickoff.unwrap()
    }

    pub async fn no_job_is_dead(&self) {
        let dead = JobFilter {
            state: Some(JobState::Dead),
            ..JobFilter::default()
        };
        let dead = jobs::list(&self.world.services, dead).await.unwrap();
        assert!(dead.is_empty(), "{dead:?}");
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn misread_command_is_answered_once_on_its_thread(#[case] on: On) {
    let Some(talk) = Talk::start(on).await else {
        return;
    };
    let before = talk.folded().await;
    let id = talk.say(&talk.candidate, talk.pull, "/submit").await;
    let answers = talk.answers(talk.pull).await;
    assert_eq!(answers.len(), 1);
    let shown = answers[0]
        .replace(talk.id.as_str(), "ws_…")
        .replace(&id.to_string(), "<comment>");
    insta::assert_snapshot!("submit", shown);

    for (token, text) in [
        (&talk.candidate, "/orders answers 500 when I call it twice"),
        (&talk.candidate, "> /submit\n\nIs that right?"),
        (&talk.candidate, "```\n/submit\n```"),
        (&talk.candidate, "/answr"),
        (&talk.team, "/submit"),
    ] {
        talk.say(token, talk.pull, text).await;
    }
    assert_eq!(talk.answers(talk.pull).await.len(), 1);
    talk.say(&talk.team, talk.pull, "/answr English only.")
        .await;
    let answers = talk.answers(talk.pull).await;
    assert_eq!(answers.len(), 2);
    assert!(answers[1].contains("`/answer`"), "{}", answers[1]);

    let passed = reconcile::reconcile(&talk.world.services, &talk.id)
        .await
        .unwrap();
    talk.settle().await;
    assert_eq!(passed.events, 0);
    assert_eq!(talk.answers(talk.pull).await.len(), 2);
    let after = talk.folded().await;
    let notices: Vec<_> = after.entries_of(EntryKind::Notice).collect();
    assert_eq!(notices.len(), 2);
    assert!(
        notices
            .iter()
            .all(|one| one.side == Side::Service && one.remark.is_none())
    );
    assert_eq!(after.comments.len(), 2);
    assert_eq!(
        (before.state, after.state),
        (State::InProgress, State::InProgress)
    );
    let report = show::report(&talk.world.services, &talk.id).await.unwrap();
    assert!(report.to_markdown().contains("message of the service"));
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sixth_misread_of_an_hour_gets_no_answer() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    for _ in 0..6 {
        talk.say(&talk.candidate, talk.pull, "/submit").await;
    }
    assert_eq!(talk.answers(talk.pull).await.len(), 5);
    talk.world.clock.advance(Duration::hours(2));
    talk.settle().await;
    assert_eq!(talk.answers(talk.pull).await.len(), 5, "none comes later");
    talk.say(&talk.candidate, talk.pull, "/submit").await;
    assert_eq!(talk.answers(talk.pull).await.len(), 6);
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answer_of_github_leads_to_one_comment() {
    for fault in [
        Fault::TimeoutAfter,
        Fault::ServerErrorAfter,
        Fault::Cut,
        Fault::Timeout,
    ] {
        let talk = Talk::start(On::Sqlite).await.unwrap();
        talk.say_only(&talk.candidate, talk.pull, "/submit").await;
        let (name, pull) = (&talk.full_name, talk.pull);
        let plan = first_meets(format!("POST /repos/{name}/issues/{pull}/comments"), fault);
        talk.world.stand_in.set_faults(plan).unwrap();
        talk.world.settle().await.unwrap();
        assert_eq!(talk.world.stand_in.faults_met().len(), 1, "{fault:?}");
        let before = talk.folded().await;
        assert!(before.comments.is_empty(), "{fault:?}: no answer came");
        // Its webhook came before the POST was answered, which it never is.
        let heard = before.entries_of(EntryKind::Notice).count();
        assert_eq!(heard, usize::from(fault != Fault::Timeout), "{fault:?}");
        talk.settle().await;
        talk.settle().await;
        assert_eq!(talk.answers(talk.pull).await.len(), 1, "{fault:?}");
        let after = talk.folded().await;
        assert_eq!(after.comments.len(), 1, "{fault:?}");
        assert_eq!(after.entries_of(EntryKind::Notice).count(), 1, "{fault:?}");
        talk.no_job_is_dead().await;
        talk.world.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forbidden_pull_request_is_answered_on_the_kickoff_issue() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let kickoff = talk.kickoff().await;
    let asked = talk.way.seen();
    talk.say_only(&talk.candidate, talk.pull, "/submit").await;
    talk.refuses.store(403, Ordering::SeqCst);
    talk.settle().await;
    let refused = &talk.way.requests()[asked];
    assert!(
        refused.contains(&format!("/issues/{}/comments", talk.pull)),
        "{refused}"
    );
    assert!(talk.answers(talk.pull).await.is_empty());
    let answers = talk.answers(kickoff).await;
    assert_eq!(answers.len(), 1);
    assert!(answers[0].contains(&format!("pull request #{}", talk.pull)));
    let services = &talk.world.services;
    let remembered = async || permissions::lacking(services).await.unwrap().len();
    assert_eq!(remembered().await, 1, "for `doctor`");
    // Once the permission was granted, the pull request is answered, and the refusal forgotten.
    talk.world.clock.advance(Duration::minutes(15));
    talk.say(&talk.candidate, talk.pull, "/done").await;
    assert_eq!(talk.answers(talk.pull).await.len(), 1);
    assert_eq!(remembered().await, 0);
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_text_and_ended_or_archived_work_get_no_answer() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let asked = talk.way.seen();
    let path = format!("repos/{}", talk.full_name);
    let comment = talk.say_only(&talk.candidate, talk.pull, "/submit").await;
    behind_its_back(
        &talk.world,
        Method::DELETE,
        &format!("{path}/issues/comments/{comment}"),
        Value::Null,
    )
    .await;
    talk.settle().await;
    talk.say_only(&talk.candidate, talk.pull, "/submit").await;
    behind_its_back(
        &talk.world,
        Method::PATCH,
        &path,
        json!({ "archived": true }),
    )
    .await;
    talk.settle().await;
    let writes = |talk: &Talk| {
        let requests = talk.way.requests();
        let posts = requests[asked..]
            .iter()
            .filter(|one| one.starts_with("POST"));
        posts.count()
    };
    assert_eq!(writes(&talk), 0, "archived");
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();

    let talk = Talk::start(On::Sqlite).await.unwrap();
    let command = Command::Cancel {
        reason: "The project was stopped.".into(),
    };
    act::act(&talk.world.services, &talk.id, command, lead())
        .await
        .unwrap();
    talk.say_only(&talk.candidate, talk.pull, "/submit").await;
    talk.world.settle().await.unwrap();
    assert!(talk.answers(talk.pull).await.is_empty(), "cancelled");
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn thread_that_is_gone_is_answered_on_the_kickoff_issue() {
    let talk = Talk::start(On::Sqlite).await.unwrap();
    let kickoff = talk.kickoff().await;
    let body = json!({ "title": "A thought", "body": "/ask which language?" });
    let url = format!(
        "{}repos/{}/issues",
        talk.world.stand_in.api_url(),
        talk.full_name
    );
    let request = reqwest::Client::new().post(url).json(&body);
    let made: Value = crate::support::played::as_account(request, &talk.candidate)
        .await
        .json()
        .await
        .unwrap();
    let number = made["number"].as_u64().unwrap();
    talk.refuses.store(410, Ordering::SeqCst);
    talk.settle().await;
    assert!(talk.answers(number).await.is_empty());
    let answers = talk.answers(kickoff).await;
    assert_eq!(answers.len(), 1);
    assert!(
        answers[0].contains(&format!("on issue #{number}")),
        "{}",
        answers[0]
    );

    // What was written in a thread that is known to be deleted was deleted with it.
    talk.say_only(&talk.candidate, number, "/submit").await;
    let (owner, repository) = talk.full_name.split_once('/').unwrap();
    let world = &talk.world;
    world
        .stand_in
        .delete_issue(owner, repository, number, BOT)
        .unwrap();
    talk.settle().await;
    assert_eq!(talk.answers(kickoff).await.len(), 1);
    talk.no_job_is_dead().await;
    talk.world.stop().await.unwrap();
}
