//! The texts of a command: nobody reads a reason of a hundred thousand characters, and nobody sees a control character.

use super::who::given;
use crate::plain_text::{LONGEST_NAME, LONGEST_TEXT, is_control, name_problem};
use crate::work_sample::command::{Command, Feedback, Refusal};
use crate::work_sample::event::{Actor, NaturalKey};
use crate::work_sample::refusal::RefusalCode as Code;

/// Do the texts of a command, and the name of who gives it, fit?
pub(super) fn fit(command: &Command, actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Lead { name } | Actor::Reviewer { name } => name_fits("your name", name)?,
        Actor::Candidate | Actor::Service | Actor::GitHub { .. } => {}
    }
    match command {
        Command::Decline { reason } | Command::Withdraw { reason } => {
            reason.iter().try_for_each(|reason| text("reason", reason))
        }
        Command::Cancel { reason } | Command::Extend { reason, .. } => text("reason", reason),
        Command::Decide {
            reason, feedback, ..
        }
        | Command::CorrectDecision {
            reason, feedback, ..
        } => {
            text("reason", reason)?;
            match feedback {
                Feedback::Given(feedback) => text("feedback", feedback),
                Feedback::Refused | Feedback::NotSaid => Ok(()),
            }
        }
        Command::Reply {
            entry, text: said, ..
        } => {
            key(entry)?;
            text("reply", said)
        }
        Command::CorrectDelivery {
            delivery, reason, ..
        } => {
            key(delivery)?;
            text("reason", reason)
        }
        Command::Judge { note, .. } => text("note", note),
        Command::Reclassify { entry, note, .. } => {
            key(entry)?;
            text("note", note)
        }
        Command::SettleSide { account, note, .. } => {
            line("account", account)?;
            text("note", note)
        }
        Command::Pay { reference, .. } => line("reference", reference),
        Command::CorrectEmail { email } => line("e-mail address", email),
        Command::Offer { .. }
        | Command::Accept { .. }
        | Command::Expire
        | Command::Deliver { .. }
        | Command::Reinvite
        | Command::CorrectLogin { .. }
        | Command::Close => Ok(()),
    }
}

/// Can this be a name in a report? Whether there is one at all is asked elsewhere.
pub(super) fn name_fits(whose: &str, name: &str) -> Result<(), Refusal> {
    if given(name, "").is_err() {
        return Ok(());
    }
    match name_problem(name) {
        None => Ok(()),
        Some(problem) => {
            Err(Code::NameUnusable.because(format!("{whose} cannot be recorded: {problem}")))
        }
    }
}

fn text(what: &str, text: &str) -> Result<(), Refusal> {
    not_longer(what, text, LONGEST_TEXT)?;
    match text.chars().find(|c| is_control(*c)) {
        None => Ok(()),
        Some(c) => Err(unusable(what, c)),
    }
}

fn line(what: &str, line: &str) -> Result<(), Refusal> {
    not_longer(what, line, LONGEST_NAME)?;
    match line.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(c) => Err(unusable(what, c)),
    }
}

/// Keys of texts that stand in a log are short.
fn key(key: &NaturalKey) -> Result<(), Refusal> {
    not_longer("key", &key.0, LONGEST_TEXT)
}

fn not_longer(what: &str, text: &str, most: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(Code::TextTooLong.because(format!(
        "the {what} has {length} characters; at most {most} are recorded"
    )))
}

fn unusable(what: &str, c: char) -> Refusal {
    Code::TextUnusable.because(format!(
        "the {what} holds the control character U+{:04X}; write it without",
        u32::from(c)
    ))
}
