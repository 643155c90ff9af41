//! The timeline as SVG: plain shapes with classes that the page's style gives its colours, no script, no reference to
//! anything outside.

use std::fmt::Write as _;

use super::scale::TickKind;
use super::{Bar, LEFT, LabelAt, Lane, Mark, Milestone, RIGHT, Timeline, WIDTH};
use crate::clock::span_for_people;
use crate::report::anchors::{self, escape};

const ROW: f64 = 20.0;
const FLAG_ROW: f64 = 15.0;
const LANE_GAP: f64 = 9.0;

/// What a mark looks like. No two differ by colour alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Glyph {
    Memo,
    Update,
    Decision,
    Delivery,
    Note,
    Answer,
    Confirm,
    Redirect,
    /// A push of so many commits; the area grows with the number.
    Push(usize),
    ForcedPush(usize),
}

impl Glyph {
    pub fn half_width(self) -> f64 {
        match self {
            Glyph::Push(commits) => radius(commits),
            Glyph::ForcedPush(commits) => radius(commits) + 2.5,
            Glyph::Note => 3.0,
            _ => 6.0,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Glyph::Memo | Glyph::Update | Glyph::Decision | Glyph::Delivery => "g cand",
            Glyph::Note => "g note",
            Glyph::Answer | Glyph::Confirm | Glyph::Redirect => "g team",
            Glyph::Push(_) | Glyph::ForcedPush(_) => "g code",
        }
    }

    /// The shape around a centre.
    fn shape(self, x: f64, y: f64) -> String {
        match self {
            Glyph::Memo => format!(
                r#"<path d="M{} {} h7 l3 3 v9 h-10 z M{} {} h5 M{} {} h5"/>"#,
                n(x - 5.0),
                n(y - 6.0),
                n(x - 2.5),
                n(y),
                n(x - 2.5),
                n(y + 3.0)
            ),
            Glyph::Update => format!(r#"<circle cx="{}" cy="{}" r="5"/>"#, n(x), n(y)),
            Glyph::Decision => format!(
                r#"<path d="M{} {} l6 6 l-6 6 l-6 -6 z"/>"#,
                n(x),
                n(y - 6.0)
            ),
            Glyph::Delivery => format!(
                r#"<path d="M{} {} v13 M{} {} h10 l-3 3.5 l3 3.5 h-10 z"/>"#,
                n(x - 5.0),
                n(y - 6.5),
                n(x - 5.0),
                n(y - 6.5)
            ),
            Glyph::Note => format!(r#"<circle cx="{}" cy="{}" r="2.5"/>"#, n(x), n(y)),
            Glyph::Answer => format!(
                r#"<path d="M{} {} h11 l-5.5 10 z"/>"#,
                n(x - 5.5),
                n(y - 5.0)
            ),
            Glyph::Confirm => format!(
                r#"<path class="line" d="M{} {} l4 4.5 l7 -9.5"/>"#,
                n(x - 5.5),
                n(y)
            ),
            Glyph::Redirect => format!(
                r#"<path class="line" d="M{} {} v-4 q0 -4 4 -4 h6 m-3.5 -3.5 l3.5 3.5 l-3.5 3.5"/>"#,
                n(x - 5.0),
                n(y + 6.0)
            ),
            Glyph::Push(commits) => format!(
                r#"<circle cx="{}" cy="{}" r="{}"/>"#,
                n(x),
                n(y),
                n(radius(commits))
            ),
            Glyph::ForcedPush(commits) => {
                let r = radius(commits);
                format!(
                    r#"<circle cx="{}" cy="{}" r="{}"/><path class="line" d="M{} {} l{d} {d} m0 -{d} l-{d} {d}"/>"#,
                    n(x),
                    n(y),
                    n(r),
                    n(x - r - 2.0),
                    n(y - r - 2.0),
                    d = n(2.0 * r + 4.0)
                )
            }
        }
    }
}

fn radius(commits: usize) -> f64 {
    let commits = u32::try_from(commits).unwrap_or(u32::MAX).clamp(1, 25);
    1.8 + 1.5 * f64::from(commits).sqrt()
}

/// A coordinate, rounded to a tenth.
fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        rounded.to_string()
    }
}

pub(in crate::report) fn svg(timeline: &Timeline) -> String {
    let flags = timeline
        .milestones
        .iter()
        .map(|one| one.row + 1)
        .max()
        .unwrap_or(0);
    let axis = 6.0 + flags as f64 * FLAG_ROW + 20.0;
    let mut body = String::new();
    let [candidate, commits, team] = &timeline.lanes[..] else {
        return String::new();
    };
    let mut y = axis + 8.0;
    let mut bands = String::new();
    let mut band = |y: f64, rows: usize, name: &str| {
        let height = rows.max(1) as f64 * ROW + LANE_GAP;
        let _ = write!(
            bands,
            r#"<text class="lane" x="0" y="{}">{name}</text><path class="rule" d="M0 {y2} H{WIDTH}"/>"#,
            n(y + LANE_GAP / 2.0 + ROW / 2.0 + 4.0),
            y2 = n(y + height)
        );
        height
    };
    let top = y;
    for (lane, is_questions) in [
        (candidate, false),
        (candidate, true),
        (commits, false),
        (team, false),
    ] {
        if is_questions {
            let height = band(y, timeline.question_rows, "Questions");
            timeline
                .questions
                .iter()
                .for_each(|bar| draw_bar(&mut body, bar, y + LANE_GAP / 2.0));
            y += height;
        } else {
            let height = band(y, lane.rows, lane.name);
            draw_lane(&mut body, lane, y + LANE_GAP / 2.0);
            y += height;
        }
    }
    let bottom = y;
    let mut out = format!(
        r#"<svg class="timeline" viewBox="0 0 {WIDTH} {}" role="group" aria-labelledby="tl-title tl-desc" xmlns="http://www.w3.org/2000/svg"><title id="tl-title">Timeline of the work sample</title><desc id="tl-desc">{}</desc>"#,
        n(bottom + 20.0),
        escape(&timeline.summary)
    );
    // The names of days stand over the lines that pass behind them.
    let days = draw_axis(&mut out, timeline, axis, top, bottom);
    out.push_str(&bands);
    timeline
        .milestones
        .iter()
        .for_each(|one| draw_milestone(&mut out, one, axis, bottom));
    out.push_str(&days);
    out.push_str(&body);
    out.push_str("</svg>");
    out
}

/// Draws the axis but for the names of its days, which it returns.
fn draw_axis(out: &mut String, timeline: &Timeline, axis: f64, top: f64, bottom: f64) -> String {
    let _ = write!(
        out,
        r#"<path class="axis" d="M{} {y} H{}"/>"#,
        n(LEFT),
        n(RIGHT),
        y = n(axis)
    );
    let ticks = timeline.scale.ticks();
    let mut days = String::new();
    let mut reached = 0.0;
    for (index, tick) in ticks.iter().enumerate() {
        let x = n(tick.x);
        match tick.kind {
            TickKind::Midnight => {
                let _ = write!(
                    out,
                    r#"<path class="day" d="M{x} {} V{}"/>"#,
                    n(axis - 14.0),
                    n(bottom)
                );
            }
            TickKind::Hour => {
                let label = tick.label(0.0);
                let _ = write!(
                    out,
                    r#"<path class="hour" d="M{x} {} V{}"/><text class="hour" x="{x}" y="{}">{label}</text>"#,
                    n(top),
                    n(bottom),
                    n(bottom + 13.0)
                );
                continue;
            }
            TickKind::Beginning => {}
        }
        let next_day = ticks[index + 1..]
            .iter()
            .find(|later| later.kind != TickKind::Hour);
        let label = tick.label(next_day.map_or(RIGHT, |later| later.x) - tick.x);
        if tick.x >= reached {
            let _ = write!(
                days,
                r#"<text class="day" x="{}" y="{}">{label}</text>"#,
                n(tick.x + 4.0),
                n(axis - 4.0)
            );
            reached = tick.x + 4.0 + label.len() as f64 * 6.0;
        }
    }
    for (from, until, idle) in timeline.scale.folds() {
        let middle = (from + until) / 2.0;
        let _ = write!(
            out,
            r#"<g class="fold"><title>{span} in which nothing happened, drawn shorter</title><rect x="{x}" y="{y}" width="{w}" height="{h}"/><path d="M{a} {z} l4 -5 l4 10 l4 -5"/><text x="{m}" y="{t}">{span}</text></g>"#,
            span = span_for_people(idle),
            x = n(from),
            y = n(top),
            w = n(until - from),
            h = n(bottom - top),
            a = n(middle - 6.0),
            z = n(axis),
            m = n(middle),
            t = n(bottom + 13.0)
        );
    }
    days
}

fn draw_milestone(out: &mut String, one: &Milestone, axis: f64, bottom: f64) {
    let y = 6.0 + one.row as f64 * FLAG_ROW;
    let class = match (one.due, one.through) {
        (true, _) => "flag due",
        (false, true) => "flag through",
        (false, false) => "flag",
    };
    let end = if one.through { bottom } else { axis };
    let (x, side) = if one.leftward {
        (one.x - 4.0, "end")
    } else {
        (one.x + 4.0, "start")
    };
    let _ = write!(
        out,
        r#"<g class="{class}"><title>{}</title><path d="M{} {} V{}"/><text x="{}" y="{}" text-anchor="{side}">{}</text></g>"#,
        escape(&one.title),
        n(one.x),
        n(y),
        n(end),
        n(x),
        n(y + 10.0),
        escape(one.label)
    );
}

fn draw_lane(out: &mut String, lane: &Lane, top: f64) {
    for mark in &lane.marks {
        draw_mark(out, mark, top + mark.row as f64 * ROW + ROW / 2.0);
    }
}

fn draw_mark(out: &mut String, mark: &Mark, y: f64) {
    let gone = if mark.deleted { " gone" } else { "" };
    let _ = write!(
        out,
        r##"<a href="#{}" class="{}{gone}"><title>{}</title>{}"##,
        anchors::event(&mark.event),
        mark.glyph.class(),
        escape(&mark.title),
        mark.glyph.shape(mark.x, y)
    );
    if !mark.label.is_empty() {
        let x = mark.x + mark.glyph.half_width() + 3.5;
        let _ = write!(
            out,
            r#"<text x="{}" y="{}">{}</text>"#,
            n(x),
            n(y + 4.0),
            escape(&mark.label)
        );
    }
    out.push_str("</a>");
}

fn draw_bar(out: &mut String, bar: &Bar, top: f64) {
    let y = top + bar.row as f64 * ROW + 3.0;
    let height = ROW - 7.0;
    let class = match (bar.blocking, bar.answered) {
        (true, true) => "bar blocking",
        (true, false) => "bar blocking unanswered",
        (false, true) => "bar",
        (false, false) => "bar unanswered",
    };
    let _ = write!(
        out,
        r##"<a href="#{}" class="{class}"><title>{}</title>{}"##,
        anchors::event(&bar.event),
        escape(&bar.title),
        bar_shape(bar.from, bar.until, y, height, bar.blocking, bar.answered)
    );
    let (x, side) = match bar.label_at {
        LabelAt::After => (bar.until + 6.0, "start"),
        LabelAt::Before => (bar.from - 6.0, "end"),
        LabelAt::Inside => (bar.from + 5.0, "start"),
    };
    let _ = write!(
        out,
        r#"<text x="{}" y="{}" text-anchor="{side}">{}</text></a>"#,
        n(x),
        n(y + height - 2.5),
        escape(&bar.label)
    );
}

/// A box from the question to its answer; hatched where the candidate was blocked, open at its end where no answer came.
fn bar_shape(from: f64, until: f64, y: f64, height: f64, blocking: bool, answered: bool) -> String {
    let mut shape = format!(
        r#"<rect class="fill" x="{}" y="{}" width="{}" height="{}"/>"#,
        n(from),
        n(y),
        n(until - from),
        n(height)
    );
    if blocking {
        let mut hatch = String::new();
        let mut x = from;
        while x < until {
            let reach = (until - x).min(height);
            let _ = write!(
                hatch,
                "M{} {} l{r} -{r} ",
                n(x),
                n(y + height),
                r = n(reach)
            );
            x += 4.0;
        }
        let _ = write!(shape, r#"<path class="hatch" d="{}"/>"#, hatch.trim_end());
    }
    let outline = if answered {
        format!(
            "M{} {} H{} V{} H{} Z",
            n(from),
            n(y),
            n(until),
            n(y + height),
            n(from)
        )
    } else {
        format!(
            "M{} {} H{} V{} H{}",
            n(until),
            n(y),
            n(from),
            n(y + height),
            n(until)
        )
    };
    let _ = write!(
        shape,
        r#"<path class="edge" d="{outline}"/><path class="cap" d="M{} {} V{}"/>"#,
        n(from),
        n(y - 1.5),
        n(y + height + 1.5)
    );
    shape
}

/// The legend's entries: a small drawing and its words.
pub(in crate::report) fn legend() -> Vec<(String, &'static str)> {
    let glyph = |glyph: Glyph| {
        format!(
            r#"<svg class="key" viewBox="0 0 22 18" aria-hidden="true"><g class="{}">{}</g></svg>"#,
            glyph.class(),
            glyph.shape(11.0, 9.0)
        )
    };
    let bar = |blocking: bool, answered: bool| {
        format!(
            r#"<svg class="key wide" viewBox="0 0 40 18" aria-hidden="true"><g class="bar{}">{}</g></svg>"#,
            if blocking { " blocking" } else { "" },
            bar_shape(3.0, 37.0, 3.0, 12.0, blocking, answered)
        )
    };
    vec![
        (glyph(Glyph::Memo), "understanding memo"),
        (glyph(Glyph::Update), "progress update"),
        (glyph(Glyph::Decision), "decision"),
        (glyph(Glyph::Delivery), "delivery"),
        (
            bar(false, true),
            "question until answer: the team owes the answer, the candidate goes on",
        ),
        (bar(true, true), "the same, and the candidate is blocked"),
        (bar(false, false), "no answer came"),
        (glyph(Glyph::Push(4)), "push, larger with more commits"),
        (glyph(Glyph::ForcedPush(2)), "force push"),
        (glyph(Glyph::Answer), "answer"),
        (glyph(Glyph::Confirm), "decision confirmed"),
        (glyph(Glyph::Redirect), "decision redirected"),
        (glyph(Glyph::Note), "note"),
    ]
}
