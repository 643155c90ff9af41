//! Results as CSV, for spreadsheets. What candidates wrote cannot become a formula there.

use super::super::csv_text::csv_text;
use super::results::LineResult;
use crate::clock::Timestamp;

const HEADS: [&str; 14] = [
    "line",
    "name",
    "email",
    "github_login",
    "note",
    "state",
    "code",
    "reason",
    "work_sample",
    "work_sample_state",
    "accepted_as",
    "offer_open_until",
    "waits_until",
    "waits_for",
];

/// The results as CSV with a header; the tokens too where the lines have them, with the address that they open, and the
/// personal links.
pub fn to_csv(lines: &[LineResult], offer_url: &str) -> String {
    let with_tokens = lines.iter().any(|line| line.candidate_token.is_some());
    let mut heads = HEADS.to_vec();
    if with_tokens {
        heads.extend(["offer", "candidate_token"]);
    }
    let with_links = lines.iter().any(|line| line.link.is_some());
    if with_links {
        heads.push("link");
    }
    let rows = lines.iter().map(|line| {
        let mut cells = cells(line);
        if with_tokens {
            let token = line.candidate_token.as_ref();
            cells.push(token.map(|_| offer_url.to_owned()).unwrap_or_default());
            cells.push(token.map(|token| token.0.clone()).unwrap_or_default());
        }
        if with_links {
            let link = line.link.as_ref().map(|link| link.0.clone());
            cells.push(link.unwrap_or_default());
        }
        cells
    });
    csv_text(&heads, rows)
}

fn cells(line: &LineResult) -> Vec<String> {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    fn word<T: serde::Serialize>(value: &T) -> String {
        serde_json::to_value(value)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
    fn time(at: Option<Timestamp>) -> String {
        at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default()
    }
    vec![
        line.line.to_string(),
        line.name.clone(),
        line.email.clone(),
        text(line.login.as_ref()),
        text(line.note.as_ref()),
        word(&line.state),
        text(line.code.as_ref()),
        text(line.reason.as_ref()),
        text(line.work_sample.as_ref()),
        word(&line.work_sample_state),
        text(line.accepted_as.as_ref()),
        time(line.offer_open_until),
        time(line.waits.as_ref().and_then(|waits| waits.until)),
        text(line.waits.as_ref().map(|waits| &waits.why)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LineState;
    use proptest::prelude::*;

    fn named(name: &str) -> LineResult {
        LineResult {
            line: 2,
            name: name.to_owned(),
            email: "ada@example.com".into(),
            login: None,
            note: Some("=1+1".into()),
            state: LineState::Waiting,
            code: None,
            reason: None,
            work_sample: None,
            work_sample_state: None,
            accepted_as: None,
            offer_open_until: None,
            waits: None,
            candidate_token: None,
            link: None,
        }
    }

    proptest! {
        #[test]
        fn whatever_a_name_is_it_stays_one_cell_and_is_no_formula(
            name in prop_oneof![any::<String>(), "[;=+\t a\"'-]{0,12}"],
        ) {
            let text = to_csv(&[named(&name)], "");
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(row.len(), HEADS.len());
            let without = |text: &str| text.replace('\'', "");
            prop_assert_eq!(without(row.get(1).unwrap()), without(&name));
            // Whatever a spreadsheet parts cells at.
            for part in row.iter().flat_map(|cell| cell.split([';', '\t'])) {
                let part = part.trim_start_matches([' ', '"']);
                prop_assert!(!part.starts_with(['=', '+', '-', '@', '\r', '\n']), "{}", part);
            }
        }
    }
}
