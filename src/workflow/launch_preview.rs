//! Shows a lead what a candidate would be offered, without offering it.

use std::sync::Arc;

use super::launch::{Launch, Prepared, refuse_second};
use super::launch_warnings::{Addressed, LaunchWarning, launch_warnings};
use super::messages::{MailPreview, offer_mail};
use super::{Services, WorkflowError};
use crate::spec::SpecVersion;
use crate::work_sample::{Event, Happening, Source, WorkSample, fold};

/// What a launch would do.
pub struct LaunchPreview {
    /// The launch with its texts checked.
    pub launch: Launch,
    pub version: Arc<SpecVersion>,
    /// The work sample as it would be offered. It is stored nowhere.
    pub work_sample: WorkSample,
    pub mail: Option<MailPreview>,
    pub warnings: Vec<LaunchWarning>,
}

/// Looks at a launch without carrying it out.
///
/// # Errors
/// What [`super::launch::launch`] would refuse.
pub async fn preview(services: &Services, launch: Launch) -> Result<LaunchPreview, WorkflowError> {
    let prepared = Prepared::of(services, launch).await?;
    let (asked, version) = (prepared.launch.clone(), Arc::clone(&prepared.version));
    services
        .store
        .read(move |tx| refuse_second(tx, &asked, &version))
        .await?;
    let drafted = prepared.drafted()?;
    let draft = folded(&prepared, std::slice::from_ref(&drafted))?;
    let mut happenings = vec![drafted];
    happenings.extend(prepared.offered(&draft)?);
    let offered = folded(&prepared, &happenings)?;
    let addressed = Addressed::to(prepared.launch.email.as_deref());
    Ok(LaunchPreview {
        mail: match addressed {
            Addressed::ByMail => offer_mail(services, &offered, &prepared.version)?,
            Addressed::WithoutAddress => None,
        },
        warnings: launch_warnings(services, &offered.terms, addressed),
        work_sample: offered,
        version: prepared.version,
        launch: prepared.launch,
    })
}

fn folded(prepared: &Prepared, happenings: &[Happening]) -> Result<WorkSample, WorkflowError> {
    let events: Vec<Event> = (1..)
        .zip(happenings)
        .map(|(seq, happening)| Event {
            work_sample: prepared.id.clone(),
            seq,
            happening: happening.clone(),
            received_at: prepared.now,
            source: Source::Command,
        })
        .collect();
    Ok(fold(&events)?)
}
