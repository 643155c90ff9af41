//! The report as Markdown. What people wrote is quoted, and quoted so that it can not become a heading, a link or a picture
//! of the report: prose as a block quote with every sign of Markdown escaped, code in a fence longer than any inside it.

use std::fmt::{Display, Write as _};

use super::model::{Clause, Decision, Delivery, Gap, Question, Report, Revision, Said, WaitLine};
use super::words;
use crate::acceptance::{CommandRun, Output};
use crate::ids::GapId;
use crate::work_sample::NaturalKey;

pub(super) fn write(report: &Report) -> String {
    let mut page = Page {
        report,
        out: String::new(),
    };
    page.head();
    page.acceptance();
    page.findings();
    page.gaps();
    page.questions();
    page.updates();
    page.memo_and_others();
    page.waiting();
    page.code();
    page.delivery();
    page.pay();
    page.human_decision();
    page.log();
    page.spec();
    page.out
}

struct Page<'a> {
    report: &'a Report,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, line: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    /// A paragraph of its own.
    fn paragraph(&mut self, text: impl Display) {
        self.line(text);
        self.line("");
    }

    fn heading(&mut self, level: usize, text: impl Display) {
        self.paragraph(format_args!("{} {text}", "#".repeat(level)));
    }

    fn head(&mut self) {
        let r = self.report;
        let login = r
            .candidate
            .login
            .as_ref()
            .map_or_else(String::new, |login| format!(" ({login} on GitHub)"));
        self.heading(
            1,
            format_args!("Process report: {}", inline(&r.candidate.name)),
        );
        self.paragraph(format_args!("{}", inline(&r.notice)));
        self.line(format_args!(
            "- Candidate: {}{login}",
            inline(&r.candidate.name)
        ));
        self.line(format_args!(
            "- Work sample: {}",
            code(r.work_sample.as_str())
        ));
        self.line(format_args!(
            "- Spec: {}, {} version {}, {}",
            inline(&r.spec.title),
            r.spec.slug,
            inline(&r.spec.version),
            code(r.spec.digest.as_str())
        ));
        self.line(format_args!("- State: {}", words::state(&r.state)));
        let dates = &r.milestones;
        for (name, at) in [
            ("Accepted", dates.accepted_at),
            ("Repository ready", dates.provisioned_at),
            ("Due", dates.due_at),
            ("Delivered", dates.delivered_at),
        ] {
            if let Some(at) = at {
                let late = if name == "Delivered" && dates.delivered_late {
                    ", after the due time"
                } else {
                    ""
                };
                self.line(format_args!("- {name}: {}{late}", words::date(&at)));
            }
        }
        for one in &dates.extensions {
            self.line(format_args!(
                "- Extended on {} to {} by {}: {}",
                words::date(&one.at),
                words::date(&one.due_at),
                inline(&words::named(&one.by)),
                inline(&one.reason)
            ));
        }
        if let Some(ended) = &dates.ended {
            let reason = ended
                .reason
                .as_deref()
                .map_or_else(String::new, |reason| format!(": {}", inline(reason)));
            self.line(format_args!(
                "- Ended early on {} by {}{reason}",
                words::date(&ended.at),
                inline(&words::named(&ended.by))
            ));
        }
        if let Some(repository) = &r.repository {
            self.line(format_args!(
                "- Repository: {}",
                code(&repository.full_name)
            ));
        }
        self.paragraph("- All times are UTC and are times of receipt, but for author dates of commits, which are claims.");
    }

    fn acceptance(&mut self) {
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

    fn findings(&mut self) {
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

    fn gaps(&mut self) {
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

    fn gap(&mut self, gap: &Gap) {
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

    fn decision(&mut self, one: &Decision) {
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
        if one.waited.came {
            self.paragraph(format_args!(
                "The team replied after {}.",
                words::wait(&one.waited)
            ));
        } else {
            self.paragraph(format_args!(
                "The team neither confirmed nor redirected it ({}).",
                words::wait(&one.waited)
            ));
        }
    }

    fn questions(&mut self) {
        self.heading(2, "Questions");
        if self.report.questions.is_empty() {
            self.paragraph("No question was asked.");
        }
        for one in &self.report.questions {
            self.question(one);
        }
    }

    fn question(&mut self, one: &Question) {
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
        let result = if one.waited.came {
            "Answered after"
        } else {
            "Not answered:"
        };
        self.paragraph(format_args!("{result} {}.", words::wait(&one.waited)));
    }

    fn updates(&mut self) {
        self.heading(2, "Progress updates");
        self.paragraph(format_args!(
            "The spec asks for one every {} hours.",
            self.report.spec.update_every_hours
        ));
        if self.report.updates.is_empty() {
            self.paragraph("No progress update was written.");
        }
        for one in &self.report.updates {
            self.heading(
                3,
                format_args!("{}: {}", one.label, inline(&one.said.title)),
            );
            self.byline(&one.said);
            if let Some(seconds) = one.seconds_since_last {
                self.paragraph(format_args!(
                    "{} after the update before, or after the work could begin.",
                    words::span(&seconds)
                ));
            }
            self.part("Done", one.done.as_deref());
            self.part("Next", one.next.as_deref());
            self.part("Blocked", one.blocked.as_deref());
            self.part("Changed estimate", one.estimate.as_deref());
            self.part_if("Besides", one.rest.as_deref());
            self.history(&one.said.history);
        }
    }

    fn memo_and_others(&mut self) {
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
            self.heading(
                3,
                format_args!("{} {}", words::kind(&one.kind), inline(&one.title)),
            );
            self.byline(one);
            self.quote(&one.text);
            self.history(&one.history);
        }
    }

    fn waiting(&mut self) {
        let waiting = &self.report.waiting;
        self.heading(2, "Who waited for whom");
        self.paragraph(format_args!(
            "A question was without an answer for {} in all, hours with several open questions counted once; for {} of it one was blocking.",
            words::span(&waiting.seconds_with_open_question),
            words::span(&waiting.seconds_with_blocking_question)
        ));
        if let Some(silence) = &waiting.longest_silence {
            self.paragraph(format_args!(
                "The candidate's longest stretch without a written word was {}, from {}.",
                words::wait(silence),
                words::when(&silence.from)
            ));
        }
        self.waits("The candidate waited for the team", &waiting.for_team);
        self.waits("The team waited for the candidate", &waiting.for_candidate);
    }

    fn waits(&mut self, title: &str, lines: &[WaitLine]) {
        self.heading(3, title);
        for line in lines {
            let missing = if line.wait.came { "" } else { "did not come; " };
            self.line(format_args!(
                "- {}: {missing}{}",
                inline(&line.what),
                words::wait(&line.wait)
            ));
        }
        self.line(if lines.is_empty() { "Nothing.\n" } else { "" });
    }

    fn code(&mut self) {
        let r = self.report;
        self.heading(2, "Pushes and files");
        if r.pushes.is_empty() {
            self.paragraph("Nothing was pushed.");
        }
        for push in &r.pushes {
            let forced = if push.forced {
                format!(", force push replacing {}", code(push.before.short()))
            } else {
                String::new()
            };
            let branch = code(words::branch(&push.git_ref));
            self.line(format_args!(
                "- {}: {} to {branch} by {} ({}), {}{forced}",
                words::when(&push.at),
                code(push.after.short()),
                inline(&push.login),
                words::side(&push.side),
                words::count(push.commit_count, "commit", "commits")
            ));
            for commit in &push.commits {
                let claimed = commit
                    .claimed_at
                    .map_or_else(String::new, |at| format!(", {}", words::date(&at)));
                self.line(format_args!(
                    "  - {} {} (claims {}{claimed}; {})",
                    code(commit.sha.short()),
                    inline(words::headline(&commit.message)),
                    inline(&commit.claimed_author),
                    words::touched(commit)
                ));
            }
        }
        self.line("");
        for check in &r.ci_checks {
            self.line(format_args!(
                "- CI check, a claim: {} on {}: {}",
                inline(&check.name),
                code(check.sha.short()),
                inline(&check.conclusion)
            ));
        }
        self.heading(3, "Changed files");
        if r.changed_files.is_empty() {
            self.paragraph(
                "No changed files are known; they are read when the delivered commit is assessed.",
            );
            return;
        }
        let globs: Vec<String> = r.spec.boundary.iter().map(|glob| code(glob)).collect();
        self.paragraph(format_args!(
            "The delivered commit against the first one. The boundary is {}.",
            globs.join(", ")
        ));
        self.line("| File | Change | Added | Removed | Boundary |");
        self.line("| --- | --- | ---: | ---: | --- |");
        for file in &r.changed_files {
            let boundary = if file.within_boundary {
                "inside"
            } else {
                "**outside**"
            };
            self.line(format_args!(
                "| {} | {} | {} | {} | {boundary} |",
                inline(&file.path),
                words::change(&file.change),
                file.added,
                file.removed
            ));
        }
        self.line("");
    }

    fn delivery(&mut self) {
        self.heading(2, "Delivery");
        if self.report.deliveries.is_empty() {
            self.paragraph("Nothing was delivered.");
        }
        for one in &self.report.deliveries {
            let Delivery {
                at,
                sha,
                late,
                counts,
                said,
                ..
            } = one;
            let sha = sha
                .as_ref()
                .map_or("no commit known".to_owned(), |sha| code(sha.as_str()));
            let late = if *late { ", after the due time" } else { "" };
            let counts = if *counts { ", the one that counts" } else { "" };
            self.paragraph(format_args!("{}: {sha}{late}{counts}", words::date(at)));
            if let Some(said) = said {
                self.byline(said);
                self.quote(&said.text);
                self.history(&said.history);
            }
        }
    }

    fn pay(&mut self) {
        let pay = &self.report.pay;
        self.heading(2, "Pay");
        self.paragraph(format_args!("Paid for the work, never for passing. The terms promise {} on delivery, to be paid within {} days.", pay.agreed, self.report.terms.pay_within_days));
        match &pay.obligation {
            Some(owed) => self.paragraph(format_args!(
                "{} fell due on {} because {}, to be paid by {}.",
                owed.amount,
                words::date(&owed.fell_due_at),
                words::obligation(&owed.reason),
                words::date(&owed.pay_by)
            )),
            None => self.paragraph("Nothing has fallen due."),
        }
        for one in &pay.payouts {
            self.paragraph(format_args!(
                "{} paid on {}, recorded by {}, reference {}.",
                one.amount,
                words::date(&one.at),
                inline(&words::named(&one.by)),
                code(&one.reference)
            ));
        }
        if pay.payouts.is_empty() && pay.obligation.is_some() {
            self.paragraph("No payment has been recorded.");
        }
    }

    fn human_decision(&mut self) {
        self.heading(2, "The human decision");
        match &self.report.human_decision {
            Some(one) => {
                self.paragraph(format_args!(
                    "**{}** decided on {}: **{}**.",
                    inline(&words::named(&one.by)),
                    words::date(&one.at),
                    words::outcome(&one.outcome)
                ));
                self.quote(&one.reason);
            }
            None => self.paragraph("Nobody has decided yet."),
        }
        self.paragraph(
            "A named person's own judgement. No program derived it from what stands above.",
        );
    }

    fn log(&mut self) {
        let r = self.report;
        if !r.troubles.is_empty() {
            self.heading(2, "Troubles of the service");
            self.paragraph("None of these was the candidate's doing.");
            for one in &r.troubles {
                self.line(format_args!(
                    "- {}, {}: {}",
                    words::when(&one.at),
                    inline(&one.step),
                    inline(&one.reason)
                ));
            }
            self.line("");
        }
        self.heading(2, "Everything that happened");
        self.line("| When (UTC) | Who | What |");
        self.line("| --- | --- | --- |");
        for line in &r.log {
            self.line(format_args!(
                "| {} | {} | {} |",
                words::moment(&line.at),
                inline(&line.who),
                inline(&line.what)
            ));
        }
        self.line("");
    }

    fn spec(&mut self) {
        let r = self.report;
        self.heading(2, "Spec and terms");
        self.quote(&r.spec.summary);
        self.clauses(&r.spec.clauses);
        let terms = &r.terms;
        self.line(format_args!(
            "- Pay: {}, within {} days of delivery",
            terms.pay, terms.pay_within_days
        ));
        self.line(format_args!(
            "- Timebox: {} h, due at most {} days after acceptance",
            terms.timebox_hours, terms.due_days
        ));
        self.line(format_args!(
            "- Early ends: {} % on withdrawal, {} % on cancellation",
            terms.withdrawn_percent.get(),
            terms.cancelled_percent.get()
        ));
        self.line(format_args!("- Ownership: {}", inline(&terms.ownership)));
        self.line(format_args!("- Use of AI: {}", inline(&terms.ai_policy)));
        self.line(format_args!("- Recorded: {}", inline(&terms.recorded)));
    }

    // ── pieces ──

    fn event(&self, key: &NaturalKey) -> String {
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

    fn byline(&mut self, said: &Said) {
        let read_by = words::read_by(&said.read_by);
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

    fn concerns(&mut self, gaps: &[GapId]) {
        if !gaps.is_empty() {
            let gaps: Vec<&str> = gaps.iter().map(GapId::as_str).collect();
            self.paragraph(format_args!("Concerns {}.", gaps.join(", ")));
        }
    }

    fn clauses(&mut self, clauses: &[Clause]) {
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

    fn part(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.named_quote(name, text),
            None => self.paragraph(format_args!("**{name}**: nothing written")),
        }
    }

    fn part_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.named_quote(name, text);
        }
    }

    fn named_quote(&mut self, name: &str, text: &str) {
        self.paragraph(format_args!("**{name}**"));
        self.quote(text);
    }

    fn quote(&mut self, text: &str) {
        self.paragraph(quoted(text));
    }

    fn history(&mut self, history: &[Revision]) {
        for old in history {
            self.paragraph(format_args!("Until {} it read:", words::when(&old.until)));
            self.quote(&old.text);
        }
    }

    fn reply(&mut self, said: &Said) {
        self.paragraph(format_args!("**{}**", words::kind(&said.kind)));
        self.byline(said);
        self.quote(&said.text);
        self.history(&said.history);
    }

    fn run(&mut self, run: &CommandRun) {
        self.paragraph(format_args!(
            "{} {} after {}.",
            code(&words::command_line(run)),
            inline(&words::exit(&run.exit)),
            words::duration(&run.duration_ms)
        ));
        self.output("Standard output", &run.stdout);
        self.output("Standard error", &run.stderr);
    }

    fn output(&mut self, name: &str, output: &Output) {
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

fn ids(clauses: &[Clause]) -> String {
    clauses
        .iter()
        .map(|clause| clause.id.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text of several lines from outside.
fn quoted(text: &str) -> String {
    let is_code = text.lines().any(|line| {
        line.starts_with("    ")
            || line.contains('\t')
            || line.contains("```")
            || line.contains("~~~")
    });
    if is_code {
        return fenced(text);
    }
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| format!("> {}", escaped(line.trim())))
        .collect();
    if lines.is_empty() {
        return "> (empty)".to_owned();
    }
    // Two spaces at the end keep the line ends as they were written.
    lines.join("  \n")
}

/// Text in a fence of its own, longer than any run of backticks inside.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text within a line: line ends become spaces, signs of Markdown are escaped.
fn inline(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A name or an address as code, within a line and a table.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '|'], " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Escapes what could begin anything in Markdown, and leaves alone what could not.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    for (index, c) in line.char_indices() {
        let first = index == 0;
        let always = matches!(
            c,
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~'
        );
        let at_start = first && matches!(c, '#' | '-' | '+' | '=');
        let number = matches!(c, '.' | ')')
            && index > 0
            && line[..index].bytes().all(|b| b.is_ascii_digit());
        // An underscore within a word means nothing to Markdown.
        let underscore = c == '_' && !within_a_word(line, index);
        if always || at_start || number || underscore {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn within_a_word(line: &str, index: usize) -> bool {
    let before = line[..index]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let after = line[index + 1..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric);
    before && after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    /// Does anything in it act: headings, links, pictures, HTML, tables, lists, emphasis, rules?
    fn acts(markdown: &str, quote: bool) -> Vec<String> {
        Parser::new_ext(markdown, Options::all())
            .filter(|event| match event {
                Event::Start(Tag::Paragraph | Tag::CodeBlock(_))
                | Event::End(_)
                | Event::Text(_)
                | Event::SoftBreak
                | Event::HardBreak => false,
                Event::Start(Tag::BlockQuote(None)) => !quote,
                _ => true,
            })
            .map(|event| format!("{event:?}"))
            .collect()
    }

    fn markdownish() -> impl Strategy<Value = String> {
        r#"([ \t\n#>*_`~\[\]()!<&|=.+:$^{}\\a1-]|\n\n|```|~~~|\n# |\n===|\n---|\n1\. |https://a\.b|<b>|!\[a\]\(b\)|\[\^1\]|\$\$){0,40}"#
    }

    #[test]
    fn prose_stays_readable_and_code_stays_verbatim() {
        assert_eq!(
            quoted("Should replay_key be kept?\n# Not a heading"),
            "> Should replay_key be kept?  \n> \\# Not a heading"
        );
        assert_eq!(
            quoted("```\nlet a = 1;\n```"),
            "````text\n```\nlet a = 1;\n```\n````"
        );
    }

    proptest! {
        #[test]
        fn quoted_text_can_not_become_anything_but_text(text in markdownish()) {
            let page = format!("# Head\n\n{}\n\nafter", quoted(&super::super::text::several_lines(&text)));
            let acting = acts(page.trim_start_matches("# Head"), true);
            prop_assert!(acting.is_empty(), "{:?} in {}", acting, page);
        }

        #[test]
        fn text_within_a_line_stays_text(text in markdownish()) {
            let page = format!("Said: {}", inline(&super::super::text::several_lines(&text)));
            let acting = acts(&page, false);
            prop_assert!(acting.is_empty(), "{:?} in {}", acting, page);
        }
    }
}
