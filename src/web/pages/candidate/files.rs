//! What a candidate takes with them: the text that they accepted, their own report, an archive of their data.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_TYPE, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::super::Problem;
use super::super::super::door::Door;
use super::super::super::session::CandidateVisit;
use super::super::components::When;
use super::super::failure::PageProblem;
use super::super::frame::Frame;
use super::super::page;
use super::Visited;
use crate::acceptance::Verdict;
use crate::candidate::{OwnReport, OwnText, OwnTextKind};
use crate::clock::Timestamp;
use crate::mail::due_date;
use crate::report::to_safe_html;
use crate::workflow::{accept, export as exporting, show as look};

fn attachment(name: String, kind: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(body.into())
}

/// The text that was accepted, or before that the offer's.
pub(super) async fn terms(
    door: web::Data<Door>,
    visit: CandidateVisit,
) -> Result<HttpResponse, PageProblem> {
    let services = &door.services;
    let (work_sample, version) = look::work_sample(services, &visit.work_sample).await?;
    let text = if work_sample.accepted_terms_sha256.is_some() {
        accept::accepted_terms(services, &visit.work_sample)
            .await?
            .text
    } else {
        accept::offer(&work_sample, &version).0
    };
    let name = format!("terms-{}.txt", work_sample.id);
    Ok(attachment(name, "text/plain; charset=utf-8", text))
}

/// The due time, for calendars. Mails bring the same event.
pub(super) async fn due(
    door: web::Data<Door>,
    visit: CandidateVisit,
) -> Result<HttpResponse, PageProblem> {
    let services = &door.services;
    let (work_sample, version) = look::work_sample(services, &visit.work_sample).await?;
    let from = &services.mailer.from;
    let due = due_date(&work_sample, &version.spec.title, from).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_due_time_yet",
            "there is no due time yet: it is chosen when the offer is accepted",
        )
    })?;
    let name = format!("due-{}.ics", work_sample.id);
    Ok(attachment(name, "text/calendar; charset=utf-8", due.file()))
}

#[derive(Template)]
#[template(path = "pages/own_report.html")]
struct ReportPage {
    frame: Frame,
    report: OwnReport,
    visited: Visited,
}

impl ReportPage {
    fn when(&self, at: &Timestamp) -> When {
        self.visited.when(*at)
    }

    fn html(&self, markdown: &str) -> String {
        to_safe_html(markdown)
    }

    fn verdict(&self, verdict: &Verdict) -> (&'static str, &'static str) {
        match verdict {
            Verdict::Passed => ("met", "success"),
            Verdict::Failed => ("not met", "error"),
            Verdict::Undetermined => ("could not be told", "warning"),
            Verdict::Open => ("not judged", "neutral"),
        }
    }

    fn kind(&self, text: &OwnText) -> &'static str {
        match text.kind {
            OwnTextKind::Memo => "Understanding memo",
            OwnTextKind::Question => "Question",
            OwnTextKind::Progress => "Progress update",
            OwnTextKind::Decision => "Decision",
            OwnTextKind::Delivery => "Delivery",
            OwnTextKind::Note => "Note",
        }
    }
}

pub(super) async fn report(
    door: web::Data<Door>,
    visit: CandidateVisit,
) -> Result<HttpResponse, PageProblem> {
    let visited = Visited::load(&door, &visit).await?;
    let report = OwnReport::of(&visited.work_sample, &visited.version).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_report_yet",
            "there is no report yet: it comes with the team's decision, or when the work ends",
        )
    })?;
    let shown = ReportPage {
        frame: visited.frame("Your report"),
        report,
        visited,
    };
    page(StatusCode::OK, &shown)
}

pub(super) async fn export(
    door: web::Data<Door>,
    visit: CandidateVisit,
) -> Result<HttpResponse, PageProblem> {
    let archive = exporting::archive(&door.services, &visit.work_sample).await?;
    let name = format!("{}.zip", visit.work_sample);
    Ok(attachment(name, "application/zip", archive))
}
