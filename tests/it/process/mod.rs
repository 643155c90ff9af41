//! The program as people run it: real processes, real sockets, real kills.

mod browser;
mod commands;
mod faults;
mod flood;
mod kill;
mod lanes;
mod log;
mod place;
mod refusals;
mod secrets;
mod signing_in;
