//! Kinds that do not follow from a text alone: the memo by its place, and what reviewers read otherwise.

use crate::work_sample::entry;
use crate::work_sample::event::{Event, EventBody};
use crate::work_sample::model::{Entry, ReadBy, Side, WorkSample};
use crate::work_sample::parts::{EntryKind, Place};

/// The candidate's first comment on the kickoff issue is the memo, unless it is a slash command or a form of another
/// kind, or a comment there has the memo's own headings.
pub(super) fn find_memo(ws: &WorkSample, entries: &mut [Entry]) {
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
            entry.kind != EntryKind::Delivery
                && entry.read_by != ReadBy::SlashCommand
                && !entry::read(&entry.text).opens_with_command()
        });
    if let Some(entry) = first
        && entry.kind == EntryKind::Note
    {
        entry.kind = EntryKind::Memo;
        entry.read_by = ReadBy::Position;
        entry.sections = entry::sections(EntryKind::Memo, &entry.text);
    }
}

/// Reviewers' readings, the latest last. A declared delivery stays one: pay depends on it. What a bot or somebody outside the
/// team wrote stays a note.
pub(super) fn reclassify(entries: &mut [Entry], log: &[&Event]) {
    for event in log {
        let EventBody::Reclassified { entry, kind, .. } = &event.happening.body else {
            continue;
        };
        let found = entries.iter_mut().find(|one| {
            one.key == *entry && one.kind != EntryKind::Delivery && one.side.takes_part()
        });
        if let Some(found) = found
            && *kind != EntryKind::Delivery
        {
            found.kind = *kind;
            found.read_by = ReadBy::Reviewer;
            found.sections = entry::sections(*kind, &entry::read(&found.text).content(*kind));
        }
    }
}
