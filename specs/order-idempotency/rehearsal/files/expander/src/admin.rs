//! A page for operators: what the idempotency keys are doing.

use crate::idempotency::Counts;

pub fn page(counts: Counts, metrics: &str) -> String {
    format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <head><meta charset=\"utf-8\"><title>orders admin</title>\n\
         <style>body{{font-family:sans-serif;margin:2rem}}td{{padding:.2rem 1rem}}</style></head>\n\
         <body><h1>Idempotency keys</h1>\n\
         <table><tr><td>running</td><td>{}</td></tr><tr><td>stored</td><td>{}</td></tr></table>\n\
         <h2>Metrics</h2><pre>{metrics}</pre></body>\n\
         </html>\n",
        counts.running, counts.stored
    )
}
