//! The git program under the stand-in: bare repositories by id (never by a name somebody chose), and the plumbing that the
//! REST answers need. No setting of the machine or the user reaches it.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::error::StandInError;
use super::records::RepoId;
use crate::git::program_on;

/// Commits that a force push left behind stay readable, as on GitHub: so nothing is ever collected.
const SETTINGS: &str = "\
[http]
	receivepack = true
	uploadpack = true
[receive]
	fsckObjects = true
	hideRefs = refs/pull
	autogc = false
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[core]
	logAllRefUpdates = false
[gc]
	auto = 0
";

/// Runs git in the stand-in's data folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    dir: PathBuf,
    /// The `PATH` that git and its helpers are looked for on.
    path: OsString,
    /// Where it was found: a program that the system has to look for is started by copying the whole process first.
    program: PathBuf,
}

/// Refuses a push that brings a CI workflow, in GitHub's words.
const AGAINST_WORKFLOWS: &str = r#"#!/bin/sh
while read -r before after ref; do
    case $after in
    *[!0]*) ;;
    *) continue ;;
    esac
    file=$(git log --format= --name-only "$after" --not --all -- .github/workflows | head -n 1)
    if [ -n "$file" ]; then
        echo "refusing to allow a GitHub App to create or update workflow \`$file\` without \`workflows\` permission"
        exit 1
    fi
done
"#;

/// What a finished git said.
#[derive(Debug)]
pub(super) struct Said {
    pub success: bool,
    pub out: Vec<u8>,
    pub err: String,
}

impl Said {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).trim_end().to_owned()
    }
}

impl Git {
    pub(super) fn new(data_dir: &Path, path: OsString) -> Self {
        let program = program_on(&path);
        Git {
            dir: data_dir.join("git"),
            path,
            program,
        }
    }

    /// Asks git for its version: the first thing that fails where git is missing.
    pub(super) async fn version(&self) -> Result<String, StandInError> {
        let mut command = self.command(0);
        command.env_remove("GIT_DIR").arg("version");
        match finish(command, b"").await {
            Ok(said) if said.success => Ok(said.text()),
            Ok(said) => Err(StandInError::Git { reason: said.err }),
            Err(error) => Err(StandInError::Git {
                reason: error.to_string(),
            }),
        }
    }

    /// The folder of the hooks that look at what is pushed by those who may not push CI workflows.
    pub(super) fn hooks(&self) -> PathBuf {
        self.dir.join("hooks-against-workflows")
    }

    /// Writes the hooks.
    pub(super) async fn lay_hooks(&self) -> io::Result<()> {
        let hook = self.hooks().join("pre-receive");
        tokio::fs::create_dir_all(self.hooks()).await?;
        tokio::fs::write(&hook, AGAINST_WORKFLOWS).await?;
        tokio::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).await
    }

    /// The folder that holds the repositories.
    pub(super) fn root(&self) -> &Path {
        &self.dir
    }

    pub(super) fn repo_dir(&self, repo: RepoId) -> PathBuf {
        self.dir.join(format!("{repo}.git"))
    }

    /// A git command that sees nothing of the machine's settings.
    pub(super) fn command(&self, repo: RepoId) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.dir)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_DIR", self.repo_dir(repo))
            .kill_on_drop(true);
        command
    }

    /// Runs git to its end. Fails only where git could not be run at all.
    pub(super) async fn run(&self, repo: RepoId, args: &[&str], input: &[u8]) -> io::Result<Said> {
        let mut command = self.command(repo);
        command.args(args);
        finish(command, input).await
    }

    /// Runs git and takes failure for an error.
    pub(super) async fn text(&self, repo: RepoId, args: &[&str]) -> io::Result<String> {
        let said = self.run(repo, args, b"").await?;
        if said.success {
            Ok(said.text())
        } else {
            Err(io::Error::other(format!(
                "git {}: {}",
                args.join(" "),
                said.err.trim()
            )))
        }
    }

    /// Makes the bare repository; an earlier attempt that stopped halfway is completed.
    pub(super) async fn init(&self, repo: RepoId, default_branch: &str) -> io::Result<()> {
        tokio::fs::create_dir_all(self.repo_dir(repo)).await?;
        let branch = format!("--initial-branch={default_branch}");
        self.text(repo, &["init", "--bare", "--quiet", "--template=", &branch])
            .await?;
        // Written by ourselves: a process a setting makes up most of what a repository costs.
        let config = self.repo_dir(repo).join("config");
        let made = tokio::fs::read_to_string(&config).await?;
        if !made.contains(SETTINGS) {
            tokio::fs::write(&config, made + SETTINGS).await?;
        }
        Ok(())
    }

    pub(super) async fn delete(&self, repo: RepoId) -> io::Result<()> {
        match tokio::fs::remove_dir_all(self.repo_dir(repo)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) async fn set_head(&self, repo: RepoId, branch: &str) -> io::Result<()> {
        let target = format!("refs/heads/{branch}");
        self.text(repo, &["symbolic-ref", "HEAD", &target]).await?;
        Ok(())
    }

    /// Branches and tags with the object each points to, sorted by name.
    pub(super) async fn refs(&self, repo: RepoId) -> io::Result<Vec<(String, String)>> {
        self.refs_below(repo, &["refs/heads", "refs/tags"]).await
    }

    /// Refs whose names begin so, with the object each points to, sorted by name.
    pub(super) async fn refs_below(
        &self,
        repo: RepoId,
        starts: &[&str],
    ) -> io::Result<Vec<(String, String)>> {
        let mut args = vec!["for-each-ref", "--format=%(objectname) %(refname)"];
        args.extend(starts);
        let text = self.text(repo, &args).await?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(sha, name)| (name.to_owned(), sha.to_owned()))
            .collect())
    }

    /// The commit that a branch, tag, full ref or (short) SHA names.
    pub(super) async fn commit_of(&self, repo: RepoId, name: &str) -> io::Result<Option<String>> {
        if !safe_revision(name) {
            return Ok(None);
        }
        let mut candidates = [
            format!("refs/heads/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/{name}"),
            name.to_owned(),
        ];
        // The likely one first: each costs a process.
        if name.starts_with("heads/") || name.starts_with("tags/") {
            candidates.swap(0, 2);
        }
        for candidate in candidates {
            let is_sha = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !candidate.starts_with("refs/") && !is_sha {
                continue;
            }
            let revision = format!("{candidate}^{{commit}}");
            let said = self
                .run(
                    repo,
                    &[
                        "rev-parse",
                        "--quiet",
                        "--verify",
                        "--end-of-options",
                        &revision,
                    ],
                    b"",
                )
                .await?;
            if said.success {
                return Ok(Some(said.text()));
            }
        }
        Ok(None)
    }

    pub(super) async fn is_ancestor(
        &self,
        repo: RepoId,
        older: &str,
        newer: &str,
    ) -> io::Result<bool> {
        let said = self
            .run(repo, &["merge-base", "--is-ancestor", older, newer], b"")
            .await?;
        Ok(said.success)
    }

    pub(super) async fn update_ref(&self, repo: RepoId, name: &str, sha: &str) -> io::Result<()> {
        self.text(repo, &["update-ref", name, sha]).await?;
        Ok(())
    }
}

pub(super) async fn finish(mut command: Command, input: &[u8]) -> io::Result<Said> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    let feed = async {
        match stdin {
            Some(mut stdin) => stdin.write_all(input).await,
            None => Ok(()),
        }
    };
    // Both at once: git may answer before it has read everything.
    let (fed, output) = tokio::join!(feed, child.wait_with_output());
    match fed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
        _ => {}
    }
    let output = output?;
    Ok(Said {
        success: output.status.success(),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Whether a text may be handed to git as a name: it cannot be an option, a range or a path.
pub(super) fn safe_revision(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    (1..=255).contains(&name.len())
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !name.contains("..")
        && !name.contains("//")
        && !name.contains("@{")
        && !name.contains(forbidden)
}

#[cfg(test)]
mod tests {
    use super::safe_revision;

    #[test]
    fn names_that_git_would_take_for_something_else_are_refused() {
        for good in ["main", "feature/one", "v1.0", "da39a3e"] {
            assert!(safe_revision(good), "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "../x",
            "HEAD~1",
            "a:b",
            "x@{1}",
            "a b",
            "/x",
            "x/",
        ] {
            assert!(!safe_revision(bad), "{bad}");
        }
    }
}
