//! One work sample: where it stands, what was said, what came out, what is owed, and what somebody of the team can do.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::super::door::Door;
use super::super::super::session::TeamMember;
use super::super::super::words::{name_of, person};
use super::super::components::{Choice, FieldErrors, Link, Step, When};
use super::super::failure::PageProblem;
use super::super::length::length;
use super::super::{Frame, page};
use super::parts::{Said, steps, texts};
use super::results::{CriterionLine, GapLine, criteria, gaps};
use super::typed::Typed;
use super::{HOME, id_of, words};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::report::{Report, to_safe_html};
use crate::spec::SpecVersion;
use crate::store::OwnerRow;
use crate::work_sample::entry::meant::SpecWords;
use crate::work_sample::open_points::{OpenPoint, open_points};
use crate::work_sample::overview::{TeamTask, overview};
use crate::work_sample::{DecisionOutcome, InvitationState, State, WorkSample};
use crate::workflow::{messages, people, show as look};

/// What can be decided, by the word that forms use.
const OUTCOMES: [(&str, &str); 3] = [
    ("proceed", "Go on with this person"),
    ("discuss", "Talk about it first"),
    ("stop", "Do not go on"),
];

/// All that the page is made of.
pub(super) struct Sample {
    pub(super) work_sample: WorkSample,
    version: std::sync::Arc<SpecVersion>,
    report: Report,
    owner: Option<OwnerRow>,
    /// The names of the leads, with their ids.
    leads: Vec<(String, String)>,
    now: Timestamp,
}

impl Sample {
    pub(super) async fn load(door: &Door, id: &WorkSampleId) -> Result<Sample, PageProblem> {
        let services = &door.services;
        let (work_sample, version) = look::work_sample(services, id).await?;
        let owner = messages::owner(services, id).await?;
        let leads = people::list(services)
            .await?
            .into_iter()
            .filter(|one| one.has_role("lead") && one.disabled_at.is_none())
            .map(|one| (one.id.to_string(), one.name))
            .collect();
        Ok(Sample {
            report: Report::of(&version, &work_sample),
            owner,
            leads,
            now: services.now(),
            work_sample,
            version,
        })
    }

    pub(super) fn page(
        &self,
        member: &TeamMember,
        status: StatusCode,
        typed: &Typed,
    ) -> Result<HttpResponse, PageProblem> {
        page(status, &SamplePage::of(self, member, typed))
    }
}

#[derive(Template)]
#[template(path = "pages/sample.html")]
struct SamplePage<'s> {
    frame: Frame,
    crumbs: Vec<Link>,
    form_token: String,
    member: &'s TeamMember,
    sample: &'s Sample,
    ws: &'s WorkSample,
    report: &'s Report,
    typed: &'s Typed,
    state: &'static str,
    kind: &'static str,
    steps: Vec<Step>,
    tasks: Vec<Task>,
    texts: Vec<Said>,
    criteria: Vec<CriterionLine>,
    gaps: Vec<GapLine>,
    open: Vec<String>,
    leads: Vec<Choice>,
    outcomes: Vec<Choice>,
}

struct Task {
    what: &'static str,
    action: &'static str,
    href: String,
    since: When,
    waited: String,
    text: String,
}

impl Task {
    fn of(task: TeamTask, member: &TeamMember, now: Timestamp) -> Task {
        let (action, part) = words::action(task.kind);
        Task {
            what: words::task(task.kind),
            action,
            href: format!("#{part}"),
            since: When::in_zone(task.since, member.zone),
            waited: length(task.since, now),
            text: task.text,
        }
    }
}

impl<'s> SamplePage<'s> {
    fn of(sample: &'s Sample, member: &'s TeamMember, typed: &'s Typed) -> SamplePage<'s> {
        let ws = &sample.work_sample;
        let zone = member.zone;
        let title = crate::report::one_line(&ws.candidate);
        let tasks = overview(ws).tasks.into_iter();
        let outcome = typed.value("decide", "outcome");
        SamplePage {
            frame: Frame::of_member(member, title)
                .at(HOME)
                .failed(typed.failed()),
            crumbs: vec![Link::new(HOME, "Work samples")],
            form_token: member.form_token.clone(),
            state: words::state(ws.state),
            kind: words::state_badge(ws.state),
            steps: steps(ws, zone),
            tasks: tasks
                .filter(|task| task.since <= sample.now)
                .map(|task| Task::of(task, member, sample.now))
                .collect(),
            texts: texts(ws, zone, sample.now),
            criteria: criteria(&sample.report, zone),
            gaps: gaps(&sample.report),
            open: open_points(ws, &SpecWords::of(&sample.version))
                .iter()
                .map(open_in_words)
                .collect(),
            leads: leads(sample),
            outcomes: OUTCOMES
                .map(|(value, label)| Choice::new(value, label, outcome == value))
                .to_vec(),
            member,
            sample,
            ws,
            report: &sample.report,
            typed,
        }
    }

    fn when(&self, at: &Timestamp) -> When {
        When::in_zone(*at, self.member.zone)
    }

    fn html(&self, markdown: &str) -> String {
        to_safe_html(markdown)
    }

    fn errors(&self, form: &str) -> FieldErrors {
        self.typed.errors(form)
    }

    fn all_errors(&self) -> FieldErrors {
        self.typed.all_errors()
    }

    fn by(&self, actor: &crate::work_sample::Actor) -> String {
        person(actor)
    }

    /// May this person do what only leads do?
    fn leads(&self) -> bool {
        self.member.is_lead
    }

    fn may_reply(&self) -> bool {
        self.leads() && self.is_under_way()
    }

    fn is_under_way(&self) -> bool {
        matches!(
            self.ws.state,
            State::Provisioned | State::InProgress | State::Delivered | State::Assessed
        )
    }

    fn may_extend(&self) -> bool {
        self.leads() && (self.is_under_way() || self.ws.state == State::Accepted)
    }

    fn may_end(&self) -> bool {
        self.leads()
            && matches!(
                self.ws.state,
                State::Drafted
                    | State::Offered
                    | State::Accepted
                    | State::Provisioned
                    | State::InProgress
            )
    }

    fn may_withdraw(&self) -> bool {
        self.leads()
            && matches!(
                self.ws.state,
                State::Accepted | State::Provisioned | State::InProgress
            )
    }

    fn may_invite(&self) -> bool {
        let joined = self
            .ws
            .invitation
            .as_ref()
            .is_some_and(|one| one.state == InvitationState::Accepted);
        self.may_withdraw() && !joined
    }

    fn may_decide(&self) -> bool {
        self.leads()
            && match self.ws.state {
                State::Assessed => true,
                State::Provisioned | State::InProgress => {
                    self.ws.due_at.is_some_and(|due| due < self.sample.now)
                }
                _ => false,
            }
    }

    /// Why no decision is shown and none can be made by this person now.
    fn no_decision_because(&self) -> &'static str {
        match self.ws.state {
            State::Assessed => "A lead makes the decision.",
            State::Drafted
            | State::Offered
            | State::Accepted
            | State::Provisioned
            | State::InProgress
            | State::Delivered => {
                "A decision can be made when the delivery is assessed, or when the due time is over."
            }
            State::Decided
            | State::Closed
            | State::Declined
            | State::Expired
            | State::Withdrawn
            | State::Cancelled => "It ended without a decision.",
        }
    }

    fn may_correct_decision(&self) -> bool {
        self.leads() && self.ws.decision.is_some()
    }

    fn may_judge(&self) -> bool {
        matches!(self.ws.state, State::Delivered | State::Assessed)
    }

    fn may_pay(&self) -> bool {
        self.leads() && self.ws.outstanding().is_some()
    }

    fn may_close(&self) -> bool {
        self.leads()
            && matches!(
                self.ws.state,
                State::Decided
                    | State::Declined
                    | State::Expired
                    | State::Withdrawn
                    | State::Cancelled
            )
            && self.ws.outstanding().is_none()
    }

    fn owner(&self) -> String {
        let id = self.sample.owner.as_ref().map(|one| one.person.to_string());
        let found = id.and_then(|id| self.sample.leads.iter().find(|(one, _)| *one == id));
        found.map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn outcome(&self, outcome: &DecisionOutcome) -> &'static str {
        match outcome {
            DecisionOutcome::Proceed => "go on with this person",
            DecisionOutcome::Stop => "do not go on",
            DecisionOutcome::Discuss => "talk about it first",
        }
    }

    /// Was this interpretation of a gap chosen in this form?
    fn is_way(&self, form: &str, gap: &str, way: &str) -> bool {
        self.typed.value(form, "gap").split_once(' ') == Some((gap, way))
    }

    /// What a text can be read as.
    fn kinds(&self) -> [(&'static str, &'static str); 8] {
        [
            ("note", "a note"),
            ("question", "a question"),
            ("progress", "a progress update"),
            ("decision", "a decision"),
            ("memo", "the understanding memo"),
            ("answer", "an answer"),
            ("confirm", "a confirmation"),
            ("redirect", "a redirection"),
        ]
    }

    fn new_outcomes(&self) -> Vec<Choice> {
        let typed = self.typed.value("correct-decision", "new-outcome");
        let present = self.ws.decision.as_ref().map(|one| name_of(&one.outcome));
        let chosen = if typed.is_empty() {
            present.unwrap_or_default()
        } else {
            typed.to_owned()
        };
        OUTCOMES
            .map(|(value, label)| Choice::new(value, label, chosen == value))
            .to_vec()
    }

    /// What was typed, or the present due time.
    fn due_field(&self) -> String {
        match (self.typed.value("extend", "due"), self.ws.due_at) {
            ("", Some(due)) => self.member.zone.for_field(due),
            (typed, _) => typed.to_owned(),
        }
    }

    fn zone_field(&self) -> String {
        match self.typed.value("extend", "due-zone") {
            "" => self.member.zone.name().to_owned(),
            typed => typed.to_owned(),
        }
    }

    fn invitation(&self) -> &'static str {
        match self.ws.invitation.as_ref().map(|one| one.state) {
            None => "not sent yet",
            Some(InvitationState::Pending) if self.ws.over_at().is_some() => "sent, never accepted",
            Some(InvitationState::Pending) => "sent, not accepted yet",
            Some(InvitationState::Accepted) => "accepted",
            Some(InvitationState::Expired) => "expired",
            Some(InvitationState::Declined) => "declined",
            Some(InvitationState::WrongAccount) => "another account joined",
            Some(InvitationState::AccountGone) => "the account is gone",
            Some(InvitationState::Renewing) => "another one is on its way",
            Some(InvitationState::Refused) => "GitHub refused it",
        }
    }
}

fn leads(sample: &Sample) -> Vec<Choice> {
    let owner = sample.owner.as_ref().map(|one| one.person.to_string());
    let nobody = Choice::new("", "nobody in particular", owner.is_none());
    let people = sample
        .leads
        .iter()
        .map(|(id, name)| Choice::new(id, name, owner.as_ref() == Some(id)));
    std::iter::once(nobody).chain(people).collect()
}

/// What is open, as a line of a list.
fn open_in_words(point: &OpenPoint) -> String {
    match point {
        OpenPoint::CriterionToJudge { criterion } => {
            format!("{criterion} waits for a person’s judgement")
        }
        OpenPoint::CriterionUndetermined { criterion } => {
            format!("The check of {criterion} could not tell")
        }
        OpenPoint::TextNotUnderstood { word, .. } => {
            format!("The candidate wrote {word}, which was not understood")
        }
        OpenPoint::QuestionUnanswered { .. } => "A question has no answer".to_owned(),
        OpenPoint::DeliveryUnresolved { .. } => "A delivery is not recorded yet".to_owned(),
    }
}

pub(super) async fn show(
    door: web::Data<Door>,
    member: TeamMember,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let sample = Sample::load(&door, &id_of(&id)?).await?;
    sample.page(&member, StatusCode::OK, &Typed::none())
}
