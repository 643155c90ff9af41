//! Mail addresses with a name.

use std::fmt;
use std::str::FromStr;

use super::clean;

/// The longest name that is written beside an address, in characters.
const LONGEST_NAME: usize = 80;

/// A name and an address, as in `Acme <work@acme.example>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox(lettre::message::Mailbox);

/// A text that is not a mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mail address such as `Acme <work@acme.example>`")]
pub struct InvalidMailbox(String);

impl Mailbox {
    /// An address with a name that somebody chose.
    pub fn named(name: &str, address: &str) -> Result<Mailbox, InvalidMailbox> {
        let address = address
            .parse()
            .map_err(|_| InvalidMailbox(clean::line(address, LONGEST_NAME)))?;
        // An unquoted name with a full stop is of an obsolete form, and the library quotes none.
        let name = clean::line(name, LONGEST_NAME).replace('.', "");
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        Ok(Mailbox(lettre::message::Mailbox::new(name, address)))
    }

    /// The address alone.
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }

    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    pub(super) fn inner(&self) -> &lettre::message::Mailbox {
        &self.0
    }
}

impl FromStr for Mailbox {
    type Err = InvalidMailbox;

    fn from_str(text: &str) -> Result<Self, InvalidMailbox> {
        let invalid = || InvalidMailbox(clean::line(text, LONGEST_NAME));
        if text.chars().any(char::is_control) {
            return Err(invalid());
        }
        let mailbox: lettre::message::Mailbox = text.parse().map_err(|_| invalid())?;
        Ok(Mailbox(mailbox))
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
