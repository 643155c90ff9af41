//! Who is alive on a folder: each process holds the lock of a file of its own, which the kernel lets go however the
//! process ends. So the others see at once that somebody is gone, where a lease in a database only runs out.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A name that is present as long as this value, or the process, lives.
#[derive(Debug)]
pub struct Presence {
    path: PathBuf,
    _locked: File,
}

impl Presence {
    /// Makes `name`, which nobody else has, present in `folder`.
    ///
    /// # Errors
    /// The folder cannot be written, or its file system has no locks.
    pub fn announce(folder: &Path, name: &str) -> io::Result<Presence> {
        fs::create_dir_all(folder)?;
        // Locked before it has its name: nobody sees the one without the other.
        let file = tempfile::NamedTempFile::new_in(folder)?;
        file.as_file().lock()?;
        let path = folder.join(name);
        let _locked = file.persist(&path).map_err(|error| error.error)?;
        Ok(Presence { path, _locked })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // If it stays, the next to look finds it unlocked and clears it away.
        let _ = fs::remove_file(&self.path);
    }
}

/// A name whose holder ended without taking leave. Whoever has this value is alone in settling its affairs.
#[derive(Debug)]
pub struct Gone {
    pub name: String,
    path: PathBuf,
    _locked: File,
}

impl Gone {
    /// Its affairs are settled: nobody needs to look at it again.
    pub fn forget(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Those who were present in `folder` and are no more.
pub fn gone(folder: &Path) -> io::Result<Vec<Gone>> {
    let mut gone = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        // A dot begins the names of those who are just coming in.
        if name.starts_with('.') {
            continue;
        }
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => gone.push(Gone {
                name: name.to_owned(),
                path: path.clone(),
                _locked: file,
            }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = gone(folder)
            .unwrap()
            .into_iter()
            .map(|one| one.name)
            .collect();
        names.sort();
        names
    }

    #[test]
    fn who_is_present_is_not_gone_and_who_took_leave_is_not_missed() {
        let folder = tempfile::tempdir().unwrap();
        let ada = Presence::announce(folder.path(), "ada").unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
        drop(ada);
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn whose_lock_is_free_is_gone_until_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        // What a killed process leaves: the file, without a lock.
        fs::write(folder.path().join("bob"), "").unwrap();
        assert_eq!(names(folder.path()), ["bob"]);
        let mut found = gone(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [""; 0], "one alone settles it");
        found.remove(0).forget().unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
