//! Personal links for those who were offered something, for a lead to hand over.

use super::results::{CandidateToken, LineResult};
use crate::work_sample::State;
use crate::workflow::{Services, WorkflowError, offer_links};

/// The results with a new personal link for everybody whose work sample has not ended. Links made before stay good.
pub async fn with_links(
    services: &Services,
    public_url: &str,
    mut lines: Vec<LineResult>,
    by: &str,
) -> Result<Vec<LineResult>, WorkflowError> {
    let open = lines
        .iter()
        .filter(|line| {
            line.work_sample_state
                .is_some_and(|state| !has_ended(state))
        })
        .filter_map(|line| line.work_sample.clone());
    let mut made = offer_links::make_for(services, public_url, open.collect(), by).await?;
    for line in &mut lines {
        let url = line.work_sample.as_ref().and_then(|id| made.remove(id));
        line.link = url.map(CandidateToken);
    }
    Ok(lines)
}

fn has_ended(state: State) -> bool {
    match state {
        State::Declined | State::Expired | State::Withdrawn | State::Cancelled | State::Closed => {
            true
        }
        State::Drafted
        | State::Offered
        | State::Accepted
        | State::Provisioned
        | State::InProgress
        | State::Delivered
        | State::Assessed
        | State::Decided => false,
    }
}
