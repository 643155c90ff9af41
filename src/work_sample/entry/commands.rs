//! Finds the slash commands of a text.
//!
//! A command is at the start of a line of the author's own words, in any case. Before it there may be: white space and
//! invisible characters, an HTML comment or tag, a list, heading or emphasis mark, a ticked box, an emoji, a mention, a
//! short greeting. Quotations, code, the original message below a mail and what follows a signature mark (`-- `) do not count;
//! nor does an open box (`- [ ] /deliver`), for that is yet to be done. A line below a quotation without an empty line
//! between them belongs to the quotation, as GitHub renders it.

use super::markdown::Parts;
use crate::work_sample::parts::EntryKind;

/// The slash commands, by the kind of entry that they make.
pub const COMMANDS: [(&str, EntryKind); 7] = [
    ("question", EntryKind::Question),
    ("progress", EntryKind::Progress),
    ("decision", EntryKind::Decision),
    ("deliver", EntryKind::Delivery),
    ("answer", EntryKind::Answer),
    ("confirm", EntryKind::Confirm),
    ("redirect", EntryKind::Redirect),
];

/// GitHub takes texts of at most 65,536 characters, of up to four bytes each. What is longer is read as far as this.
const MOST_BYTES: usize = 4 * 65_536;

/// A slash command and what is written behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command<'t> {
    pub kind: EntryKind,
    /// The words behind it on the line.
    pub words: &'t str,
    /// The next line that is not empty, where it is one bare word: a commit, for example.
    pub next_line: Option<&'t str>,
    /// The number of its line, from 1.
    pub line: usize,
    /// Is it on the first line of the text that says anything?
    pub opens: bool,
    /// Where the slash is, in bytes.
    pub at: usize,
    /// The command with the emphasis around it and the punctuation behind it, in bytes.
    pub(super) span: (usize, usize),
}

/// A word with a slash before it that is no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCommand<'t> {
    /// The word without its slash: a letter, then letters, digits, `-` and `_`.
    pub word: &'t str,
    /// The number of its line, from 1.
    pub line: usize,
    /// The words behind it on the line.
    pub words: &'t str,
    /// Is it on the first line of the text that says anything?
    pub opens: bool,
}

/// As much of a text as is read.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// All commands of a text in order, and the unknown ones.
pub(super) fn find(text: &str) -> (Vec<Command<'_>>, Vec<UnknownCommand<'_>>) {
    let text = beginning(text);
    let (mut commands, mut unknown) = (Vec::new(), Vec::new());
    if !may_hold_one(text) {
        return (commands, unknown);
    }
    let parts = Parts::of(text);
    let mut first = true;
    let lines: Vec<Line<'_>> = lines(text).collect();
    for (index, line) in lines.iter().enumerate() {
        if begins_tail(&lines, index, &parts) {
            break;
        }
        let says = says_anything(text, line, &parts);
        let opens = first && says;
        first &= !says;
        let Some(word) = start(text, line, &parts).and_then(|at| word(text, line, at, &parts))
        else {
            continue;
        };
        let words = text[word.end..line.end].trim_matches(is_space);
        let known = COMMANDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&word.name));
        match known {
            Some((_, kind)) => commands.push(Command {
                kind: *kind,
                words,
                next_line: next_line(&lines[index + 1..]),
                line: index + 1,
                opens,
                at: word.at,
                span: emphasised(text, line, &word),
            }),
            None => unknown.push(UnknownCommand {
                word: word.raw,
                line: index + 1,
                words,
                opens,
            }),
        }
    }
    (commands, unknown)
}

/// Is there a slash that a command could begin with? Most texts have none, and parsing costs more than this look.
fn may_hold_one(text: &str) -> bool {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '/'
            && !before.is_ascii_alphanumeric()
            && !matches!(before, '/' | '<')
            && characters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || is_invisible(*next))
        {
            return true;
        }
        before = c;
    }
    false
}

struct Line<'t> {
    start: usize,
    /// Without the line end.
    end: usize,
    text: &'t str,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |whole| {
        let line = Line {
            start,
            end: start + whole.trim_end_matches(['\n', '\r']).len(),
            text: whole.trim_end_matches(['\n', '\r']),
        };
        start += whole.len();
        line
    })
}

/// Does everything from this line on belong to a signature or to the mail that is answered?
fn begins_tail(lines: &[Line<'_>], index: usize, parts: &Parts) -> bool {
    let line = &lines[index];
    if line.text.is_empty() || parts.is_foreign(line.start) {
        return false;
    }
    if line.text == "-- " {
        return true;
    }
    let text = line.text.trim();
    if let Some(inner) = text
        .strip_prefix("--")
        .and_then(|rest| rest.strip_suffix("--"))
        && inner
            .trim_matches('-')
            .trim()
            .eq_ignore_ascii_case("original message")
    {
        return true;
    }
    // "On … <lea@example.org> wrote:" before quoted lines is no tail: people answer below a quotation too.
    let Some(beginning) = text.strip_suffix("wrote:") else {
        return false;
    };
    let before = index
        .checked_sub(1)
        .map_or("", |one| lines[one].text.trim());
    let introduces = |line: &str| line.starts_with("On ") && line.contains('@');
    let introduced = introduces(text) || beginning.is_empty() && introduces(before);
    let next = lines[index + 1..]
        .iter()
        .find(|line| !line.text.trim().is_empty());
    introduced && next.is_some_and(|next| !next.text.trim_start().starts_with('>'))
}

/// Is there anything but white space, comments and tags on the line?
fn says_anything(text: &str, line: &Line<'_>, parts: &Parts) -> bool {
    let mut at = line.start;
    while at < line.end {
        if let Some(end) = parts.skip(at) {
            at = end;
            continue;
        }
        match text[at..].chars().next() {
            Some(c) if is_space(c) => at += c.len_utf8(),
            _ => return true,
        }
    }
    false
}

/// Where the slash is that the author's words on this line begin with.
fn start(text: &str, line: &Line<'_>, parts: &Parts) -> Option<usize> {
    let mut at = line.start;
    let mut greeted = false;
    while at < line.end {
        if let Some(end) = parts.skip(at) {
            at = end;
            continue;
        }
        let rest = &text[at..line.end];
        let c = rest.chars().next()?;
        at += match c {
            '/' => return parts.is_own(at).then_some(at),
            _ if is_space(c) || is_decoration(c) => c.len_utf8(),
            '*' | '_' => 1,
            '-' | '+' => length_before_space(rest, 1)?,
            '#' => length_before_space(rest, rest.len() - rest.trim_start_matches('#').len())?,
            '0'..='9' => {
                let digits =
                    rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                rest[digits..].starts_with(['.', ')']).then_some(())?;
                length_before_space(rest, digits + 1)?
            }
            '[' => {
                let ticked = rest.starts_with("[x]") || rest.starts_with("[X]");
                ticked.then(|| length_before_space(rest, 3))??
            }
            '@' => mention(rest)?,
            ':' => {
                let name = rest[1..].find(':')?;
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+');
                rest[1..=name].bytes().all(plain).then_some(name + 2)?
            }
            _ if !greeted && at == first_word(text, line, parts) => {
                greeted = true;
                greeting(rest)?
            }
            _ => return None,
        };
    }
    None
}

/// `length` where white space follows it.
fn length_before_space(rest: &str, length: usize) -> Option<usize> {
    rest.get(length..)?.starts_with(is_space).then_some(length)
}

fn first_word(text: &str, line: &Line<'_>, parts: &Parts) -> usize {
    let mut at = line.start;
    while at < line.end {
        if let Some(end) = parts.skip(at) {
            at = end;
            continue;
        }
        match text[at..].chars().next() {
            Some(c) if is_space(c) || is_decoration(c) || matches!(c, '*' | '_') => {
                at += c.len_utf8();
            }
            _ => break,
        }
    }
    at
}

/// The length of `@login`, `@org/team` with the punctuation behind it.
fn mention(rest: &str) -> Option<usize> {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    let after = rest[1..].trim_start_matches(name);
    let behind = after.trim_start_matches([',', ':', ';', '.', '!']);
    let named = after.len() + 1 < rest.len();
    (named && behind.starts_with(is_space)).then_some(rest.len() - behind.len())
}

/// The length of a greeting before a slash: "Hi Lea, ", "Good morning! ", "Hello @lea ".
fn greeting(rest: &str) -> Option<usize> {
    const GREETINGS: [&str; 14] = [
        "hi",
        "hello",
        "hey",
        "dear",
        "good",
        "morning",
        "hallo",
        "moin",
        "servus",
        "hola",
        "bonjour",
        "salut",
        "ciao",
        "greetings",
    ];
    let before = &rest[..rest.find('/')?];
    let words: Vec<&str> = before.split_whitespace().collect();
    let first = words.first()?.trim_matches(|c: char| !c.is_alphanumeric());
    let last = words.last()?;
    let greets = GREETINGS.iter().any(|one| one.eq_ignore_ascii_case(first));
    let ends = last.ends_with([',', '!', '.', ':', ';', '-', '–', '—']) || last.starts_with('@');
    (greets && ends && words.len() <= 4 && before.ends_with(is_space)).then_some(before.len())
}

struct Word<'t> {
    /// Where the slash is.
    at: usize,
    /// As written, from the slash on and without it.
    raw: &'t str,
    /// Without invisible characters.
    name: String,
    /// Where what is behind it begins.
    end: usize,
}

/// The word behind the slash; `None` where it is a path or anything else.
fn word<'t>(text: &'t str, line: &Line<'t>, at: usize, parts: &Parts) -> Option<Word<'t>> {
    let rest = &text[at + 1..line.end];
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || is_invisible(c);
    let length = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
    let raw = rest[..length].trim_end_matches(|c: char| matches!(c, '-' | '_') || is_invisible(c));
    let name: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let behind = &rest[raw.len()..];
    let closed = behind.trim_start_matches(|c: char| {
        matches!(c, '*' | '_' | ':' | ',' | '.' | '!' | ';' | '…') || is_invisible(c)
    });
    let end = line.end - closed.len();
    let ends = closed.is_empty()
        || closed.starts_with(is_space)
        || behind.starts_with(':')
        || parts.skip(end).is_some();
    ends.then_some(Word { at, raw, name, end })
}

/// The span of a command with its emphasis, where that is closed right behind it.
fn emphasised(text: &str, line: &Line<'_>, word: &Word<'_>) -> (usize, usize) {
    let before = &text[line.start..word.at];
    let marks = before.len() - before.trim_end_matches(['*', '_']).len();
    let opened = &before[before.len() - marks..];
    let closed: String = opened.chars().rev().collect();
    let behind = &text[word.at + 1 + word.raw.len()..word.end];
    if marks > 0 && behind.contains(&closed) {
        (word.at - marks, word.end)
    } else {
        (word.at, word.end)
    }
}

/// The next line with anything on it, where it is one bare word; within a code block, its first line.
fn next_line<'t>(rest: &[Line<'t>]) -> Option<&'t str> {
    let word = rest
        .iter()
        .map(|line| line.text.trim_matches(is_space))
        .filter(|line| !line.is_empty())
        .find(|line| !line.starts_with("```") && !line.starts_with("~~~"))?;
    let bare = !word.contains(char::is_whitespace) && !word.starts_with(['>', '/', '<']);
    bare.then_some(word)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Characters that nobody sees: of zero width, marks of direction, the byte order mark.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Emoji, bullets, arrows and dashes, but no quotation marks.
fn is_decoration(c: char) -> bool {
    !c.is_ascii()
        && !c.is_alphanumeric()
        && !matches!(c, '«' | '»' | '\u{2018}'..='\u{201f}' | '‹' | '›' | '「'..='』' | '〝'..='〟' | '＂' | '＇')
}
