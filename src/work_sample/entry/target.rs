//! Reads what the words behind a `/deliver` name.
//!
//! A target is read at the beginning of the words, behind articles and words such as "please" or "the head of". Prose names
//! nothing: `/deliver now, tests are green`. A word counts as a name if this work sample has a branch or tag of that name or
//! nearly so; if it has a slash, hyphen, underscore, dot or digit in it; if it is in code marks; or if "branch", "tag" or "commit" is
//! before it. A name that cannot be resolved delivers nothing, so a name is rather seen too often than taken for prose.

use super::address::{address, commit, elsewhere, is_sha, link};
use super::names::Names;
use crate::ids::ClauseId;
use crate::work_sample::declaration::Target;

/// Words behind `/deliver` that neither name anything nor end the search for a name.
const FILLERS: [&str; 20] = [
    "a", "an", "at", "final", "finally", "from", "head", "is", "it", "latest", "my", "now", "of",
    "on", "our", "please", "pls", "the", "this", "version",
];

/// Words that are no name even behind "branch" or "tag".
const NO_NAMES: [&str; 16] = [
    "and", "are", "as", "for", "has", "is", "it", "now", "please", "that", "the", "to", "was",
    "which", "will", "with",
];

/// Behind one of these there may be another target.
const CONNECTORS: [&str; 6] = ["and", "or", "und", "&", "+", ","];

/// What the words behind a `/deliver` name, and the next line where there are none. Any words can be read.
pub fn target(words: &str, next_line: Option<&str>, names: &Names) -> Target {
    let tokens = tokens(words);
    let Some((first, mut at)) = first_target(&tokens, names) else {
        if let Some(next) = next_line.filter(|_| names_come_next(&tokens)) {
            return on_next_line(next, tokens.first().copied(), names);
        }
        let word = match tokens.as_slice() {
            [only] => Some(bare(only)).filter(|word| !word.is_empty()),
            _ => None,
        };
        let word = word
            .filter(|word| !is_filler(word) && word.chars().all(char::is_alphanumeric))
            .map(str::to_owned);
        return Target::Head { word };
    };
    let mut targets = vec![first];
    while let Some((next, behind)) = another_target(&tokens, at, names) {
        if !targets.contains(&next) {
            targets.push(next);
        }
        at = behind;
    }
    if targets.len() > 1 {
        return Target::Several { targets };
    }
    targets.pop().unwrap_or(Target::Head { word: None })
}

/// A target is at the beginning of a line; the rest of a long one is prose.
const MOST_TOKENS: usize = 40;

/// The words one by one; a Markdown link is one. An HTML comment ends them.
fn tokens(words: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = words.trim_start();
    while !rest.is_empty() && !rest.starts_with("<!--") && tokens.len() < MOST_TOKENS {
        let link = rest.starts_with('[').then(|| rest.find("](http")).flatten();
        let from = link.map_or(0, |text| text + rest[text..].find(')').unwrap_or(0));
        let end = rest[from..]
            .find(char::is_whitespace)
            .map_or(rest.len(), |end| from + end);
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// The target at the beginning of the words, and where the words behind it begin.
fn first_target(tokens: &[&str], names: &Names) -> Option<(Target, usize)> {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(found) = target_at(tokens, at, names, true) {
            return Some(found);
        }
        let ends_clause = token.ends_with([',', '.', '!', ';', '?']);
        if ends_clause || !is_filler(bare(token)) {
            return None;
        }
        at += 1;
    }
    None
}

/// Another target behind one that ended before `at`: after a comma or "and", or right away if it can be nothing else.
fn another_target(tokens: &[&str], at: usize, names: &Names) -> Option<(Target, usize)> {
    let before = tokens.get(at.checked_sub(1)?)?;
    let token = tokens.get(at)?;
    let connector = CONNECTORS.iter().any(|one| one.eq_ignore_ascii_case(token));
    if connector {
        return target_at(tokens, at + 1, names, false);
    }
    if before.ends_with(',') || before.ends_with(';') {
        return target_at(tokens, at, names, false);
    }
    let (target, behind) = target_at(tokens, at, names, false)?;
    let certain = matches!(target, Target::Commit { .. } | Target::PullRequest { .. })
        || names.has(bare(token));
    certain.then_some((target, behind))
}

/// The target that begins with the token at this place. The first one may be a name that only looks like one.
fn target_at(tokens: &[&str], at: usize, names: &Names, first: bool) -> Option<(Target, usize)> {
    let token = *tokens.get(at)?;
    let next = tokens.get(at + 1).copied();
    let keyword = bare(token).to_lowercase();
    match (keyword.as_str(), next) {
        ("branch" | "tag", Some(next)) if !names.has(bare(token)) || names.has(bare(next)) => {
            let name = reference(bare(next));
            let name = names.known(&name).map_or(name.clone(), str::to_owned);
            let last = at + 2 == tokens.len();
            let no_name = NO_NAMES.iter().any(|one| one.eq_ignore_ascii_case(&name));
            let meant = names.has(&name)
                || in_code(next)
                || looks_like_a_name(&name)
                || last
                || next.ends_with([',', '.', '!']);
            if name.is_empty() || no_name || !meant {
                return None;
            }
            let target = if keyword == "tag" {
                Target::Tag { name }
            } else {
                Target::Branch { name }
            };
            return Some((target, at + 2));
        }
        ("commit" | "sha" | "revision", Some(next)) => {
            let word = bare(next);
            let digits = word.bytes().all(|b| b.is_ascii_hexdigit());
            if let Some((url, _)) = link(next) {
                return Some((address(url, names), at + 2));
            }
            if digits
                && (4..=64).contains(&word.len())
                && (word.len() >= 7 || word.bytes().any(|b| b.is_ascii_digit()))
            {
                return Some((commit(word), at + 2));
            }
            if in_code(next) {
                return Some((one(next, names, first)?, at + 2));
            }
        }
        ("pr" | "pull", Some(next)) => {
            let (next, behind) = if bare(next).eq_ignore_ascii_case("request") {
                (tokens.get(at + 2).copied()?, at + 3)
            } else {
                (next, at + 2)
            };
            if let Ok(number) = bare(next).trim_start_matches('#').parse() {
                return Some((Target::PullRequest { number }, behind));
            }
        }
        _ => {}
    }
    Some((one(token, names, first)?, at + 1))
}

/// The target that one word is.
fn one(token: &str, names: &Names, first: bool) -> Option<Target> {
    if let Some((url, text)) = link(token) {
        return Some(match address(url, names) {
            // `[abc1234](https://…)`: what is not an address of this repository may still be called by a commit.
            Target::Other { .. } if is_sha(bare(text)) => commit(bare(text)),
            target => target,
        });
    }
    let word = bare(token);
    let name = reference(word);
    if let Some(known) = names.known(word).or_else(|| names.known(&name)) {
        return Some(Target::Name {
            name: known.to_owned(),
        });
    }
    let number = word.strip_prefix('#').or_else(|| word.strip_prefix("GH-"));
    if let Some(number) = number.and_then(|number| number.parse().ok()) {
        return Some(Target::PullRequest { number });
    }
    if let Some((repository, reference)) = word.split_once(['#', '@'])
        && let Some((owner, name)) = repository.split_once('/')
    {
        return Some(if !names.is_ours(owner, name) {
            elsewhere(word)
        } else if let Ok(number) = reference.parse() {
            Target::PullRequest { number }
        } else if is_sha(reference) {
            commit(reference)
        } else {
            Target::Name {
                name: reference.to_owned(),
            }
        });
    }
    if name.is_empty() || name.starts_with('#') {
        return None;
    }
    if name.eq_ignore_ascii_case("starter") {
        return Some(Target::Starter);
    }
    if name == "HEAD" {
        return Some(Target::Head { word: None });
    }
    if word.starts_with("refs/heads/") {
        return Some(Target::Branch { name });
    }
    if word.starts_with("refs/tags/") {
        return Some(Target::Tag { name });
    }
    if is_sha(word) {
        return Some(commit(word));
    }
    if let Some((owner, branch)) = word.split_once(':')
        && !branch.is_empty()
        && names.repositories.iter().any(|one| {
            one.split('/')
                .next()
                .is_some_and(|of| of.eq_ignore_ascii_case(owner))
        })
    {
        return Some(Target::Branch {
            name: branch.to_owned(),
        });
    }
    let alike = names.near(&name).is_some() && !is_filler(&name);
    let meant = first && (in_code(token) || alike || looks_like_a_name(&name));
    meant.then_some(Target::Name { name })
}

/// May the target be on the next line? After no words at all, or after "commit", "branch" and the like.
fn names_come_next(tokens: &[&str]) -> bool {
    match tokens {
        [] => true,
        [only] => ["commit", "sha", "branch", "tag", "revision"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(bare(only))),
        _ => false,
    }
}

/// The next line often is a signature or a last word, so only what can be nothing else is a target there.
fn on_next_line(word: &str, keyword: Option<&str>, names: &Names) -> Target {
    let name = bare(word);
    let certain = keyword.is_some()
        || in_code(word)
        || is_sha(name)
        || link(word).is_some()
        || name
            .strip_prefix('#')
            .is_some_and(|number| number.parse::<u64>().is_ok())
        || names.has(&reference(name))
        || name.contains(['/', '_'])
        || name.eq_ignore_ascii_case("starter");
    let name = reference(name);
    let found = match keyword.map(|word| bare(word).to_lowercase()).as_deref() {
        Some("branch") => Some(Target::Branch { name }),
        Some("tag") => Some(Target::Tag { name }),
        _ => certain.then(|| one(word, names, true)).flatten(),
    };
    found.unwrap_or(Target::Head { word: None })
}

fn is_filler(word: &str) -> bool {
    FILLERS.iter().any(|one| one.eq_ignore_ascii_case(word))
}

fn in_code(token: &str) -> bool {
    let inner = token.trim_end_matches([',', '.', '!', ';', ':', '*', '_', ')']);
    let inner = inner.trim_start_matches(['*', '_', '(']);
    inner.len() > 2 && inner.starts_with('`') && inner.ends_with('`')
}

/// A word without the marks and punctuation around it.
fn bare(token: &str) -> &str {
    token
        .trim_matches(|c: char| {
            c.is_whitespace()
                || super::commands::is_invisible(c)
                || matches!(
                    c,
                    '`' | '"'
                        | '\''
                        | '('
                        | ')'
                        | '['
                        | ']'
                        | '<'
                        | '>'
                        | '{'
                        | '}'
                        | '*'
                        | ','
                        | '.'
                        | '!'
                        | '?'
                        | ';'
                        | ':'
                        | '“'
                        | '”'
                        | '‘'
                        | '’'
                        | '„'
                        | '…'
                )
        })
        .trim_end_matches(['_', '/'])
}

/// A name without `refs/heads/`, `refs/tags/` or `origin/`.
fn reference(word: &str) -> String {
    [
        "refs/heads/",
        "refs/tags/",
        "heads/",
        "tags/",
        "refs/remotes/origin/",
        "origin/",
    ]
    .iter()
    .find_map(|prefix| word.strip_prefix(prefix))
    .unwrap_or(word)
    .to_owned()
}

/// A word that people do not write in prose. Clauses (`R1`), counts and times are no names.
fn looks_like_a_name(word: &str) -> bool {
    let alphanumeric = |c: char| c.is_alphanumeric();
    let clauses = word
        .split(['-', '/', '–'])
        .all(|part| part.parse::<ClauseId>().is_ok());
    let number = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = number.len() < word.len()
        && ["", "st", "nd", "rd", "th", "%", "h", "am", "pm", "x", "/10"]
            .contains(&number.to_lowercase().as_str());
    let abbreviation = matches!(
        word.to_lowercase().as_str(),
        "e.g" | "i.e" | "a.s.a.p" | "p.s"
    );
    word.contains(alphanumeric)
        && !clauses
        && !counted
        && !abbreviation
        && !word.contains('@')
        && word.contains(|c: char| matches!(c, '/' | '-' | '_' | '.') || c.is_ascii_digit())
}
