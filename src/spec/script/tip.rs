//! What is known of the last commit of the branch that a script has checked out: enough to tell which pushes GitHub takes.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tip {
    /// The service's first commit.
    Given,
    /// A commit of the candidate's that GitHub does not have on this branch.
    Local,
    Pushed,
    /// It took the place of one that was pushed.
    Replaced,
}

/// What is wrong with a step, and how to mend it.
type Wrong = Option<(&'static str, &'static str)>;

impl Tip {
    /// On a new branch nothing was pushed.
    pub(super) fn branch(self) -> Tip {
        match self {
            Tip::Given => Tip::Given,
            Tip::Local | Tip::Pushed | Tip::Replaced => Tip::Local,
        }
    }

    pub(super) fn commit(self, amend: bool) -> (Tip, Wrong) {
        match (self, amend) {
            (Tip::Given, true) => (
                Tip::Local,
                Some((
                    "there is no commit of the candidate's to amend",
                    "take `amend` out, or commit before it",
                )),
            ),
            (Tip::Given | Tip::Local, _) | (Tip::Pushed, false) => (Tip::Local, None),
            (Tip::Pushed, true) | (Tip::Replaced, _) => (Tip::Replaced, None),
        }
    }

    pub(super) fn push(self, force: bool) -> (Tip, Wrong) {
        let wrong = match (self, force) {
            (Tip::Replaced, false) => Some((
                "a commit that had been pushed was amended: GitHub refuses what would replace it",
                "write `force = true`, or do not amend",
            )),
            _ => None,
        };
        (Tip::Pushed, wrong)
    }
}
