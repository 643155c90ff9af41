//! What all pages share: title, navigation, and who is looking.

use sha2::{Digest as _, Sha256};

use super::super::notice::Notice;
use super::components::Link;
use super::statics::{FAVICON, STYLE};

/// Who looks at a page. Decides which links its header has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    Nobody,
    Lead { name: String, form_token: String },
    Reviewer { name: String, form_token: String },
    Candidate { name: String, form_token: String },
}

impl Viewer {
    /// The token of the header's form that signs out.
    pub fn form_token(&self) -> Option<&str> {
        match self {
            Viewer::Nobody => None,
            Viewer::Lead { form_token, .. }
            | Viewer::Reviewer { form_token, .. }
            | Viewer::Candidate { form_token, .. } => Some(form_token),
        }
    }

    /// Where the header's form goes.
    pub fn leave(&self) -> &'static str {
        match self {
            Viewer::Candidate { .. } => "/offer/leave",
            Viewer::Nobody | Viewer::Lead { .. } | Viewer::Reviewer { .. } => "/sign-out",
        }
    }

    /// The page about themselves, if they have one.
    pub fn account(&self) -> Option<&'static str> {
        match self {
            Viewer::Lead { .. } | Viewer::Reviewer { .. } => Some("/account"),
            Viewer::Nobody | Viewer::Candidate { .. } => None,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Viewer::Nobody => "",
            Viewer::Lead { name, .. }
            | Viewer::Reviewer { name, .. }
            | Viewer::Candidate { name, .. } => name,
        }
    }
}

/// The header's links, in order: address and label.
fn links_of(viewer: &Viewer) -> &'static [(&'static str, &'static str)] {
    match viewer {
        Viewer::Lead { .. } => &[
            ("/", "Today"),
            ("/samples", "Work samples"),
            ("/specs", "Specs"),
            ("/launches", "Launches"),
            ("/people", "People"),
            ("/messages", "Messages"),
            ("/jobs", "Jobs"),
            ("/tokens", "API tokens"),
            ("/settings", "Settings"),
        ],
        Viewer::Reviewer { .. } => &[("/samples", "Work samples"), ("/specs", "Specs")],
        Viewer::Nobody | Viewer::Candidate { .. } => &[],
    }
}

/// What all pages share.
pub struct Frame {
    pub title: String,
    pub viewer: Viewer,
    /// The address of the header's link that this page belongs to.
    pub at: &'static str,
    /// A form is shown again because of an error: the title says so.
    pub failed: bool,
    /// Loads itself again after so many seconds.
    pub refresh: Option<u32>,
    /// What the last form has done.
    pub notice: Option<String>,
}

impl Frame {
    /// A page for nobody in particular.
    pub fn new(title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            viewer: Viewer::Nobody,
            at: "",
            failed: false,
            refresh: None,
            notice: None,
        }
    }

    pub fn of(lead: &super::super::session::SignedIn, title: impl Into<String>) -> Frame {
        let viewer = Viewer::Lead {
            name: lead.name.clone(),
            form_token: lead.form_token.clone(),
        };
        Frame::of_viewer(viewer, title).telling(lead.notice)
    }

    /// A page for a lead or a reviewer.
    pub fn of_member(
        member: &super::super::session::TeamMember,
        title: impl Into<String>,
    ) -> Frame {
        let (name, form_token) = (member.name.clone(), member.form_token.clone());
        let viewer = if member.is_lead {
            Viewer::Lead { name, form_token }
        } else {
            Viewer::Reviewer { name, form_token }
        };
        Frame::of_viewer(viewer, title).telling(member.notice)
    }

    /// With what the last form has done.
    pub fn telling(self, notice: Option<Notice>) -> Frame {
        Frame {
            notice: notice.map(|notice| notice.words().to_owned()),
            ..self
        }
    }

    pub fn of_viewer(viewer: Viewer, title: impl Into<String>) -> Frame {
        Frame {
            viewer,
            ..Frame::new(title)
        }
    }

    /// Marks the header's link to this address as the page's own.
    pub fn at(self, address: &'static str) -> Frame {
        Frame {
            at: address,
            ..self
        }
    }

    pub fn failed(self, failed: bool) -> Frame {
        Frame { failed, ..self }
    }

    pub fn links(&self) -> Vec<Link> {
        let link = |(href, label): &(&str, &str)| Link::new(*href, *label);
        links_of(&self.viewer).iter().map(link).collect()
    }

    pub fn is_at(&self, href: &str) -> bool {
        self.at == href
    }

    /// Changes with the stylesheet, so that browsers may keep it.
    pub fn style(&self) -> String {
        version(STYLE)
    }

    /// Changes with the icon.
    pub fn icon(&self) -> String {
        version(FAVICON)
    }
}

pub(super) fn version(content: impl AsRef<[u8]>) -> String {
    hex::encode(&Sha256::digest(content)[..6])
}
