//! What GitHub answers when it does not do what was asked.

use chrono::Duration;

use super::whole::Whole;
use crate::clock::Timestamp;
use crate::work_sample::InvitationProblem;

/// Waits at least this long after a limit without a date (docs.github.com: "wait for at least one minute").
const LIMIT_PAUSE_SECONDS: i64 = 60;

/// What a person has to mend elsewhere is looked at again after this long.
const MENDING_PAUSE_SECONDS: i64 = 300;

/// Between two attempts at an invitation that was one too many for the day.
const INVITATIONS_PAUSE_SECONDS: i64 = 3600;

/// What GitHub says of a name that something of the account has already (seen in answers to POST /orgs/{org}/repos).
const TAKEN: &str = "already exists";

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// 401: the credentials are wrong, expired or revoked.
    #[error(
        "GitHub refused our credentials ({call}): {message}; make a new token for WORKSAMPLE_GITHUB_TOKEN if it expired or was revoked"
    )]
    Unauthorized { call: &'static str, message: String },
    /// 401 for an installation's token before its time; the next call asks for another.
    #[error(
        "GitHub no longer took the installation's token ({call}: {message}); the next attempt asks for another"
    )]
    TokenEnded { call: &'static str, message: String },
    #[error(
        "the App's private key is not an RSA key in PEM form; download a new one from the App's page (Private keys), name its file in WORKSAMPLE_GITHUB_APP_KEY_FILE and start the service anew"
    )]
    NotAKey,
    /// 401 or 404 for the App's own signature.
    #[error(
        "GitHub knows no App with the id {app}, or it was deleted: compare WORKSAMPLE_GITHUB_APP_ID with the `App ID` on the App's page, or create one with `worksample github setup` ({message})"
    )]
    AppUnknown { app: u64, message: String },
    /// 401: the signature is not the App's.
    #[error(
        "GitHub does not take our signature as that of the App {app}: WORKSAMPLE_GITHUB_APP_KEY_FILE holds another App's key, or the key was deleted from the App's page; generate a new one there ({message})"
    )]
    KeyRefused { app: u64, message: String },
    /// App signatures carry times, and GitHub compares them with its clock.
    #[error("{}", clock_words(.ahead.as_ref(), .message))]
    ClockOff {
        /// Seconds that our clock is ahead of GitHub's; `None` where its answer had no date.
        ahead: Option<i64>,
        message: String,
    },
    #[error(
        "the App {app} is not installed in the organisation {org}: an owner installs it from the App's page (Install App; where another organisation owns the App, it has to be made public under Advanced first); what waits goes on by itself then"
    )]
    NotInstalled { app: u64, org: String },
    #[error(
        "the App's installation in the organisation {org} is suspended: an owner unsuspends it in the organisation's settings (GitHub Apps, Configure); what waits goes on by itself then"
    )]
    Suspended { org: String },
    /// 403 that is no limit: a permission is missing.
    #[error(
        "GitHub does not allow {call}: {message}; {}", grant_words(.needs.as_deref())
    )]
    Forbidden {
        call: &'static str,
        message: String,
        /// The permissions that would do, as GitHub names them (`issues=write`).
        needs: Option<String>,
    },
    /// 404: not there, or not visible to us.
    #[error("GitHub does not know what {call} asked for, or hides it from us: {message}")]
    NotFound { call: &'static str, message: String },
    /// 404 for a part of a repository that is known to be there: what was made a moment ago may not be seen everywhere yet.
    #[error(
        "GitHub does not show what {call} asked for ({message}), though it was there: it is asked again for some hours; where it was deleted, or taken from what the App or token may see, undo that and retry the job"
    )]
    NotShown { call: &'static str, message: String },
    /// 410: it was there, and somebody switched it off.
    #[error(
        "GitHub has no more what {call} asked for ({message}); an owner switches it on in the repository's settings; then retry the job"
    )]
    SwitchedOff { call: &'static str, message: String },
    /// 422 for a name that is taken, by what GitHub does not show.
    #[error(
        "GitHub refused {call}, for the name is taken ({message}), and does not show by what: see that the token or App may see all repositories of the organisation"
    )]
    NameHidden { call: &'static str, message: String },
    /// 422 and 409: understood and refused.
    #[error("GitHub refused {call}: {message}")]
    Refused { call: &'static str, message: String },
    /// 403 or 429 by a primary or secondary limit.
    #[error("GitHub limits us ({call}): {message}")]
    Limited {
        call: &'static str,
        message: String,
        until: Timestamp,
    },
    /// 5xx.
    #[error("GitHub failed with status {status} at {call}: {message}")]
    Server {
        call: &'static str,
        status: u16,
        message: String,
    },
    /// No whole answer came. Whether the call took effect is not known.
    #[error("no answer from GitHub at {call}: {message}")]
    NoAnswer { call: &'static str, message: String },
    /// An answer that is not of the documented form.
    #[error("GitHub's answer to {call} could not be read: {message}")]
    Odd { call: &'static str, message: String },
    /// The repository is not private, so nothing more may be put into it.
    #[error(
        "the repository {full_name} is not private; make it private or delete it, then retry the job"
    )]
    NotPrivate { full_name: String },
    /// 403, 404 or 422 to an invitation: nobody was invited.
    #[error("GitHub did not invite {login}: {} ({message}); {}", .problem.in_words(), .problem.hint())]
    NotInvited {
        problem: InvitationProblem,
        login: String,
        /// GitHub's own words.
        message: String,
    },
    /// A name of ours is taken by a repository without our marker.
    #[error(
        "the repository {full_name} exists but is not ours (its description lacks our marker); rename or delete it, then retry the job"
    )]
    NameTaken { full_name: String },
}

impl GitHubError {
    /// Can the same call succeed later without anybody's doing?
    pub fn is_transient(&self) -> bool {
        match self {
            GitHubError::Limited { .. }
            | GitHubError::Server { .. }
            | GitHubError::NoAnswer { .. }
            | GitHubError::NotShown { .. }
            | GitHubError::NameHidden { .. }
            | GitHubError::TokenEnded { .. } => true,
            // Mended at GitHub or on this machine, after which what waited goes on by itself.
            GitHubError::Unauthorized { .. }
            | GitHubError::NotAKey
            | GitHubError::AppUnknown { .. }
            | GitHubError::KeyRefused { .. }
            | GitHubError::ClockOff { .. }
            | GitHubError::NotInstalled { .. }
            | GitHubError::Suspended { .. } => true,
            GitHubError::Forbidden { .. }
            | GitHubError::NotFound { .. }
            | GitHubError::SwitchedOff { .. }
            | GitHubError::Refused { .. }
            | GitHubError::Odd { .. }
            | GitHubError::NotPrivate { .. }
            | GitHubError::NameTaken { .. } => false,
            GitHubError::NotInvited { problem, .. } => problem.passes(),
        }
    }

    /// Is it known that the call had no effect?
    pub fn had_no_effect(&self) -> bool {
        !matches!(
            self,
            GitHubError::Server { .. }
                | GitHubError::NoAnswer { .. }
                | GitHubError::Odd { .. }
                | GitHubError::TokenEnded { .. }
        )
    }

    /// What the error of a call means that asked for a part of a repository that is there.
    pub fn of_known(self) -> GitHubError {
        match self {
            GitHubError::NotFound { call, message } => GitHubError::NotShown { call, message },
            other => other,
        }
    }

    /// What a refused creation means where GitHub shows nothing of that name: if it is taken, what has it may be shown later.
    pub fn of_unseen(self) -> GitHubError {
        match self {
            GitHubError::Refused { call, message } if message.contains(TAKEN) => {
                GitHubError::NameHidden { call, message }
            }
            other => other,
        }
    }

    /// The moment before which trying again is of no use, whoever's doing it waits for. Such waiting is not the work's
    /// fault.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            GitHubError::Limited { until, .. } => Some(*until),
            GitHubError::Unauthorized { .. }
            | GitHubError::NotAKey
            | GitHubError::AppUnknown { .. }
            | GitHubError::KeyRefused { .. }
            | GitHubError::ClockOff { .. }
            | GitHubError::NotInstalled { .. }
            | GitHubError::Suspended { .. } => Some(now + Duration::seconds(MENDING_PAUSE_SECONDS)),
            GitHubError::NotInvited { problem, .. } => problem
                .passes()
                .then(|| now + Duration::seconds(INVITATIONS_PAUSE_SECONDS)),
            GitHubError::Server { .. }
            | GitHubError::NoAnswer { .. }
            | GitHubError::NotShown { .. }
            | GitHubError::NameHidden { .. }
            | GitHubError::TokenEnded { .. }
            | GitHubError::Forbidden { .. }
            | GitHubError::NotFound { .. }
            | GitHubError::SwitchedOff { .. }
            | GitHubError::Refused { .. }
            | GitHubError::Odd { .. }
            | GitHubError::NotPrivate { .. }
            | GitHubError::NameTaken { .. } => None,
        }
    }

    /// Stable, part of the API and of `jobs list`.
    pub fn code(&self) -> &'static str {
        match self {
            GitHubError::Unauthorized { .. } => "github_unauthorized",
            GitHubError::TokenEnded { .. } => "github_token_ended",
            GitHubError::NotAKey => "github_key_invalid",
            GitHubError::AppUnknown { .. } => "github_app_unknown",
            GitHubError::KeyRefused { .. } => "github_key_refused",
            GitHubError::ClockOff { .. } => "github_clock_off",
            GitHubError::NotInstalled { .. } => "github_not_installed",
            GitHubError::Suspended { .. } => "github_installation_suspended",
            GitHubError::Forbidden { .. } => "github_permission_missing",
            GitHubError::SwitchedOff { .. } => "github_switched_off",
            GitHubError::NameHidden { .. } => "github_name_hidden",
            GitHubError::NotFound { .. } => "github_not_found",
            GitHubError::NotShown { .. } => "github_not_shown",
            GitHubError::Refused { .. } => "github_refused",
            GitHubError::Limited { .. } => "github_limited",
            GitHubError::Server { .. } => "github_broken",
            GitHubError::NoAnswer { .. } => "github_away",
            GitHubError::Odd { .. } => "github_answer_odd",
            GitHubError::NotInvited { problem, .. } => problem.code(),
            GitHubError::NotPrivate { .. } => "repository_not_private",
            GitHubError::NameTaken { .. } => "repository_name_taken",
        }
    }
}

fn clock_words(ahead: Option<&i64>, message: &str) -> String {
    let off = match ahead {
        Some(&ahead) if ahead.abs() >= 30 => {
            let (minutes, seconds) = (ahead.abs() / 60, ahead.abs() % 60);
            let direction = if ahead > 0 { "ahead of" } else { "behind" };
            format!("this machine's clock is {minutes} min {seconds} s {direction} GitHub's")
        }
        Some(_) | None => "GitHub takes the times in the App's signature for wrong".to_owned(),
    };
    format!(
        "{off}, so GitHub refuses the App's signature: set this machine's clock (NTP); what waits goes on by itself then ({message})"
    )
}

fn grant_words(needs: Option<&str>) -> String {
    match needs {
        Some(needs) => format!(
            "it needs the permission {needs}: grant it on the App's page (Permissions & events; the organisation's owner then accepts it) or to the fine-grained token, then retry the job"
        ),
        None => "grant the token or App the missing permission (`worksample doctor` names those it lacks), then retry the job".to_owned(),
    }
}

/// The error that an answer with a status of 300 or more stands for.
pub(super) fn refusal(call: &'static str, whole: &Whole, now: Timestamp) -> GitHubError {
    classify(
        Answered {
            call,
            status: whole.status,
            message: message_of(&whole.body),
            needs: whole.header("x-accepted-github-permissions"),
            retry_after: whole.header("retry-after"),
            limit_remaining: whole.header("x-ratelimit-remaining"),
            limit_reset: whole.header("x-ratelimit-reset"),
        },
        now,
    )
}

/// GitHub's `message` and the messages of its `errors`, in one line.
pub(super) fn message_of(body: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
        return String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    };
    let mut parts: Vec<String> = json["message"]
        .as_str()
        .map(str::to_owned)
        .into_iter()
        .collect();
    for error in json["errors"].as_array().into_iter().flatten() {
        parts.extend(
            error["message"]
                .as_str()
                .filter(|message| !message.is_empty())
                .or_else(|| error["code"].as_str())
                .or_else(|| error.as_str())
                .map(str::to_owned),
        );
    }
    parts.join("; ").chars().take(500).collect()
}

/// What the headers and body of an answer say, gathered for [`classify`].
struct Answered<'a> {
    call: &'static str,
    status: u16,
    message: String,
    needs: Option<&'a str>,
    retry_after: Option<&'a str>,
    limit_remaining: Option<&'a str>,
    limit_reset: Option<&'a str>,
}

fn classify(answer: Answered<'_>, now: Timestamp) -> GitHubError {
    let Answered {
        call,
        status,
        message,
        ..
    } = &answer;
    let (call, status, message) = (*call, *status, message.clone());
    match status {
        // Reads and deletions are led on to the new name by the client; what has a body is not.
        301 | 302 | 307 | 308 => GitHubError::NotShown {
            call,
            message: "it has another name by now".to_owned(),
        },
        401 => GitHubError::Unauthorized { call, message },
        403 | 429 => match limited_until(&answer, now) {
            Some(until) => GitHubError::Limited {
                call,
                message,
                until,
            },
            None => GitHubError::Forbidden {
                call,
                message,
                needs: answer.needs.map(|needs| needs.chars().take(200).collect()),
            },
        },
        404 => GitHubError::NotFound { call, message },
        410 => GitHubError::SwitchedOff { call, message },
        400..=499 => GitHubError::Refused { call, message },
        500..=599 => GitHubError::Server {
            call,
            status,
            message,
        },
        _ => GitHubError::Odd {
            call,
            message: format!("status {status}: {message}"),
        },
    }
}

fn limited_until(answer: &Answered<'_>, now: Timestamp) -> Option<Timestamp> {
    let seconds = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
    if let Some(wait) = seconds(answer.retry_after) {
        return Some(now + Duration::seconds(wait.clamp(1, 24 * 3600)));
    }
    if answer.limit_remaining.map(str::trim) == Some("0")
        && let Some(reset) = seconds(answer.limit_reset)
    {
        let reset = chrono::DateTime::from_timestamp(reset, 0)?;
        return Some(reset.max(now + Duration::seconds(1)));
    }
    let says_limit = answer.message.to_lowercase().contains("rate limit")
        || answer.message.to_lowercase().contains("abuse");
    (answer.status == 429 || says_limit).then(|| now + Duration::seconds(LIMIT_PAUSE_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn answered(status: u16, message: &str) -> Answered<'static> {
        Answered {
            call: "create a repository",
            status,
            message: message.to_owned(),
            needs: None,
            retry_after: None,
            limit_remaining: None,
            limit_reset: None,
        }
    }

    #[test]
    fn retry_after_is_obeyed_before_the_reset_date() {
        let answer = Answered {
            retry_after: Some("30"),
            limit_remaining: Some("0"),
            limit_reset: Some("1900000000"),
            ..answered(403, "You have exceeded a secondary rate limit")
        };
        assert_eq!(
            classify(answer, now()).not_before(now()),
            Some(now() + Duration::seconds(30))
        );
    }

    #[test]
    fn a_limit_without_a_date_waits_a_minute_and_a_missing_permission_is_not_a_limit() {
        assert_eq!(
            classify(answered(429, "slow down"), now()).not_before(now()),
            Some(now() + Duration::seconds(60))
        );
        let forbidden = classify(
            answered(403, "Resource not accessible by integration"),
            now(),
        );
        assert!(matches!(forbidden, GitHubError::Forbidden { .. }));
        assert!(!forbidden.is_transient());
    }

    #[test]
    fn server_errors_may_be_tried_again_and_refusals_may_not() {
        assert!(classify(answered(502, "bad gateway"), now()).is_transient());
        assert!(!classify(answered(422, "Validation Failed"), now()).is_transient());
        let not_found = classify(answered(404, "Not Found"), now());
        assert!(!not_found.is_transient());
        assert!(not_found.of_known().is_transient());
        let switched_off = classify(answered(410, "Issues are disabled"), now());
        assert!(!switched_off.of_known().is_transient());
        let taken = classify(answered(422, "name already exists on this account"), now());
        assert!(!taken.is_transient());
        assert!(taken.of_unseen().is_transient());
        let invalid = classify(answered(422, "name is too long"), now());
        assert!(!invalid.of_unseen().is_transient());
    }
}
