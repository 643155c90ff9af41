//! Identifiers as types of their own, so that a job's id is never taken for a work sample's. Prefixed and time-ordered:
//! a person who reads `ws_…` in a log knows what it is, and indexes stay compact.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;

/// Where ids come from. Passed in, so that a run can be replayed.
pub trait IdSource: Send + Sync + 'static {
    /// 16 bytes never handed out before.
    fn next(&self, now: Timestamp) -> Uuid;

    /// 32 bytes that nobody can guess.
    fn secret(&self) -> [u8; 32];
}

pub type SharedIds = Arc<dyn IdSource>;

/// Ids for production: UUID version 7, random but for the time.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let mut random = [0_u8; 10];
        random.copy_from_slice(&Uuid::new_v4().as_bytes()[..10]);
        uuid::Builder::from_unix_timestamp_millis(millis(now), &random).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        // Each holds 122 bits from the operating system's generator.
        let mut hash = Sha256::new();
        for random in [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()] {
            hash.update(random.as_bytes());
        }
        hash.finalize().into()
    }
}

/// Ids that repeat for a seed: the same seed and the same order of calls give the same ids.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    counter: AtomicU64,
}

impl SeededIds {
    pub fn new(seed: u64) -> Self {
        SeededIds {
            seed,
            counter: AtomicU64::new(0),
        }
    }
}

impl IdSource for SeededIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let hash = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(count.to_be_bytes())
            .finalize();
        let mut random = [0_u8; 10];
        random.copy_from_slice(&hash[..10]);
        uuid::Builder::from_unix_timestamp_millis(millis(now), &random).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        Sha256::new()
            .chain_update(b"secret")
            .chain_update(self.seed.to_be_bytes())
            .chain_update(count.to_be_bytes())
            .finalize()
            .into()
    }
}

fn millis(now: Timestamp) -> u64 {
    u64::try_from(now.timestamp_millis()).unwrap_or(0)
}

/// The time that an id made elsewhere holds, to the microsecond; `None` for texts that are no UUID, or one without a time.
pub fn time_of_uuid(text: &str) -> Option<Timestamp> {
    let (seconds, nanos) = text.parse::<Uuid>().ok()?.get_timestamp()?.to_unix();
    let micros = nanos / 1000 * 1000;
    chrono::DateTime::from_timestamp(i64::try_from(seconds).ok()?, micros)
}

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: it should look like `{example}`")]
pub struct InvalidId {
    pub text: String,
    pub what: &'static str,
    pub example: &'static str,
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $what:literal, $example:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(InvalidId { text: $crate::plain_text::shortened(text, 80), what: $what, example: $example })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn prefixed_hex(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == 32
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

fn letter_then_digits(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (1..=3).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit())
    })
}

fn hex_of(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn kebab(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

text_newtype!(
    /// One candidate doing one published spec version.
    WorkSampleId, "a work sample's id", "ws_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "ws_"));
text_newtype!(
    /// One piece of queued work.
    JobId, "a job's id", "job_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "job_"));
text_newtype!(
    /// Many candidates launched on one spec version from one list.
    BatchId, "a batch's id", "batch_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "batch_"));
text_newtype!(
    /// One person of the team.
    PersonId, "a person's id", "person_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "person_"));
text_newtype!(
    /// One message to one recipient.
    MessageId, "a message's id", "msg_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "msg_"));
text_newtype!(
    /// A token for the API that is a row. It names the token and opens nothing.
    ApiTokenId, "an API token's id", "token_019a8f0c6b7e7d2c9f3e5a1b2c3d4e5f", |t| prefixed_hex(t, "token_"));
text_newtype!(
    /// The content address of a published spec version: the SHA-256 of its canonical bundle.
    SpecDigest, "a spec digest", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    |t| t.strip_prefix("sha256:").is_some_and(|h| hex_of(h, &[64])));
text_newtype!(
    /// A full commit id, SHA-1 or SHA-256, in lower-case hexadecimal.
    CommitSha, "a full commit SHA", "da39a3ee5e6b4b0d3255bfef95601890afd80709", |t| hex_of(t, &[40, 64]));
text_newtype!(
    /// A spec's short name, as in `specs/<slug>/`.
    Slug, "a slug", "order-idempotency", kebab);
text_newtype!(
    /// A requirement (`R3`) or non-goal (`N1`) of a brief.
    ClauseId, "a clause id", "R3", |t| letter_then_digits(t, "R") || letter_then_digits(t, "N"));
text_newtype!(
    /// An acceptance criterion.
    CriterionId, "a criterion id", "AC-2", |t| letter_then_digits(t, "AC-"));
text_newtype!(
    /// Something a spec leaves open on purpose.
    GapId, "a gap id", "G2", |t| letter_then_digits(t, "G"));
text_newtype!(
    /// One plausible way to fill a gap; what a probe prints after `built:`.
    InterpretationId, "an interpretation id", "keep-first", kebab);
text_newtype!(
/// A GitHub account name. That of a managed user ends in `_` and its enterprise's short code.
Login, "a GitHub login", "octo-cat", |t| {
    let (name, code) = t.split_once('_').unwrap_or((t, "none"));
    (1..=39).contains(&t.len())
        && !name.is_empty()
        && !name.starts_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !code.is_empty()
        && code.bytes().all(|b| b.is_ascii_alphanumeric())
});

impl WorkSampleId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        WorkSampleId(format!("ws_{}", ids.next(now).simple()))
    }

    /// The last eight characters: random, short enough for a repository's name.
    pub fn short(&self) -> &str {
        &self.0[self.0.len() - 8..]
    }
}

impl MessageId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        MessageId(format!("msg_{}", ids.next(now).simple()))
    }
}

impl BatchId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        BatchId(format!("batch_{}", ids.next(now).simple()))
    }
}

impl PersonId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        PersonId(format!("person_{}", ids.next(now).simple()))
    }
}

impl ApiTokenId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        ApiTokenId(format!("token_{}", ids.next(now).simple()))
    }
}

impl JobId {
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        JobId(format!("job_{}", ids.next(now).simple()))
    }
}

impl SpecDigest {
    /// The digest of a canonical bundle (see `spec::bundle`).
    pub fn of(bytes: &[u8]) -> Self {
        SpecDigest(format!("sha256:{}", hex::encode(Sha256::digest(bytes))))
    }

    /// The first twelve hexadecimal digits, for people.
    pub fn short(&self) -> &str {
        &self.0[7..19]
    }
}

impl CommitSha {
    /// The first seven digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    /// Git's way of saying "no commit" (a branch created or deleted).
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl Login {
    /// GitHub logins are compared without regard to case.
    pub fn same_as(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }

    /// Is it an account that an enterprise manages? Only their logins hold an underscore.
    pub fn is_managed(&self) -> bool {
        self.0.contains('_')
    }

    /// A warning for the person who gives this login.
    pub fn warning(&self) -> Option<String> {
        self.is_managed().then(|| {
            format!(
                "`{self}` is the login of a managed user, who can join repositories of their own enterprise only: give the login of a personal account if the organisation belongs to another"
            )
        })
    }
}

impl ClauseId {
    /// `N…` names a non-goal, `R…` a requirement.
    pub fn is_non_goal(&self) -> bool {
        self.0.starts_with('N')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SimulatedClock};
    use proptest::prelude::*;

    fn some_time() -> Timestamp {
        SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap()).now()
    }

    #[test]
    fn uuid_with_a_time_shows_it_and_others_show_none() {
        let shown = time_of_uuid("72d3162e-cc78-11e3-81ab-4c9367dc0958");
        assert_eq!(shown, "2014-04-25T12:52:24.582507Z".parse().ok());
        let own = RandomIds.next(some_time()).to_string();
        assert_eq!(time_of_uuid(&own), Some(some_time()));
        for other in ["6ba7b810-9dad-41d1-80b4-00c04fd430c8", "delivery-1", ""] {
            assert_eq!(time_of_uuid(other), None, "{other}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_in_the_same_order() {
        let (one, two) = (SeededIds::new(7), SeededIds::new(7));
        let a = WorkSampleId::new(&one, some_time());
        assert_eq!(a, WorkSampleId::new(&two, some_time()));
        assert_ne!(a, WorkSampleId::new(&two, some_time()));
    }

    #[test]
    fn an_id_survives_the_way_through_text_and_another_kind_of_id_is_refused() {
        let id = WorkSampleId::new(&RandomIds, some_time());
        assert_eq!(id.as_str().parse::<WorkSampleId>().unwrap(), id);
        let error = id.as_str().parse::<JobId>().unwrap_err();
        assert!(error.to_string().contains("is not a job's id"), "{error}");
    }

    #[test]
    fn random_ids_do_not_repeat_within_one_microsecond() {
        let now = some_time();
        let ids: std::collections::BTreeSet<_> = (0..1000)
            .map(|_| WorkSampleId::new(&RandomIds, now))
            .collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn login_of_managed_user_is_accepted_with_a_warning() {
        let managed: Login = "mona-cat_acme".parse().unwrap();
        assert!(managed.is_managed());
        assert!(managed.warning().unwrap().contains("own enterprise only"));
        let personal: Login = "mona-cat".parse().unwrap();
        assert_eq!(personal.warning(), None);
        for odd in [
            "_",
            "_acme",
            "mona_",
            "mona__acme",
            "mona_ac_me",
            "mona_a-b",
            "-m_acme",
        ] {
            assert!(odd.parse::<Login>().is_err(), "{odd}");
        }
        let long = format!("{}_acme", "m".repeat(35));
        assert!(long.parse::<Login>().is_err(), "40 characters");
    }

    proptest! {
        #[test]
        fn login_accepts_names_and_short_codes_and_nothing_else(text in "[a-zA-Z0-9_.@/ -]{0,42}") {
            let letters = |part: &str, dash: bool| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_ascii_alphanumeric() || (dash && c == '-'))
            };
            let expected = text.len() <= 39
                && !text.starts_with('-')
                && match text.split('_').collect::<Vec<_>>()[..] {
                    [name] => letters(name, true),
                    [name, code] => letters(name, true) && letters(code, false),
                    _ => false,
                };
            prop_assert_eq!(text.parse::<Login>().is_ok(), expected);
        }
    }

    #[test]
    fn logins_paths_and_shas_that_could_mean_something_else_are_refused() {
        assert!("../etc".parse::<Login>().is_err());
        assert!("-x".parse::<Login>().is_err());
        assert!("HEAD".parse::<CommitSha>().is_err());
        assert!("Upper-Case".parse::<Slug>().is_err());
    }
}
