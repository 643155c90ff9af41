//! Reads JUnit XML that an untrusted command wrote: bounded in size, depth and number before and after parsing. Entities
//! that a document defines itself are not expanded by the parser, so they can not blow up; such a document is refused.

use super::{TestCase, TestOutcome};

/// A file longer than this is not read.
pub const MOST_BYTES: u64 = 4 * 1024 * 1024;

const MOST_TESTS: usize = 5_000;
/// Suites may be nested, and the parser follows by recursion.
const MOST_SUITES: usize = 500;
const LONGEST_NAME: usize = 300;
const LONGEST_MESSAGE: usize = 2_000;

/// Why a JUnit file says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JunitProblem {
    #[error("the command wrote no JUnit file `{0}`")]
    Missing(String),
    #[error("`{0}` is no regular file within the tree")]
    NotAFile(String),
    #[error("the JUnit file has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("the JUnit file has more than {MOST_TESTS} tests or {MOST_SUITES} suites")]
    TooMany,
    #[error("the JUnit file defines a document type, which none needs")]
    DocumentType,
    #[error("the JUnit file can not be parsed: {0}")]
    Malformed(String),
    #[error("the JUnit file could not be read: {0}")]
    Unreadable(String),
}

/// The test cases of all suites, in the order of the file.
///
/// # Errors
/// When the bytes are no JUnit XML or pass a bound.
pub fn parse(bytes: &[u8]) -> Result<Vec<TestCase>, JunitProblem> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(JunitProblem::TooLong);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| JunitProblem::Malformed("it is not UTF-8".into()))?;
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return Err(JunitProblem::DocumentType);
    }
    // Any element inside another may cost the parser a level of recursion.
    if count(text, "<testsuite") > MOST_SUITES || count(text, "<testcase") > MOST_TESTS {
        return Err(JunitProblem::TooMany);
    }
    let whole = junit_parser::from_reader(bytes)
        .map_err(|error| JunitProblem::Malformed(shortened(&error.to_string(), LONGEST_NAME)))?;
    let mut tests = Vec::new();
    let mut waiting: Vec<_> = whole.suites.iter().rev().collect();
    while let Some(suite) = waiting.pop() {
        tests.extend(suite.cases.iter().map(test_case));
        waiting.extend(suite.suites.iter().rev());
    }
    Ok(tests)
}

fn test_case(case: &junit_parser::TestCase) -> TestCase {
    use junit_parser::TestStatus;
    let name = match &case.classname {
        Some(class) if !class.is_empty() && !case.original_name.starts_with(class.as_str()) => {
            format!("{class}::{}", case.original_name)
        }
        _ => case.original_name.clone(),
    };
    let first = |message: &str, text: &str| {
        let said = if message.trim().is_empty() {
            text
        } else {
            message
        };
        shortened(said.trim(), LONGEST_MESSAGE)
    };
    let (outcome, message) = match &case.status {
        TestStatus::Success => (TestOutcome::Passed, String::new()),
        TestStatus::Error(error) => (TestOutcome::Failed, first(&error.message, &error.text)),
        TestStatus::Failure(failure) => {
            (TestOutcome::Failed, first(&failure.message, &failure.text))
        }
        TestStatus::Skipped(skipped) => {
            (TestOutcome::Skipped, first(&skipped.message, &skipped.text))
        }
    };
    TestCase {
        name: shortened(&name, LONGEST_NAME),
        outcome,
        message,
    }
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

fn shortened(text: &str, most: usize) -> String {
    let text = text.replace('\0', "\u{fffd}");
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tests_of_nested_suites_are_read_in_order_with_their_outcomes() {
        let xml = r#"<?xml version="1.0"?>
            <testsuites><testsuite name="a" tests="4"><testcase name="one" classname="a"/>
            <testcase name="two"><failure message="1 != 2">at line 3</failure></testcase>
            <testsuite name="inner"><testcase name="three"><skipped/></testcase></testsuite></testsuite>
            <testsuite name="b"><testcase name="four"><error>boom</error></testcase></testsuite></testsuites>"#;
        let read: Vec<_> = parse(xml.as_bytes())
            .unwrap()
            .into_iter()
            .map(|test| (test.name, test.outcome, test.message))
            .collect();
        assert_eq!(
            read,
            [
                ("a::one".into(), TestOutcome::Passed, String::new()),
                ("two".into(), TestOutcome::Failed, "1 != 2".into()),
                ("three".into(), TestOutcome::Skipped, String::new()),
                ("four".into(), TestOutcome::Failed, "boom".into()),
            ]
        );
    }

    #[test]
    fn a_document_that_defines_entities_is_refused() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>"#;
        assert_eq!(parse(bomb.as_bytes()), Err(JunitProblem::DocumentType));
    }

    #[test]
    fn nesting_without_end_and_tests_without_end_are_refused_before_parsing() {
        assert_eq!(
            parse("<testsuite>".repeat(100_000).as_bytes()),
            Err(JunitProblem::TooMany)
        );
        assert_eq!(
            parse("<testcase/>".repeat(10_000).as_bytes()),
            Err(JunitProblem::TooMany)
        );
    }

    #[test]
    fn something_else_is_malformed_or_holds_no_tests() {
        assert!(matches!(
            parse(b"<testsuite><testcase"),
            Err(JunitProblem::Malformed(_))
        ));
        assert!(matches!(
            parse(b"\xff\xfe"),
            Err(JunitProblem::Malformed(_))
        ));
        assert_eq!(parse(b"<testsuites/>"), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_markup_is_read_or_refused_without_a_panic(
            parts in proptest::collection::vec(prop_oneof![
                Just("<testsuite>"), Just("</testsuite>"), Just("<testcase name='x'>"), Just("</testcase>"),
                Just("<failure/>"), Just("<skipped>"), Just("&amp;"), Just("&x;"), Just("<![CDATA["), Just("]]>"), Just("<!--"),
            ], 0..40)
        ) {
            if let Ok(tests) = parse(parts.concat().as_bytes()) {
                prop_assert!(tests.len() <= parts.len());
            }
        }
    }
}
