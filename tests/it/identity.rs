//! An App at GitHub: tokens that are kept and renewed, and everything that GitHub may have against it, each with a code.

use std::net::Ipv4Addr;
use std::sync::Arc;

use chrono::Duration;
use worksample::clock::{Clock as _, SimulatedClock, SystemClock, Timestamp};
use worksample::github::{
    Choice, Credentials, GitHub, GitHubError, NewApp, Organizations, exchange_code,
};
use worksample::ids::{Login, RandomIds};
use worksample::stand_in::{Limits, StandIn, StandInSettings};

use crate::support::app_world;

struct Stage {
    _dir: tempfile::TempDir,
    stand_in: StandIn,
    clock: Arc<SimulatedClock>,
    app: NewApp,
}

fn orgs() -> Vec<Login> {
    ["acme", "beta"]
        .iter()
        .map(|org| org.parse().unwrap())
        .collect()
}

impl Stage {
    /// A stand-in whose clock stands at the present until it is moved, and an App made from our own manifest.
    async fn set() -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::starting_at(SystemClock.now());
        let stand_in = StandIn::start(StandInSettings {
            bind: (Ipv4Addr::LOCALHOST, 0).into(),
            data_dir: dir.path().to_owned(),
            clock: clock.clone(),
            ids: Arc::new(RandomIds),
            orgs: orgs().iter().map(ToString::to_string).collect(),
            service_login: "worksample-bot".to_owned(),
            path: worksample::config::program_path(),
            limits: Limits::GITHUB,
        })
        .await
        .unwrap();
        let app = new_app(&stand_in, "worksample", clock.now()).await;
        Stage {
            _dir: dir,
            stand_in,
            clock,
            app,
        }
    }

    fn as_app(&self, id: u64, key: &str, clock: Arc<SimulatedClock>) -> Organizations {
        let credentials = Credentials::App {
            id,
            key: key.to_owned().into(),
        };
        let clock = clock as worksample::clock::SharedClock;
        Organizations::new(&self.stand_in.api_url(), &orgs(), &credentials, &clock).unwrap()
    }

    fn ours(&self) -> Organizations {
        self.as_app(self.app.id, key_of(&self.app), self.clock.clone())
    }

    /// Tokens that GitHub was asked for.
    fn tokens(&self) -> u64 {
        let calls = self.stand_in.calls();
        calls
            .iter()
            .filter(|(call, _)| call.starts_with("POST") && call.contains("access_tokens"))
            .map(|(_, count)| count)
            .sum()
    }
}

fn key_of(app: &NewApp) -> &str {
    use secrecy::ExposeSecret as _;
    app.key.expose_secret()
}

async fn new_app(stand_in: &StandIn, name: &str, now: Timestamp) -> NewApp {
    let webhook = ("https://example.com/hook", app_world::ANYWHERE);
    app_world::new_app((stand_in, &stand_in.api_url(), "acme"), name, webhook, now).await
}

async fn refusal(github: &GitHub) -> GitHubError {
    github.git_token().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_once_kept_and_renewed_before_its_end() {
    let stage = Stage::set().await;
    stage.stand_in.install_app(stage.app.id, "acme").unwrap();
    let ours = stage.ours();
    let github = ours.first().unwrap();
    let ten = futures_util::future::join_all((0..10).map(|_| github.git_token())).await;
    assert!(ten.iter().all(Result::is_ok), "{ten:?}");
    assert_eq!(
        stage.tokens(),
        1,
        "those who come at the same time wait for one"
    );

    stage.clock.advance(Duration::minutes(49));
    github.reading().await.unwrap();
    assert_eq!(stage.tokens(), 1);
    stage.clock.advance(Duration::minutes(2));
    github.reading().await.unwrap();
    assert_eq!(
        stage.tokens(),
        2,
        "nine minutes before its end it is renewed"
    );
    stage.clock.advance(Duration::days(1));
    github.reading().await.unwrap();
    assert_eq!(stage.tokens(), 3, "whoever waited long takes a new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organisation_that_is_suspended_or_lost_harms_no_other_and_comes_back_by_itself() {
    let stage = Stage::set().await;
    let acme = stage.stand_in.install_app(stage.app.id, "acme").unwrap();
    stage.stand_in.install_app(stage.app.id, "beta").unwrap();
    let ours = stage.ours();
    let (one, other) = (ours.named("ACME").unwrap(), ours.named("beta").unwrap());
    one.reading().await.unwrap();
    other.reading().await.unwrap();

    stage.stand_in.suspend_app(acme, true).unwrap();
    stage.clock.advance(Duration::hours(2));
    let suspended = refusal(one).await;
    assert_eq!(
        suspended.code(),
        "github_installation_suspended",
        "{suspended}"
    );
    assert!(suspended.is_transient() && suspended.not_before(stage.clock.now()).is_some());
    other.reading().await.unwrap();
    stage.stand_in.suspend_app(acme, false).unwrap();
    one.reading().await.unwrap();

    stage.stand_in.uninstall_app(acme).unwrap();
    stage.clock.advance(Duration::hours(2));
    let lost = refusal(one).await;
    assert_eq!(lost.code(), "github_not_installed", "{lost}");
    stage.stand_in.install_app(stage.app.id, "acme").unwrap();
    one.reading().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_github_has_against_an_app_has_a_code_of_its_own() {
    let stage = Stage::set().await;
    let (id, key) = (stage.app.id, key_of(&stage.app).to_owned());
    let code = async |id: u64, key: &str, clock: &Arc<SimulatedClock>| {
        let ours = stage.as_app(id, key, Arc::clone(clock));
        let error = refusal(ours.first().unwrap()).await;
        (error.code(), error)
    };
    assert_eq!(code(id, &key, &stage.clock).await.0, "github_not_installed");
    assert_eq!(
        code(id, "no key", &stage.clock).await.0,
        "github_key_invalid"
    );
    assert_eq!(
        code(id + 1000, &key, &stage.clock).await.0,
        "github_app_unknown"
    );
    let other = new_app(&stage.stand_in, "another", stage.clock.now()).await;
    assert_eq!(
        code(id, key_of(&other), &stage.clock).await.0,
        "github_key_refused"
    );

    for minutes in [10, -10] {
        let off = SimulatedClock::starting_at(stage.clock.now() + Duration::minutes(minutes));
        let (code, error) = code(id, &key, &off).await;
        assert_eq!(code, "github_clock_off", "{error}");
        let words = if minutes > 0 { "ahead of" } else { "behind" };
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_and_nothing_that_only_looks_like_one() {
    let stage = Stage::set().await;
    let url = stage.stand_in.api_url();
    for odd in ["never-given", "../app", ""] {
        let error = exchange_code(&url, odd, stage.clock.now())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "github_not_found", "{odd}: {error}");
    }
    assert!(
        !format!("{:?}", stage.app).contains("PRIVATE"),
        "the key does not show"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_not_public_is_installed_by_its_owner_alone() {
    let stage = Stage::set().await;
    let webhook = ("https://example.com/hook", Choice::default());
    let at = (&stage.stand_in, stage.stand_in.api_url());
    let private =
        app_world::new_app((at.0, &at.1, "acme"), "private", webhook, stage.clock.now()).await;
    stage.stand_in.install_app(private.id, "acme").unwrap();
    let refused = stage.stand_in.install_app(private.id, "beta").unwrap_err();
    assert!(refused.to_string().contains("only its owner"), "{refused}");
    stage.stand_in.install_app(stage.app.id, "beta").unwrap();
}
