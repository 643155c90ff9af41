//! Sends messages over SMTP, and says what is known of a failure: was the message certainly not taken, for now or for good, or
//! is that unknown?

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::{ExposeSecret as _, SecretString};

/// How long each part of a conversation may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// To connect, say hello and sign in.
    pub connect: Duration,
    /// To name sender and recipient.
    pub command: Duration,
    /// To hand over the message and hear what became of it.
    pub message: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            message: Duration::from_secs(120),
        }
    }
}

/// A server that takes mail.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    /// TLS from the first byte.
    is_wrapped: bool,
    credentials: Option<(String, SecretString)>,
    pub timeouts: Timeouts,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({self})")
    }
}

/// Without the password.
impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_wrapped { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// A text that names no SMTP server. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; it should be like `smtps://USER:PASSWORD@HOST:465` or `smtp://HOST:25`")]
pub struct InvalidSmtpUrl(String);

impl FromStr for Smtp {
    type Err = InvalidSmtpUrl;

    fn from_str(text: &str) -> Result<Self, InvalidSmtpUrl> {
        let invalid = |why: &str| InvalidSmtpUrl(why.to_owned());
        let url =
            url::Url::parse(text.trim()).map_err(|error| InvalidSmtpUrl(error.to_string()))?;
        let (is_wrapped, port) = match url.scheme() {
            "smtps" => (true, 465),
            "smtp" => (false, 25),
            _ => return Err(invalid("the scheme is neither smtps nor smtp")),
        };
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| invalid("it names no host"))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("nothing may stand behind the port"));
        }
        let decoded = |text: &str| {
            percent_decoded(text)
                .ok_or_else(|| invalid("user or password is not encoded as in URLs"))
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some((decoded(user)?, decoded(password)?.into()))
            }
            _ => {
                return Err(invalid(
                    "it has a user without a password, or the other way round",
                ));
            }
        };
        Ok(Smtp {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            is_wrapped,
            credentials,
            timeouts: Timeouts::default(),
        })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, more) = rest.split_at_checked(2)?;
        bytes.push(*hex::decode(digits).ok()?.first()?);
        rest = more;
    }
    String::from_utf8(bytes).ok()
}

/// Why a message was not sent, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The server did not take it, and may later.
    #[error("{0}")]
    Transient(String),
    /// The server will not take it.
    #[error("{0}")]
    Permanent(String),
    /// The server may have taken it: the connection broke before it said so.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
}

type SmtpError = lettre::transport::smtp::Error;

/// A failure before the message was handed over.
fn before(error: &SmtpError) -> SendError {
    let text = said(error);
    if error.is_permanent() {
        SendError::Permanent(text)
    } else {
        SendError::Transient(text)
    }
}

/// A failure while it was handed over.
fn during(error: &SmtpError) -> SendError {
    if error.is_permanent() || error.is_transient() {
        before(error)
    } else {
        SendError::Unknown(said(error))
    }
}

/// The error with its causes, in one bounded line.
fn said(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    super::clean::line(&text, 300)
}

async fn within<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = Result<T, SmtpError>>,
) -> Result<Result<T, SmtpError>, String> {
    tokio::time::timeout(limit, work)
        .await
        .map_err(|_| format!("timed out after {} s: {what}", limit.as_secs()))
}

impl Smtp {
    /// The server as people know it, without the password.
    pub fn server(&self) -> String {
        self.to_string()
    }

    /// Connects, says hello, signs in where there are credentials, and hangs up.
    pub async fn check(&self) -> Result<(), SendError> {
        let mut connection = self.connected().await?;
        let _ = within(self.timeouts.connect, "quit", connection.quit()).await;
        Ok(())
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, SendError> {
        match within(self.timeouts.connect, "connect", self.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            // A refused sign-in is a mistake in the settings: mails are not lost by it.
            Ok(Err(error)) => Err(SendError::Transient(said(&error))),
            Err(timeout) => Err(SendError::Transient(timeout)),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let tls = || TlsParameters::new_rustls(self.host.clone());
        let wrapped = if self.is_wrapped { Some(tls()?) } else { None };
        let hello = ClientId::default();
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &hello, wrapped, None).await?;
        // A password goes in clear to this very machine only.
        let must_hide = self.credentials.is_some() && !self.is_local();
        if connection.can_starttls() || (must_hide && !connection.is_encrypted()) {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    fn is_local(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Connects and names sender and recipient, up to the point from which the server may take the message.
    pub async fn prepare(
        &self,
        from: &str,
        to: &str,
        is_ascii: bool,
    ) -> Result<Prepared, SendError> {
        let address = |text: &str| {
            text.parse::<Address>()
                .map_err(|error| SendError::Permanent(format!("the address is refused: {error}")))
        };
        let (from, to) = (address(from)?, address(to)?);
        let mut connection = self.connected().await?;
        let named = within(
            self.timeouts.command,
            "name sender and recipient",
            announce(&mut connection, from, to, is_ascii),
        );
        match named.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(before(&error)),
            Err(timeout) => return Err(SendError::Transient(timeout)),
        }
        Ok(Prepared {
            connection,
            timeouts: self.timeouts,
        })
    }
}

/// A connection on which a message can be handed over.
pub struct Prepared {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
}

impl Prepared {
    /// Hands the message over.
    pub async fn hand_over(mut self, message: &[u8]) -> Result<(), SendError> {
        let limit = self.timeouts.command;
        match within(limit, "begin the message", self.connection.command(Data)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(before(&error)),
            Err(timeout) => return Err(SendError::Transient(timeout)),
        }
        let limit = self.timeouts.message;
        match within(
            limit,
            "hand over the message",
            self.connection.message(message),
        )
        .await
        {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(during(&error)),
            Err(timeout) => return Err(SendError::Unknown(timeout)),
        }
        // It is sent; how the server says goodbye changes nothing.
        let _ = within(self.timeouts.command, "quit", self.connection.quit()).await;
        Ok(())
    }
}

async fn announce(
    connection: &mut AsyncSmtpConnection,
    from: Address,
    to: Address,
    is_ascii: bool,
) -> Result<(), SmtpError> {
    let mut parameters = Vec::new();
    let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !(plain(&from) && plain(&to)) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !is_ascii
        && connection
            .server_info()
            .supports_feature(Extension::EightBitMime)
    {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection
        .command(Mail::new(Some(from), parameters))
        .await?;
    connection.command(Rcpt::new(to, Vec::new())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smtp_url_names_server_and_credentials() {
        let smtp: Smtp = "smtps://lea%40acme.example:p%3Ass@mail.acme.example"
            .parse()
            .unwrap();
        assert_eq!(smtp.to_string(), "smtps://mail.acme.example:465");
        let (user, password) = smtp.credentials.as_ref().unwrap();
        assert_eq!(
            (user.as_str(), password.expose_secret()),
            ("lea@acme.example", "p:ss")
        );
        assert!(!format!("{smtp:?}").contains("p:ss"));
        let plain: Smtp = "smtp://127.0.0.1:2525".parse().unwrap();
        assert_eq!(plain.to_string(), "smtp://127.0.0.1:2525");
        assert!(plain.is_local());
    }

    #[test]
    fn smtp_url_that_cannot_be_used_is_refused_without_its_password() {
        for text in [
            "mail.acme.example",
            "http://user:secret@host",
            "smtp://user@host",
            "smtp://:secret@host",
            "smtps://user:secret@host/path",
            "smtps://user:secret%zz@host",
            "smtp://",
        ] {
            let error = text.parse::<Smtp>().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
