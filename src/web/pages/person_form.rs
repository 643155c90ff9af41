//! What forms about people share: how their fields are read, and which field a refusal concerns.

use actix_web::http::StatusCode;
use chrono::NaiveDate;

use super::super::Problem;
use super::components::{FieldErrors, sentence};
use super::failure::PageProblem;
use crate::ids::{InvalidId, Login};
use crate::workflow::WorkflowError;

/// Refusals that concern one field.
const FIELDS: &[(&str, &str)] = &[
    ("person_name_invalid", "name"),
    ("name_missing", "name"),
    ("email_invalid", "email"),
    ("same_email", "email"),
    ("login_invalid", "login"),
    ("no_such_account", "login"),
    ("role_unknown", "role"),
    ("role_missing", "role"),
    ("last_lead", "lead"),
    ("unknown_spec", "spec"),
    ("candidate_name_invalid", "candidate"),
    ("organization_unknown", "organization"),
    ("already_launched", "again"),
    ("zone_unknown", "zone"),
    ("answer_hours_invalid", "answer_hours"),
    ("days_off_invalid", "days_off"),
    ("days_off_too_many", "days_off"),
    ("label_invalid", "label"),
    ("days_invalid", "days"),
];

/// A refusal for a form that is shown again: the status, and the error beside its field. `shown`: the fields of the form.
///
/// # Errors
/// Failures that are not the form's.
pub(super) fn refused(
    error: WorkflowError,
    shown: &[&str],
) -> Result<(StatusCode, FieldErrors), PageProblem> {
    let problem = Problem::from(error);
    if problem.status >= 500 || problem.status == 404 {
        return Err(problem.into());
    }
    let field = FIELDS
        .iter()
        .find(|(code, field)| *code == problem.code && shown.contains(field))
        .map_or("", |(_, field)| *field);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    Ok((
        status,
        FieldErrors::none()
            .with(field, sentence(&problem.detail))
            .coded(problem.code),
    ))
}

/// A GitHub login; `None` for an empty field.
pub(super) fn login(text: &str) -> Result<Option<Login>, WorkflowError> {
    match text.trim().trim_start_matches('@') {
        "" => Ok(None),
        login => login
            .parse()
            .map(Some)
            .map_err(|error: InvalidId| invalid("login_invalid", error.to_string())),
    }
}

/// Dates with white space or commas between them.
pub(super) fn days(text: &str) -> Result<Vec<NaiveDate>, WorkflowError> {
    let is_between = |c: char| c.is_whitespace() || c == ',';
    text.split(is_between)
        .filter(|day| !day.is_empty())
        .map(|day| {
            day.parse().map_err(|_| {
                let day: String = day.chars().take(40).collect();
                invalid(
                    "days_off_invalid",
                    format!("`{day}` is not a date such as 2026-12-24"),
                )
            })
        })
        .collect()
}

fn invalid(code: &'static str, message: String) -> WorkflowError {
    WorkflowError::Invalid { code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_by_line_and_comma_and_odd_ones_named() {
        let read = days(" 2026-12-24\r\n2026-12-25, 2027-01-01\n").unwrap();
        let read: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(read, ["2026-12-24", "2026-12-25", "2027-01-01"]);
        assert_eq!(days("  ").unwrap(), []);
        let error = days("2026-12-24 24.12.2026").unwrap_err();
        assert_eq!(error.code(), "days_off_invalid");
        assert!(error.to_string().contains("`24.12.2026`"), "{error}");
    }
}
