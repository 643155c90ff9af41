//! Launching many, step by step: a list, a dry run, the lead's word, progress, results.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::bytes::Bytes;
use actix_multipart::form::text::Text;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::Problem;
use super::super::door::Door;
use super::super::notice::Notice;
use super::super::offers::offer_url;
use super::super::session::SignedIn;
use super::super::words::name_of;
use super::components::{FieldErrors, When};
use super::failure::PageProblem;
use super::form::{Press, Sent, carries_token};
use super::{Frame, page, told};
use crate::clock::for_people;
use crate::ids::BatchId;
use crate::store::{BatchEventKind, LineState, SpecSummary};
use crate::workflow::launch_many::{
    self, BatchState, BatchView, LineResult, MOST_PEOPLE, Plan, PlannedLine, Waits, Wanted,
};
use crate::workflow::once::Once;
use crate::workflow::{WorkflowError, publish};

/// The header's link to these pages.
const HOME: &str = "/launches";
/// A running batch's page loads itself again after so many seconds: rarely enough to be read and used meanwhile.
const REFRESH: u32 = 20;
/// Lines that a page shows; the CSV has all.
const MOST_SHOWN: usize = 500;
/// Batches that the overview shows.
const MOST_BATCHES: u32 = 100;

#[derive(Template)]
#[template(path = "pages/launches.html")]
struct ListPage {
    frame: Frame,
    batches: Vec<BatchView>,
}

pub(super) async fn list(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    let batches = launch_many::batches(&door.services, MOST_BATCHES).await?;
    let frame = Frame::of(&lead, "Launches").at(HOME);
    page(StatusCode::OK, &ListPage { frame, batches })
}

#[derive(Template)]
#[template(path = "pages/new_launch.html")]
struct NewPage {
    frame: Frame,
    form_token: String,
    specs: Vec<SpecSummary>,
    /// To choose from, where there are several.
    organizations: Vec<String>,
    /// What was sent, where it has to be mended.
    spec: String,
    list: String,
    problem: Option<Problem>,
}

pub(super) async fn new(
    door: web::Data<Door>,
    lead: SignedIn,
) -> Result<HttpResponse, PageProblem> {
    form(&door, &lead, String::new(), String::new(), None).await
}

async fn form(
    door: &Door,
    lead: &SignedIn,
    spec: String,
    list: String,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageProblem> {
    let status = problem
        .as_ref()
        .and_then(|problem| StatusCode::from_u16(problem.status).ok())
        .unwrap_or(StatusCode::OK);
    let shown = NewPage {
        frame: Frame::of(lead, "Launch many")
            .at(HOME)
            .failed(problem.is_some()),
        form_token: lead.form_token.clone(),
        specs: publish::list(&door.services).await?,
        organizations: door
            .services
            .github
            .iter()
            .map(|github| github.org().to_string())
            .collect(),
        spec,
        list,
        problem,
    };
    page(status, &shown)
}

#[derive(MultipartForm)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
pub(super) struct ListForm {
    form_token: Text<String>,
    spec: Text<String>,
    organization: Option<Text<String>>,
    file: Option<Bytes>,
    list: Option<Bytes>,
    /// Makes a form that is sent twice one batch.
    key: Option<Text<String>>,
}

impl ListForm {
    fn organization(&self) -> Option<&str> {
        let named = self.organization.as_ref().map(|name| name.as_str());
        named.filter(|name| !name.is_empty())
    }

    /// The list, from the file or the text field.
    fn csv(&self) -> Result<&[u8], WorkflowError> {
        let given = |part: &Option<Bytes>| part.as_ref().is_some_and(|part| !part.data.is_empty());
        match (given(&self.file), given(&self.list)) {
            (true, true) => Err(WorkflowError::Invalid {
                code: "list_twice",
                message: "there is a file and a text: give the list in one of the two ways".into(),
            }),
            (true, false) => Ok(bytes(&self.file)),
            (false, true | false) => Ok(bytes(&self.list)),
        }
    }
}

fn bytes(part: &Option<Bytes>) -> &[u8] {
    part.as_ref().map(|part| &part.data[..]).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "pages/plan.html")]
struct PlanPage {
    frame: Frame,
    form_token: String,
    plan: Plan,
    words: Vec<String>,
    list: String,
    key: String,
}

impl PlanPage {
    fn top(&self) -> &[PlannedLine] {
        top(&self.plan.lines)
    }

    fn is_cut(&self) -> bool {
        self.top().len() < self.plan.lines.len()
    }

    /// Is there a line that would be refused?
    fn may_be_corrected(&self) -> bool {
        self.plan.lines.iter().any(|line| line.code.is_some())
    }
}

fn top<T>(lines: &[T]) -> &[T] {
    &lines[..lines.len().min(MOST_SHOWN)]
}

carries_token!(ListForm);

pub(super) async fn check(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, MultipartForm<ListForm>>,
) -> Result<HttpResponse, PageProblem> {
    let plan = async {
        let csv = sent.csv()?;
        let spec = publish::find(&door.services, &sent.spec).await?;
        let people = launch_many::read(csv)?;
        let plan = launch_many::plan(&door.services, &spec, people, sent.organization()).await?;
        Ok::<_, WorkflowError>((plan, String::from_utf8_lossy(csv).into_owned()))
    };
    let (plan, list) = match plan.await {
        Ok(planned) => planned,
        Err(error) => {
            // A text is shown again to be mended; a file is the lead's to mend.
            let list = String::from_utf8_lossy(bytes(&sent.list)).into_owned();
            let problem = Problem::from(error);
            return form(&door, &lead, sent.spec.to_string(), list, Some(problem)).await;
        }
    };
    let now = door.services.now();
    let shown = PlanPage {
        frame: Frame::of(&lead, "Dry run").at(HOME),
        form_token: lead.form_token.clone(),
        words: plan.in_words(),
        plan,
        list,
        key: door.services.ids.next(now).simple().to_string(),
    };
    page(StatusCode::OK, &shown)
}

pub(super) async fn create(
    door: web::Data<Door>,
    Sent {
        by: lead,
        form: sent,
    }: Sent<SignedIn, MultipartForm<ListForm>>,
) -> Result<HttpResponse, PageProblem> {
    let csv = sent.csv()?;
    let once = sent.key.as_ref().map(|key| Once {
        scope: format!("launches page {}", lead.name),
        key: key.chars().take(200).collect(),
        request_sha256: hex::encode(
            Sha256::new()
                .chain_update(sent.spec.as_bytes())
                .chain_update(b"\n")
                .chain_update(sent.organization().unwrap_or_default())
                .chain_update(b"\n")
                .chain_update(csv)
                .finalize(),
        ),
    });
    let wanted = Wanted {
        spec: publish::find(&door.services, &sent.spec).await?,
        people: launch_many::read(csv)?,
        organization: sent.organization().map(str::to_owned),
        lead: lead.name.clone(),
    };
    let batch = launch_many::create(&door.services, wanted, once).await?;
    back_to(&door, &batch.row.id, Notice::LaunchStarted)
}

#[derive(Template)]
#[template(path = "pages/launch.html")]
struct BatchPage {
    frame: Frame,
    form_token: String,
    batch: BatchView,
    lines: Vec<LineResult>,
    /// The page loads itself again.
    is_live: bool,
}

#[derive(Deserialize)]
pub(super) struct Live {
    /// `no`: the page does not load itself again.
    #[serde(default)]
    live: Option<String>,
}

impl BatchPage {
    fn top(&self) -> &[LineResult] {
        top(&self.lines)
    }

    fn is_cut(&self) -> bool {
        self.top().len() < self.lines.len()
    }

    fn is_running(&self) -> bool {
        self.batch.state == BatchState::Running
    }

    fn is_stopped(&self) -> bool {
        self.batch.state == BatchState::Stopped
    }
}

pub(super) async fn show(
    door: web::Data<Door>,
    lead: SignedIn,
    id: web::Path<String>,
    query: web::Query<Live>,
) -> Result<HttpResponse, PageProblem> {
    let id = batch_id(&id)?;
    let batch = launch_many::view(&door.services, &id).await?;
    let lines = launch_many::lines(&door.services, &id).await?;
    let mut frame = Frame::of(&lead, format!("Launch of {}", batch.spec.title)).at(HOME);
    let moves = batch.state == BatchState::Running && batch.waits.is_none();
    let is_live = moves && query.live.as_deref() != Some("no");
    frame.refresh = is_live.then_some(REFRESH);
    let shown = BatchPage {
        frame,
        form_token: lead.form_token.clone(),
        batch,
        lines,
        is_live,
    };
    page(StatusCode::OK, &shown)
}

fn batch_id(text: &str) -> Result<BatchId, Problem> {
    text.parse().map_err(|error: crate::ids::InvalidId| {
        Problem::bad_request("id_invalid", error.to_string())
    })
}

fn back_to(door: &Door, id: &BatchId, notice: Notice) -> Result<HttpResponse, PageProblem> {
    told(door, &format!("/launches/{id}"), notice)
}

pub(super) async fn stop(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = batch_id(&id)?;
    launch_many::stop(&door.services, &id, &lead.name).await?;
    back_to(&door, &id, Notice::LaunchStopped)
}

pub(super) async fn resume(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = batch_id(&id)?;
    launch_many::resume(&door.services, &id, &lead.name).await?;
    back_to(&door, &id, Notice::LaunchResumed)
}

pub(super) async fn results(
    door: web::Data<Door>,
    _lead: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = batch_id(&id)?;
    let lines = launch_many::lines(&door.services, &id).await?;
    Ok(csv_file(&door, &format!("{id}.csv"), &lines))
}

/// The results with each candidate's personal link. Asked for by a form, so that no mere link leads to secrets.
pub(super) async fn offers(
    door: web::Data<Door>,
    Sent { by: lead, .. }: Sent<SignedIn, web::Form<Press>>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let id = batch_id(&id)?;
    let lines = launch_many::lines(&door.services, &id).await?;
    tracing::info!(batch = %id, lead = lead.name, "a lead asked for the candidates' links");
    let lines =
        launch_many::with_links(&door.services, &door.public_url, lines, &lead.name).await?;
    Ok(csv_file(&door, &format!("{id}-links.csv"), &lines))
}

fn csv_file(door: &Door, name: &str, lines: &[LineResult]) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(launch_many::to_csv(lines, &offer_url(&door.public_url)))
}

/// What templates say in words.
mod words {
    use super::{BatchEventKind, BatchState, LineResult, LineState, Waits, for_people, name_of};

    pub fn state(state: &BatchState) -> &'static str {
        match state {
            BatchState::Running => "running",
            BatchState::Stopped => "stopped",
            BatchState::Finished => "finished",
        }
    }

    /// The badge's kind.
    pub fn kind(state: &BatchState, waits: &Option<Waits>) -> &'static str {
        match state {
            _ if waits.is_some() => "warning",
            BatchState::Running => "info",
            BatchState::Stopped => "neutral",
            BatchState::Finished => "success",
        }
    }

    pub fn event(kind: &BatchEventKind) -> &'static str {
        match kind {
            BatchEventKind::Created => "launched it",
            BatchEventKind::Stopped => "stopped it",
            BatchEventKind::Resumed => "went on with it",
        }
    }

    /// One person's result: where their work sample stands, if there is one.
    pub fn result(line: &LineResult) -> String {
        match (&line.work_sample_state, line.state) {
            (Some(state), _) => name_of(state).replace('_', " "),
            (None, LineState::Waiting) => "waits for its turn".into(),
            (None, LineState::Stopped) => "stopped before its turn".into(),
            (None, LineState::Refused) => "refused".into(),
            (None, LineState::Offered) => "offered".into(),
        }
    }

    pub fn waits(waits: &Waits) -> String {
        match waits.until {
            Some(at) => format!("Waits until {}: {}", for_people(at), waits.why),
            None => format!("Waits for an operator: {}", waits.why),
        }
    }
}
