//! The stand-in, seen from outside: by octocrab, by git, and by a server that receives its webhooks.

mod apps;
mod conversation;
mod faults;
mod git;
mod limits;
mod people;
mod raw;
mod restarts;
mod reviews;
mod stage;
mod webhooks;
