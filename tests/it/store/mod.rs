//! The stories of the store, each told once and run on both databases.

mod durability;
mod jobs;
mod log;
mod opening;
mod rows;
mod schema;
pub mod stage;
mod together;
mod writes;
