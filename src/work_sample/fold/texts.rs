//! Turns facts about texts into entries. All facts about one place are gathered first, so that an edit may come before
//! the text it edits, and a deletion before both.
//!
//! A sighting is silent where the text that it saw is the one that the facts before it lead to. Where it is another, an
//! edit went by unseen: the sighting then stands for that edit, of an unknown hand.

mod replies;
mod settled;

use std::collections::BTreeMap;

use super::{login_of, own, side_of};
use crate::clock::{Timestamp, for_people};
use crate::plain_text::shortened;
use crate::work_sample::entry;
use crate::work_sample::event::{Actor, Event, EventBody, Happening, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{Entry, ReadBy, Revision, Side, WorkSample};
use crate::work_sample::parts::{EntryKind, Place};

/// What was read out of the texts.
pub(super) struct Texts {
    pub entries: Vec<Entry>,
    pub declared: Vec<Declared>,
}

/// The `/deliver` lines of one version of a text that the candidate wrote. The first version that delivers something stands,
/// whatever becomes of the text afterwards.
pub(super) struct Declared {
    /// The entry that it stands in.
    pub entry: NaturalKey,
    /// The event that brought the words.
    pub key: NaturalKey,
    pub at: Timestamp,
    pub place: Place,
    pub html_url: String,
    pub said: Vec<Said>,
}

/// What is written behind one `/deliver`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub words: String,
    pub next_line: Option<String>,
}

/// More of them in one text say no more than these.
const MOST_DELIVERIES: usize = 10;

/// One state of a text.
#[derive(Clone)]
struct Version<'e> {
    key: NaturalKey,
    at: Timestamp,
    /// Who wrote it so; for an unseen edit the text's author.
    actor: &'e Actor,
    title: &'e str,
    text: &'e str,
    how: How<'e>,
}

#[derive(Clone, Copy)]
enum How<'e> {
    Written,
    /// With what stood there before, where GitHub says it.
    Edited(Option<&'e str>),
    /// When and where the text had been written.
    Seen(Timestamp, &'e str),
}

#[derive(Default)]
struct Story<'e> {
    created: Option<(Version<'e>, &'e str)>,
    /// Edits and sightings, in order of time.
    later: Vec<Version<'e>>,
    deleted_at: Option<Timestamp>,
    /// When it was found to be gone the last time.
    gone_at: Option<Timestamp>,
    /// When it was seen again after that.
    back_at: Option<Timestamp>,
}

impl<'e> Story<'e> {
    /// The first text that is known, with its address.
    fn first(&self, place: &Place, remarks: &mut Vec<String>) -> Option<(Version<'e>, String)> {
        if let Some((created, html_url)) = &self.created {
            return Some((created.clone(), (*html_url).to_owned()));
        }
        let earliest = self.later.first()?;
        let text = match earliest.how {
            How::Edited(Some(before)) => before,
            How::Edited(None) | How::Seen(..) | How::Written => earliest.text,
        };
        let seen = self.later.iter().find_map(|version| match version.how {
            How::Seen(created_at, html_url) => Some((version, created_at, html_url)),
            How::Written | How::Edited(_) => None,
        });
        let Some((seen, created_at, html_url)) = seen else {
            remarks.push(
                "the message that it was written has not come; the first known text is an edit"
                    .to_owned(),
            );
            let first = Version {
                text,
                ..earliest.clone()
            };
            return Some((first, String::new()));
        };
        // A comment's `updated_at` moves with its text alone.
        let comment = matches!(place, Place::Comment { .. } | Place::ReviewComment { .. });
        if comment && matches!(earliest.how, How::Seen(..)) && seen.at > created_at {
            remarks.push(format!(
                "how it was first written is not known: it had been edited by {} when it was first seen",
                for_people(seen.at)
            ));
        }
        let first = Version {
            key: key::text_created(place),
            at: created_at,
            actor: seen.actor,
            title: earliest.title,
            text,
            how: How::Written,
        };
        Some((first, html_url.to_owned()))
    }

    /// From when on the first known text stood there, where that is later than the text itself: a comment that had been edited
    /// when it was first seen.
    fn known_from(&self, place: &Place) -> Option<Timestamp> {
        let comment = matches!(place, Place::Comment { .. } | Place::ReviewComment { .. });
        match (&self.created, self.later.first()) {
            (None, Some(earliest)) if comment && matches!(earliest.how, How::Seen(..)) => {
                Some(earliest.at)
            }
            _ => None,
        }
    }

    /// When it was deleted, as far as that is known.
    fn deleted_at(&self) -> Option<Timestamp> {
        let standing = |at: &Timestamp| {
            self.later.iter().all(|version| version.at <= *at)
                && self.back_at.is_none_or(|back_at| back_at < *at)
        };
        self.deleted_at.or(self.gone_at.filter(standing))
    }
}

pub(super) fn read(ws: &WorkSample, facts: &[&Happening], log: &[&Event]) -> Texts {
    let mut entries = Vec::new();
    let mut declared = Vec::new();
    for (place, story) in gather(facts) {
        if let Some((entry, deliveries)) = tell(ws, place, story) {
            entries.push(entry);
            declared.extend(deliveries);
        }
    }
    let replies = replies::entries(ws, &entries);
    entries.retain(|one| !replies::is_copy(ws, one));
    entries.extend(replies);
    entries.sort_by(|a, b| (a.at, &a.place, &a.key).cmp(&(b.at, &b.place, &b.key)));
    settled::find_memo(ws, &mut entries);
    settled::reclassify(&mut entries, log);
    Texts { entries, declared }
}

fn gather<'e>(facts: &[&'e Happening]) -> BTreeMap<&'e Place, Story<'e>> {
    let mut stories: BTreeMap<&Place, Story<'e>> = BTreeMap::new();
    for fact in facts {
        let version = |title, text, how| Version {
            key: fact.key.clone(),
            at: fact.occurred_at,
            actor: &fact.actor,
            title,
            text,
            how,
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
                    .get_or_insert((version(title, text, How::Written), html_url));
            }
            EventBody::TextEdited {
                place,
                title,
                text,
                before,
            } => {
                let story = stories.entry(place).or_default();
                let how = How::Edited(before.as_deref());
                story.later.push(version(title, text, how));
            }
            EventBody::TextSeen {
                place,
                title,
                text,
                html_url,
                created_at,
                pull: _,
                back_at,
            } => {
                let story = stories.entry(place).or_default();
                story.back_at = story.back_at.max(*back_at);
                let how = How::Seen(*created_at, html_url);
                story.later.push(version(title, text, how));
            }
            EventBody::TextDeleted { place } => {
                let story = stories.entry(place).or_default();
                story.deleted_at.get_or_insert(fact.occurred_at);
            }
            EventBody::TextGone { place, .. } => {
                let story = stories.entry(place).or_default();
                story.gone_at = story.gone_at.max(Some(fact.occurred_at));
            }
            _ => {}
        }
    }
    stories
}

/// The entry of one place, and the deliveries that its versions declare; `None` where only a deletion is known.
fn tell(ws: &WorkSample, place: &Place, story: Story<'_>) -> Option<(Entry, Vec<Declared>)> {
    let mut remarks = Vec::new();
    let mut history: Vec<Revision> = Vec::new();
    let (first, html_url) = story.first(place, &mut remarks)?;
    let blank = |version: &Version<'_>| version.text.trim().is_empty();
    if matches!(place, Place::Review { .. }) && blank(&first) && story.later.iter().all(blank) {
        // An approval without words, or the frame of review comments.
        return None;
    }
    let deleted_at = story.deleted_at();
    let (key, at, author) = (first.key.clone(), first.at, first.actor);
    let side = match place {
        Place::Issue { number } if ws.provisioning.kickoff == Some(*number) => Side::Service,
        _ if own::is_own(ws, place, author, first.text) => Side::Service,
        _ => side_of(author, at, ws),
    };
    let login = login_of(author, ws.login.as_ref());

    let mut declared: Vec<Declared> = Vec::new();
    let mut present = first;
    let mut declare = |version: &Version<'_>, by: &NaturalKey, at: Timestamp| {
        let theirs =
            side == Side::Candidate && side_of(version.actor, version.at, ws) == Side::Candidate;
        let said = if theirs {
            delivers(version.text)
        } else {
            Vec::new()
        };
        if !said.is_empty() && declared.last().is_none_or(|last| last.said != said) {
            declared.push(Declared {
                entry: key.clone(),
                key: by.clone(),
                at,
                place: place.clone(),
                html_url: html_url.clone(),
                said,
            });
        }
    };
    declare(&present, &key, story.known_from(place).unwrap_or(at));
    for later in story.later {
        let before = match later.how {
            How::Written => None,
            How::Edited(before) => {
                if !same_account(later.actor, author) {
                    let remark = format!("edited by {}", login_of(later.actor, ws.login.as_ref()));
                    if !remarks.contains(&remark) {
                        remarks.push(remark);
                    }
                }
                before
            }
            How::Seen(..) if later.text == present.text && later.title == present.title => continue,
            How::Seen(..) => {
                let remark = "edited unseen: GitHub does not say later by whom".to_owned();
                if !remarks.contains(&remark) {
                    remarks.push(remark);
                }
                None
            }
        };
        let mut replaced = |text: &str| {
            history.push(Revision {
                text: text.to_owned(),
                until: later.at,
            });
        };
        // An edit of the title alone leaves the text, and GitHub may know of an edit that we do not.
        if later.text != present.text {
            replaced(present.text);
        }
        if let Some(before) = before
            && before != present.text
            && before != later.text
        {
            replaced(before);
        }
        declare(&later, &later.key, later.at);
        present = later;
    }

    let (mut kind, mut read_by, remark) = kind_of(ws, place, side, present.text);
    if !declared.is_empty() {
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
        sections: entry::sections(kind, &entry::read(present.text).content(kind)),
        clauses: entry::clauses(present.title, present.text),
        history,
        deleted_at,
        about: None,
        also_about: Vec::new(),
        html_url,
        remark: (!remarks.is_empty()).then(|| remarks.join("; ")),
        key,
    };
    Some((entry, declared))
}

/// Is it one account? Ids stay when logins change.
fn same_account(one: &Actor, other: &Actor) -> bool {
    match (one, other) {
        (Actor::GitHub { id, login }, Actor::GitHub { id: of, login: to }) => {
            id == of || login.eq_ignore_ascii_case(to)
        }
        _ => one == other,
    }
}

/// What is written behind each `/deliver` of a text.
fn delivers(text: &str) -> Vec<Said> {
    entry::read(text)
        .commands
        .iter()
        .filter(|command| command.kind == EntryKind::Delivery)
        .take(MOST_DELIVERIES)
        .map(|command| Said {
            words: command.words.to_owned(),
            next_line: command.next_line.map(str::to_owned),
        })
        .collect()
}

/// What a text is. The first command that its side may use decides, or the form whose headings come before it. A candidate's
/// `/deliver` declares a delivery wherever it is in the text, which is the caller's to see.
fn kind_of(
    ws: &WorkSample,
    place: &Place,
    side: Side,
    text: &str,
) -> (EntryKind, ReadBy, Option<String>) {
    if matches!(place, Place::Issue { number } if ws.provisioning.kickoff == Some(*number)) {
        return (EntryKind::Kickoff, ReadBy::Position, None);
    }
    if side == Side::Service {
        return (EntryKind::Notice, ReadBy::Position, None);
    }
    let reading = entry::read(text);
    let note = |remark| (EntryKind::Note, ReadBy::Nothing, remark);
    let usable = reading.commands.iter().find(|command| {
        matches!(
            (whose(command.kind), side),
            (Side::Candidate, Side::Candidate) | (Side::Team, Side::Team | Side::Service)
        )
    });
    let form = reading
        .form_before(usable)
        .filter(|_| side == Side::Candidate);
    if let Some(kind) = form {
        return (kind, ReadBy::Form, None);
    }
    if let Some(command) = usable {
        return (command.kind, ReadBy::SlashCommand, None);
    }
    if let Some(command) = reading.commands.first() {
        if matches!(side, Side::Bot | Side::Stranger | Side::Unknown) {
            return note(Some(counts_for_nobody(side)));
        }
        return note(Some(match whose(command.kind) {
            Side::Team => {
                "this slash command is the team's; from the candidate it stays a note".to_owned()
            }
            _ => "this slash command is the candidate's; from the team it stays a note".to_owned(),
        }));
    }
    match reading.unknown.first() {
        Some(unknown) if unknown.opens => note(Some(format!(
            "`/{}` is no slash command that worksample knows",
            shortened(unknown.word, 40)
        ))),
        _ => note(None),
    }
}

/// Why a slash command of this side has no effect.
fn counts_for_nobody(side: Side) -> String {
    let who = match side {
        Side::Bot => "a bot",
        Side::Unknown => "an account that was not looked up yet",
        Side::Stranger | Side::Candidate | Side::Team | Side::Service => {
            "somebody outside the team"
        }
    };
    format!("this slash command is by {who}; it has no effect")
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
        EntryKind::Kickoff | EntryKind::Notice => Side::Service,
    }
}
