//! Who may ask for what: every route, asked by everybody who could ask, beside `table.txt`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::Duration;
use reqwest::{Method, StatusCode};
use serde_json::json;
use worksample::ids::{ApiTokenId, PersonId, WorkSampleId};
use worksample::rehearsal::World;
use worksample::secret_token::SecretToken;
use worksample::store::{JobFilter, MessageFilter};
use worksample::web::tokens::Bearer;
use worksample::work_sample::{Actor, Command};
use worksample::workflow::api_tokens::{self, NewApiToken};
use worksample::workflow::launch::{Launch, launch};
use worksample::workflow::{act, jobs, messages, offer_links, people, publish};

use crate::launching;
use crate::support::routes::patterns;
use crate::support::small;
use crate::support::visitor::{Visitor, offer_path, person, sign_in_path};

const TABLE: &str = include_str!("table.txt");

/// The columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Without cookie and token.
    Nobody,
    /// The candidate of the work sample that is asked for.
    Candidate,
    /// The candidate of another one.
    Other,
    Reviewer,
    Lead,
    /// A lead who was disabled after signing in and making a token.
    Disabled,
    /// A lead whose session and token are past their time.
    Expired,
    /// The candidate, by a link that was revoked; to the API, a lead by a token that was revoked.
    Revoked,
}

impl Who {
    const ALL: [Who; 8] = [
        Who::Nobody,
        Who::Candidate,
        Who::Other,
        Who::Reviewer,
        Who::Lead,
        Who::Disabled,
        Who::Expired,
        Who::Revoked,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// What somebody has in their browser, and their token for the API.
#[derive(Clone, Default)]
struct Pass {
    cookies: Vec<(String, String)>,
    token: Option<String>,
}

/// The place that is asked, with one of each thing that an address can name.
struct Asked {
    _dir: tempfile::TempDir,
    world: World,
    own: WorkSampleId,
    others: WorkSampleId,
    /// The ids and tokens for what an address leaves open, by the path before them.
    named: Vec<(&'static str, String)>,
    disabled: Pass,
    expired: Pass,
    revoked: Pass,
}

/// A name that only the candidate's own pages and the team's may hold.
const CANARY: &str = "Ada Access-Canary";

async fn launched(world: &World, candidate: &str) -> WorkSampleId {
    let (version, _) = publish::publish(&world.services, small::folder())
        .await
        .unwrap();
    let wanted = Launch {
        spec: version.digest,
        candidate: candidate.to_owned(),
        email: Some("somebody@example.com".parse().unwrap()),
        organization: None,
        again: true,
        lead: launching::LEA.to_owned(),
    };
    launch(&world.services, wanted, None).await.unwrap().id
}

async fn api_token(
    world: &World,
    person: &PersonId,
    role: &str,
    days: u16,
) -> (ApiTokenId, String) {
    let new = NewApiToken {
        person: person.clone(),
        role: role.to_owned(),
        label: "a test".to_owned(),
        days,
    };
    let (row, token) = api_tokens::make(&world.services, new, "test")
        .await
        .unwrap();
    (row.id, token)
}

/// A person of the team, signed in now, with a token of so many days.
async fn team(world: &World, name: &str, role: &str, days: u16) -> Pass {
    let visitor = Visitor::signed_in(world, name, role).await;
    let row = person(&world.services, name, role).await;
    Pass {
        cookies: visitor.cookies,
        token: Some(api_token(world, &row.id, role, days).await.1),
    }
}

impl Asked {
    async fn new() -> Asked {
        let dir = tempfile::tempdir().unwrap();
        let world = launching::world(dir.path(), None).await;
        let services = &world.services;
        world.stand_in.add_user("ada", "Ada").unwrap();
        let own = launched(&world, CANARY).await;
        let others = launched(&world, "Otto Other").await;
        let accept = Command::Accept {
            login: "ada".parse().unwrap(),
            due_at: world.now() + Duration::days(2),
            terms_sha256: None,
        };
        act::act(services, &own, accept, Actor::Candidate)
            .await
            .unwrap();
        world.settle().await.unwrap();

        let body = launching::body(&launching::people(1));
        let lead = launching::lead();
        let (status, batch) =
            launching::send(&world, Method::POST, "/launches", &lead, Some("k"), &body).await;
        assert!(status < 300, "{batch}");
        world.settle().await.unwrap();
        let of_own = MessageFilter {
            work_sample: Some(own.clone()),
            ..MessageFilter::default()
        };
        let message = messages::list(services, of_own).await.unwrap()[0]
            .id
            .clone();
        let job = jobs::list(services, JobFilter::default()).await.unwrap()[0]
            .id
            .clone();
        let target = person(services, "Tara Target", "reviewer").await;
        let (target_token, _) = api_token(&world, &target.id, "reviewer", 30).await;
        // Neither is used up by looking at it, and a form of another browser does not use it up either.
        let sign_in = sign_in_path(services, "Lin Link", "reviewer").await;
        let offer = offer_path(services, &own).await;
        let token_of = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let named = vec![
            ("/api/v1/work-samples/", own.to_string()),
            ("/api/v1/specs/", "greeting".to_owned()),
            ("/api/v1/people/", target.id.to_string()),
            ("/api/v1/messages/", message.to_string()),
            ("/api/v1/jobs/", job.to_string()),
            ("/jobs/", job.to_string()),
            (
                "/api/v1/launches/",
                batch["id"].as_str().unwrap().to_owned(),
            ),
            ("/samples/", own.to_string()),
            ("/specs/", "greeting".to_owned()),
            ("/launches/", batch["id"].as_str().unwrap().to_owned()),
            ("/messages/", message.to_string()),
            ("/people/", target.id.to_string()),
            ("/tokens/", target_token.to_string()),
            ("/l/", token_of(&sign_in)),
            ("/o/", token_of(&offer)),
            ("/unsubscribe/", "A".repeat(43)),
        ];

        let disabled = team(&world, "Dan Disabled", "lead", 30).await;
        let dan = person(services, "Dan Disabled", "lead").await;
        // The last lead could not be disabled.
        person(services, launching::LEA, "lead").await;
        people::disable(services, &dan.id, "test").await.unwrap();
        let expired = team(&world, "Eve Expired", "lead", 1).await;
        let link = offer_path(services, &own).await;
        let mut visitor = Visitor::new(&world);
        visitor.get(&link).await.leads_to("/offer");
        let hash = SecretToken::read(&token_of(&link)).unwrap().hash();
        let one = offer_links::Which::One(hash.as_str().to_owned());
        offer_links::revoke(services, &own, one, "test")
            .await
            .unwrap();
        let rae = person(services, "Rae Revoked", "lead").await;
        let (id, token) = api_token(&world, &rae.id, "lead", 30).await;
        api_tokens::revoke(services, &id, "test").await.unwrap();
        let revoked = Pass {
            cookies: visitor.cookies,
            token: Some(token),
        };
        Asked {
            _dir: dir,
            world,
            own,
            others,
            named,
            disabled,
            expired,
            revoked,
        }
    }

    /// What `who` comes with; those who may do something get a new session each time, as some requests end theirs.
    async fn pass(&self, who: Who) -> Pass {
        let candidate = async |id: &WorkSampleId| {
            let bearer = Bearer::Candidate {
                work_sample: id.clone(),
            };
            Pass {
                cookies: Visitor::candidate(&self.world, id).await.cookies,
                token: Some(self.world.api.token(&bearer).unwrap()),
            }
        };
        match who {
            Who::Nobody => Pass::default(),
            Who::Candidate => candidate(&self.own).await,
            Who::Other => candidate(&self.others).await,
            Who::Reviewer => team(&self.world, "Rita Reviewer", "reviewer", 30).await,
            Who::Lead => team(&self.world, launching::LEA, "lead", 30).await,
            Who::Disabled => self.disabled.clone(),
            Who::Expired => self.expired.clone(),
            Who::Revoked => self.revoked.clone(),
        }
    }

    /// The address of a pattern, with ids of things that there are.
    fn address(&self, pattern: &str) -> String {
        let Some((before, rest)) = pattern.split_once('{') else {
            return pattern.to_owned();
        };
        let (_, after) = rest.split_once('}').unwrap();
        let named = self.named.iter().find(|(prefix, _)| *prefix == before);
        let (_, id) = named.unwrap_or_else(|| panic!("nothing is named for {pattern}"));
        format!("{before}{id}{after}")
    }

    /// The answer: a status, or where it leads to, with `{id}` for each id; and its text.
    async fn ask(&self, method: &Method, pattern: &str, pass: &Pass) -> (String, String) {
        let address = self.address(pattern);
        let mut visitor = Visitor::new(&self.world);
        visitor.cookies.clone_from(&pass.cookies);
        let mut request = visitor.request(method.clone(), &address);
        if address.starts_with("/api/") {
            if let Some(token) = &pass.token {
                request = request.bearer_auth(token);
            }
            if *method == Method::POST {
                request = request.json(&json!({}));
            }
        } else if *method == Method::POST {
            let session = pass
                .cookies
                .iter()
                .find(|(name, _)| name == "worksample_session" || name == "worksample_candidate");
            let form_token = session
                .and_then(|(_, value)| SecretToken::read(value))
                .map(|session| session.derive("form"))
                .unwrap_or_default();
            let multipart = pattern == "/launches" || pattern == "/launches/check";
            request = if multipart {
                let part = "Content-Disposition: form-data; name=\"form_token\"";
                request
                    .header("content-type", "multipart/form-data; boundary=B")
                    .body(format!("--B\r\n{part}\r\n\r\n{form_token}\r\n--B--\r\n"))
            } else {
                request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(format!("form_token={form_token}"))
            };
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let location = response.headers().get("location");
        let cell = match location {
            Some(location) if status == StatusCode::SEE_OTHER => {
                let path = location.to_str().unwrap().split('?').next().unwrap();
                let known = self.named.iter().fold(path.to_owned(), |path, (_, id)| {
                    path.replace(id.as_str(), "{id}")
                });
                format!(">{known}")
            }
            _ => status.as_str().to_owned(),
        };
        (cell, response.text().await.unwrap_or_default())
    }

    async fn events(&self) -> usize {
        let mut count = 0;
        for id in [&self.own, &self.others] {
            let id = id.clone();
            let events = self.world.services.store.read(move |tx| tx.events(&id));
            count += events.await.unwrap().len();
        }
        count
    }
}

/// May anybody at all ask for this, without being known?
fn is_public(pattern: &str) -> bool {
    let exactly = [
        "/",
        "/api",
        "/api/openapi.json",
        "/api/report.schema.json",
        "/favicon.ico",
        "/favicon.svg",
        "/healthz",
        "/metrics",
        "/readyz",
        "/pages/components",
        "/pages/style.css",
        "/webhooks/github",
        "/offer/leave",
    ];
    let secret_in_address = ["/l/", "/o/", "/unsubscribe/"];
    exactly.contains(&pattern)
        || pattern.starts_with("/api/viewer/")
        || pattern.starts_with("/sign-in")
        || secret_in_address.iter().any(|one| pattern.starts_with(one))
}

fn is_candidates(pattern: &str) -> bool {
    pattern.starts_with("/offer") || pattern.starts_with("/api/v1/offer")
}

fn is_refusal(cell: &str) -> bool {
    ["401", "403", "410", ">/sign-in"].contains(&cell)
}

/// What must be refused whatever the table says.
fn must_be_refused(pattern: &str, who: Who) -> bool {
    if is_public(pattern) {
        return false;
    }
    match who {
        Who::Nobody | Who::Disabled | Who::Expired | Who::Revoked => true,
        Who::Candidate | Who::Other => !is_candidates(pattern),
        Who::Reviewer | Who::Lead => is_candidates(pattern),
    }
}

fn rendered(rows: &[(String, Vec<String>)]) -> String {
    let mut text = format!("{:<54}", "#");
    for who in Who::ALL {
        write!(text, " {:<14}", who.name()).unwrap();
    }
    for (route, cells) in rows {
        text = format!("{}\n{route:<54}", text.trim_end());
        for cell in cells {
            write!(text, " {cell:<14}").unwrap();
        }
    }
    format!("{}\n", text.trim_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_everybody_as_the_table_says() {
    let asked = Asked::new().await;
    let mut routes = Vec::new();
    for (method, name) in [(Method::GET, "get"), (Method::POST, "post")] {
        routes.extend(
            patterns(name)
                .into_iter()
                .map(|path| (path, method.clone())),
        );
    }
    routes.sort_by_key(|(path, method)| (path.clone(), method.to_string()));
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for (path, method) in &routes {
        rows.push((
            format!("{method:<4} {path}"),
            vec![String::new(); Who::ALL.len()],
        ));
    }
    let mut wrong = BTreeSet::new();
    // What is past its time is asked last, as time goes on for everybody.
    for is_last in [false, true] {
        if is_last {
            asked.world.clock.advance(Duration::days(2));
        }
        for ((path, method), (route, cells)) in routes.iter().zip(&mut rows) {
            for (at, who) in Who::ALL.into_iter().enumerate() {
                if (who == Who::Expired) != is_last {
                    continue;
                }
                let pass = asked.pass(who).await;
                let before = asked.events().await;
                let (cell, text) = asked.ask(method, path, &pass).await;
                let knows = matches!(who, Who::Candidate | Who::Reviewer | Who::Lead);
                if !knows && text.contains(CANARY) && !path.starts_with("/o/") {
                    wrong.insert(format!("{route}: tells {who:?} who the candidate is"));
                }
                if must_be_refused(path, who) {
                    if !is_refusal(&cell) {
                        wrong.insert(format!("{route}: {who:?} is not refused: {cell}"));
                    }
                    if asked.events().await != before {
                        wrong.insert(format!(
                            "{route}: {who:?} is refused, and something is done"
                        ));
                    }
                }
                cells[at] = cell;
            }
        }
    }
    let found = rendered(&rows);
    assert!(wrong.is_empty(), "{wrong:#?}\n{found}");
    if found != TABLE {
        let known: BTreeSet<&str> = TABLE.lines().collect();
        let differ: Vec<&str> = found.lines().filter(|line| !known.contains(line)).collect();
        panic!(
            "the table has other rows than these:\n{}\n\n{found}",
            differ.join("\n")
        );
    }
    asked.world.stop().await.unwrap();
}
