//! The aggregate: one candidate doing one published spec version. Events in, [`WorkSample`] out; commands in, events or
//! a refusal out. Pure.

pub mod answer_hours;
pub mod answers;
pub mod before_records;
mod command;
mod decide;
mod declaration;
mod delivery;
pub mod entry;
mod event;
mod fold;
mod following;
pub mod key;
mod kind;
#[cfg(test)]
mod laws;
mod lookups;
pub mod messages;
mod model;
mod occurrence;
pub mod open_points;
pub mod overview;
mod parts;
mod recorded;
pub mod records;
mod refusal;
pub mod settle;
mod sides;
#[cfg(test)]
pub(crate) mod testing;

pub use command::*;
pub use decide::{RECORDED, decide, draft, terms_of};
pub use declaration::{Declaration, Resolution, Target};
pub use delivery::*;
pub use event::*;
pub use fold::{FoldError, fold};
pub use following::*;
pub use model::*;
pub use parts::*;
pub use refusal::RefusalCode;
pub use sides::{Account, KnownSides, LookUp, SettledSide, SideRecord};
