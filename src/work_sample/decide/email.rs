//! Another e-mail address of the candidate's: the one that was known was wrong. It can be corrected until the work sample is
//! closed, because messages are sent after the end, too.

use crate::plain_text::{is_email, shortened};
use crate::work_sample::command::Refusal;
use crate::work_sample::event::{EventBody, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::{State, WorkSample};
use crate::work_sample::refusal::RefusalCode as Code;

/// Addresses are compared letter by letter: a correction of capital letters alone is one, too.
pub(super) fn correct_email(
    ws: &WorkSample,
    email: &str,
) -> Result<(NaturalKey, EventBody), Refusal> {
    match ws.state {
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Provisioned
        | State::InProgress
        | State::Delivered
        | State::Assessed
        | State::Decided
        | State::Declined
        | State::Expired
        | State::Withdrawn
        | State::Cancelled => {}
        State::Closed => {
            return Err(Code::AlreadyClosed.because("it is closed; no messages are sent any more"));
        }
    }
    let email = email.trim();
    if !is_email(email) {
        return Err(Code::EmailInvalid.because(format!(
            "`{}` is not an e-mail address",
            shortened(email, 80)
        )));
    }
    if ws.email.as_deref() == Some(email) {
        return Err(Code::SameEmail.because(format!("the e-mail address is {email} already")));
    }
    Ok((
        key::email_corrected(ws.email_corrections + 1),
        EventBody::EmailCorrected {
            email: email.to_owned(),
        },
    ))
}
