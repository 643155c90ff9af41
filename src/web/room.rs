//! The room for bodies that are being taken in, shared by all who send at the same time.

use tokio::sync::{Semaphore, SemaphorePermit};

/// What all webhooks that are being taken in may occupy together, in KiB.
pub const MOST_KIB: u32 = 256 * 1024;

pub struct Room(Semaphore);

impl Default for Room {
    fn default() -> Self {
        Room::of(MOST_KIB)
    }
}

impl Room {
    /// Room for so many KiB.
    pub fn of(kib: u32) -> Self {
        Room(Semaphore::new(kib as usize))
    }

    /// So many KiB of it, until the permit is dropped; `None` if it is full.
    pub fn take(&self, kib: u32) -> Option<SemaphorePermit<'_>> {
        self.0.try_acquire_many(kib).ok()
    }

    /// What nobody occupies, in KiB.
    #[cfg(test)]
    pub fn left(&self) -> usize {
        self.0.available_permits()
    }
}
