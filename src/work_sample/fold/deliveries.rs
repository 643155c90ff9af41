//! Which delivery counts, and whether it was late. Which commit each means, [`super::targets`] finds.

use std::collections::BTreeSet;

use super::targets::Known;
use super::texts::Declared;
use crate::work_sample::declaration::Declaration;
use crate::work_sample::event::{Event, EventBody, Happening, NaturalKey};
use crate::work_sample::model::{Delivery, WorkSample};

/// What was declared, and every delivery, in order of time. Adds a remark to entries whose delivery could not be understood or
/// came too late to count.
pub(super) fn find(
    ws: &mut WorkSample,
    facts: &[&Happening],
    log: &[&Event],
    declared: &[Declared],
) -> (Vec<Declaration>, Vec<Delivery>) {
    let mut remarks = Vec::new();
    let declarations = declarations(ws, facts, log, declared, &mut remarks);
    let mut deliveries: Vec<Delivery> = declarations
        .iter()
        .filter(|one| one.stands)
        .map(|one| Delivery {
            key: one.key.clone(),
            at: one.at,
            sha: one.resolution.commit().cloned(),
            late: false,
            effective: false,
            place: Some(one.place.clone()),
        })
        .collect();
    let known = Known::of(ws, facts, log);
    for event in log {
        if let EventBody::DeliveredByApi { sha } = &event.happening.body {
            let at = event.happening.occurred_at;
            deliveries.push(Delivery {
                key: event.happening.key.clone(),
                at,
                sha: sha.clone().or_else(|| known.default_head(at)),
                late: false,
                effective: false,
                place: None,
            });
        }
    }
    deliveries.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));

    let over = ws.over_at();
    for delivery in &mut deliveries {
        delivery.late = ws.due_at.is_some_and(|due| delivery.at > due);
    }
    for one in declarations.iter().filter(|one| one.stands) {
        if over.is_some_and(|over| one.at > over) {
            let remark = "delivered after the work sample had come to its end".to_owned();
            remarks.push((one.entry.clone(), remark));
        }
    }
    let counts = |delivery: &Delivery| over.is_none_or(|over| delivery.at <= over);
    let effective = deliveries
        .iter()
        .rposition(|one| counts(one) && !one.late)
        .or_else(|| deliveries.iter().position(counts));
    if let Some(delivery) = effective.and_then(|index| deliveries.get_mut(index)) {
        delivery.effective = true;
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
