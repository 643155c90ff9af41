//! GitHub issue forms as YAML. Every string is quoted as JSON quotes it, which YAML reads the same: a title such as
//! `Yes` or `a: b` cannot turn into something else.

use crate::spec::forms::{Field, FieldKind, Form};
use crate::spec::model::Spec;

/// The choice for what belongs to no clause. GitHub refuses an option called `None`.
const NO_CLAUSE: &str = "Not about one clause";

/// `config.yml`: blank issues stay possible, for whoever prefers slash commands.
pub(super) fn settings() -> String {
    "blank_issues_enabled: true\n".to_owned()
}

pub(super) fn form(form: Form, spec: &Spec) -> String {
    let (name, description) = match form {
        Form::Question => ("Question", "Ask what BRIEF.md does not answer."),
        Form::Progress => (
            "Progress update",
            "Say where the work stands, so that nobody has to ask.",
        ),
        Form::Decision => (
            "Decision",
            "Write down what you chose where BRIEF.md leaves something open.",
        ),
    };
    let mut yaml = format!(
        "name: {}\ndescription: {}\ntitle: {}\nlabels: [{}]\nbody:\n",
        quoted(name),
        quoted(description),
        quoted(form.title_prefix()),
        quoted(form.name()),
    );
    for field in form.fields() {
        yaml.push_str(&field_yaml(field, spec));
    }
    yaml
}

fn field_yaml(field: &Field, spec: &Spec) -> String {
    let options = match field.kind {
        FieldKind::Clause => Some(
            spec.clauses
                .iter()
                .map(|clause| format!("{} {}", clause.id, clause.title.trim()))
                .chain([NO_CLAUSE.to_owned()])
                .collect::<Vec<_>>(),
        ),
        FieldKind::Blocking => Some(vec![
            "No, I go on meanwhile".to_owned(),
            "Yes, I cannot go on".to_owned(),
        ]),
        FieldKind::Text => None,
    };
    let kind = if options.is_some() {
        "dropdown"
    } else {
        "textarea"
    };
    let mut yaml = format!(
        "  - type: {kind}\n    id: {}\n    attributes:\n      label: {}\n      description: {}\n",
        field.id,
        quoted(field.label),
        quoted(field.description),
    );
    if let Some(options) = options {
        yaml.push_str("      options:\n");
        for option in options {
            yaml.push_str(&format!("        - {}\n", quoted(&option)));
        }
    }
    yaml
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
