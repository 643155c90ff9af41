//! Use cases: what happens when a lead launches, a webhook arrives, a job is due. They join the edges; the edges do not
//! know each other.
//!
//! One rule holds throughout: an event enters a log only through [`record::record`], which in the same transaction
//! brings the summary up to date and queues the work that follows from the new state. So no crash can leave a state
//! without its work or work without its state.

pub mod accept;
pub mod act;
mod announce;
mod answer_job;
pub mod answers;
pub mod api_tokens;
pub mod arrivals;
pub mod assess;
pub mod candidates;
mod commits;
pub mod correct_email;
mod csv_text;
pub mod deliver;
pub mod delivered_diff;
mod delivery_records;
pub mod end;
mod error;
pub mod export;
pub mod findings;
mod following;
pub mod github_sign_in;
pub mod governor;
pub mod harness;
mod hidden;
pub mod hours;
pub mod intake;
pub mod invite;
mod inviting;
pub mod jobs;
mod kickoff;
pub mod launch;
pub mod launch_many;
pub mod launch_preview;
pub mod launch_warnings;
mod link_checks;
pub mod links;
pub mod lists;
mod message_job;
pub mod messages;
pub mod offer_links;
pub mod once;
mod orphan;
pub mod overviews;
mod payload;
pub mod people;
pub mod permissions;
pub mod provision;
pub mod publish;
pub mod reconcile;
pub mod record;
mod record_delivery;
pub mod redeliver;
pub mod rehearse_spec;
pub mod role_teams;
pub mod roll;
mod services;
pub mod sessions;
pub mod show;
mod side_jobs;
pub mod sides;
pub mod sign_in_limit;
pub mod signed_tokens;
pub mod stored;
pub mod team_roles;
pub mod translate;
pub mod upgrade;
pub mod worker;

pub use error::WorkflowError;
pub use services::Services;
