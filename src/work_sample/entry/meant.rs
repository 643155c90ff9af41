//! Finds the command that somebody probably meant by a word that is no command.
//!
//! A wrong guess is noise, a missed one loses work. So a word has to be a known synonym of a command, or within two typing
//! errors of a command or of a long synonym, and must not be a word of the spec, such as a route, or a common word that is that close by chance.

use std::collections::BTreeSet;

use super::COMMANDS;
use crate::spec::SpecVersion;
use crate::work_sample::model::Side;

/// The candidate's commands with their synonyms.
const CANDIDATE: &[(&str, &[&str])] = &[
    (
        "question",
        &[
            "ask",
            "asking",
            "query",
            "clarify",
            "clarification",
            "help",
            "q",
        ],
    ),
    (
        "progress",
        &["update", "updates", "status", "report", "standup"],
    ),
    (
        "decision",
        &[
            "decide",
            "decided",
            "decisions",
            "choose",
            "choice",
            "assumption",
        ],
    ),
    (
        "deliver",
        &[
            "submit",
            "submitted",
            "submission",
            "submitting",
            "deliverable",
            "delivering",
            "delivered",
            "done",
            "finish",
            "finished",
            "complete",
            "completed",
            "hand-in",
            "handin",
            "turn-in",
            "turnin",
            "ship",
            "shipped",
            "ready",
        ],
    ),
];

/// The team's commands with their synonyms.
const TEAM: &[(&str, &[&str])] = &[
    (
        "answer",
        &[
            "reply", "replied", "respond", "response", "resolve", "resolved",
        ],
    ),
    (
        "confirm",
        &[
            "approve",
            "approved",
            "ok",
            "okay",
            "lgtm",
            "accept",
            "accepted",
            "agree",
            "agreed",
            "yes",
            "ack",
            "acknowledge",
            "confirmation",
        ],
    ),
    (
        "redirect",
        &[
            "reject",
            "rejected",
            "decline",
            "declined",
            "disagree",
            "deny",
            "denied",
            "change",
            "redirection",
        ],
    ),
];

/// Words that are close to a command by chance.
const COMMON: &[&str] = &[
    "agrees",
    "baseline",
    "chance",
    "changes",
    "channel",
    "charge",
    "choices",
    "classification",
    "close",
    "closed",
    "compete",
    "completes",
    "config",
    "confine",
    "conform",
    "deadline",
    "decode",
    "decoded",
    "define",
    "defined",
    "delver",
    "device",
    "direct",
    "division",
    "driver",
    "handle",
    "handled",
    "indirect",
    "precision",
    "process",
    "recipe",
    "regress",
    "relive",
    "reliever",
    "replica",
    "repos",
    "resolver",
    "resort",
    "responses",
    "retort",
    "retry",
    "revision",
    "revolve",
    "skipped",
    "slipped",
    "startup",
    "state",
    "states",
    "static",
    "statics",
    "stats",
    "statues",
    "statute",
    "stopped",
    "subject",
    "submissions",
    "summit",
];

/// Words longer than this are never near a command.
const LONGEST: usize = 24;

/// The command that `word`, which follows a slash, was probably meant to be. A candidate's words are compared with the
/// candidate's commands only, and the team's with the team's.
pub fn meant(word: &str, side: Side, spec: &SpecWords) -> Option<&'static str> {
    let word = word.to_lowercase().replace('_', "-");
    let commands = match side {
        Side::Candidate => CANDIDATE,
        Side::Team => TEAM,
        _ => return None,
    };
    let letters = word.chars().count();
    let is_word = word.chars().all(|c| c.is_alphabetic() || c == '-') && letters <= LONGEST;
    let is_command = COMMANDS.iter().any(|(command, _)| *command == word);
    if !is_word || is_command || spec.holds(&word) {
        return None;
    }
    let synonym = commands
        .iter()
        .find(|(_, synonyms)| synonyms.contains(&word.as_str()));
    if let Some((command, _)) = synonym {
        return Some(command);
    }
    if COMMON.contains(&word.as_str()) {
        return None;
    }
    let most = if letters < 4 { 1 } else { 2 };
    let near_command = commands
        .iter()
        .map(|(command, _)| (strsim::damerau_levenshtein(&word, command), *command))
        .filter(|(distance, _)| *distance <= most)
        .min();
    let near_synonym = || {
        commands
            .iter()
            .flat_map(|(command, synonyms)| synonyms.iter().map(move |one| (*one, *command)))
            .filter_map(|(synonym, command)| Some((errors_in(&word, synonym)?, command)))
            .min()
    };
    near_command
        .or_else(near_synonym)
        .map(|(_, command)| command)
}

/// The typing errors that make `word` of a synonym, if it can be one. Synonyms are everyday words and have neighbours: in a
/// short one only letters that changed places count, and with two errors the first letter stays.
fn errors_in(word: &str, synonym: &str) -> Option<usize> {
    let distance = strsim::damerau_levenshtein(word, synonym);
    let is_possible = match synonym.len() {
        0..=3 => false,
        4..=5 => distance == 1 && sorted(word) == sorted(synonym),
        _ => {
            distance == 1
                || distance == 2 && word.len() > 4 && word.chars().next() == synonym.chars().next()
        }
    };
    is_possible.then_some(distance)
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// The words that a spec uses behind a slash: routes in its texts and in the starter, and what lies at the starter's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecWords(BTreeSet<String>);

impl SpecWords {
    /// Those of one version. What the candidate does not see is left out: they cannot mean it.
    pub fn of(version: &SpecVersion) -> SpecWords {
        let mut words = SpecWords::default();
        let spec = &version.spec;
        words.read(&version.brief.text);
        words.read(&spec.title);
        words.read(&spec.summary);
        for clause in &spec.clauses {
            words.read(&clause.title);
        }
        for criterion in spec.criteria.iter().filter(|one| !one.hidden) {
            words.read(&criterion.title);
        }
        for (path, file) in &version.folder.files {
            let Some(below) = path.strip_prefix("starter/") else {
                continue;
            };
            words.add(below.split('/').next().unwrap_or_default());
            if let Some(text) = file.as_text() {
                words.read(text);
            }
        }
        words
    }

    /// Is it one of them?
    pub fn holds(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    fn add(&mut self, word: &str) {
        if !word.is_empty() {
            self.0.insert(word.to_lowercase().replace('_', "-"));
        }
    }

    /// Adds the parts of every absolute path and of every address. `src/main.rs` is neither, nor is `and/or`.
    fn read(&mut self, text: &str) {
        let belongs = |c: char| c.is_alphanumeric() || "-_/.:{}?=&".contains(c);
        let mut rest = text;
        while let Some(start) = rest.find(belongs) {
            let ended = rest[..start].ends_with('<');
            let found = &rest[start..];
            let end = found.find(|c| !belongs(c)).unwrap_or(found.len());
            let path = &found[..end];
            // `</b>` closes an element, and `//` begins a comment.
            let is_path = path.starts_with('/') && !path.starts_with("//") && !ended;
            if is_path || path.contains("://") {
                for part in path.split(['/', '?', '&', '=', '.', ':']) {
                    self.add(part);
                }
            }
            rest = &found[end..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(side: Side, word: &str) -> Option<&'static str> {
        meant(word, side, &SpecWords::default())
    }

    #[test]
    fn synonyms_and_typing_errors_lead_to_the_command() {
        for (word, command) in [
            ("submit", "deliver"),
            ("Delivered", "deliver"),
            ("delivery", "deliver"),
            ("delvier", "deliver"),
            ("hand_in", "deliver"),
            ("done", "deliver"),
            ("ask", "question"),
            ("quesiton", "question"),
            ("update", "progress"),
            ("progess", "progress"),
            ("decide", "decision"),
            ("desicion", "decision"),
            ("finsih", "deliver"),
            ("sumbit", "deliver"),
            ("submitt", "deliver"),
            ("completd", "deliver"),
            ("doen", "deliver"),
            ("raedy", "deliver"),
            ("udpate", "progress"),
            ("asumption", "decision"),
        ] {
            assert_eq!(of(Side::Candidate, word), Some(command), "{word}");
        }
        for (word, command) in [
            ("answr", "answer"),
            ("reply", "answer"),
            ("ok", "confirm"),
            ("confrim", "confirm"),
            ("redirct", "redirect"),
            ("reject", "redirect"),
            ("aprove", "confirm"),
            ("approvde", "confirm"),
            ("rejcet", "redirect"),
        ] {
            assert_eq!(of(Side::Team, word), Some(command), "{word}");
        }
    }

    #[test]
    fn each_side_is_compared_with_its_own_commands() {
        for word in ["answr", "approve", "confrim"] {
            assert_eq!(of(Side::Candidate, word), None, "{word}");
        }
        for word in ["submit", "delivr", "progess"] {
            assert_eq!(of(Side::Team, word), None, "{word}");
        }
        assert_eq!(of(Side::Service, "submit"), None);
    }

    #[test]
    fn commands_and_unrelated_words_have_no_guess() {
        for (command, _) in COMMANDS {
            assert_eq!(of(Side::Candidate, command), None, "{command}");
            assert_eq!(of(Side::Team, command), None, "{command}");
        }
        for word in [
            "orders",
            "users",
            "api",
            "etc",
            "health",
            "v1",
            "submit2",
            "as",
            "driver",
            "division",
            "process",
            "livre",
            "an",
            "a",
            "",
            "submit-the-order-to-the-queue-now",
            "export",
            "import",
            "shop",
            "read",
            "states",
            "stats",
            "static",
            "date",
            "dates",
            "upload",
            "close",
            "items",
            "search",
            "login",
            "admin",
            "metrics",
            "docs",
            "products",
            "customers",
            "payments",
            "events",
            "messages",
            "sessions",
            "tokens",
        ] {
            assert_eq!(of(Side::Candidate, word), None, "{word}");
        }
        for word in [
            "config",
            "direct",
            "server",
            "users",
            "an",
            "change-log",
            "charge",
            "define",
            "deadline",
            "channel",
        ] {
            assert_eq!(of(Side::Team, word), None, "{word}");
        }
    }

    #[test]
    fn words_that_the_spec_uses_in_paths_have_no_guess() {
        let mut words = SpecWords::default();
        words.read(
            "`POST /orders/{id}/submit` and https://x.test/status?update=1. When done, reply/answer. \
             </report> //complete a/finish",
        );
        words.add("ship");
        for word in ["submit", "status", "update", "ship"] {
            assert_eq!(meant(word, Side::Candidate, &words), None, "{word}");
        }
        for word in ["done", "report", "complete", "finish"] {
            assert_eq!(
                meant(word, Side::Candidate, &words),
                Some(if word == "report" {
                    "progress"
                } else {
                    "deliver"
                }),
                "{word}"
            );
        }
    }
}
