//! Questions about what was recorded of deliveries.

use std::collections::{BTreeMap, BTreeSet};

use super::delivery::{Delivery, DeliveryRecord, ReadDelivery};
use super::event::NaturalKey;
use super::model::{Push, Side, WorkSample};
use super::parts::DeliveryOutcome;
use crate::ids::CommitSha;

impl WorkSample {
    /// The latest record of a delivery.
    pub fn record_of(&self, delivery: &NaturalKey) -> Option<&DeliveryRecord> {
        self.delivery_records
            .iter()
            .rev()
            .find(|record| &record.delivery == delivery)
    }

    /// The first delivery of the unchanged starter before this one that was not confirmed, with its commit.
    pub fn starter_asked_before(
        &self,
        read: &ReadDelivery,
    ) -> Option<(&DeliveryRecord, &CommitSha)> {
        self.delivery_records
            .iter()
            .filter(|record| {
                record.delivery != read.delivery
                    && record.declared_at <= read.declared_at
                    && self.record_of(&record.delivery) == Some(record)
            })
            .find_map(|record| match &record.outcome {
                DeliveryOutcome::StarterUnconfirmed { sha } => Some((record, sha)),
                DeliveryOutcome::Delivered { .. } | DeliveryOutcome::NotResolved { .. } => None,
            })
    }

    /// Was the starter with nothing changed delivered, confirmed or by a lead's word?
    pub fn starter_is_delivered(&self) -> bool {
        self.deliveries.iter().any(|delivery| delivery.starter)
    }

    /// The candidate's newest push before a delivery that the delivered commit leaves out: to another branch, later than
    /// the delivered commit was pushed, and not part of what was pushed to that commit's branch.
    pub fn left_out(&self, delivery: &Delivery) -> Option<&Push> {
        let sha = delivery.sha.as_ref()?;
        let brought = self
            .pushes
            .iter()
            .rfind(|push| push.at <= delivery.at && &push.after == sha);
        let (delivered_ref, delivered_at) = match brought {
            Some(push) => (Some(&push.git_ref), push.at),
            None if self.provisioning.first_commit.as_ref() == Some(sha) => {
                (None, self.provisioned_at?)
            }
            None => return None,
        };
        let part_of_it: BTreeSet<&CommitSha> = self
            .pushes
            .iter()
            .filter(|push| Some(&push.git_ref) == delivered_ref)
            .flat_map(|push| {
                std::iter::once(&push.after).chain(push.commits.iter().map(|commit| &commit.sha))
            })
            .collect();
        let mut heads: BTreeMap<&str, &Push> = BTreeMap::new();
        for push in self.pushes.iter().filter(|push| push.at <= delivery.at) {
            heads.insert(&push.git_ref, push);
        }
        heads
            .into_values()
            .filter(|push| push.side == Side::Candidate && push.git_ref.starts_with("refs/heads/"))
            .filter(|push| Some(&push.git_ref) != delivered_ref && !push.after.is_zero())
            .filter(|push| push.at > delivered_at && !part_of_it.contains(&push.after))
            .max_by_key(|push| push.at)
    }
}
