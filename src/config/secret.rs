//! Reads secrets and checks them, the same way wherever they come from: the environment, the file that `NAME_FILE` names,
//! `worksample.env` or a file of its own in the data folder, the command line.
//!
//! A secret that is named but empty is an error: it never counts as set, and never silently as not set.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{DOCUMENTED, SettingError, Source};
use crate::secret::{Secret, WeakSecret, check};

/// What a secret has to be like. Each secret in [`DOCUMENTED`] has one.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The fewest characters.
    pub least: usize,
    /// What to do about one that cannot be used.
    pub hint: &'static str,
}

impl Rule {
    pub const fn at_least(least: usize, hint: &'static str) -> Rule {
        Rule { least, hint }
    }

    /// Trims and checks a value of `name` that was found at `place`.
    pub(super) fn check(
        self,
        name: &'static str,
        text: Result<String, OsString>,
        place: Place,
    ) -> Result<SecretString, SettingError> {
        let problem = match text.as_deref().map(|text| check(text, self.least)) {
            Ok(Ok(secret)) => return Ok(secret),
            Ok(Err(weak)) => Problem::Weak(weak),
            Err(_) => Problem::NotUtf8,
        };
        Err(self.error(name, place, problem))
    }

    /// [`Rule::check`] for what a file holds.
    pub(super) fn check_file(
        self,
        name: &'static str,
        path: &Path,
    ) -> Result<SecretString, SettingError> {
        let place = Place::File(path.to_owned());
        match std::fs::read(path) {
            Err(error) => Err(self.error(name, place, Problem::Unreadable(error))),
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| OsString::new());
                self.check(name, text, place)
            }
        }
    }

    fn error(self, name: &'static str, place: Place, problem: Problem) -> SettingError {
        SettingError::Secret(SecretError {
            name,
            place,
            problem,
            hint: self.hint,
        })
    }
}

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Environment,
    CommandLine,
    /// A file that holds settings, one a line.
    SettingsFile(PathBuf),
    /// A file that holds this value alone.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Environment => f.write_str("the environment"),
            Place::CommandLine => f.write_str("the command line"),
            Place::SettingsFile(path) | Place::File(path) => {
                write!(f, "the file {}", path.display())
            }
        }
    }
}

/// A secret that cannot be used: which, where it was found, and why.
#[derive(Debug, thiserror::Error)]
#[error("{name} (from {place}) {problem}")]
pub struct SecretError {
    pub name: &'static str,
    pub place: Place,
    pub problem: Problem,
    pub hint: &'static str,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Weak(WeakSecret),
    #[error("is not UTF-8 text")]
    NotUtf8,
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("names no file in its `_FILE` setting")]
    NoFile,
}

/// A secret of [`DOCUMENTED`]: `NAME`, or the contents of the file that `NAME_FILE` names. `None` where neither is set.
///
/// # Errors
/// One that is set and cannot be used.
pub fn secret(
    source: &dyn Source,
    name: &'static str,
) -> Result<Option<SecretString>, SettingError> {
    let rule = rule_of(name);
    if let Some((value, place)) = source.set(name) {
        return rule.check(name, value.into_string(), place).map(Some);
    }
    match source.set(&format!("{name}_FILE")) {
        None => Ok(None),
        Some((path, place)) if path.is_empty() => Err(rule.error(name, place, Problem::NoFile)),
        Some((path, _)) => rule.check_file(name, Path::new(&path)).map(Some),
    }
}

/// [`secret`] as a type that is never too short.
///
/// # Errors
/// One that is set and cannot be used.
pub fn typed<const LEAST: usize>(
    source: &dyn Source,
    name: &'static str,
) -> Result<Option<Secret<LEAST>>, SettingError> {
    secret(source, name)?
        .map(|secret| of_type(name, &secret))
        .transpose()
}

/// A checked secret as a type that is never too short.
pub(super) fn of_type<const LEAST: usize>(
    name: &'static str,
    secret: &SecretString,
) -> Result<Secret<LEAST>, SettingError> {
    use secrecy::ExposeSecret as _;
    Secret::new(secret.expose_secret()).map_err(|weak| SettingError::Unusable {
        name,
        why: format!("it {weak}"),
    })
}

/// The rule of a documented secret. One that is documented as no secret may be of any length but empty.
pub(super) fn rule_of(name: &str) -> Rule {
    DOCUMENTED
        .iter()
        .find(|setting| setting.name == name)
        .and_then(|setting| setting.rule)
        .unwrap_or(Rule::at_least(1, "give it a value, or unset it"))
}

/// A GitHub App's private key (PEM); the smallest that GitHub makes has some 1,600 characters.
pub(super) const APP_KEY: Rule = Rule::at_least(
    200,
    "generate a private key on the App's page at GitHub, and put the downloaded .pem file there",
);
