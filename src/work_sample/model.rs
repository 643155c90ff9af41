//! A work sample as the fold of its events: what the doors, the evidence and the report read.

use serde::{Deserialize, Serialize};

use super::declaration::Declaration;
use super::delivery::{Delivery, DeliveryRecord, ReadDelivery};
use super::event::{Actor, NaturalKey};
use super::following::{
    Closing, EndOfWork, Invitation, InvitationFailure, Member, PostedComment, RepositoryEvent,
    Whereabouts,
};
use super::parts::{
    CommitClaim, DecisionOutcome, EntryKind, ObligationReason, Place, ReplyKind, Repository, Terms,
};
use super::sides::{Account, KnownSides};
use crate::acceptance::{Assessment, Verdict};
use crate::clock::Timestamp;
use crate::ids::{
    ClauseId, CommitSha, CriterionId, GapId, InterpretationId, Login, SpecDigest, WorkSampleId,
};
use crate::money::Money;

pub use super::sides::Side;

/// Where a work sample stands (DESIGN §4).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Drafted,
    Offered,
    Accepted,
    Provisioned,
    InProgress,
    Delivered,
    Assessed,
    Decided,
    Closed,
    Declined,
    Expired,
    Withdrawn,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WorkSample {
    pub id: WorkSampleId,
    pub spec: SpecDigest,
    pub candidate: String,
    pub email: Option<String>,
    pub terms: Terms,
    /// The organisation that its launch named.
    pub organization: Option<Login>,
    pub state: State,
    /// The `seq` of the last event; 0 before the first.
    pub last_seq: i64,
    pub drafted_at: Timestamp,
    pub offered_at: Option<Timestamp>,
    pub offer_expires_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    /// The SHA-256 of the text that was accepted, where it was kept.
    pub accepted_terms_sha256: Option<String>,
    pub login: Option<Login>,
    /// After every extension.
    pub due_at: Option<Timestamp>,
    pub extensions: Vec<Extension>,
    pub provisioning: Provisioning,
    pub provisioned_at: Option<Timestamp>,
    /// The id of the candidate's account, once GitHub said it. Logins change, and others may take them.
    pub account: Option<u64>,
    /// The latest invitation that was sent.
    pub invitation: Option<Invitation>,
    /// Invitations that GitHub refused, oldest first.
    pub invitation_failures: Vec<InvitationFailure>,
    /// How often another invitation was asked for, or another login given.
    pub invitation_rounds: usize,
    /// How often the candidate did so.
    pub candidates_rounds: usize,
    /// How often the e-mail address was corrected.
    pub email_corrections: usize,
    /// Logins that were corrected, oldest first.
    pub former_logins: Vec<Login>,
    /// The accounts that had them, as far as GitHub named them, each with the login it had when it was corrected.
    pub former_accounts: Vec<(u64, Login)>,
    /// Invitations that went to another account than the candidate's and are still to be taken back.
    pub strays: Vec<Invitation>,
    /// The ids of the invitations whose end is recorded.
    pub ended_invitations: Vec<u64>,
    pub end: EndOfWork,
    /// Everything written in issues, pull requests and comments, in GitHub's order.
    pub entries: Vec<Entry>,
    pub pushes: Vec<Push>,
    pub checks: Vec<CiCheck>,
    /// Every `/deliver` of the candidate, in order, also those that deliver nothing.
    pub declarations: Vec<Declaration>,
    /// Every delivery that was recorded, in order. Pay and lateness follow from these.
    pub deliveries: Vec<Delivery>,
    /// Every delivery that the texts declare as they are read now, recorded or not, in order.
    pub read_deliveries: Vec<ReadDelivery>,
    /// All records of deliveries, in the order of the log.
    pub delivery_records: Vec<DeliveryRecord>,
    /// How often an obligation was recorded.
    pub obligation_records: usize,
    /// When the log was upgraded, where an earlier version wrote its beginning.
    pub upgraded_at: Option<Timestamp>,
    pub assessments: Vec<Assessment>,
    pub not_assessable: Vec<NotAssessable>,
    /// Reviewers' judgements, the latest for each criterion and commit last.
    pub judgements: Vec<Judgement>,
    /// What is owed, once it fell due.
    pub obligation: Option<Obligation>,
    pub payouts: Vec<Payout>,
    /// The one that stands.
    pub decision: Option<HumanDecision>,
    /// Those that were corrected, oldest first.
    pub former_decisions: Vec<HumanDecision>,
    /// What the team replied in the service, in order.
    pub replies: Vec<Reply>,
    /// When and why it ended early (declined, expired, withdrawn, cancelled).
    pub ended: Option<Ended>,
    pub closed_at: Option<Timestamp>,
    /// Troubles of the service's own that waited for a person.
    pub stuck: Vec<Trouble>,
    /// Changes of the repository itself and of its members.
    pub repository_events: Vec<RepositoryEvent>,
    /// Issues and pull requests that were closed or opened again.
    pub closings: Vec<Closing>,
    /// Who is or was a collaborator, as far as that is known, in order of coming.
    pub members: Vec<Member>,
    /// What is known of the repository itself.
    pub whereabouts: Whereabouts,
    /// How often a reviewer read an entry as another kind.
    pub reclassified: usize,
    /// What is recorded about the sides of accounts.
    pub sides: KnownSides,
    /// Who wrote or pushed besides the candidate and the service, by account id.
    pub accounts: Vec<Account>,
    /// What the service posted, in order.
    pub comments: Vec<PostedComment>,
    /// The ids of the accounts that the service is known to have used in this repository.
    pub own_accounts: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub at: Timestamp,
    pub by: Actor,
    pub due_at: Timestamp,
    pub reason: String,
}

/// How far provisioning got; each field is set once its step is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provisioning {
    pub repository: Option<Repository>,
    pub first_commit: Option<CommitSha>,
    pub invited: bool,
    pub kickoff: Option<u64>,
}

/// One text somebody wrote, as what it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key of the event that created it.
    pub key: NaturalKey,
    pub place: Place,
    pub kind: EntryKind,
    /// How the kind was found.
    pub read_by: ReadBy,
    pub side: Side,
    /// The account that wrote it.
    pub login: String,
    pub at: Timestamp,
    pub title: String,
    /// The present text, as written (the last one where it was deleted).
    pub text: String,
    /// The parts of a form, or of the same headings in a comment; empty ones are missing.
    pub sections: Sections,
    /// Clauses named in it, in order of first mention.
    pub clauses: Vec<ClauseId>,
    /// Earlier texts, oldest first.
    pub history: Vec<Revision>,
    pub deleted_at: Option<Timestamp>,
    /// For answers the question, for confirm and redirect the decision they are about; for a comment of the team without a
    /// command the question or decision that it replies to.
    pub about: Option<NaturalKey>,
    /// What else in its thread had no reply before such a comment: it ends the waiting for these too.
    pub also_about: Vec<NaturalKey>,
    pub html_url: String,
    /// Something to tell the reader: an unknown slash command, a team command used by the candidate …
    pub remark: Option<String>,
}

/// What made an entry its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadBy {
    Form,
    SlashCommand,
    /// The candidate's first comment on the kickoff issue.
    Position,
    /// A reviewer reclassified it.
    Reviewer,
    /// Nothing: it is a note.
    Nothing,
    /// It was written in the service, as what it is.
    Given,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub text: String,
    /// When it was replaced.
    pub until: Timestamp,
}

/// The parts that the forms ask for. `None`: missing, or `_No response_`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Sections {
    // question
    pub clause: Option<String>,
    pub context: Option<String>,
    pub own_assessment: Option<String>,
    pub default_action: Option<String>,
    pub blocking: Option<String>,
    // progress update
    pub done: Option<String>,
    pub next: Option<String>,
    pub blocked: Option<String>,
    pub estimate: Option<String>,
    // decision
    pub open_point: Option<String>,
    pub options: Option<String>,
    pub choice: Option<String>,
    // memo
    pub understanding: Option<String>,
    pub open_questions: Option<String>,
    pub approach: Option<String>,
    /// Text outside any known heading.
    pub rest: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub side: Side,
    pub login: String,
    pub git_ref: String,
    pub before: CommitSha,
    pub after: CommitSha,
    pub forced: bool,
    pub commits: Vec<CommitClaim>,
    /// There was more to it than was read.
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiCheck {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub name: String,
    pub sha: CommitSha,
    pub conclusion: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAssessable {
    pub at: Timestamp,
    pub sha: CommitSha,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub by: Actor,
    pub criterion: CriterionId,
    pub sha: CommitSha,
    pub verdict: Verdict,
    pub note: String,
}

/// What is owed under the terms, whatever the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// The event by which it fell due.
    pub because: NaturalKey,
    pub reason: ObligationReason,
    pub amount: Money,
    pub fell_due_at: Timestamp,
    /// The latest moment to pay.
    pub pay_by: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub by: Actor,
    pub amount: Money,
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanDecision {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub by: Actor,
    pub outcome: DecisionOutcome,
    /// For the team; the candidate never reads it.
    pub reason: String,
    /// For the candidate.
    pub feedback: Option<String>,
    /// The team said that it gives none.
    pub feedback_refused: bool,
}

/// A reply of the team that was written in the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub key: NaturalKey,
    pub at: Timestamp,
    pub by: Actor,
    /// The entry that it replies to.
    pub entry: NaturalKey,
    pub kind: ReplyKind,
    pub text: String,
    /// For the team; the candidate never reads these two.
    pub gap: Option<GapId>,
    pub interpretation: Option<InterpretationId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub at: Timestamp,
    pub by: Actor,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub at: Timestamp,
    pub step: String,
    pub reason: String,
}
