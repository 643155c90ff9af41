//! The webhook door: what it refuses, what it keeps, and that it keeps before it acknowledges.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use worksample::rehearsal::{World, play};
use worksample::workflow::intake::MOST_BYTES;
use worksample::workflow::show;

use crate::support::small;

/// What is wrong, the body, changed headers, the status and code to come.
type Case<'a> = (
    &'a str,
    Vec<u8>,
    Vec<(&'a str, Option<&'a str>)>,
    u16,
    &'a str,
);

pub struct Door {
    _dir: tempfile::TempDir,
    pub world: World,
    secret: String,
    /// The id of the one repository that a work sample has.
    pub repository: u64,
    id: worksample::ids::WorkSampleId,
}

pub async fn door() -> Door {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let script = small::until(small::TALKATIVE, "do = \"comment\"");
    let played = play(
        &world,
        &small::version(),
        vec![small::script(&script)],
        &mut |_| {},
    )
    .await
    .unwrap();
    let id = played[0].id.clone();
    let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
    let repository = work_sample.provisioning.repository.unwrap().id;
    let secret = world.webhook_secret().to_owned();
    Door {
        _dir: dir,
        world,
        secret,
        repository,
        id,
    }
}

impl Door {
    fn signature(&self, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    /// Posts `body` with GitHub's headers, `change`d as the test wants; returns status and answer.
    pub async fn post(&self, body: Vec<u8>, change: &[(&str, Option<&str>)]) -> (u16, Value) {
        let signature = self.signature(&body);
        let mut headers = vec![
            ("x-github-event", "issue_comment"),
            ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            ("x-hub-signature-256", signature.as_str()),
            ("content-type", "application/json"),
        ];
        for (name, value) in change {
            headers.retain(|(known, _)| known != name);
            headers.extend(value.map(|value| (*name, value)));
        }
        let mut request = reqwest::Client::new()
            .post(format!("http://{}/webhooks/github", self.world.address))
            .body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    fn comment(&self, repository: u64, text: &str) -> Vec<u8> {
        let account = json!({ "id": 5, "login": "toni-talks" });
        json!({
            "action": "created",
            "issue": { "number": 1, "updated_at": "2026-03-02T12:00:00Z" },
            "comment": {
                "id": 991, "body": text, "html_url": "https://example.com/1", "user": account,
                "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z",
            },
            "repository": { "id": repository, "full_name": "acme/r", "updated_at": "2026-03-02T12:00:00Z" },
            "sender": account,
        })
        .to_string()
        .into_bytes()
    }

    /// Deliveries on disk.
    async fn kept(&self) -> i64 {
        let counts = self
            .world
            .services
            .store
            .read(|tx| tx.delivery_counts())
            .await
            .unwrap();
        counts.iter().map(|one| one.count).sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_webhook_gets_its_own_code_and_changes_nothing() {
    let door = door().await;
    let before = door.kept().await;
    let good = door.comment(door.repository, "hello");
    let mut altered = good.clone();
    altered.push(b' ');
    let right = door.signature(&good);
    let misshapen = json!({
        "action": "created", "comment": 7,
        "repository": { "id": door.repository, "full_name": "a/b" }, "sender": { "id": 5, "login": "x" },
    });

    let cases: [Case<'_>; 10] = [
        (
            "no signature",
            good.clone(),
            vec![("x-hub-signature-256", None)],
            401,
            "signature_missing",
        ),
        (
            "another scheme",
            good.clone(),
            vec![("x-hub-signature-256", Some("sha1=00"))],
            401,
            "signature_wrong",
        ),
        (
            "altered body",
            altered,
            vec![("x-hub-signature-256", Some(&right))],
            401,
            "signature_wrong",
        ),
        (
            "no event",
            good.clone(),
            vec![("x-github-event", None)],
            400,
            "event_missing",
        ),
        (
            "no delivery id",
            good.clone(),
            vec![("x-github-delivery", None)],
            400,
            "delivery_id_missing",
        ),
        (
            "not JSON",
            b"payload={}".to_vec(),
            vec![],
            400,
            "body_not_json",
        ),
        (
            "JSON, no object",
            b"[1]".to_vec(),
            vec![],
            400,
            "body_not_json",
        ),
        (
            "another shape",
            misshapen.to_string().into_bytes(),
            vec![],
            422,
            "payload_misshapen",
        ),
        (
            "a repository that no number of GitHub's can name",
            door.comment(u64::MAX, "hello"),
            vec![],
            422,
            "payload_misshapen",
        ),
        (
            "too large",
            vec![b' '; MOST_BYTES + 1],
            vec![],
            413,
            "body_too_large",
        ),
    ];
    for (what, body, change, status, code) in cases {
        let (found, answer) = door.post(body, &change).await;
        assert_eq!(
            (found, answer["code"].as_str()),
            (status, Some(code)),
            "{what}: {answer}"
        );
    }
    for (what, body, event, code) in [
        (
            "an unknown event",
            good.clone(),
            "sponsorship",
            "event_ignored",
        ),
        (
            "an unknown repository",
            door.comment(999_999, "hello"),
            "issue_comment",
            "unknown_repository",
        ),
    ] {
        let (found, answer) = door.post(body, &[("x-github-event", Some(event))]).await;
        assert_eq!(
            (found, answer["code"].as_str()),
            (202, Some(code)),
            "{what}: {answer}"
        );
    }
    assert_eq!(door.kept().await, before);
    door.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_exactly_the_largest_size_is_taken() {
    let door = door().await;
    let mut body = door.comment(door.repository, "hello");
    body.resize(MOST_BYTES, b' ');
    let (status, answer) = door.post(body, &[]).await;
    assert_eq!(
        (status, answer["outcome"].as_str()),
        (202, Some("kept")),
        "{answer}"
    );
    door.world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_comment_under_two_delivery_ids_is_one_event() {
    let door = door().await;
    let (before, _) = show::work_sample(&door.world.services, &door.id)
        .await
        .unwrap();
    let body = door.comment(door.repository, "/unheard-of what now");
    let (_, first) = door.post(body.clone(), &[]).await;
    let (_, again) = door.post(body.clone(), &[]).await;
    let other = "another-delivery";
    let (_, elsewhere) = door.post(body, &[("x-github-delivery", Some(other))]).await;
    let outcomes = [&first, &again, &elsewhere].map(|answer| answer["outcome"].as_str());
    assert_eq!(outcomes, [Some("kept"), Some("duplicate"), Some("kept")]);
    door.world.settle().await.unwrap();
    let (after, _) = show::work_sample(&door.world.services, &door.id)
        .await
        .unwrap();
    assert_eq!(after.last_seq, before.last_seq + 1);
    let entry = after.entries.last().unwrap();
    assert!(
        entry.remark.is_some(),
        "a slash command nobody taught is pointed out: {entry:?}"
    );
    door.world.stop().await.unwrap();
}
