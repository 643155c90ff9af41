//! How often sign-ins ask GitHub.
//!
//! Everybody can begin a sign-in and send an answer with a made-up code to the callback; each one that is checked is a call to
//! GitHub. So they are counted for each minute, in the database, because several processes share GitHub's patience. What a
//! stranger uses up is not taken from those who are known: a browser in which a person signed in before counts under that
//! person, and one that reaches this process without a proxy counts under its address. Only clients that nothing is known of
//! share one limit. An answer whose `state` is not its browser's is refused before, and one-time links are not counted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::Duration;

use super::{Services, WorkflowError};
use crate::clock::Timestamp;
use crate::ids::PersonId;

/// So many sign-ins of clients that nothing is known of are checked at GitHub in a minute.
const MOST_OF_UNKNOWN: u32 = 120;
/// So many of one person's browsers.
const MOST_OF_A_PERSON: u32 = 10;
/// So many of the addresses that are counted together.
const MOST_OF_ADDRESSES: u32 = 20;
/// Addresses are counted in so many parts: what is stored, and what is asked of GitHub, stays bounded.
const PARTS: u64 = 64;
/// What sign-ins are counted under.
const NAME: &str = "github sign-ins";

/// Who signs in, as far as it is known before GitHub is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// The browser shows that this person signed in with it before.
    Person(PersonId),
    /// The address at the other end of the connection, where no proxy is in between.
    Address(IpAddr),
    Unknown,
}

/// What a client is counted under, and how many there may be in a minute.
struct Limit {
    name: String,
    most: u32,
}

impl Limit {
    fn of(client: &Client) -> Limit {
        match client {
            Client::Person(id) => Limit {
                name: format!("{NAME} of {id}"),
                most: MOST_OF_A_PERSON,
            },
            // A private address is most likely a proxy's.
            Client::Address(address) if is_public(address) => Limit {
                name: format!("{NAME} from addresses {}", part(address)),
                most: MOST_OF_ADDRESSES,
            },
            Client::Address(_) | Client::Unknown => Limit {
                name: NAME.to_owned(),
                most: MOST_OF_UNKNOWN,
            },
        }
    }

    /// How many there are with the one at `now`. `state` is the minute and the number of those before.
    fn counted(&self, state: Option<&str>, now: Timestamp) -> Result<u32, WorkflowError> {
        let before = state
            .and_then(|state| state.split_once(' '))
            .filter(|(counted_in, _)| counted_in.parse() == Ok(minute(now)))
            .and_then(|(_, count)| count.parse::<u32>().ok())
            .unwrap_or(0);
        if before < self.most {
            return Ok(before + 1);
        }
        let (most, seconds) = (self.most, 60 - now.timestamp().rem_euclid(60));
        Err(WorkflowError::Later {
            code: "too_many_sign_ins",
            message: format!(
                "there were {most} sign-ins with GitHub in this minute: try again in {seconds} s, or ask a lead for a link"
            ),
            until: now + Duration::seconds(seconds),
        })
    }
}

/// Counts a sign-in that is about to be checked at GitHub.
///
/// # Errors
/// `too_many_sign_ins` where there were as many in this minute as there may be.
pub async fn count(services: &Services, client: &Client) -> Result<(), WorkflowError> {
    let (limit, now) = (Limit::of(client), services.now());
    let name = limit.name.clone();
    let seen = services.store.read(move |tx| tx.budget(&name)).await?;
    limit.counted(seen.as_deref(), now)?;
    services
        .store
        .write(move |tx| {
            let count = limit.counted(tx.budget(&limit.name)?.as_deref(), now)?;
            let state = format!("{} {count}", minute(now));
            Ok::<_, WorkflowError>(tx.keep_budget(&limit.name, &state, now)?)
        })
        .await
}

/// The minute of a time, counted from 1970.
fn minute(now: Timestamp) -> i64 {
    now.timestamp().div_euclid(60)
}

fn is_public(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address == Ipv4Addr::UNSPECIFIED
                || is_shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address == Ipv6Addr::UNSPECIFIED
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}

/// In which part an address is counted: the same in every process. One subscriber has a whole /64 of IPv6.
fn part(address: &IpAddr) -> u64 {
    let bytes = match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    };
    // FNV-1a, whose low bits are mixed with its high ones.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(address: &str) -> Limit {
        Limit::of(&Client::Address(address.parse().unwrap()))
    }

    #[test]
    fn sign_ins_beyond_the_limit_wait_for_the_next_minute() {
        let now: Timestamp = "2026-03-02T09:00:45Z".parse().unwrap();
        let limit = Limit::of(&Client::Unknown);
        assert_eq!(limit.counted(None, now).unwrap(), 1);
        let full = format!("{} {MOST_OF_UNKNOWN}", minute(now));
        let refused = limit.counted(Some(&full), now).unwrap_err();
        assert_eq!(refused.code(), "too_many_sign_ins");
        assert!(refused.to_string().contains("in 15 s,"), "{refused}");
        let next = now + Duration::seconds(15);
        assert_eq!(limit.counted(Some(&full), next).unwrap(), 1);
        let almost = format!("{} {}", minute(now), MOST_OF_UNKNOWN - 1);
        assert_eq!(limit.counted(Some(&almost), now).unwrap(), MOST_OF_UNKNOWN);
        assert_eq!(limit.counted(Some("unreadable"), now).unwrap(), 1);
    }

    #[test]
    fn address_behind_a_proxy_counts_with_the_unknown_ones() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "::ffff:192.168.0.1",
        ] {
            assert_eq!(limit(address).name, NAME, "{address}");
        }
        for address in ["8.8.8.8", "100.128.0.1", "2a00::1"] {
            assert_ne!(limit(address).name, NAME, "{address}");
        }
    }

    #[test]
    fn addresses_of_one_subscriber_count_together_and_others_apart() {
        assert_eq!(
            limit("2a00:1:2:3::1").name,
            limit("2a00:1:2:3:ffff::2").name
        );
        let names: std::collections::BTreeSet<String> = (0..=255_u8)
            .map(|last| limit(&format!("203.0.113.{last}")).name)
            .collect();
        assert!((32..=64).contains(&names.len()), "{names:?}");
    }
}
