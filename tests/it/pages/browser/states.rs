//! A candidate's pages in every state, looked at with axe and the keyboard.

use std::path::Path;

use chrono::Duration;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::World;
use worksample::spec::forms::Form;
use worksample::work_sample::{Actor, Command};
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::{act, publish};

use super::gallery::Gallery;
use crate::pages::candidate::{accept, decide, offered};
use crate::support::at_github::AtGitHub;
use crate::support::small;
use crate::support::visitor::Visitor;

const LONG: &str = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley Maximiliana Konstantinopolitanskaja";
const RIGHT_TO_LEFT: &str = "\u{5d3}\u{5e0}\u{5d4} \u{5dc}\u{5d5}\u{5d9}";

async fn act(world: &World, id: &WorkSampleId, command: Command, actor: Actor) {
    act::act(&world.services, id, command, actor).await.unwrap();
}

fn lead() -> Actor {
    Actor::Lead {
        name: "Lea Lead".to_owned(),
    }
}

/// The briefs that the project ships hold code and tables of any width.
#[tokio::test(flavor = "multi_thread")]
async fn offers_of_shipped_specs_fit_every_width() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    for slug in ["order-idempotency", "webhook-relay"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("specs")
            .join(slug);
        let folder = worksample::disk::read_folder(&folder).unwrap();
        let (version, _) = publish::publish(&world.services, folder).await.unwrap();
        let wanted = Launch {
            spec: version.digest.clone(),
            candidate: "Ada Able".to_owned(),
            email: None,
            organization: None,
            again: true,
            lead: "Lea Lead".to_owned(),
        };
        let id = launch(&world.services, wanted, None).await.unwrap().id;
        let ada = Visitor::candidate(&world, &id).await;
        gallery
            .show_to(&ada, "/offer", "Accept the offer", &format!("offer-{slug}"))
            .await;
    }
    gallery.close().await;
    world.stop().await.unwrap();
}

/// Offered to this person, who has opened their link.
async fn one(world: &World, name: &str) -> (WorkSampleId, Visitor) {
    let id = offered(world, name).await;
    let visitor = Visitor::candidate(world, &id).await;
    (id, visitor)
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_pages_before_the_work_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    world.stand_in.add_user("ada", "Ada").unwrap();
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    let (_, ada) = one(&world, "Ada Able").await;
    gallery
        .show_to(&ada, "/offer", "Accept the offer", "offer-open")
        .await;
    gallery.browser.fill("login", "nobody-there").await;
    gallery.browser.press("Accept the offer").await;
    gallery
        .look("/offer", "There is a problem", "offer-refused")
        .await;
    let (_, long) = one(&world, LONG).await;
    gallery
        .show_to(&long, "/offer", "Accept the offer", "offer-long-name")
        .await;
    let (_, dana) = one(&world, RIGHT_TO_LEFT).await;
    gallery
        .show_to(&dana, "/offer", RIGHT_TO_LEFT, "offer-right-to-left")
        .await;
    let (declined, dora) = one(&world, "Dora").await;
    let reason = Some("No time.".to_owned());
    let command = Command::Decline { reason };
    act(&world, &declined, command, Actor::Candidate).await;
    gallery
        .show_to(&dora, "/offer", "You declined this offer", "offer-declined")
        .await;
    let (cancelled, carl) = one(&world, "Carl").await;
    let reason = "The position is filled.".to_owned();
    act(&world, &cancelled, Command::Cancel { reason }, lead()).await;
    gallery
        .show_to(
            &carl,
            "/offer",
            "The team took this offer back",
            "offer-cancelled",
        )
        .await;

    // The repository is being made, and then nobody can be invited to it.
    let (waiting, wanda) = one(&world, "Wanda").await;
    let command = Command::Accept {
        login: "nobody-there".parse().unwrap(),
        due_at: world.now() + Duration::days(2),
        terms_sha256: None,
    };
    act(&world, &waiting, command, Actor::Candidate).await;
    gallery
        .show_to(&wanda, "/offer", "is being made", "work-provisioning")
        .await;
    world.settle().await.unwrap();
    gallery
        .show(
            "/offer",
            "You are not in your repository yet",
            "work-not-invited",
        )
        .await;
    gallery.browser.fill("login", "-odd-").await;
    gallery.browser.press("Invite this account").await;
    gallery
        .look("/offer", "There is a problem", "work-login-refused")
        .await;
    assert_eq!(gallery.browser.value_of("login").await, "-odd-", "kept");
    gallery
        .show("/offer/report", "There is no report yet", "report-none")
        .await;

    world.clock.advance(Duration::days(20));
    world.settle().await.unwrap();
    gallery
        .show_to(&ada, "/offer", "This offer is over", "offer-expired")
        .await;
    let nobody = Visitor::new(&world);
    gallery
        .show_to(
            &nobody,
            "/offer",
            "Open your link again",
            "offer-visit-ended",
        )
        .await;
    gallery.close().await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_pages_during_and_after_the_work_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let token = world.stand_in.add_user("ada", "Ada").unwrap();
    world.stand_in.add_user("bob", "Bob").unwrap();
    let Some(mut gallery) = Gallery::open(format!("http://{}", world.address)).await else {
        return;
    };
    let (id, mut ada) = one(&world, "Ada Able").await;
    accept(&world, &mut ada, "ada").await.leads_to("/offer");
    world.settle().await.unwrap();
    gallery
        .show_to(&ada, "/offer", "Accept the invitation", "work-invited")
        .await;

    let github = AtGitHub::join(&world, &id, &token).await;
    let memo = "I write one line into one file, as R1 asks.";
    github.comments(github.kickoff, memo).await;
    let question = github
        .files(Form::Question, "Which language?", &[("Clause", "R1")])
        .await;
    github.files(Form::Question, RIGHT_TO_LEFT, &[]).await;
    github
        .team_comments(question, "/answer English only.\n\n- as you say\n- `hello`")
        .await;
    let decision = github.files(Form::Decision, LONG, &[]).await;
    github
        .team_comments(decision, "/redirect Without a mark, please.")
        .await;
    github.files(Form::Progress, "On the way", &[]).await;
    let (pull, sha) = github.pushes("hello world!\n").await;
    github.comments(pull, "/submit").await;
    let extended = Command::Extend {
        due_at: world.now() + Duration::days(3),
        reason: "We answered late.".to_owned(),
    };
    act(&world, &id, extended, lead()).await;
    world.settle().await.unwrap();
    gallery
        .show("/offer", "A text was not understood", "work-working")
        .await;
    gallery.browser.fill("sha", "zz").await;
    gallery.browser.send("/offer/deliver").await;
    gallery
        .look("/offer", "There is a problem", "work-delivery-refused")
        .await;

    let delivered = Command::Deliver {
        sha: Some(sha),
        head: None,
        starter_confirmed: false,
        starter: None,
    };
    act(&world, &id, delivered, Actor::Candidate).await;
    world.settle().await.unwrap();
    gallery
        .show("/offer", "is being checked", "work-delivered")
        .await;
    decide(&world, &id).await;
    gallery
        .show("/offer", "Feedback for you", "work-decided")
        .await;
    gallery
        .show("/offer/report", "Feedback for you", "report")
        .await;
    let paid = Command::Pay {
        amount: None,
        reference: "SEPA 2026-03-17 / ws 1".to_owned(),
    };
    act(&world, &id, paid, lead()).await;
    act(&world, &id, Command::Close, lead()).await;
    world.settle().await.unwrap();
    gallery.show("/offer", "SEPA", "work-closed").await;

    let (withdrawn, mut bob) = one(&world, "Bob").await;
    accept(&world, &mut bob, "bob").await.leads_to("/offer");
    world.settle().await.unwrap();
    let reason = Some("I found another position.".to_owned());
    let command = Command::Withdraw { reason };
    act(&world, &withdrawn, command, Actor::Candidate).await;
    world.settle().await.unwrap();
    gallery
        .show_to(&bob, "/offer", "The work ended early", "work-withdrawn")
        .await;
    gallery
        .show("/offer/report", "Your report", "report-withdrawn")
        .await;

    let (late, mut cy) = one(&world, "Cy").await;
    accept(&world, &mut cy, "bob").await.leads_to("/offer");
    world.settle().await.unwrap();
    world.clock.advance(Duration::days(4));
    world.settle().await.unwrap();
    gallery
        .show_to(&cy, "/offer", "That time is past", "work-past-due")
        .await;
    drop(late);
    gallery.close().await;
    world.stop().await.unwrap();
}
