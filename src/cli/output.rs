//! Printing: data, and failures with their code and remedy.

use std::io::Write as _;

use serde::Serialize;

use crate::app::BuildError;
use crate::config::{SettingError, secret};
use crate::spec::Problem;
use crate::workflow::WorkflowError;

/// Why a command ended without doing its work.
#[derive(Debug)]
pub struct Failure {
    pub code: String,
    pub message: String,
    /// What to do about it, where the message does not say.
    pub hint: Option<String>,
    /// A spec's problems, printed one by one.
    pub problems: Vec<Problem>,
}

impl Failure {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Failure {
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            problems: Vec::new(),
        }
    }
}

impl From<WorkflowError> for Failure {
    fn from(error: WorkflowError) -> Self {
        let code = error.code().to_owned();
        let (message, problems) = match error {
            WorkflowError::SpecProblems(problems) => (
                format!("the spec has {} error(s), listed above", problems.len()),
                problems,
            ),
            other => (other.to_string(), Vec::new()),
        };
        Failure {
            code,
            message,
            hint: None,
            problems,
        }
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        let code = match &error {
            SettingError::Missing { .. } => "setting_missing",
            SettingError::Unusable { .. } => "setting_unusable",
            SettingError::Unreadable { .. } => "setting_unreadable",
            SettingError::Secret(secret) => match secret.problem {
                secret::Problem::Unreadable(_) => "setting_unreadable",
                _ => "setting_unusable",
            },
            SettingError::Line { .. } => "settings_file_unusable",
            SettingError::Unwritable { .. } => "settings_file_unwritable",
        };
        Failure {
            hint: error.hint().map(str::to_owned),
            ..Failure::new(code, error.to_string())
        }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let code = match &error {
            BuildError::DatabaseUrl(_) => "database_url_invalid",
            BuildError::Mail(_) => "mail_address_invalid",
            BuildError::Store(error) => error.code(),
            BuildError::GitHub(error) => error.code(),
            BuildError::Upgrade(error) => error.code(),
            BuildError::Server(_) => "cannot_listen",
            BuildError::Folder { .. } => "folder_unusable",
        };
        Failure::new(code, error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new("io_failed", error.to_string())
    }
}

/// Prints a failure to standard error.
pub fn failure(failure: &Failure) {
    for problem in &failure.problems {
        complain(&problem.to_string());
    }
    complain(&format!("error[{}]: {}", failure.code, failure.message));
    if let Some(hint) = &failure.hint {
        complain(&format!("hint: {hint}"));
    }
}

/// Says something on standard error, beside the data.
pub fn aside(text: &str) {
    complain(&format!("note: {text}"));
}

/// Writes a line to standard error. `eprintln!` would panic where its reader is gone.
pub fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Prints a value as JSON.
pub fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new("not_printable", error.to_string()))?;
    line(&text)
}

/// Prints a line. A reader that went away (`| head`) is no failure.
pub fn line(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints rows in columns, the first row as their heads.
pub fn table(rows: &[Vec<String>]) -> Result<(), Failure> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}
