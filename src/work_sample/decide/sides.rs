//! A lead's word on the side of an account.

use crate::work_sample::command::Refusal;
use crate::work_sample::event::{EventBody, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::AccountSide;
use crate::work_sample::refusal::RefusalCode as Code;
use crate::work_sample::sides::Account;

pub(super) fn settle_side(
    ws: &WorkSample,
    named: &str,
    side: AccountSide,
    note: String,
) -> Result<(NaturalKey, EventBody), Refusal> {
    let is_id = |id: u64| named.parse() == Ok(id);
    if ws.is_candidates(None, named) || ws.account.is_some_and(is_id) {
        return Err(Code::CandidatesAccount.because(format!(
            "{named} is the candidate's account; where the login is wrong, correct it"
        )));
    }
    let account = find(ws, named)?;
    if account
        .settled
        .as_ref()
        .is_some_and(|settled| settled.side == side)
    {
        return Err(Code::SameSide.because(format!(
            "a lead has put {} on this side already",
            account.login
        )));
    }
    let settled = ws
        .sides
        .accounts
        .get(&account.id)
        .map_or(0, |record| record.settled.len());
    Ok((
        key::side_settled(account.id, settled + 1),
        EventBody::SideSettled {
            account: account.id,
            login: account.login.clone(),
            side,
            note: note.trim().to_owned(),
        },
    ))
}

/// By login, or by id where two accounts had the login one after the other.
fn find<'w>(ws: &'w WorkSample, named: &str) -> Result<&'w Account, Refusal> {
    let has_login: Vec<&Account> = ws
        .accounts
        .iter()
        .filter(|one| one.login.eq_ignore_ascii_case(named))
        .collect();
    let by_id = || {
        let id: u64 = named.parse().ok()?;
        ws.accounts.iter().find(|one| one.id == id)
    };
    match has_login.as_slice() {
        [only] => Ok(only),
        [] => by_id().ok_or_else(|| {
            let known: Vec<&str> = ws.accounts.iter().map(|one| one.login.as_str()).collect();
            let who = match known.as_slice() {
                [] => "nobody but the candidate has".to_owned(),
                known => format!("besides the candidate these have: {}", known.join(", ")),
            };
            Code::UnknownAccount.because(format!(
                "no account `{named}` wrote or pushed in this work sample; {who}"
            ))
        }),
        several => {
            let ids: Vec<String> = several.iter().map(|one| one.id.to_string()).collect();
            Err(Code::UnknownAccount.because(format!(
                "{} accounts had the login {named}; give the id of one: {}",
                several.len(),
                ids.join(", ")
            )))
        }
    }
}
