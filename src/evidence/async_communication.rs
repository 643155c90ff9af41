//! Async communication: what questions and updates carried, and who waited for whom. The team's waiting time stands
//! beside the candidate's.

use chrono::Duration;

use super::spec_reading::capitalised;
use super::words::{clauses_of, count, list, name, quoted, span};
use super::{Dimension, Finding, keys};
use crate::clock::{Timestamp, cadence_for_people, for_people};
use crate::spec::Spec;
use crate::work_sample::{Entry, EntryKind, NaturalKey, Side, WorkSample};

const DIMENSION: Dimension = Dimension::AsyncCommunication;

pub(super) fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let questions: Vec<&Entry> = ws.entries_of(EntryKind::Question).collect();
    let mut all = Vec::new();
    if questions.is_empty() {
        all.push(Finding::not_observed(
            DIMENSION,
            "no_questions",
            "No question was asked.",
        ));
    }
    for question in &questions {
        all.push(parts(spec, question));
        all.push(waiting(ws, question));
    }
    all.extend(team_waiting(ws, &questions));
    all.extend(first_sign(ws));
    all.extend(longest_silence(spec, ws, &questions));
    all.extend(updates(spec, ws));
    all
}

/// The parts of a question that its form asks for: which are there, which are not.
fn parts(spec: &Spec, question: &Entry) -> Finding {
    let sections = &question.sections;
    let clauses = clauses_of(spec, question);
    let parts = [
        (!clauses.is_empty(), "a clause"),
        (sections.context.is_some(), "what is known already"),
        (sections.own_assessment.is_some(), "an own assessment"),
        (
            sections.default_action.is_some(),
            "what is done if nothing is heard",
        ),
    ];
    let of = |wanted: bool| -> Vec<&str> {
        parts
            .iter()
            .filter(|(there, _)| *there == wanted)
            .map(|(_, what)| *what)
            .collect()
    };
    let (there, missing) = (of(true), of(false));
    let subject = capitalised(&name(question));
    let statement = if missing.is_empty() {
        format!("{subject} gives all four parts: {}.", list(&there))
    } else if there.is_empty() {
        format!("{subject} is free text: none of the four parts of the form is there.")
    } else {
        format!(
            "{subject} gives {}; not there: {}.",
            list(&there),
            list(&missing)
        )
    };
    Finding::observed(DIMENSION, "question_parts", statement)
        .about(&question.key)
        .resting_on([&question.key])
        .naming(&clauses)
}

/// The team's first reply, with `/answer` or without.
fn first_reply<'w>(ws: &'w WorkSample, question: &'w Entry) -> Option<&'w Entry> {
    ws.replies_to(&question.key).next()
}

/// How long a question waited, and what the candidate did meanwhile.
fn waiting(ws: &WorkSample, question: &Entry) -> Finding {
    let answer = first_reply(ws, question);
    let until = answer.map(|answer| answer.at);
    let pushes: Vec<&NaturalKey> = ws
        .pushes
        .iter()
        .filter(|push| {
            push.side == Side::Candidate
                && push.at > question.at
                && until.is_none_or(|until| push.at <= until)
        })
        .map(|push| &push.key)
        .collect();
    let meanwhile = match pushes.len() {
        0 => "the candidate pushed nothing".to_owned(),
        1 => "the candidate pushed once".to_owned(),
        times => format!("the candidate pushed {times} times"),
    };
    let subject = capitalised(&name(question));
    let (code, statement) = match answer {
        Some(reply) if reply.kind != EntryKind::Answer => (
            "question_replied",
            format!(
                "{subject} got a reply from {} after {}; in between {meanwhile}.",
                reply.login,
                span(reply.at - question.at)
            ),
        ),
        Some(answer) => (
            "question_answered",
            format!(
                "{subject} was answered by {} after {}; in between {meanwhile}.",
                answer.login,
                span(answer.at - question.at)
            ),
        ),
        None if unknown_reply(ws, question).is_some() => (
            "question_replied_by_unknown",
            format!(
                "{subject} was followed by a comment of somebody whose side is not known yet; after it {meanwhile}."
            ),
        ),
        None => (
            "question_unanswered",
            format!("{subject} has no answer from the team; after it {meanwhile}."),
        ),
    };
    Finding::observed(DIMENSION, code, statement)
        .about(&question.key)
        .resting_on([&question.key])
        .resting_on(answer.map(|answer| &answer.key))
        .resting_on(unknown_reply(ws, question).map(|reply| &reply.key))
        .resting_on(pushes)
}

/// The first comment in the thread of a question by an account that could not be looked up: it may be the team's.
fn unknown_reply<'w>(ws: &'w WorkSample, question: &Entry) -> Option<&'w Entry> {
    ws.entries.iter().find(|entry| {
        entry.side == Side::Unknown
            && entry.place.number() == question.place.number()
            && entry.at > question.at
    })
}

fn team_waiting<'w>(ws: &'w WorkSample, questions: &[&'w Entry]) -> Option<Finding> {
    if questions.is_empty() {
        return None;
    }
    let answers: Vec<(&Entry, Duration)> = questions
        .iter()
        .filter_map(|question| {
            first_reply(ws, question).map(|answer| (answer, answer.at - question.at))
        })
        .collect();
    let mut waits: Vec<Duration> = answers.iter().map(|(_, wait)| *wait).collect();
    waits.sort();
    let times = match waits.as_slice() {
        [] => String::new(),
        [only] => format!(", after {}", span(*only)),
        [.., longest] => format!(
            "; the median wait was {}, the longest {}",
            span(median(&waits)),
            span(*longest)
        ),
    };
    let settled = answers
        .iter()
        .all(|(answer, _)| answer.kind == EntryKind::Answer);
    let verb = if settled { "answered" } else { "replied to" };
    Some(
        Finding::observed(
            DIMENSION,
            "team_waiting",
            format!(
                "The team {verb} {} of {}{times}.",
                answers.len(),
                count(questions.len(), "question")
            ),
        )
        .resting_on(keys(questions))
        .resting_on(answers.iter().map(|(answer, _)| &answer.key)),
    )
}

/// Of sorted spans; the mean of the middle two where there is no middle one.
fn median(sorted: &[Duration]) -> Duration {
    let middle = sorted.len() / 2;
    match (
        sorted.len() % 2,
        middle.checked_sub(1).and_then(|below| sorted.get(below)),
        sorted.get(middle),
    ) {
        (0, Some(below), Some(above)) => (*below + *above) / 2,
        (_, _, Some(middle)) => *middle,
        (_, _, None) => Duration::zero(),
    }
}

/// What the team could see of the candidate: texts, pushes, deliveries. In order of time.
fn signs(ws: &WorkSample) -> Vec<(Timestamp, &NaturalKey)> {
    let texts = ws
        .entries
        .iter()
        .filter(|entry| entry.side == Side::Candidate)
        .map(|entry| (entry.at, &entry.key));
    let pushes = ws
        .pushes
        .iter()
        .filter(|push| push.side == Side::Candidate)
        .map(|push| (push.at, &push.key));
    let deliveries = ws.deliveries.iter().map(|one| (one.at, &one.key));
    let mut signs: Vec<_> = texts.chain(pushes).chain(deliveries).collect();
    signs.sort();
    signs.dedup();
    signs
}

/// When the candidate's part came to its end: the delivery that counts, or the end of the work sample.
fn end(ws: &WorkSample) -> Option<Timestamp> {
    ws.effective_delivery()
        .map(|delivery| delivery.at)
        .or_else(|| ws.ended.as_ref().map(|ended| ended.at))
        .or_else(|| ws.decision.as_ref().map(|decision| decision.at))
        .or(ws.closed_at)
}

fn first_sign(ws: &WorkSample) -> Option<Finding> {
    let (ready, accepted) = (ws.provisioned_at?, ws.accepted_at?);
    let signs = signs(ws);
    let Some((at, key)) = signs.first() else {
        return Some(Finding::not_observed(
            DIMENSION,
            "no_sign",
            "The candidate has written and pushed nothing.",
        ));
    };
    Some(
        Finding::observed(
            DIMENSION,
            "first_sign",
            format!(
                "The candidate's first sign came {} after the acceptance and {} after the repository was ready.",
                span(*at - accepted),
                span(*at - ready)
            ),
        )
        .resting_on([*key]),
    )
}

/// The longest span without a sign, from the ready repository to the end, and how much of it the candidate waited for an
/// answer.
fn longest_silence(spec: &Spec, ws: &WorkSample, questions: &[&Entry]) -> Option<Finding> {
    let ready = ws.provisioned_at?;
    let signs = signs(ws);
    let end = end(ws).or_else(|| signs.last().map(|(at, _)| *at))?;
    let marks: Vec<(Timestamp, Option<&NaturalKey>)> = std::iter::once((ready, None))
        .chain(
            signs
                .iter()
                .filter(|(at, _)| *at > ready && *at <= end)
                .map(|(at, key)| (*at, Some(*key))),
        )
        .chain(std::iter::once((end, None)))
        .collect();
    let (from, to) = marks
        .iter()
        .zip(marks.iter().skip(1))
        .rev()
        .max_by_key(|(from, to)| to.0 - from.0)?;
    let waited: Duration = covered(
        from.0,
        to.0,
        questions.iter().map(|question| {
            (
                question.at,
                first_reply(ws, question).map_or(end, |answer| answer.at),
            )
        }),
    );
    let waited = if waited >= Duration::minutes(1) {
        format!(
            "; for {} of it a question waited for the team's answer",
            span(waited)
        )
    } else {
        String::new()
    };
    Some(
        Finding::observed(
            DIMENSION,
            "longest_silence",
            format!(
                "The longest span without a sign from the candidate was {}, from {} to {}{waited}. The spec asks for an update every {}.",
                span(to.0 - from.0),
                for_people(from.0),
                for_people(to.0),
                cadence_for_people(Duration::hours(i64::from(spec.updates.every_hours)))
            ),
        )
        .resting_on(from.1.into_iter().chain(to.1)),
    )
}

/// How much of a span lies within any of the given ones.
fn covered(
    from: Timestamp,
    to: Timestamp,
    spans: impl Iterator<Item = (Timestamp, Timestamp)>,
) -> Duration {
    let mut spans: Vec<_> = spans
        .map(|(start, end)| (start.max(from), end.min(to)))
        .filter(|(start, end)| start < end)
        .collect();
    spans.sort();
    let mut reached = from;
    let mut sum = Duration::zero();
    for (start, end) in spans {
        let start = start.max(reached);
        if end > start {
            sum += end - start;
            reached = end;
        }
    }
    sum
}

fn updates(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let Some(accepted) = ws.accepted_at else {
        return Vec::new();
    };
    let updates: Vec<&Entry> = ws.entries_of(EntryKind::Progress).collect();
    let cadence = cadence_for_people(Duration::hours(i64::from(spec.updates.every_hours)));
    if updates.is_empty() {
        return vec![Finding::not_observed(
            DIMENSION,
            "no_updates",
            format!("No progress update was given; the spec asks for one every {cadence}."),
        )];
    }
    let end = end(ws)
        .or_else(|| updates.last().map(|update| update.at))
        .unwrap_or(accepted);
    let marks: Vec<Timestamp> = std::iter::once(accepted)
        .chain(
            updates
                .iter()
                .map(|update| update.at)
                .filter(|at| *at < end),
        )
        .chain(std::iter::once(end))
        .collect();
    let longest = marks
        .iter()
        .zip(marks.iter().skip(1))
        .map(|(from, to)| *to - *from)
        .max()
        .unwrap_or_else(Duration::zero);
    let mut all = vec![
        Finding::observed(
            DIMENSION,
            "updates",
            format!(
                "{} in {} from acceptance; the longest span without one was {}. The spec asks for one every {cadence}.",
                count(updates.len(), "progress update"),
                span(end - accepted),
                span(longest)
            ),
        )
        .resting_on(keys(&updates)),
    ];
    all.push(update_parts(&updates));
    all
}

fn update_parts(updates: &[&Entry]) -> Finding {
    let missing = |update: &Entry| -> Vec<&'static str> {
        let sections = &update.sections;
        [
            (&sections.done, "done"),
            (&sections.next, "next"),
            (&sections.blocked, "blocked"),
            (&sections.estimate, "changed estimate"),
        ]
        .into_iter()
        .filter(|(part, _)| part.is_none())
        .map(|(_, what)| what)
        .collect()
    };
    let lacking: Vec<String> = updates
        .iter()
        .map(|update| (update, missing(update)))
        .filter(|(_, missing)| !missing.is_empty())
        .map(|(update, missing)| match missing.len() {
            4 => format!("{} is free text", quoted(update)),
            _ => format!("{} has nothing under {}", quoted(update), list(&missing)),
        })
        .collect();
    let whole = updates.len() - lacking.len();
    let rest = if lacking.is_empty() {
        String::new()
    } else {
        format!("; {}", lacking.join("; "))
    };
    Finding::observed(
        DIMENSION,
        "update_parts",
        format!(
            "All four parts (done, next, blocked, changed estimate) are in {whole} of {}{rest}.",
            count(updates.len(), "progress update")
        ),
    )
    .resting_on(keys(updates))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work_sample::testing::at;

    #[test]
    fn waiting_for_two_questions_at_once_is_counted_once() {
        let spans = [(at(0), at(20)), (at(10), at(30)), (at(50), at(99))];
        assert_eq!(
            covered(at(5), at(60), spans.into_iter()),
            Duration::minutes(35)
        );
        assert_eq!(
            covered(at(100), at(200), spans.into_iter()),
            Duration::zero()
        );
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let minutes = |all: &[i64]| {
            all.iter()
                .map(|m| Duration::minutes(*m))
                .collect::<Vec<_>>()
        };
        assert_eq!(median(&minutes(&[1, 3])), Duration::minutes(2));
        assert_eq!(median(&minutes(&[1, 3, 9])), Duration::minutes(3));
        assert_eq!(median(&[]), Duration::zero());
    }
}
