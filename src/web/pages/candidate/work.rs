//! The page of a candidate's work, from the acceptance to the end.

use askama::Template;

use super::super::choices;
use super::super::components::{Choice, FieldErrors, Step as Mark, StepState, When, short};
use super::super::frame::Frame;
use super::{Typed, Visited, left};
use crate::candidate::{NextStep, Offer, OwnText, OwnTextKind, OwnTextState, Step, Work};
use crate::clock::Timestamp;
use crate::report::to_safe_html;
use crate::work_sample::{InvitationState, ObligationReason, OpenDeliveryStatus, State};

#[derive(Template)]
#[template(path = "pages/work.html")]
pub(super) struct WorkPage<'v> {
    frame: Frame,
    visited: &'v Visited,
    offer: Offer,
    work: Work,
    steps: Vec<Mark>,
    next: Vec<Asked>,
    time_left: Option<String>,
    zone: String,
    zones: Vec<&'static str>,
    form_token: String,
    login: String,
    sha: String,
    branches: Vec<Choice>,
    hours: String,
    reason: String,
    starter: bool,
    /// Which part of the page has the form that was sent back.
    open: &'static str,
    errors: FieldErrors,
}

/// What is asked next, in words.
struct Asked {
    text: &'static str,
    /// Where it is done.
    href: Option<String>,
    by: Option<When>,
    late: bool,
}

/// Own texts of one kind.
struct Texts<'w> {
    /// Where links lead.
    id: &'static str,
    heading: &'static str,
    empty: &'static str,
    texts: Vec<&'w OwnText>,
}

impl<'v> WorkPage<'v> {
    pub(super) fn of(visited: &'v Visited, typed: &Typed) -> WorkPage<'v> {
        let work = visited.work();
        let offer = visited.offer();
        let frame = visited.frame(&offer.title).failed(!typed.errors.is_empty());
        WorkPage {
            frame,
            steps: steps(visited),
            next: work
                .next
                .iter()
                .map(|step| asked(visited, &work, step))
                .collect(),
            time_left: work.due_at.and_then(|due| left(visited.now, due)),
            zone: typed
                .zone
                .clone()
                .unwrap_or_else(|| visited.zone.name().to_owned()),
            zones: choices::zone_names(),
            form_token: visited.form_token.clone(),
            login: typed.login.clone().unwrap_or_default(),
            sha: typed.sha.clone().unwrap_or_default(),
            branches: branches(visited, &work, typed.branch.as_deref()),
            hours: typed.hours.clone().unwrap_or_default(),
            reason: typed.reason.clone().unwrap_or_default(),
            starter: typed.starter,
            open: typed.form,
            errors: typed.errors.clone(),
            visited,
            offer,
            work,
        }
    }

    fn when(&self, at: &Timestamp) -> When {
        self.visited.when(*at)
    }

    /// Markdown from outside as HTML that can do nothing.
    fn html(&self, markdown: &str) -> String {
        to_safe_html(markdown)
    }

    fn is_open(&self) -> bool {
        matches!(
            self.work.state,
            State::Provisioned | State::InProgress | State::Delivered | State::Assessed
        )
    }

    /// Is nothing to be done any more?
    fn is_over(&self) -> bool {
        matches!(
            self.work.state,
            State::Closed | State::Withdrawn | State::Cancelled
        )
    }

    fn may_withdraw(&self) -> bool {
        matches!(
            self.work.state,
            State::Accepted | State::Provisioned | State::InProgress
        )
    }

    fn may_correct_login(&self) -> bool {
        let joined = self
            .work
            .invitation
            .as_ref()
            .is_some_and(|invitation| invitation.state == InvitationState::Accepted);
        !joined && (self.is_open() || self.work.state == State::Accepted)
    }

    /// Is the candidate to look at their login, or to ask for another invitation?
    fn asks_for_login(&self) -> bool {
        let next = self.work.next.first();
        next.is_some_and(|next| next.step == Step::MendInvitation)
    }

    fn has_report(&self) -> bool {
        self.visited.work_sample.over_at().is_some()
    }

    fn has_terms(&self) -> bool {
        self.work.accepted_terms_sha256.is_some()
    }

    fn may_say_hours(&self) -> bool {
        matches!(
            self.work.state,
            State::Delivered | State::Assessed | State::Decided | State::Closed
        )
    }

    fn hours_said(&self) -> Option<String> {
        let tenths = self.visited.details.hours_tenths?;
        Some(match tenths % 10 {
            0 => (tenths / 10).to_string(),
            rest => format!("{}.{rest}", tenths / 10),
        })
    }

    /// Which delivery the form makes.
    fn delivery_number(&self) -> usize {
        self.visited.work_sample.read_deliveries.len()
    }

    fn starter_is_asked(&self) -> bool {
        self.work
            .open_deliveries
            .iter()
            .any(|open| open.status == OpenDeliveryStatus::StarterUnconfirmed)
    }

    fn invitation_in_words(&self, state: &InvitationState) -> &'static str {
        match state {
            InvitationState::Pending => "sent; not accepted yet",
            InvitationState::Accepted => "accepted",
            InvitationState::Expired => "expired; ask for another one below",
            InvitationState::Declined => {
                "declined; ask for another one below if that was not meant"
            }
            InvitationState::WrongAccount => {
                "another account joined; if it is yours, correct your login below"
            }
            InvitationState::AccountGone => "the account is gone; correct your login below",
            InvitationState::Renewing => "another one is on its way",
            InvitationState::Refused => "GitHub refused it",
        }
    }

    fn because(&self, reason: &ObligationReason) -> &'static str {
        match reason {
            ObligationReason::Delivered => "you delivered",
            ObligationReason::Withdrawn => "you withdrew",
            ObligationReason::Cancelled => "the team cancelled",
        }
    }

    fn conversation(&self) -> Vec<Texts<'_>> {
        let of = |id, heading, empty, kinds: &[OwnTextKind]| Texts {
            id,
            heading,
            empty,
            texts: self
                .work
                .texts
                .iter()
                .filter(|text| text.deleted_at.is_none() && kinds.contains(&text.kind))
                .collect(),
        };
        let mut all = vec![
            of(
                "questions",
                "Questions",
                "No question so far. Ask with the issue form “Question” or with /question.",
                &[OwnTextKind::Question],
            ),
            of(
                "decisions",
                "Decisions",
                "No decision so far. Write one down with the issue form “Decision” or with /decision.",
                &[OwnTextKind::Decision],
            ),
            of(
                "updates",
                "Updates",
                "No update so far. Write one with the issue form “Progress update” or with /progress.",
                &[OwnTextKind::Memo, OwnTextKind::Progress],
            ),
        ];
        all.retain(|list| !self.is_over() || !list.texts.is_empty());
        all
    }

    /// Where a text stands; `None` for one that needs no answer.
    fn state_in_words(&self, state: &OwnTextState) -> Option<&'static str> {
        Some(match state {
            OwnTextState::Read => return None,
            OwnTextState::Waiting => "waits for the team",
            OwnTextState::Replied => "replied",
            OwnTextState::Answered => "answered",
            OwnTextState::Confirmed => "confirmed",
            OwnTextState::Redirected => "redirected",
        })
    }

    fn state_kind(&self, state: &OwnTextState) -> &'static str {
        match state {
            OwnTextState::Read => "neutral",
            OwnTextState::Waiting => "info",
            OwnTextState::Replied | OwnTextState::Answered | OwnTextState::Confirmed => "success",
            OwnTextState::Redirected => "warning",
        }
    }
}

/// The branches that can be delivered, the one with the newest work chosen.
fn branches(visited: &Visited, work: &Work, typed: Option<&str>) -> Vec<Choice> {
    let newest = work.heads.first().map(|head| head.branch.as_str());
    let chosen = typed.filter(|branch| !branch.is_empty()).or(newest);
    work.heads
        .iter()
        .map(|head| {
            let short = short(head.sha.as_str());
            let label = match head.pushed_at {
                Some(at) => format!("{}: {short}, pushed {}", head.branch, visited.when(at)),
                None => format!("{}: {short}, the starter", head.branch),
            };
            Choice::new(&head.branch, label, chosen == Some(head.branch.as_str()))
        })
        .collect()
}

/// Where a step is done.
fn place_of(visited: &Visited, work: &Work, step: Step) -> Option<String> {
    if step == Step::WaitForRepository {
        return Some("/offer".to_owned());
    }
    let repository = &work.repository.as_ref()?.html_url;
    match step {
        Step::AcceptInvitation => Some(format!("{repository}/invitations")),
        Step::WriteMemo => {
            let number = visited.work_sample.provisioning.kickoff?;
            Some(format!("{repository}/issues/{number}"))
        }
        Step::WriteProgress => Some(format!("{repository}/issues/new?template=progress.yml")),
        Step::Deliver => Some("#deliver".to_owned()),
        Step::MendInvitation => Some("#invitation".to_owned()),
        Step::ReadRedirection => Some("#decisions".to_owned()),
        Step::DecideOnOffer
        | Step::WaitForRepository
        | Step::WaitForAssessment
        | Step::WaitForDecision
        | Step::WaitForPay => None,
    }
}

fn asked(visited: &Visited, work: &Work, next: &NextStep) -> Asked {
    let text = match next.step {
        Step::DecideOnOffer => "Accept or decline the offer",
        Step::WaitForRepository if work.repository.is_some() => {
            "Your repository is made, and GitHub's invitation to it is sent next; load this page again in a minute or two"
        }
        Step::WaitForRepository => {
            "Your repository is being made; this takes a minute or two, so load this page again then"
        }
        Step::MendInvitation => "You are not in your repository yet: see the invitation below",
        Step::AcceptInvitation => "Accept the invitation that GitHub sent you",
        Step::WriteMemo => {
            "Answer the kickoff issue: what you understood, your open questions, your approach"
        }
        Step::WriteProgress => "Write a progress update",
        Step::ReadRedirection => "The team redirected a decision: read what they wrote",
        Step::Deliver => "Deliver",
        Step::WaitForAssessment => "Your delivery is being checked; you need not do anything",
        Step::WaitForDecision => "The team reads your work and decides; you need not do anything",
        Step::WaitForPay => "The team pays you",
    };
    Asked {
        text,
        href: place_of(visited, work, next.step),
        by: next.by.map(|at| visited.when(at)),
        late: next.by.is_some_and(|at| at < visited.now),
    }
}

fn steps(visited: &Visited) -> Vec<Mark> {
    let ws = &visited.work_sample;
    let note = |at: Option<Timestamp>| at.map(|at| visited.zone.day(at)).unwrap_or_default();
    let delivered = ws.effective_delivery().map(|one| one.at);
    let decided = ws.decision.as_ref().map(|one| one.at);
    let paid = ws
        .obligation
        .as_ref()
        .filter(|_| ws.outstanding().is_none())
        .and_then(|_| ws.payouts.last())
        .map(|one| one.at);
    let moments = [
        ("Acceptance", ws.accepted_at),
        ("Repository", ws.provisioned_at),
        ("Delivery", delivered),
        ("Decision", decided),
        ("Payment", paid),
    ];
    let over = ws.ended.is_some();
    let now = moments.iter().position(|(_, at)| at.is_none());
    moments
        .iter()
        .enumerate()
        .map(|(index, (label, at))| {
            let state = match at {
                Some(_) => StepState::Done,
                None if over && (*label != "Payment" || ws.obligation.is_none()) => StepState::Off,
                None if over || now == Some(index) => StepState::Now,
                None => StepState::Ahead,
            };
            let note = match state {
                StepState::Now => now_in_words(visited, index),
                StepState::Done | StepState::Ahead | StepState::Off => note(*at),
            };
            Mark::new(*label, state, note)
        })
        .collect()
}

/// What is said of the step that is being taken, by its number.
fn now_in_words(visited: &Visited, step: usize) -> String {
    let ws = &visited.work_sample;
    let by = |at: Option<Timestamp>| {
        at.map(|at| format!("by {}", visited.zone.day(at)))
            .unwrap_or_default()
    };
    match step {
        1 if visited.work().repository.is_some() => "made; the invitation is next".to_owned(),
        1 => "being made".to_owned(),
        2 => by(ws.due_at),
        3 => "the team reads it".to_owned(),
        4 => by(ws.obligation.as_ref().map(|owed| owed.pay_by)),
        _ => String::new(),
    }
}
