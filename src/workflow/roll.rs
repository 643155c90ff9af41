//! The roll of this machine's workers: who was killed is missed at once.
//!
//! A lease alone says only that a worker was alive some seconds ago. Workers on one data folder know more: each is
//! present there under the name that stands in its leases (see [`crate::disk::Presence`]). So a process that starts
//! again after a kill goes on with the work of the dead one, instead of waiting for its leases to run out.

use std::io;
use std::path::{Path, PathBuf};

use super::{Services, WorkflowError};
use crate::disk::{self, Presence};

pub struct Roll {
    folder: PathBuf,
    _own: Presence,
}

impl Roll {
    /// Enters `name` in the roll that is kept in `folder`.
    pub fn enter(folder: &Path, name: &str) -> io::Result<Roll> {
        Ok(Roll {
            folder: folder.to_owned(),
            _own: Presence::announce(folder, name)?,
        })
    }

    /// Ends the leases of those who are gone. What goes wrong here only makes their work wait for its leases.
    pub async fn call(&self, services: &Services) {
        let ended = self.end_leases_of_the_gone(services).await;
        if let Err(error) = ended {
            tracing::warn!(%error, "the roll of workers cannot be called: leases of dead ones run out by themselves");
        }
    }

    async fn end_leases_of_the_gone(&self, services: &Services) -> Result<(), WorkflowError> {
        let failed =
            |error: io::Error| WorkflowError::Disk(disk::failed_to("read", &self.folder, error));
        for gone in disk::gone(&self.folder).map_err(failed)? {
            let (name, now) = (gone.name.clone(), services.now());
            let jobs = services
                .store
                .write(move |tx| tx.end_leases(&name, now))
                .await?;
            tracing::info!(
                worker = gone.name,
                jobs,
                "a worker is gone; its jobs are free"
            );
            gone.forget().map_err(failed)?;
        }
        Ok(())
    }
}
