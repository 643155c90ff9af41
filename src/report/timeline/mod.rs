//! The drawn timeline: one horizontal axis in UTC, five lanes, shapes that differ without colour. What is drawn and where
//! is decided here; [`draw`] turns it into SVG. Every coordinate is a function of the report alone.

mod draw;
mod marks;
mod scale;

use self::draw::Glyph;
use self::marks::{Loose, Point, candidate, commits, milestones, team};
use self::scale::{Rows, Scale};
use super::model::{Question, Report};
use super::words;
use crate::clock::Timestamp;
use crate::work_sample::NaturalKey;

pub(super) use self::draw::{legend, svg};

/// Widths in the drawing's own units, which are CSS pixels at full size.
const WIDTH: f64 = 1160.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = WIDTH - 14.0;
/// The room one letter of a label takes, with a little air.
const LETTER: f64 = 6.3;

/// A layout, ready to be drawn.
pub(super) struct Timeline {
    scale: Scale,
    milestones: Vec<Milestone>,
    lanes: Vec<Lane>,
    questions: Vec<Bar>,
    question_rows: usize,
    summary: String,
}

struct Milestone {
    x: f64,
    row: usize,
    label: &'static str,
    title: String,
    /// Due and delivered run through all lanes.
    through: bool,
    due: bool,
    leftward: bool,
}

struct Lane {
    name: &'static str,
    marks: Vec<Mark>,
    rows: usize,
}

struct Mark {
    x: f64,
    row: usize,
    glyph: Glyph,
    label: String,
    title: String,
    event: NaturalKey,
    deleted: bool,
}

struct Bar {
    from: f64,
    until: f64,
    row: usize,
    label: String,
    label_at: LabelAt,
    title: String,
    event: NaturalKey,
    blocking: bool,
    answered: bool,
}

#[derive(Clone, Copy)]
enum LabelAt {
    After,
    Before,
    Inside,
}

impl Timeline {
    /// Nothing is drawn before the terms were accepted: until then nobody works.
    pub fn of(report: &Report) -> Option<Timeline> {
        let start = report.milestones.accepted_at?;
        let points = milestones(report);
        let scale = Scale::over(&moments(report, start, &points), LEFT + 8.0, RIGHT - 8.0);
        let (questions, question_rows) = bars(report, &scale);
        let lanes = vec![
            lane("Candidate", &scale, candidate(report)),
            lane("Commits", &scale, commits(report)),
            lane("Team", &scale, team(report)),
        ];
        Some(Timeline {
            milestones: place_milestones(points, &scale),
            lanes,
            questions,
            question_rows,
            summary: summary(report, &scale),
            scale,
        })
    }
}

fn moments(report: &Report, start: Timestamp, points: &[Point]) -> Vec<Timestamp> {
    let texts = candidate(report)
        .into_iter()
        .chain(commits(report))
        .chain(team(report));
    let asked = report
        .questions
        .iter()
        .flat_map(|one| [Some(one.waited.from), one.waited.until]);
    let mut moments: Vec<Timestamp> = texts
        .map(|loose| loose.at)
        .chain(asked.flatten())
        .chain(points.iter().map(|point| point.at))
        .filter(|at| *at >= start)
        .chain([start])
        .collect();
    moments.sort();
    moments.dedup();
    moments
}

fn lane(name: &'static str, scale: &Scale, mut marks: Vec<Loose>) -> Lane {
    marks.sort_by(|one, two| (one.at, &one.event).cmp(&(two.at, &two.event)));
    let mut rows = Rows::default();
    let marks = marks
        .into_iter()
        .filter(|mark| scale.holds(mark.at))
        .map(|mark| {
            let x = scale.x(mark.at);
            let half = mark.glyph.half_width() + 1.5;
            let text = if mark.label.is_empty() {
                0.0
            } else {
                mark.label.len() as f64 * LETTER + 5.0
            };
            Mark {
                x,
                row: rows.place(x - half, x + half + text),
                glyph: mark.glyph,
                label: mark.label,
                title: mark.title,
                event: mark.event,
                deleted: mark.deleted,
            }
        })
        .collect();
    Lane {
        name,
        marks,
        rows: rows.count(),
    }
}

fn bars(report: &Report, scale: &Scale) -> (Vec<Bar>, usize) {
    let mut rows = Rows::default();
    let bars = report
        .questions
        .iter()
        .filter(|one| scale.holds(one.waited.from))
        .map(|question| bar(question, scale, &mut rows))
        .collect();
    (bars, rows.count())
}

fn bar(question: &Question, scale: &Scale, rows: &mut Rows) -> Bar {
    let from = scale.x(question.waited.from);
    let until = question
        .waited
        .until
        .map_or(RIGHT, |at| scale.x(at))
        .max(from + 3.0);
    let clauses: Vec<&str> = question
        .said
        .clauses
        .iter()
        .take(3)
        .map(|clause| clause.id.as_str())
        .collect();
    let waited = match (question.waited.came, question.waited.seconds) {
        (true, Some(seconds)) => words::span(&seconds),
        _ => "no answer".to_owned(),
    };
    let mut parts = vec![question.label.clone()];
    if !clauses.is_empty() {
        parts.push(clauses.join(", "));
    }
    parts.push(waited.clone());
    let label = parts.join(" · ");
    let room = label.chars().count() as f64 * LETTER + 8.0;
    let (label_at, left, right) = if until + room <= RIGHT {
        (LabelAt::After, from, until + room)
    } else if from - room >= LEFT {
        (LabelAt::Before, from - room, until)
    } else {
        (LabelAt::Inside, from, until.max(from + room))
    };
    let way = if question.is_blocking {
        "blocking"
    } else {
        "the candidate could go on"
    };
    let title = if question.said.title.is_empty() {
        String::new()
    } else {
        format!(": {}", question.said.title)
    };
    Bar {
        from,
        until,
        row: rows.place(left - 4.0, right),
        label,
        label_at,
        title: format!(
            "{}{title} — asked {}, {way}; {waited}",
            question.label,
            words::when(&question.said.at)
        ),
        event: question.said.event.clone(),
        blocking: question.is_blocking,
        answered: question.waited.came,
    }
}

fn place_milestones(points: Vec<Point>, scale: &Scale) -> Vec<Milestone> {
    let mut rows = Rows::default();
    points
        .into_iter()
        .filter(|point| scale.holds(point.at))
        .map(|point| {
            let x = scale.x(point.at);
            let room = point.label.len() as f64 * LETTER + 8.0;
            let leftward = x + room > RIGHT;
            let row = if leftward {
                rows.place(x - room, x + 2.0)
            } else {
                rows.place(x - 2.0, x + room)
            };
            Milestone {
                x,
                row,
                label: point.label,
                title: format!("{}: {}", point.label, words::date(&point.at)),
                through: point.through,
                due: point.due,
                leftward,
            }
        })
        .collect()
}

fn summary(report: &Report, scale: &Scale) -> String {
    let (start, end) = scale.ends();
    let parts = [
        words::count(report.questions.len(), "question", "questions"),
        words::count(report.updates.len(), "progress update", "progress updates"),
        words::count(
            report.decisions.len(),
            "documented decision",
            "documented decisions",
        ),
        words::count(report.pushes.len(), "push", "pushes"),
    ];
    format!(
        "From {} to {}: {}. The section “Everything that happened” tells the same in words.",
        words::date(&start),
        words::date(&end),
        parts.join(", ")
    )
}
