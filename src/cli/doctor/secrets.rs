//! What `doctor` says of settings that cannot be used: each secret with its place and a hint, not only the first.

use super::super::Global;
use super::super::output::Failure;
use super::{Finding, State, finding};
use crate::config::{self, Environment, SettingError};

/// What keeps the settings from being read; `first` is what reading them stopped at.
pub fn findings(global: &Global, first: Failure) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config::problems(&Environment, global.data_dir.as_deref())
        .iter()
        .map(of_problem)
        .collect();
    if !findings.iter().any(|one| one.detail == first.message) {
        findings.insert(
            0,
            Finding {
                hint: first.hint,
                ..finding("settings", State::Broken, first.message)
            },
        );
    }
    findings
}

fn of_problem(problem: &SettingError) -> Finding {
    let what = match problem {
        SettingError::Secret(secret) => secret.name,
        _ => "settings",
    };
    Finding {
        hint: problem.hint().map(str::to_owned),
        ..finding(what, State::Broken, problem.to_string())
    }
}
