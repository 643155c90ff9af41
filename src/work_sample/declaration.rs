//! Which commit a `/deliver` means: what its words name, and what that is by the facts that are known.

use super::event::NaturalKey;
use super::parts::Place;
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// What the words behind a `/deliver` name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nothing: the head of the pull request that it is written on, else of the default branch.
    Head {
        /// A single plain word, which may be the name of a branch or tag that the facts do not know.
        word: Option<String>,
    },
    /// A commit: the beginning of its SHA, at least seven digits in lower case.
    Commit {
        sha: String,
    },
    Branch {
        name: String,
    },
    Tag {
        name: String,
    },
    /// A branch or a tag.
    Name {
        name: String,
    },
    /// The head of a pull request.
    PullRequest {
        number: u64,
    },
    /// The word `starter`: the first commit, as it was handed out.
    Starter,
    /// Something that cannot be delivered: an issue's address, an address of another repository.
    Other {
        what: String,
    },
    /// More than one; they may all mean one commit.
    Several {
        targets: Vec<Target>,
    },
}

/// Which commit a target is, by the facts that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    Resolved(CommitSha),
    /// The head of a pull request or of the default branch, of which no push is known yet. It is a delivery.
    NoPushYet,
    /// It cannot be a commit of this work sample, or is ambiguous. It delivers nothing.
    Unresolved {
        why: String,
    },
    /// The facts do not know the name. GitHub may, or a later fact will. Until then it delivers nothing.
    NotKnown {
        why: String,
    },
}

impl Resolution {
    /// Does it deliver something?
    pub fn delivers(&self) -> bool {
        matches!(self, Resolution::Resolved(_) | Resolution::NoPushYet)
    }

    /// The commit, once it is known.
    pub fn commit(&self) -> Option<&CommitSha> {
        match self {
            Resolution::Resolved(sha) => Some(sha),
            Resolution::NoPushYet | Resolution::Unresolved { .. } | Resolution::NotKnown { .. } => {
                None
            }
        }
    }

    /// Why it delivers nothing, if it does not.
    pub fn why_not(&self) -> Option<&str> {
        match self {
            Resolution::Resolved(_) | Resolution::NoPushYet => None,
            Resolution::Unresolved { why } | Resolution::NotKnown { why } => Some(why),
        }
    }
}

/// A `/deliver` that the candidate wrote, whether it delivers anything or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The event that brought the words: the text, or an edit that changed what it names.
    pub key: NaturalKey,
    /// The entry that it is in.
    pub entry: NaturalKey,
    pub at: Timestamp,
    pub place: Place,
    /// The words behind `/deliver`, as written.
    pub words: String,
    pub target: Target,
    pub resolution: Resolution,
    /// Is it the one of its entry that counts? That is the first one that delivers something: an edit mends what could not be
    /// resolved, and changes nothing else.
    pub stands: bool,
}
