//! Organisations, tokens and moments that are not the usual ones: another default branch, a token that may not see all, a
//! person who ends the work while GitHub's answer is lost.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use worksample::github::Lookout;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{ORG, World, play};
use worksample::stand_in::{FaultPlan, WebhookFault};
use worksample::store::{JobFilter, JobState};
use worksample::work_sample::{
    Actor, Afterwards, Command, DecisionOutcome, InvitationState, State,
};
use worksample::workflow::jobs::JobKind;
use worksample::workflow::worker::{Outcome, Worker};
use worksample::workflow::{act, deliver, jobs, reconcile};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::played::{self, folded, lead};
use crate::support::small;

const NOT_FOUND: Breaks = Breaks::Answers(404, r#"{"message":"Not Found"}"#);

struct Stage {
    _dir: tempfile::TempDir,
    world: World,
    flaky: Flaky,
}

/// A world in which the exchanges whose numbers are `broken` break between the service and GitHub.
async fn stage_where(
    breaks: Breaks,
    broken: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> Stage {
    stage_with(move |number| broken(number).then_some(breaks)).await
}

/// A world in which each exchange between the service and GitHub breaks in the way that `broken` gives its number.
async fn stage_with(broken: impl Fn(usize) -> Option<Breaks> + Send + Sync + 'static) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let upstream: Arc<OnceLock<SocketAddr>> = Arc::default();
    let known = Arc::clone(&upstream);
    let flaky = Flaky::start_with(move || *known.get().unwrap(), broken).await;
    let world = small::world_behind(dir.path(), None, None, Some(flaky.url())).await;
    upstream.set(world.stand_in.address()).unwrap();
    Stage {
        _dir: dir,
        world,
        flaky,
    }
}

async fn accepted(world: &World) -> WorkSampleId {
    let id = played::launched(world).await;
    played::accept(world, &id).await;
    id
}

async fn at_github(world: &World, path: &str) -> serde_json::Value {
    let url = format!("{}{path}", world.stand_in.api_url());
    reqwest::Client::new()
        .get(url)
        .bearer_auth(world.stand_in.service_token())
        .header("user-agent", "test")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

/// The logins of those invited to the work sample's repository.
async fn invited(world: &World, id: &WorkSampleId) -> Vec<String> {
    let repository = folded(&world.services, id).await.provisioning.repository;
    let path = format!("repos/{}/invitations", repository.unwrap().full_name);
    at_github(world, &path)
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["invitee"]["login"].as_str().unwrap().to_owned())
        .collect()
}

/// [`World::settle`], which ends, where a mistake could make it go on for ever.
async fn settled(world: &World) -> Vec<Outcome> {
    tokio::time::timeout(Duration::from_secs(60), world.settle())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_invitation_before_the_kickoff_issue_is_one_and_ends_what_was_begun() {
    for corrected in [false, true] {
        let refused = Breaks::Answers(422, r#"{"message":"Validation Failed"}"#);
        let stage = stage_where(refused, |number| number == 3).await;
        let world = &stage.world;
        let id = accepted(world).await;
        settled(world).await;
        let before = folded(&world.services, &id).await;
        assert_eq!(before.state, State::Accepted);
        assert!(before.provisioning.invited && before.provisioning.kickoff.is_none());
        let first = before.invitation.unwrap();

        let (command, login) = if corrected {
            world.stand_in.add_user("toni-works", "Toni").unwrap();
            let login = "toni-works".parse().unwrap();
            (Command::CorrectLogin { login }, "toni-works")
        } else {
            (Command::Reinvite, "toni-talks")
        };
        act::act(&world.services, &id, command, lead())
            .await
            .unwrap();
        // The kickoff issue that was refused could still have been on its way.
        world.clock.advance(chrono::Duration::minutes(1));
        settled(world).await;
        let after = folded(&world.services, &id).await;
        assert_eq!(after.state, State::Provisioned);
        let second = after.invitation.unwrap();
        assert_eq!(second.state, InvitationState::Pending);
        assert_ne!(second.id, first.id);
        assert_eq!(
            invited(world, &id).await,
            [login],
            "the earlier one is gone"
        );
        let dead = jobs::list(
            &world.services,
            JobFilter {
                state: Some(JobState::Dead),
                ..JobFilter::default()
            },
        );
        assert_eq!(dead.await.unwrap(), vec![], "what was given up is settled");
        stage.world.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invitation_beyond_the_days_limit_is_shown_and_tried_again() {
    let full = r#"{"message":"Validation Failed","errors":[{"message":"You have exceeded the limit of 50 invitations to this repository within 24 hours"}]}"#;
    let stage = stage_where(Breaks::Answers(422, full), |number| number == 2).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let waiting = folded(&world.services, &id).await;
    let failure = waiting.invitation_failure().unwrap();
    assert_eq!(failure.code.code(), "invitation_limit");
    assert_eq!((waiting.state, waiting.stuck.len()), (State::Accepted, 0));
    world.clock.advance(chrono::Duration::hours(2));
    settled(world).await;
    let after = folded(&world.services, &id).await;
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(after.invitation_failure(), None);
    assert_eq!(after.invitation_failures.len(), 1, "it stays in the log");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_github_does_not_know_is_named_and_a_repository_that_it_hides_is_not_taken_for_that()
 {
    // Nobody has the one name, and the other is an organisation's.
    for login in ["toni-tolks", ORG] {
        let stage = stage_where(Breaks::Before, |_| false).await;
        let world = &stage.world;
        let id = played::launched(world).await;
        let command = Command::Accept {
            login: login.parse().unwrap(),
            due_at: world.now() + chrono::Duration::days(1),
            terms_sha256: None,
        };
        act::act(&world.services, &id, command, Actor::Candidate)
            .await
            .unwrap();
        settled(world).await;
        let work_sample = folded(&world.services, &id).await;
        assert_eq!(work_sample.stuck, vec![]);
        let failure = work_sample.invitation_failure().unwrap();
        let expected = match login {
            ORG => "account_not_a_person",
            _ => "no_such_account",
        };
        assert_eq!(
            (failure.login.as_str(), failure.code.code()),
            (login, expected)
        );
        stage.world.stop().await.unwrap();
    }

    let stage = stage_with(|number| (number == 2).then_some(NOT_FOUND)).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let before = folded(&world.services, &id).await;
    assert_eq!((before.state, before.stuck), (State::Accepted, vec![]));
    assert!(stage.flaky.requests()[2].ends_with("/users/toni-talks"));
    world.clock.advance(chrono::Duration::minutes(1));
    settled(world).await;
    let after = folded(&world.services, &id).await;
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(invited(world, &id).await, ["toni-talks"]);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_whose_making_was_never_answered_is_put_away_when_the_lead_cancels() {
    let stage = stage_where(Breaks::After, |number| number == 1).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let command = Command::Cancel {
        reason: "the need is gone".into(),
    };
    act::act(&world.services, &id, command, lead())
        .await
        .unwrap();
    for _ in 0..3 {
        world.clock.advance(chrono::Duration::minutes(1));
        settled(world).await;
    }
    let after = folded(&world.services, &id).await;
    let repository = after.provisioning.repository.expect("it was found");
    let found = at_github(world, &format!("repos/{}", repository.full_name)).await;
    // Nothing was pushed into it, so there is nothing to keep, and that is no reason to leave it as it is.
    assert_eq!(found["archived"], true, "{:?}", after.end);
    assert!(after.end.kept.is_none());
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_whose_making_was_never_answered_and_that_is_not_shown_yet_is_looked_for_again()
 {
    // Withdrawn at once, or long after the making.
    for minutes in [0, 20] {
        let hidden = Arc::new(AtomicBool::new(false));
        let hides = Arc::clone(&hidden);
        let stage = stage_with(move |number| match number {
            1 => Some(Breaks::After),
            _ => hides.load(Ordering::SeqCst).then_some(NOT_FOUND),
        })
        .await;
        let world = &stage.world;
        let id = accepted(world).await;
        // One attempt, and no other before the withdrawal.
        let one = Worker::new(Arc::clone(&world.services), "one");
        one.step().await.unwrap();
        world.clock.advance(chrono::Duration::minutes(minutes));
        let command = Command::Withdraw { reason: None };
        act::act(&world.services, &id, command, Actor::Candidate)
            .await
            .unwrap();
        hidden.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            world.clock.advance(chrono::Duration::minutes(1));
            settled(world).await;
        }
        let after = folded(&world.services, &id).await;
        assert_eq!(after.provisioning.repository, None);
        assert!(stage.flaky.seen() > 1, "it was looked for");
        hidden.store(false, Ordering::SeqCst);
        world.clock.advance(chrono::Duration::minutes(10));
        settled(world).await;
        let after = folded(&world.services, &id).await;
        let repository = after.provisioning.repository.expect("it was found");
        let found = at_github(world, &format!("repos/{}", repository.full_name)).await;
        assert_eq!(found["archived"], true, "{:?}", after.end);
        stage.world.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_slips_from_one_page_of_a_list_to_another_is_not_taken_for_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let scripts = vec![small::script(&script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let (slips, upstream) = (Arc::new(AtomicBool::new(false)), world.stand_in.address());
    let (slipping, counted) = (Arc::clone(&slips), Arc::new(AtomicUsize::new(0)));
    let first = Arc::clone(&counted);
    // The whole list of comments is that of a page on which they are not: the fourth exchange of a pass.
    let flaky = Flaky::start_with(
        move || upstream,
        move |_| {
            let slipping = slipping.load(Ordering::SeqCst);
            let nth = usize::from(slipping)
                * (1 + first.fetch_add(usize::from(slipping), Ordering::SeqCst));
            (nth == 4).then_some(Breaks::Answers(200, "[]"))
        },
    )
    .await;
    let deaf = tempfile::tempdir().unwrap();
    let behind = (Some(flaky.url()), Afterwards::Archive);
    let twin = small::twin(deaf.path(), None, &world, id, behind).await;
    let services = &twin.services;
    reconcile::reconcile(services, id).await.unwrap();
    let standing = || async {
        let entries = folded(services, id).await.entries;
        entries
            .iter()
            .filter(|one| one.deleted_at.is_none())
            .count()
    };
    let before = standing().await;
    world.clock.advance(chrono::Duration::hours(1));
    slips.store(true, Ordering::SeqCst);
    let seen = flaky.seen();
    let passed = reconcile::reconcile(services, id).await.unwrap();
    let asked = flaky.requests().split_off(seen);
    assert!(asked[3].contains("/issues/comments?"), "{asked:?}");
    assert!(passed.again_at.is_some(), "{asked:?}");
    assert_eq!(standing().await, before, "{asked:?}");
    services.store.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_for_where_a_cancelled_work_sample_never_asked_for_a_repository() {
    let stage = stage_where(Breaks::Before, |_| false).await;
    let world = &stage.world;
    let id = accepted(world).await;
    let command = Command::Cancel {
        reason: "the need is gone".into(),
    };
    act::act(&world.services, &id, command, lead())
        .await
        .unwrap();
    settled(world).await;
    assert_eq!(stage.flaky.seen(), 0);
    stage.world.stop().await.unwrap();
}

/// Works on the default branch and delivers in an issue.
fn on_the_default_branch() -> String {
    let head = small::until(small::TALKATIVE, "do = \"comment\"");
    format!(
        "{head}{}",
        r#"
[[step]]
do = "write"
path = "greeting.txt"
text = "hello world\n"
[[step]]
do = "commit"
message = "Greet"
[[step]]
do = "push"
[[step]]
do = "deliver"
on = "kickoff"
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_in_an_issue_means_the_default_branch_whatever_the_organisation_calls_it() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    world.stand_in.set_default_branch(ORG, "master").unwrap();
    let script = small::script(&on_the_default_branch());
    let played = play(&world, &small::version(), vec![script], &mut |_| {})
        .await
        .unwrap();
    let work_sample = folded(&world.services, &played[0].id).await;
    let delivered = work_sample.effective_delivery().unwrap().sha.clone();
    assert!(delivered.is_some());
    assert_ne!(delivered, work_sample.provisioning.first_commit);
    assert_eq!(work_sample.commit_when_due(), delivered.as_ref());
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_may_not_see_hides_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    // As README says: without the permission to read checks.
    let granted = [
        ("administration", "write"),
        ("contents", "write"),
        ("issues", "write"),
        ("pull_requests", "write"),
        ("metadata", "read"),
    ];
    let token = world.stand_in.service_token().to_owned();
    world.stand_in.narrow_token(&token, &granted).unwrap();
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let scripts = vec![small::script(&script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let deaf = tempfile::tempdir().unwrap();
    let twin = small::twin(deaf.path(), None, &world, id, (None, Afterwards::Archive)).await;
    let passed = reconcile::reconcile(&twin.services, id).await.unwrap();
    assert!(passed.events > 10, "{passed:?}");
    let seen = folded(&twin.services, id).await;
    assert_eq!(seen.state, State::Delivered);
    twin.services.store.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_shows_itself_again_is_there_and_may_be_gone_another_time() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let scripts = vec![small::script(&script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let (hidden, upstream) = (Arc::new(AtomicBool::new(false)), world.stand_in.address());
    let hides = Arc::clone(&hidden);
    let flaky = Flaky::start_where(
        move || upstream,
        NOT_FOUND,
        move |_| hides.load(Ordering::SeqCst),
    )
    .await;
    let deaf = tempfile::tempdir().unwrap();
    let behind = (Some(flaky.url()), Afterwards::Archive);
    let twin = small::twin(deaf.path(), None, &world, id, behind).await;
    let services = &twin.services;
    reconcile::reconcile(services, id).await.unwrap();
    let mut alarms = Vec::new();
    for _ in 0..2 {
        hidden.store(true, Ordering::SeqCst);
        let first = reconcile::reconcile(services, id).await.unwrap();
        world.clock.advance_to(first.again_at.unwrap());
        reconcile::reconcile(services, id).await.unwrap();
        let gone = folded(services, id).await;
        assert!(!gone.whereabouts.there);
        alarms.push(
            gone.repository_events
                .iter()
                .filter(|one| one.alarm)
                .count(),
        );

        hidden.store(false, Ordering::SeqCst);
        world.clock.advance(chrono::Duration::hours(1));
        reconcile::reconcile(services, id).await.unwrap();
        let back = folded(services, id).await;
        assert!(back.whereabouts.there, "it shows itself again");
        let last = back.repository_events.last().unwrap();
        assert!(last.text.contains("shown again"), "{last:?}");
        let again = reconcile::reconcile(services, id).await.unwrap();
        assert_eq!(again.events, 0, "and that is said once");
        world.clock.advance(chrono::Duration::hours(1));
    }
    assert_eq!(alarms, [1, 2], "each disappearance is told");
    services.store.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_commit_is_taken_at_its_word_while_github_is_away() {
    let away = Arc::new(AtomicBool::new(false));
    let is_away = Arc::clone(&away);
    let stage = stage_where(Breaks::Before, move |_| is_away.load(Ordering::SeqCst)).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let services = &world.services;
    away.store(true, Ordering::SeqCst);
    let unseen = "0123456789012345678901234567890123456789";
    let delivered = deliver::deliver(
        services,
        &id,
        deliver::What::Commit(unseen.parse().unwrap()),
        false,
    )
    .await
    .unwrap();
    assert_eq!(delivered.state, State::Delivered);
    assert_eq!(delivered.deliveries.len(), 1);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_deliver_any_more_makes_nobody_ask_github() {
    let stage = stage_where(Breaks::Before, |_| false).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let services = &world.services;
    let command = Command::Withdraw { reason: None };
    act::act(services, &id, command, Actor::Candidate)
        .await
        .unwrap();
    let before = stage.flaky.seen();
    let unseen = "0123456789012345678901234567890123456789";
    let refused = deliver::deliver(
        services,
        &id,
        deliver::What::Commit(unseen.parse().unwrap()),
        false,
    )
    .await
    .unwrap_err();
    assert_eq!(refused.code(), "already_ended");
    assert_eq!(stage.flaky.seen(), before);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_whose_assessment_dies_can_be_decided_on_and_assessed_after_all() {
    let Some(sandbox) = crate::sandbox::sandbox().cloned() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, Some(sandbox)).await;
    let script = small::until(small::TALKATIVE, "do = \"deliver\"");
    let scripts = vec![small::script(&script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let (id, services) = (&played[0].id, &world.services);
    // The repository cannot be fetched from, and nobody knows why.
    let repositories = dir.path().join("stand-in/git");
    assert!(repositories.is_dir(), "{repositories:?}");
    std::fs::rename(&repositories, dir.path().join("away")).unwrap();
    let head = folded(services, id)
        .await
        .pushes
        .last()
        .unwrap()
        .after
        .clone();
    act::act(
        services,
        id,
        Command::Deliver {
            sha: Some(head),
            head: None,
            starter_confirmed: false,
            starter: None,
        },
        Actor::Candidate,
    )
    .await
    .unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        outcomes.extend(settled(&world).await);
        world.clock.advance(chrono::Duration::hours(1));
    }
    let dead = jobs::about(services, id).await.unwrap();
    let dead = dead.iter().find(|job| job.state == JobState::Dead).unwrap();
    assert_eq!(dead.kind, "assess", "{outcomes:?}");
    let after = folded(services, id).await;
    assert_eq!(after.state, State::Assessed, "a person can go on");

    std::fs::rename(dir.path().join("away"), &repositories).unwrap();
    jobs::retry(services, dead.id.clone()).await.unwrap();
    settled(&world).await;
    let after = folded(services, id).await;
    assert!(after.effective_assessment().is_some(), "the retry counts");
    let decide = Command::Decide {
        outcome: DecisionOutcome::Proceed,
        reason: "good".into(),
        feedback: worksample::work_sample::Feedback::NotSaid,
    };
    act::act(services, id, decide, lead()).await.unwrap();
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_longer_than_it_is_read_says_so() {
    let stage = stage_where(Breaks::Before, |_| false).await;
    let world = &stage.world;
    let id = accepted(world).await;
    settled(world).await;
    let repository = folded(&world.services, &id).await.provisioning.repository;
    let full_name = repository.unwrap().full_name;
    let client = reqwest::Client::new();
    for number in 0..100 {
        let url = format!("{}repos/{full_name}/issues", world.stand_in.api_url());
        let answer = client
            .post(url)
            .bearer_auth(world.stand_in.service_token())
            .header("user-agent", "test")
            .json(&serde_json::json!({ "title": format!("issue {number}") }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 201);
        // Within what GitHub allows.
        world.clock.advance(chrono::Duration::seconds(10));
    }
    let github = world.services.github.first().unwrap();
    for (pages, items, whole) in [(1, 100, false), (2, 101, true)] {
        let mut lookout = Lookout::new(github, BTreeMap::new()).reading_pages(pages);
        let listed = lookout.issues(&full_name).await.unwrap().unwrap();
        assert_eq!((listed.items.len(), listed.whole), (items, whole));
    }
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_and_deleted_between_two_looks_is_found_to_be_gone() {
    let Some(stage) = played::Stage::up_to("do = \"deliver\"", played::On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let pass = async || {
        reconcile::reconcile(&world.services, &stage.id)
            .await
            .unwrap()
    };
    // The list of comments will be the same again as at this look.
    pass().await;
    let token = world.stand_in.service_token();
    let comments = format!(
        "{}repos/{}/issues",
        world.stand_in.api_url(),
        stage.full_name
    );
    let client = reqwest::Client::new();
    let made = client
        .post(format!("{comments}/1/comments"))
        .json(&serde_json::json!({ "body": "This was a mistake." }));
    let made: serde_json::Value = played::as_account(made, token).await.json().await.unwrap();
    world.settle().await.unwrap();
    let lose = FaultPlan {
        webhooks: BTreeMap::from([(WebhookFault::Lose, 100.0)]),
        ..FaultPlan::default()
    };
    world.stand_in.set_faults(lose).unwrap();
    let gone = client.delete(format!("{comments}/comments/{}", made["id"]));
    assert_eq!(played::as_account(gone, token).await.status(), 204);
    world.settle().await.unwrap();

    let standing = async || {
        let work_sample = folded(&world.services, &stage.id).await;
        let texts = work_sample.entries.into_iter();
        texts
            .filter(|one| one.text == "This was a mistake." && one.deleted_at.is_none())
            .count()
    };
    // A list may lag, so what is new and not in it is not believed to be gone at once; but it is not forgotten either.
    let early = pass().await;
    assert_eq!((early.events, standing().await), (0, 1));
    world.clock.advance_to(early.again_at.unwrap());
    let later = pass().await;
    assert_eq!((later.events, later.again_at), (1, None));
    assert_eq!(standing().await, 0);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_an_owner_switched_off_hide_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let script = small::until(small::TALKATIVE, "do = \"judge\"");
    let scripts = vec![small::script(&script)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let known = folded(&world.services, id).await;
    let full_name = known.provisioning.repository.unwrap().full_name;
    let off = serde_json::json!({ "has_issues": false });
    let path = format!("repos/{full_name}");
    played::behind_its_back(&world, reqwest::Method::PATCH, &path, off).await;

    let deaf = tempfile::tempdir().unwrap();
    let twin = small::twin(deaf.path(), None, &world, id, (None, Afterwards::Archive)).await;
    reconcile::reconcile(&twin.services, id).await.unwrap();
    let seen = folded(&twin.services, id).await;
    assert_eq!(seen.pushes.len(), known.pushes.len());
    assert!(
        seen.read_deliveries.is_empty(),
        "a text told of the delivery"
    );
    twin.services.store.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_github_does_not_show_is_looked_into_again_soon_and_after_an_hour_every_hour() {
    // Each look asks for the organisation's webhook first, and then for its log.
    let lost = Arc::new(AtomicUsize::new(usize::MAX));
    let from = Arc::clone(&lost);
    let not_found = Breaks::Answers(404, r#"{"message":"Not Found"}"#);
    let stage = stage_where(not_found, move |number| {
        let after = number.checked_sub(from.load(Ordering::SeqCst));
        after.is_some_and(|after| after.is_multiple_of(2))
    })
    .await;
    let (world, services) = (&stage.world, &stage.world.services);
    let hook = serde_json::json!({
        "name": "web", "active": true, "events": ["*"],
        "config": {
            "url": format!("http://{}/webhooks/github", world.address),
            "content_type": "json", "secret": world.webhook_secret(),
        },
    });
    let hooks = format!("orgs/{ORG}/hooks");
    played::behind_its_back(world, reqwest::Method::POST, &hooks, hook).await;
    let worker = Worker::new(Arc::clone(services), "worker");
    for many in [1, 14] {
        reconcile::wake(services).await.unwrap();
        lost.store(stage.flaky.seen() + 2, Ordering::SeqCst);
        let mut pauses = Vec::new();
        loop {
            match worker.step().await.unwrap() {
                Outcome::Postponed { error, until, .. } => {
                    assert!(error.starts_with("github_not_found: "), "{error}");
                    pauses.push((until - services.now()).num_minutes());
                    world.clock.advance_to(until);
                }
                outcome => {
                    let redelivered = Outcome::Done {
                        kind: JobKind::Redeliver,
                        subject: "webhooks".to_owned(),
                    };
                    assert_eq!(outcome, redelivered);
                    break;
                }
            }
            if pauses.len() == many {
                lost.store(usize::MAX, Ordering::SeqCst);
            }
        }
        let mut expected = vec![5; many.min(11)];
        expected.resize(many, 60);
        assert_eq!(pauses, expected);
        // The next regular look.
        world.clock.advance(chrono::Duration::hours(1));
    }
    stage.world.stop().await.unwrap();
}
