//! Today: what needs a lead now, oldest first, each with the way to do it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::door::Door;
use super::super::session::TeamMember;
use super::components::When;
use super::failure::PageProblem;
use super::length::length;
use super::samples::words;
use super::{Frame, page};
use crate::clock::Timestamp;
use crate::store::{JobRow, TaskRow};
use crate::work_sample::overview::TeamTaskKind;
use crate::workflow::lists::{self, Today};

/// The header's link to this page.
pub(super) const HOME: &str = "/";

#[derive(Template)]
#[template(path = "pages/today.html")]
struct TodayPage {
    frame: Frame,
    form_token: String,
    tasks: Vec<Item>,
    all_tasks: i64,
    dead_jobs: Vec<JobRow>,
    under_way: i64,
}

/// Something to do.
struct Item {
    what: &'static str,
    action: &'static str,
    href: String,
    id: String,
    /// Tells the fields of several forms apart.
    number: usize,
    candidate: String,
    spec: String,
    since: When,
    waited: String,
    by: Option<When>,
    is_late: bool,
    text: String,
    clauses: Vec<String>,
    about: String,
    reply: ReplyForm,
}

/// Which replies are made on this page itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReplyForm {
    None,
    Answer,
    Settle,
}

impl Item {
    fn of(number: usize, row: TaskRow, member: &TeamMember, now: Timestamp) -> Item {
        let TaskRow { row, task } = row;
        let (action, part) = words::action(task.kind);
        Item {
            what: words::task(task.kind),
            action,
            href: format!("/samples/{}#{part}", row.id),
            id: row.id.to_string(),
            number,
            candidate: row.candidate,
            spec: row.slug.to_string(),
            since: When::in_zone(task.since, member.zone),
            waited: length(task.since, now),
            by: task.by.map(|at| When::in_zone(at, member.zone)),
            is_late: task.by.is_some_and(|at| at < now),
            text: task.text,
            clauses: task.clauses.iter().map(ToString::to_string).collect(),
            about: task.about.0,
            reply: match task.kind {
                TeamTaskKind::AnswerQuestion => ReplyForm::Answer,
                TeamTaskKind::SettleDecision => ReplyForm::Settle,
                TeamTaskKind::FixInvitation
                | TeamTaskKind::LookAtStarter
                | TeamTaskKind::LookAtDelivery
                | TeamTaskKind::ConsiderExtension
                | TeamTaskKind::JudgeCriteria
                | TeamTaskKind::Decide
                | TeamTaskKind::DecideWithoutDelivery
                | TeamTaskKind::Pay
                | TeamTaskKind::HelpService
                | TeamTaskKind::Close => ReplyForm::None,
            },
        }
    }

    fn answers(&self) -> bool {
        self.reply == ReplyForm::Answer
    }

    fn settles(&self) -> bool {
        self.reply == ReplyForm::Settle
    }
}

/// The page for a lead.
pub(super) async fn show(door: &Door, member: &TeamMember) -> Result<HttpResponse, PageProblem> {
    let now = door.services.now();
    let Today {
        tasks,
        all_tasks,
        dead_jobs,
        under_way,
    } = lists::today(&door.services).await?;
    let shown = TodayPage {
        frame: Frame::of_member(member, "Today").at(HOME),
        form_token: member.form_token.clone(),
        tasks: tasks
            .into_iter()
            .enumerate()
            .map(|(number, row)| Item::of(number, row, member, now))
            .collect(),
        all_tasks,
        dead_jobs,
        under_way,
    };
    page(StatusCode::OK, &shown)
}
