//! Reading a folder into memory.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{DiskError, failed};
use crate::spec::{File, Folder, Tree};

/// The most files a spec folder may hold.
pub const MAX_FILES: usize = 5_000;
/// The most bytes one file may have.
pub const MAX_FILE_BYTES: u64 = 5 * 1024 * 1024;
/// The most bytes all files may have together.
pub const MAX_TOTAL_BYTES: u64 = 50 * 1024 * 1024;

/// Leavings of tools, which are no part of a spec wherever they lie.
const LEAVINGS: &[&str] = &[
    ".git",
    "__pycache__",
    "node_modules",
    ".venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".DS_Store",
];

/// Reads every file below `dir`. Build leavings (`.git`, `__pycache__`, a `target` beside a `Cargo.toml` …) are left out.
///
/// # Errors
/// Refuses symlinks, special files, names that are not UTF-8, and folders beyond the limits of this module.
pub fn read_folder(dir: &Path) -> Result<Folder, DiskError> {
    if !fs::metadata(dir).map_err(failed("read", dir))?.is_dir() {
        return Err(DiskError::NotAFolder(dir.to_owned()));
    }
    let mut reader = Reader {
        root: dir,
        files: Tree::new(),
        bytes: 0,
    };
    reader.directory(dir, "")?;
    Ok(Folder {
        files: reader.files,
    })
}

struct Reader<'a> {
    root: &'a Path,
    files: Tree,
    bytes: u64,
}

impl Reader<'_> {
    fn directory(&mut self, dir: &Path, prefix: &str) -> Result<(), DiskError> {
        let beside_manifest = dir.join("Cargo.toml").exists();
        for entry in fs::read_dir(dir).map_err(failed("list", dir))? {
            let entry = entry.map_err(failed("list", dir))?;
            let path = entry.path();
            let name = entry
                .file_name()
                .into_string()
                .map_err(|_| DiskError::NameNotText(path.clone()))?;
            if LEAVINGS.contains(&name.as_str()) || (name == "target" && beside_manifest) {
                continue;
            }
            // Does not follow: a symlink is seen as one.
            let kind = entry.file_type().map_err(failed("look at", &path))?;
            let below = format!("{prefix}{name}");
            if kind.is_symlink() {
                return Err(DiskError::Symlink(path));
            } else if kind.is_dir() {
                self.directory(&path, &format!("{below}/"))?;
            } else if kind.is_file() {
                self.file(&path, below)?;
            } else {
                return Err(DiskError::Special(path));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, below: String) -> Result<(), DiskError> {
        if self.files.len() == MAX_FILES {
            return Err(DiskError::TooManyFiles {
                path: self.root.to_owned(),
                limit: MAX_FILES,
            });
        }
        let opened = fs::File::open(path).map_err(failed("open", path))?;
        let about = opened.metadata().map_err(failed("look at", path))?;
        let mut bytes = Vec::new();
        // One byte more than allowed is enough to know, however fast the file grows.
        opened
            .take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(failed("read", path))?;
        let length = bytes.len() as u64;
        if length > MAX_FILE_BYTES {
            return Err(DiskError::FileTooLarge {
                path: path.to_owned(),
                bytes: about.len().max(length),
                limit: MAX_FILE_BYTES,
            });
        }
        self.bytes += length;
        if self.bytes > MAX_TOTAL_BYTES {
            return Err(DiskError::FolderTooLarge {
                path: self.root.to_owned(),
                limit: MAX_TOTAL_BYTES,
            });
        }
        let executable = about.permissions().mode() & 0o100 != 0;
        self.files.insert(below, File { bytes, executable });
        Ok(())
    }
}
