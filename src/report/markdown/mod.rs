//! The report as Markdown. What people wrote is quoted, and quoted so that it can not become a heading, a link or a picture
//! of the report: prose as a block quote with every sign of Markdown escaped, code in a fence longer than any inside it.

mod conversation;
mod escape;
mod page;
mod process;
mod results;

use super::model::Report;

pub(super) fn write(report: &Report) -> String {
    let mut page = page::Page::of(report);
    page.head();
    page.acceptance();
    page.findings();
    page.gaps();
    page.questions();
    page.updates();
    page.memo_and_others();
    page.waiting();
    page.code();
    page.delivery();
    page.pay();
    page.human_decision();
    page.log();
    page.spec();
    page.out
}
