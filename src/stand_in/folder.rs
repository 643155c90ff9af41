//! The data folder belongs to one stand-in at a time.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::error::StandInError;

/// A folder that is taken. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Folder {
    lock: File,
}

impl Folder {
    /// Makes the folder, readable by this user only, and takes it for this process.
    pub(super) fn take(dir: &Path) -> Result<Folder, StandInError> {
        let failed = |source| StandInError::Folder {
            path: dir.to_owned(),
            source,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(failed)?;
        let lock = File::create(dir.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { lock }),
            Err(TryLockError::WouldBlock) => Err(StandInError::InUse {
                path: dir.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

impl Drop for Folder {
    /// Closing the file would not do: a child that is just being started has a copy of it until it becomes another program,
    /// and the lock lasts as long as the last copy. Unlocking is for all copies.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock on the data folder could not be given back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_again_though_a_copy_of_its_lock_is_still_open() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        assert!(matches!(
            Folder::take(dir.path()),
            Err(StandInError::InUse { .. })
        ));
        // What a child holds between its fork and its exec.
        let copy = folder.lock.try_clone().unwrap();
        drop(folder);
        Folder::take(dir.path()).unwrap();
        drop(copy);
    }
}
