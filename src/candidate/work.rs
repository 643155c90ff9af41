//! The candidate's own work, from the acceptance to the end.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use super::conversation::{self, Misread, OwnText, OwnTextKind};
use super::deliveries::{self, Head, OpenDelivery, OwnDelivery};
use super::next::{NextStep, next_steps};
use crate::clock::Timestamp;
use crate::ids::Login;
use crate::money::Money;
use crate::report::{one_line, several_lines};
use crate::spec::SpecVersion;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::{
    self, Actor, DecisionOutcome, InvitationProblem, InvitationState, ObligationReason, Repository,
    State, WorkSample,
};

/// GitHub's invitations end after seven days.
const INVITATION_DAYS: i64 = 7;

/// What a candidate reads about their work.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Work {
    pub state: State,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
    /// The SHA-256 of the text that was accepted, where it was kept.
    pub accepted_terms_sha256: Option<String>,
    pub login: Option<Login>,
    /// Something to know about the login.
    pub login_warning: Option<String>,
    pub repository: Option<Repository>,
    pub invitation: Option<Invitation>,
    /// Why nobody is invited, where GitHub refused the invitation.
    pub invitation_trouble: Option<InvitationTrouble>,
    /// After every extension.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    pub extensions: Vec<Extension>,
    /// What is asked next, the most urgent first.
    pub next: Vec<NextStep>,
    /// What the candidate wrote, oldest first, with the replies.
    pub texts: Vec<OwnText>,
    /// Texts that were not understood.
    pub misread: Vec<Misread>,
    pub deliveries: Vec<OwnDelivery>,
    /// What can be delivered by its branch.
    pub heads: Vec<Head>,
    /// What was declared and delivered nothing.
    pub open_deliveries: Vec<OpenDelivery>,
    pub pay: Option<OwnPay>,
    /// How the work ended early.
    pub ended: Option<Ended>,
    /// The team's decision and feedback.
    pub outcome: Option<Outcome>,
}

/// The invitation to the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    pub login: Login,
    pub state: InvitationState,
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: Timestamp,
    /// Until when it can be accepted, while it is pending.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// Why nobody is invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitationTrouble {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub login: Login,
    pub code: InvitationProblem,
    /// What is wrong.
    pub reason: String,
    /// How it goes on.
    pub hint: String,
}

/// More time, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Extension {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    pub reason: String,
}

/// What is owed, and what was paid of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OwnPay {
    pub amount: Money,
    pub because: ObligationReason,
    #[schema(value_type = String, format = DateTime)]
    pub fell_due_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub pay_by: Timestamp,
    pub payouts: Vec<Payout>,
    /// Missing where all of it was paid.
    pub outstanding: Option<Money>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Payout {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub amount: Money,
    pub reference: String,
}

/// How the work ended early: the state says in which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ended {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub reason: Option<String>,
}

/// The team's decision, without the reason that it keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outcome {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who decided.
    pub by: String,
    pub outcome: DecisionOutcome,
    /// What the team wrote for the candidate.
    pub feedback: Option<String>,
    /// It replaces another decision that was made before.
    pub is_corrected: bool,
}

impl Work {
    pub fn of(ws: &WorkSample, version: &SpecVersion) -> Work {
        Work {
            state: ws.state,
            accepted_at: ws.accepted_at,
            accepted_terms_sha256: ws.accepted_terms_sha256.clone(),
            login: ws.login.clone(),
            login_warning: ws.login.as_ref().and_then(Login::warning),
            repository: ws.provisioning.repository.clone(),
            invitation: Invitation::of(ws),
            invitation_trouble: ws.invitation_failure().map(Into::into),
            due_at: ws.due_at,
            extensions: ws.extensions.iter().map(Into::into).collect(),
            next: next_steps(ws, &version.spec),
            texts: conversation::texts(ws),
            misread: conversation::misread(ws, &SpecWords::of(version)),
            deliveries: deliveries::deliveries(ws),
            heads: deliveries::heads(ws),
            open_deliveries: deliveries::open(ws),
            pay: pay(ws),
            ended: ws.ended.as_ref().map(|ended| Ended {
                at: ended.at,
                reason: ended.reason.as_deref().map(several_lines),
            }),
            outcome: ws.decision.as_ref().map(|decision| Outcome {
                at: decision.at,
                by: match &decision.by {
                    Actor::Lead { name } | Actor::Reviewer { name } => one_line(name),
                    Actor::Candidate | Actor::Service | Actor::GitHub { .. } => String::new(),
                },
                outcome: decision.outcome,
                feedback: decision.feedback.as_deref().map(several_lines),
                is_corrected: !ws.former_decisions.is_empty(),
            }),
        }
    }

    /// The candidate's texts of one kind that are still there.
    pub fn texts_of(&self, kind: OwnTextKind) -> impl Iterator<Item = &OwnText> {
        self.texts
            .iter()
            .filter(move |text| text.kind == kind && text.deleted_at.is_none())
    }

    /// The delivery that counts.
    pub fn counts(&self) -> Option<&OwnDelivery> {
        self.deliveries.iter().find(|delivery| delivery.counts)
    }
}

fn pay(ws: &WorkSample) -> Option<OwnPay> {
    let owed = ws.obligation.as_ref()?;
    Some(OwnPay {
        amount: owed.amount,
        because: owed.reason,
        fell_due_at: owed.fell_due_at,
        pay_by: owed.pay_by,
        payouts: ws
            .payouts
            .iter()
            .map(|payout| Payout {
                at: payout.at,
                amount: payout.amount,
                reference: one_line(&payout.reference),
            })
            .collect(),
        outstanding: ws.outstanding(),
    })
}

impl Invitation {
    fn of(ws: &WorkSample) -> Option<Invitation> {
        let latest = ws.invitation.as_ref()?;
        // While another one is asked for, it is meant for the present login.
        let login = match (latest.state, &ws.login) {
            (InvitationState::Renewing | InvitationState::Refused, Some(present)) => present,
            _ => &latest.login,
        };
        Some(Invitation {
            login: login.clone(),
            state: latest.state,
            sent_at: latest.sent_at,
            expires_at: (latest.state == InvitationState::Pending)
                .then(|| latest.sent_at + Duration::days(INVITATION_DAYS)),
        })
    }
}

impl From<&work_sample::InvitationFailure> for InvitationTrouble {
    fn from(failure: &work_sample::InvitationFailure) -> Self {
        InvitationTrouble {
            at: failure.at,
            login: failure.login.clone(),
            code: failure.code,
            reason: failure.code.in_words().to_owned(),
            hint: failure.code.hint_for_candidate().to_owned(),
        }
    }
}

impl From<&work_sample::Extension> for Extension {
    fn from(extension: &work_sample::Extension) -> Self {
        Extension {
            at: extension.at,
            due_at: extension.due_at,
            reason: several_lines(&extension.reason),
        }
    }
}
