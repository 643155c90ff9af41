//! Folders on disk: reads one into memory and lays one out, never following a symlink; tells who is alive on one. A tool
//! for the edges above.

mod links;
mod presence;
mod read;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use links::remove_outside_links;
pub use presence::{Gone, Presence, gone};
pub use read::{MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, read_folder};
pub use write::write_tree;

/// Why a folder could not be read or laid out.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not a folder: name the folder that holds spec.toml", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} is a symlink: put the file itself there, for what a link means depends on the machine", .0.display())]
    Symlink(PathBuf),
    #[error("{} is neither a file nor a folder: take it out", .0.display())]
    Special(PathBuf),
    #[error("the name of {} is not UTF-8: rename it", .0.display())]
    NameNotText(PathBuf),
    #[error("{} has {bytes} bytes, {limit} are allowed: make it smaller or take it out", path.display())]
    FileTooLarge {
        path: PathBuf,
        bytes: u64,
        limit: u64,
    },
    #[error("{} holds more than {limit} bytes: take out what is not needed", path.display())]
    FolderTooLarge { path: PathBuf, limit: u64 },
    #[error("{} holds more than {limit} files: take out what is not needed", path.display())]
    TooManyFiles { path: PathBuf, limit: usize },
    #[error("`{path}` cannot be written: {because}")]
    UnsafePath { path: String, because: &'static str },
}

impl DiskError {
    /// Stable name of the kind of error, for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            DiskError::Io { .. } => "disk-io",
            DiskError::NotAFolder(_) => "not-a-folder",
            DiskError::Symlink(_) => "symlink",
            DiskError::Special(_) => "special-file",
            DiskError::NameNotText(_) => "name-not-text",
            DiskError::FileTooLarge { .. } => "file-too-large",
            DiskError::FolderTooLarge { .. } => "folder-too-large",
            DiskError::TooManyFiles { .. } => "too-many-files",
            DiskError::UnsafePath { .. } => "unsafe-path",
        }
    }
}

/// An I/O error with what was being done to which path.
pub fn failed_to(doing: &'static str, path: &Path, source: io::Error) -> DiskError {
    failed(doing, path)(source)
}

/// Turns an I/O error into one that says what was being done to which path.
fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |source| DiskError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
