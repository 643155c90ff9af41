//! The words a report uses for what the core keeps as types. One place, so that Markdown, HTML and the timeline agree.
//! Arguments are references because that is what templates hand over.

use std::borrow::Borrow;

use chrono::Duration;

use super::model::{Commit, Person, Role, Said, Wait};
use crate::acceptance::{ChangeKind, CommandRun, Exit, Limit, TestOutcome, Verdict};
use crate::clock::{Timestamp, span_for_people};
use crate::evidence::{Dimension, Observation};
use crate::ids::CommitSha;
use crate::work_sample::{
    Actor, DecisionOutcome, EntryKind, ObligationReason, Place, ReadBy, Side, State, entry,
};

pub fn state(state: &State) -> &'static str {
    match state {
        State::Drafted => "drafted",
        State::Offered => "offered",
        State::Accepted => "accepted",
        State::Provisioned => "provisioned",
        State::InProgress => "in progress",
        State::Delivered => "delivered",
        State::Assessed => "assessed",
        State::Decided => "decided",
        State::Closed => "closed",
        State::Declined => "declined",
        State::Expired => "expired",
        State::Withdrawn => "withdrawn",
        State::Cancelled => "cancelled",
    }
}

/// A verdict as a sign and words: the sign alone says it without colour, the words without the sign.
pub fn verdict(verdict: &Option<Verdict>) -> (&'static str, &'static str) {
    match verdict {
        Some(Verdict::Passed) => ("✓", "met"),
        Some(Verdict::Failed) => ("✗", "not met"),
        Some(Verdict::Undetermined) => ("?", "could not be determined"),
        Some(Verdict::Open) => ("○", "waits for a reviewer's eye"),
        None => ("–", "not assessed yet"),
    }
}

/// The words of a verdict that was given.
pub fn said_verdict(given: &Verdict) -> &'static str {
    verdict(&Some(*given)).1
}

/// What a forced push replaced, as the end of a clause; nothing for another push.
pub fn by_force(forced: bool, before: &CommitSha, after: &CommitSha) -> String {
    if forced {
        format!(" by force, from {} to {}", before.short(), after.short())
    } else {
        String::new()
    }
}

pub fn test_outcome(outcome: &TestOutcome) -> (&'static str, &'static str) {
    match outcome {
        TestOutcome::Passed => ("✓", "passed"),
        TestOutcome::Failed => ("✗", "failed"),
        TestOutcome::Skipped => ("–", "skipped"),
    }
}

pub fn exit(exit: &Exit) -> String {
    match exit {
        Exit::Code { code } => format!("ended with exit code {code}"),
        Exit::Signal { signal } => format!("ended by signal {signal}"),
        Exit::LimitReached { limit } => format!("killed at the limit of {}", self::limit(*limit)),
        Exit::NotStarted { why } => format!("could not be started: {why}"),
    }
}

fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::WallTime => "wall time",
        Limit::CpuTime => "CPU time",
        Limit::Memory => "memory",
        Limit::Processes => "processes",
        Limit::FileSize => "file size",
        Limit::Output => "output",
    }
}

pub fn kind(kind: &EntryKind) -> &'static str {
    kind.in_words()
}

/// What a text of the team is below the question or decision that it belongs to.
pub fn reply(said: &Said) -> &'static str {
    match said.kind {
        EntryKind::Note => "reply",
        kind => kind.in_words(),
    }
}

/// How the kind of a text was found, where that is worth saying.
pub fn read_by(said: &Said) -> &'static str {
    match said.read_by {
        ReadBy::Form => "read by its form",
        ReadBy::SlashCommand => "read by its slash command",
        ReadBy::Position if said.kind == EntryKind::Memo => "the first comment on the kickoff",
        ReadBy::Position | ReadBy::Nothing => "",
        ReadBy::Reviewer => "read as this by a reviewer",
        ReadBy::Given => "written in worksample",
    }
}

/// The text without the slash command that made it what it is, for the report says that elsewhere.
pub fn spoken(said: &Said) -> String {
    match said.read_by {
        // The text often begins on the line after the command, or ends with it.
        ReadBy::SlashCommand => {
            let content = entry::read(&said.text).content(said.kind);
            content.trim_start().to_owned()
        }
        ReadBy::Form | ReadBy::Position | ReadBy::Reviewer | ReadBy::Nothing | ReadBy::Given => {
            said.text.clone()
        }
    }
}

pub fn side(side: &Side) -> &'static str {
    side.in_words()
}

pub fn change(change: &ChangeKind) -> &'static str {
    match change {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Removed => "removed",
    }
}

pub fn outcome(outcome: &DecisionOutcome) -> &'static str {
    match outcome {
        DecisionOutcome::Proceed => "go on with this contractor",
        DecisionOutcome::Stop => "do not go on",
        DecisionOutcome::Discuss => "talk first",
    }
}

pub fn obligation(reason: &ObligationReason) -> &'static str {
    match reason {
        ObligationReason::Delivered => "the work was delivered",
        ObligationReason::Withdrawn => "the candidate withdrew",
        ObligationReason::Cancelled => "the lead cancelled",
    }
}

pub fn person(actor: &Actor) -> Person {
    let (name, role) = match actor {
        Actor::Lead { name } => (super::text::one_line(name), Role::Lead),
        Actor::Reviewer { name } => (super::text::one_line(name), Role::Reviewer),
        Actor::Candidate => ("the candidate".to_owned(), Role::Candidate),
        Actor::Service => ("the service".to_owned(), Role::Service),
        Actor::GitHub { login, .. } => (super::text::one_line(login), Role::GithubAccount),
    };
    Person { name, role }
}

/// `Lena Lead (lead)`; roles that their names already say are not repeated.
pub fn named(person: &Person) -> String {
    match person.role {
        Role::Lead => format!("{} (lead)", person.name),
        Role::Reviewer => format!("{} (reviewer)", person.name),
        Role::GithubAccount => format!("{} (on GitHub)", person.name),
        Role::Candidate | Role::Service => person.name.clone(),
    }
}

pub fn place(place: &Place, is_pull: bool) -> String {
    let thing = if is_pull { "pull request" } else { "issue" };
    match place {
        Place::Issue { number } => format!("issue #{number}"),
        Place::PullRequest { number } => format!("pull request #{number}"),
        Place::Comment { number, .. } => format!("comment on {thing} #{number}"),
        Place::Review { number, .. } => format!("review of pull request #{number}"),
        Place::ReviewComment { number, .. } => format!("review comment on pull request #{number}"),
    }
}

/// `Mon 2 Mar 09:30`: in UTC, as the report says once at its head.
pub fn when(at: &Timestamp) -> String {
    at.format("%a %-d %b %H:%M").to_string()
}

/// `2 March 2026, 09:30 UTC`.
pub fn date(at: &Timestamp) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// The machine-readable form for `<time datetime>`.
pub fn iso(at: &Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

pub fn span(seconds: &i64) -> String {
    span_for_people(Duration::seconds(*seconds))
}

/// `5 h 15 min`; how long a lasting wait has lasted would need a clock and is therefore never said.
pub fn wait(wait: &Wait) -> String {
    match (wait.seconds, wait.came) {
        (Some(seconds), true) => span(&seconds),
        (Some(seconds), false) => format!("did not come; {} until the work ended", span(&seconds)),
        (None, _) => "has not come yet".to_owned(),
    }
}

/// What became of a question.
pub fn answered(wait: &Wait) -> String {
    match (wait.seconds, wait.came) {
        (Some(seconds), true) => format!("The team replied after {}.", span(&seconds)),
        (Some(seconds), false) => {
            format!("No reply in the {} until the work ended.", span(&seconds))
        }
        (None, _) => "No reply yet.".to_owned(),
    }
}

/// What became of a decision.
pub fn replied(wait: &Wait) -> String {
    match (wait.seconds, wait.came) {
        (Some(seconds), true) => format!("The team replied after {}.", span(&seconds)),
        (Some(seconds), false) => format!(
            "Neither confirmed nor redirected in the {} until the work ended.",
            span(&seconds)
        ),
        (None, _) => "Neither confirmed nor redirected yet.".to_owned(),
    }
}

/// `184 ms`, `2.4 s`, `3 min 20 s`.
pub fn duration(milliseconds: &u64) -> String {
    let milliseconds = *milliseconds;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!(
            "{} min {} s",
            milliseconds / 60_000,
            milliseconds / 1_000 % 60
        ),
    }
}

/// The command as a person would type it.
pub fn command_line(run: &CommandRun) -> String {
    run.command
        .iter()
        .map(|part| shell_word(part))
        .collect::<Vec<_>>()
        .join(" ")
}

fn shell_word(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// `refs/heads/main` → `main`.
pub fn branch(git_ref: &str) -> &str {
    git_ref
        .strip_prefix("refs/heads/")
        .or_else(|| git_ref.strip_prefix("refs/"))
        .unwrap_or(git_ref)
}

/// `1 commit`, `2 commits`.
pub fn count(number: impl Borrow<usize>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

/// `2026-03-02 09:30:05`: for lists in which the order of moments matters.
pub fn moment(at: &Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The first line of a commit's message.
pub fn headline(message: &str) -> &str {
    message.lines().next().unwrap_or("")
}

/// The number of files that a commit says it touched.
pub fn files(commit: &Commit) -> usize {
    commit.added.len() + commit.modified.len() + commit.removed.len()
}

/// `Dana Doe` of `Dana Doe <dana@example.org>`: an address is nothing a reader of a report needs.
pub fn author_name(author: &str) -> &str {
    let name = author.split('<').next().unwrap_or("").trim();
    if name.is_empty() { "no name" } else { name }
}

pub fn is_unseen(observation: &Observation) -> bool {
    *observation == Observation::NotObserved
}

/// A dimension as a part of an anchor.
pub fn dimension(dimension: &Dimension) -> &'static str {
    match dimension {
        Dimension::TechnicalDepth => "technical-depth",
        Dimension::AsyncCommunication => "async-communication",
        Dimension::SpecReading => "spec-reading",
        Dimension::ScopeDiscipline => "scope-discipline",
        Dimension::JudgementOnGaps => "judgement-on-gaps",
    }
}
