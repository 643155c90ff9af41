//! Getting in by links, and what ends a session; on both databases.

mod changes;
pub mod github;
mod pages;

use chrono::Duration;
use reqwest::Method;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::workflow::{api_tokens, links, offer_links, people, sessions};

use crate::store::stage::{Stage, on_both_databases};
use crate::support::played::launched;
use crate::support::small;
use crate::support::visitor::{Visitor, offer_path, person, sign_in_path, value_of};

const LEA: &str = "Lea Lead";

/// A world on this database.
async fn world(stage: &Stage) -> (tempfile::TempDir, World) {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), Some(stage.full_address()), None).await;
    (dir, world)
}

on_both_databases! {
    link_signs_in_once,
    link_posted_by_two_tabs_opens_one_session,
    link_survives_scanners,
    link_expires_and_newer_one_revokes_it,
    first_lead_link_makes_one_lead,
    session_ends_with_sign_out_and_time,
    disabled_person_is_out_at_once,
    signing_out_everywhere_ends_every_session,
    candidate_link_opens_one_work_sample,
    candidate_link_is_revoked_with_its_sessions,
    candidate_link_ends_ninety_days_after_the_end,
    api_token_row_stops_when_revoked_or_person_disabled,
}

async fn link_signs_in_once(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let link = sign_in_path(&world.services, LEA, "lead").await;
    let mut lea = Visitor::new(&world);
    lea.use_link(&link).await.leads_to("/");
    assert_eq!(lea.get("/").await.status, 200);
    assert_eq!(lea.get("/launches").await.status, 200);
    let mut other = Visitor::new(&world);
    other.get(&link).await.is_problem(410, "link_used");
    let page = lea.get("/launches").await;
    let form_token = page.form_token("/sign-out");
    lea.post(&link, &[("form_token", &form_token)])
        .await
        .is_problem(410, "link_used");
    for odd in ["/l/short", &format!("/l/{}", "A".repeat(43))] {
        other.get(odd).await.is_problem(404, "link_unknown");
    }
    world.stop().await.unwrap();
}

async fn link_posted_by_two_tabs_opens_one_session(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let link = sign_in_path(&world.services, LEA, "lead").await;
    let mut one = Visitor::new(&world);
    let form_token = one.get(&link).await.form_token(&link);
    // The second tab has the same cookie, and looking at the page twice spoils neither form.
    let mut two = Visitor::new(&world);
    two.cookies = one.cookies.clone();
    assert_eq!(two.get(&link).await.form_token(&link), form_token);
    let fields = [("form_token", form_token.as_str())];
    let (first, second) = tokio::join!(one.post(&link, &fields), two.post(&link, &fields));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410], "{} {}", first.text, second.text);
    let lea = person(&world.services, LEA, "lead").await;
    let (_, sessions) = people::with_sessions(&world.services, &lea.id)
        .await
        .unwrap();
    assert_eq!(sessions.len(), 1);
    world.stop().await.unwrap();
}

async fn link_survives_scanners(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let link = sign_in_path(&world.services, LEA, "lead").await;
    let id = launched(&world).await;
    let offer = offer_path(&world.services, &id).await;
    for _ in 0..3 {
        let mut scanner = Visitor::new(&world);
        for path in [&link, &offer] {
            assert_eq!(scanner.send(Method::HEAD, path).await.status, 200);
        }
        assert!(scanner.cookies.is_empty());
        assert_eq!(scanner.get(&link).await.status, 200);
        scanner.get(&offer).await.leads_to("/offer");
    }
    // A form that was not given to this browser is refused, and uses nothing up.
    let mut foreign = Visitor::new(&world);
    let form_token = Visitor::new(&world).get(&link).await.form_token(&link);
    foreign.get(&link).await;
    foreign
        .post(&link, &[("form_token", &form_token)])
        .await
        .has_error(403, "", "load its page again");
    let read = id.clone();
    let seen = async || {
        let read = read.clone();
        let links = world
            .services
            .store
            .read(move |tx| tx.links_of_work_sample(&read))
            .await
            .unwrap();
        links[0].first_opened_at
    };
    assert_eq!(seen().await, None, "a scanner is nobody who opened it");
    Visitor::new(&world).use_link(&link).await.leads_to("/");
    let mut candidate = Visitor::new(&world);
    candidate.get(&offer).await.leads_to("/offer");
    assert_eq!(candidate.get("/offer").await.status, 200);
    assert_eq!(seen().await, Some(world.now()));
    world.stop().await.unwrap();
}

async fn link_expires_and_newer_one_revokes_it(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let first = sign_in_path(&world.services, LEA, "lead").await;
    let second = sign_in_path(&world.services, LEA, "lead").await;
    let mut visitor = Visitor::new(&world);
    visitor.get(&first).await.is_problem(410, "link_revoked");
    let form_token = visitor.get(&second).await.form_token(&second);
    world.clock.advance(Duration::minutes(15));
    visitor.get(&second).await.is_problem(410, "link_expired");
    let fields = [("form_token", form_token.as_str())];
    let answer = visitor.post(&second, &fields).await;
    answer.is_problem(410, "link_expired");
    assert_eq!(visitor.cookie("worksample_session"), None);
    world.stop().await.unwrap();
}

async fn first_lead_link_makes_one_lead(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let services = &world.services;
    let path = async || {
        let token = links::first_lead_link(services).await.unwrap();
        token.map(|token| links::sign_in_url("", &token))
    };
    let (one, other) = (path().await.unwrap(), path().await.unwrap());
    let mut visitor = Visitor::new(&world);
    let form_token = visitor.get(&one).await.form_token(&one);
    let fields = |name, email| {
        [
            ("form_token", form_token.as_str()),
            ("name", name),
            ("email", email),
        ]
    };
    let answer = visitor.post(&one, &fields("  ", "ada@example.org")).await;
    answer.has_error(422, "name", "1 to 200 characters");
    assert_eq!(value_of(&answer.text, "email"), "ada@example.org");
    let answer = visitor.post(&one, &fields("Ada", "nowhere")).await;
    answer.has_error(422, "email", "`nowhere` is not an e-mail address");
    assert_eq!(value_of(&answer.text, "name"), "Ada");
    assert_eq!(value_of(&answer.text, "email"), "nowhere");
    visitor
        .post(&one, &fields("Ada <b>First</b>", " ada@example.org "))
        .await
        .leads_to("/");
    let page = visitor.get("/people").await;
    assert!(page.text.contains("Ada &#60;b&#62;First"), "{}", page.text);
    let mut late = Visitor::new(&world);
    late.get(&other).await.is_problem(410, "first_lead_known");
    assert_eq!(path().await, None, "there is a lead now");
    let known = people::list(services).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].roles, ["lead"]);
    assert_eq!(known[0].email.as_deref(), Some("ada@example.org"));
    world.stop().await.unwrap();
}

async fn session_ends_with_sign_out_and_time(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    // The cookie as a thief or another tab has it.
    let mut copy = Visitor::new(&world);
    copy.cookies = lea.cookies.clone();
    let form_token = lea.get("/launches").await.form_token("/sign-out");
    let fields = [("form_token", form_token.as_str())];
    lea.post("/sign-out", &fields).await.leads_to("/sign-in");
    assert_eq!(lea.cookie("worksample_session"), None);
    copy.get("/launches")
        .await
        .leads_to("/sign-in?to=/launches");

    let mut rests = Visitor::signed_in(&world, LEA, "lead").await;
    world.clock.advance(Duration::hours(23));
    assert_eq!(rests.get("/launches").await.status, 200);
    world.clock.advance(Duration::hours(23));
    assert_eq!(rests.get("/launches").await.status, 200, "it was used");
    world.clock.advance(Duration::hours(24));
    assert_eq!(rests.get("/launches").await.status, 303);

    let mut works = Visitor::signed_in(&world, LEA, "lead").await;
    for _ in 0..13 {
        world.clock.advance(Duration::hours(12));
        assert_eq!(works.get("/launches").await.status, 200);
    }
    world.clock.advance(Duration::hours(12));
    assert_eq!(works.get("/launches").await.status, 303, "a week is over");
    world.stop().await.unwrap();
}

async fn disabled_person_is_out_at_once(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    let mut rita = Visitor::signed_in(&world, "Rita", "reviewer").await;
    assert_eq!(rita.get("/account").await.status, 200);
    let waiting = sign_in_path(&world.services, "Rita", "reviewer").await;
    let rita_row = person(&world.services, "Rita", "reviewer").await;
    let path = format!("/people/{}/disable", rita_row.id);
    let page = lea.get(&format!("/people/{}", rita_row.id)).await;
    let form_token = page.form_token(&path);
    lea.post(&path, &[("form_token", &form_token)])
        .await
        .leads_to("/people");
    rita.get("/account").await.leads_to("/sign-in?to=/account");
    rita.get(&waiting).await.is_problem(410, "link_revoked");
    let made = links::make_sign_in_link(&world.services, &rita_row.id, "test").await;
    assert_eq!(made.unwrap_err().code(), "person_disabled");
    let own = person(&world.services, LEA, "lead").await;
    let path = format!("/people/{}/disable", own.id);
    lea.post(&path, &[("form_token", &form_token)])
        .await
        .is_problem(409, "own_account");
    world.stop().await.unwrap();
}

async fn signing_out_everywhere_ends_every_session(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut here = Visitor::signed_in(&world, LEA, "lead").await;
    let mut there = Visitor::signed_in(&world, LEA, "lead").await;
    let mut rita = Visitor::signed_in(&world, "Rita", "reviewer").await;
    let action = "/sign-out/everywhere";
    let foreign = there.get("/account").await.form_token(action);
    here.post(action, &[("form_token", &foreign)])
        .await
        .is_problem(403, "form_stale");
    assert_eq!(here.get("/account").await.status, 200);
    let form_token = here.get("/account").await.form_token(action);
    here.post(action, &[("form_token", &form_token)])
        .await
        .leads_to("/sign-in");
    for visitor in [&mut here, &mut there] {
        assert_eq!(visitor.get("/account").await.status, 303);
    }
    assert_eq!(rita.get("/account").await.status, 200);
    // A lead does the same for others.
    let rita_row = person(&world.services, "Rita", "reviewer").await;
    sessions::end_all(&world.services, &rita_row.id, LEA)
        .await
        .unwrap();
    assert_eq!(rita.get("/account").await.status, 303);
    world.stop().await.unwrap();
}

async fn candidate_link_opens_one_work_sample(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let id = launched(&world).await;
    let link = offer_path(&world.services, &id).await;
    let mut candidate = Visitor::new(&world);
    candidate.get("/offer").await.is_problem(401, "visit_ended");
    let opened = candidate.get(&link).await;
    opened.leads_to("/offer");
    let token = link.rsplit('/').next().unwrap();
    assert!(!opened.text.contains(token));
    assert!(candidate.cookies.iter().all(|(_, value)| value != token));
    let page = candidate.get("/offer").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Accept the offer"), "{}", page.text);
    candidate.get("/").await.leads_to("/offer");
    let mut copy = Visitor::new(&world);
    copy.cookies = candidate.cookies.clone();
    let form_token = page.form_token("/offer/leave");
    copy.post("/offer/leave", &[("form_token", "another")])
        .await
        .is_problem(403, "form_stale");
    copy.post("/offer/leave", &[("form_token", &form_token)])
        .await
        .leads_to("/");
    candidate.get("/offer").await.is_problem(401, "visit_ended");
    candidate.get(&link).await.leads_to("/offer");
    // It opens no page of the team's, and the team's cookie does not open it.
    assert_eq!(candidate.get("/launches").await.status, 303);
    let session = candidate.cookie("worksample_candidate").unwrap().to_owned();
    let mut thief = Visitor::new(&world);
    thief.cookies = vec![("worksample_session".to_owned(), session)];
    assert_eq!(thief.get("/launches").await.status, 303);
    // A lead who looks stays signed in.
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    lea.get(&link).await.leads_to("/offer");
    assert_eq!(lea.get("/offer").await.status, 200);
    assert_eq!(lea.get("/launches").await.status, 200);
    // A sign-in link is not an offer, nor the other way round.
    let sign_in = sign_in_path(&world.services, LEA, "lead").await;
    let swapped = [sign_in.replace("/l/", "/o/"), link.replace("/o/", "/l/")];
    for path in swapped {
        lea.get(&path).await.is_problem(404, "link_unknown");
    }
    world.stop().await.unwrap();
}

async fn candidate_link_is_revoked_with_its_sessions(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let id = launched(&world).await;
    let first = offer_path(&world.services, &id).await;
    let mut one = Visitor::new(&world);
    one.get(&first).await.leads_to("/offer");
    let mut other = Visitor::candidate(&world, &id).await;
    let hash = {
        let token = first.rsplit('/').next().unwrap();
        worksample::secret_token::SecretToken::read(token)
            .unwrap()
            .hash()
    };
    let which = offer_links::Which::One(hash.as_str().to_owned());
    offer_links::revoke(&world.services, &id, which, "test")
        .await
        .unwrap();
    one.get("/offer").await.is_problem(410, "link_revoked");
    one.get(&first).await.is_problem(410, "link_revoked");
    assert_eq!(other.get("/offer").await.status, 200);
    world.stop().await.unwrap();
}

async fn candidate_link_ends_ninety_days_after_the_end(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let id: WorkSampleId = launched(&world).await;
    let link = offer_path(&world.services, &id).await;
    let command = worksample::work_sample::Command::Cancel {
        reason: "the position was filled".into(),
    };
    let lead = crate::support::played::lead();
    worksample::workflow::act::act(&world.services, &id, command, lead)
        .await
        .unwrap();
    world
        .clock
        .advance(Duration::days(90) - Duration::seconds(1));
    let mut candidate = Visitor::new(&world);
    candidate.get(&link).await.leads_to("/offer");
    assert_eq!(candidate.get("/offer").await.status, 200);
    world.clock.advance(Duration::seconds(1));
    candidate
        .get("/offer")
        .await
        .is_problem(410, "link_expired");
    candidate.get(&link).await.is_problem(410, "link_expired");
    world.stop().await.unwrap();
}

async fn api_token_row_stops_when_revoked_or_person_disabled(stage: Stage) {
    let (_dir, world) = world(&stage).await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    let form_token = lea.get("/tokens").await.form_token("/tokens");
    let make = async |lea: &mut Visitor, label: &str| {
        let fields = [
            ("form_token", form_token.as_str()),
            ("label", label),
            ("role", "lead"),
            ("days", "30"),
        ];
        let page = lea.post("/tokens", &fields).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let token = page.text.split("value=\"wst_").nth(1).unwrap();
        format!("wst_{}", token.split('"').next().unwrap())
    };
    let ask = async |token: &str| {
        let answer = reqwest::Client::new()
            .get(format!("http://{}/api/v1/people", world.address))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let refused = async |token: &str, status: u16, code: &str| {
        let (found, text) = ask(token).await;
        assert_eq!(found, status, "{text}");
        assert!(text.contains(code), "{text}");
    };
    let (one, two) = (make(&mut lea, "one").await, make(&mut lea, "two").await);
    assert_eq!(ask(&one).await.0, 200);
    assert!(!lea.get("/tokens").await.text.contains(&one), "shown once");
    let rows = api_tokens::list(&world.services).await.unwrap();
    let row = rows.iter().find(|(row, _)| row.label == "one").unwrap();
    assert_eq!(row.0.last_used_at, Some(world.now()));
    let path = format!("/tokens/{}/revoke", row.0.id);
    lea.post(&path, &[("form_token", &form_token)])
        .await
        .leads_to("/tokens");
    refused(&one, 401, "token_revoked").await;
    assert_eq!(ask(&two).await.0, 200);
    let own = person(&world.services, LEA, "lead").await;
    person(&world.services, "Lena", "lead").await;
    people::disable(&world.services, &own.id, "test")
        .await
        .unwrap();
    refused(&two, 403, "person_disabled").await;
    refused("wst_short", 401, "token_invalid").await;
    // The signed tokens of earlier versions go on.
    let signed = worksample::web::tokens::Bearer::Lead { name: "Old".into() };
    assert_eq!(ask(&world.api.token(&signed).unwrap()).await.0, 200);
    let enabled = people::enable(&world.services, &own.id, "test").await;
    assert!(enabled.unwrap().disabled_at.is_none());
    refused(&two, 401, "token_revoked").await;
    let mut lea = Visitor::signed_in(&world, LEA, "lead").await;
    let form_token = lea.get("/tokens").await.form_token("/tokens");
    let fields = [
        ("form_token", form_token.as_str()),
        ("label", "three"),
        ("role", "lead"),
        ("days", "30"),
    ];
    let page = lea.post("/tokens", &fields).await;
    let three = page.text.split("value=\"wst_").nth(1).unwrap();
    let three = format!("wst_{}", three.split('"').next().unwrap());
    assert_eq!(ask(&three).await.0, 200);
    world.clock.advance(Duration::days(30));
    refused(&three, 401, "token_expired").await;
    world.stop().await.unwrap();
}
