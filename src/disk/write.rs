//! Laying a tree out on disk, also over a tree that somebody else wrote.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{DiskError, failed};
use crate::spec::path::unsafe_because;
use crate::spec::{File, Tree};

/// Writes every file of `tree` below `dir`, which is created if need be. What stands in the way is replaced: a file, and
/// above all a symlink, on the path or at its end. Nothing is ever written through a link, so a tree from a candidate
/// cannot lead a reviewer's file elsewhere. Nobody else may change `dir` meanwhile.
///
/// # Errors
/// Refuses the whole tree, before anything is written, if one of its paths is unsafe.
pub fn write_tree(dir: &Path, tree: &Tree) -> Result<(), DiskError> {
    if let Some((path, because)) = tree
        .keys()
        .find_map(|path| unsafe_because(path).map(|because| (path, because)))
    {
        return Err(DiskError::UnsafePath {
            path: path.clone(),
            because,
        });
    }
    fs::create_dir_all(dir).map_err(failed("create", dir))?;
    for (path, file) in tree {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let mut place = dir.to_owned();
        for part in parts {
            place.push(part);
            real_directory(&place)?;
        }
        write_file(place.join(name), file)?;
    }
    Ok(())
}

fn real_directory(path: &Path) -> Result<(), DiskError> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(path).map_err(failed("replace", path))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed("look at", path)(error)),
    }
    fs::DirBuilder::new()
        .mode(0o755)
        .create(path)
        .map_err(failed("create", path))
}

fn write_file(path: PathBuf, file: &File) -> Result<(), DiskError> {
    match fs::symlink_metadata(&path) {
        // `remove_dir_all` removes links, it does not follow them.
        Ok(about) if about.is_dir() => {
            fs::remove_dir_all(&path).map_err(failed("replace", &path))?
        }
        Ok(_) => fs::remove_file(&path).map_err(failed("replace", &path))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed("look at", &path)(error)),
    }
    let mode = if file.executable { 0o755 } else { 0o644 };
    // `create_new` fails on anything that stands there, a link included.
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)
        .map_err(failed("create", &path))?;
    opened
        .write_all(&file.bytes)
        .map_err(failed("write", &path))?;
    // The mode again, for the process's umask may have taken from it.
    opened
        .set_permissions(fs::Permissions::from_mode(mode))
        .map_err(failed("set the mode of", &path))
}
