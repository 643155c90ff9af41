//! The report as one page. The page brings its style with it and forbids itself everything else by a strict content
//! security policy; the style is allowed by its hash.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::anchors::{self, escape};
use super::model::{Finding, Gap, LogLine, Report, Said};
use super::timeline::{self, Timeline};
use super::{rich, words};
use crate::acceptance::Verdict;
use crate::work_sample::{EntryKind, NaturalKey};

const STYLE: &str = include_str!("../../templates/report/style.css");

/// The policy of the page, for servers that send it as a header too: that alone can forbid framing.
pub(super) fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

pub(super) fn write(report: &Report) -> String {
    let page = Page {
        r: report,
        style: STYLE,
        style_hash: STANDARD.encode(Sha256::digest(STYLE)),
        timeline: Timeline::of(report).map(|timeline| timeline::svg(&timeline)),
        legend: timeline::legend(),
        told: told(report),
        labels: report
            .log
            .iter()
            .filter_map(|line| {
                line.event
                    .as_ref()
                    .map(|event| (event, (line.label.as_str(), &line.at)))
            })
            .collect(),
    };
    // Rendering writes to a String and calls nothing that can fail.
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "report/report.html")]
struct Page<'a> {
    r: &'a Report,
    style: &'static str,
    style_hash: String,
    timeline: Option<String>,
    legend: Vec<(String, &'static str)>,
    /// Events that have a place of their own on the page; the log gives the others theirs.
    told: BTreeSet<&'a NaturalKey>,
    labels: BTreeMap<&'a NaturalKey, (&'a str, &'a crate::clock::Timestamp)>,
}

impl Page<'_> {
    /// In the order in which the page's head names them.
    const VERDICTS: [Option<Verdict>; 5] = [
        Some(Verdict::Passed),
        Some(Verdict::Failed),
        Some(Verdict::Undetermined),
        Some(Verdict::Open),
        None,
    ];

    /// A link to an event by its handle; the bare key for an event that the report does not know.
    fn event(&self, key: &NaturalKey) -> String {
        match self.labels.get(key) {
            Some((label, at)) => format!(
                r##"<a class="ev" href="#{}">{}<span class="at"> {}</span></a>"##,
                anchors::event(key),
                escape(label),
                words::when(at)
            ),
            None => format!("<code>{}</code>", escape(&key.0)),
        }
    }

    fn events(&self, keys: &[NaturalKey]) -> String {
        keys.iter()
            .map(|key| self.event(key))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The event of a line of the log, if it is told elsewhere on the page …
    fn told_event<'l>(&self, line: &'l LogLine) -> Option<&'l NaturalKey> {
        line.event
            .as_ref()
            .filter(|event| self.told.contains(event))
    }

    /// … or only here.
    fn untold_event<'l>(&self, line: &'l LogLine) -> Option<&'l NaturalKey> {
        line.event
            .as_ref()
            .filter(|event| !self.told.contains(event))
    }

    /// Ids of the criteria with this verdict, for the page's head.
    fn with_verdict(&self, verdict: &Option<Verdict>) -> Vec<&str> {
        let same = self.r.criteria.iter().filter(|one| one.verdict == *verdict);
        same.map(|one| one.id.as_str()).collect()
    }

    fn outside(&self) -> usize {
        self.r
            .changed_files
            .iter()
            .filter(|file| !file.within_boundary)
            .count()
    }

    /// What was written about a gap: the handle, the title, and what became of it.
    fn written(&self, gap: &Gap) -> Vec<(&NaturalKey, &str, &str, String)> {
        let questions = self.r.questions.iter().map(|one| {
            (
                &one.said.event,
                one.label.as_str(),
                one.said.title.as_str(),
                words::answered(&one.waited),
            )
        });
        let decisions = self.r.decisions.iter().map(|one| {
            (
                &one.said.event,
                one.label.as_str(),
                one.said.title.as_str(),
                words::replied(&one.waited),
            )
        });
        questions
            .chain(decisions)
            .filter(|one| gap.about.contains(one.0))
            .collect()
    }

    /// The findings that name this gap.
    fn findings_on<'r>(&'r self, gap: &crate::ids::GapId) -> Vec<&'r Finding> {
        let all = self.r.dimensions.iter().flat_map(|one| &one.findings);
        all.filter(|one| one.gap.as_ref() == Some(gap)).collect()
    }
}

fn told(report: &Report) -> BTreeSet<&NaturalKey> {
    let mut told: BTreeSet<&NaturalKey> = BTreeSet::new();
    told.extend(report.texts().map(|said| &said.event));
    told.extend(report.deliveries.iter().map(|one| &one.event));
    told.extend(report.pushes.iter().map(|one| &one.event));
    told.extend(report.ci_checks.iter().map(|one| &one.event));
    told.extend(
        report
            .criteria
            .iter()
            .filter_map(|one| one.judged.as_ref())
            .map(|one| &one.event),
    );
    told.extend(
        report
            .repository
            .iter()
            .flat_map(|one| &one.changes)
            .map(|one| &one.event),
    );
    told.extend(report.pay.payouts.iter().map(|one| &one.event));
    told.extend(report.human_decision.iter().map(|one| &one.event));
    told
}

impl Report {
    /// Every text somebody wrote, each once.
    fn texts(&self) -> impl Iterator<Item = &Said> {
        let questions = self
            .questions
            .iter()
            .flat_map(|one| std::iter::once(&one.said).chain(&one.answers));
        let decisions = self
            .decisions
            .iter()
            .flat_map(|one| std::iter::once(&one.said).chain(&one.replies));
        questions
            .chain(decisions)
            .chain(self.updates.iter().map(|one| &one.said))
            .chain(self.memos.iter().map(|one| &one.said))
            .chain(self.deliveries.iter().filter_map(|one| one.said.as_ref()))
            .chain(&self.other_texts)
    }
}
