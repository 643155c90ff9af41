//! Reads addresses: which commit, branch, tag or pull request of a repository one names.

use super::names::Names;
use crate::plain_text::shortened;
use crate::work_sample::declaration::Target;

pub(super) fn is_sha(word: &str) -> bool {
    (7..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit())
}

pub(super) fn commit(word: &str) -> Target {
    Target::Commit {
        sha: word.to_ascii_lowercase(),
    }
}

/// The address and the text of `[text](https://…)`, `<https://…>` or `https://…`.
pub(super) fn link(token: &str) -> Option<(&str, &str)> {
    let start = token.find("http://").or_else(|| token.find("https://"))?;
    let before = &token[..start];
    let text = before
        .strip_suffix("](")
        .map(|text| text.trim_start_matches(['*', '_', '(', '[']));
    let plain = before.chars().all(|c| !c.is_alphanumeric());
    if text.is_none() && !plain {
        return None;
    }
    let url = &token[start..];
    let end = url.find([')', '>', ']', '"', '`']).unwrap_or(url.len());
    Some((
        url[..end].trim_end_matches([',', '.', '!', ';', ':', '*', '_', '?']),
        text.unwrap_or_default(),
    ))
}

pub(super) fn elsewhere(what: &str) -> Target {
    Target::Other {
        what: format!("`{}` is not in this repository", cut(what)),
    }
}

/// What an address names: a commit, a pull request, a branch or a tag of this repository, on whatever host.
pub(super) fn address(url: &str, names: &Names) -> Target {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<String> = path
        .split('/')
        .skip(1)
        .filter(|part| !part.is_empty())
        .map(decoded)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let [owner, name, rest @ ..] = parts.as_slice() else {
        return elsewhere(url);
    };
    if !names.is_ours(owner, name) {
        return elsewhere(url);
    }
    match rest {
        [] => Target::Head { word: None },
        ["commit", sha, ..] if sha.bytes().all(|b| b.is_ascii_hexdigit()) => commit(sha),
        ["pull", _, "commits" | "changes", sha, ..] if is_sha(sha) => commit(sha),
        ["pull", number, ..] if number.parse::<u64>().is_ok() => Target::PullRequest {
            number: number.parse().unwrap_or_default(),
        },
        ["releases", "tag", tag @ ..] if !tag.is_empty() => Target::Tag {
            name: tag.join("/"),
        },
        ["tree" | "commits" | "commit" | "blob", reference @ ..] if !reference.is_empty() => {
            // A path may follow the branch, and branches have slashes too: the longest known name is meant.
            let known = (1..=reference.len())
                .rev()
                .map(|length| reference[..length].join("/"))
                .find(|name| names.has(name));
            match (known, reference) {
                (Some(name), _) => Target::Name { name },
                (None, ["HEAD", ..]) => Target::Head { word: None },
                (None, [sha, ..]) if is_sha(sha) => commit(sha),
                (None, _) => Target::Name {
                    name: reference.join("/"),
                },
            }
        }
        ["issues", number, ..] => Target::Other {
            what: format!("#{} is an issue, not a pull request", cut(number)),
        },
        _ => Target::Other {
            what: format!(
                "`{}` is no address of a commit, branch or pull request",
                cut(url)
            ),
        },
    }
}

/// Percent-decoded, where that gives text.
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| part.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| part.to_owned())
}

/// The longest part of somebody's words that a message repeats.
const LONGEST: usize = 40;

/// Somebody's words for a message between code marks: cut, and without such marks of their own.
pub fn cut(text: &str) -> String {
    shortened(&text.replace('`', "'"), LONGEST)
}
