//! The parts of a form. GitHub writes an answered issue form as `### Label`, a blank line and the answer; people write
//! the same headings by hand, at another level or in another case. The labels below are the very ones that the forms in
//! a candidate's repository have.

use crate::work_sample::model::Sections;
use crate::work_sample::parts::EntryKind;

/// A heading of a form and the section it fills.
pub struct Label {
    pub text: &'static str,
    /// Does another form have it too? Then it does not tell the forms apart.
    shared: bool,
    section: fn(&mut Sections) -> &mut Option<String>,
}

const fn label(text: &'static str, section: fn(&mut Sections) -> &mut Option<String>) -> Label {
    Label {
        text,
        shared: false,
        section,
    }
}

const fn shared(text: &'static str, section: fn(&mut Sections) -> &mut Option<String>) -> Label {
    Label {
        text,
        shared: true,
        section,
    }
}

static QUESTION: [Label; 5] = [
    shared("Clause", |s| &mut s.clause),
    label("What I already know", |s| &mut s.context),
    label("My own assessment", |s| &mut s.own_assessment),
    label("What I do if I hear nothing", |s| &mut s.default_action),
    label("Blocking?", |s| &mut s.blocking),
];

static PROGRESS: [Label; 4] = [
    label("Done", |s| &mut s.done),
    label("Next", |s| &mut s.next),
    label("Blocked", |s| &mut s.blocked),
    label("Changed estimate", |s| &mut s.estimate),
];

static DECISION: [Label; 4] = [
    shared("Clause", |s| &mut s.clause),
    label("What the spec leaves open", |s| &mut s.open_point),
    label("Options", |s| &mut s.options),
    label("What I chose and why", |s| &mut s.choice),
];

static MEMO: [Label; 3] = [
    label("What I understood", |s| &mut s.understanding),
    label("Open questions", |s| &mut s.open_questions),
    label("My approach", |s| &mut s.approach),
];

/// The kinds that have a form, in the order in which a tie between them is settled.
const FORMS: [EntryKind; 4] = [
    EntryKind::Question,
    EntryKind::Progress,
    EntryKind::Decision,
    EntryKind::Memo,
];

/// The headings of a kind's form, in the form's order; none where the kind has no form.
pub fn labels(kind: EntryKind) -> &'static [Label] {
    match kind {
        EntryKind::Question => &QUESTION,
        EntryKind::Progress => &PROGRESS,
        EntryKind::Decision => &DECISION,
        EntryKind::Memo => &MEMO,
        EntryKind::Kickoff
        | EntryKind::Answer
        | EntryKind::Confirm
        | EntryKind::Redirect
        | EntryKind::Delivery
        | EntryKind::Note
        | EntryKind::Notice => &[],
    }
}

/// The form that a text fills, see [`super::form_of`], and the line of its first heading, from 1.
pub(super) fn form_of_with_line(text: &str) -> Option<(EntryKind, usize)> {
    let mut best: Option<(EntryKind, usize, usize)> = None;
    for kind in FORMS {
        let mut seen: Vec<&str> = Vec::new();
        let mut first = 0;
        for (line, number) in Lines::of(text, kind).zip(1..) {
            if let Line::Heading(label) = line {
                first = if first == 0 { number } else { first };
                if !label.shared && !seen.contains(&label.text) {
                    seen.push(label.text);
                }
            }
        }
        if seen.len() >= 2 && best.is_none_or(|(_, most, _)| seen.len() > most) {
            best = Some((kind, seen.len(), first));
        }
    }
    best.map(|(kind, _, line)| (kind, line))
}

/// The sections of a text read as `kind`. What stands before the first heading, or the whole text where the kind has no
/// form, is the rest. A heading that comes twice adds to its section.
pub fn sections(kind: EntryKind, text: &str) -> Sections {
    let mut parts: Vec<(Option<&'static Label>, String)> = vec![(None, String::new())];
    for line in Lines::of(text, kind) {
        match line {
            Line::Heading(label) => parts.push((Some(label), String::new())),
            Line::Text(line) => {
                if let Some((_, part)) = parts.last_mut() {
                    part.push_str(line);
                    part.push('\n');
                }
            }
        }
    }
    let mut sections = Sections::default();
    for (label, part) in parts {
        let place = match label {
            Some(label) => (label.section)(&mut sections),
            None => &mut sections.rest,
        };
        let Some(given) = given(&part) else { continue };
        match place {
            Some(earlier) => {
                earlier.push_str("\n\n");
                earlier.push_str(given);
            }
            None => *place = Some(given.to_owned()),
        }
    }
    sections
}

/// What was answered, if anything was.
fn given(part: &str) -> Option<&str> {
    let part = part.trim();
    let nothing = part.is_empty()
        || part.eq_ignore_ascii_case("_no response_")
        || part.eq_ignore_ascii_case("*no response*");
    (!nothing).then_some(part)
}

/// A text with line ends as they are compared and kept: `\n` only.
pub fn normalised(text: &str) -> String {
    text.lines()
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

enum Line<'t> {
    Heading(&'static Label),
    Text(&'t str),
}

/// The lines of a text, with the headings of one form told from the rest. Within a fenced code block only a heading
/// exactly as GitHub writes it counts: a `# done` in a script is none, and an answer that forgets to close its fence
/// does not swallow the answers after it.
struct Lines<'t> {
    lines: std::str::Lines<'t>,
    labels: &'static [Label],
    fence: Option<(u8, usize)>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, kind: EntryKind) -> Self {
        Lines {
            lines: text.lines(),
            labels: labels(kind),
            fence: None,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let line = self.lines.next()?;
        let heading = match self.fence {
            None => loose_heading(line, self.labels),
            Some(_) => exact_heading(line, self.labels),
        };
        if let Some(label) = heading {
            self.fence = None;
            return Some(Line::Heading(label));
        }
        self.fence = fence_after(line, self.fence);
        Some(Line::Text(line))
    }
}

fn exact_heading(line: &str, labels: &'static [Label]) -> Option<&'static Label> {
    let text = line.strip_prefix("### ")?;
    labels.iter().find(|label| label.text == text)
}

fn loose_heading(line: &str, labels: &'static [Label]) -> Option<&'static Label> {
    let line = line.trim();
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    if !(1..=6).contains(&level) {
        return None;
    }
    let plain = |text: &str| {
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | ':' | '?' | '*' | '_'))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    let wanted = plain(text);
    labels.iter().find(|label| plain(label.text) == wanted)
}

/// The fence that is open after this line: its character and length.
fn fence_after(line: &str, open: Option<(u8, usize)>) -> Option<(u8, usize)> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return open;
    }
    let mark = match text.bytes().next() {
        Some(mark @ (b'`' | b'~')) => mark,
        _ => return open,
    };
    let length = text.bytes().take_while(|byte| *byte == mark).count();
    if length < 3 {
        return open;
    }
    let after = &text[length..];
    match open {
        None if mark == b'`' && after.contains('`') => None,
        None => Some((mark, length)),
        Some((opened_by, least))
            if mark == opened_by && length >= least && after.trim().is_empty() =>
        {
            None
        }
        Some(_) => open,
    }
}

#[cfg(test)]
mod tests {
    use super::super::form_of;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_as_github_writes_it_is_read_part_by_part() {
        let text = "### Clause\r\n\r\nR3\r\n\r\n### What I already know\r\n\r\nThe brief says 409.\r\n\r\n### My own assessment\r\n\r\n_No response_\r\n\r\n### What I do if I hear nothing\r\n\r\nKeep the first.\r\n\r\n### Blocking?\r\n\r\nNo";
        assert_eq!(form_of(text), Some(EntryKind::Question));
        let sections = sections(EntryKind::Question, text);
        assert_eq!(sections.clause.as_deref(), Some("R3"));
        assert_eq!(sections.context.as_deref(), Some("The brief says 409."));
        assert_eq!(sections.own_assessment, None);
        assert_eq!(sections.default_action.as_deref(), Some("Keep the first."));
        assert_eq!(sections.blocking.as_deref(), Some("No"));
        assert_eq!(sections.rest, None);
    }

    #[test]
    fn headings_written_by_hand_count_at_any_level_and_in_any_case() {
        let text = "Hello!\n# DONE\nparser\n## next:\nstore\n\n#### **Blocked**\nno";
        assert_eq!(form_of(text), Some(EntryKind::Progress));
        let sections = sections(EntryKind::Progress, text);
        assert_eq!(sections.rest.as_deref(), Some("Hello!"));
        assert_eq!(sections.done.as_deref(), Some("parser"));
        assert_eq!(sections.next.as_deref(), Some("store"));
        assert_eq!(sections.blocked.as_deref(), Some("no"));
    }

    #[test]
    fn one_heading_or_a_shared_one_makes_no_form() {
        assert_eq!(form_of("## Done\nall"), None);
        assert_eq!(form_of("### Clause\n\nR1\n\n### Options\n\na or b"), None);
        assert_eq!(form_of("## Done\nall\n## Done\nmore"), None);
    }

    #[test]
    fn a_comment_in_a_script_is_no_heading() {
        let text = "```sh\n# Done\n# Next\n```\n";
        assert_eq!(form_of(text), None);
        let text = "### Done\n\n```sh\n# next\nmake\n```\n\n### Next\n\nrest";
        let sections = sections(EntryKind::Progress, text);
        assert_eq!(sections.done.as_deref(), Some("```sh\n# next\nmake\n```"));
        assert_eq!(sections.next.as_deref(), Some("rest"));
    }

    #[test]
    fn an_unclosed_fence_does_not_swallow_the_answers_after_it() {
        let text = "### Done\n\n```\nlog\n\n### Next\n\nrest";
        let sections = sections(EntryKind::Progress, text);
        assert_eq!(sections.done.as_deref(), Some("```\nlog"));
        assert_eq!(sections.next.as_deref(), Some("rest"));
    }

    fn answer_without_headings() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            any::<String>(),
            "[ -~]{0,40}",
            Just("```".to_owned()),
            Just("~~~~".to_owned()),
            Just("#### a heading of the writer's own".to_owned()),
            Just(String::new()),
        ];
        proptest::collection::vec(line, 0..6)
            .prop_map(|lines| lines.join("\n"))
            .prop_filter("contains no heading of the form", |text| {
                text.lines()
                    .all(|line| loose_heading(line, &QUESTION).is_none())
            })
    }

    proptest! {
        #[test]
        fn a_rendered_form_parses_back_to_its_answers(answers in proptest::collection::vec(answer_without_headings(), 5)) {
            let rendered = QUESTION.iter().zip(&answers).map(|(label, answer)| format!("### {}\n\n{answer}\n\n", label.text)).collect::<String>();
            prop_assert_eq!(form_of(&rendered), Some(EntryKind::Question));
            let mut read = sections(EntryKind::Question, &rendered);
            prop_assert_eq!(&read.rest, &None);
            for (label, answer) in QUESTION.iter().zip(&answers) {
                let answer = normalised(answer);
                prop_assert_eq!((label.section)(&mut read).as_deref(), given(&answer));
            }
        }
    }
}
