//! `worksample messages list|show|resend|off|on` and `worksample owner`

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::output::{self, Failure};
use super::{Global, context};
use crate::clock::to_the_second;
use crate::ids::{MessageId, PersonId, WorkSampleId};
use crate::store::{MessageFilter, MessageState};
use crate::web::api::views::{MessageTextView, MessageView, OwnerView};
use crate::work_sample::messages::MessageKind;
use crate::workflow::messages::{self, OwnerChange};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateName {
    Waiting,
    NotSent,
    Sending,
    Sent,
    Failed,
    Off,
    Obsolete,
}

impl StateName {
    fn state(self) -> MessageState {
        match self {
            StateName::Waiting => MessageState::Waiting,
            StateName::NotSent => MessageState::NotSent,
            StateName::Sending => MessageState::Sending,
            StateName::Sent => MessageState::Sent,
            StateName::Failed => MessageState::Failed,
            StateName::Off => MessageState::Off,
            StateName::Obsolete => MessageState::Obsolete,
        }
    }
}

/// A kind that a person may turn off.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OptionalKind {
    Delivered,
    AssessmentReady,
}

impl OptionalKind {
    fn kind(self) -> MessageKind {
        match self {
            OptionalKind::Delivered => MessageKind::Delivered,
            OptionalKind::AssessmentReady => MessageKind::AssessmentReady,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List messages, newest first
    List {
        #[arg(long)]
        state: Option<StateName>,
        /// Only those about this work sample (`ws_…`).
        #[arg(long, value_name = "ID")]
        work_sample: Option<WorkSampleId>,
        /// At most this many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Only those that come after this message, the last of the list before.
        #[arg(long, value_name = "ID")]
        after: Option<MessageId>,
        #[arg(long)]
        json: bool,
    },
    /// Show one message with its words, without the personal link
    Show {
        /// The message (`msg_…`).
        id: MessageId,
        #[arg(long)]
        json: bool,
    },
    /// Send a message again, with a new personal link, to the address that its recipient has now
    Resend {
        /// The message (`msg_…`).
        id: MessageId,
        /// Your name; it is recorded.
        #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY")]
        by: String,
        #[arg(long)]
        json: bool,
    },
    /// Turn a kind of message off for a person
    Off(Preference),
    /// Turn a kind of message on again for a person
    On(Preference),
}

#[derive(Debug, Args)]
pub struct Preference {
    /// The person (`person_…`).
    #[arg(long)]
    person: PersonId,
    #[arg(long)]
    kind: OptionalKind,
    #[arg(long)]
    json: bool,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open(global).await?;
    match arguments {
        Arguments::List {
            state,
            work_sample,
            limit,
            after,
            json,
        } => {
            let filter = MessageFilter {
                work_sample,
                state: state.map(StateName::state),
                after,
                limit: Some(limit),
            };
            let rows = messages::list(&services, filter).await?;
            print(
                &rows.iter().map(MessageView::from).collect::<Vec<_>>(),
                json,
            )?;
        }
        Arguments::Show { id, json } => {
            let (row, text) = messages::show(&services, &id).await?;
            let view = MessageTextView {
                message: MessageView::from(&row),
                text,
            };
            if json {
                output::json(&view)?;
            } else {
                print(std::slice::from_ref(&view.message), false)?;
                output::line(&format!(
                    "\nSubject: {}\n\n{}",
                    view.message.subject, view.text
                ))?;
            }
        }
        Arguments::Resend { id, by, json } => {
            let row = messages::resend(&services, &id, &by).await?;
            print(&[MessageView::from(&row)], json)?;
        }
        Arguments::Off(wish) => turn(&services, wish, true).await?,
        Arguments::On(wish) => turn(&services, wish, false).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn turn(
    services: &crate::workflow::Services,
    wish: Preference,
    off: bool,
) -> Result<(), Failure> {
    let kinds = messages::turn(services, &wish.person, wish.kind.kind(), off).await?;
    if wish.json {
        return output::json(&kinds);
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    output::line(&match names.as_slice() {
        [] => "no kind is off".to_owned(),
        names => format!("off: {}", names.join(", ")),
    })
}

fn print(views: &[MessageView], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&views);
    }
    if views.is_empty() {
        return output::line("no messages");
    }
    let heads = ["ID", "WRITTEN", "KIND", "TO", "STATE", "WHY"]
        .map(str::to_owned)
        .to_vec();
    let rows = views.iter().map(|view| {
        let state = match view.state {
            MessageState::NotSent => "NOT SENT".to_owned(),
            state => crate::web::words::name_of(&state),
        };
        vec![
            view.id.to_string(),
            to_the_second(view.created_at),
            view.kind.name().to_owned(),
            view.address
                .clone()
                .unwrap_or_else(|| view.recipient.clone()),
            state,
            view.last_error.clone().unwrap_or_default(),
        ]
    });
    output::table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}

/// Say who owns a work sample.
#[derive(Debug, Args)]
pub struct OwnerArguments {
    /// The work sample (`ws_…`).
    id: WorkSampleId,
    /// Who reads what it has to tell the team (`person_…`); without it the present owner is shown.
    #[arg(long, value_name = "ID")]
    person: Option<PersonId>,
    /// Who reads it too while the owner is off.
    #[arg(long, value_name = "ID", requires = "person")]
    backup: Option<PersonId>,
    /// Your name; it is recorded.
    #[arg(long, value_name = "NAME", env = "WORKSAMPLE_BY", default_value = "")]
    by: String,
    #[arg(long)]
    json: bool,
}

pub async fn owner(global: &Global, arguments: OwnerArguments) -> Result<ExitCode, Failure> {
    let (_, services) = context::open(global).await?;
    let row = match arguments.person {
        None => messages::owner(&services, &arguments.id).await?,
        Some(person) => {
            let change = OwnerChange {
                person,
                backup: arguments.backup,
            };
            Some(messages::set_owner(&services, &arguments.id, change, &arguments.by).await?)
        }
    };
    let view = row.as_ref().map(OwnerView::from);
    if arguments.json {
        output::json(&view)?;
    } else {
        output::line(&match view {
            None => "nobody: every lead with an address is told".to_owned(),
            Some(view) => match view.backup {
                None => format!("owner {}, no backup", view.person),
                Some(backup) => format!("owner {}, backup {backup}", view.person),
            },
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
