//! The page that is being written, and the pieces that its sections are made of.

use std::fmt::{Display, Write as _};

use super::escape::{code, fenced, inline, quoted};
use crate::acceptance::{CommandRun, Output};
use crate::ids::GapId;
use crate::report::model::{Clause, Report, Revision, Said};
use crate::report::words;
use crate::work_sample::NaturalKey;

pub(super) struct Page<'a> {
    pub report: &'a Report,
    pub out: String,
}

impl<'a> Page<'a> {
    pub(super) fn of(report: &'a Report) -> Page<'a> {
        Page {
            report,
            out: String::new(),
        }
    }

    pub(super) fn line(&mut self, line: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    /// A paragraph of its own.
    pub(super) fn paragraph(&mut self, text: impl Display) {
        self.line(text);
        self.line("");
    }

    pub(super) fn heading(&mut self, level: usize, text: impl Display) {
        self.paragraph(format_args!("{} {text}", "#".repeat(level)));
    }

    pub(super) fn event(&self, key: &NaturalKey) -> String {
        let known = self
            .report
            .log
            .iter()
            .find(|line| line.event.as_ref() == Some(key));
        known.map_or_else(
            || code(&key.0),
            |line| format!("{} ({})", inline(&line.label), words::when(&line.at)),
        )
    }

    pub(super) fn byline(&mut self, said: &Said) {
        let read_by = words::read_by(said);
        let read_by = if read_by.is_empty() {
            String::new()
        } else {
            format!(", {read_by}")
        };
        self.paragraph(format_args!(
            "{} ({}), {}, {}{read_by}",
            inline(&said.login),
            words::side(&said.side),
            words::when(&said.at),
            said.place
        ));
        if let Some(at) = said.deleted_at {
            self.paragraph(format_args!(
                "Deleted {}; the text is what stood there before.",
                words::when(&at)
            ));
        }
        if let Some(remark) = &said.remark {
            self.paragraph(inline(remark));
        }
    }

    pub(super) fn concerns(&mut self, gaps: &[GapId]) {
        if !gaps.is_empty() {
            let gaps: Vec<&str> = gaps.iter().map(GapId::as_str).collect();
            self.paragraph(format_args!("Concerns {}.", gaps.join(", ")));
        }
    }

    pub(super) fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            let text = if clause.text.is_empty() {
                &clause.title
            } else {
                &clause.text
            };
            self.line(format_args!("- {}: {}", clause.id, inline(text)));
        }
        if !clauses.is_empty() {
            self.line("");
        }
    }

    pub(super) fn part(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.named_quote(name, text),
            None => self.paragraph(format_args!("**{name}**: nothing written")),
        }
    }

    pub(super) fn part_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.named_quote(name, text);
        }
    }

    pub(super) fn named_quote(&mut self, name: &str, text: &str) {
        self.paragraph(format_args!("**{name}**"));
        self.quote(text);
    }

    pub(super) fn quote(&mut self, text: &str) {
        self.paragraph(quoted(text));
    }

    pub(super) fn history(&mut self, history: &[Revision]) {
        for old in history {
            self.paragraph(format_args!("Until {} it read:", words::when(&old.until)));
            self.quote(&old.text);
        }
    }

    pub(super) fn reply(&mut self, said: &Said) {
        self.paragraph(format_args!("**{}**", words::reply(said)));
        self.byline(said);
        self.quote(&words::spoken(said));
        self.history(&said.history);
    }

    pub(super) fn run(&mut self, run: &CommandRun) {
        self.paragraph(format_args!(
            "{} {} after {}.",
            code(&words::command_line(run)),
            inline(&words::exit(&run.exit)),
            words::duration(&run.duration_ms)
        ));
        self.output("Standard output", &run.stdout);
        self.output("Standard error", &run.stderr);
    }

    pub(super) fn output(&mut self, name: &str, output: &Output) {
        if output.head.is_empty() && output.tail.is_empty() {
            return;
        }
        let cut = if output.tail.is_empty() {
            String::new()
        } else {
            format!("\n[…]\n{}", output.tail)
        };
        self.paragraph(format_args!("{name}, {} bytes:", output.bytes));
        self.paragraph(fenced(&format!("{}{cut}", output.head)));
    }
}

pub(super) fn ids(clauses: &[Clause]) -> String {
    clauses
        .iter()
        .map(|clause| clause.id.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
