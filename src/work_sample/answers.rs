//! Says which comments the service should post: what it answers, where, and in which words. Pure; posting them is the
//! workflow's part.
//!
//! An answer is identified by what it is about, so that it is posted once whatever is edited afterwards. The text begins with
//! a marker, invisible on the page, by which the service finds its own comment where it does not know whether it was posted.

mod deliveries;
mod replies;

use chrono::Duration;

pub use self::deliveries::DeliveryAnswer;
use super::entry;
use super::entry::meant::{SpecWords, meant};
use super::event::NaturalKey;
use super::model::{Entry, ReadBy, Side, State, WorkSample};
use super::parts::{EntryKind, Place, ReplyKind};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::plain_text::shortened;

/// What every marker of a comment begins with.
const MARKER: &str = "worksample:comment";

/// The end of `about` for answers to misread commands.
const MISREAD: &str = ":misread";

/// So many answers to misread commands are posted in a work sample within [`WINDOW`].
const MOST_MISREAD: usize = 5;
const WINDOW: Duration = Duration::hours(1);

/// So many answers to deliveries are posted within [`WINDOW`], which nobody needs and only a program asks for; and so many
/// at once.
const MOST_DELIVERIES: usize = 60;
const MOST_AT_ONCE: usize = 5;

/// The longest part of somebody's words that is repeated.
const LONGEST_ECHO: usize = 40;

/// The longest reason that is repeated.
const LONGEST_REASON: usize = 300;

/// A comment that should be at GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The key of the event that is answered, and what tells several answers to it apart.
    pub about: NaturalKey,
    /// The issue or pull request to comment on.
    pub number: u64,
    /// Is it a pull request?
    pub on_pull: bool,
    /// When the text that is answered was written.
    pub written_at: Timestamp,
    pub kind: AnswerKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerKind {
    /// A word that looks like a command and is none.
    MisreadCommand {
        /// Without the slash.
        word: String,
        /// The command that was probably meant, without the slash.
        meant: &'static str,
        /// Whose words they are.
        side: Side,
    },
    /// What was recorded of a delivery.
    Delivery(DeliveryAnswer),
    /// The text that somebody of the team wrote in the service.
    Reply {
        by: String,
        kind: ReplyKind,
        text: String,
    },
}

impl Answer {
    /// The comment's text. `elsewhere`: it is posted on another issue than the one that it is about.
    pub fn text(&self, id: &WorkSampleId, elsewhere: bool) -> String {
        let marker = marker(id, &self.about);
        let words = match &self.kind {
            AnswerKind::MisreadCommand { word, meant, side } => misread(word, meant, *side),
            AnswerKind::Delivery(delivery) => delivery.text(),
            AnswerKind::Reply { by, kind, text } => replies::text(by, *kind, text),
        };
        let place = match (elsewhere, self.on_pull) {
            (false, _) => String::new(),
            (true, true) => format!(
                "About what was written on pull request #{}:\n\n",
                self.number
            ),
            (true, false) => format!("About what was written on issue #{}:\n\n", self.number),
        };
        format!("{marker}\n{place}{words}\n")
    }
}

/// The marker that a comment's text begins with.
pub fn marker(id: &WorkSampleId, about: &NaturalKey) -> String {
    // Two dashes could end an HTML comment.
    let about = about.0.replace("--", "%2D%2D");
    format!("<!-- {MARKER} {id} {about} -->")
}

/// What a text with a marker of this work sample is about; `None` where it does not begin with one.
pub fn marked_about(id: &WorkSampleId, text: &str) -> Option<NaturalKey> {
    let start = format!("<!-- {MARKER} {id} ");
    let (about, _) = text.trim_start().strip_prefix(&start)?.split_once(" -->")?;
    Some(NaturalKey(about.replace("%2D%2D", "--")))
}

/// May the service comment at all: is the work going on, and the repository there, private and writable?
pub fn may_be_posted(ws: &WorkSample) -> bool {
    let goes_on = match ws.state {
        State::Provisioned | State::InProgress | State::Delivered | State::Assessed => true,
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Decided
        | State::Closed
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => false,
    };
    let place = &ws.whereabouts;
    goes_on && place.there && place.private && !place.archived
}

/// The answers that should be posted and are not yet known to be, oldest text first. Nothing is answered that was written at
/// `since` or before.
pub fn missing(ws: &WorkSample, spec: &SpecWords, since: Option<Timestamp>) -> Vec<Answer> {
    if !may_be_posted(ws) {
        return Vec::new();
    }
    let mut answers: Vec<Answer> = ws
        .entries
        .iter()
        .filter_map(|entry| to_misread(ws, entry, spec))
        .chain(deliveries::answers(ws))
        .chain(replies::answers(ws))
        .filter(|answer| since.is_none_or(|since| answer.written_at > since))
        .collect();
    // People wait for replies and for answers to deliveries.
    let rank = |answer: &Answer| match answer.kind {
        AnswerKind::Reply { .. } => 0,
        AnswerKind::Delivery(_) => 1,
        AnswerKind::MisreadCommand { .. } => 2,
    };
    answers
        .sort_by(|a, b| (rank(a), a.written_at, &a.about).cmp(&(rank(b), b.written_at, &b.about)));
    let known = |about: &NaturalKey| ws.comments.iter().any(|one| one.about == *about);
    answers.retain(|answer| !known(&answer.about));
    within_bounds(ws, answers)
}

/// The candidate's texts that look like commands and are none, answered or not, oldest first; of many within `WINDOW` the
/// first `MOST_MISREAD`.
pub fn misread_texts(ws: &WorkSample, spec: &SpecWords) -> Vec<Answer> {
    let mut all: Vec<Answer> = ws
        .entries
        .iter()
        .filter(|entry| entry.side == Side::Candidate)
        .filter_map(|entry| to_misread(ws, entry, spec))
        .collect();
    all.sort_by(|a, b| (a.written_at, &a.about).cmp(&(b.written_at, &b.about)));
    let mut kept: Vec<Answer> = Vec::new();
    for answer in all {
        let near = |one: &&Answer| answer.written_at - one.written_at < WINDOW;
        if kept.iter().filter(near).count() < MOST_MISREAD {
            kept.push(answer);
        }
    }
    kept
}

/// Leaves out what would be more than [`MOST_MISREAD`] in [`WINDOW`]. It stays left out: nobody needs an old remark, and least
/// of all many at once.
fn within_bounds(ws: &WorkSample, answers: Vec<Answer>) -> Vec<Answer> {
    // When the text was written and when the answer was posted: both count.
    let mut counted: Vec<[Timestamp; 2]> = posted_misreads(ws)
        .map(|one| {
            let about = one.about.0.strip_suffix(MISREAD).unwrap_or_default();
            let entry = ws.entry(&NaturalKey(about.to_owned()));
            [entry.map_or(one.at, |entry| entry.at), one.at]
        })
        .collect();
    let newest = answers
        .iter()
        .rfind(|one| matches!(one.kind, AnswerKind::Delivery(_)))
        .map(|one| one.about.clone());
    let deliveries = answers
        .iter()
        .filter(|one| matches!(one.kind, AnswerKind::Delivery(_)))
        .count();
    let mut kept = Vec::new();
    for answer in answers {
        let at = answer.written_at;
        let near = |times: &&[Timestamp; 2]| times.iter().any(|time| (at - *time).abs() < WINDOW);
        match &answer.kind {
            AnswerKind::MisreadCommand { .. } => {
                if counted.iter().filter(near).count() >= MOST_MISREAD {
                    continue;
                }
                counted.push([at, at]);
            }
            AnswerKind::Reply { .. } => {}
            // Of many at once the newest says what counts.
            AnswerKind::Delivery(_) => {
                if deliveries > MOST_AT_ONCE && newest.as_ref() != Some(&answer.about) {
                    continue;
                }
            }
        }
        kept.push(answer);
    }
    kept
}

/// Every text that looks like a command and is none, answered or not: the word, and the command that was
/// probably meant, both without the slash.
pub fn misread_commands<'w>(
    ws: &'w WorkSample,
    spec: &SpecWords,
) -> Vec<(&'w Entry, String, &'static str)> {
    ws.entries
        .iter()
        .filter_map(|entry| match to_misread(ws, entry, spec)?.kind {
            AnswerKind::MisreadCommand { word, meant, .. } => Some((entry, word, meant)),
            AnswerKind::Delivery(_) | AnswerKind::Reply { .. } => None,
        })
        .collect()
}

fn is_reply(ws: &WorkSample, about: &NaturalKey) -> bool {
    ws.replies.iter().any(|reply| reply.key == *about)
}

fn posted_misreads(ws: &WorkSample) -> impl Iterator<Item = &super::following::PostedComment> {
    ws.comments
        .iter()
        .filter(|one| one.about.0.ends_with(MISREAD))
}

/// What is to be done about the missing answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Nothing,
    Post(Answer),
    /// So many were posted of each kind that all wait.
    Wait {
        until: Timestamp,
        waiting: usize,
    },
}

/// The first of the missing answers that may be posted now. Answers of one kind do not wait for those of the other.
pub fn next(ws: &WorkSample, missing: Vec<Answer>, now: Timestamp) -> Next {
    let waiting = missing.len();
    let mut first: Option<Timestamp> = None;
    for answer in missing {
        match not_before(ws, &answer, now) {
            None => return Next::Post(answer),
            Some(until) => first = Some(first.map_or(until, |first| first.min(until))),
        }
    }
    match first {
        None => Next::Nothing,
        Some(until) => Next::Wait { until, waiting },
    }
}

/// The moment before which this answer is not to be posted, because so many others just were; `None`: it may be now.
fn not_before(ws: &WorkSample, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    match &answer.kind {
        AnswerKind::MisreadCommand { .. } => {
            let mut posted: Vec<Timestamp> = posted_misreads(ws).map(|one| one.at).collect();
            posted.sort_unstable();
            let first = posted.iter().rev().nth(MOST_MISREAD - 1)?;
            Some(*first + WINDOW).filter(|until| *until > now)
        }
        // People write these, and no program.
        AnswerKind::Reply { .. } => None,
        AnswerKind::Delivery(_) => {
            let posted = ws
                .comments
                .iter()
                .filter(|one| !one.about.0.ends_with(MISREAD) && !is_reply(ws, &one.about));
            let mut posted: Vec<Timestamp> = posted.map(|one| one.at).collect();
            posted.sort_unstable();
            let first = posted.iter().rev().nth(MOST_DELIVERIES - 1)?;
            Some(*first + WINDOW).filter(|until| *until > now)
        }
    }
}

/// The answer to a text with a misread command, if it gets one.
fn to_misread(ws: &WorkSample, entry: &Entry, spec: &SpecWords) -> Option<Answer> {
    let is_settled = entry.read_by == ReadBy::Reviewer || entry.kind == EntryKind::Notice;
    let is_deleted = entry.deleted_at.is_some() || is_below_deleted(ws, entry);
    let is_bot = entry.login.ends_with("[bot]");
    if is_bot || is_settled || is_deleted || !entry.text.contains('/') {
        return None;
    }
    let (word, meant) = unknown_words(&entry.text)
        .into_iter()
        .filter_map(|word| {
            let meant = meant(&word, entry.side, spec)?;
            Some((word, meant))
        })
        // What was meant may stand in the same text, and be understood.
        .find(|(_, meant)| !(entry.read_by == ReadBy::SlashCommand && makes(meant, entry.kind)))?;
    Some(Answer {
        about: NaturalKey(format!("{}{MISREAD}", entry.key)),
        number: entry.place.number(),
        on_pull: is_pull(ws, entry),
        written_at: entry
            .history
            .last()
            .map_or(entry.at, |revision| revision.until.max(entry.at)),
        kind: AnswerKind::MisreadCommand {
            word,
            meant,
            side: entry.side,
        },
    })
}

/// Is it a comment on an issue that was deleted?
fn is_below_deleted(ws: &WorkSample, entry: &Entry) -> bool {
    let number = entry.place.number();
    let issue = Place::Issue { number };
    ws.entries
        .iter()
        .any(|one| one.place == issue && one.deleted_at.is_some())
}

fn makes(command: &str, kind: EntryKind) -> bool {
    entry::COMMANDS
        .iter()
        .any(|(name, made)| *name == command && *made == kind)
}

/// The words of a text that look like slash commands and are none.
fn unknown_words(text: &str) -> Vec<String> {
    let unknown = entry::read(text).unknown;
    unknown.into_iter().map(|one| one.word.to_owned()).collect()
}

fn is_pull(ws: &WorkSample, entry: &Entry) -> bool {
    let number = entry.place.number();
    matches!(entry.place, Place::PullRequest { .. })
        || entry.html_url.contains(&format!("/pull/{number}#"))
        || ws
            .entries
            .iter()
            .any(|one| one.place == Place::PullRequest { number })
}

/// The words of an answer to a misread command.
fn misread(word: &str, meant: &str, side: Side) -> String {
    let purpose = match meant {
        "question" => "ask a question",
        "progress" => "report progress",
        "decision" => "write down a decision",
        "deliver" => "deliver",
        "answer" => "answer a question",
        "confirm" => "confirm a decision",
        "redirect" => "redirect a decision",
        other => other,
    };
    let nothing = match (meant, side) {
        ("deliver", _) => "so **nothing was delivered by this comment**",
        (_, Side::Team) => "so it was read as a plain comment",
        _ => "so it had no effect",
    };
    let commands = match side {
        Side::Team => "`/answer`, `/confirm` and `/redirect`",
        _ => "`/question`, `/progress`, `/decision` and `/deliver`",
    };
    format!(
        "{} is not a command here, {nothing}. To {purpose}, write a new comment that begins with `/{meant}`.\n\n\
         Your commands here are {commands}. If you did not mean a command, there is nothing to do.\n\n\
         <sub>This is an automatic message.</sub>",
        echo(&format!("/{word}"))
    )
}

/// Somebody's words within a sentence of ours: in one line, without what would notify people or reorder the text.
fn in_a_sentence(words: &str) -> String {
    let plain: String = words.chars().filter_map(harmless).collect();
    shortened(plain.trim(), LONGEST_REASON)
}

/// A character that may be repeated, in a form that has no effect.
fn harmless(c: char) -> Option<char> {
    match c {
        '@' => Some('＠'),
        '<' => Some('‹'),
        '>' => Some('›'),
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => None,
        c if c.is_control() || c.is_whitespace() => Some(' '),
        c => Some(c),
    }
}

/// Somebody's words as a code span: at most 40 characters in one line, without what would end the span, notify people or
/// reorder the text.
fn echo(words: &str) -> String {
    let plain: String = words
        .chars()
        .filter_map(harmless)
        .map(|c| if c == '`' { '\'' } else { c })
        .collect();
    format!("`{}`", shortened(plain.trim(), LONGEST_ECHO))
}

#[cfg(test)]
mod tests;
