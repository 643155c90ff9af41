//! What `doctor` says of logs that an earlier version wrote and that could not be upgraded.

use super::{Finding, State};
use crate::workflow::Services;
use crate::workflow::upgrade::logs_left;

/// How many are named.
const MOST_NAMED: usize = 10;

/// Opening the database has upgraded what can be upgraded; what is left needs somebody to look at it.
pub async fn finding(services: &Services) -> Finding {
    let left = match logs_left(&services.store).await {
        Err(error) => return super::finding("logs", State::Broken, error.to_string()),
        Ok(left) => left,
    };
    if left.is_empty() {
        return super::finding("logs", State::Ok, "all are in the present format");
    }
    let named: Vec<String> = left
        .iter()
        .take(MOST_NAMED)
        .map(ToString::to_string)
        .collect();
    let more = match left.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Finding {
        hint: Some(
            "the log of the last start says why each could not be upgraded; nothing is done for these work samples until then"
                .to_owned(),
        ),
        ..super::finding(
            "logs",
            State::Broken,
            format!(
                "{} left at log format 1: {}{more}",
                left.len(),
                named.join(", ")
            ),
        )
    }
}
