//! People come, go, and take other names; repositories change hands.

use serde_json::{Value, json};
use worksample::stand_in::Limits;

use super::raw::ask;
use super::stage::{ORG, OTHER_ORG, Receiver, SECRET, Stage, create_repo};

#[tokio::test]
async fn a_renamed_login_keeps_its_number_and_a_deleted_account_is_a_ghost() {
    let stage = Stage::new().await;
    let dana = stage.repository_with("order-api", "dana").await;
    dana.issues(ORG, "order-api")
        .create("Question")
        .send()
        .await
        .unwrap();
    let service = stage.stand_in.service_token();
    let before = ask(&stage.request("GET", "users/dana"), service, None)
        .await
        .unwrap();
    stage.stand_in.rename_user("dana", "dana-writes").unwrap();
    let gone = ask(&stage.request("GET", "users/dana"), service, None)
        .await
        .unwrap();
    assert_eq!(gone.status, 404);
    let by_id = stage.request("GET", &format!("user/{}", before.body["id"]));
    let after = ask(&by_id, service, None).await.unwrap();
    assert_eq!(after.body["login"], "dana-writes");
    assert_eq!(dana.current().user().await.unwrap().login, "dana-writes");
    let may = format!("repos/{ORG}/order-api/collaborators/dana-writes/permission");
    let may = ask(&stage.request("GET", &may), service, None)
        .await
        .unwrap();
    assert_eq!(may.body["permission"], "write");
    stage.stand_in.add_user("dana", "Another Dana").unwrap();

    stage.stand_in.delete_user("dana-writes").unwrap();
    let gone = ask(&by_id, service, None).await.unwrap();
    assert_eq!(gone.status, 404);
    assert!(
        dana.current().user().await.is_err(),
        "the token is gone too"
    );
    let issue = stage.request("GET", &format!("repos/{ORG}/order-api/issues/1"));
    let issue = ask(&issue, service, None).await.unwrap();
    assert_eq!(issue.body["user"]["login"], "ghost");
    let people = stage.request(
        "GET",
        &format!("repos/{ORG}/order-api/collaborators?affiliation=outside"),
    );
    assert_eq!(ask(&people, service, None).await.unwrap().body, json!([]));
}

#[tokio::test]
async fn an_invitation_lapses_after_seven_days_and_a_declined_one_is_gone() {
    let stage = Stage::new().await;
    let service = stage.stand_in.service_token().to_owned();
    let dana = stage.stand_in.add_user("dana", "Dana").unwrap();
    create_repo(&stage.service(), "order-api").await.unwrap();
    let invite = stage.request("PUT", &format!("repos/{ORG}/order-api/collaborators/dana"));
    let listed = stage.request("GET", &format!("repos/{ORG}/order-api/invitations"));
    let first = ask(&invite, &service, Some(&json!({}))).await.unwrap();
    assert_eq!((first.status, &first.body["expired"]), (201, &json!(false)));
    let accept = stage.request(
        "PATCH",
        &format!("user/repository_invitations/{}", first.body["id"]),
    );
    stage.minutes_pass(7 * 24 * 60);
    let late = ask(&accept, &dana, None).await.unwrap();
    assert_eq!(late.status, 404);
    let shown = ask(&listed, &service, None).await.unwrap();
    assert_eq!(shown.body[0]["expired"], true);

    let second = ask(&invite, &service, Some(&json!({}))).await.unwrap();
    assert_ne!(second.body["id"], first.body["id"]);
    let decline = stage.request(
        "DELETE",
        &format!("user/repository_invitations/{}", second.body["id"]),
    );
    assert_eq!(ask(&decline, &dana, None).await.unwrap().status, 204);
    assert_eq!(ask(&listed, &service, None).await.unwrap().body, json!([]));
}

#[tokio::test]
async fn write_access_is_reduced_to_read_and_an_archived_repository_takes_nothing_more() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let service = stage.stand_in.service_token().to_owned();
    let change = stage.request("PUT", &format!("repos/{ORG}/order-api/collaborators/dana"));
    let reduced = ask(&change, &service, Some(&json!({"permission": "pull"})))
        .await
        .unwrap();
    assert_eq!(reduced.status, 204);
    let token = stage.stand_in.add_user("dana", "Dana").unwrap();
    let copy = stage.clone("order-api", &token).await;
    copy.commit("a", "a", "Late").await;
    let refused = super::stage::git(&copy.dir, &["push", "origin", "main"]).await;
    assert!(refused.unwrap_err().contains("403"));
    dana.issues(ORG, "order-api")
        .create("Still heard")
        .send()
        .await
        .unwrap();

    let archive = stage.request("PATCH", &format!("repos/{ORG}/order-api"));
    let archived = ask(&archive, &service, Some(&json!({"archived": true})))
        .await
        .unwrap();
    assert_eq!(archived.body["archived"], true);
    assert!(
        dana.issues(ORG, "order-api")
            .create("Too late")
            .send()
            .await
            .is_err()
    );
    let refused = ask(&change, &service, Some(&json!({"permission": "push"})))
        .await
        .unwrap();
    assert_eq!(refused.status, 403);
    let look = stage.request("GET", &format!("repos/{ORG}/order-api/collaborators"));
    let seen = ask(&look, &service, None).await.unwrap();
    assert_eq!(seen.status, 200, "who is there can still be read");
    stage.stand_in.settle().await;
    let edited = receiver.of("member").remove(1);
    assert_eq!(
        edited.payload["changes"]["permission"],
        json!({"from": "write", "to": "read"})
    );
    assert_eq!(receiver.names().last().unwrap(), "repository.archived");
}

#[tokio::test]
async fn a_transferred_repository_is_found_under_its_old_name_by_those_who_may() {
    let stage = Stage::new().await;
    let receiver = Receiver::start();
    stage.stand_in.set_webhook(&receiver.url, SECRET).unwrap();
    let dana = stage.repository_with("order-api", "dana").await;
    let service = stage.stand_in.service_token().to_owned();
    let transfer = stage.request("POST", &format!("repos/{ORG}/order-api/transfer"));
    let body = json!({"new_owner": OTHER_ORG, "new_name": "orders"});
    let refused = ask(
        &transfer,
        &stage.stand_in.add_user("dana", "Dana").unwrap(),
        Some(&body),
    )
    .await
    .unwrap();
    assert_eq!(refused.status, 403);
    let moved = ask(&transfer, &service, Some(&body)).await.unwrap();
    assert_eq!(
        (moved.status, moved.body["full_name"].as_str()),
        (202, Some("acme/order-api"))
    );
    let repo = dana.repos(OTHER_ORG, "orders").get().await.unwrap();
    assert_eq!(repo.id.0, moved.body["id"].as_u64().unwrap());
    let old = ask(
        &stage.request("GET", &format!("repos/{ORG}/order-api")),
        &service,
        None,
    )
    .await
    .unwrap();
    assert_eq!(old.status, 301);
    stage.stand_in.settle().await;
    let told = receiver.all().pop().unwrap();
    assert_eq!(told.action(), "transferred");
    assert_eq!(
        told.payload["changes"]["owner"]["from"]["organization"]["login"],
        ORG
    );
    assert_eq!(
        told.payload["repository"]["full_name"],
        format!("{OTHER_ORG}/orders")
    );
}

#[tokio::test]
async fn the_stand_ins_own_pages_open_to_the_service_account_only() {
    let stage = Stage::new().await;
    let dana = stage.stand_in.add_user("dana", "Dana").unwrap();
    let calls = stage.request("GET", "_stand_in/calls");
    assert_eq!(ask(&calls, &dana, None).await.unwrap().status, 403);
    assert_eq!(ask(&calls, "", None).await.unwrap().status, 403);
    let service = stage.stand_in.service_token().to_owned();
    let new = json!({"login": "eve"});
    let made = ask(
        &stage.request("POST", "_stand_in/accounts"),
        &service,
        Some(&new),
    )
    .await
    .unwrap();
    let eve = stage.client(made.body["token"].as_str().unwrap());
    assert_eq!(eve.current().user().await.unwrap().login, "eve");
    let counted: Value = ask(&calls, &service, None).await.unwrap().body;
    assert_eq!(counted["calls"], json!({"GET /user": 1}));
}

#[tokio::test]
async fn fifty_first_invitation_of_a_day_is_refused() {
    let stage = Stage::with(Limits::NONE).await;
    let service = stage.stand_in.service_token().to_owned();
    create_repo(&stage.service(), "order-api").await.unwrap();
    let mut last = 0;
    for number in 1..=51 {
        let login = format!("person-{number}");
        stage.stand_in.add_user(&login, &login).unwrap();
        let invite = format!("repos/{ORG}/order-api/collaborators/{login}");
        let answer = ask(&stage.request("PUT", &invite), &service, Some(&json!({}))).await;
        last = answer.unwrap().status;
        assert_eq!(last == 201, number <= 50, "{number}: {last}");
    }
    assert_eq!(last, 422);
    stage.minutes_pass(24 * 60 + 1);
    let invite = format!("repos/{ORG}/order-api/collaborators/person-51");
    let answer = ask(&stage.request("PUT", &invite), &service, Some(&json!({}))).await;
    assert_eq!(answer.unwrap().status, 201, "the next day");
}

#[tokio::test]
async fn organization_rules_refuse_invitations_in_githubs_words() {
    let stage = Stage::new().await;
    let service = stage.stand_in.service_token().to_owned();
    stage.stand_in.add_user("dana", "Dana").unwrap();
    stage.stand_in.add_user("dana_corp", "Dana").unwrap();
    create_repo(&stage.service(), "order-api").await.unwrap();
    let rules = format!("_stand_in/organizations/{ORG}/inviting");
    for (rule, login, status, words) in [
        (json!({}), "nobody", 404, "Not Found"),
        (
            json!({"no_outside_collaborators": true}),
            "dana",
            403,
            "Outside collaborators are not allowed for this organization",
        ),
        (json!({"seats_left": 0}), "dana", 422, "no_seat"),
        (
            json!({"without_two_factor": ["Dana"]}),
            "dana",
            422,
            "no_2fa",
        ),
        (json!({"blocked": ["dana"]}), "dana", 422, "User is blocked"),
        (json!({}), "dana_corp", 422, "within their enterprise"),
        (json!({"seats_left": 1}), "dana", 201, "dana"),
    ] {
        let set = ask(&stage.request("PUT", &rules), &service, Some(&rule)).await;
        assert_eq!(set.unwrap().status, 204);
        let invite = format!("repos/{ORG}/order-api/collaborators/{login}");
        let answer = ask(&stage.request("PUT", &invite), &service, Some(&json!({})))
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{rule} {}", answer.body);
        assert!(answer.body.to_string().contains(words), "{}", answer.body);
    }
}

#[tokio::test]
async fn membership_of_an_organisation_is_told_to_its_own_only() {
    let stage = Stage::new().await;
    let stand_in = &stage.stand_in;
    let service = stand_in.service_token().to_owned();
    let dana = stand_in.add_user("dana", "Dana").unwrap();
    for (login, public) in [("mia", false), ("pat", true)] {
        stand_in.add_user(login, login).unwrap();
        stand_in.add_org_member(ORG, login, public).unwrap();
    }
    let status = async |path: &str, token: &str| {
        let asked = ask(&stage.request("GET", path), token, None).await.unwrap();
        (asked.status, asked.body)
    };
    let member = |login: &str| format!("orgs/{ORG}/members/{login}");
    assert_eq!(status(&member("mia"), &service).await.0, 204);
    assert_eq!(status(&member("dana"), &service).await.0, 404);
    assert_eq!(status(&member("mia"), &dana).await.0, 302);
    let public = |login: &str| format!("orgs/{ORG}/public_members/{login}");
    assert_eq!(status(&public("mia"), &dana).await.0, 404);
    assert_eq!(status(&public("pat"), &dana).await.0, 204);
    let membership = format!("orgs/{ORG}/memberships/mia");
    let (found, body) = status(&membership, &service).await;
    assert_eq!((found, &body["role"]), (200, &json!("member")));
    assert_eq!(status(&membership, &dana).await.0, 403);

    stand_in.add_team_member(ORG, "leads", "mia").unwrap();
    let of_team = |team: &str, login: &str| format!("orgs/{ORG}/teams/{team}/memberships/{login}");
    let (found, body) = status(&of_team("leads", "mia"), &service).await;
    assert_eq!((found, &body["state"]), (200, &json!("active")));
    assert_eq!(status(&of_team("leads", "pat"), &service).await.0, 404);
    assert_eq!(
        status(&format!("orgs/{ORG}/teams/leads"), &dana).await.0,
        404
    );

    // By the control pages: invited to a team, and not there yet.
    let pending = format!("_stand_in/orgs/{ORG}/teams/leads/members/pat");
    let body = json!({ "pending": true });
    let put = ask(&stage.request("PUT", &pending), &service, Some(&body)).await;
    assert_eq!(put.unwrap().status, 204);
    let (_, body) = status(&of_team("leads", "pat"), &service).await;
    assert_eq!(body["state"], "pending");
    stand_in.remove_org_member(ORG, "mia").unwrap();
    assert_eq!(status(&membership, &service).await.0, 404);
}

#[tokio::test]
async fn token_without_members_permission_learns_nothing_of_memberships() {
    let stage = Stage::new().await;
    let stand_in = &stage.stand_in;
    let service = stand_in.service_token().to_owned();
    stand_in.add_user("mia", "Mia").unwrap();
    stand_in.add_org_member(ORG, "mia", true).unwrap();
    stand_in.add_team_member(ORG, "leads", "mia").unwrap();
    stand_in
        .narrow_token(&service, &[("metadata", "read")])
        .unwrap();
    for path in [
        "members/mia",
        "memberships/mia",
        "teams/leads/memberships/mia",
    ] {
        let request = stage.request("GET", &format!("orgs/{ORG}/{path}"));
        assert_eq!(
            ask(&request, &service, None).await.unwrap().status,
            403,
            "{path}"
        );
    }
}
