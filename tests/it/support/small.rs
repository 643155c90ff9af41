//! A small spec whose checks need nothing but a shell, and worlds to play it in.

use std::collections::BTreeMap;
use std::sync::Arc;

use worksample::app::Surroundings;
use worksample::config::{GitHubSettings, Identity, MailSettings, Settings};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::rehearsal::{ORG, World, WorldSettings};
use worksample::sandbox::Sandbox;
use worksample::spec::script::{self, Script};
use worksample::spec::{File, Folder, SpecVersion};
use worksample::store::{StoreError, WorkSampleRow};
use worksample::work_sample::{Afterwards, Happening, Source};
use worksample::workflow::Services;
use worksample::workflow::record::record;
use worksample::workflow::worker::Worker;

const SPEC: &str = r#"
slug = "greeting"
title = "A greeting in a file"
version = "1.0"
summary = "Write a greeting into a file, in the words the brief gives."
timebox_hours = 1
due_days = 3
ai_policy = "Use what you like, and say where."
ownership = "The client owns what was paid for."

[pay]
amount_minor = 5000
currency = "EUR"
within_days = 14
withdrawn_percent = 50
cancelled_percent = 100

[updates]
every_hours = 24

[boundary]
allowed = ["greeting.txt"]

[[clauses]]
id = "R1"
title = "Greeting"

[[clauses]]
id = "N1"
title = "No program"

[[criteria]]
id = "AC-1"
title = "The file greets the world"
clauses = ["R1"]
check = { by = "command", run = ["sh", "checks/greets.sh"] }

[[criteria]]
id = "AC-2"
title = "It reads like a person wrote it"
clauses = ["R1", "N1"]
check = { by = "eye", look_for = "A sentence that a person would say." }

[[gaps]]
id = "G1"
title = "Does the greeting end with a mark?"
clauses = ["R1"]
words = ["mark"]
interpretations = [
    { id = "with-mark", text = "It ends with an exclamation mark." },
    { id = "without-mark", text = "It ends with the last word." },
]
probe = { run = ["sh", "checks/mark.sh"] }
"#;

const BRIEF: &str = "# A greeting in a file\n\nOur page shows the contents of one file to each visitor.\n\n\
## Requirements\n\n- The file `greeting.txt` holds the words `hello world`. {#R1}\n\n\
## Non-goals\n\n- A program that writes the file is not asked for. {#N1}\n";

/// The small spec's folder.
pub fn folder() -> Folder {
    let files = [
        ("spec.toml", SPEC),
        ("brief.md", BRIEF),
        ("starter/greeting.txt", "to be written\n"),
        (
            "acceptance/checks/greets.sh",
            "grep -q 'hello world' greeting.txt\n",
        ),
        (
            "acceptance/checks/mark.sh",
            "if grep -q '!' greeting.txt; then echo built: with-mark; else echo built: without-mark; fi\n",
        ),
        ("reference/greeting.txt", "hello world\n"),
    ];
    Folder {
        files: files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), File::text(text)))
            .collect::<BTreeMap<_, _>>(),
    }
}

pub fn version() -> SpecVersion {
    SpecVersion::read(folder()).unwrap()
}

/// A script, which the test wrote and so can be read.
pub fn script(text: &str) -> Script {
    script::parse(text, "test.toml").unwrap()
}

/// One who asks, decides, updates and delivers.
pub const TALKATIVE: &str = r#"
name = "talkative"
title = "Asks, decides, updates, delivers"
login = "toni-talks"
full_name = "Toni Talks"

[expect]
questions = 1
updates = 1
decisions = 1
late = false
passed = ["AC-1"]
built = { G1 = "with-mark" }

[[step]]
do = "accept"
due_in = "2d"
[[step]]
do = "wait"
for = "1h"
[[step]]
do = "join"
[[step]]
do = "comment"
on = "kickoff"
id = "memo"
text = "I write one line into one file."
[[step]]
do = "issue"
id = "q"
form = "question"
title = "Which language?"
[step.sections]
"Clause" = "R1"
"What I already know" = "The words are English."
"My own assessment" = "English only."
"What I do if I hear nothing" = "English only."
"Blocking?" = "No"
[[step]]
do = "wait"
for = "3h"
[[step]]
do = "answer"
on = "q"
text = "English only, as you say."
[[step]]
do = "issue"
form = "progress"
title = "On the way"
[step.sections]
"Done" = "R1 half"
"Next" = "the other half"
[[step]]
do = "issue"
id = "d"
form = "decision"
title = "A mark"
[step.sections]
"Clause" = "R1"
"What the spec leaves open" = "Whether there is a mark"
"Options" = "with, without"
"What I chose and why" = "With a mark, it is friendlier."
[[step]]
do = "edit"
target = "memo"
text = "I write one line into one file, with a mark."
[[step]]
do = "wait"
for = "2h"
[[step]]
do = "confirm"
on = "d"
text = "Fine."
[[step]]
do = "branch"
name = "greet"
[[step]]
do = "write"
path = "greeting.txt"
text = "hello world!\n"
[[step]]
do = "commit"
message = "Greet"
[[step]]
do = "push"
[[step]]
do = "commit"
amend = true
message = "Greet everybody"
[[step]]
do = "push"
force = true
[[step]]
do = "pull_request"
id = "pr"
title = "Greeting"
text = "As decided."
[[step]]
do = "deliver"
on = "pr"
[[step]]
do = "wait"
for = "1d"
[[step]]
do = "judge"
criterion = "AC-2"
verdict = "passed"
note = "A sentence."
by = "Rita Reviewer"
[[step]]
do = "pay"
reference = "SEPA 1"
by = "Lea Lead"
[[step]]
do = "decide"
outcome = "proceed"
reason = "Said what was decided and why."
by = "Lea Lead"
"#;

/// A service in `dir` on SQLite, which knows no GitHub.
pub fn settings(dir: &std::path::Path) -> Settings {
    Settings {
        database_url: format!("sqlite://{}", dir.join("worksample.db").display()).into(),
        bind: (std::net::Ipv4Addr::LOCALHOST, 0).into(),
        public_url: "http://127.0.0.1".into(),
        data_dir: dir.join("service"),
        github: None,
        webhook_secret: None,
        webhook_secret_previous: None,
        token_key: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        mail: MailSettings::default(),
        afterwards: Afterwards::Archive,
        offer: worksample::spec::OfferDefaults::default(),
        program_path: worksample::config::program_path(),
        body_timeout: worksample::config::DEFAULT_BODY_TIMEOUT,
    }
}

/// A world in `dir`, on SQLite unless another database is named.
pub async fn world(
    dir: &std::path::Path,
    database_url: Option<String>,
    sandbox: Option<Sandbox>,
) -> World {
    world_behind(dir, database_url, sandbox, None).await
}

/// [`world`], where the service finds GitHub at `github_url`.
pub async fn world_behind(
    dir: &std::path::Path,
    database_url: Option<String>,
    sandbox: Option<Sandbox>,
    github_url: Option<String>,
) -> World {
    World::start(WorldSettings {
        dir: dir.to_owned(),
        database_url,
        start: "2026-03-02T09:00:00Z".parse().unwrap(),
        ids: Arc::new(SeededIds::new(7)),
        sandbox,
        github_url,
        program_path: worksample::config::program_path(),
        address: None,
    })
    .await
    .unwrap()
}

/// A script up to the step that holds `line`, without its expectations.
pub fn until(script: &str, line: &str) -> String {
    let end = script.find(line).unwrap();
    let steps = &script[script.find("[[step]]").unwrap()..script[..end].rfind("[[step]]").unwrap()];
    let head = &script[..script.find("[expect]").unwrap()];
    format!("{head}\n[expect]\n\n{steps}")
}

/// A second service on a database of its own, which knows of one work sample all that the first service decided, and
/// nothing that GitHub told it.
pub struct Twin {
    pub services: Arc<Services>,
    pub worker: Worker,
}

/// The twin of `world`'s service, with an empty database in `dir` unless another is named, and GitHub behind `github_url`
/// if one is given.
pub async fn twin(
    dir: &std::path::Path,
    database_url: Option<String>,
    world: &World,
    id: &WorkSampleId,
    (github_url, afterwards): (Option<String>, Afterwards),
) -> Twin {
    let settings = Settings {
        database_url: database_url
            .unwrap_or_else(|| format!("sqlite://{}", dir.join("twin.db").display()))
            .into(),
        github: Some(GitHubSettings {
            teams: Vec::new(),
            lead_teams: Vec::new(),
            reviewer_teams: Vec::new(),
            client: None,
            api_url: github_url.unwrap_or_else(|| world.stand_in.api_url()),
            orgs: vec![ORG.parse().unwrap()],
            identity: Identity::Token(world.stand_in.service_token().to_owned().into()),
            paced: false,
        }),
        webhook_secret: Some(world.webhook_secret().parse().unwrap()),
        data_dir: dir.join("twin"),
        afterwards,
        ..settings(dir)
    };
    let surroundings = Surroundings {
        clock: world.clock.clone(),
        ids: Arc::new(SeededIds::new(8)),
    };
    let services = worksample::app::services(&settings, &surroundings, None)
        .await
        .unwrap();
    let read = id.clone();
    let (events, row, spec) = world
        .services
        .store
        .read(move |tx| {
            let row = tx.work_sample_row(&read)?.unwrap();
            let spec = tx.spec(&row.spec_digest)?.unwrap();
            Ok::<_, StoreError>((tx.events(&read)?, row, spec))
        })
        .await
        .unwrap();
    let decided: Vec<Happening> = events
        .into_iter()
        .map(|event| event.happening)
        .filter(|happening| !happening.body.is_github_fact())
        .collect();
    let (id, now) = (id.clone(), services.now());
    services
        .store
        .write(move |tx| {
            tx.publish_spec(&spec)?;
            tx.insert_work_sample(&WorkSampleRow {
                last_seq: 0,
                repository_id: None,
                ..row.clone()
            })?;
            record(tx, &id, 0, &decided, Source::Command, now)
        })
        .await
        .unwrap();
    let services = Arc::new(services);
    Twin {
        worker: Worker::new(Arc::clone(&services), "twin"),
        services,
    }
}
