//! Examples of large answers for the OpenAPI description: recorded from a played work sample, with other names and shorter
//! texts.

use serde_json::Value;

/// What a lead reads of a decided work sample.
pub fn work_sample() -> Value {
    read(include_str!("examples/work_sample.json"))
}

/// What a candidate reads of an open offer.
pub fn offer() -> Value {
    read(include_str!("examples/offer.json"))
}

/// What a candidate reads after they withdrew.
pub fn own_report() -> Value {
    read(include_str!("examples/own_report.json"))
}

/// A test holds that the files are JSON.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
