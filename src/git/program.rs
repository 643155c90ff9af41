//! Running the git program, and the commits that we make ourselves.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::child::{Bounds, Ended, Stopped, watch};
use crate::clock::Timestamp;
use crate::ids::CommitSha;

/// No single git command may take longer than this.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A command may print this much where nobody reads it piece by piece.
const MOST_OUTPUT: usize = 64 * 1024 * 1024;

/// What keeps git's own memory small: larger contents are not held as a whole, packs are looked at through windows.
const SMALL: [&str; 8] = [
    "-c",
    "core.bigFileThreshold=16m",
    "-c",
    "core.packedGitWindowSize=32m",
    "-c",
    "core.packedGitLimit=256m",
    "-c",
    "pack.windowMemory=64m",
];

/// Runs the rest of its arguments with at most 1 GiB of memory: git collects a whole difference before it prints any of it.
/// Where a system has no such limit (macOS), there is none.
const WITHIN_MEMORY: &str = r#"ulimit -v 1048576; exec "$@""#;

/// How we write a commit's author and committer.
const AUTHOR: (&str, &str) = ("worksample", "worksample@users.noreply.invalid");

/// What can go wrong with git.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("the git program could not be started: {0}; install git, or put it on PATH")]
    NotStarted(std::io::Error),
    #[error("`git {command}` took longer than {} s and was ended", TIMEOUT.as_secs())]
    TimedOut { command: String },
    #[error("`git {command}` failed: {message}")]
    Failed { command: String, message: String },
    #[error("the repository does not hold the commit {sha}")]
    NoSuchCommit { sha: CommitSha },
    #[error("the commit {sha} cannot be checked: {what}")]
    TooLarge { sha: CommitSha, what: String },
    #[error("`git {command}` was ended: {what}")]
    TooMuch { command: String, what: String },
    #[error("`git {command}` answered something that could not be read: {what}")]
    Odd { command: String, what: String },
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A repository elsewhere, and the token that opens it.
#[derive(Debug, Clone)]
pub struct Remote {
    /// `https://github.com/owner/name.git`
    pub url: String,
    pub token: SecretString,
}

/// The git program.
#[derive(Debug, Clone)]
pub struct Git {
    /// The `PATH` that git and its helpers are looked for on.
    path: OsString,
}

impl Git {
    /// `path` is the value of `PATH`.
    pub fn new(path: impl Into<OsString>) -> Self {
        Git { path: path.into() }
    }

    /// `git version 2.47.3`, or why it cannot be run.
    pub async fn version(&self) -> Result<String, GitError> {
        self.run(Path::new("/"), &["version"], None).await
    }

    /// Makes `dir` a repository with exactly one commit on `main` that holds what lies in `dir`. The same files, message and
    /// time give the same SHA, which is what makes pushing it again harmless.
    pub async fn first_commit(
        &self,
        dir: &Path,
        message: &str,
        at: Timestamp,
    ) -> Result<CommitSha, GitError> {
        let init = ["init", "--quiet", "--template=", "--initial-branch=main"];
        self.run(dir, &init, None).await?;
        self.commit_all(dir, message, AUTHOR, at).await
    }

    /// Commits everything in `dir` as it lies there.
    pub async fn commit_all(
        &self,
        dir: &Path,
        message: &str,
        author: (&str, &str),
        at: Timestamp,
    ) -> Result<CommitSha, GitError> {
        self.commit(dir, &["commit"], message, author, at).await
    }

    /// As [`Git::commit_all`], but the new commit takes the place of the last one.
    pub async fn amend_all(
        &self,
        dir: &Path,
        message: &str,
        author: (&str, &str),
        at: Timestamp,
    ) -> Result<CommitSha, GitError> {
        let command = ["commit", "--amend", "--reset-author"];
        self.commit(dir, &command, message, author, at).await
    }

    async fn commit(
        &self,
        dir: &Path,
        command: &[&str],
        message: &str,
        author: (&str, &str),
        at: Timestamp,
    ) -> Result<CommitSha, GitError> {
        self.run(dir, &["add", "--all", "--force", "."], None)
            .await?;
        let when = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let environment = [
            ("GIT_AUTHOR_NAME", author.0),
            ("GIT_AUTHOR_EMAIL", author.1),
            ("GIT_AUTHOR_DATE", when.as_str()),
            ("GIT_COMMITTER_NAME", author.0),
            ("GIT_COMMITTER_EMAIL", author.1),
            ("GIT_COMMITTER_DATE", when.as_str()),
        ];
        let options = [
            "--quiet",
            "--no-verify",
            "--no-gpg-sign",
            "--allow-empty",
            "--message",
            message,
        ];
        let arguments = [command, &options].concat();
        self.run_with(dir, &arguments, None, &environment).await?;
        self.head(dir).await
    }

    /// The commit that is checked out in `dir`.
    pub async fn head(&self, dir: &Path) -> Result<CommitSha, GitError> {
        let text = self.run(dir, &["rev-parse", "HEAD"], None).await?;
        text.trim().parse().map_err(|_| GitError::Odd {
            command: "rev-parse HEAD".into(),
            what: text,
        })
    }

    /// The branches of a remote, as (`refs/heads/main`, SHA); empty for an empty repository.
    pub async fn branches(&self, remote: &Remote) -> Result<Vec<(String, CommitSha)>, GitError> {
        let text = self
            .run(
                Path::new("/"),
                &["ls-remote", "--heads", "--", &remote.url],
                Some(remote),
            )
            .await?;
        text.lines()
            .map(|line| {
                let (sha, name) = line.split_once('\t').ok_or_else(|| GitError::Odd {
                    command: "ls-remote".into(),
                    what: line.to_owned(),
                })?;
                let sha = sha.parse().map_err(|_| GitError::Odd {
                    command: "ls-remote".into(),
                    what: line.to_owned(),
                })?;
                Ok((name.to_owned(), sha))
            })
            .collect()
    }

    /// Pushes what is checked out in `dir` to `branch`. Without `force` a remote that went on is an error.
    pub async fn push(
        &self,
        dir: &Path,
        remote: &Remote,
        branch: &str,
        force: bool,
    ) -> Result<(), GitError> {
        let target = format!("HEAD:refs/heads/{branch}");
        let mut arguments = vec!["push", "--quiet"];
        if force {
            arguments.push("--force");
        }
        arguments.extend(["--", remote.url.as_str(), target.as_str()]);
        self.run(dir, &arguments, Some(remote)).await.map(drop)
    }

    /// Clones a remote into `dir`, which must not exist or be empty.
    pub async fn clone_into(&self, dir: &Path, remote: &Remote) -> Result<(), GitError> {
        std::fs::create_dir_all(dir)?;
        self.run(
            dir,
            &["clone", "--quiet", "--", &remote.url, "."],
            Some(remote),
        )
        .await
        .map(drop)
    }

    /// Creates a branch from what is checked out, and checks it out.
    pub async fn create_branch(&self, dir: &Path, name: &str) -> Result<(), GitError> {
        self.run(dir, &["checkout", "--quiet", "-B", name], None)
            .await
            .map(drop)
    }

    /// Removes a file or folder from what is checked out.
    pub async fn remove(&self, dir: &Path, path: &str) -> Result<(), GitError> {
        self.run(dir, &["rm", "-r", "--force", "--quiet", "--", path], None)
            .await
            .map(drop)
    }

    /// The name of the branch that is checked out.
    pub async fn current_branch(&self, dir: &Path) -> Result<String, GitError> {
        let name = self
            .run(dir, &["symbolic-ref", "--short", "HEAD"], None)
            .await?;
        Ok(name.trim().to_owned())
    }

    pub(super) async fn run(
        &self,
        dir: &Path,
        arguments: &[&str],
        remote: Option<&Remote>,
    ) -> Result<String, GitError> {
        self.run_with(dir, arguments, remote, &[]).await
    }

    async fn run_with(
        &self,
        dir: &Path,
        arguments: &[&str],
        remote: Option<&Remote>,
        environment: &[(&str, &str)],
    ) -> Result<String, GitError> {
        let command = self.command(dir, arguments, remote, environment)?;
        let (mut output, name) = (Vec::new(), name_of(arguments));
        let whole = self
            .follow(
                command,
                &name,
                None,
                &mut collecting(&mut output, MOST_OUTPUT),
            )
            .await?;
        if whole {
            Ok(String::from_utf8_lossy(&output).into_owned())
        } else {
            Err(GitError::TooMuch {
                command: name,
                what: format!("it printed more than {MOST_OUTPUT} bytes"),
            })
        }
    }

    /// [`Git::run`] for what fetches into `dir`, which may come to hold at most so many bytes.
    pub(super) async fn run_within(
        &self,
        dir: &Path,
        arguments: &[&str],
        remote: Option<&Remote>,
        most_bytes: u64,
    ) -> Result<(), GitError> {
        let command = self.command(dir, arguments, remote, &[])?;
        let disk = Some((dir, most_bytes));
        let mut unheard = |_: &[u8]| ControlFlow::Continue(());
        self.follow(command, &name_of(arguments), disk, &mut unheard)
            .await
            .map(drop)
    }

    /// [`Git::run`] for what prints more than anybody wants: at most `most` bytes of it, and whether that is all.
    pub(super) async fn run_up_to(
        &self,
        dir: &Path,
        arguments: &[&str],
        most: usize,
    ) -> Result<(Vec<u8>, bool), GitError> {
        let mut output = Vec::new();
        let whole = self
            .run_until(dir, arguments, &mut collecting(&mut output, most))
            .await?;
        Ok((output, whole))
    }

    /// Hands what a command prints to `take` piece by piece and ends it when that has enough; true if it ended by itself.
    pub(super) async fn run_until(
        &self,
        dir: &Path,
        arguments: &[&str],
        take: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
    ) -> Result<bool, GitError> {
        let command = self.command(dir, arguments, None, &[])?;
        self.follow(command, &name_of(arguments), None, take).await
    }

    async fn follow(
        &self,
        mut command: Command,
        name: &str,
        disk: Option<(&Path, u64)>,
        take: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
    ) -> Result<bool, GitError> {
        let child = command.spawn().map_err(GitError::NotStarted)?;
        let bounds = Bounds {
            time: TIMEOUT,
            disk,
        };
        let command = name.to_owned();
        match watch(child, bounds, take).await? {
            Ended::ByItself { status, .. } if status.success() => Ok(true),
            Ended::ByItself { complaint, .. } => Err(GitError::Failed {
                command,
                message: complaint.chars().take(2000).collect(),
            }),
            Ended::Stopped(Stopped::Enough) => Ok(false),
            Ended::Stopped(Stopped::Time) => Err(GitError::TimedOut { command }),
            Ended::Stopped(Stopped::Disk) => {
                let most = disk.map_or(0, |(_, most)| most);
                Err(GitError::TooMuch {
                    command,
                    what: format!("it wrote more than {most} bytes"),
                })
            }
        }
    }

    fn command(
        &self,
        dir: &Path,
        arguments: &[&str],
        remote: Option<&Remote>,
        environment: &[(&str, &str)],
    ) -> Result<Command, GitError> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WITHIN_MEMORY, "git"])
            .arg(self.program()?)
            .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"])
            .args(SMALL)
            .args(["-c", "maintenance.auto=false"])
            .args([
                "-c",
                "protocol.file.allow=never",
                "-c",
                "protocol.ext.allow=never",
            ])
            .args([
                "-c",
                "advice.detachedHead=false",
                "-c",
                "core.autocrlf=false",
            ])
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .env("PATH", &self.path)
            .env("LC_ALL", "C")
            .env("HOME", "/nonexistent")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(remote) = remote {
            let credentials = base64::engine::general_purpose::STANDARD
                .encode(format!("x-access-token:{}", remote.token.expose_secret()));
            command
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "http.extraHeader")
                .env(
                    "GIT_CONFIG_VALUE_0",
                    format!("Authorization: Basic {credentials}"),
                );
        }
        Ok(command)
    }

    fn program(&self) -> Result<PathBuf, GitError> {
        found_on(&self.path)
            .ok_or_else(|| GitError::NotStarted(std::io::ErrorKind::NotFound.into()))
    }
}

/// The git program on this `PATH`. It is looked up here, since the child's own `PATH` does not count for finding it; and a
/// program that the system has to look for is started by copying the whole process first.
pub fn program_on(path: &OsStr) -> PathBuf {
    found_on(path).unwrap_or_else(|| PathBuf::from("git"))
}

fn found_on(path: &OsStr) -> Option<PathBuf> {
    places_on(path).find(|place| place.is_file())
}

fn name_of(arguments: &[&str]) -> String {
    arguments.first().copied().unwrap_or_default().to_owned()
}

/// Keeps up to `most` bytes, and then has enough.
fn collecting(kept: &mut Vec<u8>, most: usize) -> impl FnMut(&[u8]) -> ControlFlow<()> + Send {
    move |bytes| {
        let room = most.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn places_on(path: &OsStr) -> impl Iterator<Item = PathBuf> + '_ {
    path.as_bytes()
        .split(|byte| *byte == b':')
        .filter(|part| !part.is_empty())
        .map(|part| Path::new(OsStr::from_bytes(part)).join("git"))
}
