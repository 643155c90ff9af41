//! Which texts declared a delivery, as format 1 read them: the candidate's, in the first version that said so.

use std::collections::BTreeMap;

use super::opening::delivers;
use crate::clock::Timestamp;
use crate::work_sample::event::{Actor, EventBody, Happening, NaturalKey};
use crate::work_sample::key;
use crate::work_sample::model::WorkSample;
use crate::work_sample::parts::Place;

/// A `/deliver` that the candidate wrote.
pub(super) struct Declared {
    /// The text that it stands in.
    pub entry: NaturalKey,
    /// The event that brought the words.
    pub key: NaturalKey,
    pub at: Timestamp,
    pub place: Place,
    pub html_url: String,
    /// The commit it names, possibly shortened.
    pub commit: Option<String>,
}

/// One state of a text.
#[derive(Clone)]
struct Version<'e> {
    key: NaturalKey,
    at: Timestamp,
    actor: &'e Actor,
    title: &'e str,
    text: &'e str,
    how: How<'e>,
}

#[derive(Clone, Copy)]
enum How<'e> {
    Written,
    /// With what stood there before, where GitHub says it.
    Edited(Option<&'e str>),
    /// When and where the text had been written.
    Seen(Timestamp, &'e str),
}

#[derive(Default)]
struct Story<'e> {
    created: Option<(Version<'e>, &'e str)>,
    later: Vec<Version<'e>>,
}

pub(super) fn declared(ws: &WorkSample, facts: &[&Happening]) -> Vec<Declared> {
    gather(facts)
        .into_iter()
        .filter_map(|(place, story)| read(ws, place, story))
        .collect()
}

fn gather<'e>(facts: &[&'e Happening]) -> BTreeMap<&'e Place, Story<'e>> {
    let mut stories: BTreeMap<&Place, Story<'e>> = BTreeMap::new();
    for fact in facts {
        let version = |title, text, how| Version {
            key: fact.key.clone(),
            at: fact.occurred_at,
            actor: &fact.actor,
            title,
            text,
            how,
        };
        match &fact.body {
            EventBody::TextCreated {
                place,
                title,
                text,
                html_url,
                pull: _,
            } => {
                let story = stories.entry(place).or_default();
                story
                    .created
                    .get_or_insert((version(title, text, How::Written), html_url));
            }
            EventBody::TextEdited {
                place,
                title,
                text,
                before,
            } => {
                let how = How::Edited(before.as_deref());
                let story = stories.entry(place).or_default();
                story.later.push(version(title, text, how));
            }
            EventBody::TextSeen {
                place,
                title,
                text,
                html_url,
                created_at,
                ..
            } => {
                let how = How::Seen(*created_at, html_url);
                let story = stories.entry(place).or_default();
                story.later.push(version(title, text, how));
            }
            _ => {}
        }
    }
    stories
}

impl<'e> Story<'e> {
    /// The first text that is known, with its address.
    fn first(&self, place: &Place) -> Option<(Version<'e>, &'e str)> {
        if let Some((created, html_url)) = &self.created {
            return Some((created.clone(), html_url));
        }
        let earliest = self.later.first()?;
        let text = match earliest.how {
            How::Edited(Some(before)) => before,
            How::Edited(None) | How::Seen(..) | How::Written => earliest.text,
        };
        let seen = self.later.iter().find_map(|version| match version.how {
            How::Seen(created_at, html_url) => Some((version, created_at, html_url)),
            How::Written | How::Edited(_) => None,
        });
        let Some((seen, created_at, html_url)) = seen else {
            let first = Version {
                text,
                ..earliest.clone()
            };
            return Some((first, ""));
        };
        let first = Version {
            key: key::text_created(place),
            at: created_at,
            actor: seen.actor,
            title: earliest.title,
            text,
            how: How::Written,
        };
        Some((first, html_url))
    }
}

fn read(ws: &WorkSample, place: &Place, story: Story<'_>) -> Option<Declared> {
    if matches!(place, Place::Issue { number } if ws.provisioning.kickoff == Some(*number)) {
        return None;
    }
    let (first, html_url) = story.first(place)?;
    let entry = first.key.clone();
    if !is_candidates(ws, first.actor) {
        return None;
    }
    let mut present = first;
    let mut found = declares(ws, &present, entry.clone());
    for later in story.later {
        let unchanged = later.text == present.text && later.title == present.title;
        if matches!(later.how, How::Written) || (matches!(later.how, How::Seen(..)) && unchanged) {
            continue;
        }
        found = found.or_else(|| declares(ws, &later, later.key.clone()));
        present = later;
    }
    let (key, at, commit) = found?;
    Some(Declared {
        entry,
        key,
        at,
        place: place.clone(),
        html_url: html_url.to_owned(),
        commit,
    })
}

fn declares(
    ws: &WorkSample,
    version: &Version<'_>,
    key: NaturalKey,
) -> Option<(NaturalKey, Timestamp, Option<String>)> {
    let commit = delivers(version.text)?;
    is_candidates(ws, version.actor).then_some((key, version.at, commit))
}

fn is_candidates(ws: &WorkSample, actor: &Actor) -> bool {
    match actor {
        Actor::Candidate => true,
        Actor::Service | Actor::Lead { .. } | Actor::Reviewer { .. } => false,
        Actor::GitHub { id, login } => ws.is_candidates(Some(*id), login),
    }
}
