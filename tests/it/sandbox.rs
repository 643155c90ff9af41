//! Attacks on the sandbox: each is a small program that tries what a hostile delivery would.

use std::sync::OnceLock;

use worksample::sandbox::{Sandbox, SandboxRefusal};

/// The machine's sandbox, or a loud word that these tests say nothing here.
pub fn sandbox() -> Option<&'static Sandbox> {
    static PROVED: OnceLock<Result<Sandbox, SandboxRefusal>> = OnceLock::new();
    match PROVED.get_or_init(|| Sandbox::prove(&[])) {
        Ok(sandbox) => Some(sandbox),
        Err(refusal) => {
            let required =
                std::env::var_os("WORKSAMPLE_TEST_REQUIRE").is_some_and(|all| all == "all");
            assert!(!required, "no sandbox on this machine: {refusal}");
            eprintln!("SKIPPED, no sandbox on this machine: {refusal}");
            None
        }
    }
}

#[test]
fn proves() {
    let started = std::time::Instant::now();
    let sandbox = sandbox();
    eprintln!(
        "{:?} {:?}",
        started.elapsed(),
        sandbox.map(Sandbox::describe)
    );
}
