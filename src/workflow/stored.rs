//! Names that the workflow writes into the database: steps in `effects`, dedupe keys in `jobs`, checkpoints in `looks`.
//!
//! Databases of earlier versions hold these names. A name keeps its meaning for ever: changing one repeats an outside write,
//! queues a job twice, or forgets how far was read. `tests/it/stored_values` pins each of them; a new name belongs here.

use std::fmt::Display;

use crate::clock::Timestamp;
use crate::ids::{BatchId, CommitSha, Login, WorkSampleId};
use crate::work_sample::NaturalKey;

/// Steps, as `effects.step`.
pub mod step {
    use super::*;

    pub const REPOSITORY: &str = "repository";
    pub const FIRST_COMMIT: &str = "first_commit";
    pub const KICKOFF: &str = "kickoff";
    pub const FREEZE: &str = "freeze";
    pub const BUNDLE: &str = "bundle";
    pub const ARCHIVE: &str = "archive";
    pub const HAND_OVER: &str = "hand over";
    /// The transfer itself; [`HAND_OVER`] stands before the look, too.
    pub const TRANSFER: &str = "transfer";
    pub const DELETE: &str = "delete";

    /// Each round of asking is a step of its own, from 0.
    pub fn invitation(rounds: usize) -> String {
        match rounds {
            0 => "invitation".to_owned(),
            rounds => format!("invitation {}", rounds + 1),
        }
    }

    /// Counted from 1.
    pub fn read_access(n: usize) -> String {
        format!("read access {n}")
    }

    /// Counted from 1.
    pub fn write_access(n: usize) -> String {
        format!("write access {n}")
    }

    /// Takes a former account out of the repository; `round` is that of the present invitation.
    pub fn removal(login: &Login, round: usize) -> String {
        format!("removal {round} {}", login.as_str().to_ascii_lowercase())
    }

    /// Posts the comment about this.
    pub fn comment(about: &NaturalKey) -> String {
        format!("comment:{about}")
    }
}

/// Dedupe keys, as `jobs.dedupe_key`.
pub mod job_key {
    use super::*;

    pub const REDELIVER: &str = "redeliver";
    pub const CHECK_ROLES: &str = "check_roles";
    /// Messages about the service itself.
    pub const MESSAGES_OF_THE_SERVICE: &str = "messages:service";

    pub fn expire(id: &WorkSampleId) -> String {
        format!("expire:{id}")
    }

    /// A corrected login begins another round, from 0.
    pub fn provision(id: &WorkSampleId, round: usize) -> String {
        match round {
            0 => format!("provision:{id}"),
            round => format!("provision:{id}:{round}"),
        }
    }

    /// For a work sample that is over.
    pub fn provision_over(id: &WorkSampleId) -> String {
        format!("provision:{id}:over")
    }

    pub fn invite(id: &WorkSampleId, round: usize) -> String {
        format!("invite:{id}:{round}")
    }

    /// Takes an invitation back.
    pub fn invite_back(id: &WorkSampleId, invitation: u64) -> String {
        format!("invite:{id}:back:{invitation}")
    }

    pub fn assess(id: &WorkSampleId, sha: &CommitSha) -> String {
        format!("assess:{id}:{sha}")
    }

    /// Each declared delivery; again where it is still pending after `records` deliveries were recorded.
    pub fn record_delivery(id: &WorkSampleId, declared_by: &NaturalKey, records: usize) -> String {
        format!("record_delivery:{id}:{declared_by}:{records}")
    }

    /// At the due time.
    pub fn end(id: &WorkSampleId, due_at: Timestamp) -> String {
        format!("end:{id}:{}", due_at.format("%Y%m%dT%H%M%S%.6f"))
    }

    /// After an extension that came late; `n` extensions were given.
    pub fn end_moved(id: &WorkSampleId, n: usize) -> String {
        format!("end:{id}:moved:{n}")
    }

    /// For a work sample that is over.
    pub fn end_over(id: &WorkSampleId) -> String {
        format!("end:{id}:over")
    }

    pub fn reconcile(id: &WorkSampleId) -> String {
        format!("reconcile:{id}")
    }

    pub fn look_up_sides(id: &WorkSampleId) -> String {
        format!("look_up_sides:{id}")
    }

    pub fn answer(id: &WorkSampleId) -> String {
        format!("answer:{id}")
    }

    /// One for each work sample, which runs again whenever something is wanted.
    pub fn messages(id: &WorkSampleId) -> String {
        format!("messages:{id}")
    }

    /// `turn` tells it from every other slice of the batch.
    pub fn launch(id: &BatchId, turn: impl Display) -> String {
        format!("launch:{id}:{turn}")
    }

    pub fn resend(log: &str, attempt: u64) -> String {
        format!("resend:{log}:{attempt}")
    }
}

/// Checkpoints, as `looks.name`.
pub mod checkpoint {
    use super::*;

    /// What [`forbidden`] begins with.
    pub const FORBIDDEN: &str = "forbidden:";
    /// What [`lacks`] begins with.
    pub const LACKS: &str = "lacks:";
    /// When a version that answers texts started for the first time.
    pub const ANSWERS_SINCE: &str = "answers since";
    /// When a version that sends messages started for the first time.
    pub const MESSAGES_SINCE: &str = "messages since";

    /// Since when nobody has seen the repository.
    pub fn hidden_repository(id: &WorkSampleId) -> String {
        format!("hidden:{id}")
    }

    /// Since when nobody has seen the account.
    pub fn hidden_account(account: u64) -> String {
        format!("hidden account:{account}")
    }

    /// When the log last said that a call is not allowed; `concerned` is a budget or a work sample.
    pub fn forbidden(call: &str, concerned: impl Display) -> String {
        format!("{FORBIDDEN}{call}:{concerned}")
    }

    /// Since when GitHub has not allowed a call. `needs` are the permissions that it asks for, without colons; `of` is the
    /// token or installation.
    pub fn lacks(call: &str, needs: &str, of: impl Display) -> String {
        format!("{LACKS}{call}:{needs}:{of}")
    }

    /// When a thread last took no comment of ours.
    pub fn thread_refused(id: &WorkSampleId, number: u64) -> String {
        format!("comments refused: {id} #{number}")
    }

    /// When comments on an organisation's pull requests were last refused with 403.
    pub fn pull_requests_refused(org: impl Display) -> String {
        format!("comments on pull requests refused: {org}")
    }

    /// Since when GitHub has shown no tie of the account to the team.
    pub fn no_tie(account: u64) -> String {
        format!("no tie:{account}")
    }

    /// How far a log of webhooks was read.
    pub fn hook_log(log: &str) -> String {
        format!("hook log: {log}")
    }

    /// When webhooks were last looked for where no log can be read.
    pub fn no_hook_log(org: impl Display) -> String {
        format!("no hook log: {org}")
    }
}
