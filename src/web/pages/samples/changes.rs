//! What the delivery that counts changed, file by file, with the spec's boundary marked.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::super::door::Door;
use super::super::super::session::TeamMember;
use super::super::components::Link;
use super::super::diff::LineBudget;
use super::super::failure::PageProblem;
use super::super::{Frame, page};
use super::{HOME, id_of};
use crate::acceptance::ChangeKind;
use crate::report::{Report, one_line};
use crate::text_diff::{FileDiff, Hunk, Line};
use crate::work_sample::WorkSample;
use crate::workflow::{delivered_diff, show as look};

/// Lines of all files that a page shows.
const MOST_LINES: usize = 500;
/// Files that a page lists.
const MOST_FILES: usize = 300;

#[derive(Deserialize)]
pub(super) struct Query {
    /// The place of a file in the list, from 1: only its lines are shown.
    file: Option<usize>,
}

#[derive(Template)]
#[template(path = "pages/sample_changes.html")]
struct ChangesPage {
    frame: Frame,
    crumbs: Vec<Link>,
    id: String,
    /// The commit; `None` before a delivery was assessed.
    sha: Option<String>,
    boundary: Vec<String>,
    /// Criteria that a person judges: id, title, and what to look for.
    by_eye: Vec<(String, String, String)>,
    files: Vec<FileLine>,
    /// More files than are listed.
    more: usize,
    outside: usize,
    /// Only one file is shown.
    is_one: bool,
    /// The lines were kept when the delivery was assessed.
    is_kept: bool,
    /// Lines are left out on this page.
    is_cut: bool,
    /// The end was not kept.
    is_whole: bool,
}

/// A changed file.
struct FileLine {
    /// Its place in the list, from 1.
    place: usize,
    path: String,
    change: &'static str,
    added: u32,
    removed: u32,
    is_within: bool,
    is_binary: bool,
    hunks: Vec<Vec<Line>>,
}

impl ChangesPage {
    fn is_shown(&self, file: &FileLine) -> bool {
        !file.hunks.is_empty() || file.is_binary
    }
}

pub(super) async fn show(
    door: web::Data<Door>,
    member: TeamMember,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageProblem> {
    let id = id_of(&id)?;
    let (work_sample, version) = look::work_sample(&door.services, &id).await?;
    let report = Report::of(&version, &work_sample);
    let assessment = work_sample.effective_assessment();
    let kept = match assessment {
        Some(assessment) => delivered_diff::changes(&door.services, &id, &assessment.sha).await?,
        None => None,
    };
    let is_kept = kept.is_some();
    let is_whole = kept.as_ref().is_none_or(|kept| kept.whole);
    let diffs = kept.map(|kept| kept.files).unwrap_or_default();
    let mut left = LineBudget(MOST_LINES);
    let all = files(&work_sample, &report, diffs);
    let outside = all.iter().filter(|(file, _)| !file.is_within).count();
    let more = all.len().saturating_sub(MOST_FILES);
    let files: Vec<FileLine> = all
        .into_iter()
        .take(MOST_FILES)
        .map(|(mut file, hunks)| {
            if query.file.is_none_or(|place| place == file.place) {
                file.hunks = left.take(hunks);
            }
            file
        })
        .collect();
    let candidate = one_line(&work_sample.candidate);
    let shown = ChangesPage {
        frame: Frame::of_member(&member, format!("Changes of {candidate}")).at(HOME),
        crumbs: vec![
            Link::new(HOME, "Work samples"),
            Link::new(format!("/samples/{id}"), candidate),
        ],
        id: id.to_string(),
        sha: assessment.map(|one| one.sha.to_string()),
        boundary: version.spec.boundary.allowed.clone(),
        by_eye: version
            .spec
            .criteria
            .iter()
            .filter_map(|one| match &one.check {
                crate::spec::Check::Eye { look_for } => {
                    Some((one.id.to_string(), one.title.clone(), look_for.clone()))
                }
                _ => None,
            })
            .collect(),
        files,
        more,
        outside,
        is_one: query.file.is_some(),
        is_kept,
        is_cut: left.is_used_up(),
        is_whole,
    };
    page(StatusCode::OK, &shown)
}

/// The changed files by path, each with its lines where they were kept.
fn files(
    work_sample: &WorkSample,
    report: &Report,
    diffs: Vec<FileDiff>,
) -> Vec<(FileLine, Vec<Hunk>)> {
    let changed = work_sample
        .effective_assessment()
        .map_or(&[][..], |one| one.changed_files.as_slice());
    let mut diffs: BTreeMap<String, FileDiff> = diffs
        .into_iter()
        .map(|diff| (diff.path.clone(), diff))
        .collect();
    changed
        .iter()
        .zip(1..)
        .map(|(file, place)| {
            let path = one_line(&file.path);
            let mut known = report.changed_files.iter();
            let diff = diffs.remove(&file.path);
            let line = FileLine {
                place,
                is_within: known.any(|one| one.path == path && one.within_boundary),
                path,
                change: match file.change {
                    ChangeKind::Added => "added",
                    ChangeKind::Modified => "changed",
                    ChangeKind::Removed => "removed",
                },
                added: file.added,
                removed: file.removed,
                is_binary: diff.as_ref().is_some_and(|diff| diff.is_binary),
                hunks: Vec::new(),
            };
            (line, diff.map(|diff| diff.hunks).unwrap_or_default())
        })
        .collect()
}
