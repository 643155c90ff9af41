//! Values that databases, clients and other processes have seen keep their meaning for ever. Each family is a committed list
//! below `tests/it/stored_values`: removing or changing a value fails, and so does adding one until its list is extended.
//!
//! `WORKSAMPLE_EXTEND_STORED_VALUES=1` adds what is new to the lists. It never removes a line.

mod events;
mod scan;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::Value;
use worksample::clock::Timestamp;
use worksample::config::DOCUMENTED;
use worksample::github::WRITE_A_COMMENT;
use worksample::ids::{CommitSha, WorkSampleId};
use worksample::rehearsal::play;
use worksample::store::MessageState;
use worksample::work_sample::messages::{DeadJob, FailedMessage, MessageKey, MessageKind};
use worksample::work_sample::{
    Actor, EventBody, Happening, Place, RefusalCode, ReviewVerdict, Source, key,
};
use worksample::workflow::jobs::JobKind;
use worksample::workflow::messages::{CANDIDATE, TEAM};
use worksample::workflow::stored::{checkpoint, job_key, step};

use crate::support::played::On;
use crate::support::small;
use crate::support::stored::StoredDatabase;

fn list(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/stored_values")
        .join(format!("{family}.txt"))
}

#[expect(clippy::disallowed_methods, reason = "the switch for adding a value")]
fn may_extend() -> bool {
    std::env::var_os("WORKSAMPLE_EXTEND_STORED_VALUES").is_some()
}

/// Compares a family of values with its list.
fn pinned(family: &str, values: impl IntoIterator<Item = String>) {
    let path = list(family);
    let values: BTreeSet<String> = values.into_iter().collect();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    if may_extend() {
        let mut all: Vec<_> = known.union(&values).cloned().collect();
        all.push(String::new());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, all.join("\n")).unwrap();
        return;
    }
    let lines =
        |of: Vec<&String>| -> String { of.iter().map(|one| format!("\n  {one}")).collect() };
    let gone: Vec<_> = known.difference(&values).collect();
    let new: Vec<_> = values.difference(&known).collect();
    assert!(
        gone.is_empty(),
        "stored values were removed or changed ({family}):{}\nDatabases, clients or other processes hold \
         them: bring them back as they were.{}",
        lines(gone),
        if new.is_empty() {
            String::new()
        } else {
            format!(" New in their place:{}", lines(new))
        }
    );
    assert!(
        new.is_empty(),
        "new stored values ({family}):{}\nIf they are meant to be kept for ever, add these lines to \
         tests/it/stored_values/{family}.txt.",
        lines(new)
    );
}

/// The names that serde knows for an enum, from what it says of an unknown one.
fn variants<T: serde::de::DeserializeOwned>(unknown: Value) -> Vec<String> {
    let error = serde_json::from_value::<T>(unknown)
        .err()
        .unwrap()
        .to_string();
    let (_, expected) = error.split_once(", expected ").unwrap();
    let names: Vec<String> = expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(!names.is_empty(), "{error}");
    names
}

/// `path.field: type` of every field that a JSON Schema describes, definitions included.
fn fields(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let name = schema["title"].as_str().unwrap_or("root").to_owned();
    walk(&name, schema, &mut found);
    for definitions in ["/$defs", "/components/schemas"] {
        let definitions = schema.pointer(definitions).and_then(Value::as_object);
        for (name, definition) in definitions.into_iter().flatten() {
            walk(name, definition, &mut found);
        }
    }
    found
}

fn walk(path: &str, schema: &Value, found: &mut BTreeSet<String>) {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let need = if required.contains(&name.as_str()) {
            "required"
        } else {
            "optional"
        };
        found.insert(format!("{path} {} {need}", kind(field)));
        walk(&path, field, found);
    }
    for words in schema["enum"].as_array().into_iter().flatten() {
        found.insert(format!("{path} = {words}"));
    }
    if let Some(word) = schema.get("const") {
        found.insert(format!("{path} = {word}"));
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for one in schema[choice].as_array().into_iter().flatten() {
            // A tagged choice is named after its tag.
            let tag = one["properties"].as_object().and_then(|fields| {
                fields
                    .values()
                    .find_map(|field| field.get("const").or_else(|| field["enum"].get(0)))
            });
            match tag.and_then(Value::as_str) {
                Some(tag) => walk(&format!("{path}[{tag}]"), one, found),
                None => walk(path, one, found),
            }
        }
    }
    if let Some(items) = schema.get("items") {
        walk(&format!("{path}[]"), items, found);
    }
    if let Some(inner) = schema
        .get("additionalProperties")
        .filter(|one| one.is_object())
    {
        walk(&format!("{path}{{}}"), inner, found);
    }
}

fn kind(schema: &Value) -> String {
    let of = |key: &str| schema.get(key).map(|one| one.to_string().replace('"', ""));
    let reference = of("$ref").map(|path| path.rsplit('/').next().unwrap().to_owned());
    let choice = ["oneOf", "anyOf", "allOf"].iter().find_map(|choice| {
        let all: Vec<String> = schema[*choice].as_array()?.iter().map(kind).collect();
        Some(all.join("|"))
    });
    reference
        .or_else(|| of("type"))
        .or(choice)
        .unwrap_or_else(|| "any".to_owned())
}

#[test]
fn event_kinds_and_fields_stay_as_stored() {
    let unknown = serde_json::json!({ "type": "no such kind" });
    let mut values = fields(&schemars::schema_for!(EventBody).to_value());
    values.extend(fields(&schemars::schema_for!(Happening).to_value()));
    values.extend(
        variants::<EventBody>(unknown)
            .into_iter()
            .map(|kind| format!("event {kind}")),
    );
    let sources = variants::<Source>(serde_json::json!("no such source"));
    values.extend(sources.into_iter().map(|source| format!("source {source}")));
    let actors = variants::<Actor>(serde_json::json!({ "kind": "no such actor" }));
    values.extend(actors.into_iter().map(|actor| format!("actor {actor}")));
    pinned("events", values);
}

/// A committed example of each kind, with optional fields present and absent, is read and written back as it is.
#[test]
fn event_json_of_every_kind_is_read_and_written_unchanged() {
    let path = list("event_examples").with_extension("jsonl");
    if may_extend() {
        extend_examples(&path);
    }
    let mut kinds = BTreeSet::new();
    let mut shown = BTreeSet::new();
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        let json: Value = serde_json::from_str(line).unwrap();
        let body: EventBody = serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("this event of an earlier version cannot be read: {line}\n{error}")
        });
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json,
            "an event of an earlier version is written in another way"
        );
        assert_eq!(
            json["type"],
            body.name(),
            "the kind column and the JSON differ"
        );
        kinds.insert(body.name().to_owned());
        let fields = json.as_object().unwrap().keys();
        shown.extend(fields.map(|field| format!("EventBody[{}].{field}", body.name())));
    }
    let fields = fields(&schemars::schema_for!(EventBody).to_value());
    let missing: Vec<&str> = fields
        .iter()
        .filter(|line| line.starts_with("EventBody[") && !line.contains(" = "))
        .filter_map(|line| line.split(' ').next())
        .filter(|field| !shown.contains(*field))
        .collect();
    assert!(
        missing.is_empty(),
        "tests/it/stored_values/event_examples.jsonl has no example of {missing:?}"
    );
    let all: BTreeSet<String> =
        variants::<EventBody>(serde_json::json!({ "type": "no such kind" }))
            .into_iter()
            .collect();
    assert_eq!(
        kinds, all,
        "tests/it/stored_values/event_examples.jsonl needs an example of every kind"
    );
}

/// Adds to the examples what the dump and the types have beyond them, and removes none.
fn extend_examples(path: &Path) {
    let shape = |body: &Value| crate::stored_logs::shape(body["type"].as_str().unwrap(), body);
    let mut all: Vec<Value> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let dump: Vec<Value> = crate::stored_logs::examples(On::Sqlite)
        .unwrap()
        .into_values()
        .collect();
    for body in &dump {
        if all.iter().all(|one| shape(one) != shape(body)) {
            all.push(body.clone());
        }
    }
    for body in events::examples(&dump) {
        let body = serde_json::to_value(body).unwrap();
        if !all.contains(&body) {
            all.push(body);
        }
    }
    all.sort_by_cached_key(|body| (shape(body), body.to_string()));
    let lines: Vec<String> = all.iter().map(Value::to_string).collect();
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// What the types write today is among the examples, so that no field is renamed together with them.
#[test]
fn events_are_written_as_in_their_examples() {
    if may_extend() {
        return;
    }
    let text = std::fs::read_to_string(list("event_examples").with_extension("jsonl")).unwrap();
    let stored: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for body in events::examples(&stored) {
        let json = serde_json::to_value(&body).unwrap();
        assert!(stored.contains(&json), "no example is written as {json}");
        assert_eq!(serde_json::from_value::<EventBody>(json).unwrap(), body);
    }
}

fn sha(digit: char) -> CommitSha {
    digit.to_string().repeat(40).parse().unwrap()
}

fn moment() -> Timestamp {
    "2026-03-02T09:00:05.250Z".parse().unwrap()
}

fn work_sample() -> WorkSampleId {
    format!("ws_{}", "a".repeat(32)).parse().unwrap()
}

/// The names of the public functions and constants of a source file.
fn public_names(source: &str) -> BTreeSet<String> {
    source
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let rest = line
                .strip_prefix("pub fn ")
                .or_else(|| line.strip_prefix("pub const "))?;
            rest.split(['(', ':', '<']).next().map(str::to_owned)
        })
        .collect()
}

macro_rules! examples {
    ($($name:literal => $($module:ident)::+ $(($($argument:expr),*))?;)*) => {
        vec![$((
            stringify!($($module)::+).rsplit("::").next().unwrap().trim().to_owned(),
            format!("{} = {}", $name, $($module)::+ $(($($argument),*))?),
        )),*]
    };
}

fn covered(examples: &[(String, String)], source: &str, file: &str) {
    let shown: BTreeSet<String> = examples.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        shown,
        public_names(source),
        "every function and constant of {file} needs an example in tests/it/stored_values.rs"
    );
}

#[test]
fn natural_keys_stay_as_stored() {
    let login = "dana-d".parse().unwrap();
    let issue = Place::Issue { number: 7 };
    let pull = Place::PullRequest { number: 8 };
    let comment = Place::Comment {
        number: 7,
        comment_id: 991,
    };
    let review = Place::Review {
        number: 8,
        review_id: 80,
    };
    let review_comment = Place::ReviewComment {
        number: 8,
        comment_id: 10,
    };
    let guid = "0b989ba4-242f-11e5-81e1-c7b6966d2516";
    let about = events::misread();
    let at = moment();
    let examples = examples! {
        "drafted" => key::drafted();
        "offered" => key::offered();
        "accepted" => key::accepted();
        "declined" => key::declined();
        "expired" => key::expired();
        "withdrawn" => key::withdrawn();
        "cancelled" => key::cancelled();
        "extended" => key::extended(2);
        "repository_created" => key::repository_created();
        "first_commit_pushed" => key::first_commit_pushed();
        "candidate_invited" => key::candidate_invited(Some(5), 0);
        "candidate_invited member" => key::candidate_invited(None, 0);
        "candidate_invited member again" => key::candidate_invited(None, 2);
        "invitation_failed" => key::invitation_failed(0, 1);
        "invitation_failed again, later round" => key::invitation_failed(1, 2);
        "invitation_asked" => key::invitation_asked(2);
        "login_corrected" => key::login_corrected(2);
        "email_corrected" => key::email_corrected(2);
        "invitation_ended" => key::invitation_ended(5);
        "account_renamed" => key::account_renamed(7, &login);
        "account_gone" => key::account_gone(7);
        "account_looked_up" => key::account_looked_up(7, 2);
        "side_settled" => key::side_settled(7, 2);
        "kickoff_opened" => key::kickoff_opened();
        "provisioned" => key::provisioned();
        "stuck" => key::stuck("provision", 2);
        "delivered_by_api" => key::delivered_by_api(2);
        "delivery_recorded" => key::delivery_recorded(2);
        "obligation_recorded" => key::obligation_recorded(2);
        "upgraded" => key::upgraded(2);
        "assessed" => key::assessed(&sha('a'));
        "not_assessable" => key::not_assessable(&sha('a'));
        "judged" => key::judged(2);
        "reclassified" => key::reclassified(2);
        "paid" => key::paid(2);
        "decided" => key::decided();
        "decision_corrected" => key::decision_corrected(2);
        "replied" => key::replied(3);
        "closed" => key::closed();
        "frozen" => key::frozen(2);
        "access_reduced" => key::access_reduced(2);
        "access_restored" => key::access_restored(2);
        "kept" => key::kept();
        "nothing_to_keep" => key::nothing_to_keep();
        "repository_archived" => key::repository_archived();
        "repository_handed_over" => key::repository_handed_over();
        "repository_deleted" => key::repository_deleted();
        "comment_posted" => key::comment_posted(&key::delivery_recorded(2));
        "comment_posted misread" => key::comment_posted(&about);
        "text_created issue" => key::text_created(&issue);
        "text_created pull" => key::text_created(&pull);
        "text_created comment" => key::text_created(&comment);
        "text_created review" => key::text_created(&review);
        "text_created review comment" => key::text_created(&review_comment);
        "text_edited issue" => key::text_edited(&issue, at);
        "text_edited pull" => key::text_edited(&pull, at);
        "text_edited comment" => key::text_edited(&comment, at);
        "text_edited review" => key::text_edited(&review, at);
        "text_edited review comment" => key::text_edited(&review_comment, at);
        "text_deleted issue" => key::text_deleted(&issue);
        "text_deleted comment" => key::text_deleted(&comment);
        "text_deleted review comment" => key::text_deleted(&review_comment);
        "issue_closed" => key::issue_closed(7, at);
        "issue_reopened" => key::issue_reopened(7, at);
        "pull_request_head" => key::pull_request_head(8, &sha('a'));
        "pull_request_closed" => key::pull_request_closed(8, at);
        "pull_request_reopened" => key::pull_request_reopened(8, at);
        "reviewed approved" => key::reviewed(80, ReviewVerdict::Approved);
        "reviewed changes requested" => key::reviewed(80, ReviewVerdict::ChangesRequested);
        "pushed" => key::pushed("refs/heads/main", &sha('a'), &sha('b'));
        "pushed new branch" => key::pushed("refs/heads/main", &sha('0'), &sha('b'));
        "pushed deleted" => key::pushed("refs/heads/main", &sha('a'), &sha('0'));
        "member_added" => key::member_added(7);
        "member_removed" => key::member_removed(7);
        "member_added by webhook" => key::member_added_by(7, guid);
        "member_removed by webhook" => key::member_removed_by(7, guid);
        "check_completed" => key::check_completed(77);
        "repository_changed" => key::repository_changed("renamed", at);
        "text_seen issue" => key::text_seen(&issue, at, "A title", "A text");
        "text_seen pull" => key::text_seen(&pull, at, "A title", "A text");
        "text_seen comment" => key::text_seen(&comment, at, "", "A text");
        "text_seen review" => key::text_seen(&review, at, "", "A text");
        "text_seen review comment" => key::text_seen(&review_comment, at, "", "A text");
        "text_back issue" => key::text_back(&issue, at);
        "text_back comment" => key::text_back(&comment, at);
        "text_back review comment" => key::text_back(&review_comment, at);
        "text_gone issue" => key::text_gone(&issue);
        "text_gone comment" => key::text_gone(&comment);
        "text_gone review comment" => key::text_gone(&review_comment);
        "member_seen" => key::member_seen(7);
        "member_gone" => key::member_gone(7);
        "repository_seen" => key::repository_seen(at, "acme/ws", true, false);
        "repository_gone" => key::repository_gone(at);
        "repository_back" => key::repository_back(at);
    };
    let source = include_str!("../../src/work_sample/key.rs");
    covered(&examples, source, "src/work_sample/key.rs");
    let once = examples.into_iter().map(|(_, line)| line);
    pinned("natural_keys", once.chain(events::recurring_keys()));
}

/// The list above has the keys of every kind that recurs.
#[test]
fn recurring_kinds_have_an_example_each() {
    let fields = fields(&schemars::schema_for!(EventBody).to_value());
    let recur: BTreeSet<String> = fields
        .iter()
        .filter_map(|line| line.strip_prefix("EventBody[")?.split_once("].occurrence "))
        .map(|(kind, _)| kind.to_owned())
        .collect();
    let shown: BTreeSet<String> = events::recurring()
        .iter()
        .map(|happening| happening.body.name().to_owned())
        .collect();
    assert_eq!(shown, recur);
}

#[test]
fn workflow_names_stay_as_stored() {
    let id = work_sample();
    let batch = format!("batch_{}", "b".repeat(32)).parse().unwrap();
    let about = events::misread();
    let declared_by = key::delivered_by_api(2);
    let at = moment();
    let examples = examples! {
        "step repository" => step::REPOSITORY;
        "step first commit" => step::FIRST_COMMIT;
        "step kickoff" => step::KICKOFF;
        "step freeze" => step::FREEZE;
        "step bundle" => step::BUNDLE;
        "step archive" => step::ARCHIVE;
        "step hand over" => step::HAND_OVER;
        "step transfer" => step::TRANSFER;
        "step delete" => step::DELETE;
        "step invitation, first" => step::invitation(0);
        "step invitation, third" => step::invitation(2);
        "step read access" => step::read_access(1);
        "step write access" => step::write_access(1);
        "step removal" => step::removal(&"Dana".parse().unwrap(), 1);
        "step comment" => step::comment(&about);
        "job redeliver" => job_key::REDELIVER;
        "job expire" => job_key::expire(&id);
        "job provision, first" => job_key::provision(&id, 0);
        "job provision, third" => job_key::provision(&id, 2);
        "job provision, over" => job_key::provision_over(&id);
        "job invite" => job_key::invite(&id, 0);
        "job invite back" => job_key::invite_back(&id, 500);
        "job assess" => job_key::assess(&id, &sha('a'));
        "job record delivery" => job_key::record_delivery(&id, &declared_by, 0);
        "job end" => job_key::end(&id, at);
        "job end, moved" => job_key::end_moved(&id, 1);
        "job end, over" => job_key::end_over(&id);
        "job reconcile" => job_key::reconcile(&id);
        "job look up sides" => job_key::look_up_sides(&id);
        "job answer" => job_key::answer(&id);
        "job messages" => job_key::messages(&id);
        "job messages of the service" => job_key::MESSAGES_OF_THE_SERVICE;
        "job check roles" => job_key::CHECK_ROLES;
        "job launch" => job_key::launch(&batch, "turn");
        "job resend" => job_key::resend("app", 12);
        "checkpoint hidden repository" => checkpoint::hidden_repository(&id);
        "checkpoint hidden account" => checkpoint::hidden_account(7);
        "checkpoint forbidden" => checkpoint::forbidden("list comments", "https://api.github.com token");
        "checkpoint forbidden, all" => checkpoint::FORBIDDEN;
        "checkpoint lacks" => checkpoint::lacks(WRITE_A_COMMENT, "issues=write,pull_requests=write", "https://api.github.com token");
        "checkpoint lacks, permission unknown" => checkpoint::lacks(WRITE_A_COMMENT, "", "https://api.github.com token");
        "checkpoint lacks, all" => checkpoint::LACKS;
        "checkpoint answers since" => checkpoint::ANSWERS_SINCE;
        "checkpoint messages since" => checkpoint::MESSAGES_SINCE;
        "checkpoint thread refused" => checkpoint::thread_refused(&id, 7);
        "checkpoint pull requests refused" => checkpoint::pull_requests_refused("acme");
        "checkpoint no tie" => checkpoint::no_tie(7);
        "checkpoint hook log" => checkpoint::hook_log("app");
        "checkpoint no hook log" => checkpoint::no_hook_log("acme");
    };
    let source = include_str!("../../src/workflow/stored.rs");
    covered(&examples, source, "src/workflow/stored.rs");
    let mut lines: Vec<String> = examples.into_iter().map(|(_, line)| line).collect();
    lines.push(format!("marker of a comment = {}", events::marker(&id)));
    for kind in JobKind::ALL {
        lines.push(format!(
            "kind {} priority {} attempts {}",
            kind.name(),
            kind.priority(),
            kind.max_attempts()
        ));
    }
    pinned("workflow", lines);
}

/// Dedupe keys, steps and checkpoints are named in one place, where the list above sees them.
#[test]
fn workflow_names_are_made_in_one_module_only() {
    let stored = std::fs::read_to_string(list("workflow")).unwrap();
    // What no other text in the workflow begins with: the names up to a colon, and those of several words.
    let beginnings: BTreeSet<&str> = stored
        .lines()
        .filter(|line| {
            ["step ", "job ", "checkpoint "]
                .iter()
                .any(|one| line.starts_with(one))
        })
        .filter_map(|line| line.split_once(" = "))
        .filter_map(|(_, name)| match name.split_once(':') {
            Some((beginning, _)) => name.get(..=beginning.len()),
            None => name.contains(' ').then_some(name),
        })
        .collect();
    assert!(beginnings.contains("no tie:") && beginnings.contains("answers since"));
    let mut elsewhere = Vec::new();
    for (path, text) in scan::sources() {
        if path == "workflow/stored.rs" || !path.starts_with("workflow/") {
            continue;
        }
        let text = scan::collapsed(&text);
        for (before, after) in [
            ("dedupe_key: Some(", "format!("),
            ("dedupe_key: Some(", "\""),
            (".looked(", "\""),
            (".looked(&", "format!("),
            ("tx.effect(", "\""),
            ("step: ", "\""),
        ] {
            let wrong = format!("{before}{after}");
            // `Stuck` names a job's kind, which is pinned with the kinds.
            if text.contains(&wrong) {
                elsewhere.push(format!("{path}: {wrong}"));
            }
        }
        let literals = beginnings.iter().map(|one| format!("\"{one}"));
        for literal in literals.filter(|literal| text.contains(literal)) {
            elsewhere.push(format!("{path}: {literal}"));
        }
    }
    assert!(
        elsewhere.is_empty(),
        "names that are stored belong into src/workflow/stored.rs: {elsewhere:?}"
    );
}

/// Kinds and keys of messages: a changed one sends a message twice.
#[test]
fn messages_stay_as_stored() {
    let about = key::provisioned();
    let job = DeadJob {
        id: format!("job_{}", "b".repeat(32)).parse().unwrap(),
        kind: "invite".to_owned(),
        at: moment(),
    };
    let mut lines = vec![format!("dead job = {}", MessageKey::of_dead_job(&job))];
    let failed = FailedMessage {
        id: format!("msg_{}", "c".repeat(32)).parse().unwrap(),
        kind: MessageKind::Offer,
        resent: 2,
        at: moment(),
    };
    let key = MessageKey::of_failed_message(&failed);
    lines.push(format!("failed message = {key}"));
    for kind in MessageKind::ALL {
        lines.push(format!(
            "kind {} to {:?}, optional: {} = {}",
            kind.name(),
            kind.audience(),
            kind.is_optional(),
            MessageKey::of(kind, &about)
        ));
    }
    for state in MessageState::ALL {
        lines.push(format!("state {}", serde_json::to_value(state).unwrap()));
    }
    for recipient in [CANDIDATE, TEAM] {
        lines.push(format!("recipient {recipient}"));
    }
    pinned("messages", lines);
}

#[test]
fn codes_stay_as_clients_know_them() {
    let mut lines: BTreeSet<String> = scan::codes();
    lines.extend(
        RefusalCode::ALL
            .iter()
            .map(|code| format!("refusal {}", code.as_str())),
    );
    pinned("codes", lines);
}

#[test]
fn settings_keep_their_names() {
    let names = DOCUMENTED.iter().flat_map(|setting| {
        let file = setting.secret.then(|| format!("{}_FILE", setting.name));
        std::iter::once(setting.name.to_owned()).chain(file)
    });
    pinned("settings", names);
}

#[test]
fn report_json_keeps_its_fields() {
    pinned("report", fields(&worksample::report::schema()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_and_columns_on_sqlite_stay_as_migrated() {
    tables("tables", On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_and_columns_on_postgres_stay_as_migrated() {
    tables("tables", On::Postgres).await;
}

async fn tables(family: &str, on: On) {
    let Some(database) = StoredDatabase::empty(on) else {
        return;
    };
    database.open().await.close().await;
    pinned(family, database.columns());
}

/// What a service says of itself: the API's paths and schemas, and the names of its metrics.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api_and_metrics_keep_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let world = small::world(dir.path(), None, None).await;
    let get = |path: &str| {
        let url = format!("http://{}{path}", world.address);
        async move {
            let answer = reqwest::Client::new().request(Method::GET, url).send();
            answer.await.unwrap().text().await.unwrap()
        }
    };
    let description: Value = serde_json::from_str(&get("/api/openapi.json").await).unwrap();
    let mut api = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(operation) = operation.as_object() {
                api.insert(format!("{} {path}", method.to_uppercase()));
                let parameters = operation.get("parameters").and_then(Value::as_array);
                for parameter in parameters.into_iter().flatten() {
                    api.insert(format!(
                        "{} {path} {} {}",
                        method.to_uppercase(),
                        parameter["in"].as_str().unwrap(),
                        parameter["name"].as_str().unwrap()
                    ));
                }
            }
        }
    }
    api.extend(fields(&description));
    pinned("api", api);

    // A job and a refused webhook, so that every metric has a sample.
    let script = small::script(&small::until(small::TALKATIVE, "do = \"judge\""));
    play(&world, &small::version(), vec![script], &mut |_| {})
        .await
        .unwrap();
    let metrics: BTreeSet<String> = get("/metrics")
        .await
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let name = line.split(' ').next().unwrap();
            let (name, label) = name.split_once('{').unwrap_or((name, ""));
            let label = label.split('=').next().unwrap();
            format!("{name} {label}")
        })
        .collect();
    pinned("metrics", metrics);
    world.stop().await.unwrap();
}
