//! What happened to a work sample, append-only. The log is the truth; everything else is a fold of it.
//!
//! Two families: *lifecycle* events, which the service itself decides on and writes once, in order; and *GitHub facts*,
//! which arrive in any order, any number of times, from webhooks, redeliveries or reconciliation. A fact keeps GitHub's
//! raw text: what it means (a question, a decision, a note …) is read out of it by the fold, so that better reading
//! also improves old work samples. Facts are never refused. What has effect on pay, a delivery and what it makes due, is
//! recorded as lifecycle events (`work_sample/records.rs`): better reading never changes it.
//!
//! Where the REST API knows less than a webhook (when a text was edited and by whom, when somebody joined), reconciliation
//! writes a *sighting*: how a thing stood when we looked. A sighting speaks only where the facts are silent; once the
//! webhook comes, the report is what it would have been without the sighting.
//!
//! Some facts recur: a branch moves from one commit to another twice, a member leaves twice. They hold an `occurrence`,
//! which `super::settle` chooses when the fact is recorded.

mod actor;
mod row;

use serde::{Deserialize, Serialize};

pub use actor::{Actor, Source};
pub use row::{Event, Happening, NaturalKey};

use super::parts::{
    AccountSide, CommitClaim, DecisionOutcome, DeliveryOutcome, EntryKind, GitHubAccount,
    InvitationEnd, InvitationProblem, ObligationReason, Occurrence, Place, PullHead, ReplyKind,
    Repository, ReviewVerdict, Sent, SideReason, Terms,
};
use crate::acceptance::{Assessment, Verdict};
use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId, GapId, InterpretationId, Login, SpecDigest};
use crate::money::Money;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    // ── lifecycle ──
    Drafted {
        spec: SpecDigest,
        candidate: String,
        email: Option<String>,
        terms: Terms,
        /// Where the repository is to be created. Work samples of earlier versions name none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization: Option<Login>,
        /// Are the sides of accounts looked up? Work samples of earlier versions do not say.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        looks_up_sides: bool,
    },
    Offered {
        expires_at: Timestamp,
    },
    Accepted {
        login: Login,
        due_at: Timestamp,
        /// The SHA-256 of the text that was accepted, in hexadecimal digits. Missing where none was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms_sha256: Option<String>,
    },
    Declined {
        reason: Option<String>,
    },
    Expired,
    Withdrawn {
        reason: Option<String>,
    },
    Cancelled {
        reason: String,
    },
    Extended {
        due_at: Timestamp,
        reason: String,
    },
    RepositoryCreated {
        repository: Repository,
    },
    FirstCommitPushed {
        sha: CommitSha,
    },
    /// Invited, or found to be a collaborator already where there is no invitation.
    CandidateInvited {
        invitation_id: Option<u64>,
        /// The account that GitHub found under the login; missing in old logs and for members.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<u64>,
        /// Who was invited, and in which round of asking: the login may have been corrected while the call was under way.
        /// Missing in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent: Option<Sent>,
    },
    /// GitHub refused the invitation: nobody was invited. It waits for another login, or for another attempt that somebody
    /// asks for.
    InvitationFailed {
        login: Login,
        /// The round of asking, as in [`Sent`].
        round: usize,
        code: InvitationProblem,
        /// What GitHub said.
        reason: String,
    },
    /// Somebody asked for the invitation to be sent again.
    InvitationAsked,
    /// The candidate's e-mail address is another one.
    EmailCorrected {
        email: String,
    },
    /// The account to invite is another one.
    LoginCorrected {
        login: Login,
    },
    InvitationEnded {
        invitation_id: u64,
        how: InvitationEnd,
    },
    /// The candidate's account has another login now.
    AccountRenamed {
        account: u64,
        login: Login,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// The candidate's account is no longer there.
    AccountGone {
        account: u64,
    },
    /// GitHub or our own list of people was asked which side the account is on.
    AccountLookedUp {
        account: u64,
        /// Its login at that time.
        login: String,
        side: AccountSide,
        because: SideReason,
    },
    /// A lead says which side the account is on, in all that it wrote.
    SideSettled {
        account: u64,
        login: String,
        side: AccountSide,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    KickoffOpened {
        number: u64,
    },
    Provisioned,
    /// The service could not go on and needs a person; `step` and `reason` say where and why.
    Stuck {
        step: String,
        reason: String,
    },
    /// Delivered through the API instead of GitHub; without a SHA the head of the default branch.
    DeliveredByApi {
        sha: Option<CommitSha>,
    },
    /// What a declared delivery was found to mean. Decided after a look at GitHub, and never derived again: a better reading
    /// of texts must not change what was agreed. A later record of the same delivery replaces an earlier one.
    DeliveryRecorded {
        /// The text, or the request to the API, that the delivery is; the key of the event that created it.
        delivery: NaturalKey,
        /// The event that brought the words: another one where an edit added them.
        declared_by: NaturalKey,
        /// When they reached GitHub, or us.
        declared_at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
        outcome: DeliveryOutcome,
        /// The due time in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<Timestamp>,
        late: bool,
        /// Is it the first commit's tree, with nothing changed?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        starter: bool,
        /// Why a lead recorded or corrected it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// What is owed under the terms from now on. A later record replaces an earlier one.
    ObligationRecorded {
        /// The event by which it fell due.
        because: NaturalKey,
        reason: ObligationReason,
        amount: Money,
        fell_due_at: Timestamp,
        /// The latest moment to pay.
        pay_by: Timestamp,
    },
    /// The log was written by an earlier version. What that version read as deliveries and obligations was recorded with this
    /// event; texts that are older than it get no answers.
    Upgraded {
        /// The format of the log from now on.
        log_format: u32,
    },
    Assessed {
        assessment: Assessment,
    },
    /// A delivered commit that could not be assessed, and why.
    NotAssessable {
        sha: CommitSha,
        reason: String,
    },
    Judged {
        criterion: CriterionId,
        sha: CommitSha,
        verdict: Verdict,
        note: String,
    },
    /// A reviewer reads an entry as another kind; `entry` is the entry's key.
    Reclassified {
        entry: NaturalKey,
        kind: EntryKind,
        note: String,
    },
    /// Somebody of the team replied to a question or decision in the service. This is the team's word; a comment at GitHub
    /// carries a copy of its text.
    Replied {
        /// The key of the entry that it replies to.
        entry: NaturalKey,
        kind: ReplyKind,
        text: String,
        /// The gap that it is about, for the team; the candidate never reads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gap: Option<GapId>,
        /// The interpretation that it settles on, for the team.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interpretation: Option<InterpretationId>,
    },
    Paid {
        amount: Money,
        reference: String,
    },
    Decided {
        outcome: DecisionOutcome,
        /// For the team; the candidate never reads it.
        reason: String,
        /// What the team wrote for the candidate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feedback: Option<String>,
        /// The team said that it gives none.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        feedback_refused: bool,
    },
    /// The decision was another one, or its words were wrong. It replaces what was decided before.
    DecisionCorrected {
        outcome: DecisionOutcome,
        /// Why it is corrected, for the team.
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feedback: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        feedback_refused: bool,
    },
    Closed,
    /// The due time came: this is what was there, the delivered commit or else the head of the default branch.
    Frozen {
        due_at: Timestamp,
        sha: Option<CommitSha>,
    },
    /// The candidate may read the repository and no longer write to it.
    AccessReduced,
    /// The candidate may write again, for the due time was moved.
    AccessRestored,
    /// The whole repository was kept as a git bundle, which was verified.
    Kept {
        /// Of the bundle, in lower-case hexadecimal; its name in the artifact store.
        sha256: String,
        bytes: u64,
    },
    /// The repository is empty: nothing was ever pushed to it.
    NothingToKeep,
    RepositoryArchived,
    /// Asked GitHub to give the repository to another account.
    RepositoryHandedOver {
        to: Login,
    },
    RepositoryDeleted,
    /// We commented on an issue or pull request; `about` says why, see [`super::answers`].
    CommentPosted {
        about: NaturalKey,
        comment_id: u64,
        account: GitHubAccount,
        /// The issue or pull request that the comment is on.
        number: u64,
    },

    // ── GitHub facts ──
    /// An issue, pull request, comment, review or review comment was written. Only issues and pull requests have a `title`.
    /// A review may have an empty text: it is no entry unless an edit gives it one.
    TextCreated {
        place: Place,
        title: String,
        text: String,
        html_url: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pull: Option<PullHead>,
    },
    /// The text after an edit, and what stood there before where GitHub says it.
    TextEdited {
        place: Place,
        title: String,
        text: String,
        before: Option<String>,
    },
    TextDeleted {
        place: Place,
    },
    IssueClosed {
        number: u64,
    },
    IssueReopened {
        number: u64,
    },
    /// New commits at the head of a pull request.
    PullRequestHead {
        number: u64,
        sha: CommitSha,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    PullRequestClosed {
        number: u64,
        merged: bool,
    },
    PullRequestReopened {
        number: u64,
    },
    /// A review approved the pull request or asked for changes, at the commit `sha`. Its text, if any, is a
    /// [`EventBody::TextCreated`] of its own. That the review was dismissed later takes nothing back.
    Reviewed {
        number: u64,
        review_id: u64,
        verdict: ReviewVerdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha: Option<CommitSha>,
    },
    /// `git_ref` as `refs/heads/main`; `before` all zeros for a new branch, `after` for a deleted one.
    Pushed {
        git_ref: String,
        before: CommitSha,
        after: CommitSha,
        forced: bool,
        commits: Vec<CommitClaim>,
        /// There was more to it than was read: very many commits or files, or such as cannot be read.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut: bool,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// The candidate (or another account) became a collaborator.
    MemberAdded {
        login: String,
        /// The account's id; missing in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// When GitHub sent the webhook, where its GUID holds that: the payload has no time of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent_at: Option<Timestamp>,
    },
    /// The account is no collaborator any more; `id` and `sent_at` as for [`EventBody::MemberAdded`].
    MemberRemoved {
        login: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent_at: Option<Timestamp>,
    },
    /// A CI check finished on a commit. One check may finish several times.
    CheckCompleted {
        name: String,
        sha: CommitSha,
        conclusion: String,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// The repository itself changed: renamed, publicized, deleted, transferred …
    RepositoryChanged {
        action: String,
        full_name: String,
    },

    // ── sightings ──
    /// A text as it stood at `updated_at` (the event's time), by its author (the event's actor).
    TextSeen {
        place: Place,
        title: String,
        text: String,
        html_url: String,
        created_at: Timestamp,
        /// The head of a pull request when it was opened, where the pushes tell it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pull: Option<PullHead>,
        /// When it was seen, if it had been gone before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        back_at: Option<Timestamp>,
    },
    /// A text that we know is no longer there. Deleted at the latest at the event's time.
    TextGone {
        place: Place,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// The account is a collaborator, or was invited and joined, at the latest at the event's time.
    MemberSeen {
        id: u64,
        login: String,
        /// When we looked; missing in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        looked_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// The account is no collaborator any more.
    MemberGone {
        id: u64,
        login: String,
        /// When we looked; missing in old logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        looked_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Occurrence::is_first")]
        occurrence: Occurrence,
    },
    /// What the repository is called and whether it is private and archived.
    RepositorySeen {
        full_name: String,
        private: bool,
        archived: bool,
    },
    /// GitHub does not show us the repository any more: deleted, or moved out of our reach.
    RepositoryGone,
}
