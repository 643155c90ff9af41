//! Signing in with a GitHub account, at the stand-in; on both databases.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use hmac::{Hmac, Mac as _};
use reqwest::{StatusCode, Url};
use serde_json::json;
use sha2::Sha256;
use tokio::sync::watch;
use worksample::app::{Application, Parts, Surroundings};
use worksample::config::{GitHubSettings, Identity, OAuthClient, Settings};
use worksample::ids::SeededIds;
use worksample::rehearsal::{ORG, World};
use worksample::workflow::Services;
use worksample::workflow::people::{self, PersonDetails};
use worksample::workflow::worker::Worker;

use crate::store::stage::{Stage, on_both_databases};
use crate::support::flaky::{Breaks, Flaky};
use crate::support::small;
use crate::support::visitor::{Page, Visitor};

const APP: u64 = 4711;
pub const PUBLIC_URL: &str = "http://work.example.com";
const CALLBACK: &str = "/sign-in/github/callback";

/// A service whose people sign in at the stand-in, which can be cut off.
pub struct Entrance {
    _dir: tempfile::TempDir,
    pub world: World,
    pub address: SocketAddr,
    pub services: Arc<Services>,
    cut: Arc<AtomicBool>,
    _way: Flaky,
    stop: watch::Sender<bool>,
}

pub async fn entrance(stage: &Stage) -> Entrance {
    entrance_with(stage, |_| {}).await
}

async fn entrance_with(stage: &Stage, change: impl FnOnce(&mut GitHubSettings)) -> Entrance {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let stand_in = &world.stand_in;
    stand_in.register_app(APP, "worksample", "no key").unwrap();
    let callback = format!("{PUBLIC_URL}{CALLBACK}");
    let (id, secret) = stand_in.set_callback(APP, &callback).unwrap();
    for login in ["rita", "mallory"] {
        stand_in.add_user(login, login).unwrap();
    }
    stand_in.add_member("lea", "Lea").unwrap();
    stand_in.add_team_member(ORG, "leads", "lea").unwrap();
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let upstream = stand_in.address();
    let way = Flaky::start_where(
        move || upstream,
        Breaks::Before,
        move |_| is_cut.load(Ordering::SeqCst),
    )
    .await;
    let mut github = GitHubSettings {
        api_url: way.url(),
        orgs: vec![ORG.parse().unwrap()],
        teams: Vec::new(),
        lead_teams: vec![format!("{ORG}/leads").parse().unwrap()],
        reviewer_teams: Vec::new(),
        identity: Identity::Token(stand_in.service_token().to_owned().into()),
        client: Some(OAuthClient {
            id,
            secret: secret.into(),
        }),
        paced: false,
    };
    change(&mut github);
    let settings = Settings {
        database_url: stage.full_address().into(),
        public_url: PUBLIC_URL.into(),
        github: Some(github),
        webhook_secret: Some(world.webhook_secret().to_owned().parse().unwrap()),
        data_dir: dir.path().join("entrance"),
        ..small::settings(dir.path())
    };
    let surroundings = Surroundings {
        clock: world.clock.clone(),
        ids: Arc::new(SeededIds::new(9)),
    };
    let application = Application::build(&settings, &surroundings, None, Parts::WebOnly)
        .await
        .unwrap();
    let address = application.address().unwrap();
    let services = application.services();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(application.run(stopped));
    Entrance {
        _dir: dir,
        world,
        address,
        services,
        cut,
        _way: way,
        stop,
    }
}

/// The path and query of an address.
fn local(url: &str) -> String {
    let url: Url = url.parse().unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

impl Entrance {
    fn visitor(&self) -> Visitor {
        Visitor::at(self.address)
    }

    /// Leaves for GitHub; the address that is asked for there.
    async fn leave(&self, visitor: &mut Visitor, to: &str) -> Url {
        let page = visitor.get(&format!("/sign-in/github?to={to}")).await;
        assert_eq!(page.status, 303, "{}", page.text);
        page.location.parse().unwrap()
    }

    /// Presses the button of an account at GitHub, or Cancel; the path that GitHub sends back to.
    async fn choose(&self, asked: &Url, account: &str) -> String {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        // A browser reaches GitHub, whether or not the service does.
        let at_github = format!(
            "{}{}",
            self.world.stand_in.api_url().trim_end_matches('/'),
            asked.path()
        );
        let form = http
            .get(format!("{at_github}?{}", asked.query().unwrap()))
            .send()
            .await
            .unwrap();
        assert_eq!(form.status(), StatusCode::OK);
        let text = form.text().await.unwrap();
        assert!(text.contains("Continue as rita"), "{text}");
        let mut fields: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        fields.push(("account".to_owned(), account.to_owned()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = http
            .post(at_github)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(crate::support::form(&fields))
            .send()
            .await
            .unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.starts_with(PUBLIC_URL), "{location}");
        local(location)
    }

    async fn sign_in(&self, visitor: &mut Visitor, account: &str) -> Page {
        let asked = self.leave(visitor, "/launches").await;
        let back = self.choose(&asked, account).await;
        visitor.get(&back).await
    }

    async fn invited(&self, login: &str, role: &str) {
        let details = PersonDetails {
            name: Some(format!("{login} by name")),
            github_login: Some(login.parse().unwrap()),
            roles: Some(vec![role.to_owned()]),
            ..PersonDetails::default()
        };
        let person = people::add(&self.services, details, "test").await.unwrap();
        assert!(person.github_id.is_some());
    }

    async fn leaves_team(&self, login: &str) {
        let url = format!(
            "{}/_stand_in/orgs/{ORG}/teams/leads/members/{login}",
            self.world.stand_in.api_url().trim_end_matches('/')
        );
        let answer = reqwest::Client::new()
            .delete(url)
            .bearer_auth(self.world.stand_in.service_token())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn hears(&self, event: &str, body: &str) -> StatusCode {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.world.webhook_secret().as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let answer = reqwest::Client::new()
            .post(format!("http://{}/webhooks/github", self.address))
            .header("x-github-event", event)
            .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
            .header("x-hub-signature-256", signature)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        answer.status()
    }

    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.services.store.close().await;
        self.world.stop().await.unwrap();
    }
}

on_both_databases! {
    invited_person_signs_in_with_github,
    person_invited_by_login_alone_is_found_and_keeps_the_id,
    login_that_an_account_took_later_is_nobody_elses,
    two_sign_ins_at_once_make_one_person,
    sign_ins_beyond_the_limit_wait_for_the_next_minute,
    known_browser_signs_in_while_strangers_use_up_their_limit,
    answer_with_a_wrong_state_is_not_counted,
    role_of_a_team_ends_when_the_login_is_changed,
    team_member_becomes_lead_and_stranger_is_told_why,
    renamed_account_stays_the_same_person,
    lead_who_left_the_team_loses_the_role_within_15_minutes,
    roles_hold_for_an_hour_while_github_is_away,
    role_of_a_team_ends_after_15_minutes_of_outage_where_another_lead_is_known,
    role_of_a_team_ends_without_a_visit_once_its_holder_left,
    role_of_a_team_that_is_gone_ends_after_15_minutes,
    answer_of_github_is_taken_once_and_by_its_browser_only,
    refusals_of_github_are_pages_with_codes,
    revoked_authorisation_ends_sessions,
}

async fn invited_person_signs_in_with_github(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    let mut rita = entrance.visitor();
    let page = rita.get("/sign-in?to=/account").await;
    assert!(
        page.text.contains("/sign-in/github?to=/account"),
        "{}",
        page.text
    );
    let asked = entrance.leave(&mut rita, "/account").await;
    let query: std::collections::BTreeMap<_, _> = asked.query_pairs().into_owned().collect();
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["prompt"], "select_account");
    assert_eq!(query["redirect_uri"], format!("{PUBLIC_URL}{CALLBACK}"));
    assert!(query["state"].len() >= 43 && query["code_challenge"].len() == 43);
    let back = entrance.choose(&asked, "rita").await;
    rita.get(&back).await.leads_to("/account");
    let page = rita.get("/account").await;
    assert!(page.text.contains("rita by name"), "{}", page.text);
    // A target elsewhere leads home.
    for hostile in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        let mut again = entrance.visitor();
        let asked = entrance.leave(&mut again, hostile).await;
        let back = entrance.choose(&asked, "rita").await;
        again.get(&back).await.leads_to("/");
    }
    entrance.stop().await;
}

async fn person_invited_by_login_alone_is_found_and_keeps_the_id(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.cut.store(true, Ordering::SeqCst);
    for (login, role) in [("Rita", "reviewer"), ("lea", "reviewer")] {
        let details = PersonDetails {
            name: Some(format!("{login} by name")),
            github_login: Some(login.parse().unwrap()),
            roles: Some(vec![role.to_owned()]),
            ..PersonDetails::default()
        };
        let person = people::add(&entrance.services, details, "test").await;
        assert_eq!(person.unwrap().github_id, None, "GitHub did not say");
    }
    entrance.cut.store(false, Ordering::SeqCst);
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita")
        .await
        .leads_to("/launches");
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    let known = people::list(&entrance.services).await.unwrap();
    assert_eq!(known.len(), 2, "nobody is there twice: {known:?}");
    assert!(known.iter().all(|one| one.github_id.is_some()));
    let named = |name: &str| known.iter().find(|one| one.name == name).unwrap();
    let login = named("Rita by name").github_login.as_ref().unwrap();
    assert_eq!(login.as_str(), "rita");
    assert_eq!(named("lea by name").roles_from_teams, ["lead"]);
    entrance.stop().await;
}

async fn login_that_an_account_took_later_is_nobody_elses(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    entrance
        .world
        .stand_in
        .rename_user("rita", "rita-new")
        .unwrap();
    entrance.cut.store(true, Ordering::SeqCst);
    let details = PersonDetails {
        name: Some("Rita once more".to_owned()),
        github_login: Some("rita-new".parse().unwrap()),
        roles: Some(vec!["lead".to_owned()]),
        ..PersonDetails::default()
    };
    people::add(&entrance.services, details, "test")
        .await
        .unwrap();
    entrance.cut.store(false, Ordering::SeqCst);
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita-new")
        .await
        .leads_to("/launches");
    let known = people::list(&entrance.services).await.unwrap();
    let named = |name: &str| known.iter().find(|one| one.name == name).unwrap();
    let login = named("rita by name").github_login.as_ref().unwrap();
    assert_eq!(login.as_str(), "rita-new");
    let other = named("Rita once more");
    assert_eq!(other.github_login, None, "one account, one person");
    entrance.stop().await;
}

async fn two_sign_ins_at_once_make_one_person(stage: Stage) {
    let entrance = entrance(&stage).await;
    let (mut one, mut two) = (entrance.visitor(), entrance.visitor());
    let mut backs = Vec::new();
    for visitor in [&mut one, &mut two] {
        let asked = entrance.leave(visitor, "/launches").await;
        backs.push(entrance.choose(&asked, "lea").await);
    }
    let (first, second) = tokio::join!(one.get(&backs[0]), two.get(&backs[1]));
    first.leads_to("/launches");
    second.leads_to("/launches");
    let known = people::list(&entrance.services).await.unwrap();
    assert_eq!(known.len(), 1, "{known:?}");
    entrance.stop().await;
}

async fn sign_ins_beyond_the_limit_wait_for_the_next_minute(stage: Stage) {
    let entrance = entrance(&stage).await;
    let now = entrance.world.now();
    let full = format!("{} 119", now.timestamp().div_euclid(60));
    entrance
        .services
        .store
        .write(move |tx| tx.keep_budget("github sign-ins", &full, now))
        .await
        .unwrap();
    let mut rita = entrance.visitor();
    let junk = async |visitor: &mut Visitor| {
        let asked = entrance.leave(visitor, "/").await;
        let state = asked.query_pairs().find(|(name, _)| name == "state");
        let back = format!("{CALLBACK}?code=made-up&state={}", state.unwrap().1);
        visitor.get(&back).await
    };
    junk(&mut rita).await.is_problem(400, "github_code_bad");
    let page = junk(&mut rita).await;
    page.is_problem(429, "too_many_sign_ins");
    assert_eq!(page.retry_after, "60");
    entrance.world.clock.advance(Duration::minutes(1));
    junk(&mut rita).await.is_problem(400, "github_code_bad");
    entrance.stop().await;
}

async fn known_browser_signs_in_while_strangers_use_up_their_limit(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    let mut rita = entrance.visitor();
    let signed_in = entrance.sign_in(&mut rita, "rita").await;
    signed_in.leads_to("/launches");
    let now = entrance.world.now();
    let full = format!("{} 120", now.timestamp().div_euclid(60));
    let kept = full.clone();
    let store = &entrance.services.store;
    store
        .write(move |tx| tx.keep_budget("github sign-ins", &kept, now))
        .await
        .unwrap();
    let mut stranger = entrance.visitor();
    let page = entrance.sign_in(&mut stranger, "mallory").await;
    page.is_problem(429, "too_many_sign_ins");
    let signed_in = entrance.sign_in(&mut rita, "rita").await;
    signed_in.leads_to("/launches");
    entrance.stop().await;
}

async fn answer_with_a_wrong_state_is_not_counted(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut stranger = entrance.visitor();
    entrance.leave(&mut stranger, "/").await;
    let back = format!("{CALLBACK}?code=made-up&state=made-up");
    let page = stranger.get(&back).await;
    page.is_problem(403, "github_state_wrong");
    let store = &entrance.services.store;
    let counted = store.read(|tx| tx.budget("github sign-ins")).await.unwrap();
    assert_eq!(counted, None);
    entrance.stop().await;
}

async fn role_of_a_team_ends_when_the_login_is_changed(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "lead").await;
    let mut lea = entrance.visitor();
    let signed_in = entrance.sign_in(&mut lea, "lea").await;
    signed_in.leads_to("/launches");
    let known = people::list(&entrance.services).await.unwrap();
    let by_team = known.iter().find(|one| !one.roles_from_teams.is_empty());
    let details = PersonDetails {
        github_login: Some("mallory".parse().unwrap()),
        ..PersonDetails::default()
    };
    let id = &by_team.unwrap().id;
    let changed = people::set(&entrance.services, id, details, "test").await;
    assert!(changed.unwrap().roles_from_teams.is_empty());
    lea.get("/launches").await.is_problem(403, "no_role");
    entrance.stop().await;
}

async fn team_member_becomes_lead_and_stranger_is_told_why(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    let page = lea.get("/people").await;
    assert!(
        page.text.contains("lead (by a GitHub team)"),
        "{}",
        page.text
    );
    let mut mallory = entrance.visitor();
    let page = entrance.sign_in(&mut mallory, "mallory").await;
    page.is_problem(403, "not_invited");
    assert!(page.text.contains("mallory"), "{}", page.text);
    assert_eq!(mallory.cookie("worksample_session"), None);
    assert_eq!(people::list(&entrance.services).await.unwrap().len(), 1);
    entrance.stop().await;
}

async fn renamed_account_stays_the_same_person(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    entrance
        .world
        .stand_in
        .rename_user("rita", "rita-new")
        .unwrap();
    // Somebody else takes the login.
    entrance.world.stand_in.add_user("rita", "Another").unwrap();
    let mut other = entrance.visitor();
    let page = entrance.sign_in(&mut other, "rita").await;
    page.is_problem(403, "not_invited");
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita-new")
        .await
        .leads_to("/launches");
    let known = people::list(&entrance.services).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].github_login.as_ref().unwrap().as_str(), "rita-new");
    people::disable(&entrance.services, &known[0].id, "test")
        .await
        .unwrap();
    let page = entrance.sign_in(&mut rita, "rita-new").await;
    page.is_problem(403, "person_disabled");
    entrance.stop().await;
}

async fn lead_who_left_the_team_loses_the_role_within_15_minutes(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    entrance.leaves_team("lea").await;
    let advance = |by| entrance.world.clock.advance(by);
    advance(Duration::minutes(15) - Duration::seconds(1));
    assert_eq!(lea.get("/launches").await.status, 200);
    advance(Duration::seconds(1));
    lea.get("/launches").await.is_problem(403, "no_role");
    let mut again = entrance.visitor();
    let page = entrance.sign_in(&mut again, "lea").await;
    page.is_problem(403, "not_invited");
    entrance.stop().await;
}

async fn roles_hold_for_an_hour_while_github_is_away(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita")
        .await
        .leads_to("/launches");
    let advance = |by| entrance.world.clock.advance(by);
    entrance.cut.store(true, Ordering::SeqCst);
    advance(Duration::minutes(59));
    assert_eq!(lea.get("/launches").await.status, 200);
    advance(Duration::minutes(1));
    lea.get("/launches")
        .await
        .is_problem(503, "roles_unchecked");
    assert_eq!(rita.get("/account").await.status, 200, "a lead invited her");
    let mut late = entrance.visitor();
    let asked = entrance.leave(&mut late, "/").await;
    let back = entrance.choose(&asked, "rita").await;
    late.get(&back).await.is_problem(503, "github_unreachable");
    entrance.cut.store(false, Ordering::SeqCst);
    advance(Duration::minutes(1));
    assert_eq!(lea.get("/launches").await.status, 200);
    entrance.stop().await;
}

async fn role_of_a_team_ends_after_15_minutes_of_outage_where_another_lead_is_known(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "lead").await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    entrance.cut.store(true, Ordering::SeqCst);
    let advance = |by| entrance.world.clock.advance(by);
    advance(Duration::minutes(15) - Duration::seconds(1));
    assert_eq!(lea.get("/launches").await.status, 200);
    advance(Duration::seconds(1));
    lea.get("/launches")
        .await
        .is_problem(503, "roles_unchecked");
    entrance.stop().await;
}

/// The roles of the only person, after the worker did what is due.
async fn roles_after(entrance: &Entrance, by: Duration) -> Vec<String> {
    entrance.world.clock.advance(by);
    let worker = Worker::new(Arc::clone(&entrance.services), "worker");
    worker.drain().await.unwrap();
    let mut people = people::list(&entrance.services).await.unwrap();
    assert_eq!(people.len(), 1);
    people.remove(0).roles_from_teams
}

async fn role_of_a_team_ends_without_a_visit_once_its_holder_left(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    let minutes = Duration::minutes;
    assert_eq!(roles_after(&entrance, minutes(14)).await, ["lead"]);
    entrance.leaves_team("lea").await;
    assert!(roles_after(&entrance, minutes(15)).await.is_empty());
    entrance.stop().await;
}

async fn role_of_a_team_that_is_gone_ends_after_15_minutes(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut lea = entrance.visitor();
    entrance
        .sign_in(&mut lea, "lea")
        .await
        .leads_to("/launches");
    entrance.world.stand_in.delete_team(ORG, "leads").unwrap();
    let minutes = Duration::minutes;
    assert_eq!(roles_after(&entrance, minutes(14)).await, ["lead"]);
    assert_eq!(lea.get("/launches").await.status, 200);
    assert!(roles_after(&entrance, minutes(2)).await.is_empty());
    lea.get("/launches").await.is_problem(403, "no_role");
    entrance.stop().await;
}

async fn answer_of_github_is_taken_once_and_by_its_browser_only(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    let mut rita = entrance.visitor();
    let asked = entrance.leave(&mut rita, "/").await;
    let back = entrance.choose(&asked, "rita").await;
    let mut other = entrance.visitor();
    other.get(&back).await.is_problem(403, "github_state_wrong");
    // Another browser that is itself on its way.
    entrance.leave(&mut other, "/").await;
    other.get(&back).await.is_problem(403, "github_state_wrong");
    rita.get(&back).await.leads_to("/");
    rita.get(&back).await.is_problem(403, "github_state_wrong");
    // The code was used, so it is of no use in a sign-in of one's own.
    let asked = entrance.leave(&mut other, "/").await;
    let state = asked
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1;
    let url: Url = format!("http://x{back}").parse().unwrap();
    let code = url
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1;
    let stolen = format!("{CALLBACK}?code={code}&state={state}");
    other.get(&stolen).await.is_problem(400, "github_code_bad");
    // Nor is a fresh one, which belongs to the other browser's challenge.
    let mut victim = entrance.visitor();
    let asked = entrance.leave(&mut victim, "/").await;
    let fresh = entrance.choose(&asked, "rita").await;
    let url: Url = format!("http://x{fresh}").parse().unwrap();
    let code = url
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1;
    let asked = entrance.leave(&mut other, "/").await;
    let state = asked
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1;
    let stolen = format!("{CALLBACK}?code={code}&state={state}");
    other.get(&stolen).await.is_problem(400, "github_code_bad");
    // Too late.
    let asked = entrance.leave(&mut other, "/").await;
    let back = entrance.choose(&asked, "rita").await;
    entrance.world.clock.advance(Duration::minutes(10));
    other.get(&back).await.is_problem(403, "github_state_wrong");
    entrance.stop().await;
}

async fn refusals_of_github_are_pages_with_codes(stage: Stage) {
    let entrance = entrance(&stage).await;
    let mut rita = entrance.visitor();
    let page = entrance.sign_in(&mut rita, "").await;
    page.is_problem(403, "github_access_denied");
    let asked = entrance.leave(&mut rita, "/").await;
    let state = asked
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1;
    let mismatch = format!("{CALLBACK}?error=redirect_uri_mismatch&state={state}");
    rita.get(&mismatch)
        .await
        .is_problem(400, "github_sign_in_failed");
    let asked = entrance.leave(&mut rita, "/").await;
    let state = asked
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1;
    let bad = format!("{CALLBACK}?code=made-up&state={state}");
    rita.get(&bad).await.is_problem(400, "github_code_bad");
    entrance.stop().await;
}

async fn revoked_authorisation_ends_sessions(stage: Stage) {
    let entrance = entrance(&stage).await;
    entrance.invited("rita", "reviewer").await;
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita")
        .await
        .leads_to("/launches");
    assert_eq!(rita.get("/account").await.status, 200);
    let id = people::list(&entrance.services).await.unwrap()[0].github_id;
    let body = |action: &str| {
        json!({"action": action, "sender": {"id": id, "login": "rita", "type": "User"}}).to_string()
    };
    let heard = entrance
        .hears("github_app_authorization", &body("other"))
        .await;
    assert!(heard.is_success(), "{heard}");
    assert_eq!(rita.get("/account").await.status, 200);
    let heard = entrance
        .hears("github_app_authorization", &body("revoked"))
        .await;
    assert!(heard.is_success(), "{heard}");
    assert_eq!(rita.get("/account").await.status, 303);
    entrance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enterprise_server_without_pkce_signs_people_in() {
    let stage = Stage::sqlite();
    let entrance = entrance(&stage).await;
    entrance.world.stand_in.ignore_pkce(APP).unwrap();
    entrance.invited("rita", "reviewer").await;
    let mut rita = entrance.visitor();
    entrance
        .sign_in(&mut rita, "rita")
        .await
        .leads_to("/launches");
    entrance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_client_secret_is_named_and_found_by_doctor() {
    use worksample::github::ClientSecretState;
    let stage = Stage::sqlite();
    let right = entrance(&stage).await;
    let state = async |entrance: &Entrance| {
        let authorization = entrance.services.github_sign_in.as_ref().unwrap();
        let now = entrance.world.now();
        authorization.client_secret_state(now).await.unwrap()
    };
    assert_eq!(state(&right).await, ClientSecretState::Right);
    right.stop().await;
    let stage = Stage::sqlite();
    let wrong = entrance_with(&stage, |github| {
        github.client.as_mut().unwrap().secret = "not the App's".to_owned().into();
    })
    .await;
    assert_eq!(state(&wrong).await, ClientSecretState::Wrong);
    let mut rita = wrong.visitor();
    let page = wrong.sign_in(&mut rita, "rita").await;
    page.is_problem(503, "github_client_secret_wrong");
    wrong.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_with_github_that_is_not_set_up_says_so() {
    let stage = Stage::sqlite();
    let entrance = entrance_with(&stage, |github| github.client = None).await;
    let mut rita = entrance.visitor();
    let page = rita.get("/sign-in").await;
    assert!(!page.text.contains("/sign-in/github"), "{}", page.text);
    let page = rita.get("/sign-in/github").await;
    page.is_problem(404, "github_sign_in_not_configured");
    entrance.stop().await;
}
