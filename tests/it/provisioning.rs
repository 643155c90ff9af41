//! Provisioning, with every exchange with GitHub broken in turn, before and after its effect: in the end there is one
//! repository, one invitation, one kickoff issue.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rstest::rstest;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{ORG, World, play};
use worksample::stand_in::{Fault, FaultPlan, PlannedFault};
use worksample::store::{JobFilter, JobRow, JobState};
use worksample::work_sample::{Command, InvitationProblem, State};
use worksample::workflow::worker::Outcome;
use worksample::workflow::{act, deliver, jobs, provision, show};

use crate::support::flaky::{Breaks, Flaky};
use crate::support::played::{self, behind_its_back};
use crate::support::small;

/// Accepts, and nothing more.
fn accepts() -> String {
    small::until(small::TALKATIVE, "do = \"wait\"")
}

struct Stage {
    _dir: tempfile::TempDir,
    world: World,
    flaky: Flaky,
}

/// The first exchange of somebody who accepts through the API looks up the login.
const AFTER_THE_LOOK_UP: usize = 1;

async fn stage(at: usize, breaks: Breaks) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    // The stand-in's address is known only once it runs, and it starts with the world.
    let upstream: Arc<OnceLock<SocketAddr>> = Arc::default();
    let known = Arc::clone(&upstream);
    let flaky = Flaky::start(move || *known.get().unwrap(), at, breaks).await;
    let world = small::world_behind(dir.path(), None, None, Some(flaky.url())).await;
    let address = world.stand_in.api_url();
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    upstream.set(address.parse().unwrap()).unwrap();
    Stage {
        _dir: dir,
        world,
        flaky,
    }
}

/// What there is at GitHub after all.
async fn counts(world: &World) -> (usize, usize, usize) {
    let deliveries = world.stand_in.deliveries();
    let count = |event: &str, action: &str| {
        deliveries
            .iter()
            .filter(|one| one.event == event && one.action.as_deref() == Some(action))
            .map(|one| one.guid.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    let invitations = invitations(world).await;
    (
        count("repository", "created"),
        invitations,
        count("issues", "opened"),
    )
}

/// Open invitations of all repositories together.
async fn invitations(world: &World) -> usize {
    let get = |path: String| {
        let url = format!(
            "{}/{}",
            world.stand_in.api_url().trim_end_matches('/'),
            path
        );
        let request = reqwest::Client::new()
            .get(url)
            .bearer_auth(world.stand_in.service_token())
            .header("user-agent", "test");
        async move {
            let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
            answer.as_array().cloned().unwrap_or_default()
        }
    };
    let mut count = 0;
    let rows = show::work_samples(&world.services, Default::default())
        .await
        .unwrap();
    for name in rows.into_iter().filter_map(|row| row.repository_full_name) {
        count += get(format!("repos/{name}/invitations")).await.len();
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smooth_run_takes_three_calls_and_a_rerun_none() {
    let Stage { world, flaky, _dir } = stage(0, Breaks::Before).await;
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&accepts())],
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(
        flaky.seen(),
        4,
        "the login is looked up; create, invite, kickoff"
    );
    assert_eq!(counts(&world).await, (1, 1, 1));
    provision::provision(&world.services, &played[0].id)
        .await
        .unwrap();
    assert_eq!(flaky.seen(), 4, "a rerun calls nobody");
    world.stop().await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whichever_exchange_breaks_there_is_one_of_each_in_the_end(
    #[values(1, 2, 3)] at: usize,
    #[values(Breaks::Before, Breaks::After)] breaks: Breaks,
) {
    let Stage {
        world,
        _dir,
        flaky: _flaky,
    } = stage(AFTER_THE_LOOK_UP + at, breaks).await;
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&accepts())],
        &mut |_| {},
    )
    .await
    .unwrap();
    let id = &played[0].id;
    let (before, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(before.state, State::Accepted, "the break was felt");

    world.clock.advance(chrono::Duration::minutes(1));
    let outcomes = world.settle().await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|one| matches!(one, Outcome::Done { .. })),
        "{outcomes:?}"
    );
    let (after, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(counts(&world).await, (1, 1, 1));
    world.stop().await.unwrap();
}

/// What a broken exchange means for the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It is tried again by itself.
    Waits,
    /// It waits for an operator, with these words in the reason.
    Dead(&'static str),
    /// So it is for the organisation; but a repository that was made is there, and not shown for a moment.
    DeadUntilThereIsARepository(&'static str),
    /// Dead like [`Then::Dead`]; but an invitation that is refused waits for another login or another try.
    DeadUnlessInviting(&'static str),
    NotInvited,
}

#[rstest]
#[case::failing(Breaks::Answers(500, "{}"), Then::Waits)]
#[case::bad_gateway(Breaks::Answers(502, "<html>"), Then::Waits)]
#[case::away(Breaks::Before, Then::Waits)]
#[case::limited(Breaks::Answers(429, r#"{"message":"slow down"}"#), Then::Waits)]
#[case::unauthorized(Breaks::Answers(401, r#"{"message":"Bad credentials"}"#), Then::Waits)]
#[case::forbidden(
    Breaks::Answers(403, r#"{"message":"Resource not accessible"}"#),
    Then::Dead("grant the token or App")
)]
#[case::not_there(
    Breaks::Answers(404, r#"{"message":"Not Found"}"#),
    Then::DeadUntilThereIsARepository("GitHub does not know what create a repository")
)]
#[case::refused(
    Breaks::Answers(422, r#"{"message":"Validation Failed"}"#),
    Then::DeadUnlessInviting("Validation Failed")
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_github_answers_is_tried_again_where_that_helps_and_dead_with_a_reason_where_not(
    #[values(1, 2, 3)] at: usize,
    #[case] breaks: Breaks,
    #[case] then: Then,
) {
    let then = match then {
        Then::DeadUntilThereIsARepository(words) if at == 1 => Then::Dead(words),
        Then::DeadUntilThereIsARepository(_) => Then::Waits,
        Then::DeadUnlessInviting(_) if at == 2 => Then::NotInvited,
        Then::DeadUnlessInviting(words) => Then::Dead(words),
        other => other,
    };
    let Stage {
        world,
        _dir,
        flaky: _flaky,
    } = stage(AFTER_THE_LOOK_UP + at, breaks).await;
    let script = vec![small::script(&accepts())];
    // A play ends with an error when it meets a dead job.
    let played = play(&world, &small::version(), script, &mut |_| {}).await;
    assert_eq!(played.is_err(), matches!(then, Then::Dead(_)));
    let rows = show::work_samples(&world.services, Default::default()).await;
    let id = &rows.unwrap()[0].id;
    let job = provisioning_job(&world).await;
    let reason = job.last_error.clone().unwrap_or_default();
    let (before, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(before.state, State::Accepted);
    match then {
        Then::Waits => {
            assert_eq!(job.state, JobState::Ready, "{reason}");
            assert!(job.run_at > world.now(), "it waits before it tries again");
            assert_eq!(before.stuck.len(), 0);
        }
        Then::NotInvited => {
            assert_eq!(job.state, JobState::Done, "{reason}");
            let failure = before.invitation_failure().unwrap();
            assert_eq!(failure.code, InvitationProblem::InvitationRefused);
            assert!(before.stuck.is_empty(), "it is nobody's trouble");
            let again = Command::Reinvite;
            act::act(&world.services, id, again, played::lead())
                .await
                .unwrap();
        }
        Then::Dead(words)
        | Then::DeadUntilThereIsARepository(words)
        | Then::DeadUnlessInviting(words) => {
            assert_eq!(job.state, JobState::Dead, "{reason}");
            assert!(reason.contains(words), "{reason}");
            assert_eq!(before.stuck.len(), 1, "the lead sees it too");
            jobs::retry(&world.services, job.id).await.unwrap();
        }
    }
    world.clock.advance(chrono::Duration::minutes(6));
    world.settle().await.unwrap();
    let (after, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(counts(&world).await, (1, 1, 1));
    world.stop().await.unwrap();
}

async fn provisioning_job(world: &World) -> JobRow {
    let filter = JobFilter {
        kind: Some("provision".to_owned()),
        ..JobFilter::default()
    };
    let mut found = jobs::list(&world.services, filter).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_of_a_commit_that_does_not_exist_is_refused_and_of_one_that_does_taken() {
    let Stage {
        world,
        _dir,
        flaky: _flaky,
    } = stage(0, Breaks::Before).await;
    let script = vec![small::script(&accepts())];
    let played = play(&world, &small::version(), script, &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let (before, _) = show::work_sample(&world.services, id).await.unwrap();
    let nothing = "0123456789012345678901234567890123456789".parse().unwrap();
    let refused = deliver::deliver(&world.services, id, deliver::What::Commit(nothing), false)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "no_such_commit");
    let (after, _) = show::work_sample(&world.services, id).await.unwrap();
    assert_eq!(after.last_seq, before.last_seq, "nothing was recorded");
    let first = before.provisioning.first_commit.clone().unwrap();
    let of = deliver::What::Commit;
    let starter = deliver::deliver(&world.services, id, of(first.clone()), false).await;
    assert_eq!(starter.unwrap_err().code(), "starter_unchanged");
    let delivered = deliver::deliver(&world.services, id, of(first), true)
        .await
        .unwrap();
    assert_eq!(delivered.state, State::Delivered);
    world.stop().await.unwrap();
}

/// Launched: the work sample's id and the name that its repository will have.
async fn launched(world: &World) -> (WorkSampleId, String) {
    let id = played::launched(world).await;
    let name = format!("ws-greeting-{}", id.short());
    (id, name)
}

async fn accept(world: &World, id: &WorkSampleId) -> Vec<Outcome> {
    played::accept(world, id).await;
    world.settle().await.unwrap()
}

fn the_dead(outcomes: &[Outcome]) -> String {
    outcomes
        .iter()
        .find_map(|one| match one {
            Outcome::Dead { error, .. } => Some(error.clone()),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nothing is dead: {outcomes:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_with_our_marker_is_adopted_and_one_without_it_is_left_alone() {
    for marked in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), None, None).await;
        let (id, name) = launched(&world).await;
        let description = if marked {
            format!("left by an attempt: {id}")
        } else {
            "mine".into()
        };
        let body = serde_json::json!({ "name": name, "private": true, "description": description });
        behind_its_back(
            &world,
            reqwest::Method::POST,
            &format!("orgs/{ORG}/repos"),
            body,
        )
        .await;
        let outcomes = accept(&world, &id).await;
        let (after, _) = show::work_sample(&world.services, &id).await.unwrap();
        if marked {
            assert_eq!(after.state, State::Provisioned, "{outcomes:?}");
            assert_eq!(counts(&world).await, (1, 1, 1));
        } else {
            let dead = the_dead(&outcomes);
            assert!(dead.contains("is not ours"), "{dead}");
            assert_eq!(after.state, State::Accepted);
            assert_eq!(after.stuck.len(), 1, "a lead sees it");
            assert_eq!(counts(&world).await, (1, 0, 0), "nothing was put into it");
        }
        world.stop().await.unwrap();
    }
}

#[rstest]
#[case::before_the_invitation(2)]
#[case::before_the_kickoff(3)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_is_put_into_a_repository_that_was_made_public_meanwhile(#[case] at: usize) {
    let Stage { world, flaky, _dir } = stage(at, Breaks::Before).await;
    let (id, name) = launched(&world).await;
    accept(&world, &id).await;
    let public = serde_json::json!({ "private": false });
    // The webhook that tells of it is lost.
    world
        .stand_in
        .set_webhook("http://127.0.0.1:9/nobody", "nobody")
        .unwrap();
    behind_its_back(
        &world,
        reqwest::Method::PATCH,
        &format!("repos/{ORG}/{name}"),
        public,
    )
    .await;
    world.clock.advance(chrono::Duration::minutes(1));
    let outcomes = world.settle().await.unwrap();
    let dead = the_dead(&outcomes);
    assert!(dead.contains("is not private"), "{dead}");
    let (after, _) = show::work_sample(&world.services, &id).await.unwrap();
    assert_eq!(after.state, State::Accepted);
    let invited = usize::from(at > 2);
    assert_eq!(counts(&world).await, (1, invited, 0));
    drop(flaky);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_whose_making_was_never_answered_and_that_is_not_shown_at_first_is_found() {
    let Stage { world, flaky, _dir } = stage(0, Breaks::Before).await;
    let planned = |request: &str, nth, fault| PlannedFault {
        request: request.to_owned(),
        nth,
        fault,
    };
    // Looked for before the second attempt and after it, both times in vain.
    let read = "GET /repos/{owner}/{repo}";
    let plan = FaultPlan {
        at: vec![
            planned("POST /orgs/{org}/repos", 1, Fault::ServerErrorAfter),
            planned(read, 1, Fault::NotYetVisible),
            planned(read, 2, Fault::NotYetVisible),
        ],
        ..FaultPlan::default()
    };
    world.stand_in.set_faults(plan).unwrap();
    let scripts = vec![small::script(&accepts())];
    play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    for _ in 0..3 {
        world.clock.advance(chrono::Duration::minutes(1));
        world.settle().await.unwrap();
    }
    assert_eq!(world.stand_in.faults_met().len(), 3);
    assert_eq!(counts(&world).await, (1, 1, 1), "{:?}", flaky.requests());
    assert_eq!(provisioning_job(&world).await.state, JobState::Done);
    world.stop().await.unwrap();
}
