//! A page that leads to several reports.

use askama::Template;

/// What the page may load: the stylesheet that the service serves.
pub const INDEX_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "report/index.html")]
struct Index<'a> {
    title: &'a str,
    reports: &'a [(String, String)],
}

/// A page with a link to each report: (address, title).
pub fn index_page(title: &str, reports: &[(String, String)]) -> String {
    // A page of words and links is always rendered.
    Index { title, reports }.render().unwrap_or_default()
}
