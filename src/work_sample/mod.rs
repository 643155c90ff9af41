//! The aggregate: one candidate doing one published spec version. Events in, [`WorkSample`] out; commands in, events or
//! a refusal out. Pure.

mod command;
mod event;
mod model;

pub use command::*;
pub use event::*;
pub use model::*;
