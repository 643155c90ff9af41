//! Turns facts about texts into entries. All facts about one place are gathered first, so that an edit may come before
//! the text it edits, and a deletion before both.

use std::collections::BTreeMap;

use super::{login_of, side_of};
use crate::clock::Timestamp;
use crate::work_sample::entry::{self, Opening};
use crate::work_sample::event::{Actor, Event, EventBody, Happening, NaturalKey};
use crate::work_sample::model::{Entry, ReadBy, Revision, Side, WorkSample};
use crate::work_sample::parts::{EntryKind, Place};

/// What was read out of the texts.
pub(super) struct Texts {
    pub entries: Vec<Entry>,
    pub declared: Vec<Declared>,
}

/// A `/deliver` that the candidate wrote. It stands whatever becomes of the text afterwards.
pub(super) struct Declared {
    /// The entry that it stands in.
    pub entry: NaturalKey,
    /// The event that brought the words.
    pub key: NaturalKey,
    pub at: Timestamp,
    pub place: Place,
    pub html_url: String,
    /// The commit it names, possibly shortened.
    pub commit: Option<String>,
}

/// One state of a text.
struct Version<'e> {
    key: &'e NaturalKey,
    at: Timestamp,
    actor: &'e Actor,
    title: &'e str,
    text: &'e str,
}

#[derive(Default)]
struct Story<'e> {
    created: Option<(&'e Happening, Version<'e>, &'e str)>,
    edits: Vec<(Version<'e>, Option<&'e str>)>,
    deleted_at: Option<Timestamp>,
}

pub(super) fn read(ws: &WorkSample, facts: &[&Happening], log: &[&Event]) -> Texts {
    let mut entries = Vec::new();
    let mut declared = Vec::new();
    for (place, story) in gather(facts) {
        if let Some((entry, delivery)) = tell(ws, place, story) {
            entries.push(entry);
            declared.extend(delivery);
        }
    }
    entries.sort_by(|a, b| (a.at, &a.place, &a.key).cmp(&(b.at, &b.place, &b.key)));
    find_memo(ws, &mut entries);
    reclassify(&mut entries, log);
    Texts { entries, declared }
}

fn gather<'e>(facts: &[&'e Happening]) -> BTreeMap<&'e Place, Story<'e>> {
    let mut stories: BTreeMap<&Place, Story<'e>> = BTreeMap::new();
    for fact in facts {
        let version = |title, text| Version {
            key: &fact.key,
            at: fact.occurred_at,
            actor: &fact.actor,
            title,
            text,
        };
        match &fact.body {
            EventBody::TextCreated {
                place,
                title,
                text,
                html_url,
                pull: _,
            } => {
                let story = stories.entry(place).or_default();
                story
                    .created
                    .get_or_insert((fact, version(title, text), html_url));
            }
            EventBody::TextEdited {
                place,
                title,
                text,
                before,
            } => {
                let story = stories.entry(place).or_default();
                story.edits.push((version(title, text), before.as_deref()));
            }
            EventBody::TextDeleted { place } => {
                let story = stories.entry(place).or_default();
                story.deleted_at.get_or_insert(fact.occurred_at);
            }
            _ => {}
        }
    }
    stories
}

/// The entry of one place, and the delivery it declares; `None` where only a deletion is known.
fn tell(ws: &WorkSample, place: &Place, story: Story<'_>) -> Option<(Entry, Option<Declared>)> {
    let mut remarks = Vec::new();
    let mut history: Vec<Revision> = Vec::new();
    let (first, html_url) = match story.created {
        Some((_, version, html_url)) => (version, html_url.to_owned()),
        None => {
            remarks.push(
                "the message that it was written has not come; the first known text is an edit"
                    .to_owned(),
            );
            let (edit, before) = story.edits.first()?;
            let first = Version {
                text: before.unwrap_or(edit.text),
                ..*edit
            };
            (first, String::new())
        }
    };
    let (key, at, author) = (first.key.clone(), first.at, first.actor);
    let side = match place {
        Place::Issue { number } if ws.provisioning.kickoff == Some(*number) => Side::Service,
        _ => side_of(author, ws.login.as_ref()),
    };
    let login = login_of(author, ws.login.as_ref());

    let mut declared = None;
    let mut present = first;
    let mut declare = |version: &Version<'_>, key: &NaturalKey| {
        let theirs =
            side == Side::Candidate && side_of(version.actor, ws.login.as_ref()) == Side::Candidate;
        if let (None, true, Some(commit)) = (&declared, theirs, delivers(version.text)) {
            declared = Some((key.clone(), version.at, commit));
        }
    };
    declare(&present, &key);
    for (edit, before) in story.edits {
        let editor = login_of(edit.actor, ws.login.as_ref());
        if !editor.eq_ignore_ascii_case(&login) {
            let remark = format!("edited by {editor}");
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let mut replaced = |text: &str| {
            history.push(Revision {
                text: text.to_owned(),
                until: edit.at,
            });
        };
        // An edit of the title alone leaves the text, and GitHub may know of an edit that we do not.
        if edit.text != present.text {
            replaced(present.text);
        }
        if let Some(before) = before
            && before != present.text
            && before != edit.text
        {
            replaced(before);
        }
        declare(&edit, edit.key);
        present = edit;
    }

    let (mut kind, mut read_by, remark) = kind_of(ws, place, side, present.text);
    if declared.is_some() {
        (kind, read_by) = (EntryKind::Delivery, ReadBy::SlashCommand);
    } else {
        remarks.extend(remark);
    }
    let entry = Entry {
        place: place.clone(),
        kind,
        read_by,
        side,
        login,
        at,
        title: present.title.to_owned(),
        text: present.text.to_owned(),
        sections: entry::sections(kind, entry::read(present.text).content),
        clauses: entry::clauses(present.title, present.text),
        history,
        deleted_at: story.deleted_at,
        about: None,
        html_url: html_url.clone(),
        remark: (!remarks.is_empty()).then(|| remarks.join("; ")),
        key: key.clone(),
    };
    let delivery = declared.map(|(declared_by, at, commit)| Declared {
        entry: key,
        key: declared_by,
        at,
        place: place.clone(),
        html_url,
        commit,
    });
    Some((entry, delivery))
}

/// `Some` if the text says `/deliver`, with the commit that it names.
fn delivers(text: &str) -> Option<Option<String>> {
    match entry::read(text).opening {
        Opening::Command {
            kind: EntryKind::Delivery,
            argument,
        } => Some(entry::named_commit(argument)),
        Opening::Command { .. } | Opening::UnknownCommand { .. } | Opening::Plain => None,
    }
}

fn kind_of(
    ws: &WorkSample,
    place: &Place,
    side: Side,
    text: &str,
) -> (EntryKind, ReadBy, Option<String>) {
    if matches!(place, Place::Issue { number } if ws.provisioning.kickoff == Some(*number)) {
        return (EntryKind::Kickoff, ReadBy::Position, None);
    }
    let reading = entry::read(text);
    let note = |remark| (EntryKind::Note, ReadBy::Nothing, remark);
    match reading.opening {
        Opening::Command { kind, .. } => match (whose(kind), side) {
            (Side::Candidate, Side::Candidate) | (Side::Team, Side::Team | Side::Service) => {
                (kind, ReadBy::SlashCommand, None)
            }
            (Side::Team, Side::Candidate) => note(Some(
                "this slash command is the team's; from the candidate it stays a note".to_owned(),
            )),
            (Side::Candidate | Side::Service, _) => note(Some(
                "this slash command is the candidate's; from the team it stays a note".to_owned(),
            )),
        },
        Opening::UnknownCommand { name } => note(Some(format!(
            "`/{}` is no slash command that worksample knows",
            name.chars().take(40).collect::<String>()
        ))),
        Opening::Plain => match (reading.form, side) {
            (Some(kind), Side::Candidate) => (kind, ReadBy::Form, None),
            (Some(_) | None, _) => note(None),
        },
    }
}

/// Who may write an entry of this kind.
fn whose(kind: EntryKind) -> Side {
    match kind {
        EntryKind::Memo
        | EntryKind::Question
        | EntryKind::Progress
        | EntryKind::Decision
        | EntryKind::Delivery => Side::Candidate,
        EntryKind::Answer | EntryKind::Confirm | EntryKind::Redirect | EntryKind::Note => {
            Side::Team
        }
        EntryKind::Kickoff => Side::Service,
    }
}

/// The candidate's first comment on the kickoff issue is the memo, unless it is a slash command or a form of another
/// kind, or a comment there has the memo's own headings.
fn find_memo(ws: &WorkSample, entries: &mut [Entry]) {
    let Some(kickoff) = ws.provisioning.kickoff else {
        return;
    };
    let on_kickoff = |entry: &Entry| {
        matches!(entry.place, Place::Comment { number, .. } if number == kickoff)
            && entry.side == Side::Candidate
    };
    if entries
        .iter()
        .any(|entry| on_kickoff(entry) && entry.kind == EntryKind::Memo)
    {
        return;
    }
    let first = entries
        .iter_mut()
        .filter(|entry| on_kickoff(entry))
        .find(|entry| {
            entry::read(&entry.text).opening == Opening::Plain && entry.kind != EntryKind::Delivery
        });
    if let Some(entry) = first
        && entry.kind == EntryKind::Note
    {
        entry.kind = EntryKind::Memo;
        entry.read_by = ReadBy::Position;
        entry.sections = entry::sections(EntryKind::Memo, &entry.text);
    }
}

/// Reviewers' readings, the latest last. A declared delivery stays one: pay depends on it.
fn reclassify(entries: &mut [Entry], log: &[&Event]) {
    for event in log {
        let EventBody::Reclassified { entry, kind, .. } = &event.happening.body else {
            continue;
        };
        let found = entries
            .iter_mut()
            .find(|one| one.key == *entry && one.kind != EntryKind::Delivery);
        if let Some(found) = found
            && *kind != EntryKind::Delivery
        {
            found.kind = *kind;
            found.read_by = ReadBy::Reviewer;
            found.sections = entry::sections(*kind, entry::read(&found.text).content);
        }
    }
}
