//! How a work sample, a spec and a job look from outside: the JSON of the API and of `--json`.

mod deliveries;
mod invitations;
mod jobs;
mod messages;
mod offer;
mod own;
mod people;
mod results;
mod team;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use deliveries::{CorrectionView, DeliveryView, LeftOutView, OpenDeliveryView};
pub use invitations::{InvitationFailureView, InvitationView};
pub use jobs::{JobView, WaitView};
pub use messages::{MessageTextView, MessageView, OwnerView};
pub use offer::{ClauseView, OfferView};
pub use own::{
    OwnDeliveryView, OwnEndView, OwnInvitationFailureView, OwnInvitationView, OwnOpenDeliveryView,
    OwnPayView,
};
pub use people::{AccountView, PersonView};
pub use results::ResultView;
pub use team::TeamWaitView;

use super::super::words::{name_of, person};
use crate::ids::{CommitSha, CriterionId, Login, SpecDigest, WorkSampleId};
use crate::money::Money;
use crate::spec::SpecVersion;
use crate::store::{JobRow, SpecSummary, WorkSampleRow};
use crate::work_sample::{
    DecisionOutcome, EndOfWork, InvitationProblem, Repository, State, Terms, WorkSample,
};
use crate::workflow::hours::HoursOfSpec;

/// A published spec version.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "slug": "order-idempotency", "version": "1.0", "title": "Idempotency keys for an order API" })))]
pub struct SpecView {
    pub digest: SpecDigest,
    pub slug: String,
    pub version: String,
    pub title: String,
    /// How long the work took, as candidates of all its versions say; told by `show` alone, and only of five candidates or
    /// more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursView>,
}

/// How long the work took, as candidates say.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HoursView {
    /// How many candidates it is made of: a multiple of five.
    pub candidates: usize,
    /// Half of them took this many hours or less, in tenths of an hour.
    pub median_tenths: u32,
}

impl From<HoursOfSpec> for HoursView {
    fn from(hours: HoursOfSpec) -> Self {
        HoursView {
            candidates: hours.candidates,
            median_tenths: hours.median_tenths,
        }
    }
}

impl From<&SpecSummary> for SpecView {
    fn from(row: &SpecSummary) -> Self {
        SpecView {
            digest: row.digest.clone(),
            slug: row.slug.to_string(),
            version: row.version.clone(),
            title: row.title.clone(),
            hours: None,
        }
    }
}

impl From<&SpecVersion> for SpecView {
    fn from(version: &SpecVersion) -> Self {
        SpecView {
            digest: version.digest.clone(),
            slug: version.spec.slug.to_string(),
            version: version.spec.version.clone(),
            title: version.spec.title.clone(),
            hours: None,
        }
    }
}

/// A work sample in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "id": "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", "spec": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "slug": "order-idempotency", "candidate": "Ada Example", "state": "in_progress", "login": "ada-example",
    "repository": "acme/ws-order-idempotency-2c3d4e5f", "due_at": "2026-03-07T09:00:00Z", "created_at": "2026-03-02T09:00:00Z"
})))]
pub struct WorkSampleLine {
    pub id: WorkSampleId,
    pub spec: SpecDigest,
    pub slug: String,
    pub candidate: String,
    pub state: State,
    pub login: Option<Login>,
    /// `owner/name`
    pub repository: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<crate::clock::Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: crate::clock::Timestamp,
    /// Set where nobody is invited because GitHub refused the invitation: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation_failure: Option<InvitationProblem>,
}

impl From<&WorkSampleRow> for WorkSampleLine {
    fn from(row: &WorkSampleRow) -> Self {
        WorkSampleLine {
            id: row.id.clone(),
            spec: row.spec_digest.clone(),
            slug: row.slug.to_string(),
            candidate: row.candidate.clone(),
            state: row.state,
            login: row.login.clone(),
            repository: row.repository_full_name.clone(),
            due_at: row.due_at,
            created_at: row.created_at,
            invitation_failure: row.invitation_failed,
        }
    }
}

/// What is owed, and what was paid of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PayView {
    pub owed: Money,
    #[schema(value_type = String, format = DateTime)]
    pub fell_due_at: crate::clock::Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub pay_by: crate::clock::Timestamp,
    pub outstanding: Option<Money>,
    /// References of the payouts.
    pub references: Vec<String>,
}

/// A named person's decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub by: String,
    pub outcome: DecisionOutcome,
    /// For the team; the candidate never reads it.
    pub reason: String,
    /// What the candidate reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// What the service could not do by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TroubleView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub step: String,
    pub reason: String,
}

/// What was done with the repository at the end.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EndView {
    /// The commit that the work stood at when the due time came.
    pub frozen: Option<CommitSha>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub frozen_at: Option<crate::clock::Timestamp>,
    /// May the candidate only read the repository?
    pub read_only: bool,
    /// The digest of the git bundle that was kept.
    pub bundle_sha256: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<crate::clock::Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub handed_over_at: Option<crate::clock::Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<crate::clock::Timestamp>,
}

impl From<&EndOfWork> for EndView {
    fn from(end: &EndOfWork) -> Self {
        EndView {
            frozen: end.frozen.as_ref().and_then(|frozen| frozen.sha.clone()),
            frozen_at: end.frozen.as_ref().map(|frozen| frozen.at),
            read_only: end.reduced,
            bundle_sha256: end.kept.as_ref().map(|kept| kept.sha256.clone()),
            archived_at: end.archived_at,
            handed_over_at: end.handed_over_at,
            deleted_at: end.deleted_at,
        }
    }
}

/// A work sample, whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!(super::examples::work_sample())))]
pub struct WorkSampleView {
    pub id: WorkSampleId,
    pub spec: SpecView,
    pub candidate: String,
    pub email: Option<String>,
    pub state: State,
    pub terms: Terms,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offer_expires_at: Option<crate::clock::Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<crate::clock::Timestamp>,
    pub login: Option<Login>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<crate::clock::Timestamp>,
    /// The organisation that its launch named, or the first at that time.
    pub organization: Option<Login>,
    pub repository: Option<Repository>,
    pub invited: bool,
    pub kickoff_issue: Option<u64>,
    /// How many entries of each kind the conversation has.
    pub entries: std::collections::BTreeMap<String, usize>,
    pub deliveries: Vec<DeliveryView>,
    /// What was declared and delivered nothing, and why.
    pub open_deliveries: Vec<OpenDeliveryView>,
    /// Criteria that wait for a reviewer's eye on the delivery that counts.
    pub waiting_for_a_reviewer: Vec<CriterionId>,
    /// What the acceptance criteria came to on the commit that counts.
    #[serde(default)]
    pub results: Vec<ResultView>,
    pub pay: Option<PayView>,
    pub decision: Option<DecisionView>,
    pub troubles: Vec<TroubleView>,
    /// The service's own work on it that waits; told by `show` alone.
    #[serde(default)]
    pub waits: Vec<WaitView>,
    /// Questions and decisions that the team has not replied to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for_team: Vec<TeamWaitView>,
    /// What became of the repository and of who may work in it; a lead should look at the alarms.
    pub repository_events: Vec<RepositoryEventView>,
    pub invitation: Option<InvitationView>,
    /// Set where nobody is invited because GitHub refused the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation_failure: Option<InvitationFailureView>,
    /// What should be known of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_warning: Option<String>,
    pub end: EndView,
    /// Who wrote or pushed besides the candidate, and on which side.
    #[serde(default)]
    pub accounts: Vec<AccountView>,
}

/// Something that happened to the repository itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RepositoryEventView {
    #[schema(value_type = String, format = DateTime)]
    pub at: crate::clock::Timestamp,
    pub text: String,
    /// It is public or gone, or somebody else came in.
    pub alarm: bool,
}

impl WorkSampleView {
    pub fn of(work_sample: &WorkSample, version: &SpecVersion) -> Self {
        let mut entries = std::collections::BTreeMap::new();
        for entry in &work_sample.entries {
            *entries.entry(name_of(&entry.kind)).or_insert(0) += 1;
        }
        WorkSampleView {
            id: work_sample.id.clone(),
            spec: version.into(),
            candidate: work_sample.candidate.clone(),
            email: work_sample.email.clone(),
            state: work_sample.state,
            terms: work_sample.terms.clone(),
            offer_expires_at: work_sample.offer_expires_at,
            accepted_at: work_sample.accepted_at,
            login: work_sample.login.clone(),
            due_at: work_sample.due_at,
            organization: work_sample.organization.clone(),
            repository: work_sample.provisioning.repository.clone(),
            invited: work_sample.provisioning.invited,
            kickoff_issue: work_sample.provisioning.kickoff,
            entries,
            deliveries: deliveries::recorded(work_sample),
            open_deliveries: deliveries::open_for_team(work_sample),
            waiting_for_a_reviewer: waiting_for_a_reviewer(work_sample, version),
            results: results::of(work_sample, &version.spec),
            pay: pay(work_sample),
            decision: work_sample.decision.as_ref().map(|decision| DecisionView {
                at: decision.at,
                by: person(&decision.by),
                outcome: decision.outcome,
                reason: decision.reason.clone(),
                feedback: decision.feedback.clone(),
            }),
            troubles: work_sample
                .stuck
                .iter()
                .map(|trouble| TroubleView {
                    at: trouble.at,
                    step: trouble.step.clone(),
                    reason: trouble.reason.clone(),
                })
                .collect(),
            repository_events: work_sample
                .repository_events
                .iter()
                .map(|event| RepositoryEventView {
                    at: event.at,
                    text: event.text.clone(),
                    alarm: event.alarm,
                })
                .collect(),
            waits: Vec::new(),
            waits_for_team: TeamWaitView::all(work_sample),
            invitation: InvitationView::of(work_sample),
            invitation_failure: work_sample
                .invitation_failure()
                .map(InvitationFailureView::for_the_team),
            login_warning: work_sample.login.as_ref().and_then(Login::warning),
            end: (&work_sample.end).into(),
            accounts: work_sample.accounts.iter().map(Into::into).collect(),
        }
    }

    /// With what the jobs about it wait for.
    #[must_use]
    pub fn waiting(mut self, jobs: &[JobRow]) -> Self {
        self.waits = jobs.iter().filter_map(WaitView::of).collect();
        self
    }
}

fn waiting_for_a_reviewer(work_sample: &WorkSample, version: &SpecVersion) -> Vec<CriterionId> {
    let Some(sha) = work_sample
        .effective_delivery()
        .and_then(|one| one.sha.as_ref())
    else {
        return Vec::new();
    };
    version
        .spec
        .criteria
        .iter()
        .filter(|criterion| criterion.check.is_by_eye())
        .filter(|criterion| work_sample.judgement(&criterion.id, sha).is_none())
        .map(|criterion| criterion.id.clone())
        .collect()
}

fn pay(work_sample: &WorkSample) -> Option<PayView> {
    let obligation = work_sample.obligation.as_ref()?;
    Some(PayView {
        owed: obligation.amount,
        fell_due_at: obligation.fell_due_at,
        pay_by: obligation.pay_by,
        outstanding: work_sample.outstanding(),
        references: work_sample
            .payouts
            .iter()
            .map(|payout| payout.reference.clone())
            .collect(),
    })
}
