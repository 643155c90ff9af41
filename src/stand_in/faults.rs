//! Faults on demand: a plan, seeded so that the same requests meet the same faults again, and the dice that follow it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::StandInError;

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 502, and nothing was done.
    ServerError,
    /// 502, though it was done.
    ServerErrorAfter,
    /// No answer, and nothing was done.
    Timeout,
    /// No answer, though it was done.
    TimeoutAfter,
    /// The answer comes, but the connection, which was to be kept, ends behind it: the next request on it fails.
    HalfClosed,
    /// 403 without a header that says how long to wait; nothing was done.
    Forbidden,
    /// 404 for what is there but not yet seen. Only for requests that read.
    NotYetVisible,
    /// It was done, but the answer ends in the middle.
    Cut,
}

impl Fault {
    /// Whether the request is never carried out.
    pub(super) fn spares_the_effect(self) -> bool {
        match self {
            Fault::ServerError | Fault::Timeout | Fault::Forbidden | Fault::NotYetVisible => true,
            Fault::ServerErrorAfter | Fault::TimeoutAfter | Fault::HalfClosed | Fault::Cut => false,
        }
    }
}

/// What can go wrong with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFault {
    /// Held back until five others went to the same hook, or somebody waits for quiet.
    Late,
    /// Overtaken by the next one.
    OutOfOrder,
    /// Sent twice under one guid.
    Duplicate,
    /// Never sent, and in the log as failed: a redelivery brings it.
    Drop,
    /// Never sent, and not in the log either: only looking at the repository finds what happened.
    Lose,
}

/// `The n-th request like this: that fault.`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// Method and route, such as `POST /orgs/{org}/repos`, or method and the path itself. git's are
    /// `POST /{owner}/{name}/git-receive-pack` and the like.
    pub request: String,
    /// Counted from 1.
    pub nth: u64,
    pub fault: Fault,
}

/// What goes wrong. An empty plan is a world without faults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultPlan {
    pub seed: u64,
    /// How long a request that times out keeps its connection, in milliseconds; 0 closes it at once.
    pub hold_ms: u64,
    /// How many of a hundred requests meet each fault.
    pub percent: BTreeMap<Fault, f64>,
    /// Faults at certain requests; they go before those by percentage.
    pub at: Vec<PlannedFault>,
    /// How many of a hundred webhooks meet each fault.
    pub webhooks: BTreeMap<WebhookFault, f64>,
}

impl FaultPlan {
    /// Reads a plan from a TOML file's text.
    pub fn from_toml(text: &str) -> Result<FaultPlan, StandInError> {
        let plan: FaultPlan = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        plan.checked()
    }

    /// The plan, if it can be followed.
    pub(super) fn checked(self) -> Result<FaultPlan, StandInError> {
        sums_up("percent", self.percent.values())?;
        sums_up("webhooks", self.webhooks.values())?;
        for planned in &self.at {
            let words: Vec<&str> = planned.request.split(' ').collect();
            let [_, path] = words[..] else {
                return Err(invalid(format!(
                    "`{}` is not a method and a route, such as `POST /orgs/{{org}}/repos`",
                    planned.request
                )));
            };
            if !path.starts_with('/') {
                return Err(invalid(format!(
                    "the route `{path}` must begin with a slash"
                )));
            }
            if planned.nth == 0 {
                return Err(invalid(format!(
                    "`{}`: `nth` counts from 1",
                    planned.request
                )));
            }
        }
        Ok(self)
    }
}

fn invalid(reason: String) -> StandInError {
    StandInError::Faults { reason }
}

fn sums_up<'a>(name: &str, shares: impl Iterator<Item = &'a f64>) -> Result<(), StandInError> {
    let mut sum = 0.0;
    for share in shares {
        if !(0.0..=100.0).contains(share) {
            return Err(invalid(format!(
                "`{name}` has {share}, which is no percentage"
            )));
        }
        sum += share;
    }
    if sum > 100.0 {
        return Err(invalid(format!(
            "the percentages in `{name}` add up to {sum}, more than 100"
        )));
    }
    Ok(())
}

/// A fault that was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultMet {
    /// `POST /orgs/acme/repos`, or the webhook's `event.action`.
    pub what: String,
    /// The fault's name as it stands in a plan.
    pub fault: String,
}

/// Follows a plan. What meets a fault depends on the seed, on what is asked, and on how often it was asked before; not on
/// what others ask meanwhile, so that a run with several clients can be replayed too.
#[derive(Debug, Default)]
pub(super) struct Dice {
    plan: FaultPlan,
    seen: HashMap<String, u64>,
    met: Vec<FaultMet>,
}

impl Dice {
    pub(super) fn following(plan: FaultPlan) -> Self {
        Dice {
            plan,
            ..Dice::default()
        }
    }

    pub(super) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    pub(super) fn met(&self) -> &[FaultMet] {
        &self.met
    }

    /// The fault that this request meets.
    pub(super) fn roll(&mut self, method: &str, route: &str, path: &str) -> Option<Fault> {
        if self.plan.percent.is_empty() && self.plan.at.is_empty() {
            return None;
        }
        let (call, address) = (format!("{method} {route}"), format!("{method} {path}"));
        let of_route = self.seen(&call);
        let of_path = match route == path {
            true => of_route,
            false => self.seen(&address),
        };
        let planned = self.plan.at.iter().find(|planned| {
            (planned.request == call && planned.nth == of_route)
                || (planned.request == address && planned.nth == of_path)
        });
        let reads = matches!(method, "GET" | "HEAD");
        let fault = planned.map(|planned| planned.fault).or_else(|| {
            let at = fraction(self.plan.seed, &address, of_path);
            pick(&self.plan.percent, at).filter(|fault| reads || *fault != Fault::NotYetVisible)
        })?;
        self.met.push(met(address, &fault));
        Some(fault)
    }

    /// The fault that this webhook meets.
    pub(super) fn roll_webhook(&mut self, hook: u64, event: &str) -> Option<WebhookFault> {
        if self.plan.webhooks.is_empty() {
            return None;
        }
        let key = format!("webhook {hook} {event}");
        let nth = self.seen(&key);
        let fault = pick(&self.plan.webhooks, fraction(self.plan.seed, &key, nth))?;
        self.met.push(met(event.to_owned(), &fault));
        Some(fault)
    }

    /// How often this was seen, this time included.
    fn seen(&mut self, what: &str) -> u64 {
        let count = self.seen.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }
}

fn met(what: String, fault: &impl Serialize) -> FaultMet {
    let name = serde_json::to_value(fault).unwrap_or_default();
    FaultMet {
        what,
        fault: name.as_str().unwrap_or_default().to_owned(),
    }
}

/// A number from 0 to 100 that is the same for the same question.
fn fraction(seed: u64, what: &str, nth: u64) -> f64 {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(nth.to_be_bytes())
        .chain_update(what.as_bytes())
        .finalize();
    // Six digits after the point are finer than anybody's percentages.
    let word = digest
        .iter()
        .take(4)
        .fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    f64::from(word) / f64::from(u32::MAX) * 100.0
}

/// The share that a number from 0 to 100 falls into.
fn pick<F: Copy>(shares: &BTreeMap<F, f64>, at: f64) -> Option<F> {
    let mut end = 0.0;
    for (fault, share) in shares {
        end += share;
        if at < end {
            return Some(*fault);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"
        seed = 7
        [percent]
        timeout_after = 5
        server_error = 10.5
        [[at]]
        request = "POST /orgs/{org}/repos"
        nth = 2
        fault = "cut"
        [webhooks]
        lose = 50
    "#;

    #[test]
    fn the_same_seed_and_requests_meet_the_same_faults_whatever_others_do() {
        let plan = FaultPlan::from_toml(PLAN).unwrap();
        let ask = |dice: &mut Dice, n: u64| dice.roll("GET", "/x/{n}", &format!("/x/{}", n % 7));
        let mut one = Dice::following(plan.clone());
        let mut other = Dice::following(plan);
        let first: Vec<_> = (0..500).map(|n| ask(&mut one, n)).collect();
        let second: Vec<_> = (0..500)
            .map(|n| {
                other.roll("PUT", "/y", "/y");
                ask(&mut other, n)
            })
            .collect();
        assert_eq!(first, second);
        let broken = first.iter().flatten().count();
        assert!(
            (50..110).contains(&broken),
            "{broken} of 500, planned 15.5 %"
        );
    }

    #[test]
    fn the_nth_request_of_a_route_meets_the_planned_fault() {
        let plan = FaultPlan {
            percent: BTreeMap::new(),
            ..FaultPlan::from_toml(PLAN).unwrap()
        };
        let mut dice = Dice::following(plan);
        let mut ask = |org| dice.roll("POST", "/orgs/{org}/repos", org);
        assert_eq!(ask("/orgs/a/repos"), None);
        assert_eq!(ask("/orgs/b/repos"), Some(Fault::Cut));
        assert_eq!(ask("/orgs/b/repos"), None);
        assert_eq!(dice.met()[0].fault, "cut");
    }

    #[test]
    fn a_plan_that_cannot_be_followed_is_refused_with_the_reason() {
        for (text, word) in [
            ("[percent]\ntimeout = 60\ncut = 50", "add up to 110"),
            ("[percent]\ntimeout = -1", "no percentage"),
            ("[percent]\nearthquake = 1", "earthquake"),
            (
                "[[at]]\nrequest = \"/x\"\nnth = 1\nfault = \"cut\"",
                "is not a method and a route",
            ),
            (
                "[[at]]\nrequest = \"GET /x\"\nnth = 0\nfault = \"cut\"",
                "counts from 1",
            ),
            ("sede = 1", "sede"),
        ] {
            let error = FaultPlan::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
