//! What a delivery changed, as it was kept when the delivery was assessed.

use super::{Services, WorkflowError};
use crate::ids::{CommitSha, WorkSampleId};
use crate::text_diff::{FileDiff, parse_git_diff};

/// The changes of a delivered commit, file by file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    pub files: Vec<FileDiff>,
    /// False where it was so long that the end was not kept.
    pub whole: bool,
}

/// The changes of a commit; `None` where none were kept, as for those that an earlier version assessed.
///
/// # Errors
/// The database.
pub async fn changes(
    services: &Services,
    id: &WorkSampleId,
    sha: &CommitSha,
) -> Result<Option<Changes>, WorkflowError> {
    let (id, sha) = (id.clone(), sha.clone());
    let kept = services.store.read(move |tx| tx.diff(&id, &sha)).await?;
    Ok(kept.map(|kept| Changes {
        files: parse_git_diff(&String::from_utf8_lossy(&kept.text)),
        whole: kept.whole,
    }))
}
