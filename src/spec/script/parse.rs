//! Reading a script, and the checks that need no spec: each step is whole, and refers only to what an earlier step made.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::step::{KICKOFF, ReviewOutcome, Step};
use super::tip::Tip;
use super::{Expect, STATES, Script, TimedStep};
use crate::ids::{Login, Slug};
use crate::spec::document::Document;
use crate::spec::forms::Form;
use crate::spec::path::unsafe_because;
use crate::spec::problem::{Problem, at, codes, in_reading_order};
use crate::spec::shape;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// short name of the script, in lower-case letters, digits and dashes
    name: Slug,
    /// one line that says what kind of candidate this is
    title: String,
    /// the candidate's GitHub login
    login: Login,
    /// the candidate's name
    full_name: String,
    #[serde(default)]
    expect: Expect,
    /// what is done, in order: a list of [[step]] tables
    #[serde(rename = "step")]
    steps: Vec<Step>,
}

/// Reads a script. `file` is the name that problems carry.
///
/// # Errors
/// Every problem found, with its line: unknown steps and keys, references to what no earlier step made, paths that lead
/// out of the clone.
pub fn parse(text: &str, file: &str) -> Result<Script, Vec<Problem>> {
    let document = Document::parse(text, file).map_err(|problem| vec![problem])?;
    let written: Written = shape::read(
        &document,
        &schemars::schema_for!(Written).to_value(),
        "docs/rehearsal-scripts.md shows every step",
    )?;
    let line = |path: &str| document.place(path).line.unwrap_or(1);
    let keys = [
        "name",
        "title",
        "login",
        "full_name",
        "expect",
        "expect.state",
        "expect.passed",
        "expect.failed",
        "expect.built",
    ];
    let script = Script {
        name: written.name,
        title: written.title,
        login: written.login,
        full_name: written.full_name,
        expect: written.expect,
        steps: written
            .steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| TimedStep {
                line: line(&format!("step[{index}]")),
                step,
            })
            .collect(),
        lines: keys
            .into_iter()
            .map(|key| (key.to_owned(), line(key)))
            .collect(),
    };
    let problems = Reader::problems(&script, file);
    if problems.is_empty() {
        Ok(script)
    } else {
        Err(in_reading_order(problems))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Made {
    Issue(Option<Form>),
    Comment,
    PullRequest,
    Review,
    ReviewComment,
}

/// Goes through the steps in order and remembers what they made.
struct Reader<'a> {
    file: &'a str,
    line: u32,
    made: BTreeMap<&'a str, Made>,
    accepted: bool,
    joined: bool,
    tip: Tip,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn problems(script: &'a Script, file: &'a str) -> Vec<Problem> {
        let mut reader = Reader {
            file,
            line: 1,
            made: BTreeMap::from([(KICKOFF, Made::Issue(None))]),
            accepted: false,
            joined: false,
            tip: Tip::Given,
            problems: Vec::new(),
        };
        reader.head(script);
        for timed in &script.steps {
            reader.line = timed.line;
            reader.step(&timed.step);
        }
        reader.problems
    }

    fn head(&mut self, script: &Script) {
        for (key, value) in [("title", &script.title), ("full_name", &script.full_name)] {
            if value.trim().is_empty() {
                self.line = script.line_of(key);
                self.problem(
                    codes::BLANK,
                    format!("`{key}` is blank"),
                    "write it; the report shows it",
                );
            }
        }
        if let Some(state) = &script.expect.state
            && !STATES.contains(&state.as_str())
        {
            self.line = script.line_of("expect.state");
            self.problem(
                codes::WRONG_VALUE,
                format!("`{state}` is no state of a work sample"),
                format!("write one of {}", STATES.join(", ")),
            );
        }
    }

    fn step(&mut self, step: &'a Step) {
        self.order(step);
        match step {
            Step::Accept { .. } | Step::Wait { .. } | Step::Join | Step::Withdraw { .. } => {}
            Step::Push { force } => {
                let moved = self.tip.push(*force);
                self.move_tip(moved);
            }
            Step::Write {
                path,
                text,
                from,
                executable: _,
            } => self.write(path, text.is_some(), from.as_deref()),
            Step::Remove { path } => self.path(path),
            Step::Branch { name } => {
                self.branch(name);
                self.tip = self.tip.branch();
            }
            Step::Commit { message, amend, .. } => {
                self.told("message", message);
                let moved = self.tip.commit(*amend);
                self.move_tip(moved);
            }
            Step::Issue {
                form,
                title,
                sections,
                text,
                ..
            } => {
                self.told("title", title);
                self.one_of(form.is_some(), "form", text.is_some(), "text");
                self.sections(*form, sections);
            }
            Step::Comment { on, text, .. } => {
                self.told("text", text);
                self.refers("on", on);
            }
            Step::Review {
                on, text, outcome, ..
            } => {
                if *outcome != ReviewOutcome::Approve {
                    self.told("text", text);
                }
                self.refers_to_pull_request(on);
            }
            Step::ReviewComment { on, path, text, .. } => {
                self.told("text", text);
                self.path(path);
                self.refers_to_pull_request(on);
            }
            Step::Edit {
                target,
                text,
                sections,
            } => {
                self.one_of(text.is_some(), "text", !sections.is_empty(), "sections");
                match self.refers("target", target) {
                    Some(Made::Issue(form)) => self.sections(form, sections),
                    _ => self.sections(None, sections),
                }
            }
            Step::Delete { target } => {
                if self
                    .refers("target", target)
                    .is_some_and(|made| !matches!(made, Made::Comment | Made::ReviewComment))
                {
                    self.problem(
                        codes::SCRIPT_REFERENCE,
                        format!("`{target}` is no comment: on GitHub a candidate cannot delete it"),
                        "delete a comment, or edit the text",
                    );
                }
            }
            Step::PullRequest { title, .. } => self.told("title", title),
            Step::Deliver { on, by } => {
                self.one_of(on.is_some(), "on", by.is_some(), "by");
                if let Some(on) = on {
                    self.refers("on", on);
                }
            }
            Step::Answer { on, text }
            | Step::Confirm { on, text }
            | Step::Redirect { on, text } => {
                self.told("text", text);
                self.refers("on", on);
            }
            Step::Judge { note: text, by, .. }
            | Step::Pay {
                reference: text,
                by,
            }
            | Step::Decide {
                reason: text, by, ..
            }
            | Step::Extend {
                reason: text, by, ..
            } => {
                self.told("note, reason or reference", text);
                self.told("by", by);
            }
        }
        self.remember(step);
    }

    fn move_tip(&mut self, (tip, wrong): (Tip, Option<(&str, &str)>)) {
        self.tip = tip;
        if let Some((message, remedy)) = wrong {
            self.problem(codes::SCRIPT_STEP, message.to_owned(), remedy);
        }
    }

    /// What cannot be done before the offer was accepted, or before there is a clone.
    fn order(&mut self, step: &Step) {
        match step {
            Step::Accept { .. } if self.accepted => self.problem(
                codes::SCRIPT_STEP,
                "the offer was accepted before".to_owned(),
                "take this step out",
            ),
            Step::Accept { .. } => self.accepted = true,
            Step::Wait { .. } => {}
            _ if !self.accepted => {
                self.accepted = true;
                self.problem(
                    codes::SCRIPT_STEP,
                    format!("`{}` comes before the offer was accepted", step.name()),
                    "begin with a step `do = \"accept\"`",
                );
            }
            Step::Join => self.joined = true,
            Step::Write { .. }
            | Step::Remove { .. }
            | Step::Branch { .. }
            | Step::Commit { .. }
            | Step::Push { .. }
            | Step::PullRequest { .. }
                if !self.joined =>
            {
                self.joined = true;
                self.problem(
                    codes::SCRIPT_STEP,
                    format!("`{}` comes before there is a clone", step.name()),
                    "put a step `do = \"join\"` before it",
                );
            }
            _ => {}
        }
    }

    fn write(&mut self, path: &str, text: bool, from: Option<&str>) {
        self.one_of(text, "text", from.is_some(), "from");
        if path != "." || text {
            self.path(path);
        }
        if let Some(from) = from {
            self.path(from.trim_end_matches('/'));
        }
    }

    fn path(&mut self, path: &str) {
        if let Some(because) = unsafe_because(path) {
            self.problem(
                codes::UNSAFE_PATH,
                format!("the path `{path}` is not safe: {because}"),
                "write a relative path with `/` between its parts",
            );
        }
    }

    fn branch(&mut self, name: &str) {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        let odd = name.starts_with(['-', '.', '/'])
            || name.ends_with(['.', '/'])
            || name.contains("..")
            || name.contains("//")
            || name.ends_with(".lock");
        if name.is_empty() || !plain || odd {
            self.problem(
                codes::WRONG_VALUE,
                format!("`{name}` is no name for a branch"),
                "use letters, digits, `-`, `_` and `/`",
            );
        }
    }

    fn sections(&mut self, form: Option<Form>, sections: &BTreeMap<String, String>) {
        let Some(form) = form else {
            if !sections.is_empty() {
                self.problem(
                    codes::SCRIPT_STEP,
                    "sections are the answers to a form, but there is no form here".to_owned(),
                    "add `form`, or write a `text` instead",
                );
            }
            return;
        };
        for label in sections.keys().filter(|label| !form.has_label(label)) {
            let known: Vec<String> = form
                .fields()
                .iter()
                .map(|field| format!("\"{}\"", field.label))
                .collect();
            self.problem(
                codes::SCRIPT_STEP,
                format!("the {} form has no field \"{label}\"", form.name()),
                format!("use {}", known.join(", ")),
            );
        }
    }

    fn refers(&mut self, key: &str, id: &str) -> Option<Made> {
        let made = self.made.get(id).copied();
        if made.is_none() {
            let known: Vec<&str> = self.made.keys().copied().collect();
            self.problem(
                codes::SCRIPT_REFERENCE,
                format!("`{key} = \"{id}\"` names nothing that an earlier step made"),
                format!(
                    "write one of {}, or give an earlier step that `id`",
                    known.join(", ")
                ),
            );
        } else if key == "on"
            && matches!(
                made,
                Some(Made::Comment | Made::Review | Made::ReviewComment)
            )
        {
            self.problem(
                codes::SCRIPT_REFERENCE,
                format!("`{id}` is a comment, and GitHub has no comments on comments"),
                "name the issue or pull request that it stands in",
            );
        }
        made
    }

    fn refers_to_pull_request(&mut self, id: &str) {
        if let Some(Made::Issue(_)) = self.refers("on", id) {
            self.problem(
                codes::SCRIPT_REFERENCE,
                format!("`{id}` is an issue, and only pull requests have reviews"),
                "name a pull request, or use a step `do = \"comment\"`",
            );
        }
    }

    fn remember(&mut self, step: &'a Step) {
        let made = match step {
            Step::Issue { form, .. } => Made::Issue(*form),
            Step::Comment { .. } => Made::Comment,
            Step::PullRequest { .. } => Made::PullRequest,
            Step::Review { .. } => Made::Review,
            Step::ReviewComment { .. } => Made::ReviewComment,
            _ => return,
        };
        if let Some(id) = step.id()
            && self.made.insert(id, made).is_some()
        {
            self.problem(
                codes::DUPLICATE,
                format!("the id `{id}` is taken"),
                "give this step an id of its own",
            );
        }
    }

    fn told(&mut self, key: &str, text: &str) {
        if text.trim().is_empty() {
            self.problem(
                codes::BLANK,
                format!("`{key}` is blank"),
                "write it, or take the step out",
            );
        }
    }

    fn one_of(&mut self, first: bool, first_name: &str, second: bool, second_name: &str) {
        if first == second {
            let how = if first { "both" } else { "neither" };
            self.problem(
                codes::SCRIPT_STEP,
                format!("the step has {how} of `{first_name}` and `{second_name}`"),
                format!("give it exactly one: `{first_name}` or `{second_name}`"),
            );
        }
    }

    fn problem(&mut self, code: &'static str, message: String, remedy: impl Into<String>) {
        self.problems.push(Problem::error(
            code,
            at(self.file, self.line),
            message,
            remedy,
        ));
    }
}
