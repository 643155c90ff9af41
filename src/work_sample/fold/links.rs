//! Which answer belongs to which question, which confirmation or redirection to which decision, and what a comment of the team
//! without a command replies to.

use std::collections::{BTreeMap, BTreeSet};

use crate::work_sample::entry;
use crate::work_sample::event::NaturalKey;
use crate::work_sample::model::{Entry, ReadBy, Side};
use crate::work_sample::parts::EntryKind;

/// Questions and decisions that have had no reply yet, by the issue or pull request that they are in.
#[derive(Default)]
struct Open {
    threads: BTreeMap<u64, Vec<NaturalKey>>,
    /// Issues and pull requests that are a question or decision themselves.
    issues: BTreeMap<u64, NaturalKey>,
}

impl Open {
    fn add(&mut self, entry: &Entry) {
        let number = entry.place.number();
        if is_the_issue(entry) {
            self.issues.insert(number, entry.key.clone());
        }
        let thread = self.threads.entry(number).or_default();
        thread.push(entry.key.clone());
    }

    fn close(&mut self, key: &NaturalKey) {
        for thread in self.threads.values_mut() {
            thread.retain(|one| one != key);
        }
    }

    /// What a comment without a command replies to: the issue itself where it is a question or decision, else the latest that is
    /// open in the thread; and all others that are open there. GitHub has no threads below an issue, so nothing tells
    /// which of them is meant, and none of them is called unanswered.
    fn take(&mut self, number: u64) -> (Option<NaturalKey>, Vec<NaturalKey>) {
        let mut open = self.threads.remove(&number).unwrap_or_default();
        let first = match self.issues.get(&number) {
            Some(issue) => Some(issue.clone()),
            None => open.pop(),
        };
        open.retain(|one| Some(one) != first.as_ref());
        (first, open)
    }
}

fn is_the_issue(entry: &Entry) -> bool {
    entry.place.opens_thread()
}

/// Is it a comment of the team that no command settles? In logs of earlier versions bots are on the team's side.
fn is_plain_reply(entry: &Entry) -> bool {
    entry.kind == EntryKind::Note
        && entry.side == Side::Team
        && !is_the_issue(entry)
        && !entry.login.ends_with("[bot]")
}

/// Sets `about` on every answer, confirmation and redirection, and on the comments of the team without a command. `entries`
/// are in the order of time.
///
/// An answer belongs to the issue that it names (`/answer #7`), else to the issue it stands in if that one is an open
/// question, else to the latest open question before it in the same thread, else to the latest answered one.
pub(super) fn link(entries: &mut [Entry]) {
    let mut settled: BTreeSet<NaturalKey> = BTreeSet::new();
    let mut open = Open::default();
    for index in 0..entries.len() {
        let (before, rest) = entries.split_at_mut(index);
        let Some(entry) = rest.first_mut() else {
            continue;
        };
        if entry.read_by == ReadBy::Given {
            if let Some(key) = &entry.about {
                settled.insert(key.clone());
                open.close(key);
            }
            continue;
        }
        entry.about = None;
        entry.also_about = Vec::new();
        let wanted = match entry.kind {
            EntryKind::Answer => EntryKind::Question,
            EntryKind::Confirm | EntryKind::Redirect => EntryKind::Decision,
            EntryKind::Question | EntryKind::Decision => {
                open.add(entry);
                continue;
            }
            EntryKind::Note if is_plain_reply(entry) => {
                (entry.about, entry.also_about) = open.take(entry.place.number());
                continue;
            }
            EntryKind::Kickoff
            | EntryKind::Memo
            | EntryKind::Progress
            | EntryKind::Delivery
            | EntryKind::Note
            | EntryKind::Notice => continue,
        };
        let about = find(before, entry, wanted, &settled).cloned();
        match &about {
            Some(key) => {
                settled.insert(key.clone());
                open.close(key);
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
    thread()
        .find(|one| is_the_issue(one) && open(one))
        .or_else(|| thread().rfind(open))
        .or_else(|| thread().next_back())
        .map(|one| &one.key)
}
