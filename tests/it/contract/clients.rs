//! Other people's clients at the stand-in, unchanged; what they say and hear is held against the contract too.

use std::path::Path;

use serde_json::Value;
use worksample::rehearsal::World;

use super::node;
use super::recorder::Tape;
use super::{Recorded, validate};

const APP: u64 = 4711;

/// What the scripts find in their environment.
async fn environment(folder: &Path, recorded: &Recorded) -> Vec<(&'static str, String)> {
    let pair = node::run(folder, "keypair.mjs", &[], &[]).await;
    let pair: Value = serde_json::from_slice(&pair.stdout).unwrap();
    let world: &World = &recorded.world;
    let stand_in = &world.stand_in;
    stand_in
        .register_app(APP, "worksample", pair["publicKey"].as_str().unwrap())
        .unwrap();
    stand_in.add_member("lea", "Lea").unwrap();
    stand_in
        .add_team_member(worksample::rehearsal::ORG, "leads", "lea")
        .unwrap();
    vec![
        ("API", recorded.client.url()),
        ("ORG", worksample::rehearsal::ORG.to_owned()),
        ("SERVICE_TOKEN", stand_in.service_token().to_owned()),
        ("DANA_TOKEN", stand_in.add_user("dana", "Dana").unwrap()),
        ("ERIN_TOKEN", stand_in.add_user("erin", "Erin").unwrap()),
        ("APP_ID", APP.to_string()),
        ("APP_KEY", pair["privateKey"].as_str().unwrap().to_owned()),
        ("NOW", world.now().to_rfc3339()),
        (
            "HOOK_URL",
            format!("{}/webhooks/github", recorded.webhooks.url()),
        ),
        ("HOOK_SECRET", world.webhook_secret().to_owned()),
    ]
}

/// Runs one client's story, then holds what was said to the contract.
async fn story(folder: &Path, program: &Path, script: &str) {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let recorded = Recorded::start(dir.path(), &tape).await;
    let environment = environment(folder, &recorded).await;
    let script = folder.join(script);
    let output = node::program(program, &[script.to_str().unwrap()], &environment).await;
    let said = node::said(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    recorded.world.settle().await.unwrap();
    recorded.world.stop().await.unwrap();
    validate(folder, &tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn octokit_and_git_work_with_the_stand_in_as_with_github() {
    let Some(folder) = node::contract() else {
        return;
    };
    story(&folder, Path::new("node"), "octokit.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pygithub_works_with_the_stand_in_as_with_github() {
    let (Some(folder), Some(python)) = (node::contract(), node::python()) else {
        return;
    };
    story(&folder, &python, "pygithub_story.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_stand_in_is_answered_as_github_documents() {
    let Some(folder) = node::contract() else {
        return;
    };
    story(&folder, Path::new("node"), "tour.mjs").await;
}

/// The pages of the web flow are in no description of the REST API, so nothing is recorded here.
#[tokio::test(flavor = "multi_thread")]
async fn octokit_signs_a_person_in_at_the_stand_in() {
    let Some(folder) = node::contract() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = crate::support::small::world(dir.path(), None, None).await;
    let stand_in = &world.stand_in;
    stand_in.register_app(APP, "worksample", "no key").unwrap();
    let callback = "http://work.example.com/sign-in/github/callback";
    let (id, secret) = stand_in.set_callback(APP, callback).unwrap();
    stand_in.add_user("rita", "Rita").unwrap();
    let github = world.services.github.first().unwrap();
    let login = "rita".parse().unwrap();
    let account = github.account_with_login(&login).await.unwrap().unwrap();
    let environment = [
        ("API", stand_in.api_url()),
        ("CLIENT_ID", id),
        ("CLIENT_SECRET", secret),
        ("CALLBACK", callback.to_owned()),
        ("ACCOUNT", "rita".to_owned()),
        ("ACCOUNT_ID", account.id.to_string()),
    ];
    let output = node::run(&folder, "sign_in.mjs", &[], &environment).await;
    let said = node::said(&output);
    assert!(output.status.success(), "{said}");
    world.stop().await.unwrap();
}
