//! Hostile texts through every field of a played work sample, and words that only the team may read: on every page, in every
//! mail, and in what candidates download.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{World, play};
use worksample::spec::{File, Folder, SpecVersion};
use worksample::store::MessageFilter;
use worksample::web::tokens::Bearer;
use worksample::workflow::messages::CANDIDATE;
use worksample::workflow::{messages, show};

use super::candidate::decide;
use super::markup::faults;
use super::{LIST, launched};
use crate::support::small;
use crate::support::visitor::{Page, Visitor};

/// Ends attributes, elements, scripts and comments; runs in Markdown, too.
const HOSTILE: &str = "x\"'><script>alert(1)</script><img src=x onerror=alert(1)> [y](javascript:alert(1)) \
    </textarea></title><!-- ${{7*7}} \u{202e}desrever";

/// What would do something if it stood in a page as it is.
const DOES_SOMETHING: &[&str] = &[
    "<script>alert",
    "<img src=x",
    "href=\"javascript:",
    "href='javascript:",
    "</title><!--",
];

fn is_harmless(what: &str, page: &Page) {
    for one in DOES_SOMETHING {
        assert!(!page.text.contains(one), "{what}: {one} in {}", page.text);
    }
    assert_eq!(
        faults(&page.text),
        Vec::<String>::new(),
        "{what}: {}",
        page.text
    );
    assert!(
        page.policy.contains("default-src 'none'"),
        "{what}: {}",
        page.policy
    );
    assert!(!page.policy.contains("unsafe"), "{what}: {}", page.policy);
}

/// A script with other texts, up to the judging.
fn script_with(texts: &[(&str, &str)]) -> String {
    let mut script = small::until(small::TALKATIVE, "do = \"judge\"");
    for (before, after) in texts {
        let quoted = format!("\"{before}\"");
        assert!(script.contains(&quoted), "{before}");
        script = script.replace(&quoted, &json!(after).to_string());
    }
    script
}

async fn played(world: &World, version: &SpecVersion, script: &str) -> WorkSampleId {
    let script = vec![small::script(script)];
    let played = play(world, version, script, &mut |_| {}).await.unwrap();
    let id = played[0].id.clone();
    decide(world, &id).await;
    world.settle().await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_do_nothing_on_any_page() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let texts = [
        ("I write one line into one file.", HOSTILE),
        ("Which language?", HOSTILE),
        ("The words are English.", HOSTILE),
        ("English only.", HOSTILE),
        ("English only, as you say.", HOSTILE),
        ("On the way", HOSTILE),
        ("R1 half", HOSTILE),
        ("A mark", HOSTILE),
        ("With a mark, it is friendlier.", HOSTILE),
        ("Fine.", HOSTILE),
        ("As decided.", HOSTILE),
        ("Greeting", HOSTILE),
    ];
    let id = played(&world, &small::version(), &script_with(&texts)).await;
    let mut toni = Visitor::candidate(&world, &id).await;
    for path in ["/offer", "/offer/report"] {
        let page = toni.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("desrever"), "{path} shows the texts");
        is_harmless(path, &page);
    }
    // What is typed comes back in the form that was refused.
    let other = super::candidate::offered(&world, HOSTILE.split('\u{202e}').next().unwrap()).await;
    let mut other = Visitor::candidate(&world, &other).await;
    let offer = other.get("/offer").await;
    is_harmless("the offer", &offer);
    let token = offer.form_token("/offer/accept");
    let typed = [
        ("form_token", token.as_str()),
        ("offer_sha256", HOSTILE),
        ("login", HOSTILE),
        ("due", HOSTILE),
        ("due-zone", HOSTILE),
    ];
    let refused = other.post("/offer/accept", &typed).await;
    assert_eq!(refused.status, 422);
    is_harmless("a refused acceptance", &refused);
    let reason = [("form_token", token.as_str()), ("reason", HOSTILE)];
    other.post("/offer/decline", &reason).await;
    is_harmless("a declined offer", &other.get("/offer").await);

    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let batch = launched(&world, &mut lea).await;
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let mut paths: Vec<String> = rows
        .iter()
        .map(|row| format!("/messages/{}", row.id))
        .collect();
    assert!(paths.len() > 5, "{paths:?}");
    let fixed = [
        "/",
        "/samples",
        "/jobs",
        "/specs",
        "/specs/greeting",
        "/specs/greeting/offer",
        "/specs/greeting/changes",
        "/launch",
        "/settings",
        "/launches",
        "/messages",
        "/people",
        "/tokens",
        "/account",
    ];
    paths.extend(fixed.map(str::to_owned));
    paths.extend([
        batch,
        format!("/samples/{id}"),
        format!("/samples/{id}/links"),
    ]);
    for path in paths {
        let page = lea.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        is_harmless(&path, &page);
    }
    let unknown = lea
        .get("/launch?spec=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert_eq!(unknown.status, 422);
    is_harmless("a launch of an unknown spec", &unknown);
    let token = lea.get("/launch").await.form_token("/launch/preview");
    for (spec, name, email) in [
        ("greeting", HOSTILE, "ada@example.com"),
        (
            "greeting",
            "Ada <img src=x onerror=alert(1)>",
            "x@example.com",
        ),
        (HOSTILE, "Ada", HOSTILE),
    ] {
        let fields = [
            ("form_token", token.as_str()),
            ("spec", spec),
            ("candidate", name),
            ("email", email),
            ("again", "yes"),
        ];
        is_harmless(
            "a preview of a launch",
            &lea.post("/launch/preview", &fields).await,
        );
    }
    let token = lea.get("/launches/new").await.form_token("/launches/check");
    let list = format!(
        "name,email,note\n{},a@example.com,b\n",
        HOSTILE.replace('"', "")
    );
    for list in [list.as_str(), HOSTILE, LIST] {
        let fields = [
            ("form_token", token.as_str()),
            ("spec", "greeting"),
            ("list", list),
        ];
        is_harmless(
            "a dry run",
            &lea.post_parts("/launches/check", &fields).await,
        );
    }
    for path in [
        "/nowhere/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/l/%3Cimg%20src=x%3E",
    ] {
        let request = lea.request(Method::GET, path).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_client_error());
        let text = answer.text().await.unwrap();
        assert!(text.starts_with("<!doctype html>"), "{text}");
        for one in DOES_SOMETHING {
            assert!(!text.contains(one), "{path}: {one} in {text}");
        }
    }
    world.stop().await.unwrap();
}

/// The small spec with words in every part that only the team may read.
fn marked_folder() -> Folder {
    let mut folder = small::folder();
    let spec = folder.files.get_mut("spec.toml").unwrap();
    let text = spec.as_text().unwrap();
    let hidden = "\n[[criteria]]\nid = \"AC-9\"\ntitle = \"CANARY hidden criterion\"\nclauses = [\"R1\"]\nhidden = true\n\
        check = { by = \"eye\", look_for = \"CANARY what to look for\" }\n\n[[gaps]]";
    let text = text
        .replacen("\n[[gaps]]", hidden, 1)
        .replace("Does the greeting end with a mark?", "CANARY gap")
        .replace(
            "It ends with an exclamation mark.",
            "CANARY one interpretation",
        )
        .replace("It ends with the last word.", "CANARY other interpretation")
        .replace("checks/mark.sh", "checks/CANARY-probe.sh");
    *spec = File::text(text);
    let probe = folder.files.remove("acceptance/checks/mark.sh").unwrap();
    folder
        .files
        .insert("acceptance/checks/CANARY-probe.sh".to_owned(), probe);
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_the_team_alone_reach_candidates_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let version = SpecVersion::read(marked_folder()).unwrap();
    let id = played(&world, &version, &script_with(&[])).await;
    let (ws, _) = show::work_sample(&world.services, &id).await.unwrap();
    let private = ws.decision.as_ref().unwrap().reason.clone();
    assert_eq!(private, "The team's own reason");

    let mut read: Vec<(String, String)> = Vec::new();
    let mut toni = Visitor::candidate(&world, &id).await;
    for path in [
        "/offer",
        "/offer/report",
        "/offer/terms.txt",
        "/offer/due.ics",
        "/offer/export.zip",
    ] {
        let page = toni.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        read.push((path.to_owned(), page.text));
    }
    let own = Bearer::Candidate {
        work_sample: id.clone(),
    };
    let ask = |bearer: Bearer, path: String| {
        let request = reqwest::Client::new()
            .request(
                Method::GET,
                format!("http://{}/api/v1{path}", world.address),
            )
            .bearer_auth(world.api.token(&bearer).unwrap());
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    for path in ["/offer", "/offer/report", "/offer/export.zip"] {
        read.push((
            format!("the API's {path}"),
            ask(own.clone(), path.to_owned()).await,
        ));
    }
    let of_own = MessageFilter {
        work_sample: Some(id.clone()),
        ..MessageFilter::default()
    };
    let rows = messages::list(&world.services, of_own).await.unwrap();
    let mut kinds = BTreeSet::new();
    for row in rows.iter().filter(|row| row.recipient == CANDIDATE) {
        kinds.insert(row.kind.in_words());
        let letter = format!("{} {}", row.subject, row.letter);
        read.push((format!("the message {}", row.kind.in_words()), letter));
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
    let mut of_api = read
        .iter()
        .filter(|(what, _)| what == "the API's /offer/export.zip");
    let (_, archive) = of_api.next().unwrap();
    for file in ["messages.json", "links.json", "sessions.json"] {
        assert!(archive.contains(file), "{file} is in the archive");
    }
    assert!(
        archive.contains("/o/"),
        "links stand in the messages' texts"
    );
    // What opens something, and what the team's log calls a delivery, are in nothing either.
    let hashes = world.services.store.read({
        let id = id.clone();
        move |tx| tx.links_of_work_sample(&id)
    });
    let hashes = hashes.await.unwrap();
    assert!(!hashes.is_empty());
    for (what, text) in &read {
        for link in &hashes {
            assert!(!text.contains(link.token_hash.as_str()), "{what}: {text}");
        }
        assert!(
            !text.contains("issue_comment:"),
            "a natural key in {what}: {text}"
        );
    }
    for (what, text) in &read {
        for word in ["CANARY", "AC-9", private.as_str()] {
            assert!(!text.contains(word), "{word} in {what}: {text}");
        }
    }
    // The same words are found where the team reads them.
    let lead = Bearer::Lead {
        name: "Lea Lead".into(),
    };
    let report = ask(lead, format!("/work-samples/{id}/report")).await;
    for word in ["CANARY hidden", "CANARY gap", private.as_str()] {
        assert!(report.contains(word), "{word} in {report}");
    }
    world.stop().await.unwrap();
}
