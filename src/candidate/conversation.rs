//! What a candidate wrote, and what the team wrote back.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::report::{one_line, several_lines};
use crate::work_sample::entry::{self, meant::SpecWords};
use crate::work_sample::open_points::unsettled_misreads;
use crate::work_sample::{Entry, EntryKind, Side, WorkSample};

/// The longest title that is made of a text's first line.
const LONGEST_TITLE: usize = 80;

/// One text of the candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnText {
    pub kind: OwnTextKind,
    /// Its title, or the beginning of its text.
    pub title: String,
    /// Markdown, as it was written.
    pub text: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// Where it stands at GitHub.
    pub html_url: String,
    pub state: OwnTextState,
    /// What the team wrote back, in order.
    pub replies: Vec<Reply>,
}

/// As what a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnTextKind {
    Memo,
    Question,
    Progress,
    Decision,
    Delivery,
    Note,
}

/// How a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnTextState {
    /// Nobody has to reply to it.
    Read,
    /// The team has not replied yet.
    Waiting,
    /// The team replied.
    Replied,
    /// The team said that the question is settled.
    Answered,
    Confirmed,
    Redirected,
}

/// What the team wrote back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reply {
    /// The GitHub account that wrote it.
    pub by: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Markdown, without the command that makes it an answer.
    pub text: String,
    pub html_url: String,
}

/// A text with a word that looks like a command and is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Misread {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The word, with its slash.
    pub word: String,
    /// The command that was probably meant, with its slash.
    pub meant: String,
    pub html_url: String,
}

/// Everything that the candidate wrote, oldest first.
pub(super) fn texts(ws: &WorkSample) -> Vec<OwnText> {
    ws.entries
        .iter()
        .filter(|entry| entry.side == Side::Candidate)
        .filter_map(|entry| Some(text(ws, entry, kind(entry.kind)?)))
        .collect()
}

fn kind(kind: EntryKind) -> Option<OwnTextKind> {
    match kind {
        EntryKind::Memo => Some(OwnTextKind::Memo),
        EntryKind::Question => Some(OwnTextKind::Question),
        EntryKind::Progress => Some(OwnTextKind::Progress),
        EntryKind::Decision => Some(OwnTextKind::Decision),
        EntryKind::Delivery => Some(OwnTextKind::Delivery),
        EntryKind::Note | EntryKind::Answer | EntryKind::Confirm | EntryKind::Redirect => {
            Some(OwnTextKind::Note)
        }
        EntryKind::Kickoff | EntryKind::Notice => None,
    }
}

fn text(ws: &WorkSample, entry: &Entry, kind: OwnTextKind) -> OwnText {
    let replies: Vec<&Entry> = ws.team_replies_to(&entry.key).collect();
    OwnText {
        kind,
        title: title(entry),
        text: several_lines(&entry.text),
        at: entry.at,
        deleted_at: entry.deleted_at,
        html_url: entry.html_url.clone(),
        state: state(kind, &replies),
        replies: replies
            .into_iter()
            .map(|reply| Reply {
                by: one_line(&reply.login),
                at: reply.at,
                text: several_lines(entry::read(&reply.text).content(reply.kind).trim_start()),
                html_url: reply.html_url.clone(),
            })
            .collect(),
    }
}

/// When a decision of the candidate was redirected, if it stands so now.
pub(super) fn redirected_at(ws: &WorkSample, decision: &Entry) -> Option<Timestamp> {
    let replies: Vec<&Entry> = ws.team_replies_to(&decision.key).collect();
    let is_redirected = decision.side == Side::Candidate
        && decision.deleted_at.is_none()
        && state(OwnTextKind::Decision, &replies) == OwnTextState::Redirected;
    let redirects = replies
        .iter()
        .filter(|reply| reply.kind == EntryKind::Redirect);
    is_redirected.then(|| redirects.map(|reply| reply.at).max())?
}

fn state(kind: OwnTextKind, replies: &[&Entry]) -> OwnTextState {
    let last = |of: EntryKind| replies.iter().rposition(|reply| reply.kind == of);
    match kind {
        OwnTextKind::Question if last(EntryKind::Answer).is_some() => OwnTextState::Answered,
        OwnTextKind::Decision => match (last(EntryKind::Confirm), last(EntryKind::Redirect)) {
            (None, None) if replies.is_empty() => OwnTextState::Waiting,
            (None, None) => OwnTextState::Replied,
            (confirmed, redirected) if confirmed > redirected => OwnTextState::Confirmed,
            _ => OwnTextState::Redirected,
        },
        OwnTextKind::Question if replies.is_empty() => OwnTextState::Waiting,
        OwnTextKind::Question => OwnTextState::Replied,
        OwnTextKind::Memo | OwnTextKind::Progress | OwnTextKind::Delivery | OwnTextKind::Note => {
            OwnTextState::Read
        }
    }
}

fn title(entry: &Entry) -> String {
    let content = entry::read(&entry.text).content(entry.kind);
    let first = std::iter::once(entry.title.as_str())
        .chain(content.lines())
        // A command alone, such as `/deliver`.
        .chain(entry.text.lines())
        .map(|line| line.trim().trim_start_matches('#').trim_start())
        .find(|line| !line.is_empty())
        .unwrap_or(entry.kind.in_words());
    let line = one_line(first);
    match line.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The candidate's texts that hold a word which looks like a command and is none, until they have done since what they
/// probably meant.
pub(super) fn misread(ws: &WorkSample, words: &SpecWords) -> Vec<Misread> {
    unsettled_misreads(ws, words)
        .into_iter()
        .map(|(entry, word, meant)| Misread {
            at: entry.at,
            word: format!("/{}", one_line(&word)),
            meant: format!("/{meant}"),
            html_url: entry.html_url.clone(),
        })
        .collect()
}
