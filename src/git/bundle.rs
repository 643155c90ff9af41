//! A whole repository in one file.

use std::path::Path;

use super::{Git, GitError, Remote};
use crate::ids::CommitSha;

/// What is fetched of a repository may take this much on disk.
const MOST_ON_DISK: u64 = 4 * 1024 * 1024 * 1024;

impl Git {
    /// Writes everything that the remote has into `file`: all its refs, and of `also` (commits that a force push left
    /// behind) what it still gives out. `dir` is an empty folder to work in. False, and no file, where there is nothing: git
    /// makes no bundles of empty repositories.
    ///
    /// # Errors
    /// Also where the bundle does not stand by itself: git has verified it in an empty repository.
    pub async fn bundle(
        &self,
        dir: &Path,
        remote: &Remote,
        also: &[CommitSha],
        file: &Path,
    ) -> Result<bool, GitError> {
        let mirror = dir.join("mirror.git");
        let empty = dir.join("empty.git");
        for folder in [&mirror, &empty] {
            std::fs::create_dir_all(folder)?;
            self.init_bare(folder).await?;
        }
        let everything = ["fetch", "--quiet", "--", &remote.url, "+refs/*:refs/*"];
        self.run_within(&mirror, &everything, Some(remote), MOST_ON_DISK)
            .await?;
        for sha in also {
            let spec = format!("{sha}:refs/left-behind/{sha}");
            let fetch = ["fetch", "--quiet", "--no-tags", "--", &remote.url, &spec];
            match self
                .run_within(&mirror, &fetch, Some(remote), MOST_ON_DISK)
                .await
            {
                Ok(()) => {}
                Err(GitError::Failed { message, .. })
                    if super::delivered::says_no_such_commit(&message) => {}
                Err(error) => return Err(error),
            }
        }
        if !self.has_refs(&mirror).await? {
            return Ok(false);
        }
        let file = file.to_string_lossy().into_owned();
        self.run(
            &mirror,
            &["bundle", "create", "--quiet", &file, "--all"],
            None,
        )
        .await?;
        self.run(&empty, &["bundle", "verify", "--quiet", &file], None)
            .await
            .map(|_| true)
    }

    async fn has_refs(&self, dir: &Path) -> Result<bool, GitError> {
        let arguments = ["for-each-ref", "--count=1", "--format=%(refname)"];
        let refs = self.run(dir, &arguments, None).await?;
        Ok(!refs.trim().is_empty())
    }
}
