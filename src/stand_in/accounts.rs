//! Accounts and their tokens: people, organisations and the bots of Apps; how they come, are renamed, and go.

use super::error::StandInError;
use super::records::{Grants, Kind, Token, User, UserId};
use super::state::State;
use super::world::Tx;
use crate::clock::Timestamp;
use crate::ids::Login;

/// A login that can be used; bots have names that are none.
pub(super) fn check_login(login: &str) -> Result<(), StandInError> {
    login
        .parse::<Login>()
        .map(|_| ())
        .map_err(|_| StandInError::Login {
            login: login.to_owned(),
        })
}

/// The account with this login, made if it is not there.
pub(super) fn account(
    state: &mut State,
    login: &str,
    name: &str,
    kind: Kind,
    now: Timestamp,
) -> Result<UserId, StandInError> {
    match state.user_by_login(login) {
        Some(user) if user.kind == kind => Ok(user.id),
        Some(_) => Err(taken(login)),
        None => {
            let id = state.next_id();
            let user = User {
                id,
                login: login.to_owned(),
                name: name.to_owned(),
                kind,
                created_at: now,
                default_branch: None,
            };
            state.users.insert(id, user);
            Ok(id)
        }
    }
}

fn taken(login: &str) -> StandInError {
    StandInError::LoginTaken {
        login: login.to_owned(),
    }
}

/// A person and their token, both made if they are not there.
pub(super) fn person(
    tx: &mut Tx<'_>,
    login: &str,
    name: &str,
) -> Result<(UserId, String), StandInError> {
    check_login(login)?;
    let now = tx.now;
    let id = account(tx.state, login, name, Kind::User, now)?;
    if let Some(token) = tx.state.token_of(id) {
        return Ok((id, token));
    }
    let token = tx.new_token("ghp");
    tx.state.tokens.insert(
        token.clone(),
        Token {
            user: id,
            expires_at: None,
            installation: None,
            permissions: None,
        },
    );
    Ok((id, token))
}

/// A login somebody has.
pub(super) fn known(state: &State, login: &str) -> Result<UserId, StandInError> {
    state
        .user_by_login(login)
        .map(|user| user.id)
        .ok_or_else(|| StandInError::Unknown {
            what: format!("account {login}"),
        })
}

/// Makes a person's token a fine-grained one.
pub(super) fn narrow(tx: &mut Tx<'_>, token: &str, grants: Grants) -> Result<(), StandInError> {
    let row = tx
        .state
        .tokens
        .get_mut(&token.to_owned())
        .ok_or_else(|| StandInError::Unknown {
            what: "token".to_owned(),
        })?;
    row.permissions = Some(grants);
    Ok(())
}

/// Gives an account another login. Its number and its tokens stay; the old login is free for others.
pub(super) fn rename(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<(), StandInError> {
    check_login(to)?;
    let id = known(tx.state, from)?;
    if tx.state.user_by_login(to).is_some_and(|user| user.id != id) {
        return Err(taken(to));
    }
    let moved: Vec<(String, u64)> = tx
        .state
        .repos
        .values()
        .filter(|repo| repo.owner == id)
        .map(|repo| (tx.render().full_name(repo).to_lowercase(), repo.id))
        .collect();
    for (name, repo) in moved {
        tx.state.former_names.insert(name, repo);
    }
    if let Some(user) = tx.state.users.get_mut(&id) {
        to.clone_into(&mut user.login);
    }
    Ok(())
}

/// Deletes a person's account. What they wrote stays and is shown as by `ghost`; their rights, invitations, tokens and own
/// repositories go.
pub(super) fn delete(tx: &mut Tx<'_>, login: &str) -> Result<(), StandInError> {
    let id = known(tx.state, login)?;
    let own: Vec<u64> = tx
        .state
        .repos
        .values()
        .filter(|repo| repo.owner == id)
        .map(|repo| repo.id)
        .collect();
    for repo in own {
        tx.state.forget_repo(repo);
    }
    let state = &mut *tx.state;
    state.users.remove(&id);
    state.tokens.remove_where(|_, token| token.user == id);
    state.members.remove_where(|key, _| key.1 == id);
    state.concealed.remove_where(|key, _| key.1 == id);
    state.team_members.remove_where(|key, _| key.1 == id);
    state.collaborators.remove_where(|key, _| key.1 == id);
    state
        .invitations
        .remove_where(|_, row| row.invitee == id || row.inviter == id);
    state.installations.remove_where(|_, row| row.account == id);
    Ok(())
}
