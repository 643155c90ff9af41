//! The store: the only room that knows diesel. One schema and one set of queries for SQLite and PostgreSQL, one door for
//! writes.
//!
//! [`Store::write`] takes a closure and runs it in a transaction as if it were alone; what it returned is answered only
//! once it is durable. On SQLite one thread writes and commits many queued writes together (group commit); on
//! PostgreSQL a few threads write serializable transactions. Either way a closure may be run again after a collision,
//! so it does nothing but talk to its [`Tx`]. [`Store::read`] gives a consistent view that cannot write.
//!
//! Rows come out typed. A row that does not parse is [`StoreError::Corrupt`] and names itself, never a default.

mod api_tokens;
mod batches;
mod body;
mod budgets;
mod candidates;
mod db;
mod delivered_diffs;
mod deliveries;
mod door;
mod effects;
mod error;
mod events;
mod idempotency;
mod jobs;
mod links;
mod looks;
mod messages;
mod migrate;
mod overviews;
mod owners;
mod people;
mod rows;
mod schema;
mod sessions;
mod signal;
mod spec_hours;
mod specs;
mod together;
mod turn;
mod tx;
mod url;
mod work_samples;
mod writer;

pub use api_tokens::ApiTokenRow;
pub use batches::{
    BatchEvent, BatchEventKind, BatchLine, BatchRow, LineCounts, LineState, Settlement, Standing,
};
pub use body::Body;
pub use candidates::{AcceptedTerms, CandidateDetails};
pub use delivered_diffs::DeliveredDiff;
pub use deliveries::{DeliveryCount, DeliveryRow};
pub use door::{Store, StoreOptions, Tap};
pub use effects::Effect;
pub use error::StoreError;
pub use idempotency::Saved;
pub use jobs::{Among, JobFilter, JobRow, JobState, NewJob};
pub use links::{LinkPurpose, LinkRow};
pub use messages::{MessageFilter, MessageMark, MessageRow, MessageState};
pub use overviews::{Listed, Listing, Order, TaskRow};
pub use owners::OwnerRow;
pub use people::PersonRow;
pub use sessions::{SessionOf, SessionRow};
pub use signal::JobsSignal;
pub use spec_hours::SpecHours;
pub use specs::{SpecRow, SpecSummary};
pub use together::Together;
pub use tx::{ReadTx, Tx};
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
pub use work_samples::{Summary, WorkSampleFilter, WorkSampleRow, candidate_key};
