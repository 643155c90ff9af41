//! Facts that recur have an [`Occurrence`] in their key and body. They are stored with the one that `settle` chose, in order
//! of arrival. No report may depend on that, so the fold counts again, in order of time.

use std::collections::BTreeMap;

use super::event::{EventBody, Happening, NaturalKey};
use super::parts::Occurrence;

impl EventBody {
    /// The occurrence of a fact of a kind that recurs; `None` where the key alone tells facts apart.
    pub fn occurrence(&self) -> Option<Occurrence> {
        match self {
            EventBody::Pushed { occurrence, .. }
            | EventBody::PullRequestHead { occurrence, .. }
            | EventBody::CheckCompleted { occurrence, .. }
            | EventBody::TextGone { occurrence, .. }
            | EventBody::MemberSeen { occurrence, .. }
            | EventBody::MemberGone { occurrence, .. }
            | EventBody::AccountRenamed { occurrence, .. } => Some(*occurrence),
            _ => None,
        }
    }

    fn occurrence_mut(&mut self) -> Option<&mut Occurrence> {
        match self {
            EventBody::Pushed { occurrence, .. }
            | EventBody::PullRequestHead { occurrence, .. }
            | EventBody::CheckCompleted { occurrence, .. }
            | EventBody::TextGone { occurrence, .. }
            | EventBody::MemberSeen { occurrence, .. }
            | EventBody::MemberGone { occurrence, .. }
            | EventBody::AccountRenamed { occurrence, .. } => Some(occurrence),
            _ => None,
        }
    }
}

impl Happening {
    /// The key without its occurrence: what facts that recur have in common.
    pub fn base_key(&self) -> &str {
        let key = self.key.0.as_str();
        match self.body.occurrence() {
            Some(occurrence) if !occurrence.is_first() => key
                .strip_suffix(occurrence.get().to_string().as_str())
                .and_then(|key| key.strip_suffix(':'))
                .unwrap_or(key),
            _ => key,
        }
    }

    /// The same fact as another occurrence.
    #[must_use]
    pub fn at_occurrence(&self, wanted: Occurrence) -> Happening {
        let mut other = self.clone();
        let Some(occurrence) = other.body.occurrence_mut() else {
            return other;
        };
        *occurrence = wanted;
        other.key = NaturalKey(if wanted.is_first() {
            self.base_key().to_owned()
        } else {
            format!("{}:{}", self.base_key(), wanted.get())
        });
        other
    }
}

/// Facts by GitHub's time, then by what they are. Nothing that depends on the order of arrival decides.
pub(super) fn in_order(facts: &mut [&Happening]) {
    let content = |one: &Happening| {
        let body = one.at_occurrence(Occurrence::FIRST).body;
        format!("{:?} {body:?}", one.actor)
    };
    facts.sort_by(|one, other| {
        (one.occurred_at, one.base_key())
            .cmp(&(other.occurred_at, other.base_key()))
            .then_with(|| match one.body.occurrence() {
                Some(_) => content(one).cmp(&content(other)),
                None => std::cmp::Ordering::Equal,
            })
    });
}

/// The facts whose occurrence is another in order of time, by the key that they are stored under. `facts` are
/// [`in_order`].
pub(super) fn recounted(facts: &[&Happening]) -> BTreeMap<NaturalKey, Happening> {
    let mut counts: BTreeMap<&str, Occurrence> = BTreeMap::new();
    let mut changed = BTreeMap::new();
    for fact in facts {
        let Some(stored) = fact.body.occurrence() else {
            continue;
        };
        let counted = counts
            .entry(fact.base_key())
            .and_modify(|count| *count = count.next())
            .or_default();
        if stored != *counted {
            changed.insert(fact.key.clone(), fact.at_occurrence(*counted));
        }
    }
    changed
}
