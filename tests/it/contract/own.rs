//! The service's own description of its API: sound by a third party's judgement, and kept, by answers and by refusals.

use reqwest::Method;
use serde_json::{Value, json};
use worksample::github::Person;
use worksample::ids::WorkSampleId;
use worksample::rehearsal::{World, play};
use worksample::store::NewJob;
use worksample::web::tokens::Bearer;
use worksample::work_sample::{Actor, Command, EntryKind};
use worksample::workflow::{act, show};

use super::node;
use super::recorder::{Recorder, Tape, Who};
use crate::sandbox::sandbox;
use crate::support::small;

const API: Who = Who {
    name: "api",
    kind: "own",
    tolerant: false,
};

/// Everybody who may knock.
struct Caller {
    base: String,
    lead: String,
    reviewer: String,
    candidate: String,
}

impl Caller {
    fn new(world: &World, recorder: &Recorder, id: &str) -> Caller {
        let token = |bearer: Bearer| world.api.token(&bearer).unwrap();
        Caller {
            base: recorder.url(),
            lead: token(Bearer::Lead {
                name: "Lea Lead".into(),
            }),
            reviewer: token(Bearer::Reviewer {
                name: "Rita Reviewer".into(),
            }),
            candidate: token(Bearer::Candidate {
                work_sample: id.parse().unwrap(),
            }),
        }
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Value {
        let mut request = reqwest::Client::new()
            .request(method, format!("{}{path}", self.base))
            .body(body.to_owned());
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// As the lead, what is there to be read.
    async fn read_everything(&self, id: &str) {
        let of_one = format!("/api/v1/work-samples/{id}");
        for path in [
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/v1/specs",
            "/api/v1/specs/greeting",
            "/api/v1/work-samples",
            of_one.as_str(),
            &format!("{of_one}/report"),
            &format!("{of_one}/report?format=html"),
            &format!("{of_one}/report?format=md"),
            "/api/v1/jobs",
            "/api/v1/jobs?state=done&limit=2",
            "/api/v1/messages",
            "/api/v1/messages?state=not_sent&limit=2",
            "/api/report.schema.json",
        ] {
            self.call(Method::GET, path, Some(&self.lead), "").await;
        }
        for path in [
            "/api/v1/offer",
            "/api/v1/offer/terms",
            "/api/v1/offer/report",
            "/api/v1/offer/export.zip",
        ] {
            self.call(Method::GET, path, Some(&self.candidate), "")
                .await;
        }
        let accepted = format!("{of_one}/accepted-terms");
        self.call(Method::GET, &accepted, Some(&self.lead), "")
            .await;
    }

    /// Messages, who reads them, and what is off.
    async fn tell(&self, id: &str) {
        let lead = Some(self.lead.as_str());
        let known = self.call(Method::GET, "/api/v1/messages", lead, "").await;
        let mut of_this_one = known.as_array().unwrap().iter();
        let message = of_this_one.find(|one| one["work_sample"] == id).unwrap();
        let message = message["id"].as_str().unwrap();
        let of_one = format!("/api/v1/messages/{message}");
        self.call(Method::GET, &of_one, lead, "").await;
        self.call(Method::POST, &format!("{of_one}/resend"), lead, "")
            .await;
        let person =
            json!({ "name": "Olga Owner", "email": "olga@example.com", "roles": ["lead"] });
        let person = self
            .call(Method::POST, "/api/v1/people", lead, &person.to_string())
            .await;
        let person = person["id"].as_str().unwrap();
        let off = json!({ "kind": "delivered", "off": true }).to_string();
        self.call(
            Method::POST,
            &format!("/api/v1/people/{person}/messages"),
            lead,
            &off,
        )
        .await;
        let links = format!("/api/v1/work-samples/{id}/links");
        self.call(Method::POST, &links, lead, "").await;
        self.call(Method::GET, &links, lead, "").await;
        let all = json!({ "all": true }).to_string();
        self.call(Method::POST, &format!("{links}/revoke"), lead, &all)
            .await;
        let owner = json!({ "person": person }).to_string();
        self.call(
            Method::POST,
            &format!("/api/v1/work-samples/{id}/owner"),
            lead,
            &owner,
        )
        .await;
    }

    /// Launched, and accepted for the account `login`: the work sample's id and its candidate's token.
    async fn accepted(&self, name: &str, login: &str) -> (String, String) {
        let (id, token) = self.offered(name).await;
        let accept = json!({ "login": login, "due_at": "2026-03-05T09:00:00Z" }).to_string();
        self.call(Method::POST, "/api/v1/offer/accept", Some(&token), &accept)
            .await;
        (id, token)
    }

    /// [`Self::accepted`] with a login that GitHub could not look up at that time.
    async fn accepted_unseen(&self, world: &World, name: &str, login: &str) -> (String, String) {
        let (id, token) = self.offered(name).await;
        let accept = Command::Accept {
            login: login.parse().unwrap(),
            due_at: "2026-03-05T09:00:00Z".parse().unwrap(),
            terms_sha256: None,
        };
        let of = id.parse().unwrap();
        act::act(&world.services, &of, accept, Actor::Candidate)
            .await
            .unwrap();
        (id, token)
    }

    async fn offered(&self, name: &str) -> (String, String) {
        let launch = json!({ "spec": "greeting", "candidate": name }).to_string();
        let lead = Some(self.lead.as_str());
        let launched = self
            .call(Method::POST, "/api/v1/work-samples", lead, &launch)
            .await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let id = text(&launched["work_sample"]["id"]);
        let token = text(&launched["candidate_token"]);
        (id, token)
    }

    /// Many at once, by the dry run and for good.
    async fn launch_many(&self) {
        let lead = Some(self.lead.as_str());
        let list = "name,email\nHal,hal@example.com\nIda,ida@example.com\n";
        let wanted = json!({ "spec": "greeting", "csv": list }).to_string();
        self.call(Method::POST, "/api/v1/launches?dry_run=true", lead, &wanted)
            .await;
        let batch = self
            .call(Method::POST, "/api/v1/launches", lead, &wanted)
            .await;
        let one = format!("/api/v1/launches/{}", batch["id"].as_str().unwrap());
        for (method, path) in [
            (Method::GET, "/api/v1/launches".to_owned()),
            (Method::GET, one.clone()),
            (Method::GET, format!("{one}/results")),
            (Method::GET, format!("{one}/results?format=csv&tokens=true")),
            (Method::POST, format!("{one}/stop")),
            (Method::POST, format!("{one}/resume")),
        ] {
            self.call(method, &path, lead, "").await;
        }
    }

    /// Invitations that go wrong, and what an operator does about it.
    async fn invite(&self, world: &World) {
        let lead = Some(self.lead.as_str());
        for login in ["dee-works", "dee-home"] {
            world.stand_in.add_user(login, login).unwrap();
        }
        let gus = world.stand_in.add_user("gus", "Gus").unwrap();
        let (id, token) = self
            .accepted_unseen(world, "Dee", "nobody-of-that-name")
            .await;
        let (of_gus, token_of_gus) = self.accepted("Gus", "gus").await;
        world.settle().await.unwrap();
        // A refused invitation leaves no dead job; one about nothing dies.
        let now = world.now();
        let hopeless = NewJob {
            kind: "expire".to_owned(),
            subject: "nobody".to_owned(),
            payload: json!({}),
            dedupe_key: None,
            run_at: now,
            priority: 10,
            max_attempts: 1,
        };
        let store = &world.services.store;
        store
            .write(move |tx| tx.enqueue(&hopeless, now))
            .await
            .unwrap();
        world.settle().await.unwrap();
        let dead = self
            .call(Method::GET, "/api/v1/jobs?state=dead", lead, "")
            .await;
        let job = dead[0]["id"].as_str().unwrap();
        self.call(Method::POST, &format!("/api/v1/jobs/{job}/retry"), lead, "")
            .await;
        let one = format!("/api/v1/work-samples/{id}");
        let login = |login: &str| json!({ "login": login }).to_string();
        let corrected = format!("{one}/login");
        self.call(Method::POST, &corrected, lead, &login("dee-works"))
            .await;
        let candidate = Some(token.as_str());
        self.call(
            Method::POST,
            "/api/v1/offer/login",
            candidate,
            &login("dee-home"),
        )
        .await;
        world.settle().await.unwrap();
        self.call(Method::POST, &format!("{one}/reinvite"), lead, "")
            .await;
        world.settle().await.unwrap();
        self.call(Method::POST, &format!("{one}/reconcile"), lead, "")
            .await;
        self.call(Method::POST, "/api/v1/reconcile", lead, "").await;
        self.reclassify(world, &of_gus, gus).await;
        let none = Some(token_of_gus.as_str());
        for body in ["{}", r#"{"starter":true}"#] {
            self.call(Method::POST, "/api/v1/offer/deliver", none, body)
                .await;
        }
        let (_, token) = self.accepted("Fay", "gus").await;
        self.call(Method::POST, "/api/v1/offer/withdraw", Some(&token), "{}")
            .await;
        // Nobody answers for a week.
        world.clock.advance(chrono::Duration::days(8));
        world.settle().await.unwrap();
        self.call(Method::POST, "/api/v1/offer/reinvite", candidate, "")
            .await;
    }

    /// A reviewer reads a note as a question.
    async fn reclassify(&self, world: &World, id: &str, token: String) {
        let id: WorkSampleId = id.parse().unwrap();
        let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
        let repository = work_sample.provisioning.repository.unwrap().full_name;
        let clock = world.clock.clone();
        let url = world.stand_in.api_url();
        let gus = Person::connect(&url, &world.org, token.into(), clock).unwrap();
        gus.accept_invitation(&repository).await.unwrap();
        let kickoff = work_sample.provisioning.kickoff.unwrap();
        gus.comment(&repository, kickoff, "One line into one file.")
            .await
            .unwrap();
        world.settle().await.unwrap();
        let (work_sample, _) = show::work_sample(&world.services, &id).await.unwrap();
        let mut written = work_sample.entries.iter();
        let entry = written
            .find(|entry| entry.kind != EntryKind::Kickoff)
            .unwrap();
        let wanted = json!({
            "entry": entry.key, "kind": "question", "note": "It asks something.",
        });
        let path = format!("/api/v1/work-samples/{id}/reclassify");
        let reviewer = Some(self.reviewer.as_str());
        self.call(Method::POST, &path, reviewer, &wanted.to_string())
            .await;
    }

    /// People of the team, on whose side an account is, and what was delivered.
    async fn settle(&self, id: &str, first_commit: &str) {
        let lead = Some(self.lead.as_str());
        let added = json!({ "name": "Rita Reviewer", "roles": ["reviewer"] }).to_string();
        let added = self
            .call(Method::POST, "/api/v1/people", lead, &added)
            .await;
        self.call(Method::GET, "/api/v1/people", lead, "").await;
        let person = added["id"].as_str().unwrap_or_else(|| panic!("{added}"));
        let person = format!("/api/v1/people/{person}");
        let renamed = json!({ "name": "Rita R. Reviewer" }).to_string();
        self.call(Method::POST, &person, lead, &renamed).await;
        for verb in ["disable", "enable"] {
            self.call(Method::POST, &format!("{person}/{verb}"), lead, "")
                .await;
        }

        let one = format!("/api/v1/work-samples/{id}");
        let known = self.call(Method::GET, &one, lead, "").await;
        let account = &known["accounts"][0]["login"];
        let side = json!({ "account": account, "side": "stranger", "note": "Nobody we know." });
        self.call(
            Method::POST,
            &format!("{one}/side"),
            lead,
            &side.to_string(),
        )
        .await;
        let correction = json!({
            "key": known["deliveries"][0]["key"],
            "sha": first_commit,
            "reason": "The other commit was meant.",
        });
        let path = format!("{one}/correct-delivery");
        self.call(Method::POST, &path, lead, &correction.to_string())
            .await;
    }

    /// The ways out, each with a work sample of its own.
    async fn leave(&self) {
        let lead = Some(self.lead.as_str());
        let reason = json!({ "reason": "Other plans." }).to_string();
        let launch = |name: &str| json!({ "spec": "greeting", "candidate": name }).to_string();
        for (name, way) in [
            ("Ada", "cancel"),
            ("Bob", "/api/v1/offer/decline"),
            ("Cyd", "withdraw"),
        ] {
            let launched = self
                .call(Method::POST, "/api/v1/work-samples", lead, &launch(name))
                .await;
            let id = launched["work_sample"]["id"].as_str().unwrap();
            let candidate = launched["candidate_token"].as_str();
            let (path, token) = if way.starts_with('/') {
                (way.to_owned(), candidate)
            } else {
                (format!("/api/v1/work-samples/{id}/{way}"), lead)
            };
            if way == "withdraw" {
                let accept = json!({ "login": "cyd", "due_at": "2026-03-04T09:00:00Z" });
                self.call(
                    Method::POST,
                    "/api/v1/offer/accept",
                    candidate,
                    &accept.to_string(),
                )
                .await;
                let later = json!({ "due_at": "2026-03-05T09:00:00Z", "reason": "A holiday." });
                self.call(
                    Method::POST,
                    &format!("/api/v1/work-samples/{id}/extend"),
                    lead,
                    &later.to_string(),
                )
                .await;
            }
            self.call(Method::POST, &path, token, &reason).await;
        }
    }

    /// What is refused, each in its own way.
    async fn be_refused(&self, id: &str) {
        let lead = Some(self.lead.as_str());
        let one = format!("/api/v1/work-samples/{id}");
        let large = " ".repeat(3 * 1024 * 1024);
        let cases: [(Method, &str, Option<&str>, &str); 22] = [
            (Method::GET, "/api/v1/jobs", None, ""),
            (Method::GET, "/api/v1/jobs", Some("no.token.atall"), ""),
            (Method::GET, "/api/v1/jobs", Some(&self.reviewer), ""),
            (Method::GET, "/api/v1/jobs", Some(&self.candidate), ""),
            (Method::GET, "/api/v1/jobs?state=lazy", lead, ""),
            (Method::GET, "/api/v1/jobs?colour=red", lead, ""),
            (Method::POST, "/api/v1/jobs/job_1/retry", lead, ""),
            (Method::GET, "/api/v1/offer", lead, ""),
            (Method::GET, "/api/v1/work-samples/1", lead, ""),
            (
                Method::GET,
                "/api/v1/work-samples/ws_00000000000000000000000000000000",
                lead,
                "",
            ),
            (Method::GET, &format!("{one}/report?format=pdf"), lead, ""),
            (Method::GET, "/api/v1/specs/unheard-of", lead, ""),
            (Method::POST, "/api/v1/specs", lead, r#"{"files":{}}"#),
            (Method::POST, "/api/v1/specs", lead, r#"{"files":7}"#),
            (Method::POST, "/api/v1/work-samples", lead, "{"),
            (Method::POST, "/api/v1/work-samples", lead, "[]"),
            (
                Method::POST,
                "/api/v1/work-samples",
                lead,
                r#"{"spec":"none","candidate":"Ada"}"#,
            ),
            (Method::POST, "/api/v1/work-samples", lead, &large),
            (Method::DELETE, &one, lead, ""),
            (Method::PATCH, "/healthz", None, ""),
            (Method::GET, "/nowhere", None, ""),
            (Method::POST, "/webhooks/github", None, "{}"),
        ];
        for (method, path, token, body) in cases {
            self.call(method, path, token, body).await;
        }
        let decision = json!({ "outcome": "proceed", "reason": "again" }).to_string();
        self.call(Method::POST, &format!("{one}/decide"), lead, &decision)
            .await;
        self.call(
            Method::POST,
            "/api/v1/offer/accept",
            Some(&self.candidate),
            &json!({ "login": "toni-talks", "due_at": "2026-03-04T09:00:00Z" }).to_string(),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_keeps_to_its_own_description() {
    let (Some(folder), Some(sandbox)) = (node::contract(), sandbox().cloned()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::in_dir(dir.path());
    let mut world = small::world(dir.path(), None, Some(sandbox)).await;
    let address = world.address;
    let recorder = Recorder::start(API, &tape, move || address);
    world.api = world.api.at(recorder.address());
    // Somebody else asks, and has no answer yet.
    let asks = small::until(small::TALKATIVE, "do = \"answer\"")
        .replace("name = \"talkative\"", "name = \"asks\"")
        .replace("toni-talks", "tina-talks")
        .replace("Toni Talks", "Tina Talks");
    let scripts = vec![small::script(small::TALKATIVE), small::script(&asks)];
    let played = play(&world, &small::version(), scripts, &mut |_| {})
        .await
        .unwrap();
    let id = played[0].id.to_string();
    let caller = Caller::new(&world, &recorder, &id);
    world
        .stand_in
        .set_webhook(
            &format!("{}/webhooks/github", recorder.url()),
            world.webhook_secret(),
        )
        .unwrap();
    caller.read_everything(&id).await;
    let (asked, _) = show::work_sample(&world.services, &played[1].id)
        .await
        .unwrap();
    let question = asked.entries_of(EntryKind::Question).next().unwrap();
    let reply = json!({ "entry": question.key, "kind": "answer", "text": "English." }).to_string();
    let path = format!("/api/v1/work-samples/{}/reply", asked.id);
    caller
        .call(Method::POST, &path, Some(&caller.lead), &reply)
        .await;
    let email = json!({ "email": "toni@right.example", "revoke_links": false }).to_string();
    let correct = format!("/api/v1/work-samples/{id}/email");
    caller
        .call(Method::POST, &correct, Some(&caller.lead), &email)
        .await;
    let close = format!("/api/v1/work-samples/{id}/close");
    caller
        .call(Method::POST, &close, Some(&caller.lead), "")
        .await;
    caller.tell(&id).await;
    let other = json!({ "outcome": "discuss", "reason": "It was the other one.", "feedback": "Let us talk." });
    let path = format!("/api/v1/work-samples/{id}/correct-decision");
    caller
        .call(Method::POST, &path, Some(&caller.lead), &other.to_string())
        .await;
    let (work_sample, _) = show::work_sample(&world.services, &played[0].id)
        .await
        .unwrap();
    let first_commit = work_sample.provisioning.first_commit.unwrap().to_string();
    caller.settle(&id, &first_commit).await;
    world.stand_in.add_user("cyd", "Cyd").unwrap();
    caller.leave().await;
    caller.launch_many().await;
    caller.invite(&world).await;
    caller.be_refused(&id).await;

    let description = reqwest::get(format!("http://{address}/api/openapi.json"))
        .await
        .unwrap();
    let path = dir.path().join("openapi.json");
    std::fs::write(&path, description.bytes().await.unwrap()).unwrap();
    world.stop().await.unwrap();
    let args = [tape.path().to_str().unwrap(), path.to_str().unwrap()];
    let output = node::run(&folder, "own.mjs", &args, &[]).await;
    let said = node::said(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("UNTRIED"), "{said}");
}
