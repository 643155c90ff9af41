//! Settings: the only place that reads the environment. One list, which the command line, `doctor` and README share.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// What a setting is for, as `worksample doctor` and README say it.
#[derive(Debug, Clone, Copy)]
pub struct SettingDoc {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
    /// May `NAME_FILE` name a file that holds the value?
    pub secret: bool,
}

macro_rules! settings {
    ($($constant:ident = $name:literal, $default:literal, $secret:literal, $meaning:literal;)*) => {
        $(pub const $constant: &str = $name;)*
        /// Every setting, in the order of the documentation.
        pub const DOCUMENTED: &[SettingDoc] = &[$(SettingDoc { name: $name, default: $default, meaning: $meaning, secret: $secret }),*];
    };
}

settings! {
    DATABASE_URL = "WORKSAMPLE_DATABASE_URL", "sqlite://<data dir>/worksample.db", true,
        "`sqlite://PATH` (created at first start) or `postgres://USER:PASSWORD@HOST/NAME`";
    BIND = "WORKSAMPLE_BIND", "127.0.0.1:8080", false,
        "address and port that the web door listens on";
    PUBLIC_URL = "WORKSAMPLE_PUBLIC_URL", "http://<bind>", false,
        "the address that candidates and GitHub reach the service by";
    DATA_DIR = "WORKSAMPLE_DATA_DIR", "worksample-data", false,
        "folder for the SQLite file, generated secrets and scratch space";
    GITHUB_API_URL = "WORKSAMPLE_GITHUB_API_URL", "https://api.github.com", false,
        "another address for GitHub Enterprise Server (`https://HOST/api/v3`) or the stand-in";
    GITHUB_ORG = "WORKSAMPLE_GITHUB_ORG", "", false,
        "the organisation in which repositories are created";
    GITHUB_TOKEN = "WORKSAMPLE_GITHUB_TOKEN", "", true,
        "a fine-grained token: administration, contents, issues, pull requests: write; instead of an App";
    GITHUB_APP_ID = "WORKSAMPLE_GITHUB_APP_ID", "", false,
        "the GitHub App's id; with the key, instead of a token";
    GITHUB_APP_KEY_FILE = "WORKSAMPLE_GITHUB_APP_KEY_FILE", "", false,
        "file with the App's private key (PEM)";
    WEBHOOK_SECRET = "WORKSAMPLE_WEBHOOK_SECRET", "", true,
        "the secret that GitHub signs webhooks with";
    TOKEN_KEY = "WORKSAMPLE_TOKEN_KEY", "generated in the data folder", true,
        "key that signs the service's own bearer tokens, at least 32 characters; the same for all processes";
    LOG = "WORKSAMPLE_LOG", "info", false,
        "what is logged, as in `info,worksample=debug`";
    LOG_FORMAT = "WORKSAMPLE_LOG_FORMAT", "text", false,
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
    #[error("the file {} that {name} names cannot be read: {source}", path.display())]
    Unreadable {
        name: String,
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Where GitHub is and who we are there.
#[derive(Debug, Clone)]
pub struct GitHubSettings {
    pub api_url: String,
    pub org: String,
    pub identity: Identity,
}

#[derive(Debug, Clone)]
pub enum Identity {
    Token(SecretString),
    App { id: u64, key: SecretString },
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
    pub webhook_secret: Option<SecretString>,
    pub token_key: SecretString,
    /// The `PATH` on which git and the toolchains are looked for.
    pub program_path: OsString,
}

/// Reads names to values; the process's environment in production, a map in tests.
pub trait Source {
    fn value(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct Environment;

impl Source for Environment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    fn value(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }
}

impl Source for std::collections::BTreeMap<String, String> {
    fn value(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty()).cloned()
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
        let data_dir = overrides
            .data_dir
            .or_else(|| source.value(DATA_DIR).map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("worksample-data"));
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
        let database_url = match overrides.database_url {
            Some(url) => Some(url.into()),
            None => secret(source, DATABASE_URL)?,
        };
        let database_url = database_url.unwrap_or_else(|| {
            format!("sqlite://{}", data_dir.join("worksample.db").display()).into()
        });
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
            github: github(source)?,
            webhook_secret: secret(source, WEBHOOK_SECRET)?,
            token_key: token_key(source, &data_dir)?,
            program_path: program_path(),
            database_url,
            bind,
            public_url,
            data_dir,
        })
    }
}

/// The `PATH` of this process.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn program_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

/// `NAME`, or the contents of the file that `NAME_FILE` names.
fn secret(source: &dyn Source, name: &'static str) -> Result<Option<SecretString>, SettingError> {
    if let Some(value) = source.value(name) {
        return Ok(Some(value.into()));
    }
    let file_name = format!("{name}_FILE");
    source
        .value(&file_name)
        .map(|path| read_file(file_name, Path::new(&path)))
        .transpose()
}

fn read_file(name: String, path: &Path) -> Result<SecretString, SettingError> {
    std::fs::read_to_string(path)
        .map(|text| text.trim_end_matches(['\n', '\r']).to_owned().into())
        .map_err(|source| SettingError::Unreadable {
            name,
            path: path.to_owned(),
            source,
        })
}

fn github(source: &dyn Source) -> Result<Option<GitHubSettings>, SettingError> {
    let app = match (
        source.value(GITHUB_APP_ID),
        source.value(GITHUB_APP_KEY_FILE),
    ) {
        (Some(id), Some(path)) => Some(Identity::App {
            id: id.parse().map_err(|_| SettingError::Unusable {
                name: GITHUB_APP_ID,
                why: format!("`{id}` is not a number; the App's page shows it as `App ID`"),
            })?,
            key: read_file(GITHUB_APP_KEY_FILE.to_owned(), Path::new(&path))?,
        }),
        (Some(_), None) => {
            return Err(SettingError::Missing {
                name: GITHUB_APP_KEY_FILE,
                remedy: "an App needs its private key besides its id",
            });
        }
        (None, Some(_)) => {
            return Err(SettingError::Missing {
                name: GITHUB_APP_ID,
                remedy: "an App needs its id besides its private key",
            });
        }
        (None, None) => None,
    };
    let identity = match app {
        Some(app) => Some(app),
        None => secret(source, GITHUB_TOKEN)?.map(Identity::Token),
    };
    let Some(identity) = identity else {
        return Ok(None);
    };
    let org = source.value(GITHUB_ORG).ok_or(SettingError::Missing {
        name: GITHUB_ORG,
        remedy: "name the organisation in which repositories are created",
    })?;
    let api_url = source
        .value(GITHUB_API_URL)
        .unwrap_or_else(|| "https://api.github.com".into());
    Ok(Some(GitHubSettings {
        api_url,
        org,
        identity,
    }))
}

/// The configured key, or one generated at first start and kept in the data folder, readable by its owner only.
fn token_key(source: &dyn Source, data_dir: &Path) -> Result<SecretString, SettingError> {
    use secrecy::ExposeSecret as _;
    if let Some(key) = secret(source, TOKEN_KEY)? {
        return if key.expose_secret().len() >= 32 {
            Ok(key)
        } else {
            Err(SettingError::Unusable {
                name: TOKEN_KEY,
                why: "it should have at least 32 characters".into(),
            })
        };
    }
    let path = data_dir.join("token.key");
    let unreadable = |source| SettingError::Unreadable {
        name: TOKEN_KEY.to_owned(),
        path: path.clone(),
        source,
    };
    if !path.exists() {
        std::fs::create_dir_all(data_dir).map_err(unreadable)?;
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
            return Err(unreadable(error));
        }
    }
    read_file(TOKEN_KEY.to_owned(), &path)
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
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn source(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides {
            data_dir: Some(folder.path().to_owned()),
            ..Overrides::default()
        };
        Settings::read(&source(pairs), overrides)
    }

    #[test]
    fn without_any_setting_the_service_stores_in_a_sqlite_file_and_knows_no_github() {
        let settings = read(&[]).unwrap();
        use secrecy::ExposeSecret as _;
        assert!(
            settings
                .database_url
                .expose_secret()
                .ends_with("worksample.db")
        );
        assert!(settings.github.is_none());
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        let settings = read(&[("WORKSAMPLE_WEBHOOK_SECRET_FILE", path.to_str().unwrap())]).unwrap();
        use secrecy::ExposeSecret as _;
        assert_eq!(settings.webhook_secret.unwrap().expose_secret(), "s3cret");
    }

    #[test]
    fn a_generated_token_key_stays_the_same_and_is_readable_by_its_owner_only() {
        use secrecy::ExposeSecret as _;
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let first = token_key(&source(&[]), folder.path()).unwrap();
        let second = token_key(&source(&[]), folder.path()).unwrap();
        assert_eq!(first.expose_secret(), second.expose_secret());
        let mode = std::fs::metadata(folder.path().join("token.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn half_an_app_or_a_github_without_organisation_is_an_error_that_names_the_setting() {
        let error = read(&[("WORKSAMPLE_GITHUB_APP_ID", "12")]).unwrap_err();
        assert!(
            error.to_string().contains("WORKSAMPLE_GITHUB_APP_KEY_FILE"),
            "{error}"
        );
        let error = read(&[("WORKSAMPLE_GITHUB_TOKEN", "t")]).unwrap_err();
        assert!(
            error.to_string().contains("WORKSAMPLE_GITHUB_ORG"),
            "{error}"
        );
    }

    #[test]
    fn a_short_token_key_is_refused_and_settings_do_not_print_secrets() {
        assert!(read(&[("WORKSAMPLE_TOKEN_KEY", "short")]).is_err());
        let settings = read(&[
            ("WORKSAMPLE_GITHUB_TOKEN", "ghp_visible"),
            ("WORKSAMPLE_GITHUB_ORG", "acme"),
            ("WORKSAMPLE_DATABASE_URL", "postgres://u:hunter2@h/d"),
        ])
        .unwrap();
        let printed = format!("{settings:?}");
        assert!(
            !printed.contains("ghp_visible") && !printed.contains("hunter2"),
            "{printed}"
        );
    }
}

#[cfg(test)]
mod documentation {
    #[test]
    fn readme_lists_every_setting_as_the_code_documents_it() {
        let readme = include_str!("../README.md");
        for setting in super::DOCUMENTED {
            let row = format!("| `{}` |", setting.name);
            let line = readme
                .lines()
                .find(|line| line.starts_with(&row))
                .unwrap_or_else(|| panic!("README does not list {}", setting.name));
            assert!(
                line.contains(setting.meaning),
                "README says otherwise: {line}"
            );
        }
    }
}
