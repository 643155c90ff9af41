//! Finds the real toolchains of this machine. What is on the search path is often a shim (rustup, pyenv) that needs its
//! owner's home and an environment; inside the sandbox only the installation itself is visible.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::spec::Toolchain;

/// An installation: what must be visible and where its programs lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installation {
    /// Shown read-only at the same path as on the host, for installations know their own path.
    pub root: PathBuf,
    pub programs: PathBuf,
}

pub(super) fn find(toolchain: Toolchain) -> Result<Installation, String> {
    let (program, arguments): (&str, &[&str]) = match toolchain {
        Toolchain::Rust => ("rustc", &["--print", "sysroot"]),
        Toolchain::Python => (
            "python3",
            &["-I", "-c", "import sys; print(sys.base_prefix)"],
        ),
    };
    let answer = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{program}` could not be started: {error}"))?;
    if !answer.status.success() {
        let said = String::from_utf8_lossy(&answer.stderr);
        // What stands below an empty line is the program's own history.
        let why: Vec<&str> = said
            .trim()
            .lines()
            .take_while(|line| !line.trim().is_empty())
            .collect();
        return Err(format!(
            "`{program} {}` failed: {}",
            arguments.join(" "),
            why.join("; ")
        ));
    }
    let root = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    let programs = root.join("bin");
    if !root.is_absolute() || !programs.join(program).exists() {
        return Err(format!(
            "`{program}` says that it is installed in `{}`, but there is no `bin/{program}` in it",
            root.display()
        ));
    }
    Ok(Installation { root, programs })
}

pub(super) fn name(toolchain: Toolchain) -> &'static str {
    match toolchain {
        Toolchain::Rust => "Rust",
        Toolchain::Python => "Python",
    }
}

/// Is it part of the system folders that are visible anyway?
pub(super) fn within_system(root: &Path) -> bool {
    root.starts_with("/usr")
}
