//! Everything that happened, in order of time: the timeline in words.

use super::conversation::Conversation;
use super::facts::Facts;
use super::model::{LogLine, Person, Said};
use super::{ending, text, words};
use crate::clock::Timestamp;
use crate::work_sample::{Delivery, EntryKind, NaturalKey, Push, WorkSample, key};

pub(super) fn log(facts: &Facts<'_>, conversation: &Conversation) -> Vec<LogLine> {
    let mut lines = Log(Vec::new());
    lines.lifecycle(facts.ws);
    lines.results(facts.ws);
    lines.conversation(conversation);
    lines.code(facts.ws);
    for line in ending::lines(facts.ws) {
        lines.add(line.at, line.event, line.label, "the service", line.what);
    }
    for delivery in &facts.ws.deliveries {
        lines.delivery(facts, delivery);
    }
    let mut lines = lines.0;
    // Derived order: time, then event, then words. No two lines of one moment can change places.
    lines.sort();
    lines
}

struct Log(Vec<LogLine>);

impl Log {
    fn add(
        &mut self,
        at: Timestamp,
        event: Option<NaturalKey>,
        label: &str,
        who: &str,
        what: String,
    ) {
        self.0.push(LogLine {
            at,
            event,
            label: label.to_owned(),
            who: who.to_owned(),
            what,
        });
    }

    fn lifecycle(&mut self, ws: &WorkSample) {
        let service = "the service";
        self.add(
            ws.drafted_at,
            Some(key::drafted()),
            "drafted",
            service,
            "The work sample was drafted".to_owned(),
        );
        if let Some(at) = ws.offered_at {
            let until = ws.offer_expires_at.map_or_else(String::new, |end| {
                format!(", open until {}", words::date(&end))
            });
            self.add(
                at,
                Some(key::offered()),
                "offered",
                service,
                format!("The offer went out{until}"),
            );
        }
        if let Some(at) = ws.accepted_at {
            let login = ws
                .login
                .as_ref()
                .map_or_else(String::new, |login| format!(" as {login}"));
            self.add(
                at,
                Some(key::accepted()),
                "accepted",
                "the candidate",
                format!("The terms were accepted{login}"),
            );
        }
        if let Some(at) = ws.provisioned_at {
            self.add(
                at,
                Some(key::provisioned()),
                "ready",
                service,
                "The repository was ready".to_owned(),
            );
        }
        for (index, extension) in ws.extensions.iter().enumerate() {
            let what = format!(
                "The due time was moved to {}: {}",
                words::date(&extension.due_at),
                text::one_line(&extension.reason)
            );
            self.add(
                extension.at,
                Some(key::extended(index + 1)),
                "extended",
                &by(&words::person(&extension.by)),
                what,
            );
        }
        if let Some(ended) = &ws.ended {
            let reason = ended.reason.as_deref().map_or_else(String::new, |reason| {
                format!(": {}", text::one_line(reason))
            });
            let state = words::state(&ws.state);
            self.add(
                ended.at,
                None,
                "ended",
                &by(&words::person(&ended.by)),
                format!("The work sample ended early{reason} (now {state})"),
            );
        }
        for trouble in &ws.stuck {
            let what = format!(
                "The service needed a person at “{}”: {}",
                text::one_line(&trouble.step),
                text::one_line(&trouble.reason)
            );
            self.add(trouble.at, None, "trouble", service, what);
        }
        if let Some(at) = ws.closed_at {
            self.add(
                at,
                Some(key::closed()),
                "closed",
                service,
                "The work sample was closed".to_owned(),
            );
        }
    }

    fn results(&mut self, ws: &WorkSample) {
        for assessment in &ws.assessments {
            let what = format!(
                "The acceptance checks of commit {} were started",
                assessment.sha.short()
            );
            self.add(
                assessment.started_at,
                Some(key::assessed(&assessment.sha)),
                "assessed",
                "the service",
                what,
            );
        }
        for one in &ws.not_assessable {
            let what = format!(
                "Commit {} could not be assessed: {}",
                one.sha.short(),
                text::one_line(&one.reason)
            );
            self.add(
                one.at,
                Some(key::not_assessable(&one.sha)),
                "not assessable",
                "the service",
                what,
            );
        }
        for one in &ws.judgements {
            let (_, verdict) = words::verdict(&Some(one.verdict));
            let what = format!(
                "{} was judged on commit {}: {verdict}",
                one.criterion,
                one.sha.short()
            );
            self.add(
                one.at,
                Some(one.key.clone()),
                "judged",
                &by(&words::person(&one.by)),
                what,
            );
        }
        if let Some(owed) = &ws.obligation {
            let what = format!(
                "{} fell due because {}; to be paid by {}",
                owed.amount,
                words::obligation(&owed.reason),
                words::date(&owed.pay_by)
            );
            self.add(owed.fell_due_at, None, "pay due", "the terms", what);
        }
        for payout in &ws.payouts {
            let what = format!(
                "{} was paid, reference {}",
                payout.amount,
                text::one_line(&payout.reference)
            );
            self.add(
                payout.at,
                Some(payout.key.clone()),
                "paid",
                &by(&words::person(&payout.by)),
                what,
            );
        }
        if let Some(decision) = &ws.decision {
            let what = format!("A person decided: {}", words::outcome(&decision.outcome));
            self.add(
                decision.at,
                Some(decision.key.clone()),
                "decided",
                &by(&words::person(&decision.by)),
                what,
            );
        }
    }

    fn conversation(&mut self, conversation: &Conversation) {
        for one in &conversation.memos {
            self.said(&one.said, "memo", "The understanding memo".to_owned());
        }
        for one in &conversation.questions {
            let clauses: Vec<&str> = one
                .said
                .clauses
                .iter()
                .map(|clause| clause.id.as_str())
                .collect();
            let about = if clauses.is_empty() {
                String::new()
            } else {
                format!(" on {}", clauses.join(", "))
            };
            self.said(
                &one.said,
                &one.label,
                format!("Question {}{about}{}", one.label, titled(&one.said)),
            );
            for answer in &one.answers {
                let (label, what) = match answer.kind {
                    EntryKind::Note => ("reply", "Reply"),
                    _ => ("answer", "Answer"),
                };
                self.said(
                    answer,
                    &format!("{label} to {}", one.label),
                    format!("{what} to {}", one.label),
                );
            }
        }
        for one in &conversation.updates {
            self.said(
                &one.said,
                &one.label,
                format!("Progress update {}{}", one.label, titled(&one.said)),
            );
        }
        for one in &conversation.decisions {
            self.said(
                &one.said,
                &one.label,
                format!("Decision {}{}", one.label, titled(&one.said)),
            );
            for reply in &one.replies {
                let kind = words::reply(reply);
                let link = if reply.kind == EntryKind::Note {
                    "to"
                } else {
                    "of"
                };
                self.said(
                    reply,
                    &format!("{kind} {link} {}", one.label),
                    format!("{} was answered by a {kind}", one.label),
                );
            }
        }
        for one in &conversation.others {
            let kind = words::kind(&one.kind);
            self.said(
                one,
                kind,
                format!("A {kind} in {}{}", one.place, titled(one)),
            );
        }
    }

    /// The line of a text, and one for each edit and for its deletion.
    fn said(&mut self, said: &Said, label: &str, what: String) {
        self.add(
            said.at,
            Some(said.event.clone()),
            label,
            &author(said),
            what,
        );
        for revision in &said.history {
            self.add(
                revision.until,
                None,
                label,
                &author(said),
                format!("The text of “{label}” was edited"),
            );
        }
        if let Some(at) = said.deleted_at {
            self.add(
                at,
                None,
                label,
                &author(said),
                format!("The text of “{label}” was deleted"),
            );
        }
    }

    fn delivery(&mut self, facts: &Facts<'_>, delivery: &Delivery) {
        let sha = delivery
            .sha
            .as_ref()
            .map_or("no known commit".to_owned(), |sha| {
                format!("commit {}", sha.short())
            });
        let late = if delivery.late {
            ", after the due time"
        } else {
            ""
        };
        let what = format!("Delivery of {sha}{late}");
        match facts
            .ws
            .entries
            .iter()
            .find(|entry| entry.key == delivery.delivery)
        {
            Some(entry) => self.said(&facts.said(entry), "delivery", what),
            None => self.add(
                delivery.at,
                Some(delivery.key.clone()),
                "delivery",
                "the candidate",
                what,
            ),
        }
    }

    fn code(&mut self, ws: &WorkSample) {
        for push in &ws.pushes {
            let label = format!("push {}", push.after.short());
            let who = format!(
                "{} ({})",
                text::one_line(&push.login),
                words::side(&push.side)
            );
            self.add(push.at, Some(push.key.clone()), &label, &who, pushed(push));
        }
        for check in &ws.checks {
            let what = format!(
                "CI check “{}” on commit {}: {}",
                text::one_line(&check.name),
                check.sha.short(),
                text::one_line(&check.conclusion)
            );
            self.add(check.at, Some(check.key.clone()), "CI check", "CI", what);
        }
        for closing in &ws.closings {
            self.add(
                closing.at,
                Some(closing.key.clone()),
                "conversation",
                &words::named(&words::person(&closing.by)),
                closing.text.clone(),
            );
        }
        for event in &ws.repository_events {
            self.add(
                event.at,
                Some(event.key.clone()),
                if event.alarm { "alarm" } else { "repository" },
                "GitHub",
                text::one_line(&event.text),
            );
        }
    }
}

fn pushed(push: &Push) -> String {
    let branch = text::one_line(words::branch(&push.git_ref));
    if push.after.is_zero() {
        return format!("The branch {branch} was deleted");
    }
    let more = if push.cut {
        " (there is more to it than was read)"
    } else {
        ""
    };
    format!(
        "{} pushed to {branch}{}{more}",
        words::count(push.commits.len(), "commit", "commits"),
        words::by_force(push.forced, &push.before, &push.after)
    )
}

fn titled(said: &Said) -> String {
    if said.title.is_empty() {
        String::new()
    } else {
        format!(": {}", said.title)
    }
}

fn author(said: &Said) -> String {
    format!("{} ({})", said.login, words::side(&said.side))
}

fn by(person: &Person) -> String {
    words::named(person)
}
