//! The verbs by which a lead speaks to a candidate: answer, confirm, redirect, decide, correct-decision.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::act::{Common, as_lead, print};
use super::output::Failure;
use super::{Global, context};
use crate::ids::{GapId, InterpretationId};
use crate::work_sample::{Actor, Command, DecisionOutcome, Feedback, NaturalKey, ReplyKind};
use crate::workflow::act;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Outcome {
    Proceed,
    Stop,
    Discuss,
}

impl From<Outcome> for DecisionOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Proceed => DecisionOutcome::Proceed,
            Outcome::Stop => DecisionOutcome::Stop,
            Outcome::Discuss => DecisionOutcome::Discuss,
        }
    }
}

#[derive(Debug, Args)]
pub struct DecideArguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    outcome: Outcome,
    /// Why, for the team; the candidate never reads it.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    feedback: FeedbackArguments,
    /// Decide although something is open, such as a criterion that nobody judged.
    #[arg(long)]
    anyway: bool,
}

/// What the candidate reads, or that they read nothing.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct FeedbackArguments {
    /// What the candidate reads.
    #[arg(long, value_name = "TEXT")]
    feedback: Option<String>,
    /// Give the candidate no feedback; this is recorded.
    #[arg(long)]
    no_feedback: bool,
}

impl FeedbackArguments {
    fn said(self) -> Feedback {
        match self.feedback {
            Some(text) => Feedback::Given(text),
            None => Feedback::Refused,
        }
    }
}

#[derive(Debug, Args)]
pub struct CorrectDecisionArguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    outcome: Outcome,
    /// Why it is corrected, for the team; the candidate never reads it.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    feedback: FeedbackArguments,
}

#[derive(Debug, Args)]
pub struct ReplyArguments {
    #[command(flatten)]
    common: Common,
    /// The question or decision, by its key as the report and `show` give it, such as issue:3.
    #[arg(long, value_name = "KEY")]
    to: String,
    /// What the candidate reads, in Markdown.
    #[arg(long, default_value = "")]
    text: String,
    /// The gap that it is about; the candidate never reads it.
    #[arg(long)]
    gap: Option<GapId>,
    /// The interpretation that it settles on; the candidate never reads it.
    #[arg(long, requires = "gap")]
    interpretation: Option<InterpretationId>,
}

pub async fn decide(global: &Global, arguments: DecideArguments) -> Result<ExitCode, Failure> {
    let DecideArguments {
        common,
        outcome,
        reason,
        feedback,
        anyway,
    } = arguments;
    let command = Command::Decide {
        outcome: outcome.into(),
        reason,
        feedback: feedback.said(),
    };
    let (_, services) = context::open_existing(global).await?;
    let actor = Actor::Lead {
        name: common.by.clone(),
    };
    let after = act::decide(&services, &common.id, command, actor, anyway).await?;
    print(&services, &common, &after).await
}

pub async fn correct_decision(
    global: &Global,
    arguments: CorrectDecisionArguments,
) -> Result<ExitCode, Failure> {
    let CorrectDecisionArguments {
        common,
        outcome,
        reason,
        feedback,
    } = arguments;
    let command = Command::CorrectDecision {
        outcome: outcome.into(),
        reason,
        feedback: feedback.said(),
    };
    as_lead(global, common, command).await
}

pub async fn reply(
    global: &Global,
    kind: ReplyKind,
    arguments: ReplyArguments,
) -> Result<ExitCode, Failure> {
    let ReplyArguments {
        common,
        to,
        text,
        gap,
        interpretation,
    } = arguments;
    let command = Command::Reply {
        entry: NaturalKey(to),
        kind,
        text,
        gap,
        interpretation,
        seen: None,
    };
    as_lead(global, common, command).await
}
