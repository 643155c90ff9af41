//! `worksample serve`

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::output::Failure;
use super::{Global, context};
use crate::app::{Application, Parts};
use crate::config::{self, Environment, Overrides, Settings, file};
use crate::doctor::{examiner, settings_in_effect};
use crate::sandbox::Sandbox;
use crate::web::Extras;
use crate::workflow::links;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only work through jobs.
    #[arg(long, conflicts_with = "web_only")]
    worker_only: bool,
    /// Only serve the web door.
    #[arg(long)]
    web_only: bool,
    /// Address to listen on instead of WORKSAMPLE_BIND; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let overrides = Overrides {
        database_url: global.database_url.clone(),
        bind: arguments.bind,
        data_dir: global.data_dir.clone(),
    };
    let settings = Settings::read(&Environment, overrides)?;
    let parts = match (arguments.web_only, arguments.worker_only) {
        (true, _) => Parts::WebOnly,
        (_, true) => Parts::WorkerOnly,
        _ => Parts::WebAndWorker,
    };
    if settings.github.is_none() {
        tracing::warn!(
            "no GitHub is configured: nothing can be provisioned (see `worksample doctor`)"
        );
    }
    let sandbox = if parts == Parts::WebOnly {
        None
    } else {
        prove().await
    };
    let data_dir = config::data_dir(&Environment, global.data_dir.as_deref());
    let in_effect = settings_in_effect(&file::Layered::open(&Environment, &data_dir)?);
    let extras = Extras {
        examiner: Some(examiner(settings.clone(), in_effect)),
        ..Extras::default()
    };
    let surroundings = context::surroundings();
    let application =
        Application::build_with(&settings, &surroundings, sandbox, parts, extras).await?;
    if let Some(address) = application.address() {
        tracing::info!(%address, public_url = settings.public_url, "listening");
        // For scripts that asked for port 0.
        announce(&format!("listening on http://{address}"));
        // Not in the log: the link opens everything.
        if let Some(token) = links::first_lead_link(&application.services()).await? {
            let url = links::sign_in_url(&settings.public_url, &token);
            let text = format!(
                "nobody is known yet: the first lead signs in at {url} (once, within 24 hours)"
            );
            if super::output::line(&text).is_err() {
                tracing::warn!(
                    hint = "make one with `worksample sign-in-link --name NAME --role lead`",
                    "could not write the first lead's link to standard output"
                );
            }
        }
    }
    if let Some(name) = application.worker_name() {
        announce(&format!("working as {name}"));
    }
    application.run(on_signal()?).await?;
    Ok(ExitCode::SUCCESS)
}

/// Says on standard output what was started. A full disk behind it is no reason not to serve.
fn announce(text: &str) {
    if super::output::line(text).is_err() {
        tracing::warn!("could not write to standard output: {text}");
    }
}

/// The sandbox, if this process can have one; assessment is left to others otherwise.
async fn prove() -> Option<Sandbox> {
    match tokio::task::spawn_blocking(|| Sandbox::prove(&[])).await {
        Ok(Ok(sandbox)) => {
            tracing::info!(sandbox = sandbox.describe(), "the sandbox proved itself");
            Some(sandbox)
        }
        Ok(Err(refusal)) => {
            tracing::warn!(%refusal, "no sandbox: this process leaves assessment jobs to others");
            None
        }
        Err(error) => {
            tracing::error!(%error, "proving the sandbox ended badly");
            None
        }
    }
}

/// Turns true at the first SIGINT or SIGTERM.
pub fn on_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: the job at hand is finished first");
        sender.send_replace(true);
        // Keeps the channel open until everybody saw it.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}
