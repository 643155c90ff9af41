//! The verbs on one work sample: extend, withdraw, cancel, reinvite, correct-login, correct-delivery, judge, reclassify, close, pay.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::output::{self, Failure};
use super::{Global, context, show};
use crate::acceptance::Verdict;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId, Login, WorkSampleId};
use crate::money::{Currency, Money};
use crate::web::api::views::WorkSampleView;
use crate::work_sample::{Actor, Command, EntryKind, NaturalKey, WorkSample};
use crate::workflow::correct_email::{self, EmailCorrection};
use crate::workflow::{Services, act};

/// What every verb takes.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The work sample (`ws_…`).
    pub(super) id: WorkSampleId,
    /// Your name; it stands in the timeline.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
    pub(super) by: String,
    /// Print the work sample as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub struct ExtendArguments {
    #[command(flatten)]
    common: Common,
    /// The new due time, such as 2026-03-09T17:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    due: Timestamp,
    /// Why; the candidate reads it.
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
pub struct WithdrawArguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct CancelArguments {
    #[command(flatten)]
    common: Common,
    /// Why; the candidate reads it.
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Seen {
    Passed,
    Failed,
}

#[derive(Debug, Args)]
pub struct JudgeArguments {
    #[command(flatten)]
    common: Common,
    /// The criterion, such as AC-8.
    criterion: CriterionId,
    /// What you saw.
    #[arg(long)]
    verdict: Seen,
    /// What it rests on.
    #[arg(long)]
    note: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Memo,
    Question,
    Answer,
    Progress,
    Decision,
    Confirm,
    Redirect,
    Note,
}

#[derive(Debug, Args)]
pub struct ReclassifyArguments {
    #[command(flatten)]
    common: Common,
    /// The entry's key, as the JSON report gives it, such as issue:3.
    #[arg(long, value_name = "KEY")]
    entry: String,
    /// What it is.
    #[arg(long)]
    kind: Kind,
    /// Why.
    #[arg(long)]
    note: String,
}

#[derive(Debug, Args)]
pub struct CloseArguments {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct ReinviteArguments {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub struct CorrectLoginArguments {
    #[command(flatten)]
    common: Common,
    /// The GitHub account that is to be invited instead.
    #[arg(long)]
    login: Login,
}

#[derive(Debug, Args)]
pub struct CorrectEmailArguments {
    #[command(flatten)]
    common: Common,
    /// The address that is right.
    #[arg(long)]
    email: String,
    /// Leave the personal links good that were mailed to the other address.
    #[arg(long)]
    keep_links: bool,
}

#[derive(Debug, Args)]
pub struct CorrectDeliveryArguments {
    #[command(flatten)]
    common: Common,
    /// The key of the delivery as `show` prints it, or of another text of the candidate as the JSON report has it, such as
    /// issue_comment:991:created.
    #[arg(long, value_name = "KEY")]
    delivery: String,
    /// The commit that was delivered, all 40 digits.
    #[arg(long, value_name = "SHA")]
    commit: CommitSha,
    /// Why; it is kept under your name, and the candidate can read it.
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
pub struct PayArguments {
    #[command(flatten)]
    common: Common,
    /// The bank's or payment service's reference.
    #[arg(long)]
    reference: String,
    /// Minor units (cents); without it all that is outstanding.
    #[arg(long, value_name = "MINOR", requires = "currency")]
    amount_minor: Option<i64>,
    #[arg(long, requires = "amount_minor")]
    currency: Option<Currency>,
}

pub async fn extend(global: &Global, arguments: ExtendArguments) -> Result<ExitCode, Failure> {
    let ExtendArguments {
        common,
        due,
        reason,
    } = arguments;
    let command = Command::Extend {
        due_at: due,
        reason,
    };
    as_lead(global, common, command).await
}

pub async fn withdraw(global: &Global, arguments: WithdrawArguments) -> Result<ExitCode, Failure> {
    let WithdrawArguments { common, reason } = arguments;
    as_lead(global, common, Command::Withdraw { reason }).await
}

pub async fn cancel(global: &Global, arguments: CancelArguments) -> Result<ExitCode, Failure> {
    let CancelArguments { common, reason } = arguments;
    as_lead(global, common, Command::Cancel { reason }).await
}

pub async fn judge(global: &Global, arguments: JudgeArguments) -> Result<ExitCode, Failure> {
    let JudgeArguments {
        common,
        criterion,
        verdict,
        note,
    } = arguments;
    let verdict = match verdict {
        Seen::Passed => Verdict::Passed,
        Seen::Failed => Verdict::Failed,
    };
    let actor = Actor::Reviewer {
        name: common.by.clone(),
    };
    carry_out(
        global,
        common,
        Command::Judge {
            criterion,
            verdict,
            note,
        },
        actor,
    )
    .await
}

pub async fn reclassify(
    global: &Global,
    arguments: ReclassifyArguments,
) -> Result<ExitCode, Failure> {
    let ReclassifyArguments {
        common,
        entry,
        kind,
        note,
    } = arguments;
    let kind = match kind {
        Kind::Memo => EntryKind::Memo,
        Kind::Question => EntryKind::Question,
        Kind::Answer => EntryKind::Answer,
        Kind::Progress => EntryKind::Progress,
        Kind::Decision => EntryKind::Decision,
        Kind::Confirm => EntryKind::Confirm,
        Kind::Redirect => EntryKind::Redirect,
        Kind::Note => EntryKind::Note,
    };
    let command = Command::Reclassify {
        entry: NaturalKey(entry),
        kind,
        note,
    };
    let actor = Actor::Reviewer {
        name: common.by.clone(),
    };
    carry_out(global, common, command, actor).await
}

pub async fn close(global: &Global, arguments: CloseArguments) -> Result<ExitCode, Failure> {
    as_lead(global, arguments.common, Command::Close).await
}

pub async fn reinvite(global: &Global, arguments: ReinviteArguments) -> Result<ExitCode, Failure> {
    as_lead(global, arguments.common, Command::Reinvite).await
}

pub async fn correct_login(
    global: &Global,
    arguments: CorrectLoginArguments,
) -> Result<ExitCode, Failure> {
    let CorrectLoginArguments { common, login } = arguments;
    as_lead(global, common, Command::CorrectLogin { login }).await
}

/// Not a plain command: links are revoked, and messages written again.
pub async fn correct_email(
    global: &Global,
    arguments: CorrectEmailArguments,
) -> Result<ExitCode, Failure> {
    let CorrectEmailArguments {
        common,
        email,
        keep_links,
    } = arguments;
    let correction = EmailCorrection {
        email,
        revoke_links: !keep_links,
    };
    let actor = Actor::Lead {
        name: common.by.clone(),
    };
    let (_, services) = context::open_existing(global).await?;
    let after = correct_email::correct(&services, &common.id, correction, actor).await?;
    print(&services, &common, &after).await
}

pub async fn correct_delivery(
    global: &Global,
    arguments: CorrectDeliveryArguments,
) -> Result<ExitCode, Failure> {
    let CorrectDeliveryArguments {
        common,
        delivery,
        commit,
        reason,
    } = arguments;
    let command = Command::CorrectDelivery {
        delivery: NaturalKey(delivery),
        sha: commit,
        reason,
    };
    as_lead(global, common, command).await
}

pub async fn pay(global: &Global, arguments: PayArguments) -> Result<ExitCode, Failure> {
    let PayArguments {
        common,
        reference,
        amount_minor,
        currency,
    } = arguments;
    let amount = amount_minor
        .zip(currency)
        .map(|(amount, currency)| Money::new(amount, currency));
    as_lead(global, common, Command::Pay { amount, reference }).await
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "give it with its zone, such as 2026-03-09T17:00:00Z".to_owned())
}

pub(super) async fn as_lead(
    global: &Global,
    common: Common,
    command: Command,
) -> Result<ExitCode, Failure> {
    let actor = Actor::Lead {
        name: common.by.clone(),
    };
    carry_out(global, common, command, actor).await
}

async fn carry_out(
    global: &Global,
    common: Common,
    command: Command,
    actor: Actor,
) -> Result<ExitCode, Failure> {
    let (_, services) = context::open_existing(global).await?;
    let after = act::act_as_typed(&services, &common.id, command, actor).await?;
    print(&services, &common, &after).await
}

/// The work sample after what was done.
pub(super) async fn print(
    services: &Services,
    common: &Common,
    after: &WorkSample,
) -> Result<ExitCode, Failure> {
    let version = services.version(&after.spec).await?;
    let view = WorkSampleView::of(after, &version);
    if common.json {
        output::json(&view)?;
    } else {
        show::print(&view)?;
    }
    Ok(ExitCode::SUCCESS)
}
