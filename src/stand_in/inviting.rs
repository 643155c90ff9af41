//! Why GitHub refuses an invitation: the organisation's settings and plan, and what is wrong with the account. GitHub's reference
//! has the status codes; the words are GitHub's where they are known (`no_seat`, `no_2fa`, its documentation on managed users),
//! and otherwise like them.

use serde_json::json;

use super::records::{InvitingRules, Repo, User};
use super::refusal::Refusal;
use super::world::Tx;
use crate::ids::Login;

/// GitHub takes so many invitations to a repository within 24 hours (docs.github.com); members do not count.
const MOST_A_DAY: usize = 50;

fn is_in(logins: &[String], user: &User) -> bool {
    logins
        .iter()
        .any(|one| one.eq_ignore_ascii_case(&user.login))
}

/// Refuses to invite somebody from outside as the organisation's rules say.
pub(super) fn check(tx: &Tx<'_>, repo: &Repo, user: &User) -> Result<(), Refusal> {
    let rules = tx
        .state
        .inviting
        .get(&repo.owner)
        .cloned()
        .unwrap_or_default();
    let of_user = |message: &str, code: &str| {
        Refusal::unprocessable(message)
            .with_error(json!({"resource": "RepositoryInvitation", "field": "user", "code": code}))
    };
    if user
        .login
        .parse::<Login>()
        .is_ok_and(|login| login.is_managed())
    {
        return Err(Refusal::custom(
            "RepositoryInvitation",
            "Enterprise Managed Users can only be added to organizations and repositories within their enterprise",
        ));
    }
    if is_in(&rules.blocked, user) {
        return Err(Refusal::custom("RepositoryInvitation", "User is blocked"));
    }
    if rules.no_outside_collaborators {
        return Err(Refusal::forbidden(
            "Outside collaborators are not allowed for this organization",
        ));
    }
    if is_in(&rules.without_two_factor, user) {
        return Err(of_user(
            "User doesn't satisfy the two-factor authentication requirements for this organization.",
            "no_2fa",
        ));
    }
    if rules.seats_left == Some(0) {
        return Err(of_user(
            "You must purchase at least one more seat to add this user as a member.",
            "no_seat",
        ));
    }
    let day = chrono::Duration::days(1);
    let sent = tx
        .state
        .invited
        .range((repo.id, 0)..=(repo.id, u64::MAX))
        .filter(|(_, at)| tx.now - **at < day)
        .count();
    if sent >= MOST_A_DAY {
        return Err(Refusal::custom(
            "RepositoryInvitation",
            "You have exceeded the limit of 50 invitations to this repository within 24 hours",
        ));
    }
    Ok(())
}

/// An invitation was sent: it counts for a day, and takes a seat.
pub(super) fn sent(tx: &mut Tx<'_>, repo: &Repo, invitation: u64) {
    let now = tx.now;
    tx.state.invited.insert((repo.id, invitation), now);
    if let Some(rules) = tx.state.inviting.get(&repo.owner).cloned()
        && let Some(left) = rules.seats_left
    {
        let rules = InvitingRules {
            seats_left: Some(left.saturating_sub(1)),
            ..rules
        };
        tx.state.inviting.insert(repo.owner, rules);
    }
}
