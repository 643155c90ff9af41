//! What several tests need from the machine.

pub mod postgres;
