//! The command line: a file a command. Data goes to standard output (as JSON with `--json`), everything else to standard
//! error; an error ends with status 1 and says its code.

mod act;
mod context;
mod decide;
mod demo;
mod doctor;
mod github;
mod jobs;
mod launch;
mod launch_many;
mod messages;
mod offer_link;
mod offer_links;
mod output;
mod people;
mod play;
mod reconcile;
mod report;
mod serve;
mod show;
mod sign_in_link;
mod spec;
mod stand_in;
mod token;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Environment, Source as _, file};
use crate::logging::{self, Format, Logging};
use crate::plain_text::for_terminal;
use crate::work_sample::ReplyKind;

/// Self-hosted paid work samples: issue a bounded spec, follow the work on GitHub, read how it was done.
#[derive(Debug, Parser)]
#[command(name = "worksample", version, about, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that stand in for settings of the same meaning.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Database address instead of WORKSAMPLE_DATABASE_URL.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Data folder instead of WORKSAMPLE_DATA_DIR.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a whole paid work sample on this machine, with three scripted candidates, and serve their reports
    Demo(demo::Arguments),
    /// Serve the web door and work through jobs
    Serve(serve::Arguments),
    /// Check, rehearse and publish specs
    #[command(subcommand)]
    Spec(spec::Arguments),
    /// Offer a published spec to a candidate, or to all in a list
    Launch(launch::Arguments),
    /// Make a link that opens a work sample to its candidate, to hand over by hand
    OfferLink(offer_link::Arguments),
    /// List a work sample's personal links, and revoke them
    OfferLinks(offer_links::Arguments),
    /// Follow, stop and resume what was launched from a list
    #[command(subcommand)]
    Launches(launch_many::Arguments),
    /// Show one work sample, or list them
    Show(show::Arguments),
    /// Move a due date
    Extend(act::ExtendArguments),
    /// Record that the candidate withdrew
    Withdraw(act::WithdrawArguments),
    /// End a work sample as its lead
    Cancel(act::CancelArguments),
    /// Send the candidate another invitation to the repository
    Reinvite(act::ReinviteArguments),
    /// Invite another GitHub account, for the login was wrong
    CorrectLogin(act::CorrectLoginArguments),
    /// Send messages to another e-mail address, for the one that is known is wrong
    CorrectEmail(act::CorrectEmailArguments),
    /// Record which commit was delivered, or correct what was recorded.
    CorrectDelivery(act::CorrectDeliveryArguments),
    /// Record what a reviewer's eye saw for a criterion
    Judge(act::JudgeArguments),
    /// Read an entry of the conversation as another kind, say a note as a question
    Reclassify(act::ReclassifyArguments),
    /// Keep the list of the team's people, and say on which side an account is
    #[command(subcommand)]
    People(people::Arguments),
    /// Answer a question of the candidate
    Answer(decide::ReplyArguments),
    /// Confirm a decision of the candidate
    Confirm(decide::ReplyArguments),
    /// Ask for something else than the candidate decided
    Redirect(decide::ReplyArguments),
    /// Record a named person's decision and its reason
    Decide(decide::DecideArguments),
    /// Replace what was decided; the decision before stays in the log
    CorrectDecision(decide::CorrectDecisionArguments),
    /// Close a decided work sample
    Close(act::CloseArguments),
    /// Record what was paid, with its reference
    Pay(act::PayArguments),
    /// Compare with GitHub what is known, and ask for webhooks that were missed
    Reconcile(reconcile::Arguments),
    /// Write the process report
    Report(report::Arguments),
    /// Look at messages, send one again, turn a kind off
    #[command(subcommand)]
    Messages(messages::Arguments),
    /// Say who reads what a work sample has to tell the team
    Owner(messages::OwnerArguments),
    /// Look at queued work, and retry what is dead
    #[command(subcommand)]
    Jobs(jobs::Arguments),
    /// Make a link that signs a person of the team in, once and within 15 minutes
    SignInLink(sign_in_link::Arguments),
    /// Make bearer tokens for the API, list and revoke them
    Token(token::Arguments),
    /// Run the GitHub-compatible stand-in
    StandIn(stand_in::Arguments),
    /// Create the GitHub App that the service works with
    #[command(subcommand)]
    Github(github::Arguments),
    /// Say what is configured, what is missing, and how to mend it
    Doctor(doctor::Arguments),
}

/// Reads the command line and carries it out.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let _logging = start_logging(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(&format!(
                "error[runtime]: the runtime cannot be started: {error}"
            ));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, output::Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Demo(arguments) => demo::run(&global, arguments).await,
        Command::Serve(arguments) => serve::run(&global, arguments).await,
        Command::Spec(arguments) => spec::run(&global, arguments).await,
        Command::Launch(arguments) => launch::run(&global, arguments).await,
        Command::OfferLink(arguments) => offer_link::run(&global, arguments).await,
        Command::OfferLinks(arguments) => offer_links::run(&global, arguments).await,
        Command::Launches(arguments) => launch_many::run(&global, arguments).await,
        Command::Show(arguments) => show::run(&global, arguments).await,
        Command::Extend(arguments) => act::extend(&global, arguments).await,
        Command::Withdraw(arguments) => act::withdraw(&global, arguments).await,
        Command::Cancel(arguments) => act::cancel(&global, arguments).await,
        Command::Reinvite(arguments) => act::reinvite(&global, arguments).await,
        Command::CorrectLogin(arguments) => act::correct_login(&global, arguments).await,
        Command::CorrectEmail(arguments) => act::correct_email(&global, arguments).await,
        Command::CorrectDelivery(arguments) => act::correct_delivery(&global, arguments).await,
        Command::Judge(arguments) => act::judge(&global, arguments).await,
        Command::Reclassify(arguments) => act::reclassify(&global, arguments).await,
        Command::People(arguments) => people::run(&global, arguments).await,
        Command::Answer(arguments) => decide::reply(&global, ReplyKind::Answer, arguments).await,
        Command::Confirm(arguments) => decide::reply(&global, ReplyKind::Confirm, arguments).await,
        Command::Redirect(arguments) => {
            decide::reply(&global, ReplyKind::Redirect, arguments).await
        }
        Command::Decide(arguments) => decide::decide(&global, arguments).await,
        Command::CorrectDecision(arguments) => decide::correct_decision(&global, arguments).await,
        Command::Close(arguments) => act::close(&global, arguments).await,
        Command::Pay(arguments) => act::pay(&global, arguments).await,
        Command::Reconcile(arguments) => reconcile::run(&global, arguments).await,
        Command::Report(arguments) => report::run(&global, arguments).await,
        Command::Messages(arguments) => messages::run(&global, arguments).await,
        Command::Owner(arguments) => messages::owner(&global, arguments).await,
        Command::Jobs(arguments) => jobs::run(&global, arguments).await,
        Command::SignInLink(arguments) => sign_in_link::run(&global, arguments).await,
        Command::Token(arguments) => token::run(&global, arguments).await,
        Command::StandIn(arguments) => stand_in::run(arguments).await,
        Command::Github(arguments) => github::run(&global, arguments).await,
        Command::Doctor(arguments) => doctor::run(&global, arguments).await,
    }
}

/// Logs go to standard error. Commands that print their own progress log only warnings unless told otherwise.
fn start_logging(cli: &Cli) -> Option<Logging> {
    let serves = matches!(cli.command, Command::Serve(_) | Command::StandIn(_));
    let default = if serves { "info" } else { "error" };
    let data_dir = config::data_dir(&Environment, cli.global.data_dir.as_deref());
    // Commands that need the file say what is wrong with it.
    let source = file::Layered::open(&Environment, &data_dir)
        .unwrap_or_else(|_| file::Layered::without_file(&Environment));
    let wanted = source
        .value(config::LOG)
        .unwrap_or_else(|| default.to_owned());
    let format = Format {
        json: source.value(config::LOG_FORMAT).as_deref() == Some("json"),
        colour: std::io::stderr().is_terminal(),
    };
    if serves {
        logging::log_panics();
    }
    let started = logging::start(&wanted, format).or_else(|error| {
        output::complain(&format!(
            "{name}: `{wanted}` is no filter ({error}); logging as with `{default}`",
            name = config::LOG,
            wanted = for_terminal(&wanted)
        ));
        logging::start(default, format)
    });
    started.ok()
}
