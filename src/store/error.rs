//! What can go wrong with the database, sorted by what a caller or an operator can do about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the store. Codes are stable; messages say how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the write lock, or concurrent writes kept colliding.
    #[error(
        "the database is busy ({0}): another process holds its lock; try again, and if it stays so, look for a second program on the same database"
    )]
    Busy(String),
    #[error(
        "no room is left for the database ({0}): free disk space on its volume, then try again"
    )]
    Full(String),
    /// No connection to the database.
    #[error(
        "the database cannot be reached ({0}): check that it runs and that WORKSAMPLE_DATABASE_URL is right"
    )]
    Away(String),
    /// The connection broke while a transaction was being committed: it may or may not have been written.
    #[error(
        "the connection broke while writing, so it is not known whether it was written ({0}): look before trying again"
    )]
    OutcomeUnknown(String),
    /// The disk or the file refused.
    #[error(
        "the database cannot be read or written ({0}): check the file's permissions and its disk"
    )]
    Unusable(String),
    /// A row, or the file, is not what this program wrote.
    #[error(
        "the database holds something unreadable: {what}: {reason}; restore it from a backup, or report it with this message"
    )]
    Corrupt { what: String, reason: String },
    #[error("{what} does not exist")]
    NotFound { what: String },
    /// What the caller knew is out of date.
    #[error("{0}")]
    Conflict(String),
    /// A worker finished a job that is no longer its own.
    #[error(
        "job {job} is no longer leased to {worker}: its lease ran out and it was taken or settled by somebody else"
    )]
    LeaseLost { job: String, worker: String },
    /// The database refused a row by its own rules.
    #[error("the database refused the change: {0}")]
    Refused(String),
    /// A text holds the character NUL, which PostgreSQL does not store.
    #[error("a text holds the character NUL, which cannot be stored: leave it out")]
    TextUnusable,
    /// The database was written by a newer version of the program.
    #[error(
        "the database was migrated by a newer version (migration {0} is unknown here): start that version, or a newer one"
    )]
    Newer(String),
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    #[error("the store is closed: the service is stopping")]
    Closed,
    /// A closure passed to the store panicked; nothing of it was written.
    #[error("a step inside a database transaction panicked, nothing was written: {0}")]
    Panicked(String),
    #[error("the database reported an error: {0}")]
    Other(String),
}

impl StoreError {
    /// A stable name for clients and logs.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Busy(_) => "store_busy",
            StoreError::Full(_) => "store_full",
            StoreError::Away(_) => "store_away",
            StoreError::OutcomeUnknown(_) => "store_outcome_unknown",
            StoreError::Unusable(_) => "store_unusable",
            StoreError::Corrupt { .. } => "store_corrupt",
            StoreError::NotFound { .. } => "not_found",
            StoreError::Conflict(_) => "conflict",
            StoreError::LeaseLost { .. } => "lease_lost",
            StoreError::Refused(_) => "store_refused",
            StoreError::TextUnusable => "text_unusable",
            StoreError::Newer(_) => "store_newer",
            StoreError::Migration(_) => "store_migration",
            StoreError::Closed => "store_closed",
            StoreError::Panicked(_) => "store_panicked",
            StoreError::Other(_) => "store_error",
        }
    }

    /// May the same call succeed later, with nobody changing it? True for what an operator or time mends.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Busy(_)
            | StoreError::Full(_)
            | StoreError::Away(_)
            | StoreError::OutcomeUnknown(_)
            | StoreError::Unusable(_)
            | StoreError::Closed => true,
            StoreError::Corrupt { .. }
            | StoreError::NotFound { .. }
            | StoreError::Conflict(_)
            | StoreError::LeaseLost { .. }
            | StoreError::Refused(_)
            | StoreError::TextUnusable
            | StoreError::Newer(_)
            | StoreError::Migration(_)
            | StoreError::Panicked(_)
            | StoreError::Other(_) => false,
        }
    }

    /// A thing that should be there and is not.
    pub fn not_found(what: impl Into<String>) -> Self {
        StoreError::NotFound { what: what.into() }
    }

    pub(super) fn corrupt(what: impl Into<String>, reason: impl ToString) -> Self {
        StoreError::Corrupt {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}

/// What a failed statement means for the transaction around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// Two transactions got in each other's way: run this one again.
    Collision,
    /// Only this write is spoilt.
    Write,
    /// The whole transaction is, and with it every write of the batch.
    Transaction,
    /// The connection is.
    Connection,
}

/// Sorts an error of diesel's. SQLite tells `busy`, `full` and the like only by their (fixed, English) messages.
pub(super) fn sort(error: DieselError) -> (StoreError, Damage) {
    let text = error.to_string();
    match error {
        DieselError::NotFound => (StoreError::not_found("the row"), Damage::Write),
        DieselError::DeserializationError(reason) => {
            (StoreError::corrupt("a row", reason), Damage::Write)
        }
        DieselError::SerializationError(reason) => {
            (StoreError::Refused(reason.to_string()), Damage::Write)
        }
        DieselError::BrokenTransactionManager => (StoreError::Away(text), Damage::Connection),
        DieselError::DatabaseError(kind, info) => {
            sort_database_error(kind, info.message().to_owned())
        }
        // `Error` is marked non-exhaustive.
        _ => (StoreError::Other(text), Damage::Write),
    }
}

fn sort_database_error(kind: DatabaseErrorKind, message: String) -> (StoreError, Damage) {
    match kind {
        DatabaseErrorKind::SerializationFailure => (StoreError::Busy(message), Damage::Collision),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            (StoreError::Away(message), Damage::Connection)
        }
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation
        | DatabaseErrorKind::ReadOnlyTransaction => (StoreError::Refused(message), Damage::Write),
        _ => sort_by_message(message),
    }
}

fn sort_by_message(message: String) -> (StoreError, Damage) {
    let has = |needle: &str| message.contains(needle);
    if has("deadlock detected") {
        (StoreError::Busy(message), Damage::Collision)
    } else if has("is locked") || has("lock timeout") {
        (StoreError::Busy(message), Damage::Transaction)
    } else if has("disk is full") || has("No space left on device") || has("Disk quota exceeded") {
        (StoreError::Full(message), Damage::Transaction)
    } else if has("malformed") || has("is not a database") {
        (
            StoreError::corrupt("the database file", message),
            Damage::Transaction,
        )
    } else if has("disk I/O error") || has("readonly database") || has("unable to open database") {
        (StoreError::Unusable(message), Damage::Transaction)
    } else if has("server closed the connection")
        || has("terminating connection")
        || has("no connection to the server")
        || has("could not receive data from server")
        || has("could not send data to server")
        || has("SSL connection has been closed")
    {
        (StoreError::Away(message), Damage::Connection)
    } else if has("invalid byte sequence for encoding") && has("0x00") {
        (StoreError::TextUnusable, Damage::Write)
    } else if has("append-only") || has("are immutable") || has("constraint failed") {
        (StoreError::Refused(message), Damage::Write)
    } else {
        (StoreError::Other(message), Damage::Write)
    }
}
