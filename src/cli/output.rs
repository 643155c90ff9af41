//! Printing: data, and failures with their code and remedy.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::app::BuildError;
use crate::config::{SettingError, secret};
use crate::plain_text::{for_terminal, json_for_terminal};
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
            hint: hint_for(&code).map(str::to_owned),
            code,
            message,
            problems,
        }
    }
}

/// The flag or command that helps. Messages of errors name none, since pages and the API show them too.
fn hint_for(code: &str) -> Option<&'static str> {
    match code {
        "already_launched" => Some("--again launches another one"),
        "author_takes_no_part" => Some("`worksample people side` says on which side an account is"),
        "candidates_account" => Some("`worksample correct-login` corrects a wrong login"),
        "open_points" => Some("--anyway decides all the same"),
        "person_known" => Some("`worksample people set` changes a person"),
        "spec_unbounded" => Some("`worksample spec schema` prints the form of every key"),
        "unknown_spec" => Some("`worksample spec publish DIR` publishes a spec"),
        _ => None,
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

/// A failure with a file or folder.
pub fn failed_at(path: &std::path::Path) -> impl Fn(std::io::Error) -> Failure + '_ {
    move |error| Failure::new("io_failed", format!("{}: {error}", path.display()))
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

/// Prints what clap says: help and the version to standard output, a command line that cannot be read to standard error with
/// the code `usage` and status 2.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader that went away is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let text = match text.strip_prefix("error: ") {
        Some(rest) => format!("error[usage]: {rest}"),
        None => text,
    };
    complain(text.trim_end());
    ExitCode::from(2)
}

/// Says something on standard error, beside the data.
pub fn aside(text: &str) {
    complain(&format!("note: {text}"));
}

/// Writes a line to standard error. `eprintln!` would panic where its reader is gone.
pub fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{}", for_terminal(text)));
}

/// Prints a value as JSON.
pub fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new("not_printable", error.to_string()))?;
    written(&json_for_terminal(&text))
}

/// Prints a line, with control characters written as their code. A reader that went away (`| head`) is no failure.
pub fn line(text: &str) -> Result<(), Failure> {
    written(&for_terminal(text))
}

/// Prints a document: to a terminal as [`line`] does, elsewhere as it is.
pub fn document(text: &str) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        line(text)
    } else {
        written(text)
    }
}

fn written(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The widest that a column is made; a longer cell moves the rest of its row.
const WIDEST: usize = 100;

/// Prints rows in columns, the first row as their heads.
pub fn table(rows: &[Vec<String>]) -> Result<(), Failure> {
    lines_of(rows).iter().try_for_each(|row| line(row))
}

fn lines_of(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| in_one_line(cell)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .min(WIDEST)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut text = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width.saturating_sub(cell.chars().count()) + 2;
                text.push_str(cell);
                text.extend(std::iter::repeat_n(' ', padding));
            }
            text.trim_end().to_owned()
        })
        .collect()
}

/// A cell is one line, whatever somebody wrote.
fn in_one_line(cell: &str) -> String {
    for_terminal(&cell.replace(['\n', '\r', '\t'], " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn table_prints_cells_of_any_length_and_content() {
        let long = "x".repeat(100_000);
        let lines = lines_of(&[
            row(&["ID", "NAME", "STATE"]),
            row(&["1", &long, "enabled"]),
            row(&["2", "\u{1b}[31mAda\nLovelace", "\u{202e}disabled"]),
        ]);
        assert_eq!(lines[0].len(), 4 + 102 + 5);
        assert!(lines[1].ends_with("x  enabled"));
        assert!(
            lines[2].starts_with("2   \\u{1b}[31mAda Lovelace "),
            "{}",
            lines[2]
        );
        assert!(lines[2].ends_with("  \\u{202e}disabled"), "{}", lines[2]);
    }
}
