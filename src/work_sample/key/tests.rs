use super::*;

fn sha(digit: char) -> CommitSha {
    digit.to_string().repeat(40).parse().unwrap()
}

#[test]
fn an_edit_is_told_apart_by_its_second_whatever_finer_time_it_comes_with() {
    let place = Place::Comment {
        number: 3,
        comment_id: 991,
    };
    let coarse = text_edited(&place, "2026-03-02T09:00:05Z".parse().unwrap());
    let fine = text_edited(&place, "2026-03-02T09:00:05.250Z".parse().unwrap());
    assert_eq!(coarse.0, "issue_comment:991:edited:2026-03-02T09:00:05Z");
    assert_eq!(coarse, fine);
}

#[test]
fn a_branch_that_comes_back_to_a_commit_was_pushed_a_second_time() {
    let (none, a, b) = (sha('0'), sha('a'), sha('b'));
    let main = "refs/heads/main";
    let keys = [
        pushed(main, &none, &a),
        pushed(main, &a, &b),
        pushed(main, &b, &a),
        pushed(main, &a, &none),
    ];
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    assert!(keys[3].0.starts_with("push:deleted:"));
}

#[test]
fn issues_and_their_comments_never_share_a_key() {
    let issue = Place::Issue { number: 7 };
    let comment = Place::Comment {
        number: 7,
        comment_id: 7,
    };
    assert_eq!(text_created(&issue).0, "issues:7:opened");
    assert_ne!(text_created(&issue), text_created(&comment));
    assert_ne!(text_deleted(&issue), text_deleted(&comment));
}
