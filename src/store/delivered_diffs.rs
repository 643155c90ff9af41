//! What delivered commits changed, kept so that reviewers can read it after the repository is gone.

use diesel::prelude::*;

use super::body::Body;
use super::db::on_each;
use super::error::StoreError;
use super::schema::delivered_diffs;
use super::tx::{ReadTx, Tx};
use crate::ids::{CommitSha, WorkSampleId};

/// The changes of a delivered commit against the first commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredDiff {
    /// As git prints them.
    pub text: Vec<u8>,
    /// False where it was cut.
    pub whole: bool,
}

impl Tx<'_> {
    /// Keeps the changes of a commit. The same commit's are kept once.
    pub fn keep_diff(
        &mut self,
        id: &WorkSampleId,
        sha: &CommitSha,
        diff: &DeliveredDiff,
    ) -> Result<(), StoreError> {
        let body = Body::of(&diff.text);
        let row = (
            delivered_diffs::work_sample_id.eq(id.as_str()),
            delivered_diffs::sha.eq(sha.as_str()),
            delivered_diffs::packed.eq(body.packed),
            delivered_diffs::body.eq(body.bytes),
            delivered_diffs::whole.eq(diff.whole),
        );
        self.run(|db| {
            on_each!(db, connection => diesel::insert_into(delivered_diffs::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(connection))
        })
        .map(drop)
    }
}

impl ReadTx<'_> {
    pub fn diff(
        &mut self,
        id: &WorkSampleId,
        sha: &CommitSha,
    ) -> Result<Option<DeliveredDiff>, StoreError> {
        let row: Option<(bool, Vec<u8>, bool)> = self.run(|db| {
            delivered_diffs::table
                .find((id.as_str(), sha.as_str()))
                .select((
                    delivered_diffs::packed,
                    delivered_diffs::body,
                    delivered_diffs::whole,
                ))
                .first(db)
                .optional()
        })?;
        row.map(|(packed, bytes, whole)| {
            let text = Body { packed, bytes }.unpacked()?.into_owned();
            Ok(DeliveredDiff { text, whole })
        })
        .transpose()
    }
}
