//! Sightings by example: silent where the facts say the same, honest where nobody told us, and put right by whoever comes
//! later.

use crate::clock::Timestamp;
use crate::work_sample::testing::*;
use crate::work_sample::*;

fn see(story: &mut Story, place: &Place, (written, seen): (i64, i64), text: &str) {
    let updated_at: Timestamp = at(seen);
    let body = EventBody::TextSeen {
        place: place.clone(),
        title: String::new(),
        text: text.to_owned(),
        html_url: "http://127.0.0.1/org/dana/issues/1#1".to_owned(),
        created_at: at(written),
        pull: None,
        back_at: None,
    };
    let key = key::text_seen(place, updated_at, "", text);
    story.add(key, candidate(), updated_at, body);
}

fn member(story: &mut Story, id: u64, login: &str, by: Option<Actor>) {
    let (key, body, by) = match by {
        Some(by) => (
            key::member_added(id),
            EventBody::MemberAdded {
                login: login.to_owned(),
                id: Some(id),
                sent_at: None,
            },
            by,
        ),
        None => (
            key::member_seen(id),
            EventBody::MemberSeen {
                id,
                login: login.to_owned(),
                looked_at: None,
                occurrence: Occurrence::FIRST,
            },
            Actor::Service,
        ),
    };
    story.add(key, by, at(30), body);
}

#[test]
fn a_text_that_was_seen_as_it_is_known_says_nothing() {
    let mut story = Story::provisioned();
    let place = story.comment(candidate(), KICKOFF, 10, "first");
    story.edit(candidate(), &place, 20, "second");
    let known = story.fold();
    see(&mut story, &place, (10, 20), "second");
    see(&mut story, &place, (10, 10), "first");
    let seen = story.fold();
    assert_eq!(seen.entries, known.entries);
}

#[test]
fn a_text_of_which_only_a_look_tells_is_an_entry_like_any_other() {
    let mut told = Story::provisioned();
    let place = told.comment(candidate(), KICKOFF, 10, "/question why?");
    let mut seen = Story::provisioned();
    see(&mut seen, &place, (10, 10), "/question why?");
    let (mut told, seen) = (told.fold().entries, seen.fold().entries);
    // Stories leave the address of a comment out.
    told[0].html_url = seen[0].html_url.clone();
    assert_eq!(told, seen);
}

#[test]
fn an_edit_that_went_by_unseen_is_pointed_out_and_its_webhook_says_the_last_word() {
    let mut story = Story::provisioned();
    let place = story.comment(candidate(), KICKOFF, 10, "soon");
    see(&mut story, &place, (10, 25), "/deliver");
    story.settle();
    let unseen = story.fold();
    assert_eq!(
        unseen.deliveries.len(),
        1,
        "pay does not hang on our hearing"
    );
    let remark = unseen.entries[0].remark.as_deref().unwrap();
    assert!(remark.contains("edited unseen"), "{remark}");
    assert_eq!(unseen.entries[0].history[0].text, "soon");

    story.edit(candidate(), &place, 25, "/deliver");
    let heard = story.fold();
    assert_eq!(heard.entries[0].remark, None);
    assert_eq!(
        heard.deliveries, unseen.deliveries,
        "what was recorded stays"
    );
}

#[test]
fn a_comment_is_gone_until_it_is_seen_again() {
    let mut story = Story::provisioned();
    let place = story.comment(candidate(), KICKOFF, 10, "hello");
    let body = EventBody::TextGone {
        place: place.clone(),
        occurrence: Occurrence::FIRST,
    };
    story.add(key::text_gone(&place), Actor::Service, at(40), body);
    assert_eq!(story.fold().entries[0].deleted_at, Some(at(40)));
    let mut heard = story.clone();
    heard.delete(&place, 33);
    assert_eq!(heard.fold().entries[0].deleted_at, Some(at(33)));
    see(&mut story, &place, (10, 50), "hello again");
    assert_eq!(story.fold().entries[0].deleted_at, None);
}

#[test]
fn a_member_is_told_of_once_and_one_whom_the_team_did_not_bring_in_is_an_alarm() {
    let mut story = Story::provisioned();
    member(&mut story, 7, "dana", None);
    member(&mut story, 7, "dana", Some(candidate()));
    member(&mut story, 8, "colleague", Some(team()));
    let friend = Actor::GitHub {
        id: 9,
        login: "friend".to_owned(),
    };
    member(&mut story, 9, "friend", Some(friend));
    member(&mut story, 10, "helper", Some(candidate()));
    member(&mut story, 11, "stranger", None);
    let said: Vec<(String, bool)> = story
        .fold()
        .repository_events
        .into_iter()
        .map(|event| (event.text, event.alarm))
        .collect();
    let became = |login: &str, alarm| (format!("{login} became a collaborator"), alarm);
    assert_eq!(
        said,
        [
            became("helper", true),
            became("stranger", true),
            became("dana", false),
            became("colleague", false),
            became("friend", true),
        ]
    );
}

#[test]
fn a_repository_that_was_seen_elsewhere_was_moved_and_a_webhook_of_the_same_move_is_the_one_that_counts()
 {
    let mut story = Story::provisioned();
    let seen = |full_name: &str, private| EventBody::RepositorySeen {
        full_name: full_name.to_owned(),
        private,
        archived: false,
    };
    let key = key::repository_seen(at(50), "elsewhere/dana", false, false);
    story.add(key, Actor::Service, at(50), seen("elsewhere/dana", false));
    let texts = |story: &Story| -> Vec<String> {
        let events = story.fold().repository_events;
        assert!(events.iter().all(|event| event.alarm));
        events.into_iter().map(|event| event.text).collect()
    };
    let both = [
        "repository transferred: elsewhere/dana",
        "repository publicized: elsewhere/dana",
    ];
    assert_eq!(texts(&story), both);
    let repository = story.fold().provisioning.repository.unwrap();
    assert_eq!(repository.html_url, "http://127.0.0.1/elsewhere/dana");
    for (minute, action) in [(44, "transferred"), (45, "publicized")] {
        let body = EventBody::RepositoryChanged {
            action: action.to_owned(),
            full_name: "elsewhere/dana".to_owned(),
        };
        story.add(
            key::repository_changed(action, at(minute)),
            team(),
            at(minute),
            body,
        );
    }
    assert_eq!(texts(&story), both, "each is said once");
}

#[test]
fn whoever_takes_the_candidates_old_login_is_not_the_candidate() {
    let mut story = Story::provisioned();
    let body = EventBody::CandidateInvited {
        invitation_id: Some(6),
        account: Some(7),
        sent: None,
    };
    story.add(
        key::candidate_invited(Some(6), 0),
        Actor::Service,
        at(2),
        body,
    );
    let renamed = EventBody::AccountRenamed {
        account: 7,
        login: "dana-new".parse().unwrap(),
        occurrence: Occurrence::FIRST,
    };
    let key = key::account_renamed(7, &"dana-new".parse().unwrap());
    story.add(key, Actor::Service, at(5), renamed);
    let taker = Actor::GitHub {
        id: 99,
        login: "dana".to_owned(),
    };
    story.comment(taker, KICKOFF, 10, "/deliver");
    story.comment(candidate(), KICKOFF, 11, "/question R1?");
    let ws = story.fold();
    assert_eq!(ws.login.as_ref().unwrap().as_str(), "dana-new");
    let sides: Vec<Side> = ws.entries.iter().map(|entry| entry.side).collect();
    assert_eq!(sides, [Side::Team, Side::Candidate]);
    assert_eq!(ws.deliveries, []);
}

#[test]
fn what_is_pushed_after_the_freeze_is_a_fact_and_no_delivery() {
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    let body = EventBody::Frozen {
        due_at: at(20),
        sha: Some(sha('a')),
    };
    story.add(key::frozen(1), Actor::Service, at(20), body);
    story.push(30, MAIN, 'a', 'b');
    story.comment(candidate(), KICKOFF, 40, "/deliver");
    story.comment(candidate(), KICKOFF, 41, &format!("/deliver {}", sha('b')));
    let ws = story.fold();
    assert_eq!(ws.pushes.len(), 2);
    let delivered: Vec<_> = ws.deliveries.iter().map(|one| one.sha.clone()).collect();
    assert_eq!(delivered, [Some(sha('a'))]);
    story.settle();
    let remark = ws.entries[1].remark.as_deref().unwrap();
    assert!(remark.contains("pushed after the due time"), "{remark}");

    story.add(
        key::access_restored(1),
        Actor::Service,
        at(50),
        EventBody::AccessRestored,
    );
    let open = story.fold();
    assert_eq!(
        open.deliveries[1].sha,
        Some(sha('b')),
        "the due time was moved"
    );
}

fn invited(story: &mut Story, minute: i64, (id, to, round): (u64, &str, usize)) {
    let body = EventBody::CandidateInvited {
        invitation_id: Some(id),
        account: Some(id + 100),
        sent: Some(Sent {
            login: to.parse().unwrap(),
            round,
        }),
    };
    let key = key::candidate_invited(Some(id), round);
    story.add(key, Actor::Service, at(minute), body);
}

fn corrected(story: &mut Story, minute: i64, (login, round): (&str, usize)) {
    let login = login.parse().unwrap();
    let body = EventBody::LoginCorrected { login };
    let key = key::login_corrected(round);
    story.add(key, Actor::Candidate, at(minute), body);
}

#[test]
fn an_invitation_that_was_on_its_way_when_the_login_was_corrected_is_nobodys() {
    let mut story = Story::provisioned();
    corrected(&mut story, 3, ("dana-new", 1));
    invited(&mut story, 4, (6, "dana", 0));
    let ws = story.fold();
    assert!(
        !ws.provisioning.invited,
        "the right account is still to be invited"
    );
    assert_eq!((ws.login.unwrap().as_str(), ws.account), ("dana-new", None));
    let strays: Vec<_> = ws.strays.iter().map(|stray| stray.id).collect();
    assert_eq!(strays, [Some(5), Some(6)], "to be taken back");

    invited(&mut story, 5, (7, "dana-new", 1));
    for id in [5, 6] {
        let how = InvitationEnd::TakenBack;
        let body = EventBody::InvitationEnded {
            invitation_id: id,
            how,
        };
        story.add(key::invitation_ended(id), Actor::Service, at(6), body);
    }
    let ws = story.fold();
    assert!(ws.provisioning.invited);
    assert_eq!((ws.account, ws.strays), (Some(107), Vec::new()));
    let invitation = ws.invitation.unwrap();
    assert_eq!(
        (invitation.id, invitation.login.as_str()),
        (Some(7), "dana-new")
    );
}

#[test]
fn what_was_pushed_after_the_due_time_is_not_frozen_however_late_that_happens() {
    let due = 5 * 24 * 60;
    let mut story = Story::provisioned();
    story.push(10, MAIN, '1', 'a');
    story.push(due + 30, MAIN, 'a', 'b');
    assert_eq!(story.fold().commit_when_due(), Some(&sha('a')));
    // Nobody worked for an hour: a delivery of then means what was there in time.
    story.comment(candidate(), KICKOFF, due + 40, "/deliver");
    let body = EventBody::Frozen {
        due_at: at(due),
        sha: Some(sha('a')),
    };
    story.add(key::frozen(1), Actor::Service, at(due + 60), body);
    let ws = story.fold();
    assert_eq!(ws.deliveries[0].sha, Some(sha('a')));
    assert_eq!(ws.commit_when_due(), Some(&sha('a')));
}

#[test]
fn what_the_service_does_at_the_end_alarms_nobody_and_what_others_do_afterwards_does() {
    let mut story = Story::provisioned();
    story.withdrawn(10);
    let deleted = EventBody::RepositoryDeleted;
    story.add(
        key::repository_archived(),
        Actor::Service,
        at(20),
        EventBody::RepositoryArchived,
    );
    story.add(key::repository_deleted(), Actor::Service, at(9000), deleted);
    let changes = [
        (candidate(), "publicized", 30),
        (candidate(), "transferred", 40),
        // GitHub dates a deletion by the change before it: the archiving.
        (team(), "deleted", 19),
    ];
    for (by, action, minute) in changes {
        let body = EventBody::RepositoryChanged {
            action: action.to_owned(),
            full_name: "org/dana".to_owned(),
        };
        story.add(
            key::repository_changed(action, at(minute)),
            by,
            at(minute),
            body,
        );
    }
    let body = EventBody::MemberAdded {
        login: "mallory".to_owned(),
        id: Some(66),
        sent_at: None,
    };
    story.add(key::member_added(66), candidate(), at(50), body);
    let ws = story.fold();
    let alarms: Vec<&str> = ws
        .repository_events
        .iter()
        .filter(|event| event.alarm)
        .map(|event| event.text.as_str())
        .collect();
    assert_eq!(
        alarms,
        [
            "repository publicized: org/dana",
            "repository transferred: org/dana",
            "mallory became a collaborator",
        ]
    );
}

#[test]
fn a_transfer_that_is_believed_only_later_alarms_nobody_and_one_long_before_does() {
    for (minute, alarms) in [(200, false), (100, true)] {
        let mut story = Story::provisioned();
        story.withdrawn(10);
        let to = "keeper".parse().unwrap();
        let handed_over = EventBody::RepositoryHandedOver { to };
        story.add(
            key::repository_handed_over(),
            Actor::Service,
            at(211),
            handed_over,
        );
        let body = EventBody::RepositoryChanged {
            action: "transferred".to_owned(),
            full_name: "keeper/dana".to_owned(),
        };
        let key = key::repository_changed("transferred", at(minute));
        story.add(key, team(), at(minute), body);
        let events = story.fold().repository_events;
        assert_eq!(events[0].alarm, alarms, "{events:?}");
    }
}
