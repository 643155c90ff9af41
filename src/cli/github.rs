//! `worksample github setup`: from nothing to an installed App. The lead clicks twice at GitHub, the rest is written here.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;

use super::output::{self, Failure};
use super::{Global, context, doctor};
use crate::app::Surroundings;
use crate::config::{self, Environment, Settings, Source as _, file};
use crate::github::{
    Choice, Credentials, GitHubError, NewApp, Organizations, Pages, exchange_code, manifest,
};
use crate::ids::Login;
use crate::secret::WebhookSecret;
use crate::web::setup::{ManifestForm, Returned, SetupPage};

/// Where the service is at home, for the App's page.
const HOME: &str = "https://github.com";
/// While the App is being installed, GitHub is asked this often.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// The App's key in the data folder.
const KEY_FILE: &str = "github-app.pem";

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Create a GitHub App with the least permissions that work, and store its key and secret
    Setup(SetupArguments),
}

#[derive(Debug, Args)]
pub struct SetupArguments {
    /// The organisation that owns the App, instead of the first in WORKSAMPLE_GITHUB_ORG.
    #[arg(long, value_name = "NAME")]
    org: Option<Login>,
    /// The App's name; it can be changed at GitHub before the App is created.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Let other organisations install the App, too; so it is where WORKSAMPLE_GITHUB_ORG names several.
    #[arg(long)]
    public: bool,
    /// Ask for `workflows: write`, too: needed where the starter of a spec holds a CI workflow, and for nothing else.
    #[arg(long)]
    workflows: bool,
    /// Only print the addresses, open no browser.
    #[arg(long)]
    no_browser: bool,
    /// Create another App although one is configured.
    #[arg(long)]
    replace: bool,
    /// How long to wait for you, at each of the two steps.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=60))]
    wait_minutes: u64,
}

pub async fn run(global: &Global, arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments::Setup(arguments) = arguments;
    let data_dir = config::data_dir(&Environment, global.data_dir.as_deref());
    let source = file::Layered::open(&Environment, &data_dir)?;
    // A token in the environment puts the App of the file out of force, and it is there all the same.
    let stored = file::read(&data_dir)?;
    let has_app =
        source.value(config::GITHUB_APP_ID).is_some() || stored.contains_key(config::GITHUB_APP_ID);
    if has_app && !arguments.replace {
        return Err(Failure::new(
            "app_configured",
            "an App is configured already: `worksample doctor` examines it, `--replace` creates another in its place",
        ));
    }
    let plan = Plan::read(&source, arguments, &public_url(global)?)?;
    let surroundings = context::surroundings();
    let code = plan.create(&surroundings).await?;
    let now = surroundings.clock.now();
    let app = exchange_code(&plan.api_url, &code, now)
        .await
        .map_err(not_exchanged)?;
    plan.store(&app, &data_dir, stored.get(config::WEBHOOK_SECRET))?;
    plan.install(&app, &surroundings).await?;
    output::line("")?;
    doctor::run(global, doctor::Arguments::default()).await
}

/// The service's own address, which GitHub sends webhooks to. Other settings may still be incomplete.
fn public_url(global: &Global) -> Result<String, Failure> {
    let settings: Settings = context::settings_without_github(global)?;
    Ok(settings.public_url)
}

fn not_exchanged(error: GitHubError) -> Failure {
    match error {
        GitHubError::NotFound { .. } => Failure::new(
            "setup_code_expired",
            "GitHub does not know the code any more: it is good once and for an hour. If the App was created, delete it at GitHub (Settings, Developer settings, GitHub Apps) and run the setup again",
        ),
        GitHubError::Refused { message, .. } => Failure::new(
            "setup_refused",
            format!(
                "GitHub created no App: {message}. If the name is taken, choose another with --name"
            ),
        ),
        other => Failure::new(other.code(), other.to_string()),
    }
}

/// The organisations that were set, and this one.
fn with(configured: Option<&str>, org: &Login) -> String {
    let orgs = configured.unwrap_or_default();
    let known = orgs
        .split(',')
        .any(|one| one.trim().eq_ignore_ascii_case(org.as_str()));
    match (orgs.trim().is_empty(), known) {
        (true, _) => org.to_string(),
        (false, true) => orgs.to_owned(),
        (false, false) => format!("{orgs},{org}"),
    }
}

struct Plan {
    arguments: SetupArguments,
    api_url: String,
    org: Login,
    orgs: String,
    pages: Pages,
    webhook: String,
}

impl Plan {
    fn read(
        source: &file::Layered<'_>,
        arguments: SetupArguments,
        public_url: &str,
    ) -> Result<Plan, Failure> {
        let api_url = source
            .value(config::GITHUB_API_URL)
            .unwrap_or_else(|| "https://api.github.com".to_owned());
        let configured = source.value(config::GITHUB_ORG);
        let first = configured
            .as_deref()
            .and_then(|orgs| orgs.split(',').next()?.trim().parse().ok());
        let org = arguments.org.clone().or(first).ok_or_else(|| {
            Failure::new(
                "setting_missing",
                "name the organisation for work samples: --org NAME, or WORKSAMPLE_GITHUB_ORG",
            )
        })?;
        if api_url == "https://api.github.com" && !public_url.starts_with("https://") {
            return Err(Failure::new(
                "public_url_needed",
                format!(
                    "GitHub has to reach this service, and {url} is no https address: set {name} to that of your proxy first",
                    url = public_url,
                    name = config::PUBLIC_URL
                ),
            ));
        }
        Ok(Plan {
            pages: Pages::of(&api_url),
            orgs: with(configured.as_deref(), &org),
            webhook: format!("{public_url}/webhooks/github"),
            arguments,
            api_url,
            org,
        })
    }

    fn choice(&self) -> Choice {
        Choice {
            public: self.is_for_several(),
            workflows: self.arguments.workflows,
        }
    }

    /// Is it to be installed in organisations other than its owner? GitHub lets those have public Apps only.
    fn is_for_several(&self) -> bool {
        self.arguments.public || self.orgs.contains(',')
    }

    fn name(&self) -> String {
        let name = self.arguments.name.clone();
        name.unwrap_or_else(|| format!("worksample {}", self.org))
            .chars()
            .take(34)
            .collect()
    }

    /// Serves the form and waits for the code.
    async fn create(&self, surroundings: &Surroundings) -> Result<String, Failure> {
        let now = surroundings.clock.now();
        let state = surroundings.ids.next(now).simple().to_string();
        let mut page = SetupPage::serve(state.clone(), |back| ManifestForm {
            org: self.org.to_string(),
            action: self.pages.new_app(&self.org, &state),
            manifest: manifest(&self.name(), HOME, &self.webhook, back, self.choice()).to_string(),
            origin: self.pages.origin().to_owned(),
        })?;
        output::line("1. Create the App. Open in a browser on this machine:")?;
        output::line(&match self.is_for_several() {
            true => "   (It will be public at GitHub, for it is to be installed in several organisations; it still does nothing in others.)".to_owned(),
            false => format!("   (Only {} will be able to install it; --public makes one for other organisations, too.)", self.org),
        })?;
        self.show(&page.url())?;
        let code = self.code(&mut page).await;
        page.stop().await;
        code
    }

    async fn code(&self, page: &mut SetupPage) -> Result<String, Failure> {
        let waiting = async {
            loop {
                match page.returned().await {
                    Some(Returned::Code(code)) => return Some(code),
                    Some(Returned::AnotherState) => output::aside(
                        "somebody came back with another state than this setup gave out; that was refused, still waiting",
                    ),
                    None => return None,
                }
            }
        };
        let code = tokio::time::timeout(self.patience(), waiting).await;
        code.ok().flatten().ok_or_else(|| {
            Failure::new(
                "setup_timed_out",
                format!(
                    "nobody came back from GitHub within {} minutes; run the setup again",
                    self.arguments.wait_minutes
                ),
            )
        })
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60 * self.arguments.wait_minutes)
    }

    fn show(&self, url: &str) -> Result<(), Failure> {
        output::line(&format!("   {url}"))?;
        if !self.arguments.no_browser {
            // Where there is none, the address is printed anyway.
            drop(open::that_detached(url));
        }
        Ok(())
    }

    /// Writes the App's settings. What was sent with the `former` secret of the webhooks is still taken.
    fn store(&self, app: &NewApp, data_dir: &Path, former: Option<&String>) -> Result<(), Failure> {
        let data_dir = std::path::absolute(data_dir)?;
        let key = data_dir.join(KEY_FILE);
        file::write_private(&data_dir, &key, app.key.expose_secret())?;
        let (id, key_path) = (app.id.to_string(), key.display().to_string());
        let mut settings = vec![
            (config::GITHUB_ORG, self.orgs.as_str()),
            (config::GITHUB_APP_ID, id.as_str()),
            (config::GITHUB_APP_KEY_FILE, key_path.as_str()),
        ];
        if self.api_url != "https://api.github.com" {
            settings.push((config::GITHUB_API_URL, &self.api_url));
        }
        // Other commands print links too, from shells in which the address is not set.
        let own = [config::BIND, config::PUBLIC_URL]
            .map(|name| (name, Environment.value(name).unwrap_or_default()));
        let own = own.iter().filter(|(_, value)| !value.is_empty());
        settings.extend(own.map(|(name, value)| (*name, value.as_str())));
        // A secret that the next start would refuse is not written.
        let secret = app
            .webhook_secret
            .as_ref()
            .map(|secret| WebhookSecret::new(secret.expose_secret()));
        match &secret {
            Some(Ok(secret)) => settings.push((config::WEBHOOK_SECRET, secret.expose_secret())),
            Some(Err(weak)) => output::aside(&format!(
                "the webhook secret that GitHub gave the App {weak}: set another on the App's page and as WORKSAMPLE_WEBHOOK_SECRET"
            )),
            None => output::aside(
                "GitHub gave the App no webhook secret: set one on the App's page and as WORKSAMPLE_WEBHOOK_SECRET",
            ),
        }
        let client = (&app.client_id, &app.client_secret);
        if let (Some(id), Some(secret)) = client {
            settings.push((config::GITHUB_CLIENT_ID, id));
            settings.push((config::GITHUB_CLIENT_SECRET, secret.expose_secret()));
        }
        let current = secret.as_ref().and_then(|secret| secret.as_ref().ok());
        let former = former
            .and_then(|former| WebhookSecret::new(former).ok())
            .filter(|former| {
                current.is_none_or(|current| current.expose_secret() != former.expose_secret())
            });
        if let Some(former) = &former {
            settings.push((config::WEBHOOK_SECRET_PREVIOUS, former.expose_secret()));
        }
        let path = file::keep(&data_dir, &settings)?;
        output::line(&format!(
            "   The App `{}` ({}) is created. Its key is in {}, the settings in {}.",
            app.slug,
            app.id,
            key.display(),
            path.display()
        ))?;
        for (name, value) in settings {
            if Environment.value(name).is_some_and(|set| set != value) {
                output::aside(&format!(
                    "{name} is also set in the environment, which stands before the file"
                ));
            }
        }
        let token = [
            config::GITHUB_TOKEN.to_owned(),
            format!("{}_FILE", config::GITHUB_TOKEN),
        ];
        for name in token
            .iter()
            .filter(|name| Environment.value(name).is_some())
        {
            output::aside(&format!(
                "{name} is set in the environment: the service goes on with that token until you take it out there, and comes as the App only then"
            ));
        }
        Ok(())
    }

    /// Asks for the installation and waits until it is there; a setup that ends here has lost nothing.
    async fn install(&self, app: &NewApp, surroundings: &Surroundings) -> Result<(), Failure> {
        output::line("2. Install it in the organisation, on all repositories:")?;
        self.show(&self.pages.install(&app.slug))?;
        let credentials = Credentials::App {
            id: app.id,
            key: app.key.clone(),
        };
        let orgs = [self.org.clone()];
        let known = Organizations::new(&self.api_url, &orgs, &credentials, &surroundings.clock)
            .map_err(|error| Failure::new(error.code(), error.to_string()))?;
        let Some(github) = known.first() else {
            return Ok(());
        };
        let installed = async {
            loop {
                match github.installation_found().await {
                    Ok(_) => return Ok(()),
                    Err(GitHubError::NotInstalled { .. } | GitHubError::AppUnknown { .. }) => {}
                    Err(error)
                        if error.is_transient()
                            && error.not_before(surroundings.clock.now()).is_none() => {}
                    Err(error) => return Err(Failure::new(error.code(), error.to_string())),
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(self.patience(), installed).await {
            Ok(Ok(())) => output::line("   Installed."),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::new(
                "setup_not_installed",
                format!(
                    "the App was not installed within {} minutes; everything is stored: install it at {}, then run `worksample doctor`",
                    self.arguments.wait_minutes,
                    self.pages.install(&app.slug)
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::ids::SeededIds;

    #[test]
    fn an_organization_joins_those_that_are_set() {
        let beta: Login = "beta".parse().unwrap();
        let joined = [None, Some(""), Some("acme"), Some("acme, Beta")];
        let joined = joined.map(|configured| with(configured, &beta));
        assert_eq!(joined, ["beta", "beta", "acme,beta", "acme, Beta"]);
    }

    #[tokio::test]
    async fn a_setup_from_which_nobody_comes_back_ends_and_says_so() {
        let api_url = "http://127.0.0.1:9";
        let plan = Plan {
            arguments: SetupArguments {
                org: None,
                name: None,
                public: false,
                workflows: false,
                no_browser: true,
                replace: false,
                // Less than anybody can wish for.
                wait_minutes: 0,
            },
            api_url: api_url.to_owned(),
            org: "acme".parse().unwrap(),
            orgs: "acme".to_owned(),
            pages: Pages::of(api_url),
            webhook: "https://work.example.com/webhooks/github".to_owned(),
        };
        let surroundings = Surroundings {
            clock: std::sync::Arc::new(SystemClock),
            ids: std::sync::Arc::new(SeededIds::new(1)),
        };
        let failure = plan.create(&surroundings).await.unwrap_err();
        assert_eq!(failure.code, "setup_timed_out");
        insta::assert_snapshot!(failure.message, @"nobody came back from GitHub within 0 minutes; run the setup again");
    }
}
