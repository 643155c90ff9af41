//! Events as the types write them: kinds and optional fields that the logs of the dump do not have.

use serde_json::Value;
use worksample::ids::{CommitSha, WorkSampleId};
use worksample::money::Money;
use worksample::work_sample::{
    AccountSide, Actor, DeliveryOutcome, EventBody, GitHubAccount, Happening, InvitationProblem,
    NaturalKey, ObligationReason, Occurrence, Place, PullHead, ReviewVerdict, SideReason, key,
};

use super::{moment, sha};

fn review() -> Place {
    Place::Review {
        number: 8,
        review_id: 80,
    }
}

fn review_comment() -> Place {
    Place::ReviewComment {
        number: 8,
        comment_id: 10,
    }
}

fn comment() -> Place {
    Place::Comment {
        number: 7,
        comment_id: 991,
    }
}

fn second() -> Occurrence {
    Occurrence::FIRST.next()
}

/// One of every kind that recurs, as it happened for the first time.
pub fn recurring() -> Vec<Happening> {
    let login = || "dana-d".to_owned();
    let (git_ref, number) = ("refs/heads/main", 8);
    let (before, after) = (sha('a'), sha('b'));
    let first = Occurrence::FIRST;
    let bodies = [
        (
            key::account_renamed(7, &"dana-d".parse().unwrap()),
            EventBody::AccountRenamed {
                account: 7,
                login: "dana-d".parse().unwrap(),
                occurrence: first,
            },
        ),
        (
            key::check_completed(77),
            EventBody::CheckCompleted {
                name: "test".to_owned(),
                sha: before.clone(),
                conclusion: "success".to_owned(),
                occurrence: first,
            },
        ),
        (
            key::member_gone(7),
            EventBody::MemberGone {
                id: 7,
                login: login(),
                looked_at: Some(moment()),
                occurrence: first,
            },
        ),
        (
            key::member_seen(7),
            EventBody::MemberSeen {
                id: 7,
                login: login(),
                looked_at: Some(moment()),
                occurrence: first,
            },
        ),
        (
            key::pull_request_head(number, &before),
            EventBody::PullRequestHead {
                number,
                sha: before.clone(),
                occurrence: first,
            },
        ),
        (
            key::pushed(git_ref, &before, &after),
            EventBody::Pushed {
                git_ref: git_ref.to_owned(),
                before,
                after,
                forced: true,
                commits: Vec::new(),
                cut: false,
                occurrence: first,
            },
        ),
        (
            key::text_gone(&comment()),
            EventBody::TextGone {
                place: comment(),
                occurrence: first,
            },
        ),
    ];
    bodies
        .into_iter()
        .map(|(key, body)| Happening {
            key,
            actor: Actor::Service,
            occurred_at: moment(),
            body,
        })
        .collect()
}

/// A draft with everything that later versions added; the dump has drafts without.
fn drafted(dump: &[Value]) -> EventBody {
    let older = dump.iter().find(|body| {
        body["type"] == "drafted" && body["organization"].is_string() && body["email"].is_string()
    });
    let mut body: EventBody = serde_json::from_value(older.unwrap().clone()).unwrap();
    if let EventBody::Drafted {
        terms,
        looks_up_sides,
        ..
    } = &mut body
    {
        terms.starter_owes_nothing = true;
        *looks_up_sides = true;
    }
    body
}

fn deliveries() -> Vec<EventBody> {
    let record = |outcome: DeliveryOutcome| EventBody::DeliveryRecorded {
        delivery: key::text_created(&comment()),
        declared_by: key::text_edited(&comment(), moment()),
        declared_at: moment(),
        place: Some(comment()),
        outcome,
        due_at: Some(moment()),
        late: false,
        starter: false,
        reason: None,
    };
    let bare = EventBody::DeliveryRecorded {
        delivery: key::delivered_by_api(1),
        declared_by: key::delivered_by_api(1),
        declared_at: moment(),
        place: None,
        outcome: DeliveryOutcome::Delivered { sha: None },
        due_at: None,
        late: true,
        starter: true,
        reason: Some("The branch was named on the telephone.".to_owned()),
    };
    vec![
        bare,
        record(DeliveryOutcome::Delivered {
            sha: Some(sha('a')),
        }),
        record(DeliveryOutcome::StarterUnconfirmed { sha: sha('a') }),
        record(DeliveryOutcome::NotResolved {
            why: "There is no branch `wrok`.".to_owned(),
        }),
    ]
}

fn sides() -> Vec<EventBody> {
    let looked_up = |side, because| EventBody::AccountLookedUp {
        account: 7,
        login: "dana-d".to_owned(),
        side,
        because,
    };
    let settled = |side, note: &str| EventBody::SideSettled {
        account: 7,
        login: "dana-d".to_owned(),
        side,
        note: note.to_owned(),
    };
    vec![
        looked_up(AccountSide::Team, SideReason::KnownPerson),
        looked_up(AccountSide::Team, SideReason::GithubTeam),
        looked_up(AccountSide::Team, SideReason::OrganizationMember),
        looked_up(AccountSide::Team, SideReason::RepositoryAccess),
        looked_up(AccountSide::Bot, SideReason::BotAccount),
        looked_up(AccountSide::Stranger, SideReason::NoTie),
        settled(AccountSide::Team, "She answers for us this week."),
        settled(AccountSide::Stranger, ""),
    ]
}

fn reviews() -> Vec<EventBody> {
    let reviewed = |verdict, sha: Option<CommitSha>| EventBody::Reviewed {
        number: 8,
        review_id: 80,
        verdict,
        sha,
    };
    let mut events = vec![
        reviewed(ReviewVerdict::Approved, Some(sha('a'))),
        reviewed(ReviewVerdict::ChangesRequested, None),
    ];
    for (place, anchor) in [
        (review(), "pullrequestreview-80"),
        (review_comment(), "discussion_r10"),
    ] {
        let url = format!("https://github.com/acme/ws/pull/8#{anchor}");
        events.push(EventBody::TextCreated {
            place: place.clone(),
            title: String::new(),
            text: "Why this way?".to_owned(),
            html_url: url.clone(),
            pull: None,
        });
        events.push(EventBody::TextEdited {
            place: place.clone(),
            title: String::new(),
            text: "Why this way, and no other?".to_owned(),
            before: Some("Why this way?".to_owned()),
        });
        events.push(EventBody::TextSeen {
            place,
            title: String::new(),
            text: "Why this way?".to_owned(),
            html_url: url,
            created_at: moment(),
            pull: None,
            back_at: None,
        });
    }
    events.push(EventBody::TextDeleted {
        place: review_comment(),
    });
    events.push(EventBody::TextGone {
        place: review_comment(),
        occurrence: Occurrence::FIRST,
    });
    events
}

fn members() -> Vec<EventBody> {
    let (login, id, sent_at) = ("dana-d".to_owned(), Some(7), Some(moment()));
    vec![
        EventBody::MemberAdded {
            login: login.clone(),
            id,
            sent_at,
        },
        EventBody::MemberRemoved { login, id, sent_at },
    ]
}

/// Events that are stored since versions later than the dump's.
pub fn examples(dump: &[Value]) -> Vec<EventBody> {
    let mut events = vec![drafted(dump)];
    events.extend(deliveries());
    for reason in [
        ObligationReason::Delivered,
        ObligationReason::Withdrawn,
        ObligationReason::Cancelled,
    ] {
        events.push(EventBody::ObligationRecorded {
            because: key::text_created(&comment()),
            reason,
            amount: Money::new(5000, "EUR".parse().unwrap()),
            fell_due_at: moment(),
            pay_by: moment(),
        });
    }
    events.push(EventBody::Upgraded { log_format: 2 });
    events.push(EventBody::EmailCorrected {
        email: "dana@right.example".to_owned(),
    });
    events.extend(
        InvitationProblem::ALL
            .into_iter()
            .map(|code| EventBody::InvitationFailed {
                login: "dana-d".parse().unwrap(),
                round: 0,
                code,
                reason: "What GitHub said.".to_owned(),
            }),
    );
    events.extend(sides());
    events.push(EventBody::CommentPosted {
        about: misread(),
        comment_id: 992,
        account: GitHubAccount {
            id: 1,
            login: "worksample[bot]".to_owned(),
        },
        number: 7,
    });
    events.extend(reviews());
    events.extend(members());
    events.push(EventBody::TextSeen {
        place: comment(),
        title: String::new(),
        text: "/deliver".to_owned(),
        html_url: "https://github.com/acme/ws/issues/7#issuecomment-991".to_owned(),
        created_at: moment(),
        pull: None,
        back_at: Some(moment()),
    });
    events.push(EventBody::TextSeen {
        place: Place::PullRequest { number: 8 },
        title: "Work".to_owned(),
        text: String::new(),
        html_url: "https://github.com/acme/ws/pull/8".to_owned(),
        created_at: moment(),
        pull: Some(PullHead {
            git_ref: "refs/heads/work".to_owned(),
            sha: sha('a'),
        }),
        back_at: None,
    });
    for happening in recurring() {
        events.push(happening.at_occurrence(second()).body);
        events.push(happening.body);
    }
    events
}

/// What an answer to a misread command is about.
pub fn misread() -> NaturalKey {
    NaturalKey(format!("{}:misread", key::text_created(&comment())))
}

/// The keys of facts that recur, as they happened for the second and tenth time.
pub fn recurring_keys() -> Vec<String> {
    let mut lines = Vec::new();
    for happening in recurring() {
        let kind = happening.body.name();
        let tenth = (1..10).fold(Occurrence::FIRST, |count, _| count.next());
        for (words, occurrence) in [("second", second()), ("tenth", tenth)] {
            let key = happening.at_occurrence(occurrence).key;
            lines.push(format!("{kind}, {words} time = {key}"));
        }
    }
    lines
}

/// The marker of a comment, as GitHub keeps it.
pub fn marker(id: &WorkSampleId) -> String {
    worksample::work_sample::answers::marker(id, &misread())
}
