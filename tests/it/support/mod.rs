//! What several tests need from the machine.

pub mod postgres;
pub mod flaky;
pub mod small;
