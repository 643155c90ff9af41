//! The invitation and the end of the work at GitHub, as lines of the timeline in words.

use super::text;
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
            InvitationState::Refused => Some("was to be replaced by another, which GitHub refused"),
        };
        if let Some(state) = state {
            let what = format!("The invitation to {} {state}", invitation.login);
            // An account of somebody else's is no end, and no single event tells of it.
            let (at, event) = match &invitation.ended {
                Some((at, key)) => (*at, Some(key.clone())),
                None => (invitation.sent_at, None),
            };
            add(at, event, "invitation", what);
        }
    }
    for failure in &ws.invitation_failures {
        let what = format!(
            "GitHub did not invite {}: {} (“{}”)",
            failure.login,
            failure.code.in_words(),
            text::one_line(&failure.reason)
        );
        add(failure.at, Some(failure.key.clone()), "not invited", what);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work_sample::testing::*;
    use crate::work_sample::{Actor, EventBody, InvitationEnd};

    #[test]
    fn each_line_stands_at_its_own_time_and_names_its_event() {
        let mut story = Story::provisioned();
        let declined = EventBody::InvitationEnded {
            invitation_id: 5,
            how: InvitationEnd::Declined,
        };
        let happened = [
            (key::invitation_ended(5), declined, 20),
            (key::access_reduced(1), EventBody::AccessReduced, 30),
            (key::access_restored(1), EventBody::AccessRestored, 40),
            (key::access_reduced(2), EventBody::AccessReduced, 50),
            (key::nothing_to_keep(), EventBody::NothingToKeep, 60),
        ];
        for (key, body, minute) in happened {
            story.add(key, Actor::Service, at(minute), body);
        }
        let told: Vec<String> = lines(&story.fold())
            .into_iter()
            .map(|line| {
                let minute = (line.at - at(0)).num_minutes();
                let event = line
                    .event
                    .map_or_else(|| "no event".to_owned(), |key| key.0);
                format!("{minute} {event}: {}", line.what)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        20 invitation_ended:5: The invitation to dana was declined
        30 access_reduced:1: The candidate may read the repository and no longer write to it
        40 access_restored:1: The candidate may write to the repository again
        50 access_reduced:2: The candidate may read the repository and no longer write to it
        60 nothing_to_keep: Nothing was kept, for the repository was empty
        ");
    }
}
