//! Remembers how requests with an `Idempotency-Key` were answered.
//!
//! A request *claims* its key before anything is charged. The claim says what to do: carry the request out, give the
//! stored answer, or refuse. Whoever carries a request out holds a [`Running`]; it stores the answer, or else frees the
//! key when it goes away, whichever way that happens.
//!
//! One mutex guards the keys. It is held for looking up and writing down only, never while the provider is asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::Response;
use crate::json::Json;

/// Seconds for which a stored answer is kept, counted from the answer.
pub const REMEMBERED_SECONDS: u64 = 24 * 60 * 60;

/// A key in the form that the API asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// 8 to 64 letters, digits, dashes and underscores; `None` for anything else.
    pub fn parse(text: &str) -> Option<Key> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        ((8..=64).contains(&text.len()) && text.bytes().all(known)).then(|| Key(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose key it is: every merchant has keys of its own, for nobody may see another's order by guessing a key.
type Name = (String, Key);

/// What is known of a key. The body is compared as JSON, for clients write it anew for each attempt.
enum Entry {
    Running { body: Json },
    Answered { body: Json, answer: Response },
}

#[derive(Default)]
struct Known {
    entries: HashMap<Name, Entry>,
    /// Every answered key with the second in which it was answered, oldest first.
    answered: VecDeque<(u64, Name)>,
}

#[derive(Default)]
pub struct Keys {
    known: Mutex<Known>,
}

/// What to do with a request that has a key.
pub enum Claim<'a> {
    /// Nobody has carried it out: do it, and tell the outcome to [`Running`].
    New(Running<'a>),
    /// It was carried out: this is the stored answer.
    Answered(Response),
    /// It is being carried out right now.
    InProgress,
    /// The key belongs to another body.
    Reused,
}

impl Keys {
    /// Claims a key for a body, at `now` in Unix seconds.
    pub fn claim(&self, merchant: &str, key: &Key, body: &Json, now: u64) -> Claim<'_> {
        let name = (merchant.to_owned(), key.clone());
        let mut known = self.lock();
        known.forget_before(now.saturating_sub(REMEMBERED_SECONDS));
        match known.entries.get(&name) {
            Some(Entry::Running { body: first } | Entry::Answered { body: first, .. })
                if first != body =>
            {
                Claim::Reused
            }
            Some(Entry::Running { .. }) => Claim::InProgress,
            Some(Entry::Answered { answer, .. }) => {
                Claim::Answered(answer.clone().with_header("Idempotency-Replayed", "true"))
            }
            None => {
                let entry = Entry::Running { body: body.clone() };
                known.entries.insert(name.clone(), entry);
                Claim::New(Running { keys: self, name })
            }
        }
    }

    /// The keys are written in single steps, so they are whole even if a thread panicked while it held them.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets the answers that were given in or before this second.
    fn forget_before(&mut self, second: u64) {
        while let Some((at, _)) = self.answered.front()
            && *at < second
        {
            if let Some((_, name)) = self.answered.pop_front() {
                self.entries.remove(&name);
            }
        }
    }
}

/// The right to carry out a request, and the duty to say how it went.
pub struct Running<'a> {
    keys: &'a Keys,
    name: Name,
}

impl Running<'_> {
    /// Stores the answer for later requests with this key.
    pub fn answered(self, answer: &Response, now: u64) {
        let mut known = self.keys.lock();
        if let Some(Entry::Running { body }) = known.entries.remove(&self.name) {
            let answer = answer.clone();
            known
                .entries
                .insert(self.name.clone(), Entry::Answered { body, answer });
            known.answered.push_back((now, self.name.clone()));
        }
    }
}

impl Drop for Running<'_> {
    /// Frees the key, unless an answer was stored.
    fn drop(&mut self) {
        let mut known = self.keys.lock();
        if let Some(Entry::Running { .. }) = known.entries.get(&self.name) {
            known.entries.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: i64) -> Response {
        Response::json(201, &Json::Number(number))
    }

    fn key(text: &str) -> Key {
        Key::parse(text).expect("a key")
    }

    #[test]
    fn keys_have_the_form_that_the_api_asks_for() {
        assert!(Key::parse("a-b_C-9z").is_some());
        assert!(Key::parse(&"k".repeat(64)).is_some());
        for text in [
            "",
            "seven-7",
            &"k".repeat(65),
            "with space",
            "schlüssel",
            "a.b.c.d.e",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_running_key_is_freed_when_its_attempt_goes_away_without_an_answer() {
        let keys = Keys::default();
        let body = Json::Null;
        let first = keys.claim("m", &key("key-00001"), &body, 0);
        assert!(matches!(first, Claim::New(_)));
        assert!(matches!(
            keys.claim("m", &key("key-00001"), &body, 0),
            Claim::InProgress
        ));
        drop(first);
        assert!(matches!(
            keys.claim("m", &key("key-00001"), &body, 0),
            Claim::New(_)
        ));
    }

    #[test]
    fn nothing_is_left_of_answers_that_are_older_than_they_have_to_be() {
        let keys = Keys::default();
        for second in 0..1_000 {
            let name = key(&format!("key-{second:05}"));
            if let Claim::New(running) = keys.claim("m", &name, &Json::Null, second) {
                running.answered(&answer(0), second);
            }
        }
        keys.claim(
            "m",
            &key("key-later"),
            &Json::Null,
            500 + REMEMBERED_SECONDS,
        );
        assert_eq!(keys.lock().entries.len(), 500);
        assert_eq!(keys.lock().answered.len(), 500);
    }
}
