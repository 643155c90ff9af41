//! Where somebody goes after signing in: to the page that they wanted, if it is one of ours.

/// Where everybody begins.
pub(super) const HOME: &str = "/";

/// The page to go to: one of ours, whatever the address said.
pub(super) fn ours(to: Option<&str>) -> &str {
    to.filter(|path| is_ours(path)).unwrap_or(HOME)
}

fn is_ours(path: &str) -> bool {
    let harmless = path.len() <= 200
        && path.starts_with('/')
        && !path.contains("//")
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-'));
    // Not to what signs in or out, nor to a link.
    let first = path.split('/').nth(1).unwrap_or_default();
    harmless && !matches!(first, "sign-in" | "sign-out" | "l" | "o" | "api")
}

/// The page that a form is on: there a person goes on after signing in, because the form is not sent again.
pub(super) fn page_of(form: &str) -> &str {
    match form.rsplit_once('/') {
        Some((page, "stop" | "resume" | "offers.csv" | "resend")) => page,
        Some((page, "revoke")) if page.starts_with("/samples/") => page,
        // Shown and sent at the same address.
        Some((page, "links")) if page.starts_with("/samples/") => form,
        _ => match form.split('/').nth(1) {
            Some("people") => "/people",
            Some("tokens") => "/tokens",
            Some("account") => "/account",
            Some("launches") => "/launches/new",
            _ => HOME,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_target_leads_home() {
        for own in ["/launches/batch_1", "/people", "/"] {
            assert_eq!(ours(Some(own)), own);
        }
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/launches.evil.example",
            "/launches/\r\nX: y",
            "/launches/..//evil.example?a",
            "/launches//evil.example",
            "javascript:alert(1)",
            "/sign-out",
            "/l/token",
            "launches",
            "",
        ] {
            assert_eq!(ours(Some(elsewhere)), HOME, "{elsewhere}");
        }
        assert_eq!(ours(None), HOME);
    }

    #[test]
    fn form_leads_back_to_its_page() {
        for (form, page) in [
            ("/launches", "/launches/new"),
            ("/launches/batch_1/stop", "/launches/batch_1"),
            ("/people/person_1/disable", "/people"),
            ("/tokens", "/tokens"),
            ("/account", "/account"),
            ("/people/person_1", "/people"),
            ("/tokens/token_1/revoke", "/tokens"),
            ("/samples/ws_1/links", "/samples/ws_1/links"),
            ("/samples/ws_1/links/revoke", "/samples/ws_1/links"),
            ("/sign-out", "/"),
        ] {
            assert_eq!(page_of(form), page);
        }
    }
}
