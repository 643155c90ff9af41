use super::names::Names;
use super::target;
use crate::work_sample::declaration::Target;
use rstest::rstest;

fn names() -> Names {
    let set = |names: &[&str]| names.iter().map(|one| (*one).to_owned()).collect();
    Names {
        repositories: set(&["org/dana", "org/dana-before"]),
        branches: set(&["main", "work", "fix/keys", "feature"]),
        tags: set(&["v1.0"]),
    }
}

fn shown(target: &Target) -> String {
    match target {
        Target::Head { word: None } => "head".to_owned(),
        Target::Head { word: Some(word) } => format!("head, or {word}"),
        Target::Commit { sha } => format!("commit {sha}"),
        Target::Branch { name } => format!("branch {name}"),
        Target::Tag { name } => format!("tag {name}"),
        Target::Name { name } => format!("name {name}"),
        Target::PullRequest { number } => format!("#{number}"),
        Target::Starter => "starter".to_owned(),
        Target::Other { what } => format!("other: {what}"),
        Target::Several { targets } => targets.iter().map(shown).collect::<Vec<_>>().join(" + "),
    }
}

#[rstest]
#[case("", "head")]
#[case("please", "head")]
#[case("please!", "head")]
#[case("thanks", "head, or thanks")]
#[case("elsewhere", "head, or elsewhere")]
#[case("now, tests are green", "head")]
#[case("now; all 12 tests pass on v1.0", "head")]
#[case("again", "head, or again")]
#[case("all of R1 to R4", "head")]
#[case("R1-R4 are done", "head")]
#[case("R3", "head, or R3")]
#[case("2nd attempt", "head")]
#[case("the final version", "head")]
#[case("HEAD", "head")]
#[case("my branch is ready", "head")]
#[case("commit messages are tidy", "head")]
#[case("🎉", "head")]
#[case("#done", "head")]
#[case("abcdef1", "commit abcdef1")]
#[case("`ABCDEF1`", "commit abcdef1")]
#[case("1234567", "commit 1234567")]
#[case("abcdef1.", "commit abcdef1")]
#[case("(abcdef1)", "commit abcdef1")]
#[case("**abcdef1**", "commit abcdef1")]
#[case("commit abcdef1", "commit abcdef1")]
#[case("commit: abcdef1, please", "commit abcdef1")]
#[case("commit `abcdef1` of branch work", "commit abcdef1")]
#[case("commit abc12", "commit abc12")]
#[case("SHA ABCDEF1", "commit abcdef1")]
#[case("abc12", "name abc12")]
#[case("work", "name work")]
#[case("Work", "name work")]
#[case("work, tests are green", "name work")]
#[case("work!", "name work")]
#[case("the work branch", "name work")]
#[case("please work", "name work")]
#[case("branch work", "branch work")]
#[case("the branch `work`", "branch work")]
#[case("branch elsewhere", "branch elsewhere")]
#[case("branch: elsewhere.", "branch elsewhere")]
#[case("refs/heads/work", "name work")]
#[case("refs/heads/other", "branch other")]
#[case("origin/work", "name work")]
#[case("org:other", "branch other")]
#[case("fix/keys", "name fix/keys")]
#[case("main", "name main")]
#[case("wrok", "name wrok")]
#[case("featrue", "name featrue")]
#[case("release/1", "name release/1")]
#[case("no-such-branch", "name no-such-branch")]
#[case("`elsewhere`", "name elsewhere")]
#[case("v1.0", "name v1.0")]
#[case("v2.0.", "name v2.0")]
#[case("tag v1.0", "tag v1.0")]
#[case("tag final", "tag final")]
#[case("refs/tags/v3", "tag v3")]
#[case("#2", "#2")]
#[case("#2, please", "#2")]
#[case("PR 2", "#2")]
#[case("pull request #2", "#2")]
#[case("org/dana#2", "#2")]
#[case("org/other#2", "other: `org/other#2` is not in this repository")]
#[case("starter", "starter")]
#[case("Starter.", "starter")]
#[case("the starter", "starter")]
#[case("https://github.com/org/dana/commit/abcdef1234", "commit abcdef1234")]
#[case("<https://github.com/org/dana/commit/abcdef1234>", "commit abcdef1234")]
#[case(
    "https://ghe.example.org/Org/Dana/commit/abcdef1234.",
    "commit abcdef1234"
)]
#[case("http://127.0.0.1:4000/org/dana/pull/2", "#2")]
#[case("https://github.com/org/dana/pull/2/files?w=1#diff", "#2")]
#[case(
    "https://github.com/org/dana/pull/2/commits/abcdef1234",
    "commit abcdef1234"
)]
#[case("https://github.com/org/dana/tree/fix/keys", "name fix/keys")]
#[case("https://github.com/org/dana/tree/fix%2Fkeys", "name fix/keys")]
#[case("https://github.com/org/dana/tree/work/src/orders", "name work")]
#[case("https://github.com/org/dana/tree/other", "name other")]
#[case("https://github.com/org/dana/tree/abcdef1234", "commit abcdef1234")]
#[case("https://github.com/org/dana/releases/tag/v1.0", "tag v1.0")]
#[case("https://github.com/org/dana", "head")]
#[case(
    "https://github.com/org/dana-before/commit/abcdef1234",
    "commit abcdef1234"
)]
#[case(
    "https://github.com/org/dana/issues/3",
    "other: #3 is an issue, not a pull request"
)]
#[case(
    "[the commit](https://github.com/org/dana/commit/abcdef1234)",
    "commit abcdef1234"
)]
#[case("[see #2](https://github.com/org/dana/pull/2), please", "#2")]
#[case(
    "[abcdef1](https://github.com/org/dana/commit/abcdef1234)",
    "commit abcdef1234"
)]
#[case("[`abcdef1`](https://other.example/x).", "commit abcdef1")]
#[case(
    "https://github.com/other/dana/commit/abcdef1234",
    "other: `https://github.com/other/dana/commit/ab…` is not in this repository"
)]
#[case(
    "https://github.com/org/dana/compare/main...work",
    "other: `https://github.com/org/dana/compare/mai…` is no address of a commit, branch or pull request"
)]
#[case("abcdef1 1234567", "commit abcdef1 + commit 1234567")]
#[case("work and main", "name work + name main")]
#[case("work, main", "name work + name main")]
#[case("#2 (abcdef1)", "#2 + commit abcdef1")]
#[case("abcdef1 abcdef1", "commit abcdef1")]
#[case("<!-- abcdef1 -->", "head")]
fn words_behind_deliver_name_a_target_or_nothing(#[case] words: &str, #[case] expected: &str) {
    assert_eq!(shown(&target(words, None, &names())), expected, "{words}");
}

#[rstest]
#[case("", "abcdef1", "commit abcdef1")]
#[case("commit", "abcdef1", "commit abcdef1")]
#[case("", "https://github.com/org/dana/pull/2", "#2")]
#[case("", "work", "name work")]
#[case("branch", "other", "branch other")]
#[case("", "release/1", "name release/1")]
#[case("", "Thanks!", "head")]
#[case("", "Anna-Lena", "head")]
#[case("", "-Dana", "head")]
#[case("please", "abcdef1", "head")]
fn next_line_names_a_target_only_where_it_is_certain(
    #[case] words: &str,
    #[case] next: &str,
    #[case] expected: &str,
) {
    assert_eq!(shown(&target(words, Some(next), &names())), expected);
}
