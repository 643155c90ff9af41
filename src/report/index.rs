//! A page that leads to several reports.

use std::fmt::Write as _;

/// A plain page with a link to each report: (address, title).
pub fn index_page(title: &str, reports: &[(String, String)]) -> String {
    let mut links = String::new();
    for (address, title) in reports {
        // Writing to a String does not fail.
        let _ = write!(
            links,
            "<li><a href=\"{}\">{}</a></li>",
            ammonia::clean_text(address),
            ammonia::clean_text(title)
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Process reports</title></head>\
         <body><main><h1>{}</h1><p>The process reports of this work sample:</p><ul>{links}</ul></main></body></html>",
        ammonia::clean_text(title)
    )
}
