//! What the team replied in the service. Such a reply is an entry by itself, at the moment when it was written. The comment at
//! GitHub that carries its text is a copy, and stays a message of the service's.

use crate::work_sample::answers;
use crate::work_sample::entry;
use crate::work_sample::fold::{login_of, side_of};
use crate::work_sample::model::{Entry, ReadBy, Reply, Sections, Side, WorkSample};
use crate::work_sample::parts::Place;

/// One entry for each reply. `written`: the entries of the texts at GitHub.
pub(super) fn entries(ws: &WorkSample, written: &[Entry]) -> Vec<Entry> {
    ws.replies
        .iter()
        .filter_map(|reply| {
            let about = written.iter().find(|one| one.key == reply.entry)?;
            Some(entry_of(ws, written, reply, about))
        })
        .collect()
}

/// Is it the comment that carries a reply's text?
pub(super) fn is_copy(ws: &WorkSample, entry: &Entry) -> bool {
    let Place::Comment { comment_id, .. } = entry.place else {
        return false;
    };
    if entry.side != Side::Service || ws.replies.is_empty() {
        return false;
    }
    let posted = ws.comments.iter().find(|one| one.comment_id == comment_id);
    let about = posted.map(|one| one.about.clone());
    about
        .or_else(|| answers::marked_about(&ws.id, &entry.text))
        .is_some_and(|about| ws.replies.iter().any(|reply| reply.key == about))
}

fn entry_of(ws: &WorkSample, written: &[Entry], reply: &Reply, about: &Entry) -> Entry {
    let number = about.place.number();
    let copy = ws.comments.iter().find(|one| one.about == reply.key);
    let place = copy.map_or(
        Place::Comment {
            number,
            comment_id: 0,
        },
        |copy| Place::Comment {
            number: copy.number,
            comment_id: copy.comment_id,
        },
    );
    let html_url = written
        .iter()
        .find(|one| copy.is_some() && one.place == place)
        .map(|one| one.html_url.clone());
    Entry {
        key: reply.key.clone(),
        place,
        kind: reply.kind.entry_kind(),
        read_by: ReadBy::Given,
        side: side_of(&reply.by, reply.at, ws),
        login: login_of(&reply.by, ws.login.as_ref()),
        // GitHub's clock may be ahead of ours: a reply is not before what it replies to.
        at: reply.at.max(about.at),
        title: String::new(),
        text: reply.text.clone(),
        sections: Sections::default(),
        clauses: entry::clauses("", &reply.text),
        history: Vec::new(),
        deleted_at: None,
        about: Some(reply.entry.clone()),
        also_about: Vec::new(),
        html_url: html_url.unwrap_or_default(),
        remark: None,
    }
}
