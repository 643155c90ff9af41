//! What git prints of a delivery, read back: each line under the file that it is in.

use std::os::unix::fs::symlink;

use worksample::config::program_path;
use worksample::git::Git;
use worksample::text_diff::{FileDiff, LineKind, parse_git_diff};

const ODD: &str = "a \"b\" \té b/x.txt";

fn added(file: &FileDiff) -> Vec<&str> {
    let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    lines
        .filter(|line| line.kind == LineKind::Added)
        .map(|line| line.text.as_str())
        .collect()
}

#[tokio::test]
async fn lines_stand_under_the_file_that_they_are_in() {
    let git = Git::new(program_path());
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("repository.git");
    let write = |path: &str, bytes: &[u8]| {
        let path = work.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let at = "2026-03-02T09:00:00Z".parse().unwrap();
    write("became-a-link", b"text\n");
    write("picture", b"\0\x01");
    write("zebra", b"old\n");
    let base = git.first_commit(&work, "first", at).await.unwrap();
    std::fs::remove_file(work.join("became-a-link")).unwrap();
    symlink("zebra", work.join("became-a-link")).unwrap();
    write("picture", b"\0\x02");
    write("zebra", b"new\n");
    write(ODD, b"odd\n");
    let sha = git
        .commit_all(&work, "second", ("Ada", "ada@example.com"), at)
        .await
        .unwrap();

    let (text, whole) = git
        .delivered_diff(dir.path(), (&base, &sha), 64 * 1024)
        .await
        .unwrap();
    assert!(whole);
    let files = parse_git_diff(&String::from_utf8_lossy(&text));
    let found: Vec<_> = files
        .iter()
        .map(|file| (file.path.as_str(), file.is_binary, added(file)))
        .collect();
    assert_eq!(
        found,
        [
            (ODD, false, vec!["odd"]),
            ("became-a-link", false, vec!["zebra"]),
            ("picture", true, vec![]),
            ("zebra", false, vec!["new"]),
        ]
    );
    let (text, whole) = git
        .delivered_diff(dir.path(), (&base, &sha), 40)
        .await
        .unwrap();
    assert!(!whole && text.len() <= 40);
}
