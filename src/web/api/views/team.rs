//! What waits for the team: questions and decisions without a reply.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::web::words::name_of;
use crate::work_sample::{Entry, EntryKind, WorkSample, entry};

/// A question or decision of the candidate that nobody of the team has replied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TeamWaitView {
    /// `question` or `decision`.
    pub what: String,
    /// Its title, or the beginning of its text.
    pub title: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: crate::clock::Timestamp,
    /// The number of its issue or pull request.
    pub number: u64,
    pub html_url: String,
    /// What the team can write there.
    pub how: String,
}

impl TeamWaitView {
    /// All of a work sample, in order of time; none once its work is over.
    pub fn all(work_sample: &WorkSample) -> Vec<TeamWaitView> {
        if work_sample.over_at().is_some() {
            return Vec::new();
        }
        let open = |one: &&Entry| {
            one.deleted_at.is_none() && work_sample.replies_to(&one.key).next().is_none()
        };
        work_sample
            .entries
            .iter()
            .filter(|one| matches!(one.kind, EntryKind::Question | EntryKind::Decision))
            .filter(open)
            .map(TeamWaitView::of)
            .collect()
    }

    fn of(one: &Entry) -> TeamWaitView {
        let how = if one.kind == EntryKind::Decision {
            "reply with a comment; `/confirm` agrees, `/redirect` asks for another decision"
        } else {
            "reply with a comment; `/answer` also says that the question is settled"
        };
        TeamWaitView {
            what: name_of(&one.kind),
            title: title(one),
            since: one.at,
            number: one.place.number(),
            html_url: one.html_url.clone(),
            how: how.to_owned(),
        }
    }
}

fn title(one: &Entry) -> String {
    let content = entry::read(&one.text).content(one.kind);
    let first = std::iter::once(one.title.as_str())
        .chain(content.lines())
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(80).collect()
}
