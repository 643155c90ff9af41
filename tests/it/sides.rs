//! On which side an account is: looked up at GitHub, known to the service, or said by a lead.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use worksample::clock::Clock as _;
use worksample::github::Tie;
use worksample::ids::Login;
use worksample::rehearsal::ORG;
use worksample::store::JobFilter;
use worksample::work_sample::{
    Account, AccountSide, Afterwards, Command, EntryKind, Side, SideReason, WorkSample,
};
use worksample::workflow::people::{self, PersonDetails};
use worksample::workflow::{Services, act, arrivals, jobs, reconcile, show, sides};

use crate::support::flaky::Breaks;
use crate::support::played::{On, Stage, as_account, behind_its_back, folded, lead};

/// Permissions of a token that may read everything but the organisation's members.
const WITHOUT_MEMBERS: [(&str, &str); 8] = [
    ("administration", "write"),
    ("checks", "read"),
    ("contents", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("organization_hooks", "read"),
    ("pull_requests", "write"),
    ("workflows", "write"),
];

/// The candidate has asked a question that waits.
async fn asked(on: On) -> Option<Stage> {
    Stage::up_to("do = \"answer\"", on).await
}

/// The number of the issue that holds the question.
async fn question(stage: &Stage) -> u64 {
    let ws = folded(&stage.world.services, &stage.id).await;
    let number = ws.entries_of(EntryKind::Question).next();
    number.unwrap().place.number()
}

async fn says(stage: &Stage, token: &str, text: &str) {
    let path = format!(
        "repos/{}/issues/{}/comments",
        stage.full_name,
        question(stage).await
    );
    let url = format!("{}{path}", stage.world.stand_in.api_url());
    let request = reqwest::Client::new().post(url);
    let answer = as_account(request.json(&json!({ "body": text })), token).await;
    assert_eq!(answer.status(), 201);
    stage.world.settle().await.unwrap();
}

/// Somebody whom the team let into the repository, and who has nothing to do with the organisation.
async fn outsider(stage: &Stage, login: &str) -> String {
    let world = &stage.world;
    let token = world.stand_in.add_user(login, login).unwrap();
    let path = format!("repos/{}/collaborators/{login}", stage.full_name);
    let invitation = behind_its_back(world, Method::PUT, &path, json!({})).await;
    let accept = format!(
        "{}user/repository_invitations/{}",
        world.stand_in.api_url(),
        invitation["id"]
    );
    let accepted = as_account(reqwest::Client::new().patch(accept), &token).await;
    assert!(accepted.status().is_success());
    token
}

fn account<'w>(ws: &'w WorkSample, login: &str) -> &'w Account {
    let mut accounts = ws.accounts.iter();
    accounts.find(|one| one.login == login).unwrap()
}

async fn now(stage: &Stage) -> WorkSample {
    folded(&stage.world.services, &stage.id).await
}

fn is_answered(ws: &WorkSample) -> bool {
    let question = ws.entries_of(EntryKind::Question).next().unwrap();
    ws.replies_to(&question.key).next().is_some()
}

async fn says_the_report(stage: &Stage) -> String {
    let report = show::report(&stage.world.services, &stage.id).await;
    report.unwrap().to_markdown()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn stranger_comment_leaves_question_waiting(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let sam = outsider(&stage, "sam").await;
    says(&stage, &sam, "/answer any language will do").await;
    says(&stage, &sam, "/deliver").await;
    let ws = now(&stage).await;
    assert_eq!(account(&ws, "sam").side, Side::Stranger);
    assert_eq!(account(&ws, "sam").because, Some(SideReason::NoTie));
    assert!(!is_answered(&ws));
    assert!(ws.deliveries.is_empty());
    assert!(
        says_the_report(&stage)
            .await
            .contains("somebody outside the team")
    );
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn member_with_private_membership_is_team(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let stand_in = &stage.world.stand_in;
    let mia = stand_in.add_user("mia", "Mia").unwrap();
    stand_in.add_org_member(ORG, "mia", false).unwrap();
    says(&stage, &mia, "/answer English only").await;
    let told = stand_in.deliveries();
    let told = told.iter().rfind(|one| one.event == "issue_comment");
    let association = &told.unwrap().payload["comment"]["author_association"];
    assert_eq!(association, "NONE");
    let ws = now(&stage).await;
    assert_eq!(account(&ws, "mia").side, Side::Team);
    assert!(is_answered(&ws));
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn missing_permission_leaves_account_unknown_until_granted(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let world = &stage.world;
    let sam = outsider(&stage, "sam").await;
    let service = world.stand_in.service_token();
    world
        .stand_in
        .narrow_token(service, &WITHOUT_MEMBERS)
        .unwrap();
    says(&stage, &sam, "/answer any language will do").await;
    let ws = now(&stage).await;
    assert_eq!(account(&ws, "sam").side, Side::Unknown);
    assert!(!is_answered(&ws));
    assert!(says_the_report(&stage).await.contains("not looked up yet"));
    let jobs = jobs::list(&world.services, JobFilter::default()).await;
    let mut jobs = jobs.unwrap().into_iter();
    let look_up = jobs.find(|job| job.kind == "look_up_sides").unwrap();
    assert!(look_up.run_at > world.clock.now(), "{look_up:?}");

    let mut granted = WITHOUT_MEMBERS.to_vec();
    granted.push(("members", "read"));
    world.stand_in.narrow_token(service, &granted).unwrap();
    world.clock.advance_to(look_up.run_at);
    world.settle().await.unwrap();
    assert_eq!(account(&now(&stage).await, "sam").side, Side::Stranger);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn known_person_is_team_in_all_that_they_wrote(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let services = &stage.world.services;
    let sam = outsider(&stage, "sam").await;
    says(&stage, &sam, "/answer English only").await;
    assert!(!is_answered(&now(&stage).await));
    let sams: Login = "sam".parse().unwrap();
    let details = || PersonDetails {
        name: Some("Sam Consultant".to_owned()),
        email: Some("sam@example.org".to_owned()),
        github_login: Some(sams.clone()),
        roles: Some(vec!["reviewer".to_owned(), "lead".to_owned()]),
        ..PersonDetails::default()
    };
    let person = people::add(services, details(), "Lea Lead").await.unwrap();
    assert_eq!(
        person.github_id,
        Some(account(&now(&stage).await, "sam").id)
    );
    assert_eq!(person.roles, ["lead", "reviewer"]);
    stage.world.settle().await.unwrap();
    let ws = now(&stage).await;
    assert_eq!(account(&ws, "sam").because, Some(SideReason::KnownPerson));
    assert!(is_answered(&ws));

    let twice = people::add(services, details(), "Lea Lead")
        .await
        .unwrap_err();
    assert_eq!(twice.code(), "person_known");
    let nobody = PersonDetails {
        name: Some("Nobody".to_owned()),
        github_login: Some("nobody-is-called-so".parse().unwrap()),
        ..PersonDetails::default()
    };
    let nobody = people::add(services, nobody, "Lea Lead").await.unwrap_err();
    assert_eq!(nobody.code(), "no_such_account");

    crate::support::visitor::person(services, "Lea Lead", "lead").await;
    let disabled = people::disable(services, &person.id, "Lea Lead")
        .await
        .unwrap();
    assert!(disabled.disabled_at.is_some());
    stage.world.settle().await.unwrap();
    assert!(is_answered(&now(&stage).await), "what was said stays said");
    stage.world.clock.advance(chrono::Duration::hours(30));
    says(&stage, &sam, "/answer or any other language").await;
    assert_eq!(account(&now(&stage).await, "sam").side, Side::Stranger);
    let renamed = PersonDetails {
        name: Some("Sam Staff".to_owned()),
        ..PersonDetails::default()
    };
    people::set(services, &person.id, renamed, "Lea Lead")
        .await
        .unwrap();
    people::enable(services, &person.id, "Lea Lead")
        .await
        .unwrap();
    stage.world.settle().await.unwrap();
    assert_eq!(people::list(services).await.unwrap()[0].name, "Sam Staff");
    assert_eq!(account(&now(&stage).await, "sam").side, Side::Team);
    assert_eq!(people::list(services).await.unwrap()[0].disabled_at, None);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lead_word_settles_backwards_and_over_later_look_ups(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let services = &stage.world.services;
    let sam = outsider(&stage, "sam").await;
    says(&stage, &sam, "/answer English only").await;
    let command = Command::SettleSide {
        account: "sam".to_owned(),
        side: AccountSide::Team,
        note: "our consultant".to_owned(),
    };
    act::act(services, &stage.id, command, lead())
        .await
        .unwrap();
    assert!(is_answered(&now(&stage).await));
    stage.world.clock.advance(chrono::Duration::days(2));
    says(&stage, &sam, "/answer and no other").await;
    let ws = now(&stage).await;
    let question = ws.entries_of(EntryKind::Question).next().unwrap();
    assert_eq!(ws.replies_to(&question.key).count(), 2);
    let record = ws.sides.accounts.get(&account(&ws, "sam").id).unwrap();
    assert_eq!(record.look_ups.len(), 1, "nothing is looked up any more");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ties_are_told_apart_by_what_github_says() {
    let Some(stage) = asked(On::Sqlite).await else {
        return;
    };
    let stand_in = &stage.world.stand_in;
    outsider(&stage, "sam").await;
    stand_in.add_user("mia", "Mia").unwrap();
    stand_in.add_user("tom", "Tom").unwrap();
    stand_in.add_org_member(ORG, "mia", false).unwrap();
    stand_in.add_team_member(ORG, "leads", "tom").unwrap();
    let github = stage.world.services.github.first().unwrap();
    assert_eq!(github.organization_tie("mia").await, Ok(Tie::Yes));
    assert_eq!(github.organization_tie("sam").await, Ok(Tie::No));
    assert_eq!(github.team_tie("leads", "tom").await, Ok(Tie::Yes));
    assert_eq!(github.team_tie("leads", "mia").await, Ok(Tie::No));
    let unseen = github.team_tie("nobody", "tom").await.unwrap();
    assert!(matches!(unseen, Tie::NoTeam(_)), "{unseen:?}");
    for (login, expected) in [("mia", Tie::Yes), ("sam", Tie::No), ("tom", Tie::No)] {
        let login: Login = login.parse().unwrap();
        let found = github.account_with_login(&login).await.unwrap().unwrap();
        let tie = github.access_tie(&stage.full_name, &found).await;
        assert_eq!(tie, Ok(expected), "{login}");
    }
    let service = stand_in.service_token();
    stand_in.narrow_token(service, &WITHOUT_MEMBERS).unwrap();
    let forbidden = github.organization_tie("sam").await.unwrap();
    assert!(matches!(forbidden, Tie::CannotTell(_)), "{forbidden:?}");
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn misspelt_team_is_named_as_the_reason_of_the_wait(#[case] on: On) {
    let Some(stage) = asked(on).await else {
        return;
    };
    let twin = stage.beside((0, Breaks::Before), Afterwards::Archive).await;
    let known = &twin.services;
    let services = Services {
        arrivals: arrivals::arrivals(&known.store),
        store: known.store.clone(),
        clock: known.clock.clone(),
        ids: known.ids.clone(),
        git: known.git.clone(),
        github: known.github.clone(),
        github_teams: vec!["no-such-team".parse().unwrap()],
        sandbox: None,
        limits: known.limits,
        process: "misspelt".to_owned(),
        webhook_secrets: None,
        hook_url: known.hook_url.clone(),
        scratch: known.scratch.clone(),
        artifacts: known.artifacts.clone(),
        afterwards: known.afterwards.clone(),
        offer_defaults: known.offer_defaults.clone(),
        team_roles: Default::default(),
        github_sign_in: None,
        mailer: known.mailer.clone(),
        versions: Default::default(),
    };
    let sam = outsider(&stage, "sam").await;
    says(&stage, &sam, "hello").await;
    reconcile::reconcile(&services, &stage.id).await.unwrap();
    let refused = sides::look_up(&services, &stage.id).await.unwrap_err();
    assert_eq!(refused.code(), "side_not_known");
    let why = refused.to_string();
    assert!(why.contains("GitHub shows no team `no-such-team`"), "{why}");
    assert!(why.contains("WORKSAMPLE_GITHUB_TEAM"), "{why}");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}
