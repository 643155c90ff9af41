//! The dry run: what launching a list would do, now and at GitHub, without doing it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::estimate::{CALLS_A_CANDIDATE, Pace};
use super::list::Person;
use crate::clock::{Timestamp, for_people, span_for_people};
use crate::github::{Limits, Urgency, Writes};
use crate::ids::{Login, SpecDigest};
use crate::money::Money;
use crate::spec::SpecVersion;
use crate::store::{ReadTx, candidate_key};
use crate::work_sample::terms_of;
use crate::workflow::governor::{Wanted, admitted};
use crate::workflow::launch::{Launch, organization, refuse_second};
use crate::workflow::launch_warnings::{Addressed, LaunchWarning, launch_warnings};
use crate::workflow::{Services, WorkflowError};

/// The spec version that a batch is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SpecName {
    pub digest: SpecDigest,
    pub slug: String,
    pub version: String,
    pub title: String,
}

impl From<&SpecVersion> for SpecName {
    fn from(version: &SpecVersion) -> Self {
        SpecName {
            digest: version.digest.clone(),
            slug: version.spec.slug.to_string(),
            version: version.spec.version.clone(),
            title: version.spec.title.clone(),
        }
    }
}

/// What would become of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlannedLine {
    /// In the list, counted from 1, the header included.
    pub line: u32,
    pub name: String,
    pub email: String,
    pub login: Option<Login>,
    pub again: bool,
    /// Why no offer would be made; none where one would.
    pub code: Option<String>,
    /// What is wrong, in which column, and how to mend it.
    pub reason: Option<String>,
}

/// What the acceptances would ask of GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AtGitHub {
    /// Content-creating calls if all accept: repository, invitation and kickoff issue each.
    pub calls: u32,
    pub calls_a_candidate: u32,
    /// Calls that are made an hour at most, below GitHub's limit; none where calls are not paced.
    pub calls_an_hour: Option<u32>,
    /// From the first to the last repository, if all accept at once.
    pub seconds_if_all_accept_at_once: i64,
}

/// Seats that the organisation's plan may have to have: outside collaborators in private repositories may cost one each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SeatsNeeded {
    /// Distinct candidates who have been given no repository here yet: an upper bound, for not all accept, and whether a
    /// collaborator costs a seat is for the plan to say.
    pub at_most: u32,
    /// Seats of the organisation's plan, where GitHub told.
    pub in_plan: Option<u32>,
    /// Seats that are taken, where GitHub told.
    pub taken: Option<u32>,
    /// Why GitHub did not tell.
    pub unknown_because: Option<String>,
}

/// A dry run's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub spec: SpecName,
    /// People who would be offered the spec.
    pub offers: u32,
    /// Lines that would be refused.
    pub refusals: u32,
    /// For one candidate.
    pub pay: Money,
    /// If all of them accept and deliver.
    pub pay_at_most: Money,
    /// Until when the offers would be open.
    #[schema(value_type = String, format = DateTime)]
    pub offers_open_until: Timestamp,
    pub at_github: AtGitHub,
    /// Where the repositories would be made; none where no GitHub is configured.
    pub organization: Option<Login>,
    pub seats: SeatsNeeded,
    /// What the lead should know.
    #[serde(default)]
    pub warnings: Vec<LaunchWarning>,
    /// In the order of the list.
    pub lines: Vec<PlannedLine>,
}

/// Looks at a list without changing anything. GitHub is asked for nothing but the plan's seats, and may not answer.
///
/// # Errors
/// Unknown specs and organisations, and a store that fails; never a line.
pub async fn plan(
    services: &Services,
    spec: &SpecDigest,
    people: Vec<Person>,
    named: Option<&str>,
) -> Result<Plan, WorkflowError> {
    let organization = organization(services, named)?;
    let version = services.version(spec).await?;
    let looked_up = Arc::clone(&version);
    let (lines, seated) = services
        .store
        .read(move |tx| {
            let lines = people
                .iter()
                .map(|person| planned(tx, person, &looked_up))
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, WorkflowError>((lines, tx.logins_with_repository()?))
        })
        .await?;
    let offers = lines.iter().filter(|line| line.code.is_none()).count();
    let offers = u32::try_from(offers).unwrap_or(u32::MAX);
    let all = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let pay: Money = version.spec.pay.amount.into();
    let calls = offers.saturating_mul(CALLS_A_CANDIDATE);
    let pace = Pace::under(&services.limits);
    Ok(Plan {
        spec: SpecName::from(version.as_ref()),
        offers,
        refusals: all - offers,
        pay,
        pay_at_most: Money::new(pay.amount_minor.saturating_mul(offers.into()), pay.currency),
        offers_open_until: services.now() + Duration::days(version.spec.offer_days.into()),
        at_github: AtGitHub {
            calls,
            calls_a_candidate: CALLS_A_CANDIDATE,
            calls_an_hour: (services.limits != Limits::NONE).then_some(pace.per_hour),
            seconds_if_all_accept_at_once: pace.time_for(calls).num_seconds(),
        },
        seats: seats(
            services,
            organization.as_ref(),
            seats_at_most(&lines, &seated),
        )
        .await,
        organization,
        warnings: launch_warnings(
            services,
            &terms_of(&version.spec, &services.offer_defaults),
            Addressed::ByMail,
        ),
        lines,
    })
}

fn planned(
    tx: &mut ReadTx<'_>,
    person: &Person,
    version: &SpecVersion,
) -> Result<PlannedLine, WorkflowError> {
    let mut line = PlannedLine {
        line: person.line,
        name: person.name.clone(),
        email: person.email.clone(),
        login: person.login.clone(),
        again: person.again,
        code: None,
        reason: None,
    };
    if let Some((code, reason)) = person.refusal() {
        (line.code, line.reason) = (Some(code), Some(reason));
        return Ok(line);
    }
    match refuse_second(tx, &person.launch(version.digest.clone(), ""), version) {
        Ok(()) => {}
        Err(WorkflowError::Invalid { code, message }) => {
            let reason = match code {
                "already_launched" => {
                    format!("{message}; write `yes` into the column `again` to ask for it")
                }
                _ => message,
            };
            (line.code, line.reason) = (Some(code.to_owned()), Some(reason));
        }
        Err(error) => return Err(error),
    }
    Ok(line)
}

impl Person {
    /// The code of the first problem and all of them in words, if there is any.
    pub(super) fn refusal(&self) -> Option<(String, String)> {
        let first = self.problems.first()?;
        let all: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        Some((first.code.to_owned(), all.join("; ")))
    }

    /// The single launch that this line asks for.
    pub(super) fn launch(&self, spec: SpecDigest, lead: &str) -> Launch {
        Launch {
            spec,
            candidate: self.name.clone(),
            email: Some(self.email.clone()),
            organization: None,
            again: self.again,
            lead: lead.to_owned(),
        }
    }
}

/// Distinct people among the offers, less those whose account has a repository here already.
fn seats_at_most(lines: &[PlannedLine], seated: &[Login]) -> u32 {
    let seated: BTreeSet<String> = seated
        .iter()
        .map(|login| login.as_str().to_lowercase())
        .collect();
    let people: BTreeSet<String> = lines
        .iter()
        .filter(|line| line.code.is_none())
        .filter(|line| {
            !line
                .login
                .as_ref()
                .is_some_and(|login| seated.contains(&login.as_str().to_lowercase()))
        })
        .map(|line| candidate_key(&line.name, Some(&line.email)))
        .collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

async fn seats(services: &Services, organization: Option<&Login>, at_most: u32) -> SeatsNeeded {
    let unknown = |why: String| SeatsNeeded {
        at_most,
        in_plan: None,
        taken: None,
        unknown_because: Some(why),
    };
    let Some(github) = organization.and_then(|name| services.github.named(name.as_str())) else {
        return unknown("no GitHub is configured here".into());
    };
    let looks = Wanted::new(services, github, "plan", Urgency::People, Writes::Nothing);
    let asked = match admitted(services, looks.reading(1)).await {
        Ok(()) => github.plan().await.map_err(WorkflowError::from),
        Err(waits) => Err(waits),
    };
    match asked {
        Ok(Some(plan)) => SeatsNeeded {
            at_most,
            in_plan: Some(plan.seats),
            taken: Some(plan.filled_seats),
            unknown_because: None,
        },
        Ok(None) => unknown(format!(
            "GitHub shows the plan of {} only to its owners; look at the organisation's billing page",
            github.org()
        )),
        Err(error) => unknown(format!("GitHub was asked and did not say: {error}")),
    }
}

impl Plan {
    /// The dry run in sentences, for people.
    pub fn in_words(&self) -> Vec<String> {
        let people = |count: u32| match count {
            1 => "1 person".to_owned(),
            _ => format!("{count} people"),
        };
        let place = match &self.organization {
            Some(name) => format!(" in {name}"),
            None => String::new(),
        };
        let refused = match self.refusals {
            0 => String::new(),
            1 => " One line would be refused; it says why.".to_owned(),
            many => format!(" {many} lines would be refused; each says why."),
        };
        let mut words = vec![
            format!(
                "Now: {} would be offered {} ({} {}), each for {}; {} if all deliver.{refused}",
                people(self.offers),
                self.spec.title,
                self.spec.slug,
                self.spec.version,
                self.pay,
                self.pay_at_most,
            ),
            format!(
                "The offers would be open until {}. Each candidate is sent a mail with their personal link; without a mail server the results give the links, and you hand them over. Nothing is made at GitHub.",
                for_people(self.offers_open_until)
            ),
            format!(
                "When a candidate accepts: a private repository{place}, an invitation and a kickoff issue, {} calls for each. If all accept at once, the last repository is ready after about {} ({} calls, {}).",
                self.at_github.calls_a_candidate,
                span_in_words(Duration::seconds(
                    self.at_github.seconds_if_all_accept_at_once
                )),
                self.at_github.calls,
                match self.at_github.calls_an_hour {
                    Some(calls) => format!("at most {calls} an hour under GitHub's limits"),
                    None => "which are not paced here".to_owned(),
                },
            ),
        ];
        words.push(self.seats.in_words());
        words
    }
}

/// In whole minutes, rounded up: nobody is helped by a time that is too short.
fn span_in_words(span: Duration) -> String {
    let minutes = (span.num_seconds() + 59) / 60;
    span_for_people(Duration::minutes(minutes.max(1)))
}

impl SeatsNeeded {
    fn in_words(&self) -> String {
        let bound = format!(
            "Seats: at most {} more, an upper bound: an outside collaborator in a private repository may cost a seat, depending on the plan, from acceptance on.",
            self.at_most
        );
        match (self.in_plan, self.taken, &self.unknown_because) {
            (Some(seats), Some(taken), _) => {
                let free = seats.saturating_sub(taken);
                let enough = if free >= self.at_most {
                    "that is enough"
                } else {
                    "that may not be enough: add seats before they accept, or launch fewer"
                };
                format!(
                    "{bound} GitHub says {taken} of the plan's {seats} seats are taken, {free} are free; {enough}."
                )
            }
            (_, _, Some(why)) => format!("{bound} How many the plan has is not known: {why}."),
            (_, _, None) => bound,
        }
    }
}
