//! What was written, and who waited for whom.

use super::escape::{code, inline};
use super::page::Page;
use crate::report::model::{Decision, Delivery, Question, WaitLine};
use crate::report::words;
use crate::work_sample::EntryKind;

impl Page<'_> {
    pub(super) fn decision(&mut self, one: &Decision) {
        self.heading(
            4,
            format_args!("{}: {}", one.label, inline(&one.said.title)),
        );
        self.byline(&one.said);
        self.concerns(&one.gaps);
        self.clauses(&one.said.clauses);
        self.part("What the spec leaves open", one.open_point.as_deref());
        self.part("Options", one.options.as_deref());
        self.part("What I chose and why", one.choice.as_deref());
        self.part_if("Besides", one.rest.as_deref());
        self.history(&one.said.history);
        one.replies.iter().for_each(|reply| self.reply(reply));
        self.paragraph(words::replied(&one.waited));
    }

    pub(super) fn questions(&mut self) {
        self.heading(2, "Questions");
        if self.report.questions.is_empty() {
            self.paragraph("No question was asked.");
        }
        for one in &self.report.questions {
            self.question(one);
        }
    }

    pub(super) fn question(&mut self, one: &Question) {
        self.heading(
            3,
            format_args!("{}: {}", one.label, inline(&one.said.title)),
        );
        self.byline(&one.said);
        self.concerns(&one.gaps);
        self.clauses(&one.said.clauses);
        self.part_if("The question", one.rest.as_deref());
        self.part("What I already know", one.context.as_deref());
        self.part("My own assessment", one.own_assessment.as_deref());
        self.part("What I do if I hear nothing", one.default_action.as_deref());
        self.part("Blocking?", one.blocking.as_deref());
        self.history(&one.said.history);
        one.answers.iter().for_each(|answer| self.reply(answer));
        self.paragraph(words::answered(&one.waited));
    }

    pub(super) fn updates(&mut self) {
        self.heading(2, "Progress updates");
        self.paragraph(format_args!(
            "The spec asks for one every {} hours.",
            self.report.spec.update_every_hours
        ));
        if self.report.updates.is_empty() {
            self.paragraph("No progress update was written.");
        }
        let mut since = "the work could begin";
        for one in &self.report.updates {
            self.heading(
                3,
                format_args!("{}: {}", one.label, inline(&one.said.title)),
            );
            self.byline(&one.said);
            if let Some(seconds) = one.seconds_since_last {
                self.paragraph(format_args!("{} after {since}.", words::span(&seconds)));
            }
            since = "the update before";
            self.part("Done", one.done.as_deref());
            self.part("Next", one.next.as_deref());
            self.part("Blocked", one.blocked.as_deref());
            self.part("Changed estimate", one.estimate.as_deref());
            self.part_if("Besides", one.rest.as_deref());
            self.history(&one.said.history);
        }
    }

    pub(super) fn memo_and_others(&mut self) {
        self.heading(2, "Memo and other texts");
        if self.report.memos.is_empty() {
            self.paragraph("No understanding memo was written.");
        }
        for one in &self.report.memos {
            self.heading(3, "Understanding memo");
            self.byline(&one.said);
            self.part("What I understood", one.understanding.as_deref());
            self.part("Open questions", one.open_questions.as_deref());
            self.part("My approach", one.approach.as_deref());
            self.part_if("Besides", one.rest.as_deref());
            self.history(&one.said.history);
        }
        for one in &self.report.other_texts {
            let (kind, title) = (words::kind(&one.kind), inline(&one.title));
            match one.kind {
                _ if title.is_empty() => self.heading(3, kind),
                EntryKind::Kickoff => self.heading(3, title),
                _ => self.heading(3, format_args!("{kind}: {title}")),
            }
            self.byline(one);
            self.quote(&words::spoken(one));
            self.history(&one.history);
        }
    }

    pub(super) fn waiting(&mut self) {
        let waiting = &self.report.waiting;
        self.heading(2, "Who waited for whom");
        self.paragraph(format_args!(
            "A question was without an answer for {} in all, hours with several open questions counted once; for {} of it one was blocking.",
            words::span(&waiting.seconds_with_open_question),
            words::span(&waiting.seconds_with_blocking_question)
        ));
        self.waits("The candidate waited for the team", &waiting.for_team);
        self.waits("The team waited for the candidate", &waiting.for_candidate);
    }

    pub(super) fn waits(&mut self, title: &str, lines: &[WaitLine]) {
        self.heading(3, title);
        for line in lines {
            self.line(format_args!(
                "- {}: {}",
                inline(&line.what),
                words::wait(&line.wait)
            ));
        }
        self.line(if lines.is_empty() { "Nothing.\n" } else { "" });
    }

    pub(super) fn delivery(&mut self) {
        self.heading(2, "Delivery");
        if self.report.deliveries.is_empty() {
            self.paragraph("Nothing was delivered.");
        }
        for one in &self.report.open_deliveries {
            let at = words::date(&one.at);
            self.paragraph(format_args!(
                "Declared {at}, delivered nothing: {}",
                inline(&one.why)
            ));
        }
        for one in &self.report.deliveries {
            let Delivery {
                at,
                sha,
                late,
                counts,
                said,
                notes,
                ..
            } = one;
            let sha = sha
                .as_ref()
                .map_or("no commit known".to_owned(), |sha| code(sha.as_str()));
            let late = if *late { ", after the due time" } else { "" };
            let counts = if *counts { ", the one that counts" } else { "" };
            self.paragraph(format_args!("{}: {sha}{late}{counts}", words::date(at)));
            for note in notes {
                self.paragraph(inline(note));
            }
            if let Some(said) = said {
                self.byline(said);
                self.quote(&words::spoken(said));
                self.history(&said.history);
            }
        }
    }
}
