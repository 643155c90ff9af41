//! The process report: spec, events and results become one [`Report`], and a report becomes JSON, Markdown, HTML and a
//! drawn timeline. Pure: the same facts and records, the facts in any order and number, give the same bytes.
//!
//! Evidence, never a verdict: nothing in here weighs, sums up or ranks. What people wrote is cleaned once, where it enters
//! (`text`), and escaped again by each format in its own way.

mod anchors;
mod conversation;
mod ending;
mod facts;
mod html;
mod index;
mod log;
mod markdown;
mod model;
mod parts;
mod results;
mod rich;
mod text;
mod timeline;
mod waiting;
mod words;

use std::collections::BTreeSet;

use facts::Facts;
pub use index::{INDEX_POLICY, index_page};
pub use model::*;
pub use rich::{to_safe_html, wrapped_to_safe_html};
pub use text::{one_line, several_lines};

use crate::spec::SpecVersion;
use crate::work_sample::{NaturalKey, WorkSample};

/// Version of the report's shape, `schema_version` in `report.json`.
pub const SCHEMA_VERSION: u32 = 1;

const NOTICE: &str = "Evidence, never a verdict. This report puts side by side what happened and what was delivered. It holds no score, no \
ranking and no recommendation, and nothing in it was judged automatically about a person. “Not observed” means that there is nothing to show, not that it \
was poor. A named person decides, and writes down why.";

impl Report {
    /// The report of a work sample under the spec version it was offered.
    pub fn of(version: &SpecVersion, ws: &WorkSample) -> Report {
        Report::assemble(&Facts::new(version, ws))
    }

    fn assemble(facts: &Facts<'_>) -> Report {
        let ws = facts.ws;
        let delivered: BTreeSet<&NaturalKey> = ws.deliveries.iter().map(|one| &one.key).collect();
        let conversation = conversation::read(facts, &delivered);
        let gaps = results::gaps(facts, |gap| {
            let asked = conversation
                .questions
                .iter()
                .filter(|one| one.gaps.contains(&gap.id))
                .map(|one| &one.said);
            let decided = conversation
                .decisions
                .iter()
                .filter(|one| one.gaps.contains(&gap.id))
                .map(|one| &one.said);
            asked
                .chain(decided)
                .map(|said| said.event.clone())
                .collect()
        });
        Report {
            schema_version: SCHEMA_VERSION,
            notice: NOTICE.to_owned(),
            work_sample: ws.id.clone(),
            state: ws.state,
            candidate: Candidate {
                name: text::one_line(&ws.candidate),
                login: ws.login.clone(),
            },
            spec: parts::spec_part(facts),
            terms: parts::terms(ws),
            milestones: parts::milestones(ws),
            repository: parts::repository(ws),
            deliveries: parts::deliveries(facts),
            open_deliveries: parts::open_deliveries(facts.ws),
            criteria: results::criteria(facts),
            assessment: results::assessment(facts),
            earlier_assessments: results::earlier_assessments(facts),
            not_assessable: results::not_assessable(facts),
            dimensions: results::dimensions(facts),
            gaps,
            waiting: waiting::waiting(facts, &conversation),
            log: log::log(facts, &conversation),
            questions: conversation.questions,
            updates: conversation.updates,
            decisions: conversation.decisions,
            memos: conversation.memos,
            other_texts: conversation.others,
            pushes: parts::pushes(ws),
            ci_checks: parts::ci_checks(ws),
            changed_files: results::changed_files(facts),
            pay: parts::pay(ws),
            human_decision: parts::human_decision(ws),
            troubles: parts::troubles(ws),
        }
    }

    /// The report as indented JSON, fields in the order of the type, with a line end at the end.
    pub fn to_json(&self) -> String {
        // A tree of structs with text keys always serialises.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// The report as Markdown. What people wrote is quoted so that it can not pass for a part of the report.
    pub fn to_markdown(&self) -> String {
        markdown::write(self)
    }

    /// The content security policy of the page that [`Report::to_html`] writes.
    pub fn content_security_policy(&self) -> String {
        html::policy()
    }

    /// The report as one self-contained page: no script, no request to anywhere.
    pub fn to_html(&self) -> String {
        html::write(self)
    }
}

/// The JSON Schema of `report.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
