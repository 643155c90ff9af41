//! The pages of the team's people and tokens.

use crate::support::small;
use crate::support::visitor::{Visitor, field};

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
    page.is_problem(422, "email_invalid");
    assert!(!page.text.contains(hostile), "{}", page.text);
    assert!(field(&page.text, "name").contains("alert(1)"), "kept");

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
