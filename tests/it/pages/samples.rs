//! Leads and reviewers at the pages of work samples: what needs them, the list, and one work sample.

use rstest::rstest;
use worksample::acceptance::{Assessment, ChangeKind, ChangedFile, CriterionResult, Verdict};
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{World, play};
use worksample::store::{DeliveredDiff, Tx};
use worksample::work_sample::{Actor, EntryKind, EventBody, Happening, Side, Source, State, key};
use worksample::workflow::record::record;

use super::candidate::shows_nothing_reviewer_only;
use super::markup::faults;
use crate::support::played::{On, Stage, folded};
use crate::support::small;
use crate::support::visitor::{Page, Visitor, field};

fn is_sound(page: &Page) {
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(faults(&page.text), Vec::<String>::new(), "{}", page.text);
    assert!(page.policy.contains("default-src 'none'"));
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
}

/// What git would print.
const DIFF: &str = "diff --git a/greeting.txt b/greeting.txt\nindex 1..2 100644\n--- a/greeting.txt\n\
    +++ b/greeting.txt\n@@ -1 +1 @@\n-to be written\n+hello world <b>!</b>\n\
    diff --git a/notes.md b/notes.md\nnew file mode 100644\n--- /dev/null\n+++ b/notes.md\n\
    @@ -0,0 +1 @@\n+Written by hand.\n";

fn changed(path: &str, change: ChangeKind, (added, removed): (u32, u32)) -> ChangedFile {
    ChangedFile {
        path: path.to_owned(),
        change,
        added,
        removed,
    }
}

/// What the sandbox would find: AC-1 is met, and AC-2 waits for a person.
pub async fn assessed_by_hand(world: &World, id: &WorkSampleId) {
    let ws = folded(&world.services, id).await;
    let sha = ws.effective_delivery().unwrap().sha.clone().unwrap();
    let now = world.now();
    let result = |criterion: &str, verdict| CriterionResult {
        criterion: criterion.parse().unwrap(),
        verdict,
        because: "by hand".to_owned(),
        run: None,
        tests: Vec::new(),
    };
    let assessed = Happening {
        key: key::assessed(&sha),
        actor: Actor::Service,
        occurred_at: now,
        body: EventBody::Assessed {
            assessment: Assessment {
                sha,
                spec: ws.spec.clone(),
                sandbox: "by hand".to_owned(),
                started_at: now,
                build: None,
                results: vec![
                    result("AC-1", Verdict::Passed),
                    result("AC-2", Verdict::Open),
                ],
                probes: Vec::new(),
                changed_files: vec![
                    changed("greeting.txt", ChangeKind::Modified, (1, 1)),
                    changed("notes.md", ChangeKind::Added, (1, 0)),
                ],
            },
        },
    };
    let (of, seq) = (id.clone(), ws.last_seq);
    let delivered = ws.effective_delivery().unwrap().sha.clone().unwrap();
    let write = move |tx: &mut Tx<'_>| {
        let diff = DeliveredDiff {
            text: DIFF.as_bytes().to_vec(),
            whole: true,
        };
        tx.keep_diff(&of, &delivered, &diff)?;
        let happenings = std::slice::from_ref(&assessed);
        record(tx, &of, seq, happenings, Source::Command, now)
    };
    world.services.store.write(write).await.unwrap();
}

/// Sends the first form with this action on this page.
async fn send(visitor: &mut Visitor, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let shown = visitor.get(page).await;
    let token = shown.form_token(action);
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    visitor.post(action, &all).await
}

#[rstest]
#[case::on_sqlite(On::Sqlite)]
#[case::on_postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lead_answers_a_question_from_today_and_the_candidate_reads_it(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"answer\"", on).await else {
        return;
    };
    let (world, id) = (&stage.world, &stage.id);
    let mut lea = Visitor::signed_in(world, "Lea Lead", "lead").await;
    let today = lea.get("/").await;
    is_sound(&today);
    assert!(
        today.text.contains("A question waits for an answer"),
        "{}",
        today.text
    );
    assert!(today.text.contains("Toni Talks"), "{}", today.text);
    assert!(today.text.contains("About R1"), "{}", today.text);

    let action = format!("/samples/{id}/reply");
    let entry = field(&today.text, "entry");
    let answer = [
        ("entry", entry.as_str()),
        ("back", "today"),
        ("seen", "0"),
        ("kind", "answer"),
        ("text", "English **only**."),
    ];
    send(&mut lea, "/", &action, &answer).await.leads_to("/");
    let after = lea.get("/").await;
    is_sound(&after);
    assert!(!after.text.contains("A question waits"), "{}", after.text);
    assert!(
        after.text.contains("Your reply is recorded"),
        "{}",
        after.text
    );

    // Somebody else answers at the same time, on a page that was loaded before.
    let page = format!("/samples/{id}");
    let mut lou = Visitor::signed_in(world, "Lou Lead", "lead").await;
    let late = [
        ("entry", entry.as_str()),
        ("seen", "0"),
        ("kind", "answer"),
        ("text", "Any language, I think."),
    ];
    let refused = send(&mut lou, &page, &action, &late).await;
    refused.has_error(
        409,
        "",
        "The replies are not the ones that your page showed",
    );
    assert!(refused.text.contains("replied_meanwhile"));
    assert!(
        refused.text.contains("Any language, I think."),
        "what was typed is kept: {}",
        refused.text
    );
    assert!(
        refused.text.contains("<strong>only</strong>"),
        "the other's answer is shown: {}",
        refused.text
    );

    world.settle().await.unwrap();
    let ws = folded(&world.services, id).await;
    let answers: Vec<_> = ws
        .entries
        .iter()
        .filter(|one| one.kind == EntryKind::Answer)
        .collect();
    assert_eq!(
        answers.len(),
        1,
        "the copy at GitHub is no answer of its own"
    );
    assert_eq!(
        (answers[0].side, answers[0].login.as_str()),
        (Side::Team, "Lea Lead")
    );
    assert!(!answers[0].html_url.is_empty(), "its copy is known");
    let number = answers[0].place.number();
    let (_, comments) = stage.at_github(&format!("/issues/{number}/comments")).await;
    let bodies: Vec<&str> = comments
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["body"].as_str().unwrap())
        .collect();
    let copies = bodies
        .iter()
        .filter(|body| body.contains("English **only**."));
    assert_eq!(copies.count(), 1, "{bodies:?}");

    let mut toni = Visitor::candidate(world, id).await;
    let offer = toni.get("/offer").await;
    assert!(
        offer.text.contains("English <strong>only</strong>."),
        "{}",
        offer.text
    );
    shows_nothing_reviewer_only(&offer.text);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::on_sqlite(On::Sqlite)]
#[case::on_postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn redirection_stores_gap_and_interpretation_for_the_team_alone(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"confirm\"", on).await else {
        return;
    };
    let (world, id) = (&stage.world, &stage.id);
    let (page, action) = (format!("/samples/{id}"), format!("/samples/{id}/reply"));
    let mut lea = Visitor::signed_in(world, "Lea Lead", "lead").await;
    is_sound(&lea.get(&page).await);
    let ws = folded(&world.services, id).await;
    let decision = ws
        .entries_of(EntryKind::Decision)
        .next()
        .unwrap()
        .key
        .clone();
    let empty = [
        ("entry", decision.0.as_str()),
        ("seen", "0"),
        ("kind", "redirect"),
        ("text", " "),
        ("gap", "G1 without-mark"),
    ];
    let refused = send(&mut lea, &page, &action, &empty).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(
        refused.text.contains("value=\"G1 without-mark\" selected"),
        "{}",
        refused.text
    );
    let unknown = [
        ("entry", decision.0.as_str()),
        ("kind", "redirect"),
        ("text", "x"),
        ("gap", "G9"),
    ];
    send(&mut lea, &page, &action, &unknown)
        .await
        .is_problem(409, "unknown_gap");
    let meant = [
        ("entry", decision.0.as_str()),
        ("seen", "0"),
        ("kind", "redirect"),
        ("text", "Please leave the mark out."),
        ("gap", "G1 without-mark"),
    ];
    let sent = send(&mut lea, &page, &action, &meant).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    world.settle().await.unwrap();
    let shown = lea.get(&page).await;
    is_sound(&shown);
    assert!(
        shown.text.contains("settles G1, without-mark"),
        "{}",
        shown.text
    );
    let number = ws.entry(&decision).unwrap().place.number();
    let (_, comments) = stage.at_github(&format!("/issues/{number}/comments")).await;
    assert!(
        comments.to_string().contains("Please leave the mark out."),
        "{comments}"
    );
    let mut toni = Visitor::candidate(world, id).await;
    let archive = toni.get("/offer/export.zip").await.text;
    for text in [toni.get("/offer").await.text, comments.to_string(), archive] {
        assert!(!text.contains("without-mark"), "{text}");
    }
    stage.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn list_is_filtered_searched_sorted_and_downloaded() {
    let stage = Stage::up_to("do = \"answer\"", On::Sqlite).await.unwrap();
    let (world, id) = (&stage.world, &stage.id);
    let mut rae = Visitor::signed_in(world, "Rae Reviewer", "reviewer").await;
    rae.get("/").await.leads_to("/samples");
    let all = rae.get("/samples").await;
    is_sound(&all);
    assert!(all.text.contains("Toni Talks"), "{}", all.text);
    assert!(all.text.contains("Timeline: "), "{}", all.text);
    for query in [
        "waiting=team",
        "state=open",
        "q=TONI",
        "q=toni-talks",
        "order=due",
        "spec=greeting",
    ] {
        let page = rae.get(&format!("/samples?{query}")).await;
        is_sound(&page);
        assert!(page.text.contains(id.as_str()), "{query}: {}", page.text);
    }
    for query in [
        "waiting=nobody",
        "state=closed",
        "q=%25",
        "q=somebody",
        "owner=me",
    ] {
        let page = rae.get(&format!("/samples?{query}")).await;
        is_sound(&page);
        assert!(!page.text.contains(id.as_str()), "{query}: {}", page.text);
        assert!(page.text.contains("No work sample fits"), "{query}");
    }
    for query in [
        "state=odd",
        "waiting=odd",
        "order=odd",
        "owner=odd",
        "page=0",
        "page=-1",
        "spec=%00",
    ] {
        rae.get(&format!("/samples?{query}"))
            .await
            .is_problem(400, "filter_unknown");
    }
    let csv = rae.get("/samples.csv?waiting=team").await;
    assert!(
        csv.text.starts_with("work_sample,candidate,"),
        "{}",
        csv.text
    );
    assert!(csv.text.contains("Toni Talks"), "{}", csv.text);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::on_sqlite(On::Sqlite)]
#[case::on_postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lead_judges_decides_corrects_pays_and_closes_on_the_page(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"judge\"", on).await else {
        return;
    };
    let (world, id) = (&stage.world, &stage.id);
    assessed_by_hand(world, id).await;
    let page = format!("/samples/{id}");
    let ws = folded(&world.services, id).await;
    assert_eq!(
        ws.state,
        State::Assessed,
        "the script ends with the delivery"
    );
    let mut lea = Visitor::signed_in(world, "Lea Lead", "lead").await;
    is_sound(&lea.get(&page).await);
    let judge = format!("/samples/{id}/judge");
    let open = lea.get("/").await;
    assert!(
        open.text.contains("Criteria wait for a person"),
        "{}",
        open.text
    );
    let decide = format!("/samples/{id}/decide");
    let unawares = [
        ("outcome", "stop"),
        ("reason", "Not what we look for."),
        ("no-feedback", "yes"),
    ];
    let refused = send(&mut lea, &page, &decide, &unawares).await;
    refused.has_error(409, "anyway", "AC-2");
    let wordless = [("criterion", "AC-2"), ("verdict", "passed"), ("note", " ")];
    let refused = send(&mut lea, &page, &judge, &wordless).await;
    refused.has_error(409, "judge-AC-2", "");
    let mut rae = Visitor::signed_in(world, "Rae Reviewer", "reviewer").await;
    let judged = [
        ("criterion", "AC-2"),
        ("verdict", "passed"),
        ("note", "greeting.txt:1 greets."),
    ];
    let done = send(&mut rae, &page, &judge, &judged).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let seen = rae.get(&page).await;
    is_sound(&seen);
    assert!(
        seen.text.contains("greeting.txt:1 greets."),
        "{}",
        seen.text
    );
    for lead_only in ["/decide\"", "/pay\"", "/cancel\"", "/close\""] {
        assert!(!seen.text.contains(lead_only), "{lead_only}");
    }
    let nothing = send(&mut lea, &page, &decide, &[]).await;
    nothing.has_error(422, "outcome", "Choose an outcome");
    nothing.has_error(422, "feedback", "Write feedback");
    let both = [
        ("outcome", "stop"),
        ("reason", "The team’s own reason."),
        ("feedback", "Kept words."),
        ("no-feedback", "yes"),
    ];
    let refused = send(&mut lea, &page, &decide, &both).await;
    refused.has_error(422, "feedback", "do one of both");
    assert!(refused.text.contains("Kept words."), "{}", refused.text);
    let fields = [
        ("outcome", "stop"),
        ("reason", "Not what we look for."),
        ("no-feedback", "yes"),
    ];
    let decided = send(&mut lea, &page, &decide, &fields).await;
    assert_eq!(decided.status, 303, "{}", decided.text);
    let correct = format!("/samples/{id}/correct-decision");
    let fields = [
        ("new-outcome", "proceed"),
        ("new-reason", "The talk answered what was open."),
        ("new-feedback", "Thank you for the talk."),
    ];
    let corrected = send(&mut lea, &page, &correct, &fields).await;
    assert_eq!(corrected.status, 303, "{}", corrected.text);
    send(&mut lea, &page, &correct, &fields)
        .await
        .has_error(409, "new-outcome", "stands");
    let pay = format!("/samples/{id}/pay");
    send(&mut lea, &page, &pay, &[("reference", " ")])
        .await
        .has_error(409, "reference", "reference");
    let paid = send(&mut lea, &page, &pay, &[("reference", "SEPA 1")]).await;
    assert_eq!(paid.status, 303, "{}", paid.text);
    let closed = send(&mut lea, &page, &format!("/samples/{id}/close"), &[]).await;
    assert_eq!(closed.status, 303, "{}", closed.text);
    let ws = folded(&world.services, id).await;
    assert_eq!(ws.state, State::Closed);
    assert_eq!(ws.former_decisions.len(), 1);
    let toni = Visitor::candidate(world, id).await.get("/offer").await;
    assert!(
        toni.text.contains("The team corrected its decision."),
        "{}",
        toni.text
    );
    let shown = lea.get(&page).await;
    is_sound(&shown);
    assert!(
        shown.text.contains("go on with this person"),
        "{}",
        shown.text
    );
    let today = lea.get("/").await;
    is_sound(&today);
    assert!(today.text.contains("Nothing"), "{}", today.text);
    let mut toni = Visitor::candidate(world, id).await;
    let offer = toni.get("/offer").await;
    assert!(
        offer.text.contains("Thank you for the talk."),
        "{}",
        offer.text
    );
    for own in ["Not what we look for.", "The talk answered"] {
        assert!(!offer.text.contains(own), "{own}");
    }
    let report = lea.get(&format!("{page}/report")).await;
    assert_eq!(report.status, 200);
    stage.world.stop().await.unwrap();
}

#[rstest]
#[case::on_sqlite(On::Sqlite)]
#[case::on_postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn reviewer_reads_what_the_delivery_changes_with_the_boundary(#[case] on: On) {
    let Some(stage) = Stage::up_to("do = \"judge\"", on).await else {
        return;
    };
    let (world, id) = (&stage.world, &stage.id);
    let mut rae = Visitor::signed_in(world, "Rae Reviewer", "reviewer").await;
    let page = format!("/samples/{id}/changes");
    let before = rae.get(&page).await;
    is_sound(&before);
    assert!(before.text.contains("No delivery was assessed yet"));
    assessed_by_hand(world, id).await;
    let changes = rae.get(&page).await;
    is_sound(&changes);
    for words in [
        "2 files, 1 outside the boundary",
        "<code>- to be written</code>",
        "<code>+ hello world &#60;b&#62;!&#60;/b&#62;</code>",
        "outside the boundary",
        "A sentence that a person would say.",
        "#criterion-AC-2",
    ] {
        assert!(changes.text.contains(words), "{words}: {}", changes.text);
    }
    let one = rae.get(&format!("{page}?file=2")).await;
    is_sound(&one);
    assert!(one.text.contains("+ Written by hand."), "{}", one.text);
    assert!(!one.text.contains("to be written"), "{}", one.text);
    assert_eq!(rae.get(&format!("{page}?file=x")).await.status, 400);
    let sample = rae.get(&format!("/samples/{id}")).await;
    assert!(sample.text.contains(&page), "{}", sample.text);
    stage.world.stop().await.unwrap();
}

/// The real thing: git's words about the commit that was delivered and assessed.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_an_assessed_delivery_are_kept() {
    let Some(sandbox) = crate::sandbox::sandbox() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, Some(sandbox.clone())).await;
    let script = small::script(&small::until(small::TALKATIVE, "do = \"judge\""));
    let played = play(&world, &small::version(), vec![script], &mut |_| {})
        .await
        .unwrap();
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let page = lea.get(&format!("/samples/{}/changes", played[0].id)).await;
    is_sound(&page);
    for words in [
        "1 file.",
        "<code>- to be written</code>",
        "<code>+ hello world",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    world.stop().await.unwrap();
}
