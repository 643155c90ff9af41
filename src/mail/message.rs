//! A letter as a MIME message.

use std::fmt::Display;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Message, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

use super::letter::Letter;
use super::render::{Links, render};
use super::{Mailbox, Mailer};
use crate::clock::Timestamp;

/// What stands in the headers of one message, and the links that are not in its letter.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    pub to: &'a Mailbox,
    /// With angle brackets.
    pub message_id: &'a str,
    /// The thread that it belongs to, with angle brackets.
    pub thread: &'a str,
    pub date: Timestamp,
    /// The candidate's page, with its token.
    pub personal: Option<&'a str>,
    /// Where its kind is turned off, for optional ones.
    pub unsubscribe: Option<&'a str>,
}

/// A letter that could not be made a message.
#[derive(Debug, thiserror::Error)]
pub enum NotRendered {
    #[error("the template failed: {0}")]
    Template(#[from] askama::Error),
    #[error("the message could not be built: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("a header could not be built: {0}")]
    Header(String),
}

/// The id of a message: the same for the same event, recipient and number of times that somebody asked for it again.
pub fn message_id(
    about: impl Display,
    key: &str,
    recipient: &str,
    again: u32,
    from: &Mailbox,
) -> String {
    let hash = Sha256::new()
        .chain_update(format!("{about}\n{key}\n{recipient}\n{again}"))
        .finalize();
    format!("<{}@{}>", hex::encode(&hash[..16]), from.domain())
}

/// The id that all messages about a work sample, or about the service, refer to.
pub fn thread_id(about: impl Display, from: &Mailbox) -> String {
    format!("<{about}@{}>", from.domain())
}

impl Mailer {
    /// The message as it is sent, and as `.eml` files have it.
    pub fn render(&self, letter: &Letter, headers: &Headers<'_>) -> Result<Vec<u8>, NotRendered> {
        let links = Links {
            public_url: &self.public_url,
            personal: headers.personal,
            unsubscribe: headers.unsubscribe,
        };
        let (text, html) = render(letter, &links)?;
        let mut builder = Message::builder()
            .from(self.from.inner().clone())
            .to(headers.to.inner().clone())
            .subject(&letter.subject)
            .date(headers.date.into())
            .message_id(Some(headers.message_id.to_owned()))
            .in_reply_to(headers.thread.to_owned())
            .references(headers.thread.to_owned())
            .raw_header(header("Auto-Submitted", "auto-generated")?);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.inner().clone());
        }
        if let Some(url) = headers.unsubscribe {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{url}>"))?)
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                )?);
        }
        // Made from the id, so that the same message has the same bytes.
        let boundary = |part: &str| {
            let hash = Sha256::digest(format!("{part} {}", headers.message_id));
            format!("ws-{part}-{}", hex::encode(&hash[..12]))
        };
        let both = MultiPart::alternative()
            .boundary(boundary("body"))
            .singlepart(SinglePart::plain(text))
            .singlepart(SinglePart::html(html));
        let message = match &letter.due {
            None => builder.multipart(both)?,
            Some(due) => {
                let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH")
                    .map_err(|error| NotRendered::Header(error.to_string()))?;
                let calendar = Attachment::new("due.ics".to_owned()).body(due.file(), kind);
                builder.multipart(
                    MultiPart::mixed()
                        .boundary(boundary("all"))
                        .multipart(both)
                        .singlepart(calendar),
                )?
            }
        };
        Ok(message.formatted())
    }

    /// The text and the HTML of a letter, for people who read it elsewhere.
    pub fn parts(
        &self,
        letter: &Letter,
        personal: Option<&str>,
    ) -> Result<(String, String), NotRendered> {
        let links = Links {
            public_url: &self.public_url,
            personal,
            unsubscribe: None,
        };
        Ok(render(letter, &links)?)
    }
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, NotRendered> {
    // A value of ours; a line break in it would be a mistake of ours too.
    if value.chars().any(char::is_control) {
        return Err(NotRendered::Header(name.to_owned()));
    }
    Ok(HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    ))
}
