//! A lead launches one candidate on the pages, and reads the specs that are published.

use rstest::rstest;
use worksample::rehearsal::World;
use worksample::spec::{File, SpecVersion};
use worksample::store::{MessageFilter, WorkSampleFilter};
use worksample::workflow::{messages, publish, show};

use super::markup::faults;
use crate::support::played::On;
use crate::support::small;
use crate::support::visitor::{Page, Visitor, field};

fn is_sound(page: &Page) {
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(faults(&page.text), Vec::<String>::new(), "{}", page.text);
    assert!(page.policy.contains("default-src 'none'"));
    assert!(page.text.len() < 60_000, "{} bytes", page.text.len());
}

async fn published(world: &World, version: &str) -> SpecVersion {
    let mut folder = small::folder();
    let text = folder.text("spec.toml").unwrap();
    let text = text.replace("version = \"1.0\"", &format!("version = \"{version}\""));
    folder
        .files
        .insert("spec.toml".to_owned(), File::text(text));
    if version != "1.0" {
        let brief = folder.text("brief.md").unwrap();
        let brief = brief.replace("to each visitor", "to everybody");
        folder
            .files
            .insert("brief.md".to_owned(), File::text(brief));
    }
    let (version, _) = publish::publish(&world.services, folder).await.unwrap();
    version
}

async fn count(world: &World) -> usize {
    let all = show::work_samples(&world.services, WorkSampleFilter::default());
    all.await.unwrap().len()
}

#[rstest]
#[case::on_sqlite(On::Sqlite)]
#[case::on_postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn launch_shows_offer_and_mail_first_and_makes_one_offer(#[case] on: On) {
    let dir = tempfile::tempdir().unwrap();
    let Some(database) = on.database() else {
        return;
    };
    let world = small::world(dir.path(), database.url(), None).await;
    published(&world, "1.0").await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let form = lea.get("/launch?spec=greeting").await;
    is_sound(&form);
    let token = form.form_token("/launch/preview");
    let spec = form.text.split("<option value=\"").nth(1).unwrap();
    let spec = spec.split('"').next().unwrap().to_owned();
    let typed = |candidate, email| {
        vec![
            ("form_token", token.clone()),
            ("spec", spec.clone()),
            ("candidate", str::to_owned(candidate)),
            ("email", str::to_owned(email)),
        ]
    };
    let send = async |lea: &mut Visitor, path: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        lea.post(path, &fields).await
    };

    let odd = send(&mut lea, "/launch/preview", &typed("Ada Able", "nowhere")).await;
    odd.has_error(422, "email", "is not an e-mail address");
    assert!(odd.text.contains("value=\"Ada Able\""), "{}", odd.text);

    let asked = typed("Ada Able", "ada@example.com");
    let preview = send(&mut lea, "/launch/preview", &asked).await;
    is_sound(&preview);
    for words in [
        "Nothing has been sent",
        "no mail server is configured",
        "Hello Ada Able,",
        "A paid work sample for",
        "The file greets the world",
        "Here the candidate types their GitHub login",
    ] {
        let words = words.to_lowercase();
        assert!(
            preview.text.to_lowercase().contains(&words),
            "{words}: {}",
            preview.text
        );
    }
    assert!(
        !preview.text.contains("action=\"/offer"),
        "{}",
        preview.text
    );
    assert_eq!(count(&world).await, 0, "nothing was made");

    let mut last = asked.clone();
    last.push(("key", field(&preview.text, "key")));
    let made = send(&mut lea, "/launch", &last).await;
    assert_eq!(made.status, 303, "{}", made.text);
    assert!(made.location.ends_with("/links"), "{}", made.location);
    let links = lea.get(&made.location).await;
    assert!(links.text.contains("No mail is sent"), "{}", links.text);
    let again = send(&mut lea, "/launch", &last).await;
    assert_eq!(again.location, made.location, "the form was sent twice");
    assert_eq!(count(&world).await, 1);

    // The mail that was shown is the one that is written.
    world.settle().await.unwrap();
    let written = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let row = written
        .iter()
        .find(|row| row.recipient == messages::CANDIDATE)
        .unwrap();
    assert!(preview.text.contains(&row.subject), "{}", row.subject);

    let second = send(&mut lea, "/launch/preview", &asked).await;
    second.has_error(409, "again", "already has a work sample");
    let mut meant = asked.clone();
    meant.push(("again", "yes".to_owned()));
    is_sound(&send(&mut lea, "/launch/preview", &meant).await);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn specs_show_both_sides_findings_and_changes() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let mut lea = Visitor::signed_in(&world, "Lea Lead", "lead").await;
    let empty = lea.get("/specs").await;
    is_sound(&empty);
    assert!(empty.text.contains("No spec is published yet"));
    let first = published(&world, "1.0").await;
    world.clock.advance(chrono::Duration::hours(1));
    let second = published(&world, "1.1").await;

    let mut rita = Visitor::signed_in(&world, "Rita Reviewer", "reviewer").await;
    for visitor in [&mut lea, &mut rita] {
        let list = visitor.get("/specs").await;
        is_sound(&list);
        assert!(list.text.contains("2 versions"), "{}", list.text);
        let spec = visitor.get("/specs/greeting").await;
        is_sound(&spec);
        for words in [
            "1.1",
            "The offer does not say what the task is for",
            "It ends with an exclamation mark.",
            "sh checks/greets.sh",
        ] {
            assert!(spec.text.contains(words), "{words}: {}", spec.text);
        }
        let offer = visitor.get(&format!("/specs/{}/offer", first.digest)).await;
        is_sound(&offer);
        assert!(offer.text.contains("to each visitor"), "{}", offer.text);
        for hidden in ["exclamation mark", "checks/greets.sh", "G1"] {
            assert!(!offer.text.contains(hidden), "{hidden}");
        }
        let changes = visitor
            .get(&format!("/specs/{}/changes", second.digest))
            .await;
        is_sound(&changes);
        for words in [
            "brief.md",
            "- Our page shows",
            "+ Our page shows",
            "spec.toml",
        ] {
            assert!(changes.text.contains(words), "{words}: {}", changes.text);
        }
        let none = visitor
            .get(&format!("/specs/{}/changes", first.digest))
            .await;
        assert!(none.text.contains("This is the first version"));
        for unknown in [
            "/specs/nothing",
            "/specs/..%2f",
            "/specs/greeting/changes?from=sha256:0",
        ] {
            assert_eq!(visitor.get(unknown).await.status, 404, "{unknown}");
        }
    }
    assert!(
        lea.get("/specs")
            .await
            .text
            .contains("/launch?spec=greeting")
    );
    assert!(!rita.get("/specs").await.text.contains("/launch"));
    world.stop().await.unwrap();
}
