//! The small timeline of a list: from the acceptance to the due time or the last mark, in one line of a few pixels.

use std::fmt::Write as _;

use crate::clock::Timestamp;
use crate::work_sample::overview::{Mark, MarkKind};

/// Width and height in the drawing's own units, which are CSS pixels.
const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 6.0;

/// The drawing as SVG; empty where there is nothing to draw. All of it is numbers and words of ours.
pub(super) fn svg(marks: &[Mark], due_at: Option<Timestamp>, now: Timestamp) -> String {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return String::new();
    };
    if marks.len() < 2 && due_at.is_none() {
        return String::new();
    }
    let over = marks
        .iter()
        .any(|mark| matches!(mark.kind, MarkKind::Decided | MarkKind::Ended));
    let end = [Some(last.at), due_at, (!over).then_some(now)];
    let end = end.into_iter().flatten().max().unwrap_or(last.at);
    let whole = seconds(first.at, end).max(1.0);
    let x = |at: Timestamp| {
        let part = (seconds(first.at, at) / whole).clamp(0.0, 1.0);
        MARGIN + part * (WIDTH - 2.0 * MARGIN)
    };
    let middle = HEIGHT / 2.0;
    let mut svg = format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        in_words(marks)
    );
    let reached = if over { last.at } else { now.min(end) };
    let _ = write!(
        svg,
        "<path class=\"track\" d=\"M{MARGIN} {middle}H{:.1}\"/><path class=\"reached\" d=\"M{MARGIN} {middle}H{:.1}\"/>",
        WIDTH - MARGIN,
        x(reached)
    );
    if let Some(due) = due_at {
        let _ = write!(svg, "<path class=\"due\" d=\"M{:.1} 3V21\"/>", x(due));
    }
    for mark in marks {
        draw(&mut svg, x(mark.at), mark.kind);
    }
    svg.push_str("</svg>");
    svg
}

fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    let seconds = (until - from).num_seconds().max(0);
    f64::from(i32::try_from(seconds).unwrap_or(i32::MAX))
}

/// Shapes differ without colour.
fn draw(svg: &mut String, x: f64, kind: MarkKind) {
    let middle = HEIGHT / 2.0;
    let (class, path) = match kind {
        MarkKind::Push => ("push", format!("M{x:.1} 9V15")),
        MarkKind::Offered | MarkKind::Accepted | MarkKind::Ready => ("stage", dot(x, middle, 2.0)),
        MarkKind::Question => ("question", dot(x, 6.0, 3.0)),
        MarkKind::Reply => ("reply", dot(x, 18.0, 2.5)),
        MarkKind::Update => ("update", format!("M{:.1} 4h4v4h-4z", x - 2.0)),
        MarkKind::Decision => ("decision", format!("M{x:.1} 2l3.5 4l-3.5 4l-3.5-4z")),
        MarkKind::Delivered => ("delivered", format!("M{:.1} 7h9l-4.5 10z", x - 4.5)),
        MarkKind::Decided | MarkKind::Ended => ("end", format!("M{:.1} 8h8v8h-8z", x - 4.0)),
    };
    let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
}

/// A circle around a centre.
fn dot(x: f64, y: f64, radius: f64) -> String {
    let (left, width) = (x - radius, 2.0 * radius);
    format!("M{left:.1} {y}a{radius} {radius} 0 1 0 {width} 0a{radius} {radius} 0 1 0-{width} 0")
}

/// What the drawing shows, for those who do not see it.
fn in_words(marks: &[Mark]) -> String {
    let count = |kind: MarkKind| marks.iter().filter(|mark| mark.kind == kind).count();
    let of = |kind: MarkKind, one: &str, many: &str| match count(kind) {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    };
    let mut parts: Vec<String> = [
        of(MarkKind::Question, "question", "questions"),
        of(MarkKind::Reply, "reply", "replies"),
        of(MarkKind::Update, "update", "updates"),
        of(MarkKind::Decision, "decision", "decisions"),
        of(MarkKind::Push, "push", "pushes"),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (kind, word) in [
        (MarkKind::Delivered, "delivered"),
        (MarkKind::Decided, "decided"),
        (MarkKind::Ended, "ended early"),
    ] {
        if count(kind) > 0 {
            parts.push(word.to_owned());
        }
    }
    if parts.is_empty() {
        "Timeline: nothing written or pushed yet".to_owned()
    } else {
        format!("Timeline: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(minute: i64, kind: MarkKind) -> Mark {
        let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        Mark {
            at: start + chrono::Duration::minutes(minute),
            kind,
        }
    }

    #[test]
    fn drawing_stays_in_its_frame_and_says_what_it_shows() {
        let marks = [
            mark(0, MarkKind::Offered),
            mark(10, MarkKind::Accepted),
            mark(60, MarkKind::Question),
            mark(70, MarkKind::Push),
            mark(90, MarkKind::Delivered),
        ];
        let due = mark(120, MarkKind::Push).at;
        let svg = svg(&marks, Some(due), mark(100, MarkKind::Push).at);
        assert!(
            svg.contains("Timeline: 1 question, 1 push, delivered"),
            "{svg}"
        );
        assert!(svg.contains("class=\"due\" d=\"M174.0"), "{svg}");
        assert_eq!(svg.matches("a2 2 0 1 0 4 0").count(), 2);
        assert_eq!(svg.matches("class=\"question\"").count(), 1);
    }

    #[test]
    fn nothing_is_drawn_of_an_offer_alone() {
        let marks = [mark(0, MarkKind::Offered)];
        assert_eq!(svg(&marks, None, mark(5, MarkKind::Push).at), "");
        assert_eq!(svg(&[], None, mark(5, MarkKind::Push).at), "");
    }
}
