//! A candidate's way through their pages, from the personal link to the report; and what they must not be shown.

use chrono::Duration;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::work_sample::{Actor, Command, DecisionOutcome, Source, key};
use worksample::work_sample::{EventBody, Happening};
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::{act, publish, show};

use super::markup::faults;
use crate::support::small;
use crate::support::visitor::{Page, Visitor, field};

pub async fn offered(world: &World, candidate: &str) -> WorkSampleId {
    let (version, _) = publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    let wanted = Launch {
        spec: version.digest.clone(),
        candidate: candidate.to_owned(),
        email: None,
        organization: None,
        again: true,
        lead: "Lea Lead".to_owned(),
    };
    launch(&world.services, wanted, None).await.unwrap().id
}

/// Sends the form with this action on the page `/offer`.
pub async fn send(visitor: &mut Visitor, action: &str, fields: &[(&str, &str)]) -> Page {
    let page = visitor.get("/offer").await;
    let token = page.form_token(action);
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    visitor.post(action, &all).await
}

pub async fn accept(world: &World, visitor: &mut Visitor, login: &str) -> Page {
    let page = visitor.get("/offer").await;
    let sha256 = field(&page.text, "offer_sha256");
    let due = (world.now() + Duration::days(2))
        .format("%Y-%m-%dT%H:%M")
        .to_string();
    let fields = [
        ("offer_sha256", sha256.as_str()),
        ("login", login),
        ("due", &due),
        ("due-zone", "Europe/Berlin"),
    ];
    send(visitor, "/offer/accept", &fields).await
}

fn is_sound(page: &Page) {
    assert_eq!(faults(&page.text), Vec::<String>::new(), "{}", page.text);
    assert!(page.policy.contains("default-src 'none'"));
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
}

/// What the small spec keeps from candidates.
pub fn shows_nothing_reviewer_only(text: &str) {
    let version = small::version();
    let spec = &version.spec;
    let mut secrets: Vec<String> = vec!["The team's own reason".into()];
    secrets.extend(spec.gaps.iter().flat_map(|gap| {
        std::iter::once(gap.title.clone())
            .chain(gap.interpretations.iter().map(|one| one.text.clone()))
    }));
    let hidden = spec.criteria.iter().filter(|criterion| criterion.hidden);
    secrets.extend(hidden.map(|criterion| criterion.title.clone()));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret:?} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn candidate_goes_from_link_to_report_on_pages() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    world.stand_in.add_user("ada", "Ada").unwrap();
    let id = offered(&world, "Ada <b>Able</b> \u{5d0}").await;
    let mut ada = Visitor::candidate(&world, &id).await;

    let page = ada.get("/offer").await;
    is_sound(&page);
    shows_nothing_reviewer_only(&page.text);
    assert!(!page.text.contains("<b>Able"), "{}", page.text);
    assert!(page.text.contains("Accept the offer"));

    // What is wrong is said, and what was typed is kept.
    let refused = accept(&world, &mut ada, "-odd-").await;
    assert_eq!(refused.status, 422);
    is_sound(&refused);
    assert!(refused.text.contains("value=\"-odd-\""), "{}", refused.text);
    assert!(
        refused.text.contains("id=\"login-error\""),
        "{}",
        refused.text
    );
    let refused = accept(&world, &mut ada, "nobody-there").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("no person"), "{}", refused.text);
    assert!(refused.text.contains("value=\"nobody-there\""));
    for (field, due, zone) in [
        ("due", "2026-13-40T99:00", "Europe/Berlin"),
        ("due-zone", "2026-03-04T18:00", "Europe/Atlantis"),
    ] {
        let fields = [
            ("offer_sha256", "00"),
            ("login", "ada"),
            ("due", due),
            ("due-zone", zone),
        ];
        let refused = send(&mut ada, "/offer/accept", &fields).await;
        refused.has_error(422, field, "");
        is_sound(&refused);
        for typed in [due, zone] {
            let kept = format!("value=\"{typed}\"");
            assert!(refused.text.contains(&kept), "{typed}: {}", refused.text);
        }
    }
    let refused = send(&mut ada, "/offer/zone", &[("zone", "Europe/Atlantis")]).await;
    refused.has_error(422, "zone", "`Europe/Atlantis`");
    is_sound(&refused);
    assert!(refused.text.contains("value=\"Europe/Atlantis\""));

    accept(&world, &mut ada, "@ada").await.leads_to("/offer");
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    assert_eq!(work_sample.login.unwrap().as_str(), "ada");
    // A form that is sent twice does no harm.
    let page = ada.get("/offer").await;
    is_sound(&page);
    world.settle().await.unwrap();
    let page = ada.get("/offer").await;
    is_sound(&page);
    assert!(page.text.contains("Accept the invitation"), "{}", page.text);
    assert!(page.text.contains("Europe/Berlin"), "{}", page.text);

    let starter = send(&mut ada, "/offer/deliver", &[("sha", ""), ("hours", "")]).await;
    assert_eq!(starter.status, 409);
    assert!(starter.text.contains("starter"), "{}", starter.text);
    is_sound(&starter);
    let odd = [("sha", "zz"), ("hours", "six")];
    let refused = send(&mut ada, "/offer/deliver", &odd).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"six\""), "{}", refused.text);
    let meant = [("sha", ""), ("hours", "6.5"), ("starter", "yes")];
    send(&mut ada, "/offer/deliver", &meant)
        .await
        .leads_to("/offer");
    let page = ada.get("/offer").await;
    is_sound(&page);
    assert!(page.text.contains("you said 6.5 h"), "{}", page.text);
    send(&mut ada, "/offer/zone", &[("zone", "Asia/Tokyo")])
        .await
        .leads_to("/offer");
    assert!(ada.get("/offer").await.text.contains("Asia/Tokyo"));

    let terms = ada.get("/offer/terms.txt").await;
    assert_eq!(terms.status, 200);
    assert!(
        terms.text.contains("with the GitHub account ada"),
        "{}",
        terms.text
    );
    let none = ada.get("/offer/report").await;
    none.is_problem(404, "no_report_yet");
    decide(&world, &id).await;
    let page = ada.get("/offer").await;
    is_sound(&page);
    shows_nothing_reviewer_only(&page.text);
    assert!(
        page.text.contains("Write shorter updates."),
        "{}",
        page.text
    );
    let report = ada.get("/offer/report").await;
    assert_eq!(report.status, 200);
    is_sound(&report);
    shows_nothing_reviewer_only(&report.text);
    assert!(report.text.contains("Write shorter updates."));
    let archive = ada.get("/offer/export.zip").await;
    assert_eq!(archive.status, 200);
    for name in [
        "about-you.json",
        "accepted-terms.md",
        "report.json",
        "work.json",
    ] {
        assert!(archive.text.contains(name), "{name}");
    }
    shows_nothing_reviewer_only(&archive.text);
    world.stop().await.unwrap();
}

/// Assessed without a sandbox, and decided on.
pub async fn decide(world: &World, id: &WorkSampleId) {
    let (ws, version) = show::work_sample(&world.services, id).await.unwrap();
    let sha = ws.effective_delivery().unwrap().sha.clone().unwrap();
    let now = world.now();
    let assessed = Happening {
        key: key::assessed(&sha),
        actor: Actor::Service,
        occurred_at: now,
        body: EventBody::NotAssessable {
            sha,
            reason: "no sandbox here".to_owned(),
        },
    };
    let of = id.clone();
    let seq = ws.last_seq;
    world
        .services
        .store
        .write(move |tx| {
            worksample::workflow::record::record(
                tx,
                &of,
                seq,
                std::slice::from_ref(&assessed),
                Source::Command,
                now,
            )
        })
        .await
        .unwrap();
    let _ = version;
    let command = Command::Decide {
        outcome: DecisionOutcome::Discuss,
        reason: "The team's own reason".to_owned(),
        feedback: worksample::work_sample::Feedback::Given("Write shorter updates.".to_owned()),
    };
    let lead = Actor::Lead {
        name: "Lea Lead".to_owned(),
    };
    act::act(&world.services, id, command, lead).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn offer_that_the_team_took_back_shows_no_work() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let id = offered(&world, "Carl").await;
    let mut carl = Visitor::candidate(&world, &id).await;
    let command = Command::Cancel {
        reason: "The position is filled.".to_owned(),
    };
    let lead = Actor::Lead {
        name: "Lea Lead".to_owned(),
    };
    act::act(&world.services, &id, command, lead).await.unwrap();
    let page = carl.get("/offer").await;
    is_sound(&page);
    for words in ["The team took this offer back", "The position is filled."] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    for wrong in ["is being made", "Accept the offer"] {
        assert!(!page.text.contains(wrong), "{wrong}: {}", page.text);
    }
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn offer_is_declined_and_work_withdrawn_on_pages() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    world.stand_in.add_user("bob", "Bob").unwrap();
    let first = offered(&world, "Bob").await;
    let mut bob = Visitor::candidate(&world, &first).await;
    send(&mut bob, "/offer/decline", &[("reason", "No time.")])
        .await
        .leads_to("/offer");
    let page = bob.get("/offer").await;
    is_sound(&page);
    assert!(
        page.text.contains("You declined this offer"),
        "{}",
        page.text
    );

    let second = offered(&world, "Bob").await;
    let mut again = Visitor::candidate(&world, &second).await;
    accept(&world, &mut again, "bob").await.leads_to("/offer");
    world.settle().await.unwrap();
    send(&mut again, "/offer/withdraw", &[("reason", "")])
        .await
        .leads_to("/offer");
    let page = again.get("/offer").await;
    is_sound(&page);
    assert!(page.text.contains("The work ended early"), "{}", page.text);
    // A page that was left open since: its form is refused, in words.
    let page = again.get("/offer").await;
    let token = page.form_token("/offer/zone");
    let late = [("form_token", token.as_str()), ("sha", ""), ("hours", "")];
    let refused = again.post("/offer/deliver", &late).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    is_sound(&refused);
    // One candidate's session opens nothing of another's.
    let (declined, _) = show::work_sample(&world.services, &first).await.unwrap();
    assert!(declined.accepted_at.is_none());
    let other = bob.get("/offer").await;
    assert!(!other.text.contains(second.as_str()));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn newest_branch_is_delivered_from_the_page_and_due_time_is_a_calendar_file() {
    use crate::support::played::{On, Stage};

    let stage = Stage::up_to("do = \"deliver\"", On::Sqlite).await.unwrap();
    let (world, id) = (&stage.world, &stage.id);
    let mut toni = Visitor::candidate(world, id).await;
    let page = toni.get("/offer").await;
    is_sound(&page);
    assert!(page.text.contains("href=\"#deliver\""), "{}", page.text);
    let unknown = [("branch", "nowhere"), ("sha", ""), ("hours", "")];
    let refused = send(&mut toni, "/offer/deliver", &unknown).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(
        refused.text.contains("id=\"branch-error\""),
        "{}",
        refused.text
    );
    let due = toni.get("/offer/due.ics").await;
    assert_eq!(due.status, 200, "{}", due.text);
    assert!(due.text.contains("METHOD:PUBLISH"), "{}", due.text);
    let (before, _) = show::work_sample(&world.services, id).await.unwrap();
    let head = before
        .pushes
        .iter()
        .rfind(|push| push.git_ref == "refs/heads/greet");
    let named = [("branch", "greet"), ("sha", ""), ("hours", "")];
    let delivered = send(&mut toni, "/offer/deliver", &named).await;
    match head {
        Some(head) => {
            delivered.leads_to("/offer");
            let (after, _) = show::work_sample(&world.services, id).await.unwrap();
            assert_eq!(
                after.effective_delivery().unwrap().sha,
                Some(head.after.clone())
            );
        }
        None => panic!("the branch is not known: {:?}", before.pushes),
    }
    stage.world.stop().await.unwrap();
}
