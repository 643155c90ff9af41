//! The stand-in: a GitHub-compatible server (REST, webhooks, git over smart HTTP) for rehearsals, the demo and tests. The
//! service cannot tell it from GitHub; only the base URL differs. docs/stand-in.md says what it plays and what not.
//!
//! A request passes `front` (limits, permissions of Apps, planned `faults`) to the handler that `routes` names. It changes
//! `world::World` in one step: rows in memory (`state`), one line in the `journal`, webhooks (`happenings`) in their `queues`. Repositories
//! are real and bare, driven by the git program (`git`, `git_http`); what a push moved is found by comparing refs
//! (`pushes`), after a kill too (`recovery`). The bodies of answers and webhooks are all made in `render`.

mod accounts;
mod activity;
mod app_hook;
mod app_token;
mod apps;
mod caller;
mod checks;
mod collaborators;
mod comments;
mod commits;
mod committing;
mod contents;
mod control;
mod direct;
mod error;
mod faults;
mod folder;
mod front;
mod git;
mod git_http;
mod happenings;
mod hooks;
mod http;
mod installing;
mod invitations;
mod inviting;
mod issues;
mod journal;
mod keys;
mod labels;
mod limits;
mod log;
mod manifest;
mod membership;
mod oauth;
mod pulls;
mod pushes;
mod queues;
mod records;
mod recovery;
mod refs;
mod refusal;
mod render;
mod repos;
mod review_comments;
mod review_lines;
mod reviewing;
mod reviews;
mod routes;
mod server;
mod state;
mod transfer;
mod users;
mod webhooks;
mod world;

pub use self::direct::DeliveryRecord;
pub use self::error::StandInError;
pub use self::faults::{Fault, FaultMet, FaultPlan, PlannedFault, WebhookFault};
pub use self::limits::Limits;
pub use self::records::InvitingRules;
pub use self::server::{StandIn, StandInSettings};
