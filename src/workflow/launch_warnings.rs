//! Says what a lead should know before they launch: what the candidate will miss, and what the service cannot do yet.

use serde::{Deserialize, Serialize};

use super::Services;
use crate::work_sample::Terms;

/// Something that does not keep an offer from being made, and that the lead should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LaunchWarning {
    pub code: LaunchWarningCode,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LaunchWarningCode {
    /// No organisation is configured, so no repository can be made.
    NoGithub,
    /// The offer does not say who pays.
    NoPayer,
    /// The offer promises no time for answers.
    NoAnswerTime,
    /// Nobody is sent the offer.
    NoMail,
}

/// How the offer reaches its candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed {
    ByMail,
    WithoutAddress,
}

impl Addressed {
    /// With this address, which may be missing or empty.
    pub fn to(email: Option<&str>) -> Addressed {
        match email.map(str::trim) {
            None | Some("") => Addressed::WithoutAddress,
            Some(_) => Addressed::ByMail,
        }
    }
}

/// Is an offer that is addressed like this sent by mail?
pub fn is_mailed(services: &Services, addressed: Addressed) -> bool {
    addressed == Addressed::ByMail && services.mailer.smtp.is_some()
}

/// What to know before an offer under these terms is made.
pub fn launch_warnings(
    services: &Services,
    terms: &Terms,
    addressed: Addressed,
) -> Vec<LaunchWarning> {
    let mut warnings = Vec::new();
    let mut warn = |code, message: &str| {
        warnings.push(LaunchWarning {
            code,
            message: message.to_owned(),
        });
    };
    if services.github.is_empty() {
        warn(
            LaunchWarningCode::NoGithub,
            "no GitHub organisation is configured: a candidate who accepts waits for the repository until one is",
        );
    }
    if terms.payer.is_none() {
        warn(
            LaunchWarningCode::NoPayer,
            "the offer does not say who pays: neither the spec nor the settings name a payer",
        );
    }
    if terms.answers_within_hours.is_none() {
        warn(
            LaunchWarningCode::NoAnswerTime,
            "the offer does not say within what time questions are answered",
        );
    }
    match (addressed, services.mailer.smtp.is_some()) {
        (Addressed::ByMail, true) => {}
        (Addressed::ByMail, false) => warn(
            LaunchWarningCode::NoMail,
            "no mail server is configured: the mail is kept and not sent, so hand the personal link over yourself",
        ),
        (Addressed::WithoutAddress, _) => warn(
            LaunchWarningCode::NoMail,
            "no e-mail address is given: nobody is sent the offer, so hand the personal link over yourself",
        ),
    }
    warnings
}
