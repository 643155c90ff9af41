//! Who may ask for what, and that they say who they are and why.

use crate::work_sample::command::{Command, Refusal};
use crate::work_sample::event::Actor;
use crate::work_sample::refusal::RefusalCode as Code;

/// Who may do what. People who lead or review do it under their name.
pub(super) fn may(command: &Command, actor: &Actor) -> Result<(), Refusal> {
    let (lead, reviewer, candidate, service) = match command {
        Command::Accept { .. } | Command::Decline { .. } | Command::Deliver { .. } => {
            (false, false, true, false)
        }
        // A lead records a withdrawal that the candidate wrote in an e-mail.
        Command::Withdraw { .. } | Command::Reinvite | Command::CorrectLogin { .. } => {
            (true, false, true, false)
        }
        Command::Expire => (true, false, false, true),
        Command::Judge { .. } | Command::Reclassify { .. } | Command::Decide { .. } => {
            (true, true, false, false)
        }
        Command::Offer { .. }
        | Command::CorrectEmail { .. }
        | Command::SettleSide { .. }
        | Command::Cancel { .. }
        | Command::Extend { .. }
        | Command::CorrectDelivery { .. }
        | Command::Pay { .. }
        | Command::Reply { .. }
        | Command::CorrectDecision { .. }
        | Command::Close => (true, false, false, false),
    };
    let allowed = match actor {
        Actor::Lead { name } => {
            named(name)?;
            lead
        }
        Actor::Reviewer { name } => {
            named(name)?;
            reviewer
        }
        Actor::Candidate => candidate,
        Actor::Service => service,
        Actor::GitHub { .. } => false,
    };
    if allowed {
        return Ok(());
    }
    let roles: Vec<&str> = [
        (lead, "a lead"),
        (reviewer, "a reviewer"),
        (candidate, "the candidate"),
        (service, "the service"),
    ]
    .into_iter()
    .filter_map(|(may, role)| may.then_some(role))
    .collect();
    Err(Code::NotYours.because(format!("only {} may do this", roles.join(" or "))))
}

pub(super) fn named(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        Err(Code::NameMissing.because("say who you are; what you do is recorded under your name"))
    } else {
        Ok(())
    }
}

pub(super) fn given(text: &str, how_to_mend: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Code::ReasonMissing.because(how_to_mend))
    } else {
        Ok(())
    }
}
