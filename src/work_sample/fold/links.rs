//! Which answer belongs to which question, which confirmation or redirection to which decision.

use std::collections::BTreeSet;

use crate::work_sample::entry;
use crate::work_sample::event::NaturalKey;
use crate::work_sample::model::Entry;
use crate::work_sample::parts::EntryKind;

/// Sets `about` on every answer, confirmation and redirection. `entries` are in the order of time.
///
/// An answer belongs to the issue that it names (`/answer #7`), else to the issue it stands in if that one is an open
/// question, else to the latest open question before it in the same thread, else to the latest answered one.
pub(super) fn link(entries: &mut [Entry]) {
    let mut settled: BTreeSet<NaturalKey> = BTreeSet::new();
    for index in 0..entries.len() {
        let (before, rest) = entries.split_at_mut(index);
        let Some(entry) = rest.first_mut() else {
            continue;
        };
        entry.about = None;
        let wanted = match entry.kind {
            EntryKind::Answer => EntryKind::Question,
            EntryKind::Confirm | EntryKind::Redirect => EntryKind::Decision,
            EntryKind::Kickoff
            | EntryKind::Memo
            | EntryKind::Question
            | EntryKind::Progress
            | EntryKind::Decision
            | EntryKind::Delivery
            | EntryKind::Note => continue,
        };
        let about = find(before, entry, wanted, &settled).cloned();
        match &about {
            Some(key) => {
                settled.insert(key.clone());
            }
            None => {
                let what = if wanted == EntryKind::Question {
                    "question"
                } else {
                    "decision"
                };
                let remark = format!("no {what} stands before it in this thread");
                entry.remark = Some(match entry.remark.take() {
                    Some(earlier) => format!("{earlier}; {remark}"),
                    None => remark,
                });
            }
        }
        entry.about = about;
    }
}

fn find<'e>(
    before: &'e [Entry],
    entry: &Entry,
    wanted: EntryKind,
    settled: &BTreeSet<NaturalKey>,
) -> Option<&'e NaturalKey> {
    let named = entry::read(&entry.text)
        .commands
        .iter()
        .find(|command| command.kind == entry.kind)
        .and_then(|command| entry::named_issue(command.words));
    let number = named.unwrap_or(entry.place.number());
    let thread = || {
        before
            .iter()
            .filter(|one| one.kind == wanted && one.place.number() == number)
    };
    let open = |one: &&Entry| !settled.contains(&one.key);
    let is_the_issue = |one: &&Entry| one.place.opens_thread();
    thread()
        .find(|one| is_the_issue(one) && open(one))
        .or_else(|| thread().rfind(open))
        .or_else(|| thread().next_back())
        .map(|one| &one.key)
}
