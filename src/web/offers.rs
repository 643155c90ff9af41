//! What opens an offer: its address, and the candidate's token, made when a lead asks for it and never kept.

use chrono::Duration;

use super::tokens::{Bearer, TokenError, Tokens};
use crate::clock::Timestamp;
use crate::ids::WorkSampleId;
use crate::workflow::launch_many::{CandidateToken, LineResult};

/// A candidate's token outlives the offer, the work and the pay.
const CANDIDATE_TOKEN_DAYS: i64 = 180;

/// Where a candidate reads their offer, with their token.
pub fn offer_url(public_url: &str) -> String {
    format!("{}/api/v1/offer", public_url.trim_end_matches('/'))
}

/// The token that opens one work sample's offer to its candidate.
pub fn candidate_token(
    tokens: &Tokens,
    work_sample: &WorkSampleId,
    now: Timestamp,
) -> Result<String, TokenError> {
    let bearer = Bearer::Candidate {
        work_sample: work_sample.clone(),
    };
    tokens.make(&bearer, Duration::days(CANDIDATE_TOKEN_DAYS), now)
}

/// The results with a token for everybody who was offered.
pub fn with_tokens(
    mut lines: Vec<LineResult>,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<Vec<LineResult>, TokenError> {
    for line in &mut lines {
        if let Some(id) = &line.work_sample {
            line.candidate_token = Some(CandidateToken(candidate_token(tokens, id, now)?));
        }
    }
    Ok(lines)
}
