//! Scope discipline: which delivered files lie outside the boundary, and whether the candidate said so.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::spec_reading::capitalised;
use super::words::{clauses_of, count, list, name};
use super::{Dimension, Finding, keys};
use crate::acceptance::{ChangeKind, ChangedFile};
use crate::ids::ClauseId;
use crate::spec::Spec;
use crate::work_sample::{Entry, EntryKind, Side, WorkSample, key};

const DIMENSION: Dimension = Dimension::ScopeDiscipline;
const NAMED_FILES: usize = 5;

pub(super) fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let mut all = match ws.effective_assessment() {
        None => vec![Finding::not_observed(
            DIMENSION,
            "no_assessed_delivery",
            "No delivered commit was assessed, so its changed files are not known.",
        )],
        Some(assessment) => {
            let assessed = key::assessed(&assessment.sha);
            files(spec, ws, &assessment.changed_files)
                .into_iter()
                .map(|finding| finding.resting_on([&assessed]))
                .collect()
        }
    };
    all.extend(non_goals(spec, ws));
    all
}

/// What the candidate wrote to declare something with.
fn declarations(ws: &WorkSample) -> Vec<&Entry> {
    ws.entries
        .iter()
        .filter(|entry| {
            entry.side == Side::Candidate
                && matches!(
                    entry.kind,
                    EntryKind::Decision | EntryKind::Progress | EntryKind::Memo
                )
        })
        .collect()
}

fn files(spec: &Spec, ws: &WorkSample, changed: &[ChangedFile]) -> Vec<Finding> {
    if changed.is_empty() {
        return vec![Finding::not_observed(
            DIMENSION,
            "no_changes",
            "The delivered commit changes no file.",
        )];
    }
    let boundary = boundary(spec);
    let globs = spec.boundary.allowed.join(", ");
    let mut outside: BTreeMap<&str, Vec<&ChangedFile>> = BTreeMap::new();
    for file in changed {
        if !boundary.is_match(&file.path) {
            outside.entry(directory(&file.path)).or_default().push(file);
        }
    }
    let number: usize = outside.values().map(Vec::len).sum();
    if number == 0 {
        let all = if changed.len() == 1 {
            "The one changed file lies".to_owned()
        } else {
            format!("All {} changed files lie", changed.len())
        };
        return vec![Finding::observed(
            DIMENSION,
            "all_inside",
            format!("{all} inside the boundary ({globs})."),
        )];
    }
    let mut all = vec![Finding::observed(
        DIMENSION,
        "outside_boundary",
        format!(
            "{number} of {} {lie} outside the boundary ({globs}).",
            count(changed.len(), "changed file"),
            lie = if number == 1 { "lies" } else { "lie" }
        ),
    )];
    all.extend(
        outside
            .into_iter()
            .map(|(directory, files)| one_directory(ws, directory, &files)),
    );
    all
}

/// The globs of the boundary; `*` stays within one directory. One that cannot be read matches nothing, and a spec with
/// such a glob does not pass its check.
fn boundary(spec: &Spec) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in &spec.boundary.allowed {
        if let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// The directory of a path, with its slash; empty at the root.
fn directory(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

fn one_directory(ws: &WorkSample, directory: &str, files: &[&ChangedFile]) -> Finding {
    let declared: Vec<&Entry> = declarations(ws)
        .into_iter()
        .filter(|entry| names(entry, directory, files))
        .collect();
    let mut shown: Vec<String> = files
        .iter()
        .take(NAMED_FILES)
        .map(|file| {
            let change = match file.change {
                ChangeKind::Added => "added",
                ChangeKind::Modified => "modified",
                ChangeKind::Removed => "removed",
            };
            format!(
                "{} ({change}, +{} −{})",
                file.path, file.added, file.removed
            )
        })
        .collect();
    if files.len() > NAMED_FILES {
        shown.push(format!("{} more", files.len() - NAMED_FILES));
    }
    let (lie, them) = if files.len() == 1 {
        ("lies", "it")
    } else {
        ("lie", "them")
    };
    let delivered_at = ws.effective_delivery().map(|delivery| delivery.at);
    let said: Vec<String> = declared
        .iter()
        .map(|entry| {
            let when = match delivered_at {
                Some(at) if entry.at > at => "after the delivery",
                Some(_) | None => "before the delivery",
            };
            format!("{} ({when})", name(entry))
        })
        .collect();
    let (code, said) = match said.len() {
        0 => (
            "outside_undeclared",
            format!("no decision, progress update or memo names {them} by path"),
        ),
        1 => ("outside_declared", format!("named in {}", list(&said))),
        _ => ("outside_declared", format!("named in {}", list(&said))),
    };
    let subject = if directory.is_empty() {
        "./"
    } else {
        directory
    };
    Finding::observed(
        DIMENSION,
        code,
        format!("{} {lie} outside the boundary; {said}.", list(&shown)),
    )
    .about(subject)
    .resting_on(keys(&declared))
}

/// Does a text name one of the files, or their directory?
fn names(entry: &Entry, directory: &str, files: &[&ChangedFile]) -> bool {
    let text = format!("{}\n{}", entry.title, entry.text);
    let in_directory =
        !directory.is_empty() && is_named(&text, directory.trim_end_matches('/'), true);
    in_directory
        || files.iter().any(|file| {
            let own_name = &file.path[directory.len()..];
            is_named(&text, &file.path, false) || is_named(&text, own_name, false)
        })
}

/// Does `path` stand in the text as a path of its own? A directory of one plain word has to be written as a path (`docs/`,
/// `` `docs` ``): the bare word is too common.
fn is_named(text: &str, path: &str, is_directory: bool) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(path).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let mut after = text[start + found.len()..].chars();
        let next = after.next();
        let begins = before.is_none_or(|c| !part_of_name(c));
        let ends = match next {
            Some('.') => after.next().is_none_or(|c| !part_of_name(c)),
            Some(c) => !part_of_name(c),
            None => true,
        };
        let written_as_path = !is_directory
            || path.contains('/')
            || next == Some('/')
            || (before == Some('`') && next == Some('`'));
        begins && ends && written_as_path
    })
}

fn non_goals(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    declarations(ws)
        .into_iter()
        .filter_map(|entry| {
            let named: Vec<ClauseId> = clauses_of(spec, entry)
                .into_iter()
                .filter(ClauseId::is_non_goal)
                .collect();
            if named.is_empty() {
                return None;
            }
            let titles: Vec<String> = named
                .iter()
                .map(|id| {
                    let title = spec.clause(id).map_or("", |clause| clause.title.as_str());
                    format!("{id} “{title}”")
                })
                .collect();
            let what = if titles.len() == 1 {
                "non-goal"
            } else {
                "non-goals"
            };
            Some(
                Finding::observed(
                    DIMENSION,
                    "non_goal_named",
                    format!(
                        "{} names the {what} {}.",
                        capitalised(&name(entry)),
                        list(&titles)
                    ),
                )
                .about(&entry.key)
                .resting_on([&entry.key])
                .naming(&named),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_as_a_whole_and_a_directory_as_a_path() {
        assert!(is_named("I added web/ui.html.", "web/ui.html", false));
        assert!(is_named("I added web/ui.html", "ui.html", false));
        assert!(!is_named("I added gui.html", "ui.html", false));
        assert!(!is_named("see main.rs.bak", "main.rs", false));
        assert!(is_named("all below docs/", "docs", true));
        assert!(is_named("the `docs` folder", "docs", true));
        assert!(!is_named("the docs say", "docs", true));
        assert!(is_named("below src/web now", "src/web", true));
    }

    #[test]
    fn the_directory_of_a_path_keeps_its_slash() {
        assert_eq!(directory("a/b/c.rs"), "a/b/");
        assert_eq!(directory("Makefile"), "");
    }
}
