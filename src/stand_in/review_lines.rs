//! Finds the line of a pull request's diff that a review comment is about.

use serde::Deserialize;

use super::records::{Pull, RepoId, Spot};
use super::refusal::Refusal;
use super::world::World;

/// Where a review comment should stand, as a request says it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    path: Option<String>,
    position: Option<u64>,
    line: Option<u64>,
    side: Option<String>,
    start_line: Option<u64>,
    start_side: Option<String>,
    subject_type: Option<String>,
}

const RESOURCE: &str = "PullRequestReviewComment";

/// The spot in the diff between the pull request's base and `commit`.
pub(super) async fn find(
    world: &World,
    repo: RepoId,
    pull: &Pull,
    commit: &str,
    wanted: &Wanted,
) -> Result<Spot, Refusal> {
    let path = wanted.path.clone().unwrap_or_default();
    if path.is_empty() {
        return Err(Refusal::invalid(RESOURCE, "path", "missing_field"));
    }
    let range = format!("{}...{commit}", pull.base_sha);
    let args = ["diff", "--no-renames", "--no-color", &range, "--", &path];
    let said = world
        .git
        .run(repo, &args, b"")
        .await
        .map_err(Refusal::broken)?;
    if !said.success || said.out.is_empty() {
        return Err(Refusal::custom(
            RESOURCE,
            "pull_request_review_thread.path is not part of the pull request's diff",
        ));
    }
    let diff = String::from_utf8_lossy(&said.out);
    let side = match wanted.side.as_deref() {
        None | Some("RIGHT") => "RIGHT",
        Some("LEFT") => "LEFT",
        Some(_) => return Err(Refusal::invalid(RESOURCE, "side", "invalid")),
    };
    let spot = |line, side: &str, position, hunk| Spot {
        path: path.clone(),
        line,
        side: side.to_owned(),
        start_line: wanted.start_line,
        start_side: wanted
            .start_line
            .map(|_| wanted.start_side.clone().unwrap_or_else(|| side.to_owned())),
        position,
        hunk,
    };
    if wanted.subject_type.as_deref() == Some("file") {
        return Ok(spot(None, side, 1, String::new()));
    }
    let found = lines(&diff)
        .into_iter()
        .find(|one| match (wanted.line, wanted.position) {
            (Some(line), _) if side == "LEFT" => one.old == Some(line),
            (Some(line), _) => one.new == Some(line),
            (None, Some(position)) => one.position == position,
            (None, None) => false,
        });
    let not_in_diff = || {
        let name = if wanted.line.is_none() && wanted.position.is_some() {
            "position"
        } else {
            "line"
        };
        let message = format!("pull_request_review_thread.{name} must be part of the diff");
        Refusal::custom(RESOURCE, &message)
    };
    let found = found.ok_or_else(not_in_diff)?;
    let side = match (wanted.line, found.new) {
        (Some(_), _) => side,
        (None, Some(_)) => "RIGHT",
        (None, None) => "LEFT",
    };
    let line = if side == "LEFT" { found.old } else { found.new };
    Ok(spot(line, side, found.position, found.hunk))
}

/// A line of a diff.
struct DiffLine {
    /// Its number before and after the change.
    old: Option<u64>,
    new: Option<u64>,
    /// Lines below the first hunk's header.
    position: u64,
    /// Its hunk, up to this line.
    hunk: String,
}

fn lines(diff: &str) -> Vec<DiffLine> {
    let mut lines = Vec::new();
    let mut hunk: Option<String> = None;
    let (mut position, mut old, mut new) = (0, 0, 0);
    for text in diff.lines() {
        if let Some(starts) = starts(text) {
            if hunk.is_some() {
                position += 1;
            }
            (old, new) = starts;
            hunk = Some(text.to_owned());
            continue;
        }
        let Some(hunk) = &mut hunk else { continue };
        position += 1;
        hunk.push('\n');
        hunk.push_str(text);
        let (is_old, is_new) = match text.as_bytes().first() {
            Some(b'+') => (false, true),
            Some(b'-') => (true, false),
            Some(b' ') => (true, true),
            // `\ No newline at end of file`
            _ => continue,
        };
        lines.push(DiffLine {
            old: is_old.then_some(old),
            new: is_new.then_some(new),
            position,
            hunk: hunk.clone(),
        });
        old += u64::from(is_old);
        new += u64::from(is_new);
    }
    lines
}

/// The first lines of `@@ -1,2 +3,4 @@`.
fn starts(header: &str) -> Option<(u64, u64)> {
    let mut words = header.strip_prefix("@@ -")?.split(' ');
    let first = |word: &str| word.split(',').next()?.parse().ok();
    let old = first(words.next()?)?;
    let new = first(words.next()?.strip_prefix('+')?)?;
    Some((old, new))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn diff_lines_have_positions_below_first_header_and_numbers_of_both_sides() {
        let diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n@@ -9 +9,2 @@ fn\n nine\n+ten\n";
        let seen: Vec<_> = lines(diff)
            .into_iter()
            .map(|line| (line.old, line.new, line.position, line.hunk))
            .collect();
        let last = "@@ -9 +9,2 @@ fn\n nine\n+ten".to_owned();
        assert_eq!(seen.len(), 5);
        assert_eq!(seen[1].0, Some(2));
        assert_eq!((seen[2].0, seen[2].1, seen[2].2), (None, Some(2), 3));
        assert_eq!(seen[4], (None, Some(10), 6, last));
    }
}
