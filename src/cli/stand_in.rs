//! `worksample stand-in --bind 127.0.0.1:PORT --data DIR`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::output::{self, Failure};
use super::{context, serve};
use crate::config;
use crate::stand_in::{StandIn, StandInSettings};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where it listens; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Where it keeps accounts, issues and repositories.
    #[arg(long, value_name = "DIR", default_value = "stand-in-data")]
    data: PathBuf,
    /// The organisation that owns the repositories.
    #[arg(long, default_value = "acme-work-samples")]
    org: String,
    /// The account that the service uses; an owner of the organisation.
    #[arg(long, default_value = "worksample-bot")]
    service_login: String,
    /// Further accounts, such as candidates'; their tokens are printed.
    #[arg(long, value_name = "LOGIN")]
    user: Vec<String>,
    /// Send every webhook to this address, as a GitHub App would.
    #[arg(long, value_name = "URL", requires = "webhook_secret")]
    webhook: Option<String>,
    #[arg(long, value_name = "SECRET", env = config::WEBHOOK_SECRET, hide_env_values = true)]
    webhook_secret: Option<String>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let surroundings = context::surroundings();
    let failed =
        |error: crate::stand_in::StandInError| Failure::new("stand_in_failed", error.to_string());
    let stand_in = StandIn::start(StandInSettings {
        bind: arguments.bind,
        data_dir: arguments.data,
        clock: surroundings.clock,
        ids: surroundings.ids,
        org: arguments.org.clone(),
        service_login: arguments.service_login.clone(),
        path: config::program_path(),
    })
    .await
    .map_err(failed)?;
    output::line(&format!("stand-in at {}", stand_in.api_url()))?;
    output::line(&format!("organisation {}", arguments.org))?;
    output::line(&format!(
        "token of {}: {}",
        arguments.service_login,
        stand_in.service_token()
    ))?;
    for login in &arguments.user {
        let token = stand_in.add_user(login, login).map_err(failed)?;
        output::line(&format!("token of {login}: {token}"))?;
    }
    if let (Some(url), Some(secret)) = (&arguments.webhook, &arguments.webhook_secret) {
        stand_in.set_webhook(url, secret).map_err(failed)?;
        output::line(&format!("webhooks go to {url}"))?;
    }
    let mut stop = serve::on_signal()?;
    while !*stop.borrow() {
        if stop.changed().await.is_err() {
            break;
        }
    }
    stand_in.stop().await;
    Ok(ExitCode::SUCCESS)
}
