//! Looks up which side the accounts of a work sample are on, and records what was found.
//!
//! An account is team where it belongs to a person known to the service, is a member of a configured GitHub team or of the
//! organisation, or reaches the private repository without being an outside collaborator. It is a stranger only where
//! GitHub said no to all of that. Anything else leaves it unknown, and the look-up is repeated, ever more rarely.

use chrono::Duration;

use super::governor::{Wanted, admitted};
use super::hidden::{self, Sight};
use super::record::{load, record};
use super::side_jobs::job;
use super::stored::checkpoint;
use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::github::{FoundAccount, GitHub, Tie, Urgency, Writes};
use crate::ids::{Login, WorkSampleId};
use crate::store::{PersonRow, StoreError};
use crate::work_sample::{
    Account, AccountSide, Actor, EventBody, Happening, SideReason, Source, WorkSample, key,
};

/// The account itself, its membership, its access, and the list of outside collaborators.
const READS: u32 = 4;
/// A membership, and a look whether the team is shown to us.
const READS_A_TEAM: u32 = 2;

/// How the look-up comes to an answer.
const GRANT: &str =
    "grant `organisation members: read`, or add the person to the people of the team";
const CHECK_TEAM: &str = "check the spelling in WORKSAMPLE_GITHUB_TEAM; a secret team is shown only with `organisation members: read`. Or add the person to the people of the team";

/// The first pause after a look-up that told nothing.
const FIRST_PAUSE: Duration = Duration::minutes(5);
const LONGEST_PAUSE: Duration = Duration::hours(12);
/// So long after the text it is not tried again by itself.
const GIVE_UP_AFTER: Duration = Duration::days(7);

/// Looks up every account that needs it. Returns when to try again those of which GitHub did not say enough.
///
/// # Errors
/// `side_not_known`, with that time, where something has to be mended for it.
pub async fn look_up(
    services: &Services,
    id: &WorkSampleId,
) -> Result<Option<Timestamp>, WorkflowError> {
    let wanted = id.clone();
    let (ws, people) = services
        .store
        .read(move |tx| Ok::<_, WorkflowError>((load(tx, &wanted)?, tx.people()?)))
        .await?;
    let mut unknown: Vec<Timestamp> = Vec::new();
    let mut unsaid: Option<String> = None;
    for account in &ws.accounts {
        let person = person_with(&people, account);
        // In a log from before look-ups everybody is team without one.
        let known_already = ws.sides.looked_up_from.is_none()
            || ws.sides.accounts.get(&account.id).is_some_and(|record| {
                let latest = record.look_ups.last();
                latest.is_some_and(|one| one.because == SideReason::KnownPerson)
            });
        let found = match (person, account.to_look_up) {
            (Some(person), at) if at.is_some() || !known_already => {
                keep_id(services, person, account).await?;
                Some((AccountSide::Team, SideReason::KnownPerson))
            }
            (None, Some(at)) => match ask_github(services, &ws, account).await? {
                Looked::Found(side, because) => Some((side, because)),
                Looked::Nothing(why) => {
                    unknown.push(at);
                    unsaid = unsaid.or(why);
                    None
                }
            },
            _ => None,
        };
        if let Some((side, because)) = found {
            keep(services, id, account, side, because).await?;
        }
    }
    let now = services.now();
    let again = unknown.into_iter().filter_map(|at| again(at, now)).min();
    match (again, unsaid) {
        // So `show` can say why accounts stay unknown.
        (Some(until), Some(message)) => Err(WorkflowError::Later {
            code: "side_not_known",
            message,
            until,
        }),
        (again, _) => Ok(again),
    }
}

/// What a look-up of one account told.
enum Looked {
    Found(AccountSide, SideReason),
    /// Not enough, and why, where that is known.
    Nothing(Option<String>),
}

/// When to try once more for a text of this time, if ever: the older it is, the later.
fn again(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let age = now - at;
    (age < GIVE_UP_AFTER).then(|| now + (age / 2).clamp(FIRST_PAUSE, LONGEST_PAUSE))
}

/// The person whose account it is. A lead's word and a bot's login need none.
fn person_with<'p>(people: &'p [PersonRow], account: &Account) -> Option<&'p PersonRow> {
    if account.settled.is_some() {
        return None;
    }
    people.iter().find(|person| {
        let has_login = person
            .github_login
            .as_ref()
            .is_some_and(|login| login.same_as(&account.login));
        person.disabled_at.is_none() && person.github_id.map_or(has_login, |id| id == account.id)
    })
}

/// Remembers the id of a person's account, which stays when the login changes.
async fn keep_id(
    services: &Services,
    person: &PersonRow,
    account: &Account,
) -> Result<(), StoreError> {
    if person.github_id.is_some() {
        return Ok(());
    }
    let (id, account) = (person.id.clone(), account.id);
    services
        .store
        .write(move |tx| {
            let people = tx.people()?;
            if people.iter().any(|one| one.github_id == Some(account)) {
                // No two people have one account.
                return Ok(());
            }
            let now = people.into_iter().find(|one| one.id == id);
            match now {
                Some(person) if person.github_id.is_none() => tx.change_person(&PersonRow {
                    github_id: Some(account),
                    ..person
                }),
                _ => Ok(()),
            }
        })
        .await
}

async fn keep(
    services: &Services,
    id: &WorkSampleId,
    account: &Account,
    side: AccountSide,
    because: SideReason,
) -> Result<(), WorkflowError> {
    let (id, account, now) = (id.clone(), account.clone(), services.now());
    services
        .store
        .write(move |tx| {
            let ws = load(tx, &id)?;
            let n = ws
                .sides
                .accounts
                .get(&account.id)
                .map_or(0, |record| record.look_ups.len());
            let looked_up = Happening {
                key: key::account_looked_up(account.id, n + 1),
                actor: Actor::Service,
                occurred_at: now,
                body: EventBody::AccountLookedUp {
                    account: account.id,
                    login: account.login.clone(),
                    side,
                    because,
                },
            };
            record(tx, &id, ws.last_seq, &[looked_up], Source::Service, now).map(drop)
        })
        .await
}

/// What GitHub says of the account.
async fn ask_github(
    services: &Services,
    ws: &WorkSample,
    account: &Account,
) -> Result<Looked, WorkflowError> {
    let github = services.github_of(ws)?;
    let teams = u32::try_from(services.github_teams.len()).unwrap_or(u32::MAX);
    let reads = READS.saturating_add(teams.saturating_mul(READS_A_TEAM));
    let wanted = Wanted::new(
        services,
        github,
        ws.id.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    admitted(services, wanted.reading(reads)).await?;
    let found = match github.account_with_id(account.id).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Looked::Nothing(None)),
        Err(error) if error.is_transient() => return Err(error.into()),
        Err(error) => {
            tracing::warn!(work_sample = %ws.id, login = account.login, %error, "could not look up an account");
            return Ok(Looked::Nothing(Some(format!(
                "could not look up the account {}: {error}",
                account.login
            ))));
        }
    };
    if found.is_bot() {
        return Ok(Looked::Found(AccountSide::Bot, SideReason::BotAccount));
    }
    let mut unsaid = None;
    for (tie, because) in ties(services, ws, github, &found).await? {
        match tie {
            Tie::Yes => {
                hidden::seen(services, checkpoint::no_tie(account.id)).await?;
                return Ok(Looked::Found(AccountSide::Team, because));
            }
            Tie::No => {}
            Tie::CannotTell(why) => unsaid = unsaid.or(Some((why, GRANT))),
            // A permission would not help, so this is what has to be mended first.
            Tie::NoTeam(why) => unsaid = Some((why, CHECK_TEAM)),
        }
    }
    if let Some((why, hint)) = unsaid {
        tracing::warn!(
            work_sample = %ws.id, login = found.login, why, hint,
            "could not tell on which side an account is"
        );
        return Ok(Looked::Nothing(Some(format!(
            "could not tell on which side {} is: {why}; {hint}",
            found.login
        ))));
    }
    if !is_private(ws) && is_doubtful(services, account).await? {
        return Ok(Looked::Nothing(None));
    }
    Ok(Looked::Found(AccountSide::Stranger, SideReason::NoTie))
}

/// Everybody reaches a public repository, and nobody one that is gone: access to them says nothing.
fn is_private(ws: &WorkSample) -> bool {
    ws.provisioning.repository.is_some() && ws.whereabouts.private && ws.whereabouts.there
}

/// Without the access to a private repository everything rests on answers of 404, which GitHub at times gives for what it
/// has. They are believed when they stay.
async fn is_doubtful(services: &Services, account: &Account) -> Result<bool, StoreError> {
    let sight = hidden::unseen(services, checkpoint::no_tie(account.id)).await?;
    Ok(matches!(sight, Sight::Hidden { .. }))
}

/// The ties in the order in which they are asked for, up to the first that is there.
async fn ties(
    services: &Services,
    ws: &WorkSample,
    github: &GitHub,
    account: &FoundAccount,
) -> Result<Vec<(Tie, SideReason)>, WorkflowError> {
    let mut ties = Vec::new();
    for team in &services.github_teams {
        let of_team = match &team.org {
            Some(org) => services.github_in(org.as_str())?,
            None => github,
        };
        let tie = of_team.team_tie(&team.slug, &account.login).await?;
        ties.push((tie, SideReason::GithubTeam));
        if matches!(ties.last(), Some((Tie::Yes, _))) {
            return Ok(ties);
        }
    }
    let member = github.organization_tie(&account.login).await?;
    let is_member = member == Tie::Yes;
    ties.push((member, SideReason::OrganizationMember));
    if is_member {
        return Ok(ties);
    }
    let repository = ws.provisioning.repository.as_ref();
    let tie = match repository {
        Some(repository) if is_private(ws) => {
            github.access_tie(&repository.full_name, account).await?
        }
        _ => Tie::No,
    };
    ties.push((tie, SideReason::RepositoryAccess));
    Ok(ties)
}

/// Lets the sides of all work samples be looked at in which the person's account did something.
pub(super) async fn look_again_at(
    services: &Services,
    person: &PersonRow,
) -> Result<(), WorkflowError> {
    let Some(account) = person.github_id else {
        return Ok(());
    };
    let now = services.now();
    services
        .store
        .write(move |tx| {
            for id in tx.work_samples_with_account(account)? {
                tx.nudge(&job(&id, now), now)?;
            }
            Ok::<_, WorkflowError>(())
        })
        .await
}

/// The id of the account that has this login now. `None` where GitHub cannot be asked.
pub(super) async fn account_id(
    services: &Services,
    login: &Login,
) -> Result<Option<u64>, WorkflowError> {
    let Some(github) = services.github.first() else {
        return Ok(None);
    };
    let wanted = Wanted::new(
        services,
        github,
        login.as_str(),
        Urgency::People,
        Writes::Nothing,
    );
    let looked = match admitted(services, wanted.reading(1)).await {
        Ok(()) => github.account_with_login(login).await,
        Err(error) => {
            tracing::warn!(%login, %error, "a person is kept without the id of their account");
            return Ok(None);
        }
    };
    match looked {
        Ok(Some(found)) if found.kind == "User" => Ok(Some(found.id)),
        Ok(_) => Err(WorkflowError::Invalid {
            code: "no_such_account",
            message: format!("GitHub has no person's account called `{login}`: check the spelling"),
        }),
        Err(error) => {
            tracing::warn!(%login, %error, "a person is kept without the id of their account");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_up_without_result_is_repeated_ever_more_rarely_for_a_week() {
        let at: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let mut now = at;
        let mut tries = 0;
        while let Some(next) = again(at, now) {
            assert!(next - now >= FIRST_PAUSE && next - now <= LONGEST_PAUSE);
            now = next;
            tries += 1;
        }
        assert!(now - at >= GIVE_UP_AFTER);
        assert!((20..40).contains(&tries), "{tries}");
    }
}
