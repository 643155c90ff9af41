//! What a closure inside a transaction can do. The methods are spread over this room's files, one a table.

use std::ops::{Deref, DerefMut};

use diesel::result::QueryResult;

use super::db::Db;
use super::error::{Damage, StoreError, sort};
use crate::ids::IdSource;

/// A consistent view of the database.
pub struct ReadTx<'a> {
    db: &'a mut Db,
    /// The first statement that failed. A closure that swallows the error does not thereby commit half of its work.
    failure: Option<(StoreError, Damage)>,
}

/// A transaction that may write. Whatever [`ReadTx`] can do, it can do too.
pub struct Tx<'a> {
    read: ReadTx<'a>,
    pub(super) ids: &'a dyn IdSource,
    pub(super) enqueued_jobs: bool,
}

impl<'a> ReadTx<'a> {
    pub(super) fn new(db: &'a mut Db) -> Self {
        ReadTx { db, failure: None }
    }

    /// Runs one statement; the one place where errors of diesel's become the store's.
    pub(super) fn run<T>(
        &mut self,
        statement: impl FnOnce(&mut Db) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        if let Some((failure, _)) = &self.failure {
            return Err(failure.clone());
        }
        statement(self.db).map_err(|error| {
            let (error, damage) = sort(error);
            self.failure = Some((error.clone(), damage));
            error
        })
    }

    /// Declares that this transaction met another one, and has to be run again.
    pub(super) fn collided(&mut self, error: StoreError) -> StoreError {
        self.failure = Some((error.clone(), Damage::Collision));
        error
    }

    pub(super) fn failure(&mut self) -> Option<(StoreError, Damage)> {
        self.failure.take()
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(db: &'a mut Db, ids: &'a dyn IdSource) -> Self {
        Tx {
            read: ReadTx::new(db),
            ids,
            enqueued_jobs: false,
        }
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

impl<'a> DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut ReadTx<'a> {
        &mut self.read
    }
}
