//! The three issue forms: their labels, shared by the generator of the forms, by rehearsals that fill them in, and by
//! whoever reads the answers. GitHub renders a form as `### Label`, a blank line and the answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What GitHub writes for an empty answer.
pub const NO_RESPONSE: &str = "_No response_";

/// An issue form.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Question,
    Progress,
    Decision,
}

/// One field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The key GitHub wants for a field.
    pub id: &'static str,
    /// The heading its answer stands under.
    pub label: &'static str,
    /// What the form says below the label.
    pub description: &'static str,
    pub kind: FieldKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A choice of the spec's clauses.
    Clause,
    /// Yes or no.
    Blocking,
    /// Several lines of Markdown.
    Text,
}

impl Form {
    pub const ALL: [Form; 3] = [Form::Question, Form::Progress, Form::Decision];

    /// The file name without extension, and the issue label.
    pub fn name(self) -> &'static str {
        match self {
            Form::Question => "question",
            Form::Progress => "progress",
            Form::Decision => "decision",
        }
    }

    /// What an issue's title begins with.
    pub fn title_prefix(self) -> &'static str {
        match self {
            Form::Question => "Question: ",
            Form::Progress => "Progress: ",
            Form::Decision => "Decision: ",
        }
    }

    pub fn fields(self) -> &'static [Field] {
        match self {
            Form::Question => QUESTION,
            Form::Progress => PROGRESS,
            Form::Decision => DECISION,
        }
    }

    pub fn has_label(self, label: &str) -> bool {
        self.fields().iter().any(|field| field.label == label)
    }

    /// The body GitHub makes of a filled-in form; answers that are missing or blank become [`NO_RESPONSE`].
    pub fn render(self, answers: &BTreeMap<String, String>) -> String {
        self.fields()
            .iter()
            .map(|field| {
                let answer = answers
                    .get(field.label)
                    .map(|text| text.trim())
                    .filter(|text| !text.is_empty());
                format!("### {}\n\n{}", field.label, answer.unwrap_or(NO_RESPONSE))
            })
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

const fn text(id: &'static str, label: &'static str, description: &'static str) -> Field {
    Field {
        id,
        label,
        description,
        kind: FieldKind::Text,
    }
}

const QUESTION: &[Field] = &[
    Field {
        id: "clause",
        label: "Clause",
        description: "The clause of BRIEF.md that the question is about.",
        kind: FieldKind::Clause,
    },
    text(
        "context",
        "What I already know",
        "What you read and tried, so that nobody repeats it.",
    ),
    text(
        "own-assessment",
        "My own assessment",
        "The answer you think is right, and why.",
    ),
    text(
        "default-action",
        "What I do if I hear nothing",
        "So that waiting costs you nothing.",
    ),
    Field {
        id: "blocking",
        label: "Blocking?",
        description: "Can you go on with something else meanwhile?",
        kind: FieldKind::Blocking,
    },
];

const PROGRESS: &[Field] = &[
    text(
        "done",
        "Done",
        "What works since the last update, by clause where you can.",
    ),
    text("next", "Next", "What you do next."),
    text("blocked", "Blocked", "What you wait for, and from whom."),
    text(
        "estimate",
        "Changed estimate",
        "If the remaining work is more or less than you thought: how much, and why.",
    ),
];

const DECISION: &[Field] = &[
    Field {
        id: "clause",
        label: "Clause",
        description: "The clause of BRIEF.md next to which the brief leaves something open.",
        kind: FieldKind::Clause,
    },
    text(
        "open-point",
        "What the spec leaves open",
        "The question that BRIEF.md does not answer.",
    ),
    text(
        "options",
        "Options",
        "The ways to answer it that you weighed.",
    ),
    text(
        "choice",
        "What I chose and why",
        "And what it would take to change it later.",
    ),
];
