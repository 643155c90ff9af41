//! What an examination of the service found: shown by `worksample doctor` and on the settings page.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    Ok,
    /// Works without, but less.
    Missing,
    /// Has to be repaired before the service can do its work.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub what: String,
    pub state: FindingState,
    /// What was found, and how to repair it where no hint says so.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A setting as it is in effect. Secrets are named and not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingInEffect {
    pub name: &'static str,
    pub value: String,
    pub meaning: &'static str,
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    pub findings: Vec<Finding>,
    pub settings: Vec<SettingInEffect>,
}

/// Examines the service that it was made for. It asks GitHub and the mail server, and takes some seconds.
pub type Examiner = Arc<dyn Fn() -> BoxFuture<'static, Examination> + Send + Sync>;
