//! Who and what it is about, code, pay, the human decision, the log, the spec.

use super::escape::{code, inline};
use super::page::Page;
use crate::report::words;

impl Page<'_> {
    pub(super) fn head(&mut self) {
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

    pub(super) fn code(&mut self) {
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
                    words::count(words::files(commit), "file", "files")
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
        if !r.ci_checks.is_empty() {
            self.line("");
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

    pub(super) fn pay(&mut self) {
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

    pub(super) fn human_decision(&mut self) {
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

    pub(super) fn log(&mut self) {
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

    pub(super) fn spec(&mut self) {
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
}
