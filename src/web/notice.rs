//! What a form has done, told once on the page that follows it.
//!
//! A form ends in a redirect. The redirect sets a cookie that names one of these notices; the next page shows its words and
//! removes the cookie. The cookie holds a name and no text, so nobody can put words on a page with it: an unknown name shows
//! nothing.

/// Declares the notices: each with its name in the cookie and its words.
macro_rules! notices {
    ($($notice:ident $name:literal $words:literal,)*) => {
        /// What a form has done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Notice {
            $($notice,)*
        }

        impl Notice {
            const ALL: &[Notice] = &[$(Notice::$notice,)*];

            /// The name in the cookie.
            pub fn name(self) -> &'static str {
                match self {
                    $(Notice::$notice => $name,)*
                }
            }

            /// What the page says. A page may say more, where it knows more.
            pub fn words(self) -> &'static str {
                match self {
                    $(Notice::$notice => $words,)*
                }
            }
        }
    };
}

notices! {
    Accepted "accepted" "Accepted. Your repository is made next, and GitHub invites you to it.",
    Declined "declined" "Declined. The team sees it.",
    Delivered "delivered" "Delivered.",
    Withdrawn "withdrawn" "You withdrew. The team sees it.",
    HoursSaved "hours-saved" "Saved how long it took.",
    ZoneChanged "zone-changed" "The time zone is changed.",
    LoginCorrected "login-corrected" "The login is changed. GitHub invites this account next.",
    Reinvited "reinvited" "Another invitation is sent to the same account.",
    PersonSaved "person-saved" "Saved.",
    PersonDisabled "person-disabled" "Disabled. The person is signed out everywhere and cannot sign in.",
    PersonEnabled "person-enabled" "Enabled. The person can sign in again; make a new link if they need one.",
    PersonSignedOut "person-signed-out" "The person is signed out everywhere.",
    TokenRevoked "token-revoked" "The token is revoked. Programs that use it are refused from now on.",
    LinkRevoked "link-revoked" "The link is revoked. Visits that it opened have ended.",
    LinksRevoked "links-revoked" "All links are revoked. Visits that they opened have ended.",
    SignedOut "signed-out" "You are signed out.",
    SignedOutEverywhere "signed-out-everywhere" "You are signed out in every browser.",
    AccountSaved "account-saved" "Saved.",
    Launched "launched" "The offer is made. The candidate is sent a mail with their personal link.",
    LaunchedWithoutMail "launched-without-mail" "The offer is made. No mail is sent: make a link here and hand it over.",
    LaunchStarted "launch-started" "Launched. The offers are made one after another.",
    LaunchStopped "launch-stopped" "Stopped. Offers that were made stay open.",
    LaunchResumed "launch-resumed" "The launch goes on.",
    Replied "replied" "Your reply is recorded. The candidate reads it on their page; a comment at GitHub follows.",
    Reclassified "reclassified" "The text is read as this from now on.",
    Judged "judged" "Your judgement is recorded.",
    Paid "paid" "The payment is recorded. The candidate sees it.",
    Decided "decided" "The decision is recorded. The candidate sees its outcome, and the feedback where you gave any.",
    DecisionCorrected "decision-corrected" "The decision is corrected. The candidate sees its outcome, and the feedback where you gave any.",
    Extended "extended" "The due time is moved. The candidate sees it.",
    WithdrawalRecorded "withdrawal-recorded" "The withdrawal is recorded.",
    Cancelled "cancelled" "The work sample is cancelled. The candidate sees it.",
    Closed "closed" "The work sample is closed.",
    JobRetried "job-retried" "The job is tried again.",
    Examined "examined" "The service was examined.",
    OwnerSaved "owner-saved" "The owner is saved.",
    EmailCorrected "email-corrected" "The address is corrected. Messages that wait go to the new one.",
    MessageResent "message-resent" "The message was written again. This page shows the new one and its state.",
}

impl Notice {
    pub fn named(name: &str) -> Option<Notice> {
        Notice::ALL.iter().copied().find(|one| one.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_is_known_by_its_name_alone() {
        for notice in Notice::ALL {
            assert_eq!(Notice::named(notice.name()), Some(*notice));
        }
        for unknown in ["", "Saved.", "accepted ", "<b>accepted</b>"] {
            assert_eq!(Notice::named(unknown), None, "{unknown}");
        }
    }
}
