//! The pages of the team's people and tokens.

use std::collections::BTreeMap;

use worksample::workflow::{messages, people};

use crate::support::small;
use crate::support::visitor::{Visitor, person, sign_in_path, value_of};

#[tokio::test(flavor = "multi_thread")]
async fn lead_invites_somebody_who_signs_in_by_the_shown_link() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let form_token = lea.get("/people").await.form_token("/people");
    let hostile = "<script>alert(1)</script>";
    let invite = |name: &'static str, email: &'static str| {
        [
            ("form_token", form_token.clone()),
            ("name", name.to_owned()),
            ("email", email.to_owned()),
            ("login", String::new()),
            ("role", "reviewer".to_owned()),
        ]
    };
    let send = async |lea: &mut Visitor, fields: [(&'static str, String); 5]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        lea.post("/people", &fields).await
    };
    let page = send(&mut lea, invite(hostile, "nowhere")).await;
    page.has_error(422, "email", "`nowhere` is not an e-mail address");
    assert!(!page.text.contains(hostile), "{}", page.text);
    assert!(value_of(&page.text, "name").contains("alert(1)"), "kept");
    assert_eq!(value_of(&page.text, "email"), "nowhere");

    let page = send(&mut lea, invite(hostile, "rita@example.com")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains(hostile), "{}", page.text);
    let link = page.text.split("/l/").nth(1).unwrap();
    let link = format!("/l/{}", link.split('"').next().unwrap());
    let mut rita = Visitor::new(&world);
    assert!(!rita.get(&link).await.text.contains(hostile));
    rita.use_link(&link).await.leads_to("/");
    assert_eq!(rita.get("/account").await.status, 200);

    let people = lea.get("/people").await;
    assert!(!people.text.contains(hostile));
    assert!(!people.text.contains("never"), "both were seen");
    let known = worksample::workflow::people::list(&world.services)
        .await
        .unwrap();
    let id = &known.iter().find(|one| one.name == hostile).unwrap().id;
    let press = async |lea: &mut Visitor, verb: &str| {
        let path = format!("/people/{id}/{verb}");
        lea.post(&path, &[("form_token", &form_token)]).await
    };
    press(&mut lea, "sign-out").await.leads_to("/people");
    assert_eq!(rita.get("/account").await.status, 303);
    press(&mut lea, "disable").await.leads_to("/people");
    press(&mut lea, "link")
        .await
        .is_problem(403, "person_disabled");
    press(&mut lea, "enable").await.leads_to("/people");
    let page = press(&mut lea, "link").await;
    assert!(page.text.contains("/l/"), "{}", page.text);
    world.stop().await.unwrap();
}

/// What a form holds, changed here and there.
fn with<'a>(
    fields: &BTreeMap<&'a str, &'a str>,
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut fields = fields.clone();
    fields.extend(changes.iter().copied());
    fields.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn person_keeps_address_zone_hours_days_off_and_messages_on_account() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let services = &world.services;
    let mut rita = Visitor::signed_in(&world, "Rita", "reviewer").await;
    let page = rita.get("/account").await;
    let form_token = page.form_token("/account");
    assert!(page.text.contains("UTC</time>"), "{}", page.text);
    let usual = BTreeMap::from([
        ("form_token", form_token.as_str()),
        ("email", "rita@example.org"),
        ("zone", "Asia/Tokyo"),
        ("answer_hours", "mon-fri 09:00-17:00"),
        ("days_off", "2026-12-24\r\n2026-12-25"),
        ("message-delivered", "yes"),
    ]);
    for (name, typed, words) in [
        ("email", "nowhere", "is not an e-mail address"),
        ("zone", "Europe/Atlantis", "is not an IANA time zone"),
        ("answer_hours", "always", "does not say answer hours"),
        ("days_off", "24.12.2026", "is not a date"),
    ] {
        let fields = with(&usual, &[(name, typed)]);
        let page = rita.post("/account", &fields).await;
        page.has_error(422, name, words);
        let kept = match name {
            "days_off" => page.text.contains("\n24.12.2026</textarea>"),
            "zone" => value_of(&page.text, "answer_hours") == "mon-fri 09:00-17:00",
            _ => value_of(&page.text, name) == typed,
        };
        assert!(kept, "{name}: {}", page.text);
        let box_of = |kind: &str| {
            let id = format!("id=\"message-{kind}\"");
            let rest = page.text.split(&id).nth(1).unwrap();
            rest.split('>').next().unwrap().contains(" checked")
        };
        assert_eq!(
            (box_of("delivered"), box_of("assessment_ready")),
            (true, false)
        );
    }
    let row = person(services, "Rita", "reviewer").await;
    assert_eq!(
        (row.email, row.zone.as_str()),
        (None, "UTC"),
        "nothing is kept"
    );

    rita.post("/account", &with(&usual, &[]))
        .await
        .leads_to("/account");
    let row = person(services, "Rita", "reviewer").await;
    assert_eq!(row.email.as_deref(), Some("rita@example.org"));
    assert_eq!(row.zone, "Asia/Tokyo");
    assert_eq!(row.answer_hours.unwrap().to_string(), "mon-fri 09:00-17:00");
    assert_eq!(row.days_off.len(), 2);
    let off = messages::turned_off(services, &row.id).await.unwrap();
    let off: Vec<&str> = off.iter().map(|kind| kind.name()).collect();
    assert_eq!(off, ["assessment_ready"]);
    let page = rita.get("/account").await;
    assert!(page.text.contains("Saved."), "{}", page.text);
    assert!(page.text.contains("(Asia/Tokyo)</time>"), "{}", page.text);
    assert!(page.text.contains("<time datetime=\""), "{}", page.text);
    assert!(page.text.contains("selected>Asia/Tokyo"), "{}", page.text);

    let back = [
        ("email", ""),
        ("answer_hours", ""),
        ("days_off", ""),
        ("message-assessment_ready", "yes"),
    ];
    rita.post("/account", &with(&usual, &back))
        .await
        .leads_to("/account");
    let row = person(services, "Rita", "reviewer").await;
    assert_eq!((row.email, row.answer_hours), (None, None));
    assert!(row.days_off.is_empty());
    let off = messages::turned_off(services, &row.id).await.unwrap();
    assert!(off.is_empty(), "{off:?}");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_changes_address_roles_and_login_of_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let services = &world.services;
    world.stand_in.add_user("rita-reviews", "Rita").unwrap();
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let rita = person(services, "Rita", "reviewer").await;
    let path = format!("/people/{}", rita.id);
    let list = lea.get("/people").await;
    assert!(
        list.text.contains(&format!("href=\"{path}\"")),
        "{}",
        list.text
    );
    let form_token = lea.get(&path).await.form_token(&path);
    let usual = BTreeMap::from([
        ("form_token", form_token.as_str()),
        ("name", "Rita Reviewer"),
        ("email", "rita@example.org"),
        ("login", "@rita-reviews"),
        ("lead", "yes"),
    ]);
    for (name, typed, words) in [
        ("name", "", "1 to 200 characters"),
        ("email", "nowhere", "is not an e-mail address"),
        ("login", "no login", "login"),
        ("login", "nobody-is-called-so", "account called"),
    ] {
        let page = lea.post(&path, &with(&usual, &[(name, typed)])).await;
        page.has_error(422, name, words);
        assert_eq!(value_of(&page.text, name), typed, "kept");
    }
    lea.post(&path, &with(&usual, &[]))
        .await
        .leads_to("/people");
    let row = people::one(services, &rita.id).await.unwrap();
    assert_eq!(row.name, "Rita Reviewer");
    assert_eq!(row.email.as_deref(), Some("rita@example.org"));
    assert_eq!(row.roles, ["lead"]);
    assert!(row.github_id.is_some());
    let page = lea.get(&path).await;
    assert_eq!(value_of(&page.text, "login"), "rita-reviews");
    let usual = with(&usual, &[("login", ""), ("email", "")]);
    lea.post(&path, &usual).await.leads_to("/people");
    let row = people::one(services, &rita.id).await.unwrap();
    assert_eq!(
        (row.github_login, row.github_id, row.email),
        (None, None, None)
    );
    let unknown = format!("/people/person_{}", "0".repeat(32));
    lea.get(&unknown).await.is_problem(404, "not_found");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn link_of_a_known_person_asks_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let link = sign_in_path(&world.services, "Rita", "reviewer").await;
    let page = Visitor::new(&world).get(&link).await;
    assert!(!page.text.contains("id=\"email\""), "{}", page.text);
    assert!(!page.text.contains("id=\"name\""), "{}", page.text);
    world.stop().await.unwrap();
}
