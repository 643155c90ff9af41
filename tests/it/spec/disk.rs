//! Folders on disk, and trees that mean harm.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use worksample::disk::{DiskError, MAX_FILE_BYTES, read_folder, remove_outside_links, write_tree};
use worksample::spec::{File, Tree};

use super::fixture::folder;

fn tree(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), File::text(*text)))
        .collect()
}

fn outside_and_inside() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let (outside, inside) = (
        temporary.path().join("outside"),
        temporary.path().join("inside"),
    );
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(&inside).unwrap();
    fs::write(outside.join("host"), "untouched").unwrap();
    (temporary, outside, inside)
}

#[test]
fn what_is_written_is_read_back_the_same() {
    let temporary = tempfile::tempdir().unwrap();
    let mut whole = folder();
    whole.files.insert(
        "starter/run".to_owned(),
        File {
            bytes: vec![0, 159, 146, 150],
            executable: true,
        },
    );
    write_tree(temporary.path(), &whole.files).unwrap();
    assert_eq!(read_folder(temporary.path()).unwrap(), whole);
}

#[test]
fn leavings_of_tools_are_no_part_of_a_spec_but_a_folder_that_only_shares_their_name_is() {
    let temporary = tempfile::tempdir().unwrap();
    let files = tree(&[
        ("a/__pycache__/x.pyc", "x"),
        ("rust/Cargo.toml", "x"),
        ("rust/target/debug/x", "x"),
        ("src/target/mod.rs", "x"),
    ]);
    write_tree(temporary.path(), &files).unwrap();
    fs::create_dir(temporary.path().join(".git")).unwrap();
    fs::write(temporary.path().join(".git/HEAD"), "x").unwrap();
    let read = read_folder(temporary.path()).unwrap();
    assert_eq!(
        read.files.keys().collect::<Vec<_>>(),
        ["rust/Cargo.toml", "src/target/mod.rs"]
    );
}

#[test]
fn symlinks_special_files_and_large_files_are_refused_by_name() {
    let (_temporary, outside, inside) = outside_and_inside();
    symlink(outside.join("host"), inside.join("link")).unwrap();
    let error = read_folder(&inside).unwrap_err();
    assert!(
        matches!(&error, DiskError::Symlink(path) if path.ends_with("link")),
        "{error}"
    );
    fs::remove_file(inside.join("link")).unwrap();

    let socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();
    assert!(matches!(read_folder(&inside), Err(DiskError::Special(_))));
    drop(socket);
    fs::remove_file(inside.join("socket")).unwrap();

    fs::File::create(inside.join("large"))
        .unwrap()
        .set_len(MAX_FILE_BYTES)
        .unwrap();
    assert!(read_folder(&inside).is_ok());
    fs::File::create(inside.join("large"))
        .unwrap()
        .set_len(MAX_FILE_BYTES + 1)
        .unwrap();
    assert!(matches!(
        read_folder(&inside),
        Err(DiskError::FileTooLarge { .. })
    ));
    assert!(matches!(
        read_folder(&inside.join("large")),
        Err(DiskError::NotAFolder(_))
    ));
    assert_eq!(
        read_folder(&inside.join("none")).unwrap_err().code(),
        "disk-io"
    );
}

#[test]
fn nothing_is_written_through_a_link_on_the_way_or_at_the_end() {
    let (_temporary, outside, inside) = outside_and_inside();
    symlink(&outside, inside.join("tests")).unwrap();
    symlink(outside.join("host"), inside.join("file")).unwrap();
    symlink(outside.join("new"), inside.join("dangling")).unwrap();
    write_tree(
        &inside,
        &tree(&[
            ("tests/check", "ours"),
            ("file", "ours"),
            ("dangling", "ours"),
        ]),
    )
    .unwrap();
    assert_eq!(
        fs::read_to_string(outside.join("host")).unwrap(),
        "untouched"
    );
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    for path in ["tests/check", "file", "dangling"] {
        assert_eq!(fs::read_to_string(inside.join(path)).unwrap(), "ours");
    }
}

#[test]
fn a_hard_link_and_a_read_only_file_are_replaced_not_written_into() {
    let (_temporary, outside, inside) = outside_and_inside();
    fs::hard_link(outside.join("host"), inside.join("file")).unwrap();
    fs::set_permissions(inside.join("file"), fs::Permissions::from_mode(0o444)).unwrap();
    write_tree(&inside, &tree(&[("file", "ours")])).unwrap();
    assert_eq!(
        fs::read_to_string(outside.join("host")).unwrap(),
        "untouched"
    );
    assert_eq!(fs::read_to_string(inside.join("file")).unwrap(), "ours");
}

#[test]
fn a_file_in_the_place_of_a_folder_and_a_folder_in_the_place_of_a_file_give_way() {
    let (_temporary, outside, inside) = outside_and_inside();
    fs::write(inside.join("tests"), "a file").unwrap();
    fs::create_dir(inside.join("check")).unwrap();
    symlink(&outside, inside.join("check/link")).unwrap();
    write_tree(&inside, &tree(&[("tests/a", "ours"), ("check", "ours")])).unwrap();
    assert_eq!(fs::read_to_string(inside.join("check")).unwrap(), "ours");
    assert_eq!(
        fs::read_to_string(outside.join("host")).unwrap(),
        "untouched"
    );
}

#[test]
fn one_unsafe_path_refuses_the_whole_tree_before_anything_is_written() {
    let (_temporary, _outside, inside) = outside_and_inside();
    for path in [
        "../x",
        "/etc/x",
        "a/../../x",
        ".git/hooks/pre-commit",
        "a/.GIT/x",
        "a//b",
        "",
        "a\\b",
    ] {
        let error = write_tree(&inside, &tree(&[("aaa", "x"), (path, "x")])).unwrap_err();
        assert_eq!(error.code(), "unsafe-path", "{path}");
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);
    }
}

#[test]
fn links_that_lead_out_are_removed_and_links_that_stay_inside_are_kept() {
    let (_temporary, outside, inside) = outside_and_inside();
    fs::create_dir(inside.join("src")).unwrap();
    fs::write(inside.join("src/real"), "x").unwrap();
    let link = |target: &Path, name: &str| symlink(target, inside.join(name)).unwrap();
    link(Path::new("src/real"), "good");
    link(Path::new("../good"), "src/good");
    link(&outside.join("host"), "absolute");
    link(&inside.join("src/real"), "absolute-inside");
    link(Path::new("../outside/host"), "climbs");
    link(Path::new("../inside/src/real"), "out-and-back");
    link(Path::new("climbs"), "a-through-climbs");
    link(Path::new("nowhere"), "dangling");
    link(Path::new("loop"), "loop");
    let removed = remove_outside_links(&inside).unwrap();
    let names: Vec<&str> = removed.iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "a-through-climbs",
            "absolute",
            "absolute-inside",
            "climbs",
            "dangling",
            "loop",
            "out-and-back"
        ]
    );
    assert!(inside.join("good").exists() && inside.join("src/good").exists());
    assert!(outside.join("host").exists());
}
