//! The Markdown pages of the first commit.

use crate::spec::brief::Brief;
use crate::spec::model::{Pay, Spec};

pub(super) fn readme(spec: &Spec) -> String {
    format!(
        "# {}\n\n{}\n\n- [BRIEF.md](BRIEF.md): what is asked, what is not, and on which terms\n\
         - [WORKING.md](WORKING.md): how to ask, report, decide and deliver\n",
        spec.title.trim(),
        spec.summary.trim()
    )
}

/// The brief behind a summary of the terms, so that what was agreed travels with the code.
pub(super) fn brief(spec: &Spec, brief: &Brief) -> String {
    let Pay {
        within_days,
        withdrawn_percent,
        cancelled_percent,
        ..
    } = &spec.pay;
    let rows = [
        (
            "Pay",
            format!(
                "{}, within {} of your delivery, whatever the verdict",
                spec.pay(),
                days(*within_days)
            ),
        ),
        (
            "If you withdraw once the repository is ready",
            format!("{} % of the pay", withdrawn_percent.get()),
        ),
        (
            "If we cancel after you accepted",
            format!("{} % of the pay", cancelled_percent.get()),
        ),
        ("Timebox", format!("{} of work", hours(spec.timebox_hours))),
        (
            "Due",
            format!(
                "on the date you chose, at most {} after you accepted",
                days(spec.due_days)
            ),
        ),
        (
            "Progress updates",
            format!("every {}", hours(spec.updates.every_hours)),
        ),
        ("Paths the work is meant to touch", boundary(spec)),
        ("Ownership", cell(&spec.ownership)),
        ("Use of AI", cell(&spec.ai_policy)),
    ];
    let mut page = format!(
        "> {}, version {}. How to work: [WORKING.md](WORKING.md).\n\n| Terms | |\n| --- | --- |\n",
        cell(&spec.title),
        cell(&spec.version)
    );
    for (name, value) in rows {
        page.push_str(&format!("| {name} | {value} |\n"));
    }
    page.push_str("\n---\n\n");
    page.push_str(&brief.for_candidate());
    page
}

pub(super) fn working(spec: &Spec) -> String {
    format!(
        r#"# How to work here

Work as on any job: in git and in this repository's issues. There is nothing to install and nobody to call.
What you write and push here is recorded with the time GitHub received it.

## Begin

Answer the kickoff issue, before you write code, with a comment under three headings: *What I understood*,
*Open questions*, *My approach*.

## Ask

Open an issue with the form **Question**, or write `/question` at the start of a line of an issue, pull request or comment. Name the clause of
BRIEF.md, what you already know, what you think the answer is, and what you do if you hear nothing. Then go on: time that you wait for
us is measured as ours.

## Report

Every {every} open an issue with the form **Progress update**, or write a comment with `/progress`: what is done,
what comes next, what blocks you, whether your estimate changed. Two lines are enough when they say it all.

## Decide

Where BRIEF.md leaves something open, decide as you would on the job and write it down with the form **Decision**
or a comment with `/decision`: what is open, which options there are, what you chose and why. We confirm it, or redirect you.

The work is meant to touch {boundary}. If it has to touch more, that too is a decision to write down.

## Deliver

Open a pull request to the default branch and comment `/deliver` on it: the head of the pull request counts. Or write `/deliver`
in an issue: the head of the default branch counts. You may name what counts instead:

| you write | what counts |
| --- | --- |
| `/deliver my-branch` | the head of that branch |
| `/deliver v1.0` | that tag |
| `/deliver 1a2b3c4` | that commit: its SHA, 7 digits or more, also on the next line |
| `/deliver #2` | the head of that pull request |
| `/deliver https://…` | the commit, branch or pull request with that address |

What we cannot find delivers nothing, and the starter with nothing changed is no delivery unless you confirm it with
`/deliver starter`. Each
delivery is answered with what was recorded. You may deliver again until the work is due; the last delivery in time counts.

## What we write

A comment of ours on your question or decision is our reply, and your waiting ends with it. We also use commands: `/answer` says that a
question is settled (`/answer #7` names its issue), `/confirm` agrees with a decision, `/redirect` asks for another one.

## The same by hand

A command is at the start of a line of an issue, pull request or comment: `/question`, `/progress`, `/decision`, `/deliver`. Upper and lower
case are the same. Commands in quotations and in code do not count. The rest is the text; the headings of the forms work there as
well. A text without a command and without a form is a note, and is read as one.
"#,
        every = hours(spec.updates.every_hours),
        boundary = boundary(spec),
    )
}

pub(super) fn pull_request_template() -> String {
    "## What this does\n\n<!-- by clause of BRIEF.md, where you can -->\n\n## What I decided where the brief leaves something open\n\n\
     <!-- link the decisions, or say it here and open one -->\n\n## How to try it\n\n\n\
     <!-- When the work is ready, comment `/deliver` on this pull request. -->\n"
        .to_owned()
}

pub(super) fn boundary(spec: &Spec) -> String {
    spec.boundary
        .allowed
        .iter()
        .map(|glob| format!("`{glob}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn days(count: u32) -> String {
    counted(count, "day")
}

pub(super) fn hours(count: u32) -> String {
    counted(count, "hour")
}

fn counted(count: u32, unit: &str) -> String {
    if count == 1 {
        format!("1 {unit}")
    } else {
        format!("{count} {unit}s")
    }
}

/// Text that cannot break a table or a line.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}
