//! Invitations: what becomes of them is seen, another can be sent, and there is never more than one.

use rstest::rstest;
use worksample::ids::WorkSampleId;
use worksample::stand_in::Fault;
use worksample::work_sample::{Actor, Afterwards, Command, InvitationState};
use worksample::workflow::worker::Outcome;
use worksample::workflow::{Services, act, reconcile};

use crate::support::flaky::Breaks;
use crate::support::played::{On, Stage, as_account, first_meets, folded, lead};

/// A candidate who accepted the offer and was invited, and nothing more.
async fn invited(on: On) -> Option<Stage> {
    Stage::up_to("do = \"wait\"", on).await
}

async fn state(services: &Services, id: &WorkSampleId) -> InvitationState {
    folded(services, id).await.invitation.unwrap().state
}

/// What GitHub lists: (id, login).
async fn listed(stage: &Stage) -> Vec<(u64, String)> {
    let (_, listed) = stage.at_github("/invitations").await;
    listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let login = one["invitee"]["login"].as_str().unwrap().to_owned();
            (one["id"].as_u64().unwrap(), login)
        })
        .collect()
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_lapsed_is_seen_and_another_one_sent_when_the_candidate_asks(
    #[case] on: On,
) {
    let Some(stage) = invited(on).await else {
        return;
    };
    let services = &stage.world.services;
    assert_eq!(state(services, &stage.id).await, InvitationState::Pending);
    let refused = act::act(services, &stage.id, Command::Reinvite, Actor::Candidate)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "invitation_open");
    let first = listed(&stage).await;

    stage.world.clock.advance(chrono::Duration::days(8));
    reconcile::reconcile(services, &stage.id).await.unwrap();
    assert_eq!(state(services, &stage.id).await, InvitationState::Expired);
    act::act(services, &stage.id, Command::Reinvite, Actor::Candidate)
        .await
        .unwrap();
    stage.world.settle().await.unwrap();
    assert_eq!(state(services, &stage.id).await, InvitationState::Pending);
    let second = listed(&stage).await;
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_invitation_is_told_from_an_accepted_one_without_any_webhook(#[case] on: On) {
    for accepts in [true, false] {
        let Some(stage) = invited(on).await else {
            return;
        };
        let world = &stage.world;
        world
            .stand_in
            .set_webhook("http://127.0.0.1:9/nobody", "nobody")
            .unwrap();
        let token = world.stand_in.add_user("toni-talks", "Toni Talks").unwrap();
        let (id, _) = listed(&stage).await.remove(0);
        let url = format!(
            "{}user/repository_invitations/{id}",
            world.stand_in.api_url()
        );
        let client = reqwest::Client::new();
        let answered = if accepts {
            as_account(client.patch(url), &token).await
        } else {
            as_account(client.delete(url), &token).await
        };
        assert!(answered.status().is_success());
        world.clock.advance(chrono::Duration::hours(1));
        reconcile::reconcile(&world.services, &stage.id)
            .await
            .unwrap();
        let expected = if accepts {
            InvitationState::Accepted
        } else {
            InvitationState::Declined
        };
        assert_eq!(state(&world.services, &stage.id).await, expected);
        let again = act::act(&world.services, &stage.id, Command::Reinvite, lead()).await;
        match again {
            Ok(_) => assert!(!accepts),
            Err(refused) => {
                assert!(accepts);
                assert_eq!(refused.code(), "already_joined");
            }
        }
        stage.world.stop().await.unwrap();
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_corrects_their_login_and_only_the_right_account_is_the_candidates(
    #[case] on: On,
) {
    let Some(stage) = invited(on).await else {
        return;
    };
    let world = &stage.world;
    world
        .stand_in
        .add_user("toni-works", "Toni at work")
        .unwrap();
    let command = Command::CorrectLogin {
        login: "toni-works".parse().unwrap(),
    };
    act::act(
        &world.services,
        &stage.id,
        command.clone(),
        Actor::Candidate,
    )
    .await
    .unwrap();
    world.settle().await.unwrap();
    let listed: Vec<String> = listed(&stage)
        .await
        .into_iter()
        .map(|(_, login)| login)
        .collect();
    assert_eq!(listed, ["toni-works"], "the wrong account's is taken back");
    let work_sample = folded(&world.services, &stage.id).await;
    assert_eq!(work_sample.login.unwrap().as_str(), "toni-works");
    let refused = act::act(&world.services, &stage.id, command, Actor::Candidate)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "same_login");
    stage.world.stop().await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whichever_exchange_breaks_there_is_one_invitation_and_it_is_the_new_one(
    #[values(1, 2, 3, 4, 5)] at: usize,
    #[values(Breaks::Before, Breaks::After)] breaks: Breaks,
    #[values(On::Sqlite, On::Postgres)] on: On,
) {
    let Some(stage) = invited(on).await else {
        return;
    };
    let first = listed(&stage).await;
    let twin = stage.beside((at, breaks), Afterwards::Archive).await;
    act::act(&twin.services, &stage.id, Command::Reinvite, lead())
        .await
        .unwrap();
    twin.worker.drain().await.unwrap();
    assert!(
        !folded(&twin.services, &stage.id).await.provisioning.invited,
        "the break was felt"
    );
    stage.world.clock.advance(chrono::Duration::minutes(1));
    let outcomes = twin.worker.drain().await.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|one| matches!(one, Outcome::Done { .. })),
        "{outcomes:?}"
    );
    let seen = twin.flaky.seen();
    let work_sample = folded(&twin.services, &stage.id).await;
    let second = listed(&stage).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);
    assert_eq!(work_sample.invitation.unwrap().id, Some(second[0].0));
    assert!(work_sample.account.is_some(), "the account's id is known");
    worksample::workflow::invite::invite(&twin.services, &stage.id)
        .await
        .unwrap();
    assert_eq!(twin.flaky.seen(), seen, "a rerun calls nobody");
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_that_accepted_is_taken_out_when_the_login_is_corrected(#[case] on: On) {
    let Some(stage) = invited(on).await else {
        return;
    };
    let world = &stage.world;
    // Nobody hears that it accepted.
    world
        .stand_in
        .set_webhook("http://127.0.0.1:9/nobody", "nobody")
        .unwrap();
    let token = world.stand_in.add_user("toni-talks", "Toni Talks").unwrap();
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    let (id, _) = listed(&stage).await.remove(0);
    let url = format!(
        "{}user/repository_invitations/{id}",
        world.stand_in.api_url()
    );
    let accepted = as_account(reqwest::Client::new().patch(url), &token).await;
    assert!(accepted.status().is_success());
    assert_eq!(stage.at_github("/collaborators/toni-talks").await.0, 204);
    // GitHub does not find whom to take out, and yet has them in it.
    let plan = first_meets(
        format!("DELETE /repos/{}/collaborators/toni-talks", stage.full_name),
        Fault::NotYetVisible,
    );
    world.stand_in.set_faults(plan).unwrap();

    let command = Command::CorrectLogin {
        login: "toni-works".parse().unwrap(),
    };
    act::act(&world.services, &stage.id, command, lead())
        .await
        .unwrap();
    world.settle().await.unwrap();
    assert_eq!(world.stand_in.faults_met().len(), 1);
    world.clock.advance(chrono::Duration::minutes(1));
    world.settle().await.unwrap();
    assert_eq!(stage.at_github("/collaborators/toni-talks").await.0, 404);
    let logins: Vec<String> = listed(&stage).await.into_iter().map(|one| one.1).collect();
    assert_eq!(logins, ["toni-works"]);
    let work_sample = folded(&world.services, &stage.id).await;
    assert_eq!(work_sample.strays, Vec::new());
    stage.world.stop().await.unwrap();
}

/// Whoever has this login accepts their invitation.
async fn accepts(stage: &Stage, login: &str) {
    let world = &stage.world;
    let token = world.stand_in.add_user(login, login).unwrap();
    let (id, _) = listed(stage).await.remove(0);
    let url = format!(
        "{}user/repository_invitations/{id}",
        world.stand_in.api_url()
    );
    let accepted = as_account(reqwest::Client::new().patch(url), &token).await;
    assert!(accepted.status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_of_which_it_is_known_that_it_joined_is_corrected_by_the_team() {
    let Some(stage) = invited(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    accepts(&stage, "toni-talks").await;
    world.settle().await.unwrap();
    assert_eq!(
        state(&world.services, &stage.id).await,
        InvitationState::Accepted
    );
    // Under the name of the invitation it is not to be found any more.
    world
        .stand_in
        .rename_user("toni-talks", "toni-elsewhere")
        .unwrap();
    reconcile::reconcile(&world.services, &stage.id)
        .await
        .unwrap();
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    let command = || Command::CorrectLogin {
        login: "toni-works".parse().unwrap(),
    };
    let refused = act::act(&world.services, &stage.id, command(), Actor::Candidate).await;
    assert_eq!(refused.unwrap_err().code(), "already_joined");
    act::act(&world.services, &stage.id, command(), lead())
        .await
        .unwrap();
    world.settle().await.unwrap();
    let (_, people) = stage.at_github("/collaborators?affiliation=outside").await;
    assert_eq!(people, serde_json::json!([]), "nobody is in it");
    let logins: Vec<String> = listed(&stage).await.into_iter().map(|one| one.1).collect();
    assert_eq!(logins, ["toni-works"]);
    accepts(&stage, "toni-works").await;
    world.settle().await.unwrap();
    let corrected = folded(&world.services, &stage.id).await;
    let invitation = corrected.invitation.unwrap();
    assert_eq!(invitation.state, InvitationState::Accepted);
    assert_eq!(invitation.login.to_string(), "toni-works");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_worked_is_the_candidates_for_good() {
    let Some(stage) = Stage::up_to("do = \"deliver\"", On::Sqlite).await else {
        return;
    };
    let login = "toni-works".parse().unwrap();
    let command = Command::CorrectLogin { login };
    let refused = act::act(&stage.world.services, &stage.id, command, lead()).await;
    assert_eq!(refused.unwrap_err().code(), "already_joined");
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_followed_under_its_new_name_and_is_gone_only_where_it_stays_so() {
    let Some(stage) = invited(On::Sqlite).await else {
        return;
    };
    let world = &stage.world;
    let services = &world.services;
    world
        .stand_in
        .rename_user("toni-talks", "toni-writes")
        .unwrap();
    reconcile::reconcile(services, &stage.id).await.unwrap();
    let renamed = folded(services, &stage.id).await;
    assert_eq!(renamed.login.unwrap().to_string(), "toni-writes");

    world.stand_in.delete_user("toni-writes").unwrap();
    let passed = reconcile::reconcile(services, &stage.id).await.unwrap();
    let again_at = passed.again_at.expect("one look says nothing");
    assert_ne!(
        state(services, &stage.id).await,
        InvitationState::AccountGone
    );
    world.clock.advance_to(again_at);
    reconcile::reconcile(services, &stage.id).await.unwrap();
    assert_eq!(
        state(services, &stage.id).await,
        InvitationState::AccountGone
    );
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_of_which_nobody_heard_is_taken_back_once_its_login_is_corrected(
    #[case] on: On,
) {
    let Some(stage) = invited(on).await else {
        return;
    };
    let world = &stage.world;
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    world.stand_in.add_user("toni-home", "Toni").unwrap();
    // Looks, takes the first back, sends: the answer to that is lost.
    let twin = stage.beside((5, Breaks::After), Afterwards::Archive).await;
    for login in ["toni-works", "toni-home"] {
        let login = login.parse().unwrap();
        let command = Command::CorrectLogin { login };
        act::act(&twin.services, &stage.id, command, lead())
            .await
            .unwrap();
        for _ in 0..3 {
            twin.worker.drain().await.unwrap();
            world.clock.advance(chrono::Duration::seconds(20));
        }
    }
    let logins: Vec<String> = listed(&stage).await.into_iter().map(|one| one.1).collect();
    assert_eq!(logins, ["toni-home"]);
    twin.services.store.close().await;
    stage.world.stop().await.unwrap();
}
