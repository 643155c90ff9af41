//! Launching: a candidate is offered a published spec version under its terms.

use std::sync::Arc;

use chrono::Duration;

use super::once::{Once, once};
use super::record::record;
use super::upgrade::LOG_FORMAT;
use super::{Services, WorkflowError, messages};
use crate::clock::Timestamp;
use crate::ids::{Login, SpecDigest, WorkSampleId};
use crate::plain_text::{is_email, name_problem, shortened};
use crate::spec::SpecVersion;
use crate::store::{OwnerRow, ReadTx, Tx, WorkSampleRow, candidate_key};
use crate::work_sample::{
    Actor, Command, Happening, Source, State, Terms, WorkSample, decide, draft, terms_of,
};

/// What a lead says to launch.
#[derive(Debug, Clone)]
pub struct Launch {
    pub spec: SpecDigest,
    /// The candidate's name.
    pub candidate: String,
    pub email: Option<String>,
    /// Where the repository is to be created; `None` for the first organisation that is configured.
    pub organization: Option<String>,
    /// Launch although this candidate already had this spec.
    pub again: bool,
    /// The lead's name.
    pub lead: String,
}

/// Drafts and offers in one step. Refused where the candidate already has this spec, unless said `again`.
pub async fn launch(
    services: &Services,
    launch: Launch,
    key: Option<Once>,
) -> Result<WorkSample, WorkflowError> {
    let prepared = Prepared::of(services, launch).await?;
    services
        .store
        .write(move |tx| once(tx, key.as_ref(), prepared.now, |tx| prepared.carry_out(tx)))
        .await
}

/// A launch that was looked at and has its id, ready for a transaction.
pub(super) struct Prepared {
    pub(super) launch: Launch,
    pub(super) version: Arc<SpecVersion>,
    organization: Option<Login>,
    terms: Terms,
    pub(super) id: WorkSampleId,
    pub(super) now: Timestamp,
}

impl Prepared {
    pub(super) async fn of(services: &Services, launch: Launch) -> Result<Prepared, WorkflowError> {
        let organization = organization(services, launch.organization.as_deref())?;
        Prepared::in_organization(services, launch, organization).await
    }

    /// In an organisation that was found earlier.
    pub(super) async fn in_organization(
        services: &Services,
        launch: Launch,
        organization: Option<Login>,
    ) -> Result<Prepared, WorkflowError> {
        let launch = checked(launch)?;
        let version = services.version(&launch.spec).await?;
        let now = services.now();
        let id = WorkSampleId::new(services.ids.as_ref(), now);
        let terms = terms_of(&version.spec, &services.offer_defaults);
        Ok(Prepared {
            terms,
            launch,
            version,
            organization,
            id,
            now,
        })
    }

    /// Drafts and offers, or refuses; a refusal has written nothing.
    pub(super) fn carry_out(&self, tx: &mut Tx<'_>) -> Result<WorkSample, WorkflowError> {
        refuse_second(tx, &self.launch, &self.version)?;
        let (id, now) = (&self.id, self.now);
        tx.insert_work_sample(&self.row())?;
        if let Some(person) = messages::person_called(tx, &self.launch.lead)? {
            tx.set_owner(&OwnerRow {
                work_sample: id.clone(),
                person,
                backup: None,
                set_by: self.launch.lead.clone(),
                set_at: now,
            })?;
        }
        let draft = record(tx, id, 0, &[self.drafted()?], Source::Command, now)?;
        let offered = self.offered(&draft)?;
        record(tx, id, draft.last_seq, &offered, Source::Command, now)
    }

    fn row(&self) -> WorkSampleRow {
        WorkSampleRow {
            id: self.id.clone(),
            spec_digest: self.version.digest.clone(),
            slug: self.version.spec.slug.clone(),
            candidate: self.launch.candidate.clone(),
            email: self.launch.email.clone(),
            candidate_key: key_of(&self.launch),
            login: None,
            repository_id: None,
            repository_full_name: None,
            state: State::Drafted,
            last_seq: 0,
            due_at: None,
            offer_expires_at: None,
            invitation_failed: None,
            created_at: self.now,
            updated_at: self.now,
            log_format: LOG_FORMAT,
        }
    }

    /// The first event.
    pub(super) fn drafted(&self) -> Result<Happening, WorkflowError> {
        Ok(draft(
            self.version.digest.clone(),
            self.terms.clone(),
            (&self.launch.candidate, self.launch.email.clone()),
            self.organization.clone(),
            self.lead(),
            self.now,
        )?)
    }

    /// What follows the first event.
    pub(super) fn offered(&self, drafted: &WorkSample) -> Result<Vec<Happening>, WorkflowError> {
        let spec = &self.version.spec;
        let expires_at = self.now + Duration::days(i64::from(spec.offer_days));
        let offer = Command::Offer { expires_at };
        Ok(decide(drafted, spec, offer, self.lead(), self.now)?)
    }

    fn lead(&self) -> Actor {
        Actor::Lead {
            name: self.launch.lead.clone(),
        }
    }
}

/// The organisation that is meant, as it is configured. Without any GitHub none is; then the first that ever is counts.
pub(super) fn organization(
    services: &Services,
    named: Option<&str>,
) -> Result<Option<Login>, WorkflowError> {
    let Some(named) = named else {
        return Ok(services.github.first().map(|github| github.org().clone()));
    };
    match services.github.named(named) {
        Some(github) => Ok(Some(github.org().clone())),
        None => {
            let known: Vec<&str> = services
                .github
                .iter()
                .map(|one| one.org().as_str())
                .collect();
            Err(WorkflowError::Invalid {
                code: "organization_unknown",
                message: format!(
                    "the organisation `{}` is not one that the service works in ({})",
                    shortened(named, 80),
                    if known.is_empty() {
                        "none is configured".to_owned()
                    } else {
                        known.join(", ")
                    }
                ),
            })
        }
    }
}

pub(super) fn refuse_second(
    tx: &mut ReadTx<'_>,
    launch: &Launch,
    version: &SpecVersion,
) -> Result<(), WorkflowError> {
    if launch.again {
        return Ok(());
    }
    let slug = &version.spec.slug;
    match tx.same_candidate(slug, &key_of(launch))?.first() {
        None => Ok(()),
        Some(earlier) => Err(WorkflowError::Invalid {
            code: "already_launched",
            message: format!(
                "{} already has a work sample on `{slug}` ({}, {}), and another one was not asked for",
                launch.candidate,
                earlier.id,
                super::record::state_name(earlier.state)
            ),
        }),
    }
}

fn checked(launch: Launch) -> Result<Launch, WorkflowError> {
    checked_lead(&launch.lead)?;
    let candidate = checked_name(&launch.candidate)?;
    let email = launch
        .email
        .as_deref()
        .filter(|email| !email.trim().is_empty())
        .map(checked_email)
        .transpose()?;
    Ok(Launch {
        candidate,
        email,
        ..launch
    })
}

/// The name of the person who launches, without space around it.
pub(super) fn checked_lead(lead: &str) -> Result<String, WorkflowError> {
    let lead = lead.trim();
    if lead.is_empty() {
        return Err(WorkflowError::invalid(
            "lead_missing",
            "say who you are, by name",
        ));
    }
    match name_problem(lead) {
        None => Ok(lead.to_owned()),
        Some(problem) => Err(WorkflowError::invalid(
            "name_unusable",
            format!("your name cannot be recorded: {problem}"),
        )),
    }
}

/// A candidate's name, without space around it.
pub(super) fn checked_name(name: &str) -> Result<String, WorkflowError> {
    let name = name.trim();
    match name_problem(name) {
        None => Ok(name.to_owned()),
        Some(problem) => Err(WorkflowError::invalid(
            "candidate_name_invalid",
            format!("the candidate's name should have 1 to 200 characters in one line: {problem}"),
        )),
    }
}

/// An e-mail address, without space around it.
pub(super) fn checked_email(email: &str) -> Result<String, WorkflowError> {
    let email = email.trim();
    if !is_email(email) {
        return Err(WorkflowError::invalid(
            "email_invalid",
            format!("`{}` is not an e-mail address", shortened(email, 80)),
        ));
    }
    Ok(email.to_owned())
}

fn key_of(launch: &Launch) -> String {
    candidate_key(&launch.candidate, launch.email.as_deref())
}
