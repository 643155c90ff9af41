//! The work tree as the host handles it. What a command leaves behind is hostile: symlinks that point at the host's files,
//! pipes that block a reader, folders that can not be read or are nested without end. Nothing here follows a symlink.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, lchown};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use tempfile::TempDir;

use crate::spec::Tree;

/// A delivered tree larger than this is not a work sample.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
const MOST_FILES: u64 = 100_000;

/// User ids that no system gives to anybody. Each work tree gets one of its own, so that the kernel's count of a user's
/// processes is the count of one run.
const FIRST_UID: u32 = 1_900_000_000;
const UIDS: u32 = 1 << 24;

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("`{path}` could not be staged: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "the delivered tree is too large: more than {} MiB or {MOST_FILES} files",
        MOST_BYTES / 1024 / 1024
    )]
    TooLarge,
    #[error("`{0}` is not a path within the tree: it must be relative and without `..`")]
    Outside(String),
    #[error("`{0}` is not a regular file within the tree")]
    NotAFile(String),
    #[error("`{path}` has more than {most} bytes")]
    FileTooLarge { path: String, most: u64 },
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> TreeError {
    move |source| TreeError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A private scratch tree on the host and the folder for what is built from it, removed when dropped.
#[derive(Debug)]
pub struct WorkTree {
    scratch: TempDir,
    work: PathBuf,
    build: PathBuf,
}

impl WorkTree {
    /// # Errors
    /// When no temporary directory can be made.
    pub fn empty() -> Result<WorkTree, TreeError> {
        let scratch = tempfile::Builder::new()
            .prefix("worksample-")
            .tempdir()
            .map_err(io_error(Path::new("the temporary folder")))?;
        let (work, build) = (scratch.path().join("work"), scratch.path().join("build"));
        for folder in [&work, &build] {
            fs::create_dir(folder).map_err(io_error(folder))?;
        }
        Ok(WorkTree {
            scratch,
            work,
            build,
        })
    }

    /// A copy of a checked-out tree without its `.git`. Symlinks are copied as they are; sockets and the like are left out.
    ///
    /// # Errors
    /// When it can not be read or is larger than a work sample may be.
    pub fn copy_of(delivered: &Path) -> Result<WorkTree, TreeError> {
        let tree = WorkTree::empty()?;
        Copying::default().below(delivered, &tree.work, Path::new(".git"))?;
        Ok(tree)
    }

    /// A tree of its own with the same files and the same times of change, so that build tools see nothing to do. No
    /// command may be running in this one. What is no file, folder or symlink is left out, and so is what its owner
    /// made unreachable.
    ///
    /// # Errors
    /// When it is larger than a work sample may be, or the disk is full.
    pub fn copy(&self) -> Result<WorkTree, TreeError> {
        let tree = WorkTree::empty()?;
        let mut copying = Copying::default();
        copying.below(&self.work, &tree.work, Path::new(""))?;
        copying.below(&self.build, &tree.build, Path::new(""))?;
        Ok(tree)
    }

    /// Where the tree lies on the host; `/work` inside.
    pub fn path(&self) -> &Path {
        &self.work
    }

    /// Where on the host lies what is built from the tree; `/build` inside.
    pub fn build(&self) -> &Path {
        &self.build
    }

    /// Lays files over the tree. Whatever stands in the way, symlinks above all, is removed, not followed. A file that
    /// stands there intact is left alone: a new time of change would make build tools build again.
    ///
    /// # Errors
    /// When a path leads outside or can not be written.
    pub fn lay(&self, files: &Tree) -> Result<(), TreeError> {
        let owner = fs::symlink_metadata(self.path()).map_err(io_error(self.path()))?;
        let own = |path: &Path| {
            if rustix::process::geteuid().is_root() {
                return lchown(path, Some(owner.uid()), Some(owner.gid())).map_err(io_error(path));
            }
            Ok(())
        };
        for (path, file) in files {
            let parts = parts(path)?;
            let (name, parents) = parts
                .split_last()
                .ok_or_else(|| TreeError::Outside(path.clone()))?;
            let mut place = self.path().to_owned();
            for parent in parents {
                place.push(parent);
                match fs::symlink_metadata(&place) {
                    Ok(found) if found.is_dir() => make_usable(&place),
                    Ok(_) => {
                        fs::remove_file(&place).map_err(io_error(&place))?;
                        fs::create_dir(&place).map_err(io_error(&place))?;
                        own(&place)?;
                    }
                    Err(_) => {
                        fs::create_dir(&place).map_err(io_error(&place))?;
                        own(&place)?;
                    }
                }
            }
            place.push(name);
            if is_intact(&place, file) {
                continue;
            }
            clear(&place).map_err(io_error(&place))?;
            let mut target = File::options()
                .write(true)
                .create_new(true)
                .mode(mode_of(file))
                .open(&place)
                .map_err(io_error(&place))?;
            io::Write::write_all(&mut target, &file.bytes).map_err(io_error(&place))?;
            own(&place)?;
        }
        Ok(())
    }

    /// Removes whatever stands at the path, or the first symlink or file on the way to it.
    ///
    /// # Errors
    /// When the path leads outside or what stands there can not be removed.
    pub fn remove(&self, path: &str) -> Result<(), TreeError> {
        let parts = parts(path)?;
        let mut place = self.path().to_owned();
        for (index, part) in parts.iter().enumerate() {
            place.push(part);
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_dir() && index + 1 < parts.len() => make_usable(&place),
                Ok(_) => return clear(&place).map_err(io_error(&place)),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Reads a file that a command may have written; `None` where there is none.
    ///
    /// # Errors
    /// When there is something but it is no regular file, is reached through a symlink, or is longer than `most` bytes.
    pub fn read(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, TreeError> {
        parts(path)?;
        let root = rustix::fs::open(
            self.path(),
            OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|errno| io_error(self.path())(errno.into()))?;
        // Without NONBLOCK, opening a pipe would wait for a writer for ever.
        let opened = rustix::fs::openat2(
            &root,
            path,
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH
                | ResolveFlags::NO_SYMLINKS
                | ResolveFlags::NO_MAGICLINKS
                | ResolveFlags::NO_XDEV,
        );
        let file = match opened {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(_) => return Err(TreeError::NotAFile(path.to_owned())),
        };
        let found = file.metadata().map_err(io_error(Path::new(path)))?;
        if !found.is_file() {
            return Err(TreeError::NotAFile(path.to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(io_error(Path::new(path)))?;
        if bytes.len() as u64 > most {
            return Err(TreeError::FileTooLarge {
                path: path.to_owned(),
                most,
            });
        }
        Ok(Some(bytes))
    }
}

impl Drop for WorkTree {
    fn drop(&mut self) {
        // What can not be removed stays in the temporary folder; there is nobody left to tell.
        let _ = empty_directory(self.scratch.path());
    }
}

/// What a copy has come to so far.
#[derive(Debug, Default)]
struct Copying {
    bytes: u64,
    files: u64,
}

impl Copying {
    /// Copies everything below `from` into the folder `to`, but what stands at `without`. No symlink is followed.
    fn below(&mut self, from: &Path, to: &Path, without: &Path) -> Result<(), TreeError> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            let directory = from.join(&below);
            let Some(entries) = reached(fs::read_dir(&directory), &directory)? else {
                continue;
            };
            for entry in entries {
                let entry = entry.map_err(io_error(&directory))?;
                let relative = below.join(entry.file_name());
                if relative == without {
                    continue;
                }
                let (from, to) = (entry.path(), to.join(&relative));
                let Some(found) = reached(entry.metadata(), &from)? else {
                    continue;
                };
                self.files += 1;
                self.bytes += found.len();
                if self.bytes > MOST_BYTES || self.files > MOST_FILES {
                    return Err(TreeError::TooLarge);
                }
                if found.is_dir() {
                    if reached(fs::create_dir(&to), &to)?.is_some() {
                        waiting.push(relative);
                    }
                } else if found.is_symlink() {
                    let target = fs::read_link(&from).map_err(io_error(&from))?;
                    reached(std::os::unix::fs::symlink(target, &to), &to)?;
                } else if found.is_file() && reached(fs::copy(&from, &to), &from)?.is_some() {
                    changed_at(&to, &found).map_err(|errno| io_error(&to)(errno.into()))?;
                }
            }
        }
        Ok(())
    }
}

/// `None` for what cannot be reached: its permissions were taken away, or it lies deeper than a path can be long.
fn reached<T>(outcome: io::Result<T>, path: &Path) -> Result<Option<T>, TreeError> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidFilename
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Gives a copied file the original's time of change, by which build tools tell what has to be built.
fn changed_at(copy: &Path, original: &fs::Metadata) -> Result<(), rustix::io::Errno> {
    let changed = Timespec {
        tv_sec: original.mtime(),
        tv_nsec: original.mtime_nsec(),
    };
    let times = Timestamps {
        last_access: changed,
        last_modification: changed,
    };
    rustix::fs::utimensat(CWD, copy, &times, AtFlags::SYMLINK_NOFOLLOW)
}

fn parts(path: &str) -> Result<Vec<&std::ffi::OsStr>, TreeError> {
    let parts: Option<Vec<_>> = Path::new(path)
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    parts
        .filter(|parts| !parts.is_empty())
        .ok_or_else(|| TreeError::Outside(path.to_owned()))
}

/// Is there exactly this file, as it was laid? A command may have taken its permissions away, or tied another name to it.
fn is_intact(path: &Path, wanted: &crate::spec::File) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else {
        return false;
    };
    found.is_file()
        && found.nlink() == 1
        && found.len() == wanted.bytes.len() as u64
        && found.mode() & 0o7777 == mode_of(wanted)
        && fs::read(path).is_ok_and(|bytes| bytes == wanted.bytes)
}

fn mode_of(file: &crate::spec::File) -> u32 {
    if file.executable { 0o755 } else { 0o644 }
}

fn make_usable(directory: &Path) {
    // Where it fails, the write that follows says so.
    let _ = fs::set_permissions(directory, fs::Permissions::from_mode(0o755));
}

/// Removes whatever is at `path`, if anything is.
fn clear(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {
            empty_directory(path)?;
            fs::remove_dir(path)
        }
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes all below `top` without recursion, so that no nesting is too deep: subfolders are moved up until there are none.
fn empty_directory(top: &Path) -> io::Result<()> {
    let mut moved = 0_u64;
    fs::set_permissions(top, fs::Permissions::from_mode(0o700))?;
    loop {
        let mut empty = true;
        for entry in fs::read_dir(top)? {
            empty = false;
            let entry = entry?;
            let path = entry.path();
            if !entry.file_type()?.is_dir() {
                fs::remove_file(&path)?;
                continue;
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            for inner in fs::read_dir(&path)? {
                let inner = inner?;
                if !inner.file_type()?.is_dir() {
                    fs::remove_file(inner.path())?;
                    continue;
                }
                fs::set_permissions(inner.path(), fs::Permissions::from_mode(0o700))?;
                moved += 1;
                while rename_if_free(&inner.path(), &top.join(format!("moved-{moved}")))? {
                    moved += 1;
                }
            }
            fs::remove_dir(&path)?;
        }
        if empty {
            return Ok(());
        }
    }
}

/// Moves a folder unless something has that name already; says whether it has.
fn rename_if_free(from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::fs::{RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(false),
        Err(rustix::io::Errno::EXIST) => Ok(true),
        Err(errno) => Err(errno.into()),
    }
}

/// Gives the folders of a tree to a user id of its own, unless they have one already, and says which.
pub(super) fn adopt(folders: &[&Path; 2]) -> io::Result<u32> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [one, other] = [
        fs::symlink_metadata(folders[0])?.uid(),
        fs::symlink_metadata(folders[1])?.uid(),
    ];
    if one == other && (FIRST_UID..FIRST_UID + UIDS).contains(&one) {
        return Ok(one);
    }
    // The process's own id keeps two services on one machine apart.
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let uid = FIRST_UID + std::process::id().wrapping_mul(4099).wrapping_add(count) % UIDS;
    let mut waiting: Vec<PathBuf> = folders.iter().map(|one| (*one).to_owned()).collect();
    while let Some(path) = waiting.pop() {
        lchown(&path, Some(uid), Some(uid))?;
        if fs::symlink_metadata(&path)?.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(uid)
}
