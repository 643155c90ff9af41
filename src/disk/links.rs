//! Symlinks in a tree that somebody else wrote.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{DiskError, failed};

/// Removes every symlink below `dir` that does not lead, by a relative path, to something inside it; returns their paths
/// relative to `dir`, sorted. Absolute links are removed wherever they lead: inside a sandbox they would lead elsewhere.
pub fn remove_outside_links(dir: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let root = fs::canonicalize(dir).map_err(failed("read", dir))?;
    let mut removed = Vec::new();
    loop {
        let mut links = Vec::new();
        find_links(&root, &mut links)?;
        let before = removed.len();
        for link in links {
            if !stays_inside(&root, &link) {
                fs::remove_file(&link).map_err(failed("remove", &link))?;
                removed.push(link.strip_prefix(&root).unwrap_or(&link).to_owned());
            }
        }
        // Removing one link may leave another, that led through it, without a target.
        if removed.len() == before {
            removed.sort();
            return Ok(removed);
        }
    }
}

fn find_links(dir: &Path, links: &mut Vec<PathBuf>) -> Result<(), DiskError> {
    for entry in fs::read_dir(dir).map_err(failed("list", dir))? {
        let entry = entry.map_err(failed("list", dir))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failed("look at", &path))?;
        if kind.is_symlink() {
            links.push(path);
        } else if kind.is_dir() {
            find_links(&path, links)?;
        }
    }
    Ok(())
}

fn stays_inside(root: &Path, link: &Path) -> bool {
    let Ok(target) = fs::read_link(link) else {
        return false;
    };
    never_climbs_out(root, link, &target)
        && fs::canonicalize(link).is_ok_and(|found| found.starts_with(root))
}

/// A link that climbs out and comes back by the root's own name would lead elsewhere once the tree lies elsewhere.
fn never_climbs_out(root: &Path, link: &Path, target: &Path) -> bool {
    let parent = link
        .parent()
        .and_then(|parent| parent.strip_prefix(root).ok());
    let mut depth = parent.map_or(0, |parent| parent.components().count());
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}
