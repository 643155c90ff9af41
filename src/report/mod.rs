//! The process report: spec, events and results become one [`Report`], and a report becomes JSON, Markdown, HTML and a
//! drawn timeline. Pure: the same facts, in any order and number, give the same bytes.
