//! Evidence: one analyser a dimension, each turning a work sample into findings that link the events they rest on. Pure.
//! A finding is a statement of fact; there is no score, no ranking and no verdict on a person anywhere in here. What was
//! not observed is said to be not observed, which is something else than poor.

mod async_communication;
mod judgement_on_gaps;
mod scope_discipline;
mod spec_reading;
mod technical_depth;
mod words;

use schemars::JsonSchema;
use serde::Serialize;

use crate::ids::{ClauseId, CriterionId, GapId};
use crate::spec::{Gap, Spec};
use crate::work_sample::{Entry, NaturalKey, WorkSample};

/// What a contractor evaluation looks at.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Does it work; are failure modes handled.
    TechnicalDepth,
    /// Do questions carry context and the asker's own assessment; are updates useful without a follow-up.
    AsyncCommunication,
    /// Is asked what is open, and read what is written.
    SpecReading,
    /// Is built what was specified, and is an expansion declared.
    ScopeDiscipline,
    /// Is a hole in the spec met with a call that is written down.
    JudgementOnGaps,
}

impl Dimension {
    /// All dimensions, in the order of a report.
    pub const ALL: [Dimension; 5] = [
        Dimension::TechnicalDepth,
        Dimension::AsyncCommunication,
        Dimension::SpecReading,
        Dimension::ScopeDiscipline,
        Dimension::JudgementOnGaps,
    ];

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Dimension::TechnicalDepth => "Technical depth",
            Dimension::AsyncCommunication => "Async communication",
            Dimension::SpecReading => "Spec-reading",
            Dimension::ScopeDiscipline => "Scope discipline",
            Dimension::JudgementOnGaps => "Judgement on gaps",
        }
    }
}

/// Was there something to see?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    Observed,
    /// Nothing of the kind is in the record. That says nothing about what the person can do.
    NotObserved,
}

/// A statement about one dimension, with what supports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, utoipa::ToSchema)]
pub struct Finding {
    /// Unique within a report and the same for the same facts: the code, and what it is about.
    pub id: String,
    pub dimension: Dimension,
    pub observation: Observation,
    /// What kind of statement it is; stable.
    #[schemars(with = "String")]
    #[schema(value_type = String)]
    pub code: &'static str,
    pub statement: String,
    /// The events it rests on, in order.
    pub events: Vec<NaturalKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<GapId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion: Option<CriterionId>,
    /// Does it tell of gaps or hidden criteria, which a candidate does not get to read?
    pub reviewer_only: bool,
}

/// All findings, dimension by dimension, in a fixed order.
pub fn findings(spec: &Spec, ws: &WorkSample) -> Vec<Finding> {
    let mut all = technical_depth::findings(spec, ws);
    all.extend(async_communication::findings(spec, ws));
    all.extend(spec_reading::findings(spec, ws));
    all.extend(scope_discipline::findings(spec, ws));
    all.extend(judgement_on_gaps::findings(spec, ws));
    all
}

/// Is a question or decision about this gap? The same reading that the findings rest on, for those who show both.
pub fn is_about(spec: &Spec, gap: &Gap, entry: &Entry) -> bool {
    words::touches(spec, gap, entry).is_some_and(|touch| touch.about)
}

/// The clauses of this spec that an entry names, in its form's part for them or in its words.
pub fn clauses_named(spec: &Spec, entry: &Entry) -> Vec<ClauseId> {
    words::clauses_of(spec, entry)
}

impl Finding {
    fn observed(dimension: Dimension, code: &'static str, statement: impl Into<String>) -> Finding {
        Finding {
            id: code.to_owned(),
            dimension,
            observation: Observation::Observed,
            code,
            statement: statement.into(),
            events: Vec::new(),
            clauses: Vec::new(),
            gap: None,
            criterion: None,
            reviewer_only: false,
        }
    }

    fn not_observed(
        dimension: Dimension,
        code: &'static str,
        statement: impl Into<String>,
    ) -> Finding {
        Finding {
            observation: Observation::NotObserved,
            ..Finding::observed(dimension, code, statement)
        }
    }

    /// Says what of its kind it is about, for its id.
    fn about(mut self, subject: impl std::fmt::Display) -> Finding {
        self.id = format!("{}:{subject}", self.code);
        self
    }

    fn resting_on<'k>(mut self, keys: impl IntoIterator<Item = &'k NaturalKey>) -> Finding {
        for key in keys {
            if !self.events.contains(key) {
                self.events.push(key.clone());
            }
        }
        self
    }

    fn naming<'c>(mut self, clauses: impl IntoIterator<Item = &'c ClauseId>) -> Finding {
        for clause in clauses {
            if !self.clauses.contains(clause) {
                self.clauses.push(clause.clone());
            }
        }
        self
    }

    fn on_gap(mut self, gap: &GapId) -> Finding {
        self.gap = Some(gap.clone());
        self.reviewer_only = true;
        self
    }
}

/// The keys of entries.
fn keys<'e>(entries: &[&'e Entry]) -> impl Iterator<Item = &'e NaturalKey> {
    entries
        .iter()
        .map(|entry| &entry.key)
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests;
