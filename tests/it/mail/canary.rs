//! What a candidate may not read is in no message and no calendar.

use chrono::Duration;
use worksample::rehearsal::play;
use worksample::spec::{File, Folder, SpecVersion};
use worksample::store::MessageFilter;
use worksample::work_sample::Command;
use worksample::workflow::{act, messages};

use crate::support::played::lead;
use crate::support::small;

/// The small spec with a canary in everything that candidates do not see.
fn folder() -> Folder {
    let mut folder = small::folder();
    let text = folder.files["spec.toml"].as_text().unwrap().to_owned();
    let changes = [
        (
            "title = \"Does the greeting end with a mark?\"",
            "title = \"CANARY gap, mark?\"",
        ),
        (
            "It ends with an exclamation mark.",
            "CANARY interpretation one",
        ),
        ("It ends with the last word.", "CANARY interpretation two"),
        (
            "title = \"It reads like a person wrote it\"",
            "title = \"CANARY criterion\"\nhidden = true",
        ),
        ("A sentence that a person would say.", "CANARY look for"),
    ];
    let text = changes.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    folder
        .files
        .insert("spec.toml".to_owned(), File::text(&text));
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_candidates_may_not_see_is_in_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let version = SpecVersion::read(folder()).unwrap();
    let script = small::script(&small::until(small::TALKATIVE, "do = \"judge\""));
    let played = play(&world, &version, vec![script], &mut |_| {})
        .await
        .unwrap();
    let id = &played[0].id;
    let extend = Command::Extend {
        due_at: world.now() + Duration::days(3),
        reason: "CANARY why it was extended".to_owned(),
    };
    act::act(&world.services, id, extend, lead()).await.unwrap();
    world.settle().await.unwrap();
    let rows = messages::list(&world.services, MessageFilter::default())
        .await
        .unwrap();
    let kinds: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.kind.name()).collect();
    for kind in [
        "offer",
        "repository_ready",
        "answer_given",
        "delivery_recorded",
        "due_moved",
        "question_waiting",
        "delivered",
        "pay_due",
        "pay_to_pay",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing: {kinds:?}");
    }
    for row in &rows {
        // The letter has every word of the message and of its calendar, before they are encoded.
        let said = format!("{} {}", row.subject, row.letter);
        assert!(!said.contains("CANARY"), "{said}");
    }
    let own = rows
        .iter()
        .filter(|row| row.recipient == "candidate")
        .count();
    assert!(own >= 6, "{own}");
    world.stop().await.unwrap();
}
