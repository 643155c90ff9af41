//! An archive of what is kept about a candidate, for the candidate.

use std::io::{Cursor, Write as _};

use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Services, WorkflowError, candidates, messages, show};
use crate::candidate::{Offer, OwnReport, OwnTextState, Work};
use crate::clock::{Timestamp, to_the_second};
use crate::ids::WorkSampleId;
use crate::store::{
    AcceptedTerms, CandidateDetails, LinkRow, MessageFilter, MessageRow, MessageState, SessionRow,
    StoreError,
};
use crate::work_sample::WorkSample;

const README: &str = "\
This archive holds what is kept about you in this work sample.

about-you.json      what you told us about yourself
offer.json          the offer
work.json           your texts with the team's replies, your deliveries, and the pay
conversation.md     the same texts, to read
accepted-terms.md   the text that you accepted, word for word; missing where you accepted nothing
messages.json       the messages that were written to you: when, the subject, the text, and whether each was sent
links.json          the personal links that opened this to you: when each was made, first opened and revoked
sessions.json       when browsers were signed in by these links: from when, when last seen, and when it ended
report.json         your report; missing until a decision was made or the work ended

Links in messages stand here without the part that opens anything, for that part is not kept. Your code and the conversation with its edits are in the repository at GitHub.
Times are in UTC.
";

#[derive(Serialize)]
struct AboutYou<'a> {
    work_sample: &'a WorkSampleId,
    name: &'a str,
    email: Option<&'a str>,
    github_login: Option<&'a str>,
    /// GitHub's id of the account.
    github_account: Option<u64>,
    former_logins: Vec<&'a str>,
    time_zone: Option<&'a str>,
    /// How long you said that the work took, in tenths of an hour.
    hours_tenths: Option<i32>,
    offered_at: Option<Timestamp>,
}

/// A message to the candidate.
#[derive(Serialize)]
struct SentMessage {
    subject: String,
    state: MessageState,
    written_at: Timestamp,
    sent_at: Option<Timestamp>,
    /// Missing where an earlier version wrote it in a way that cannot be read any more.
    text: Option<String>,
}

/// A personal link. Neither its token nor anything made of it is shown.
#[derive(Serialize)]
struct Link {
    made_at: Timestamp,
    first_opened_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl From<&LinkRow> for Link {
    fn from(row: &LinkRow) -> Link {
        Link {
            made_at: row.created_at,
            first_opened_at: row.first_opened_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A browser that was signed in.
#[derive(Serialize)]
struct Session {
    signed_in_at: Timestamp,
    last_seen_at: Timestamp,
    /// Missing while the browser is signed in.
    ended_at: Option<Timestamp>,
}

impl Session {
    fn of(row: &SessionRow, now: Timestamp) -> Session {
        let expired = Some(row.expires_at).filter(|at| *at <= now);
        Session {
            signed_in_at: row.created_at,
            last_seen_at: row.last_seen_at,
            ended_at: [row.revoked_at, expired].into_iter().flatten().min(),
        }
    }
}

fn sent_message(services: &Services, row: MessageRow) -> SentMessage {
    let text = messages::text_of(services, &row)
        .inspect_err(|error| tracing::error!(mail = %row.id, %error, "could not export a message"))
        .ok();
    SentMessage {
        subject: row.subject,
        state: row.state,
        written_at: row.created_at,
        sent_at: row.sent_at,
        text,
    }
}

/// The archive of a work sample, as a zip file.
pub async fn archive(services: &Services, id: &WorkSampleId) -> Result<Vec<u8>, WorkflowError> {
    let (work_sample, version) = show::work_sample(services, id).await?;
    let details = candidates::details(services, id).await?;
    let wanted = id.clone();
    let (terms, rows, links, sessions) = services
        .store
        .read(move |tx| {
            let filter = MessageFilter {
                work_sample: Some(wanted.clone()),
                ..MessageFilter::default()
            };
            Ok::<_, StoreError>((
                tx.accepted_terms(&wanted)?,
                tx.messages(&filter)?,
                tx.links_of_work_sample(&wanted)?,
                tx.candidate_sessions(&wanted)?,
            ))
        })
        .await?;
    let sent: Vec<SentMessage> = rows
        .into_iter()
        .rev()
        .filter(|row| row.recipient == messages::CANDIDATE)
        .map(|row| sent_message(services, row))
        .collect();
    let links: Vec<Link> = links.iter().rev().map(Link::from).collect();
    let now = services.now();
    let sessions: Vec<Session> = sessions.iter().map(|row| Session::of(row, now)).collect();
    let work = Work::of(&work_sample, &version);
    let mut files = vec![
        ("README.txt", README.to_owned()),
        ("about-you.json", json(&about(&work_sample, &details))?),
        ("offer.json", json(&Offer::of(&work_sample, &version))?),
        ("conversation.md", conversation(&work)),
        ("work.json", json(&work)?),
        ("messages.json", json(&sent)?),
        ("links.json", json(&links)?),
        ("sessions.json", json(&sessions)?),
    ];
    if let Some(AcceptedTerms { text, .. }) = terms {
        files.push(("accepted-terms.md", text));
    }
    if let Some(report) = OwnReport::of(&work_sample, &version) {
        files.push(("report.json", json(&report)?));
    }
    packed(&files).map_err(|error| WorkflowError::Unreadable(error.to_string()))
}

fn about<'a>(ws: &'a WorkSample, details: &'a CandidateDetails) -> AboutYou<'a> {
    AboutYou {
        work_sample: &ws.id,
        name: &ws.candidate,
        email: ws.email.as_deref(),
        github_login: ws.login.as_ref().map(|login| login.as_str()),
        github_account: ws.account,
        former_logins: ws
            .former_logins
            .iter()
            .map(|login| login.as_str())
            .collect(),
        time_zone: details.zone.as_deref(),
        hours_tenths: details.hours_tenths,
        offered_at: ws.offered_at,
    }
}

fn json(value: &impl Serialize) -> Result<String, WorkflowError> {
    serde_json::to_string_pretty(value)
        .map_err(|error| WorkflowError::Unreadable(error.to_string()))
}

fn conversation(work: &Work) -> String {
    let mut page = String::from("# What you wrote, and what the team wrote back\n");
    for text in &work.texts {
        let state = match (text.deleted_at, text.state) {
            (Some(at), _) => format!(", deleted {}", to_the_second(at)),
            (None, OwnTextState::Waiting) => ", without a reply".to_owned(),
            (None, _) => String::new(),
        };
        page.push_str(&format!(
            "\n## {}\n\n{}{state}, {}\n\n{}\n",
            text.title,
            to_the_second(text.at),
            text.html_url,
            quoted(&text.text)
        ));
        for reply in &text.replies {
            page.push_str(&format!(
                "\n{} replied {}, {}\n\n{}\n",
                reply.by,
                to_the_second(reply.at),
                reply.html_url,
                quoted(&reply.text)
            ));
        }
    }
    page
}

/// A text within a page that has headings of its own.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// Files without a time of their own, so that the same data gives the same archive.
fn packed(files: &[(&str, String)]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}
