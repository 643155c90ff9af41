//! Reads commits out of git.

use std::collections::HashMap;
use std::io;

use super::git::Git;
use super::records::RepoId;

#[derive(Debug, Clone)]
pub(super) struct Person {
    pub name: String,
    pub email: String,
    /// With the offset the author gave, as webhooks show it.
    pub date: String,
}

#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub sha: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Person,
    pub committer: Person,
    pub message: String,
    pub added: Vec<String>,
    pub modified: Vec<String>,
    pub removed: Vec<String>,
}

const FORMAT: &str =
    "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00%x01";

impl Git {
    /// The commits that `git log` with these arguments shows, without their changed files.
    pub(super) async fn log(&self, repo: RepoId, args: &[&str]) -> io::Result<Vec<Commit>> {
        let mut all = vec!["log", "--no-show-signature", FORMAT];
        all.extend(args);
        let text = self.text(repo, &all).await?;
        text.split("\0\u{1}")
            .map(str::trim_start)
            .filter(|entry| !entry.is_empty())
            .map(parse)
            .collect()
    }

    /// Fills in which files each commit added, modified and removed.
    pub(super) async fn fill_changes(
        &self,
        repo: RepoId,
        commits: &mut [Commit],
    ) -> io::Result<()> {
        if commits.is_empty() {
            return Ok(());
        }
        let input: String = commits
            .iter()
            .map(|commit| format!("{}\n", commit.sha))
            .collect();
        let args = [
            "diff-tree",
            "--stdin",
            "-r",
            "--root",
            "-z",
            "--name-status",
            "--no-renames",
        ];
        let said = self.run(repo, &args, input.as_bytes()).await?;
        if !said.success {
            return Err(io::Error::other(said.err));
        }
        let places: HashMap<String, usize> = commits
            .iter()
            .enumerate()
            .map(|(index, commit)| (commit.sha.clone(), index))
            .collect();
        let text = String::from_utf8_lossy(&said.out);
        let mut words = text.split('\0');
        let mut current = None;
        while let Some(word) = words.next() {
            if let Some(index) = places.get(word) {
                current = commits.get_mut(*index);
                continue;
            }
            let (Some(commit), Some(path)) = (current.as_deref_mut(), words.next()) else {
                break;
            };
            let list = match word {
                "A" => &mut commit.added,
                "D" => &mut commit.removed,
                _ => &mut commit.modified,
            };
            list.push(path.to_owned());
        }
        Ok(())
    }
}

fn parse(entry: &str) -> io::Result<Commit> {
    let parts: Vec<&str> = entry.splitn(10, '\0').collect();
    let [sha, tree, parents, an, ae, ad, cn, ce, cd, message] = parts[..] else {
        return Err(io::Error::other(
            "git log answered something that is not a commit",
        ));
    };
    let person = |name: &str, email: &str, date: &str| Person {
        name: name.to_owned(),
        email: email.to_owned(),
        date: date.to_owned(),
    };
    Ok(Commit {
        sha: sha.to_owned(),
        tree: tree.to_owned(),
        parents: parents.split_whitespace().map(str::to_owned).collect(),
        author: person(an, ae, ad),
        committer: person(cn, ce, cd),
        message: message.trim_end_matches('\n').to_owned(),
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    })
}
