//! What a report is made from, gathered once: the spec version, the work sample, and the words of the brief.

use std::collections::BTreeSet;

use super::model::{Clause, Revision, Said};
use super::{text, words};
use crate::evidence;
use crate::ids::{ClauseId, GapId, SpecDigest};
use crate::spec::{Brief, Spec, SpecVersion};
use crate::work_sample::{Entry, EntryKind, WorkSample};

pub(super) struct Facts<'a> {
    pub spec: &'a Spec,
    pub digest: &'a SpecDigest,
    brief: &'a Brief,
    pub ws: &'a WorkSample,
    /// Numbers that are pull requests; GitHub counts them together with issues.
    pulls: BTreeSet<u64>,
}

impl<'a> Facts<'a> {
    pub fn new(version: &'a SpecVersion, ws: &'a WorkSample) -> Self {
        let pulls = ws
            .entries
            .iter()
            .filter(|entry| entry.place.is_on_pull_request())
            .map(|entry| entry.place.number())
            .collect();
        Facts {
            spec: &version.spec,
            digest: &version.digest,
            brief: &version.brief,
            ws,
            pulls,
        }
    }

    pub fn clause(&self, id: &ClauseId) -> Clause {
        Clause {
            id: id.clone(),
            title: self
                .spec
                .clause(id)
                .map_or_else(String::new, |clause| text::one_line(&clause.title)),
            text: self.brief.clause(id).map_or_else(String::new, |clause| {
                text::unwrapped_item(&text::several_lines(&clause.text))
            }),
        }
    }

    pub fn clauses(&self, ids: &[ClauseId]) -> Vec<Clause> {
        ids.iter().map(|id| self.clause(id)).collect()
    }

    /// The gaps that a question or decision is about, in the spec's order.
    pub fn gaps_of(&self, entry: &Entry) -> Vec<GapId> {
        self.spec
            .gaps
            .iter()
            .filter(|gap| evidence::is_about(self.spec, gap, entry))
            .map(|gap| gap.id.clone())
            .collect()
    }

    pub fn said(&self, entry: &Entry) -> Said {
        Said {
            event: entry.key.clone(),
            kind: entry.kind,
            read_by: entry.read_by,
            side: entry.side,
            login: text::one_line(&entry.login),
            at: entry.at,
            place: words::place(&entry.place, self.pulls.contains(&entry.place.number())),
            html_url: github_url(&entry.html_url),
            title: text::one_line(without_prefix(&entry.title, entry.kind)),
            text: text::several_lines(&entry.text),
            clauses: self.clauses(&evidence::clauses_named(self.spec, entry)),
            history: entry
                .history
                .iter()
                .map(|revision| Revision {
                    text: text::several_lines(&revision.text),
                    until: revision.until,
                })
                .collect(),
            deleted_at: entry.deleted_at,
            remark: entry.remark.as_deref().map(text::one_line),
        }
    }
}

/// A title without the word that the issue form puts before it, for the report says the kind itself.
fn without_prefix(title: &str, kind: EntryKind) -> &str {
    let prefix = match kind {
        EntryKind::Question => "Question:",
        EntryKind::Progress => "Progress:",
        EntryKind::Decision => "Decision:",
        EntryKind::Kickoff
        | EntryKind::Memo
        | EntryKind::Answer
        | EntryKind::Confirm
        | EntryKind::Redirect
        | EntryKind::Delivery
        | EntryKind::Note
        | EntryKind::Notice => "",
    };
    title.trim().strip_prefix(prefix).unwrap_or(title).trim()
}

/// A section of a form, cleaned.
pub(super) fn section(words: Option<&String>) -> Option<String> {
    words.map(|words| text::several_lines(words))
}

/// An address that may stand behind a link: http or https only, without characters that have no place in one.
pub(super) fn github_url(url: &str) -> String {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.chars().all(|c| {
        c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '(' | ')' | '\\')
    });
    if scheme && plain && url.len() <= 2_000 {
        url.to_owned()
    } else {
        String::new()
    }
}
