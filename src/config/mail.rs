//! The settings of mail.

use secrecy::ExposeSecret as _;

use super::secret::secret;
use super::{MAIL_FROM, MAIL_REPLY_TO, SMTP_URL, SettingError, Source};
use crate::mail::{Mailbox, Smtp};

/// How mail leaves the service. The default sends none.
#[derive(Debug, Clone, Default)]
pub struct MailSettings {
    /// `None`: messages are kept and shown, and not sent.
    pub smtp: Option<Smtp>,
    pub from: Option<Mailbox>,
    pub reply_to: Option<Mailbox>,
}

pub(super) fn read(source: &dyn Source) -> Result<MailSettings, SettingError> {
    let smtp = secret(source, SMTP_URL)?
        .map(|url| {
            url.expose_secret()
                .parse()
                .map_err(
                    |error: crate::mail::InvalidSmtpUrl| SettingError::Unusable {
                        name: SMTP_URL,
                        why: error.to_string(),
                    },
                )
        })
        .transpose()?;
    let mailbox = |name: &'static str| -> Result<Option<Mailbox>, SettingError> {
        source
            .value(name)
            .map(|text| {
                text.parse().map_err(
                    |error: crate::mail::InvalidMailbox| SettingError::Unusable {
                        name,
                        why: error.to_string(),
                    },
                )
            })
            .transpose()
    };
    let from = mailbox(MAIL_FROM)?;
    if smtp.is_some() && from.is_none() {
        return Err(SettingError::Missing {
            name: MAIL_FROM,
            remedy: "WORKSAMPLE_SMTP_URL is set, and mail needs a sender such as `Acme <work@acme.example>`",
        });
    }
    Ok(MailSettings {
        smtp,
        from,
        reply_to: mailbox(MAIL_REPLY_TO)?,
    })
}
