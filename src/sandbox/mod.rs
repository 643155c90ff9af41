//! Runs one command that nobody trusts, under hard limits, or refuses to. docs/sandbox.md says what it holds and how.
//!
//! In-process and without anything to install: namespaces, a root of its own, a user without name, no privileges, a
//! system call filter, resource limits, and a watch over the whole tree of processes. [`Sandbox::prove`] attacks itself
//! before the first use and refuses where something required does not hold: a sandbox that is not known to hold is none.

mod capture;
mod filter;
mod jail;
mod layout;
mod prove;
mod run;
mod toolchain;
mod tree;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::acceptance::CommandRun;
use crate::spec::{SandboxNeeds, Toolchain};

pub use layout::{BUILD, WORK};
pub use prove::SandboxRefusal;
pub use tree::{TreeError, WorkTree};

use toolchain::Installation;

/// A sandbox that has proved itself on this machine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    identity: Whose,
    toolchains: BTreeMap<&'static str, Result<Installation, String>>,
}

/// Who the service is, which decides how a command is made nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Root,
    User { uid: u32, gid: u32 },
}

/// One command to run in a work tree.
#[derive(Debug, Clone)]
pub struct SandboxRequest {
    /// Program and arguments; the program is looked for on the sandbox's own search path.
    pub command: Vec<String>,
    /// The tree that the command runs in, writable; `/work` inside. The caller's, and nobody else's while it runs.
    pub work: PathBuf,
    /// A second writable folder, for what build tools make; `/build` inside. As much the caller's as `work`.
    pub build: PathBuf,
    /// Toolchains, limits and environment.
    pub needs: SandboxNeeds,
    /// Wall time, where it differs from the needs'.
    pub wall: Option<Duration>,
}

/// The sandbox could not run a command, for a reason that is not the command's.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(
        "the sandbox could not be set up ({what}: {source}); `worksample doctor` tells what this machine lacks"
    )]
    Setup {
        what: String,
        source: std::io::Error,
    },
    #[error(
        "the toolchain {toolchain} is not usable on this machine: {why}; install it where the service finds it on its search path"
    )]
    Toolchain {
        toolchain: &'static str,
        why: String,
    },
    #[error("no command was given to run")]
    NoCommand,
    #[error("the thread that watched the command died")]
    Watcher,
}

impl SandboxError {
    fn setup(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> SandboxError {
        let what = what.into();
        |source| SandboxError::Setup { what, source }
    }
}

/// Limits of one run, in the units that they are enforced in.
#[derive(Debug, Clone)]
struct Limits {
    wall: Duration,
    cpu: Duration,
    memory: u64,
    processes: u32,
    file: u64,
    /// Bytes in both folders that last.
    disk: u64,
    tmp: u64,
    /// Bytes kept of each stream.
    keep: usize,
}

impl Limits {
    fn of(needs: &SandboxNeeds, wall: Option<Duration>) -> Limits {
        const MIB: u64 = 1024 * 1024;
        let memory = u64::from(needs.memory_mib) * MIB;
        let file = u64::from(needs.file_mib) * MIB;
        Limits {
            wall: wall.unwrap_or(Duration::from_secs(needs.wall_seconds.into())),
            cpu: Duration::from_secs(needs.cpu_seconds.into()),
            memory,
            processes: needs.processes,
            file,
            disk: file.saturating_mul(8),
            // Temporary files lie in memory; they may take a quarter as much again.
            tmp: (memory / 4).max(16 * MIB),
            keep: usize::try_from(needs.output_kib).unwrap_or(64) * 1024,
        }
    }
}

impl Sandbox {
    /// Finds out how a command can be locked in on this machine, attacks that sandbox in several ways, and refuses,
    /// saying what is missing and how to mend it, unless all of them fail. Blocks for about a second.
    ///
    /// # Errors
    /// When an isolation or a limit does not hold, or one of the `required` toolchains is not there.
    pub fn prove(required: &[Toolchain]) -> Result<Sandbox, SandboxRefusal> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        let identity = if uid.is_root() {
            Whose::Root
        } else {
            Whose::User {
                uid: uid.as_raw(),
                gid: gid.as_raw(),
            }
        };
        let toolchains = [Toolchain::Rust, Toolchain::Python]
            .into_iter()
            .map(|one| (toolchain::name(one), toolchain::find(one)))
            .collect();
        let sandbox = Sandbox {
            shared: Arc::new(Shared {
                identity,
                toolchains,
            }),
        };
        prove::prove(&sandbox, required)?;
        Ok(sandbox)
    }

    /// The sandbox in a line, for an assessment's record.
    pub fn describe(&self) -> String {
        let user = match self.shared.identity {
            Whose::Root => "own user id",
            Whose::User { .. } => "user namespace",
        };
        format!(
            "Linux {}: {user}, PID, mount, network and IPC namespaces, read-only root, seccomp filter, rlimits, watched process tree",
            rustix::system::uname().release().to_string_lossy()
        )
    }

    /// Runs a command to its end or to a limit. All its processes are gone when this returns.
    ///
    /// # Errors
    /// When the sandbox itself failed; whatever the command does, however badly, is a [`CommandRun`].
    pub async fn run(&self, request: &SandboxRequest) -> Result<CommandRun, SandboxError> {
        let (sandbox, request) = (self.clone(), request.clone());
        tokio::task::spawn_blocking(move || sandbox.run_blocking(&request))
            .await
            .map_err(|_| SandboxError::Watcher)?
    }

    /// As [`Sandbox::run`], blocking the thread.
    ///
    /// # Errors
    /// As [`Sandbox::run`].
    pub fn run_blocking(&self, request: &SandboxRequest) -> Result<CommandRun, SandboxError> {
        run::run(self, request).map(|(run, _)| run)
    }

    fn installations(&self, wanted: &[Toolchain]) -> Result<Vec<&Installation>, SandboxError> {
        wanted
            .iter()
            .map(|one| {
                let name = toolchain::name(*one);
                match self.shared.toolchains.get(name) {
                    Some(Ok(found)) => Ok(found),
                    Some(Err(why)) => Err(SandboxError::Toolchain {
                        toolchain: name,
                        why: why.clone(),
                    }),
                    None => Err(SandboxError::Toolchain {
                        toolchain: name,
                        why: "it was not looked for".into(),
                    }),
                }
            })
            .collect()
    }
}
