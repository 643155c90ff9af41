//! What is asked of a work sample: derived from its parts, and kept nowhere.

use super::delivery::Delivery;
use super::event::NaturalKey;
use super::following::InvitationFailure;
use super::model::{Entry, Judgement, Side, WorkSample};
use super::parts::EntryKind;
use crate::acceptance::Assessment;
use crate::clock::Timestamp;
use crate::ids::{CommitSha, CriterionId};
use crate::money::Money;

impl WorkSample {
    /// Is this the candidate's account? Ids decide where both are known, for logins change and others may take them; old logs
    /// know none, nor do all facts.
    pub fn is_candidates(&self, id: Option<u64>, login: &str) -> bool {
        match (self.account, id) {
            (Some(account), Some(id)) => account == id,
            _ => self
                .login
                .as_ref()
                .is_some_and(|known| known.same_as(login)),
        }
    }

    /// Why nobody is invited, where GitHub refused the invitation that was asked for last.
    pub fn invitation_failure(&self) -> Option<&InvitationFailure> {
        // A failure of an earlier round may be recorded late.
        self.invitation_failures
            .iter()
            .rfind(|failure| failure.round == self.invitation_rounds)
            .filter(|_| !self.provisioning.invited)
    }

    /// The delivery that counts, if any.
    pub fn effective_delivery(&self) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.effective)
    }

    /// The assessment of the commit that counts, if there is one.
    pub fn effective_assessment(&self) -> Option<&Assessment> {
        let sha = self.effective_delivery()?.sha.as_ref()?;
        self.assessments.iter().rev().find(|one| &one.sha == sha)
    }

    /// The commit that the work stood at when it was due, or is over: the one delivered in time, or else the head of the default
    /// branch. What came later is a fact and no delivery, however late it is looked at.
    pub fn commit_when_due(&self) -> Option<&CommitSha> {
        let delivered = self
            .effective_delivery()
            .filter(|one| !one.late)
            .and_then(|one| one.sha.as_ref());
        let end = [self.due_at, self.over_at()].into_iter().flatten().min();
        let branch = self
            .provisioning
            .repository
            .as_ref()
            .map(|repository| format!("refs/heads/{}", repository.default_branch));
        let head = || {
            self.pushes
                .iter()
                .rev()
                .find(|push| {
                    Some(&push.git_ref) == branch.as_ref()
                        && !push.after.is_zero()
                        && end.is_none_or(|end| push.at <= end)
                })
                .map(|push| &push.after)
        };
        delivered
            .or_else(head)
            .or(self.provisioning.first_commit.as_ref())
    }

    /// When it was first decided on; a correction moves nothing.
    pub fn decided_at(&self) -> Option<Timestamp> {
        let first = self.former_decisions.first().or(self.decision.as_ref());
        first.map(|decision| decision.at)
    }

    /// When it came to its end for the candidate, before or after a delivery.
    pub fn over_at(&self) -> Option<Timestamp> {
        let ended = self.ended.as_ref().map(|ended| ended.at);
        let decided = self.decided_at();
        [ended, decided, self.closed_at].into_iter().flatten().min()
    }

    /// What is still to be paid: what is owed less what was paid, or `None` where nothing is.
    pub fn outstanding(&self) -> Option<Money> {
        let owed = self.obligation.as_ref()?.amount;
        let paid: i64 = self
            .payouts
            .iter()
            .filter(|payout| payout.amount.currency == owed.currency)
            .map(|payout| payout.amount.amount_minor)
            .fold(0, i64::saturating_add);
        let rest = owed.amount_minor.saturating_sub(paid);
        (rest > 0).then(|| Money::new(rest, owed.currency))
    }

    pub fn entry(&self, key: &NaturalKey) -> Option<&Entry> {
        self.entries.iter().find(|entry| &entry.key == key)
    }

    /// The entries of one kind, in order.
    pub fn entries_of(&self, kind: EntryKind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    /// What the team wrote back to a question or decision, with a command or without, in order.
    pub fn replies_to<'w>(&'w self, key: &'w NaturalKey) -> impl Iterator<Item = &'w Entry> {
        self.entries
            .iter()
            .filter(move |one| one.about.as_ref() == Some(key) || one.also_about.contains(key))
    }

    /// Those of them that are the team's and still there: what ends the waiting.
    pub fn team_replies_to<'w>(&'w self, key: &'w NaturalKey) -> impl Iterator<Item = &'w Entry> {
        self.replies_to(key)
            .filter(|one| one.side == Side::Team && one.deleted_at.is_none())
    }

    /// The latest judgement of a criterion on a commit.
    pub fn judgement(&self, criterion: &CriterionId, sha: &CommitSha) -> Option<&Judgement> {
        self.judgements
            .iter()
            .rev()
            .find(|one| &one.criterion == criterion && &one.sha == sha)
    }
}
