//! What declared deliveries mean, as texts and pushes are read now. Which commit each means, [`super::targets`] finds.
//!
//! This is a reading and has no effect on pay: what it says when GitHub was looked at is recorded (`work_sample::records`).

use std::collections::BTreeSet;

use super::targets::Known;
use super::texts::Declared;
use crate::ids::CommitSha;
use crate::work_sample::declaration::{Declaration, Resolution, Target};
use crate::work_sample::delivery::{Meant, ReadDelivery, Standing};
use crate::work_sample::event::{Event, EventBody, Happening, NaturalKey};
use crate::work_sample::model::WorkSample;

/// What was declared, and what each entry and request delivers, in order of time. Adds a remark to entries whose delivery
/// could not be understood or came too late to count.
pub(super) fn find(
    ws: &mut WorkSample,
    facts: &[&Happening],
    log: &[&Event],
    declared: &[Declared],
) -> (Vec<Declaration>, Vec<ReadDelivery>) {
    let mut remarks = Vec::new();
    let declarations = declarations(ws, facts, log, declared, &mut remarks);
    let mut deliveries: Vec<ReadDelivery> = declarations
        .iter()
        .filter(|one| speaks_for_its_entry(one, &declarations))
        .map(read)
        .collect();
    let known = Known::of(ws, facts, log);
    for event in log {
        if let EventBody::DeliveredByApi { sha } = &event.happening.body {
            let head = || known.default_head(event.happening.occurred_at);
            let meant = sha.clone().or_else(head);
            deliveries.push(requested(&event.happening, meant));
        }
    }
    deliveries
        .sort_by(|a, b| (a.declared_at, &a.declared_by).cmp(&(b.declared_at, &b.declared_by)));

    let over = ws.over_at();
    for one in declarations.iter().filter(|one| one.stands) {
        if over.is_some_and(|over| one.at > over) {
            let remark = "delivered after the work sample had come to its end".to_owned();
            remarks.push((one.entry.clone(), remark));
        }
    }
    for (key, remark) in remarks {
        if let Some(entry) = ws.entries.iter_mut().find(|entry| entry.key == key) {
            entry.remark = Some(match entry.remark.take() {
                Some(earlier) => format!("{earlier}; {remark}"),
                None => remark,
            });
        }
    }
    (declarations, deliveries)
}

/// The declaration that stands, or else the last one: what could not be resolved is answered, too.
fn speaks_for_its_entry(one: &Declaration, all: &[Declaration]) -> bool {
    let of_entry = || all.iter().filter(|other| other.entry == one.entry);
    if of_entry().any(|other| other.stands) {
        one.stands
    } else {
        of_entry()
            .next_back()
            .is_some_and(|last| last.key == one.key)
    }
}

fn read(one: &Declaration) -> ReadDelivery {
    ReadDelivery {
        delivery: one.entry.clone(),
        declared_by: one.key.clone(),
        declared_at: one.at,
        place: Some(one.place.clone()),
        meant: meant(one),
        starter_confirmed: one.target == Target::Starter,
        standing: Standing::Pending,
    }
}

fn meant(one: &Declaration) -> Meant {
    match (&one.resolution, &one.target) {
        (Resolution::Resolved(sha), Target::Head { word: Some(word) }) if is_a_ref(word) => {
            Meant::Unknown {
                name: word.clone(),
                head: Some(sha.clone()),
                why: String::new(),
            }
        }
        (Resolution::Resolved(sha), _) => Meant::Commit(sha.clone()),
        (Resolution::NoPushYet, _) => Meant::Nothing,
        (Resolution::Unresolved { why }, _) => Meant::NotResolved { why: why.clone() },
        (Resolution::NotKnown { why }, target) => {
            let why = why.clone();
            match name_at_github(target) {
                Some(name) => Meant::Unknown {
                    name,
                    head: None,
                    why,
                },
                None => Meant::NotResolved { why },
            }
        }
    }
}

/// What GitHub can be asked about (docs.github.com, "Get a commit"); `None` for what can be no name (git-check-ref-format).
fn name_at_github(target: &Target) -> Option<String> {
    let name = match target {
        Target::Commit { sha } => sha.clone(),
        Target::Branch { name } => format!("heads/{name}"),
        Target::Tag { name } => format!("tags/{name}"),
        Target::Name { name } => name.clone(),
        Target::Head { .. }
        | Target::PullRequest { .. }
        | Target::Starter
        | Target::Other { .. }
        | Target::Several { .. } => return None,
    };
    is_a_ref(&name).then_some(name)
}

/// May a branch or tag be called so? Whatever else people write must not lead to another address.
fn is_a_ref(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    (1..=LONGEST_REF).contains(&name.len())
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name.split('/').all(part)
}

/// In bytes, as on most file systems.
const LONGEST_REF: usize = 255;

/// A delivery through the API. Its record is written with it.
fn requested(request: &Happening, meant: Option<CommitSha>) -> ReadDelivery {
    ReadDelivery {
        delivery: request.key.clone(),
        declared_by: request.key.clone(),
        declared_at: request.occurred_at,
        place: None,
        meant: meant.map_or(Meant::Nothing, Meant::Commit),
        starter_confirmed: false,
        standing: Standing::Pending,
    }
}

/// What each `/deliver` means. An edit mends what could not be resolved; once an entry delivers something, edits of it change
/// nothing.
fn declarations(
    ws: &WorkSample,
    facts: &[&Happening],
    log: &[&Event],
    declared: &[Declared],
    remarks: &mut Vec<(NaturalKey, String)>,
) -> Vec<Declaration> {
    let known = Known::of(ws, facts, log);
    let mut standing: BTreeSet<&NaturalKey> = BTreeSet::new();
    let mut changed: BTreeSet<&NaturalKey> = BTreeSet::new();
    let mut all = Vec::new();
    for one in declared {
        let (target, resolution) = known.resolve(one);
        let first = !standing.contains(&one.entry);
        let stands = first && resolution.delivers();
        if stands {
            standing.insert(&one.entry);
        } else if !first && changed.insert(&one.entry) {
            let remark =
                "an edit of what `/deliver` names changes nothing: a new text with `/deliver` does";
            remarks.push((one.entry.clone(), remark.to_owned()));
        }
        all.push(Declaration {
            key: one.key.clone(),
            entry: one.entry.clone(),
            at: one.at,
            place: one.place.clone(),
            words: words(one),
            target,
            resolution,
            stands,
        });
    }
    // What an edit mended needs no remark.
    for one in &all {
        let last = all.iter().rfind(|other| other.entry == one.entry);
        if let Some(why) = one.resolution.why_not()
            && !standing.contains(&one.entry)
            && last.is_some_and(|last| last.key == one.key)
        {
            remarks.push((one.entry.clone(), why.to_owned()));
        }
    }
    all.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    all
}

/// The words behind a `/deliver` as people see them.
fn words(one: &Declared) -> String {
    let said: Vec<&str> = one
        .said
        .iter()
        .flat_map(|said| {
            let next = said.next_line.as_deref().filter(|_| said.words.is_empty());
            std::iter::once(said.words.as_str()).chain(next)
        })
        .filter(|words| !words.is_empty())
        .collect();
    said.join(" ")
}
