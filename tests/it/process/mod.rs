//! The program as people run it: real processes, real sockets, real kills.

mod browser;
mod commands;
mod faults;
mod flood;
mod kill;
mod lanes;
mod place;
mod refusals;
mod signing_in;
