//! Stories in which the sides of accounts are looked up.

use super::{Story, at};
use crate::work_sample::event::{Actor, EventBody, Happening};
use crate::work_sample::key;
use crate::work_sample::parts::{AccountSide, SideReason};

impl Story {
    /// As if it had been drafted by a version that looks sides up.
    pub fn looking_up_sides(mut self) -> Story {
        for happening in &mut self.happenings {
            if let EventBody::Drafted { looks_up_sides, .. } = &mut happening.body {
                *looks_up_sides = true;
            }
        }
        self
    }

    /// The account of [`team`] was looked up.
    pub fn looked_up(&mut self, minute: i64, side: AccountSide, because: SideReason) {
        let earlier = |one: &&Happening| matches!(one.body, EventBody::AccountLookedUp { .. });
        let n = self.happenings.iter().filter(earlier).count() + 1;
        let body = EventBody::AccountLookedUp {
            account: 8,
            login: "lee".to_owned(),
            side,
            because,
        };
        self.add(
            key::account_looked_up(8, n),
            Actor::Service,
            at(minute),
            body,
        );
    }
}
