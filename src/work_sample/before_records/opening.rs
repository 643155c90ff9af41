//! `/deliver` as format 1 read it: at the very start of a text, with a commit of 7 to 64 hexadecimal digits behind it or
//! none.

/// `Some` if the text says `/deliver`, with the commit that it names.
pub(super) fn delivers(text: &str) -> Option<Option<String>> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let after_slash = start.strip_prefix('/')?;
    let end = after_slash
        .find(char::is_whitespace)
        .unwrap_or(after_slash.len());
    let (word, content) = after_slash.split_at(end);
    let name = word.trim_end_matches([':', ',', '.', '!', ';']);
    if !name.eq_ignore_ascii_case("deliver") {
        return None;
    }
    let first_line = content.lines().next().unwrap_or_default();
    Some(named_commit(first_line.split_whitespace().next()))
}

fn named_commit(argument: Option<&str>) -> Option<String> {
    let word = argument?.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let looks_like_one =
        (7..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
    looks_like_one.then(|| word.to_ascii_lowercase())
}
