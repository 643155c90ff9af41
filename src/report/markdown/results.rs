//! What came out of the checks, the findings, and what was built where the spec is open.

use super::escape::{code, inline};
use super::page::{Page, ids};
use crate::report::model::Gap;
use crate::report::words;

impl Page<'_> {
    pub(super) fn acceptance(&mut self) {
        let r = self.report;
        self.heading(2, "Acceptance results");
        match &r.assessment {
            Some(one) => self.paragraph(format_args!(
                "Checked on commit {}, started {}. {}",
                code(one.sha.as_str()),
                words::date(&one.started_at),
                inline(&one.sandbox)
            )),
            None => self.paragraph("The delivered commit has not been assessed."),
        }
        for one in &r.not_assessable {
            self.paragraph(format_args!(
                "Commit {} could not be assessed ({}): {}",
                code(one.sha.short()),
                words::when(&one.at),
                inline(&one.reason)
            ));
        }
        self.line("| Criterion | What | Clauses | Result |");
        self.line("| --- | --- | --- | --- |");
        for one in &r.criteria {
            let (sign, result) = words::verdict(&one.verdict);
            self.line(format_args!(
                "| {} | {} | {} | {sign} {result} |",
                one.id,
                inline(&one.title),
                ids(&one.clauses)
            ));
        }
        self.line("");
        if let Some(build) = r.assessment.as_ref().and_then(|one| one.build.as_ref()) {
            self.heading(3, "Build");
            self.run(build);
        }
        for one in &r.criteria {
            self.heading(
                3,
                format_args!(
                    "{}: {} ({})",
                    one.id,
                    inline(&one.title),
                    words::verdict(&one.verdict).1
                ),
            );
            let seen = if one.hidden {
                "hidden from the candidate"
            } else {
                "named to the candidate"
            };
            self.paragraph(format_args!(
                "Clauses {}; {seen}; checked by {}.",
                ids(&one.clauses),
                inline(&one.checked_by)
            ));
            if !one.because.is_empty() {
                self.paragraph(inline(&one.because));
            }
            if let Some(judged) = &one.judged {
                self.paragraph(format_args!(
                    "Judged “{}” by {}, {}:",
                    words::said_verdict(&judged.verdict),
                    inline(&words::named(&judged.by)),
                    words::when(&judged.at)
                ));
                self.quote(&judged.note);
            }
            one.run.iter().for_each(|run| self.run(run));
            for test in &one.tests {
                let message = if test.message.is_empty() {
                    String::new()
                } else {
                    format!(": {}", inline(&test.message))
                };
                self.line(format_args!(
                    "- {} {}{message}",
                    words::test_outcome(&test.outcome).1,
                    code(&test.name)
                ));
            }
            if !one.tests.is_empty() {
                self.line("");
            }
        }
        if !r.earlier_assessments.is_empty() {
            self.heading(3, "Other commits that were assessed");
            for one in &r.earlier_assessments {
                let results: Vec<String> = one
                    .results
                    .iter()
                    .map(|result| {
                        format!(
                            "{} {}",
                            result.criterion,
                            words::said_verdict(&result.verdict)
                        )
                    })
                    .collect();
                self.line(format_args!(
                    "- {}, {}: {}",
                    code(one.sha.short()),
                    words::when(&one.started_at),
                    results.join(", ")
                ));
            }
            self.line("");
        }
    }

    pub(super) fn findings(&mut self) {
        self.heading(2, "Findings");
        self.paragraph("What can be said of each dimension, with the events it rests on. Every statement can be checked; none is weighed against another.");
        for dimension in &self.report.dimensions {
            self.heading(3, &dimension.title);
            if dimension.findings.is_empty() {
                self.paragraph("Nothing was observed.");
                continue;
            }
            for one in &dimension.findings {
                let unseen = if words::is_unseen(&one.observation) {
                    "Not observed: "
                } else {
                    ""
                };
                let mut rests: Vec<String> = Vec::new();
                rests.extend(one.criterion.iter().map(ToString::to_string));
                rests.extend(one.gap.iter().map(ToString::to_string));
                rests.extend(one.clauses.iter().map(ToString::to_string));
                rests.extend(one.events.iter().map(|key| self.event(key)));
                let rests = if rests.is_empty() {
                    String::new()
                } else {
                    format!(" (rests on {})", rests.join(", "))
                };
                self.line(format_args!("- {unseen}{}{rests}", inline(&one.statement)));
            }
            self.line("");
        }
    }

    pub(super) fn gaps(&mut self) {
        self.heading(2, "Gaps and decisions");
        for gap in &self.report.gaps {
            self.gap(gap);
        }
        self.heading(3, "Documented decisions");
        if self.report.decisions.is_empty() {
            self.paragraph("No decision was documented.");
        }
        for one in &self.report.decisions {
            self.decision(one);
        }
    }

    pub(super) fn gap(&mut self, gap: &Gap) {
        self.heading(3, format_args!("{}: {}", gap.id, inline(&gap.title)));
        self.paragraph(format_args!("Near {}.", ids(&gap.clauses)));
        let about: Vec<String> = gap.about.iter().map(|key| self.event(key)).collect();
        if about.is_empty() {
            self.line("- Written: no question or decision about it was found.");
        } else {
            self.line(format_args!("- Written: {}", about.join(", ")));
        }
        for way in &gap.interpretations {
            let built = if way.built { " **was built**" } else { "" };
            self.line(format_args!(
                "- {}{built}: {}",
                code(way.id.as_str()),
                inline(&way.text)
            ));
        }
        match &gap.probe {
            Some(probe) => {
                if probe.built.is_none() {
                    self.line(format_args!(
                        "- The probe could not tell which: {}",
                        inline(&probe.because)
                    ));
                }
                self.line("");
                self.run(&probe.run);
            }
            None => self.paragraph("- No probe has looked at what was built."),
        }
    }
}
