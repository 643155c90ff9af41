//! The invitation and the end of the work at GitHub, as lines of the timeline in words.

use crate::clock::Timestamp;
use crate::work_sample::{InvitationState, NaturalKey, WorkSample, key};

/// One thing that the service did or found.
pub(super) struct Line {
    pub at: Timestamp,
    pub event: Option<NaturalKey>,
    pub label: &'static str,
    pub what: String,
}

pub(super) fn lines(ws: &WorkSample) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |at, event, label, what| {
        lines.push(Line {
            at,
            event,
            label,
            what,
        });
    };
    if let Some(invitation) = &ws.invitation {
        let state = match invitation.state {
            InvitationState::Pending | InvitationState::Accepted => None,
            InvitationState::Expired => Some("expired"),
            InvitationState::Declined => Some("was declined"),
            InvitationState::WrongAccount => Some("is open while another account joined"),
            InvitationState::AccountGone => Some("went to an account that is gone"),
            InvitationState::Renewing => Some("is being replaced by another"),
        };
        if let Some(state) = state {
            let what = format!("The invitation to {} {state}", invitation.login);
            add(invitation.sent_at, None, "invitation", what);
        }
    }
    if let Some(frozen) = &ws.end.frozen {
        let sha = frozen.sha.as_ref().map_or("no commit", |sha| sha.short());
        let key = key::frozen(ws.end.counts[0]);
        let what = format!("The work was frozen at commit {sha}");
        add(frozen.at, Some(key), "frozen", what);
    }
    for change in &ws.end.access {
        let what = if change.writes {
            "The candidate may write to the repository again"
        } else {
            "The candidate may read the repository and no longer write to it"
        };
        let event = Some(change.key.clone());
        add(change.at, event, "access", what.to_owned());
    }
    if let Some(kept) = &ws.end.kept {
        let what = format!(
            "The repository was kept as a git bundle of {} bytes, SHA-256 {}",
            kept.bytes, kept.sha256
        );
        add(kept.at, Some(key::kept()), "kept", what);
    }
    if let Some(at) = ws.end.empty_at {
        let what = "Nothing was kept, for the repository was empty".to_owned();
        add(at, Some(key::nothing_to_keep()), "kept", what);
    }
    let done = [
        (ws.end.archived_at, key::repository_archived(), "archived"),
        (
            ws.end.handed_over_at,
            key::repository_handed_over(),
            "handed over",
        ),
        (ws.end.deleted_at, key::repository_deleted(), "deleted"),
    ];
    for (at, key, verb) in done {
        if let Some(at) = at {
            let what = format!("The repository was {verb}");
            add(at, Some(key), "repository", what);
        }
    }
    lines
}
