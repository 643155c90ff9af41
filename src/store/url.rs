//! Where the database is. The scheme alone decides which database is meant: a mistyped address is an error, never a new
//! SQLite file of an odd name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of a database. Neither `Debug` nor `Display` shows a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Kind);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite(PathBuf),
    Postgres(String),
}

/// A text that is not the address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{problem}: a database address looks like `sqlite://data/worksample.db` or `postgres://user:password@host/name`"
)]
pub struct InvalidDatabaseUrl {
    problem: String,
}

impl DatabaseUrl {
    /// A SQLite file, created at the first start.
    pub fn sqlite_file(path: impl Into<PathBuf>) -> Self {
        DatabaseUrl(Kind::Sqlite(path.into()))
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Kind::Postgres(_))
    }

    /// The SQLite file, if it is one.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |problem: String| InvalidDatabaseUrl { problem };
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(invalid("the database address has no scheme".to_owned()));
        };
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.ends_with('/') {
                    return Err(invalid("the SQLite address names no file".to_owned()));
                }
                if path.starts_with(':') {
                    return Err(invalid(
                        "a SQLite database in memory is lost at the end, so it is not supported"
                            .to_owned(),
                    ));
                }
                if path.contains(['?', '#']) {
                    return Err(invalid(
                        "the SQLite address has options after `?` or `#`, which are not supported"
                            .to_owned(),
                    ));
                }
                Ok(DatabaseUrl(Kind::Sqlite(PathBuf::from(path))))
            }
            "postgres" | "postgresql" => {
                if !rest.starts_with("//") {
                    return Err(invalid(format!("`//` is missing after `{scheme}:`")));
                }
                Ok(DatabaseUrl(Kind::Postgres(text.to_owned())))
            }
            // The text itself stays out of the message: it may hold a password.
            _ => Err(invalid(
                "the scheme of the database address is neither `sqlite` nor `postgres`".to_owned(),
            )),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Kind::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Keeps scheme, user, host and database name. The parameters go altogether, since `password` can be one of them.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // Up to the last `@`: a password may hold an unescaped one.
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_scheme_decides_which_database_is_meant() {
        let path = |text: &str| {
            text.parse::<DatabaseUrl>()
                .unwrap()
                .sqlite_path()
                .map(Path::to_owned)
        };
        assert_eq!(path("sqlite://data/x.db"), Some("data/x.db".into()));
        assert_eq!(path("sqlite:///var/x.db"), Some("/var/x.db".into()));
        assert_eq!(path("sqlite:x.db"), Some("x.db".into()));
        assert_eq!(path("postgres://localhost/x"), None);
        assert_eq!(path("postgresql:///x"), None);
    }

    #[test]
    fn anything_else_is_refused_with_an_example_of_what_is_wanted() {
        for text in [
            "",
            "x.db",
            "sqlit://x.db",
            "mysql://x",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://dir/",
            "sqlite://x.db?mode=rwc",
            "postgres:x",
            "Postgres://x",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(error.to_string().contains("sqlite://data/"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_password_is_never_shown(password in "[A-Z0-9%@:/]{6,20}") {
            let url: DatabaseUrl = format!("postgres://amy:{password}@db.internal/ws?password={password}").parse().unwrap();
            let shown = format!("{url} {url:?}");
            prop_assert!(!shown.contains(&password), "{}", shown);
            prop_assert!(shown.contains("amy"));
        }

        #[test]
        fn a_refused_address_never_shows_its_password(password in "[A-Z0-9]{6,20}") {
            let error = format!("postgers://amy:{password}@db/ws").parse::<DatabaseUrl>().unwrap_err();
            prop_assert!(!error.to_string().contains(&password));
        }
    }
}
