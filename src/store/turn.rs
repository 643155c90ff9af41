//! Taking turns: processes that write to one SQLite file queue for it.
//!
//! SQLite itself does not queue. Who waits asks again every so often (up to 100 ms apart), and who has just committed
//! asks at once, so a busy writer keeps everybody else out for as long as it stays busy. Two locked files beside the
//! database mend that: one says whose turn it is, the other who is next. A writer that comes back for another turn has
//! to become the next one first, which it cannot while somebody else is. Among two processes turns alternate, however
//! slow the machine; among more, none is ahead of the others. The kernel lets go of both locks when a process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::StoreError;

/// How often a waiting process looks.
const LOOK: Duration = Duration::from_millis(1);

/// The files of one store.
#[derive(Debug)]
pub(super) struct Turnstile {
    turn: File,
    next: File,
}

/// The turn to write, until dropped.
#[derive(Debug)]
pub(super) struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::error!(%error, "the turn to write could not be given up");
        }
    }
}

impl Turnstile {
    /// Opens the files beside the database's, creating them if missing.
    pub fn open(database: &Path) -> Result<Turnstile, StoreError> {
        let open = |suffix: &str| {
            let mut name = database.as_os_str().to_owned();
            name.push(suffix);
            open_private(Path::new(&name)).map_err(|error| {
                StoreError::Unusable(format!("cannot open {}: {error}", name.display()))
            })
        };
        Ok(Turnstile {
            turn: open("-turn")?,
            next: open("-next")?,
        })
    }

    /// Waits for the turn to write.
    ///
    /// # Errors
    /// Busy after `patience`.
    pub fn take(&self, patience: Duration) -> Result<Turn<'_>, StoreError> {
        let since = Instant::now();
        lock(&self.next, since, patience)?;
        let taken = lock(&self.turn, since, patience);
        self.next.unlock().map_err(unusable)?;
        taken.map(|()| Turn(&self.turn))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a writer's own thread waits for another process, which nothing here can wake it for"
)]
fn lock(file: &File, since: Instant, patience: Duration) -> Result<(), StoreError> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) if since.elapsed() >= patience => {
                return Err(StoreError::Busy(format!(
                    "no turn to write within {} s",
                    patience.as_secs_f32()
                )));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
        }
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

fn unusable(error: io::Error) -> StoreError {
    StoreError::Unusable(format!("the turn to write cannot be taken: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_writer_that_comes_back_waits_behind_the_one_that_is_next() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("store.db");
        let first = Turnstile::open(&database).unwrap();
        let turn = first.take(LONG).unwrap();

        let (took, taken) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let path = database.clone();
        let other = std::thread::spawn(move || {
            let second = Turnstile::open(&path).unwrap();
            let turn = second.take(LONG).unwrap();
            took.send(()).unwrap();
            may_go_on.recv().unwrap();
            drop(turn);
        });
        // The other is next once nobody else can be.
        while first.next.try_lock().is_ok() {
            first.next.unlock().unwrap();
            std::thread::yield_now();
        }
        drop(turn);
        // At once for another turn, as a busy writer is; the other's comes first all the same.
        let asked = std::thread::spawn(move || first.take(LONG).map(drop));
        taken.recv().unwrap();
        assert!(!asked.is_finished(), "the turn is the other's");
        go_on.send(()).unwrap();
        asked.join().unwrap().unwrap();
        other.join().unwrap();
    }

    #[test]
    fn who_waits_in_vain_is_told_that_the_database_is_busy_and_stands_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("store.db");
        let first = Turnstile::open(&database).unwrap();
        let second = Turnstile::open(&database).unwrap();
        let turn = first.take(LONG).unwrap();
        let error = second.take(Duration::from_millis(5)).unwrap_err();
        assert_eq!(error.code(), "store_busy");
        drop(turn);
        drop(first.take(Duration::ZERO).unwrap());
        drop(second.take(Duration::ZERO).unwrap());
    }
}
