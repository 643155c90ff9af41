//! What several tests need from the machine.

pub mod flaky;
pub mod postgres;
pub mod small;
