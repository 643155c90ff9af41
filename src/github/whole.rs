//! An answer of GitHub's as it came over the wire.

use http::HeaderMap;

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
}
