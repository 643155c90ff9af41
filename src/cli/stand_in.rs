//! `worksample stand-in --bind 127.0.0.1:PORT --data DIR`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use secrecy::ExposeSecret as _;

use super::output::{self, Failure};
use super::{context, serve};
use crate::config;
use crate::secret::WebhookSecret;
use crate::stand_in::{FaultPlan, Limits, StandIn, StandInSettings};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where it listens; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Where it keeps accounts, issues and repositories.
    #[arg(long, value_name = "DIR", default_value = "stand-in-data")]
    data: PathBuf,
    /// An organisation that owns repositories; may be given several times.
    #[arg(long, value_name = "LOGIN", default_value = "acme-work-samples")]
    org: Vec<String>,
    /// The account that the service uses; an owner of every organisation.
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
    /// What shall go wrong: a TOML file, as docs/stand-in.md describes it.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArguments,
}

/// GitHub's limits, unless said otherwise.
#[derive(Debug, Args)]
struct LimitArguments {
    /// Requests an hour of one account or installation.
    #[arg(long, value_name = "N", default_value_t = Limits::GITHUB.requests_an_hour)]
    requests_an_hour: u64,
    /// Points a minute: a request that reads is one, one that writes is five.
    #[arg(long, value_name = "N", default_value_t = Limits::GITHUB.points_a_minute)]
    points_a_minute: u64,
    /// Requests a minute that create content.
    #[arg(long, value_name = "N", default_value_t = Limits::GITHUB.creations_a_minute)]
    creations_a_minute: u64,
    /// Requests an hour that create content.
    #[arg(long, value_name = "N", default_value_t = Limits::GITHUB.creations_an_hour)]
    creations_an_hour: u64,
    /// Requests under way at once.
    #[arg(long, value_name = "N", default_value_t = Limits::GITHUB.concurrent)]
    concurrent: u64,
    /// No limits at all.
    #[arg(long)]
    no_limits: bool,
}

impl LimitArguments {
    fn limits(&self) -> Limits {
        if self.no_limits {
            return Limits::NONE;
        }
        Limits {
            requests_an_hour: self.requests_an_hour,
            points_a_minute: self.points_a_minute,
            creations_a_minute: self.creations_a_minute,
            creations_an_hour: self.creations_an_hour,
            concurrent: self.concurrent,
            ..Limits::GITHUB
        }
    }
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let surroundings = context::surroundings();
    let failed =
        |error: crate::stand_in::StandInError| Failure::new("stand_in_failed", error.to_string());
    let plan = match &arguments.faults {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = format!(
                    "cannot read the plan of faults `{}`: {error}",
                    path.display()
                );
                Failure::new("faults_unreadable", message)
            })?;
            Some(FaultPlan::from_toml(&text).map_err(failed)?)
        }
    };
    let stand_in = StandIn::start(StandInSettings {
        bind: arguments.bind,
        data_dir: arguments.data,
        clock: surroundings.clock,
        ids: surroundings.ids,
        orgs: arguments.org.clone(),
        service_login: arguments.service_login.clone(),
        path: config::program_path(),
        limits: arguments.limits.limits(),
    })
    .await
    .map_err(failed)?;
    output::line(&format!("stand-in at {}", stand_in.api_url()))?;
    for org in &arguments.org {
        output::line(&format!("organisation {org}"))?;
    }
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
        let secret = WebhookSecret::new(secret)
            .map_err(|weak| Failure::new("setting_unusable", format!("--webhook-secret {weak}")))?;
        stand_in
            .set_webhook(url, secret.expose_secret())
            .map_err(failed)?;
        output::line(&format!("webhooks go to {url}"))?;
    }
    if let Some(plan) = plan {
        stand_in.set_faults(plan).map_err(failed)?;
        output::line("faults go by the plan")?;
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
