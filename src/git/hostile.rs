//! Repositories that were made to harm whoever reads them.

use std::path::Path;
use std::time::Duration;

use super::{Git, GitError, TreeLimits};
use crate::ids::CommitSha;

async fn repository() -> (tempfile::TempDir, Git) {
    let folder = tempfile::tempdir().unwrap();
    let git = Git::new("/usr/local/bin:/usr/bin:/bin");
    git.init_bare(folder.path()).await.unwrap();
    (folder, git)
}

/// Writes an object as it is given, byte for byte.
async fn object(git: &Git, dir: &Path, kind: &str, content: &[u8]) -> CommitSha {
    std::fs::write(dir.join("object"), content).unwrap();
    let arguments = ["hash-object", "-t", kind, "-w", "--literally", "object"];
    let sha = git.run(dir, &arguments, None).await.unwrap();
    sha.trim().parse().unwrap()
}

async fn tree(git: &Git, dir: &Path, entries: &[(&str, &str, &CommitSha)]) -> CommitSha {
    let mut content = Vec::new();
    for (mode, name, sha) in entries {
        content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        content.extend_from_slice(&hex::decode(sha.as_str()).unwrap());
    }
    object(git, dir, "tree", &content).await
}

async fn commit(git: &Git, dir: &Path, tree: &CommitSha, author: &str, text: &str) -> CommitSha {
    let who = format!("{author} <a@b.invalid> 1772442000 +0000");
    let content = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{text}");
    object(git, dir, "commit", content.as_bytes()).await
}

/// A tree of so many levels, each with the level below ten times: 10 to their power files, in a few kilobytes.
async fn bomb(git: &Git, dir: &Path, levels: usize) -> CommitSha {
    let mut below = object(git, dir, "blob", b"x").await;
    for level in 0..levels {
        let mode = if level == 0 { "100644" } else { "40000" };
        let names: Vec<String> = (0..10).map(|number| format!("d{number}")).collect();
        let entries: Vec<_> = names.iter().map(|name| (mode, &**name, &below)).collect();
        below = tree(git, dir, &entries).await;
    }
    below
}

#[tokio::test]
async fn a_tree_that_lists_more_files_than_a_disk_holds_is_refused_before_it_is_listed() {
    let (folder, git) = repository().await;
    let dir = folder.path();
    let root = bomb(&git, dir, 12).await;
    let sha = commit(&git, dir, &root, "Ann", "small\n").await;
    let refused = git.refuse_too_large(dir, &sha, TreeLimits::default());
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await;
    let error = refused.expect("it is listed to its end").unwrap_err();
    assert!(matches!(error, GitError::TooLarge { .. }), "{error}");
    assert!(
        error.to_string().contains("more than 20000 files"),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_no_disk_takes_is_refused_with_its_beginning() {
    let (folder, git) = repository().await;
    let dir = folder.path();
    let blob = object(&git, dir, "blob", b"x").await;
    for (length, fits) in [(255, true), (256, false)] {
        let name = "n".repeat(length);
        let root = tree(&git, dir, &[("100644", &name, &blob)]).await;
        let sha = commit(&git, dir, &root, "Ann", "long\n").await;
        match git.refuse_too_large(dir, &sha, TreeLimits::default()).await {
            Ok(()) => assert!(fits),
            Err(error) => {
                assert!(!fits && error.to_string().contains("`nnnn"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn whatever_byte_a_message_or_a_name_begins_with_the_commits_are_read() {
    let (folder, git) = repository().await;
    let dir = folder.path();
    let root = tree(&git, dir, &[]).await;
    for (author, text) in [
        ("Ann", "\u{1}poison\n"),
        ("\u{1}Ann", "plain\n"),
        ("Ann", ""),
        ("Ann", "\n\n\u{1}\n\u{1}0123\n"),
    ] {
        let sha = commit(&git, dir, &root, author, text).await;
        let read = git.commits(dir, &sha, &[]).await.unwrap();
        assert!(!read.cut);
        let [only] = &read.commits[..] else {
            panic!("{read:?}");
        };
        assert_eq!((&only.sha, only.author.trim()), (&sha, author));
        assert_eq!(only.message, text.trim_end_matches('\n'));
    }
}

/// A commit on top of `parent` that adds a bomb.
async fn exploding(git: &Git, dir: &Path, parent: &CommitSha, levels: usize) -> CommitSha {
    let root = bomb(git, dir, levels).await;
    let who = "Ann <a@b.invalid> 1772442000 +0000";
    let content = format!("tree {root}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nmany\n");
    object(git, dir, "commit", content.as_bytes()).await
}

#[tokio::test]
async fn of_a_push_that_claims_many_files_as_much_is_read_as_an_event_holds() {
    let (folder, git) = repository().await;
    let dir = folder.path();
    let empty = tree(&git, dir, &[]).await;
    let first = commit(&git, dir, &empty, "Ann", "first\n").await;
    let sha = exploding(&git, dir, &first, 5).await;
    let read = git
        .commits(dir, &sha, std::slice::from_ref(&first))
        .await
        .unwrap();
    assert!(read.cut);
    assert_eq!(read.commits.len(), 1);
    let files = &read.commits[0].added;
    let bytes: usize = files.iter().map(String::len).sum();
    assert!(files.len() > 1000 && bytes < 1024 * 1024, "{bytes}");
}

#[tokio::test]
async fn a_push_that_claims_more_files_than_fit_into_memory_ends_git_and_not_this_machine() {
    let (folder, git) = repository().await;
    let dir = folder.path();
    let empty = tree(&git, dir, &[]).await;
    let first = commit(&git, dir, &empty, "Ann", "first\n").await;
    let sha = exploding(&git, dir, &first, 12).await;
    let error = git.commits(dir, &sha, &[first]).await.unwrap_err();
    assert!(matches!(error, GitError::Failed { .. }), "{error}");
    assert!(error.to_string().contains("memory"), "{error}");
}

#[tokio::test]
async fn a_command_that_fills_the_disk_is_ended_and_says_so() {
    let (folder, git) = repository().await;
    let fills = "alias.fill=!head -c 3000000 /dev/zero >filled; sleep 20";
    let arguments = ["-c", fills, "fill"];
    let ended = git.run_within(folder.path(), &arguments, None, 1_000_000);
    let ended = tokio::time::timeout(Duration::from_secs(15), ended).await;
    let error = ended.expect("it is ended").unwrap_err();
    assert!(matches!(error, GitError::TooMuch { .. }), "{error}");
}
