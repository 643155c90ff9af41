//! Published specs, for leads and reviewers: what the candidate sees, what reviewers see, what the check finds, and what
//! changed between versions.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::Problem;
use super::super::door::Door;
use super::super::session::TeamMember;
use super::candidate::OfferBody;
use super::components::When;
use super::diff::LineBudget;
use super::failure::PageProblem;
use super::{Frame, page};
use crate::ids::SpecDigest;
use crate::spec::{
    ChangeKind, Check, FileChange, Problem as Finding, SpecVersion, check, difference,
    missing_in_offer,
};
use crate::store::SpecSummary;
use crate::text_diff::Line;
use crate::workflow::launch::Launch;
use crate::workflow::launch_preview::preview;
use crate::workflow::publish;

/// The header's link to these pages.
const HOME: &str = "/specs";
/// Who an offer is shown for that is made to nobody.
const SOMEBODY: &str = "the candidate";
/// Lines of differences that a page shows.
const MOST_LINES: usize = 600;

/// A spec with its versions, the latest first.
struct Group {
    slug: String,
    versions: Vec<SpecSummary>,
}

impl Group {
    fn latest(&self) -> Option<&SpecSummary> {
        self.versions.first()
    }
}

#[derive(Template)]
#[template(path = "pages/specs.html")]
struct ListPage {
    frame: Frame,
    is_lead: bool,
    groups: Vec<Group>,
    zone: crate::zone::Zone,
}

impl ListPage {
    fn when(&self, one: &SpecSummary) -> When {
        When::in_zone(one.published_at, self.zone)
    }
}

pub(super) async fn list(
    door: web::Data<Door>,
    member: TeamMember,
) -> Result<HttpResponse, PageProblem> {
    let mut groups: Vec<Group> = Vec::new();
    for summary in publish::list(&door.services).await? {
        match groups.last_mut() {
            Some(group) if group.slug == summary.slug.as_str() => group.versions.push(summary),
            _ => groups.push(Group {
                slug: summary.slug.to_string(),
                versions: vec![summary],
            }),
        }
    }
    let shown = ListPage {
        frame: Frame::of_member(&member, "Specs").at(HOME),
        is_lead: member.is_lead,
        groups,
        zone: member.zone,
    };
    page(StatusCode::OK, &shown)
}

/// A version, and the published ones of the same spec, the latest first.
struct Found {
    version: std::sync::Arc<SpecVersion>,
    versions: Vec<SpecSummary>,
}

impl Found {
    async fn of(door: &Door, name: &str) -> Result<Found, PageProblem> {
        let unknown = || {
            let detail = "no spec of this name is published";
            PageProblem::from(Problem::new(StatusCode::NOT_FOUND, "unknown_spec", detail))
        };
        let digest =
            publish::find(&door.services, name)
                .await
                .map_err(|error| match error.code() {
                    "unknown_spec" => unknown(),
                    _ => error.into(),
                })?;
        let version = door.services.version(&digest).await?;
        let mut versions = publish::list(&door.services).await?;
        versions.retain(|one| one.slug == version.spec.slug);
        Ok(Found { version, versions })
    }

    fn summary(&self) -> Option<&SpecSummary> {
        let mut versions = self.versions.iter();
        versions.find(|one| one.digest == self.version.digest)
    }

    /// The version that was published before another one.
    fn before(&self, digest: &SpecDigest) -> Option<&SpecSummary> {
        let mut versions = self.versions.iter().skip_while(|one| one.digest != *digest);
        versions.nth(1)
    }
}

#[derive(Template)]
#[template(path = "pages/spec.html")]
struct SpecPage {
    frame: Frame,
    is_lead: bool,
    found: Found,
    findings: Vec<Finding>,
    zone: crate::zone::Zone,
}

impl SpecPage {
    fn published(&self) -> Option<When> {
        let summary = self.found.summary()?;
        Some(When::in_zone(summary.published_at, self.zone))
    }

    fn when(&self, one: &SpecSummary) -> When {
        When::in_zone(one.published_at, self.zone)
    }

    /// The digest without the name of its algorithm.
    fn hex<'a>(&self, one: &'a SpecSummary) -> &'a str {
        let digest = one.digest.as_str();
        digest.split_once(':').map_or(digest, |(_, hex)| hex)
    }

    fn is_shown(&self, one: &SpecSummary) -> bool {
        one.digest == self.found.version.digest
    }

    fn is_latest(&self) -> bool {
        let latest = self.found.versions.first();
        latest.is_none_or(|one| one.digest == self.found.version.digest)
    }

    fn check_in_words(&self, check: &Check) -> String {
        match check {
            Check::Command { run, .. } => run.join(" "),
            Check::Ci { name } => format!("the check “{name}” of the candidate's own CI"),
            Check::Eye { look_for } => look_for.clone(),
        }
    }

    fn checked_by(&self, check: &Check) -> &'static str {
        match check {
            Check::Command { .. } => "a program",
            Check::Ci { .. } => "CI",
            Check::Eye { .. } => "a reviewer",
        }
    }
}

/// Everything about one version.
pub(super) async fn show(
    door: web::Data<Door>,
    member: TeamMember,
    name: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let found = Found::of(&door, &name).await?;
    let mut findings = check(&found.version.folder);
    findings.extend(missing_in_offer(
        &found.version.spec,
        &door.services.offer_defaults,
    ));
    let shown = SpecPage {
        frame: Frame::of_member(&member, found.version.spec.title.clone()).at(HOME),
        is_lead: member.is_lead,
        found,
        findings,
        zone: member.zone,
    };
    page(StatusCode::OK, &shown)
}

#[derive(Template)]
#[template(path = "pages/spec_offer.html")]
struct OfferPage {
    frame: Frame,
    digest: String,
    title: String,
    offer: OfferBody,
}

/// The offer as a candidate would read it.
pub(super) async fn offer(
    door: web::Data<Door>,
    member: TeamMember,
    name: web::Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let found = Found::of(&door, &name).await?;
    let launch = Launch {
        spec: found.version.digest.clone(),
        candidate: SOMEBODY.to_owned(),
        email: None,
        organization: None,
        again: true,
        lead: member.name.clone(),
    };
    let looked = preview(&door.services, launch).await?;
    let at = (door.services.now(), member.zone);
    let title = found.version.spec.title.clone();
    let shown = OfferPage {
        frame: Frame::of_member(&member, format!("The offer of {title}")).at(HOME),
        digest: found.version.digest.to_string(),
        offer: OfferBody::preview(&looked.work_sample, &looked.version, at),
        title,
    };
    page(StatusCode::OK, &shown)
}

#[derive(Deserialize)]
pub(super) struct From {
    /// The digest of an earlier version; empty for the one before.
    #[serde(default)]
    from: String,
}

#[derive(Template)]
#[template(path = "pages/spec_changes.html")]
struct ChangesPage {
    frame: Frame,
    found: Found,
    /// The version that is compared with.
    from: Option<SpecSummary>,
    changes: Vec<Changed>,
    /// There are more lines than are shown.
    is_cut: bool,
}

/// A changed file with as many of its lines as fit.
struct Changed {
    path: String,
    kind: ChangeKind,
    /// `None`: it is no text, or too long.
    hunks: Option<Vec<Vec<Line>>>,
}

impl Changed {
    fn of(change: FileChange, left: &mut LineBudget) -> Changed {
        Changed {
            path: change.path,
            kind: change.kind,
            hunks: change.hunks.map(|hunks| left.take(hunks)),
        }
    }

    fn kind_in_words(&self) -> &'static str {
        match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
            ChangeKind::Mode => "may be run, or may not any more",
        }
    }
}

/// What changed since an earlier version.
pub(super) async fn changes(
    door: web::Data<Door>,
    member: TeamMember,
    name: web::Path<String>,
    query: web::Query<From>,
) -> Result<HttpResponse, PageProblem> {
    let found = Found::of(&door, &name).await?;
    let from = match query.from.as_str() {
        "" => found.before(&found.version.digest).cloned(),
        digest => {
            let mut versions = found.versions.iter();
            let known = versions.find(|one| one.digest.as_str() == digest);
            Some(known.cloned().ok_or_else(|| {
                let detail = "no version of this spec has this digest";
                Problem::new(StatusCode::NOT_FOUND, "unknown_spec", detail)
            })?)
        }
    };
    let changes = match &from {
        Some(from) => {
            let old = door.services.version(&from.digest).await?;
            difference(&old.folder, &found.version.folder)
        }
        None => Vec::new(),
    };
    let mut left = LineBudget(MOST_LINES);
    let title = format!("Changes of {}", found.version.spec.title);
    let shown = ChangesPage {
        frame: Frame::of_member(&member, title).at(HOME),
        changes: changes
            .into_iter()
            .map(|one| Changed::of(one, &mut left))
            .collect(),
        is_cut: left.is_used_up(),
        found,
        from,
    };
    page(StatusCode::OK, &shown)
}
