//! An answer of GitHub's as it came over the wire.

use http::HeaderMap;

use crate::clock::Timestamp;

/// A whole answer, whatever its status.
pub(super) struct Whole {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Whole {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// GitHub's clock when it answered.
    pub fn date(&self) -> Option<Timestamp> {
        chrono::DateTime::parse_from_rfc2822(self.header("date")?)
            .ok()
            .map(|date| date.to_utc())
    }
}
