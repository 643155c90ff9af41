//! What several tests need from the machine.

pub mod app_world;
pub mod at_github;
pub mod browser;
pub mod enterprise;
pub mod flaky;
pub mod gate;
pub mod played;
pub mod postgres;
pub mod routes;
pub mod small;
pub mod smtp;
pub mod stored;
pub mod visitor;

/// Is this a run in which a test that misses something on this machine fails, where it would else skip itself?
#[expect(
    clippy::disallowed_methods,
    reason = "the switch for machines on which nothing may be skipped"
)]
pub fn nothing_may_be_skipped() -> bool {
    std::env::var_os("WORKSAMPLE_TEST_REQUIRE").is_some_and(|all| all == "all")
}

/// Leaves a test out, loudly; where nothing may be skipped, fails it instead.
pub fn skip(what: &str) {
    assert!(
        !nothing_may_be_skipped(),
        "nothing may be skipped, but {what}"
    );
    eprintln!("SKIPPED: {what}");
}

/// A form's fields as a browser posts them.
pub fn form(fields: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://form.invalid/", fields).unwrap();
    url.query().unwrap().to_owned()
}
