//! Settings: the only place that reads the environment. One list, which the command line, `doctor` and README share.

pub mod file;
mod github;
mod mail;
mod offer;
mod problems;
pub mod secret;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::secret::{SigningKey, WebhookSecret};
use crate::spec::OfferDefaults;
use crate::work_sample::Afterwards;
use secret::{Place, Rule, SecretError, of_type, rule_of, secret, typed};

pub use github::{GitHubSettings, Identity, OAuthClient};
pub use mail::MailSettings;
pub use problems::problems;

/// What a setting is for, as `worksample doctor` and README say it.
#[derive(Debug, Clone, Copy)]
pub struct SettingDoc {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
    /// May `NAME_FILE` name a file that holds the value?
    pub secret: bool,
    /// What it has to be like, if it is a secret.
    pub rule: Option<Rule>,
}

/// What to do about a webhook's secret that cannot be used.
const NEW_WEBHOOK_SECRET: &str = "make one with `openssl rand -hex 32`, set it in GitHub's webhook settings and here; webhooks that are refused meanwhile are asked for again";

macro_rules! settings {
    ($($constant:ident = $name:literal, $default:literal, $rule:expr, $meaning:literal;)*) => {
        $(pub const $constant: &str = $name;)*
        /// Every setting, in the order of the documentation.
        pub const DOCUMENTED: &[SettingDoc] = &[$(SettingDoc { name: $name, default: $default, meaning: $meaning, secret: { const RULE: Option<Rule> = $rule; RULE.is_some() }, rule: $rule }),*];
    };
}

settings! {
    DATABASE_URL = "WORKSAMPLE_DATABASE_URL", "sqlite://<data dir>/worksample.db", Some(Rule::at_least(1, "write the address of the database there, or unset it for a SQLite file in the data folder")),
        "`sqlite://PATH` (created at first start) or `postgres://USER:PASSWORD@HOST/NAME`";
    BIND = "WORKSAMPLE_BIND", "127.0.0.1:8080", None,
        "address and port that the web door listens on";
    PUBLIC_URL = "WORKSAMPLE_PUBLIC_URL", "http://<bind>", None,
        "the address that candidates and GitHub reach the service by";
    DATA_DIR = "WORKSAMPLE_DATA_DIR", "worksample-data", None,
        "folder for the SQLite file, generated secrets and scratch space";
    GITHUB_API_URL = "WORKSAMPLE_GITHUB_API_URL", "https://api.github.com", None,
        "another address for GitHub Enterprise Server (`https://HOST/api/v3`) or the stand-in";
    GITHUB_ORG = "WORKSAMPLE_GITHUB_ORG", "", None,
        "the organisation in which repositories are created; several with commas between, the first where a launch names none";
    GITHUB_TEAM = "WORKSAMPLE_GITHUB_TEAM", "", None,
        "a GitHub team whose members are the team of every work sample, as `org/team`, or `team` in each organisation; several with commas between";
    GITHUB_TOKEN = "WORKSAMPLE_GITHUB_TOKEN", "", Some(Rule::at_least(20, "copy the whole token from GitHub, or make another one")),
        "a fine-grained token instead of an App; README.md lists its permissions";
    GITHUB_APP_ID = "WORKSAMPLE_GITHUB_APP_ID", "", None,
        "the GitHub App's id; with the key, instead of a token";
    GITHUB_APP_KEY_FILE = "WORKSAMPLE_GITHUB_APP_KEY_FILE", "", None,
        "file with the App's private key (PEM)";
    GITHUB_CLIENT_ID = "WORKSAMPLE_GITHUB_CLIENT_ID", "", None,
        "the App's client id; with the client secret, people of the team sign in with GitHub";
    GITHUB_CLIENT_SECRET = "WORKSAMPLE_GITHUB_CLIENT_SECRET", "", Some(Rule::at_least(20, "generate a client secret on the App's page and copy the whole of it")),
        "the App's client secret";
    LEAD_TEAM = "WORKSAMPLE_LEAD_TEAM", "", None,
        "a GitHub team whose members are leads here once they sign in with GitHub; written as in WORKSAMPLE_GITHUB_TEAM";
    REVIEWER_TEAM = "WORKSAMPLE_REVIEWER_TEAM", "", None,
        "a GitHub team whose members are reviewers here once they sign in with GitHub; written as in WORKSAMPLE_GITHUB_TEAM";
    GITHUB_LIMITS = "WORKSAMPLE_GITHUB_LIMITS", "github.com", None,
        "`github.com` paces calls below its limits; `none` for an Enterprise Server that sets none";
    WEBHOOK_SECRET = "WORKSAMPLE_WEBHOOK_SECRET", "", Some(Rule::at_least(WebhookSecret::LEAST, NEW_WEBHOOK_SECRET)),
        "the secret that GitHub signs webhooks with, at least 16 characters";
    WEBHOOK_SECRET_PREVIOUS = "WORKSAMPLE_WEBHOOK_SECRET_PREVIOUS", "", Some(Rule::at_least(WebhookSecret::LEAST, "unset it unless the secret is being changed at GitHub right now")),
        "the secret before it, accepted too while you change it at GitHub";
    AFTER_DECISION = "WORKSAMPLE_AFTER_DECISION", "archive", None,
        "what becomes of a repository after the decision, once a bundle of it was kept: `archive`, `transfer:OWNER` (a person has to accept GitHub's request within a day, else it stays where it was) or `delete:DAYS`";
    OFFER_FILE = "WORKSAMPLE_OFFER_FILE", "<data dir>/offer.toml, if it is there", None,
        "TOML file with what offers say where their spec does not: `[payer]` and `[answers]`, as in docs/spec-format.md";
    TOKEN_KEY = "WORKSAMPLE_TOKEN_KEY", "generated in the data folder", Some(Rule::at_least(SigningKey::LEAST, "make one with `openssl rand -hex 32`; tokens that another key signed are refused then")),
        "key that signs the service's own bearer tokens, at least 32 characters; the same for all processes";
    SMTP_URL = "WORKSAMPLE_SMTP_URL", "", Some(Rule::at_least(1, "write the address of the mail server there, or unset it to keep messages unsent")),
        "the server that mail is sent by: `smtps://USER:PASSWORD@HOST:465` or `smtp://HOST:25`; without it messages are kept and marked NOT SENT";
    MAIL_FROM = "WORKSAMPLE_MAIL_FROM", "", None,
        "the sender of mail, as `Acme <work@acme.example>`; needed with WORKSAMPLE_SMTP_URL";
    MAIL_REPLY_TO = "WORKSAMPLE_MAIL_REPLY_TO", "", None,
        "the address that answers to mail go to, if not to the sender";
    BODY_TIMEOUT = "WORKSAMPLE_BODY_TIMEOUT", "30", None,
        "seconds within which the body of a request has to arrive, 1 to 600; later it is refused with 408";
    LOG = "WORKSAMPLE_LOG", "info", None,
        "what is logged, as in `info,worksample=debug`";
    LOG_FORMAT = "WORKSAMPLE_LOG_FORMAT", "text", None,
        "`text` or `json`";
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("{name} is not set: {remedy}")]
    Missing {
        name: &'static str,
        remedy: &'static str,
    },
    #[error("{name} cannot be used: {why}")]
    Unusable { name: &'static str, why: String },
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("{}, line {line}: {why}; correct or delete the line", path.display())]
    Line {
        path: PathBuf,
        line: usize,
        why: String,
    },
    #[error("the file {} cannot be written: {source}", path.display())]
    Unwritable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the file {} that {name} names cannot be read: {source}", path.display())]
    Unreadable {
        name: String,
        path: PathBuf,
        source: std::io::Error,
    },
}

impl SettingError {
    /// What to do about it, where the message does not say.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            SettingError::Secret(secret) => Some(secret.hint),
            _ => None,
        }
    }
}

/// All that `serve` and the operator's commands need.
#[derive(Debug, Clone)]
pub struct Settings {
    pub database_url: SecretString,
    pub bind: SocketAddr,
    pub public_url: String,
    pub data_dir: PathBuf,
    /// `None`: nothing can be provisioned, everything else works.
    pub github: Option<GitHubSettings>,
    /// `None`: webhooks are refused.
    pub webhook_secret: Option<WebhookSecret>,
    /// Accepted besides it while it is being changed at GitHub.
    pub webhook_secret_previous: Option<WebhookSecret>,
    pub token_key: SigningKey,
    pub mail: MailSettings,
    /// What becomes of a repository after the decision.
    pub afterwards: Afterwards,
    /// What offers say where their spec does not.
    pub offer: OfferDefaults,
    /// The `PATH` on which git and the toolchains are looked for.
    pub program_path: OsString,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
}

/// How long the body of a request may take to arrive where nothing else is set.
pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads names to values; the process's environment in production, a map in tests.
pub trait Source {
    /// What is set under a name, even if it is empty or no text, and where.
    fn set(&self, name: &str) -> Option<(OsString, Place)>;

    /// The text that is set under a name; `None` if it is empty.
    fn value(&self, name: &str) -> Option<String> {
        let (value, _) = self.set(name)?;
        value.into_string().ok().filter(|value| !value.is_empty())
    }
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct Environment;

impl Source for Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    fn set(&self, name: &str) -> Option<(OsString, Place)> {
        Some((std::env::var_os(name)?, Place::Environment))
    }
}

impl Source for std::collections::BTreeMap<String, String> {
    fn set(&self, name: &str) -> Option<(OsString, Place)> {
        Some((self.get(name)?.into(), Place::Environment))
    }
}

/// What the command line says in place of the environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub database_url: Option<String>,
    pub bind: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
}

impl Settings {
    /// Reads every setting; the first that cannot be used is the error.
    pub fn read(source: &dyn Source, overrides: Overrides) -> Result<Settings, SettingError> {
        Settings::read_parts(source, overrides, true)
    }

    /// [`Settings::read`], whatever is said of GitHub.
    pub fn read_without_github(
        source: &dyn Source,
        overrides: Overrides,
    ) -> Result<Settings, SettingError> {
        Settings::read_parts(source, overrides, false)
    }

    fn read_parts(
        source: &dyn Source,
        overrides: Overrides,
        with_github: bool,
    ) -> Result<Settings, SettingError> {
        let data_dir = data_dir(source, overrides.data_dir.as_deref());
        let layered = file::Layered::open(source, &data_dir)?;
        let source: &dyn Source = &layered;
        let bind = match overrides.bind {
            Some(bind) => bind,
            None => source
                .value(BIND)
                .unwrap_or_else(|| "127.0.0.1:8080".into())
                .parse()
                .map_err(|_| SettingError::Unusable {
                    name: BIND,
                    why: "it should be an address and a port, such as `0.0.0.0:8080`".into(),
                })?,
        };
        let database_url = database_url(source, overrides.database_url, &data_dir)?;
        let public_url = source
            .value(PUBLIC_URL)
            .map(|url| url.trim_end_matches('/').to_owned())
            .unwrap_or_else(|| format!("http://{bind}"));
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
            return Err(SettingError::Unusable {
                name: PUBLIC_URL,
                why: format!("`{public_url}` should start with https:// or http://"),
            });
        }
        Ok(Settings {
            github: if with_github {
                github::read(source)?
            } else {
                None
            },
            webhook_secret: typed(source, WEBHOOK_SECRET)?,
            webhook_secret_previous: typed(source, WEBHOOK_SECRET_PREVIOUS)?,
            token_key: token_key(source, &data_dir)?,
            mail: mail::read(source)?,
            afterwards: source
                .value(AFTER_DECISION)
                .map_or(Ok(Afterwards::Archive), |text| {
                    text.parse().map_err(|why| SettingError::Unusable {
                        name: AFTER_DECISION,
                        why,
                    })
                })?,
            offer: offer::read(source, &data_dir)?,
            program_path: program_path(),
            body_timeout: body_timeout(source)?,
            database_url,
            bind,
            public_url,
            data_dir,
        })
    }
}

/// What offers say where their spec does not, without reading any other setting.
///
/// # Errors
/// The file that is named cannot be read or used.
pub fn offer_defaults(
    source: &dyn Source,
    on_the_command_line: Option<&Path>,
) -> Result<OfferDefaults, SettingError> {
    let data_dir = data_dir(source, on_the_command_line);
    let layered = file::Layered::open(source, &data_dir)?;
    offer::read(&layered, &data_dir)
}

/// The database's address that is in effect, without making or reading anything else.
pub fn database_url_in_effect(
    source: &dyn Source,
    on_the_command_line: Option<String>,
    data_dir: &Path,
) -> Result<SecretString, SettingError> {
    let layered = file::Layered::open(source, data_dir)?;
    database_url(&layered, on_the_command_line, data_dir)
}

fn database_url(
    source: &dyn Source,
    on_the_command_line: Option<String>,
    data_dir: &Path,
) -> Result<SecretString, SettingError> {
    let named = match on_the_command_line {
        Some(url) => {
            let rule = rule_of(DATABASE_URL);
            Some(rule.check(DATABASE_URL, Ok(url), Place::CommandLine)?)
        }
        None => secret(source, DATABASE_URL)?,
    };
    Ok(named
        .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("worksample.db").display()).into()))
}

/// The data folder that is in effect.
pub fn data_dir(source: &dyn Source, on_the_command_line: Option<&Path>) -> PathBuf {
    on_the_command_line
        .map(Path::to_owned)
        .or_else(|| source.value(DATA_DIR).map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("worksample-data"))
}

/// The `PATH` of this process.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn program_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn body_timeout(source: &dyn Source) -> Result<Duration, SettingError> {
    let Some(text) = source.value(BODY_TIMEOUT) else {
        return Ok(DEFAULT_BODY_TIMEOUT);
    };
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (1..=600).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| SettingError::Unusable {
            name: BODY_TIMEOUT,
            why: format!("`{text}` should be a number of seconds from 1 to 600"),
        })
}

/// Where the generated key is, in the data folder.
pub const TOKEN_KEY_FILE: &str = "token.key";

/// The configured key, or one generated at first start and kept in the data folder, readable by its owner only.
fn token_key(source: &dyn Source, data_dir: &Path) -> Result<SigningKey, SettingError> {
    if let Some(key) = typed(source, TOKEN_KEY)? {
        return Ok(key);
    }
    let path = data_dir.join(TOKEN_KEY_FILE);
    let unwritable = |source| SettingError::Unwritable {
        path: path.clone(),
        source,
    };
    if !path.exists() {
        std::fs::create_dir_all(data_dir).map_err(unwritable)?;
        let random = format!(
            "{}{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        );
        let written = write_private(data_dir, &path, &random);
        // Another process may have been quicker; its key is as good.
        if let Err(error) = written
            && !path.exists()
        {
            return Err(unwritable(error));
        }
    }
    let rule = Rule {
        hint: "restore the file from a backup; or delete it, and the next start makes another key: tokens and sessions from before are refused then",
        ..rule_of(TOKEN_KEY)
    };
    of_type(TOKEN_KEY, &rule.check_file(TOKEN_KEY, &path)?)
}

/// Written whole before it has its name, so that two processes that start at once never read half a key.
fn write_private(data_dir: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests;
