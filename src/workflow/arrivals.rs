//! Where deliveries are written: GitHub sends them in bursts, so those that wait are written together.

use std::collections::BTreeMap;

use crate::store::{DeliveryRow, NewJob, Store, Together};

/// A delivery that was found right, and the job that will read it.
pub struct Arrived {
    pub repository: u64,
    pub delivery: DeliveryRow,
    pub job: NewJob,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// On disk, with its job.
    Kept,
    /// On disk already.
    Known,
    /// No work sample has the repository.
    Elsewhere,
}

/// The door at which deliveries are written.
pub type Arrivals = Together<Arrived, Arrival>;

/// Opens that door.
pub fn arrivals(store: &Store) -> Arrivals {
    store.together(|tx, arrived: &[Arrived]| {
        // Most of a burst is about one repository.
        let mut known = BTreeMap::new();
        arrived
            .iter()
            .map(|one| {
                let is_known = match known.get(&one.repository) {
                    Some(known) => *known,
                    None => tx.knows_repository(one.repository)?,
                };
                known.insert(one.repository, is_known);
                if !is_known {
                    return Ok(Arrival::Elsewhere);
                }
                if !tx.insert_delivery(&one.delivery)? {
                    return Ok(Arrival::Known);
                }
                tx.enqueue(&one.job, one.job.run_at)?;
                Ok(Arrival::Kept)
            })
            .collect()
    })
}
