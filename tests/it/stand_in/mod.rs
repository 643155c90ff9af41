//! The stand-in, seen from outside: by octocrab, by git, and by a server that receives its webhooks.

mod conversation;
mod git;
mod stage;
mod webhooks;
