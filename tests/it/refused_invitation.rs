//! Logins that GitHub does not invite: why is shown at once, and after a correction nothing is left of it.

use rstest::rstest;
use tempfile::TempDir;
use tokio::process::Command as Process;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{ORG, World};
use worksample::stand_in::InvitingRules;
use worksample::store::{JobFilter, JobState};
use worksample::web::api::views::{OfferView, WorkSampleLine, WorkSampleView};
use worksample::work_sample::{Actor, Command, InvitationState, State, WorkSample};
use worksample::workflow::{act, jobs, reconcile, show};

use crate::support::played::{self, Database, On, Stage, behind_its_back, folded, lead};
use crate::support::small;

/// A world with one offer that was accepted with a login, and worked on until nothing is due.
struct Accepted {
    dir: TempDir,
    database: Database,
    world: World,
    id: WorkSampleId,
}

impl Accepted {
    async fn with(login: &str, rules: InvitingRules, on: On) -> Option<Accepted> {
        let database = on.database()?;
        let dir = tempfile::tempdir().unwrap();
        let world = small::world(dir.path(), database.url(), None).await;
        world.stand_in.set_inviting(ORG, rules).unwrap();
        let id = played::launched(&world).await;
        let command = Command::Accept {
            login: login.parse().unwrap(),
            due_at: world.now() + chrono::Duration::days(1),
            terms_sha256: None,
        };
        act::act(&world.services, &id, command, Actor::Candidate)
            .await
            .unwrap();
        world.settle().await.unwrap();
        Some(Accepted {
            dir,
            database,
            world,
            id,
        })
    }

    async fn folded(&self) -> WorkSample {
        folded(&self.world.services, &self.id).await
    }

    async fn act(&self, command: Command, actor: Actor) {
        act::act(&self.world.services, &self.id, command, actor)
            .await
            .unwrap();
        self.world.settle().await.unwrap();
    }

    /// What the API's list shows.
    async fn line(&self) -> WorkSampleLine {
        let rows = show::work_samples(&self.world.services, Default::default()).await;
        WorkSampleLine::from(&rows.unwrap()[0])
    }

    /// Jobs that are not done, by kind, apart from the regular ones.
    async fn unfinished(&self) -> Vec<(String, JobState)> {
        let all = jobs::list(&self.world.services, JobFilter::default()).await;
        all.unwrap()
            .into_iter()
            .filter(|job| job.state != JobState::Done)
            .filter(|job| {
                matches!(job.kind.as_str(), "provision" | "invite") || job.state == JobState::Dead
            })
            .map(|job| (job.kind, job.state))
            .collect()
    }

    /// What the binary prints, with ids left out.
    async fn said(&self, arguments: &[&str]) -> String {
        let file = self.dir.path().join("worksample.db");
        let url = self
            .database
            .url()
            .unwrap_or_else(|| format!("sqlite://{}", file.display()));
        let output = Process::new(env!("CARGO_BIN_EXE_worksample"))
            .args(arguments)
            .env_clear()
            .env("PATH", worksample::config::program_path())
            .env("WORKSAMPLE_DATABASE_URL", url)
            .env("WORKSAMPLE_DATA_DIR", self.dir.path().join("data"))
            .output()
            .await
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.replace(self.id.as_str(), "ws_ID")
            .replace(&self.world.stand_in.api_url(), "http://GITHUB/")
    }
}

fn correct(login: &str) -> Command {
    Command::CorrectLogin {
        login: login.parse().unwrap(),
    }
}

#[rstest]
#[case::by_the_candidate_on_sqlite(On::Sqlite, Actor::Candidate)]
#[case::by_the_lead_on_sqlite(On::Sqlite, lead())]
#[case::by_the_candidate_on_postgres(On::Postgres, Actor::Candidate)]
#[case::by_the_lead_on_postgres(On::Postgres, lead())]
#[tokio::test(flavor = "multi_thread")]
async fn mistyped_login_is_shown_at_once_and_correction_leaves_nothing_behind(
    #[case] on: On,
    #[case] corrects: Actor,
) {
    let rules = InvitingRules::default();
    let Some(stage) = Accepted::with("toni-tolks", rules, on).await else {
        return;
    };
    let services = &stage.world.services;
    let work_sample = stage.folded().await;
    let failure = work_sample.invitation_failure().unwrap();
    assert_eq!(
        (failure.key.0.as_str(), failure.code.code()),
        ("invitation_failed:0:1", "no_such_account")
    );
    assert_eq!(work_sample.state, State::Accepted);
    assert!(work_sample.provisioning.repository.is_some());
    assert_eq!(work_sample.stuck, vec![], "it is not the service's trouble");
    assert_eq!(
        stage.unfinished().await,
        vec![],
        "nothing is retried in vain"
    );
    let line = serde_json::to_value(stage.line().await).unwrap();
    assert_eq!(line["invitation_failure"], "no_such_account");
    let (_, version) = show::work_sample(services, &stage.id).await.unwrap();
    let view = serde_json::to_value(WorkSampleView::of(&work_sample, &version)).unwrap();
    let offer = serde_json::to_value(OfferView::of(&work_sample, &version)).unwrap();
    insta::assert_json_snapshot!("not_invited_in_api", view["invitation_failure"]);
    insta::assert_json_snapshot!("not_invited_in_offer", offer["invitation_failure"]);
    let said = stage.said(&["show", stage.id.as_str()]).await;
    insta::assert_snapshot!("not_invited_in_show", said);
    insta::assert_snapshot!("not_invited_in_list", stage.said(&["show"]).await);
    let report = show::report(services, &stage.id).await.unwrap();
    let text = report.to_markdown();
    assert!(text.contains("GitHub did not invite toni-tolks"), "{text}");
    assert!(!text.contains("The service needed a person"), "{text}");
    let seen = stage.world.stand_in.calls();
    stage.world.clock.advance(chrono::Duration::hours(5));
    stage.world.settle().await.unwrap();
    let put = "PUT /repos/{owner}/{repo}/collaborators/{login}";
    assert_eq!(stage.world.stand_in.calls().get(put), seen.get(put));

    stage.act(correct("toni-talks"), corrects).await;
    let after = stage.folded().await;
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(
        after.invitation.as_ref().unwrap().state,
        InvitationState::Pending
    );
    assert_eq!(after.invitation_failure(), None);
    assert_eq!(after.stuck, vec![]);
    assert_eq!(stage.unfinished().await, vec![]);
    assert_eq!(stage.line().await.invitation_failure, None);
    let said = stage.said(&["show", stage.id.as_str()]).await;
    assert!(!said.contains("NOT INVITED"), "{said}");
    let said = stage.said(&["doctor"]).await;
    assert!(said.contains("none is dead"), "{said}");
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case(InvitingRules { no_outside_collaborators: true, ..InvitingRules::default() }, "outside_collaborators_forbidden")]
#[case(InvitingRules { seats_left: Some(0), ..InvitingRules::default() }, "no_seat_left")]
#[case(InvitingRules { without_two_factor: vec!["toni-talks".to_owned()], ..InvitingRules::default() }, "two_factor_required")]
#[case(InvitingRules { blocked: vec!["toni-talks".to_owned()], ..InvitingRules::default() }, "account_blocked")]
#[tokio::test(flavor = "multi_thread")]
async fn refused_invitation_names_its_reason_and_succeeds_once_that_is_gone(
    #[case] rules: InvitingRules,
    #[case] code: &str,
    #[values(On::Sqlite, On::Postgres)] on: On,
) {
    let Some(stage) = Accepted::with("toni-talks", rules.clone(), on).await else {
        return;
    };
    let refused = stage.folded().await;
    assert_eq!(refused.invitation_failure().unwrap().code.code(), code);
    // Asked for again too early, it is refused again, and said so.
    stage.act(Command::Reinvite, lead()).await;
    let again = stage.folded().await;
    let keys: Vec<&str> = again
        .invitation_failures
        .iter()
        .map(|failure| failure.key.0.as_str())
        .collect();
    assert_eq!(keys, ["invitation_failed:0:1", "invitation_failed:1:1"]);
    assert_eq!((again.state, again.stuck), (State::Accepted, vec![]));
    let stand_in = &stage.world.stand_in;
    stand_in
        .set_inviting(ORG, InvitingRules::default())
        .unwrap();
    stage.act(Command::Reinvite, Actor::Candidate).await;
    let after = stage.folded().await;
    assert_eq!(after.state, State::Provisioned);
    assert_eq!(after.invitation_failure(), None);
    assert_eq!(stage.unfinished().await, vec![]);
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_user_is_warned_of_and_not_invited() {
    let rules = InvitingRules::default();
    let Some(stage) = Accepted::with("toni_acme", rules, On::Sqlite).await else {
        return;
    };
    // As long as the account does not exist, that is what is wrong.
    let failure = stage.folded().await;
    let code = failure.invitation_failure().unwrap().code.code();
    assert_eq!(code, "no_such_account");
    stage.world.stand_in.add_user("toni_acme", "Toni").unwrap();
    stage.act(Command::Reinvite, lead()).await;
    let work_sample = stage.folded().await;
    let failure = work_sample.invitation_failure().unwrap();
    assert_eq!(failure.code.code(), "managed_user");
    let (_, version) = show::work_sample(&stage.world.services, &stage.id)
        .await
        .unwrap();
    let offer = OfferView::of(&work_sample, &version);
    let warning = offer.login_warning.unwrap();
    assert!(
        warning.contains("repositories of their own enterprise only"),
        "{warning}"
    );
    let said = stage.said(&["show", stage.id.as_str()]).await;
    assert!(said.contains(&warning), "{said}");
    stage.act(correct("toni-talks"), Actor::Candidate).await;
    let after = stage.folded().await;
    assert_eq!(after.state, State::Provisioned);
    let view = WorkSampleView::of(&after, &version);
    assert_eq!(view.login_warning, None);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn refused_second_invitation_is_shown_and_leaves_the_work_going(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"wait\"", on).await else {
        return;
    };
    let (world, services) = (&stage.world, &stage.world.services);
    world.clock.advance(chrono::Duration::days(8));
    reconcile::reconcile(services, &stage.id).await.unwrap();
    let full = InvitingRules {
        seats_left: Some(0),
        ..InvitingRules::default()
    };
    world.stand_in.set_inviting(ORG, full).unwrap();
    act::act(services, &stage.id, Command::Reinvite, lead())
        .await
        .unwrap();
    world.settle().await.unwrap();
    let refused = folded(services, &stage.id).await;
    assert_eq!(
        refused.invitation_failure().unwrap().code.code(),
        "no_seat_left"
    );
    let invitation = refused.invitation.as_ref().unwrap();
    assert_eq!(invitation.state, InvitationState::Refused);
    assert_eq!(refused.stuck, vec![]);
    world
        .stand_in
        .set_inviting(ORG, InvitingRules::default())
        .unwrap();
    act::act(services, &stage.id, Command::Reinvite, lead())
        .await
        .unwrap();
    world.settle().await.unwrap();
    let after = folded(services, &stage.id).await;
    assert_eq!(after.invitation.unwrap().state, InvitationState::Pending);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn login_corrected_after_refused_correction_is_invited_once(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"wait\"", on).await else {
        return;
    };
    let (world, services) = (&stage.world, &stage.world.services);
    world.stand_in.add_user("toni-works", "Toni").unwrap();
    for login in ["mistyped-one", "mistyped-two", "toni-works"] {
        act::act(services, &stage.id, correct(login), lead())
            .await
            .unwrap();
        settle_in_time(world).await;
    }
    let after = folded(services, &stage.id).await;
    assert_eq!(after.strays, vec![]);
    let invitation = after.invitation.as_ref().unwrap();
    assert_eq!(
        (invitation.login.as_str(), invitation.state),
        ("toni-works", InvitationState::Pending)
    );
    let (_, listed) = stage.at_github("/invitations").await;
    let logins: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["invitee"]["login"].as_str().unwrap())
        .collect();
    assert_eq!(logins, ["toni-works"]);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn any_three_changes_of_the_login_end_with_one_invitation(
    #[values(On::Sqlite, On::Postgres)] on: On,
    #[values("mistyped-one", "toni-works", "expired", "again")] first: &str,
    #[values("mistyped-two", "toni-home", "again")] second: &str,
) {
    let Some(stage) = Stage::up_to("do = \"wait\"", on).await else {
        return;
    };
    let (world, services) = (&stage.world, &stage.world.services);
    for login in ["toni-works", "toni-home", "toni-last"] {
        world.stand_in.add_user(login, "Toni").unwrap();
    }
    for change in [first, second, "toni-last"] {
        match change {
            "expired" => {
                world.clock.advance(chrono::Duration::days(8));
                reconcile::reconcile(services, &stage.id).await.unwrap();
            }
            "again" => {
                act::act(services, &stage.id, Command::Reinvite, lead())
                    .await
                    .unwrap();
            }
            login => {
                act::act(services, &stage.id, correct(login), lead())
                    .await
                    .unwrap();
            }
        }
        settle_in_time(world).await;
    }
    let (_, listed) = stage.at_github("/invitations").await;
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["invitee"]["login"], "toni-last");
    let after = folded(services, &stage.id).await;
    assert_eq!((after.strays.as_slice(), after.stuck), (&[][..], vec![]));
    assert_eq!(after.invitation.unwrap().state, InvitationState::Pending);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::before_kickoff_on_sqlite(On::Sqlite, "nobody-5", true)]
#[case::before_kickoff_on_postgres(On::Postgres, "nobody-5", true)]
#[case::after_kickoff(On::Sqlite, "toni-talks", true)]
#[case::invited_by_hand(On::Sqlite, "nobody-5", false)]
#[tokio::test(flavor = "multi_thread")]
async fn login_that_needs_no_invitation_of_ours_leaves_no_dead_job(
    #[case] on: On,
    #[case] accepted_as: &str,
    #[case] is_member: bool,
) {
    let Some(stage) = Accepted::with(accepted_as, InvitingRules::default(), on).await else {
        return;
    };
    let stand_in = &stage.world.stand_in;
    stand_in.add_user("lea-works", "Lea").unwrap();
    if is_member {
        stand_in.add_org_member(ORG, "lea-works", true).unwrap();
    } else {
        let repository = stage.folded().await.provisioning.repository.unwrap();
        let path = format!("repos/{}/collaborators/lea-works", repository.full_name);
        let body = serde_json::json!({ "permission": "push" });
        behind_its_back(&stage.world, reqwest::Method::PUT, &path, body).await;
    }
    stage.act(correct("lea-works"), lead()).await;
    let after = stage.folded().await;
    assert_eq!(after.state, State::Provisioned);
    assert!(after.provisioning.invited);
    assert_eq!(after.stuck, vec![]);
    assert_eq!(stage.unfinished().await, vec![]);
    stage.world.stop().await.unwrap();
}

/// Works until nothing is due. Work that never ends fails the story.
async fn settle_in_time(world: &World) {
    let settled = tokio::time::timeout(std::time::Duration::from_secs(60), world.settle()).await;
    assert!(settled.is_ok(), "the work should come to its end");
    settled.unwrap().unwrap();
}
