//! The kickoff issue.

use super::pages::{boundary, days, hours};
use super::visible_criteria;
use crate::clock::{Timestamp, for_people};
use crate::ids::{Login, WorkSampleId};
use crate::spec::version::SpecVersion;

/// An issue to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueText {
    pub title: String,
    pub body: String,
}

/// What a kickoff issue is found by when it is not known whether it was already opened.
pub const KICKOFF_MARKER: &str = "worksample:kickoff";

/// The comment, invisible on the page, that ties a kickoff issue to its work sample.
pub fn marker(work_sample: &WorkSampleId) -> String {
    format!("<!-- {KICKOFF_MARKER} {work_sample} -->")
}

/// The issue that welcomes the candidate, asks for the understanding memo, and names the visible criteria.
pub fn kickoff(
    version: &SpecVersion,
    work_sample: &WorkSampleId,
    login: &Login,
    due_at: Timestamp,
) -> IssueText {
    let spec = &version.spec;
    let mut criteria = String::new();
    for criterion in visible_criteria(spec) {
        let clauses: Vec<&str> = criterion
            .clauses
            .iter()
            .map(|clause| clause.as_str())
            .collect();
        let by_eye = if criterion.check.is_by_eye() {
            ", by a reviewer"
        } else {
            ""
        };
        criteria.push_str(&format!(
            "- **{}** {} ({}{by_eye})\n",
            criterion.id,
            criterion.title.trim(),
            clauses.join(", ")
        ));
    }
    if spec.criteria.iter().any(|criterion| criterion.hidden) {
        criteria.push_str("\nSome checks are not shown. They check clauses of BRIEF.md like the others, and nothing else.\n");
    }
    let body = format!(
        r#"{marker}
Hello @{login}, welcome. This is *{title}*, spec version {version}, for {pay}.

- **Due:** {due}. The timebox is {timebox} of work.
- **What is asked:** [BRIEF.md](../blob/HEAD/BRIEF.md). The work is meant to touch {boundary}.
- **How to work here:** [WORKING.md](../blob/HEAD/WORKING.md).
- **Pay** falls due on delivery, whatever the verdict, and is paid within {within}.

## First: what you understood

Before you write code, answer this issue with a comment under these headings:

### What I understood
### Open questions
### My approach

## Then

- **Ask** with the issue form *Question*, or with `/question` at the start of a line.
- **Report** with *Progress update* or `/progress`, every {every}.
- **Decide** where the brief leaves something open, and write it down with *Decision* or `/decision`.
- **Deliver** by opening a pull request and commenting `/deliver` on it, or with `/deliver` in this issue for the head of the default branch. `/deliver` may name a branch, a tag, a commit or a pull request. You may deliver again until the work is due.

## How we answer

A comment of ours on a question or decision is our reply to it; your waiting ends there. `/answer` at the start of a line also says that a question is settled (`/answer #7` names its issue), `/confirm` agrees with a decision, and `/redirect` asks for another one.

## What is checked on the delivered commit

{criteria}"#,
        marker = marker(work_sample),
        title = spec.title.trim(),
        version = spec.version.trim(),
        pay = spec.pay(),
        due = for_people(due_at),
        timebox = hours(spec.timebox_hours),
        boundary = boundary(spec),
        within = days(spec.pay.within_days),
        every = hours(spec.updates.every_hours),
    );
    IssueText {
        title: format!("Kickoff: {}", spec.title.trim()),
        body,
    }
}
