//! Reviews and review comments, as the fold reads them.

use std::collections::BTreeSet;

use crate::work_sample::testing::*;
use crate::work_sample::*;

const REVIEW: Place = Place::Review {
    number: 7,
    review_id: 80,
};
const COMMENT: Place = Place::ReviewComment {
    number: 7,
    comment_id: 10,
};

fn written(story: &mut Story, actor: Actor, place: &Place, minute: i64, text: &str) {
    let body = EventBody::TextCreated {
        place: place.clone(),
        title: String::new(),
        text: text.to_owned(),
        html_url: String::new(),
        pull: None,
    };
    story.add(key::text_created(place), actor, at(minute), body);
}

fn verdict(story: &mut Story, minute: i64, verdict: ReviewVerdict) {
    let body = EventBody::Reviewed {
        number: 7,
        review_id: 80,
        verdict,
        sha: Some(sha('a')),
    };
    story.add(key::reviewed(80, verdict), team(), at(minute), body);
}

#[test]
fn review_without_text_is_no_entry_until_an_edit_gives_it_one() {
    let mut story = Story::provisioned();
    story.pull(7, 10, "refs/heads/work", 'a', "Work");
    written(&mut story, team(), &REVIEW, 20, "");
    verdict(&mut story, 20, ReviewVerdict::Approved);
    let ws = story.fold();
    assert!(ws.entries.iter().all(|entry| entry.place != REVIEW));
    let said: Vec<_> = ws.closings.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(said, ["Pull request #7 was approved"]);

    story.edit(team(), &REVIEW, 30, "Well done.");
    let ws = story.fold();
    let entry = ws.entries.iter().find(|entry| entry.place == REVIEW);
    let entry = entry.unwrap();
    assert_eq!((entry.text.as_str(), entry.at), ("Well done.", at(20)));
}

#[test]
fn answer_in_review_belongs_to_the_question_on_a_line() {
    let mut story = Story::provisioned();
    story.pull(7, 10, "refs/heads/work", 'a', "Work");
    written(&mut story, candidate(), &COMMENT, 20, "/question R1?");
    written(&mut story, team(), &REVIEW, 30, "/answer R1");
    let ws = story.fold();
    let answer = ws.entries.iter().find(|entry| entry.place == REVIEW);
    assert_eq!(
        answer.unwrap().about,
        Some(key::text_created(&COMMENT)),
        "both belong to pull request 7"
    );
}

#[test]
fn delivery_on_a_line_means_the_pull_request_though_its_branch_is_unknown() {
    let mut story = Story::provisioned();
    written(&mut story, candidate(), &COMMENT, 20, "/deliver");
    assert_eq!(
        story.fold().deliveries[0].sha,
        None,
        "and not the head of the default branch"
    );
    story.pull(7, 10, "refs/heads/work", 'a', "Work");
    assert_eq!(story.fold().deliveries[0].sha, Some(sha('a')));
}

#[test]
fn keys_and_json_of_reviews_are_distinct_from_other_places() {
    let places = [
        REVIEW,
        Place::ReviewComment {
            number: 80,
            comment_id: 80,
        },
        Place::PullRequest { number: 80 },
        Place::Comment {
            number: 80,
            comment_id: 80,
        },
    ];
    let keys: BTreeSet<String> = places
        .iter()
        .flat_map(|place| [key::text_created(place), key::text_edited(place, at(1))])
        .map(|key| key.0)
        .collect();
    assert_eq!(keys.len(), 8);
    assert!(keys.contains("pull_request_review:80:submitted"));
    assert!(keys.contains("pull_request_review_comment:80:created"));
    assert_eq!(
        key::reviewed(80, ReviewVerdict::ChangesRequested).0,
        "pull_request_review:80:changes_requested"
    );
    assert_eq!(
        serde_json::to_value([REVIEW, COMMENT]).unwrap(),
        serde_json::json!([
            { "at": "review", "number": 7, "review_id": 80 },
            { "at": "review_comment", "number": 7, "comment_id": 10 },
        ])
    );
}
