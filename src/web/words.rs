//! Names of things, as they stand in JSON and before people.

use serde::Serialize;

use crate::work_sample::Actor;

/// A unit variant's name as it stands in JSON.
pub fn name_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// An actor's name for people.
pub fn person(actor: &Actor) -> String {
    match actor {
        Actor::Lead { name } | Actor::Reviewer { name } => name.clone(),
        Actor::Candidate => "the candidate".into(),
        Actor::Service => "worksample".into(),
        Actor::GitHub { login, .. } => login.clone(),
    }
}
