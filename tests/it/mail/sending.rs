//! How messages are sent: once, with their headers, tried again where that helps, and kept where nothing is configured.

use chrono::Duration;
use rstest::rstest;
use worksample::ids::PersonId;
use worksample::store::MessageState;
use worksample::work_sample::messages::MessageKind;
use worksample::workflow::messages::{self, OwnerChange, SETTLING};
use worksample::workflow::people::{self, PersonDetails};

use super::{Post, clock, post, settings};
use crate::support::smtp::Behaves;

const SOON: Duration = Duration::seconds(1);

#[tokio::test(flavor = "multi_thread")]
async fn offer_is_sent_once_with_its_headers() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    let id = post.offer().await;
    post.work_after(SOON).await;
    post.work_after(Duration::hours(1)).await;
    let taken = server.taken();
    assert_eq!(taken.len(), 1, "{taken:#?}");
    let mail = &taken[0];
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("work@acme.example", "toni@example.org")
    );
    let header = |name: &str| mail.header(name).unwrap_or_default();
    assert_eq!(
        header("Subject"),
        "Paid work sample offered: A greeting in a file"
    );
    assert!(
        header("From").contains("Acme Work Samples"),
        "{}",
        header("From")
    );
    assert_eq!(header("Reply-To"), "jobs@acme.example");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("In-Reply-To"), format!("<{id}@acme.example>"));
    assert_eq!(header("References"), header("In-Reply-To"));
    assert_eq!(header("Date"), "Mon, 02 Mar 2026 09:00:01 +0000");
    assert_eq!(
        mail.header("List-Unsubscribe"),
        None,
        "an offer cannot be turned off"
    );

    let row = post.message().await;
    assert_eq!((row.state, row.attempts), (MessageState::Sent, 1));
    assert_eq!(header("Message-ID"), row.message_id);
    assert!(row.sent_at.is_some() && row.last_error.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn reminder_can_be_turned_off_by_its_link_and_by_its_button_only() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    post.offer().await;
    post.work_after(SOON).await;
    post.work_after(Duration::days(6)).await;
    let reminder = server.taken().pop().unwrap();
    let url = reminder.header("List-Unsubscribe").unwrap();
    assert_eq!(
        reminder.header("List-Unsubscribe-Post").as_deref(),
        Some("List-Unsubscribe=One-Click")
    );
    let token = url
        .trim_matches(['<', '>'])
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let services = &post.services;
    let shown = messages::unsubscribing(services, &token).await.unwrap();
    assert!(!shown.is_off);
    assert!(
        !messages::unsubscribing(services, &token)
            .await
            .unwrap()
            .is_off
    );
    assert!(
        messages::turn_off_by_token(services, &token, true)
            .await
            .unwrap()
            .is_off
    );
    assert!(
        messages::unsubscribing(services, &token)
            .await
            .unwrap()
            .is_off
    );
    assert!(messages::unsubscribing(services, "removed").await.is_err());
    for row in post.messages().await {
        let eml = String::from_utf8(row.eml).unwrap();
        assert!(!eml.contains(&token), "the kept copy holds no token");
    }
}

#[rstest]
#[case::server_gone(Behaves::HangsUp)]
#[case::refused_for_now(Behaves::Refuses("450 greylisted"))]
#[tokio::test(flavor = "multi_thread")]
async fn message_that_is_not_taken_for_now_is_tried_again(#[case] behaves: Behaves) {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    server.behave(&[behaves, behaves, behaves]);
    post.offer().await;
    post.work_after(SOON).await;
    let row = post.message().await;
    assert_eq!((row.state, row.attempts), (MessageState::Waiting, 1));
    assert!(
        row.last_error.is_some() && row.retry_at.is_some(),
        "{row:?}"
    );
    post.work_after(SOON).await;
    assert_eq!(server.connections(), 1, "not before its time");
    for _ in 0..3 {
        post.work_after(Duration::minutes(1)).await;
    }
    let row = post.message().await;
    assert_eq!((row.state, row.attempts), (MessageState::Sent, 4));
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_is_refused_for_good_fails_and_can_be_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    server.behave(&[Behaves::Refuses("550 no such mailbox")]);
    post.offer().await;
    post.work_after(SOON).await;
    post.work_after(Duration::days(1)).await;
    let row = post.message().await;
    assert_eq!((row.state, row.attempts), (MessageState::Failed, 1));
    assert!(row.last_error.as_ref().unwrap().contains("550"), "{row:?}");
    assert_eq!(server.connections(), 1);

    let again = messages::resend(&post.services, &row.id, "Lea Lead")
        .await
        .unwrap();
    assert_ne!(again.message_id, row.message_id);
    let refused = messages::resend(&post.services, &row.id, "Lea Lead")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "message_on_its_way");
    post.work_after(SOON).await;
    assert_eq!(post.message().await.state, MessageState::Sent);
    assert_eq!(server.taken().len(), 1);
}

#[rstest]
#[case::taken(Behaves::TakesAndHangsUp, 2)]
#[case::lost(Behaves::LosesIt, 1)]
#[tokio::test(flavor = "multi_thread")]
async fn message_of_unknown_outcome_is_sent_once_more(
    #[case] behaves: Behaves,
    #[case] copies: usize,
) {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    server.behave(&[behaves]);
    post.offer().await;
    post.work_after(SOON).await;
    let row = post.message().await;
    assert_eq!(
        (row.state, row.unknown_outcomes),
        (MessageState::Waiting, 1)
    );
    post.work_after(SETTLING).await;
    assert_eq!(post.message().await.state, MessageState::Sent);
    let taken = server.taken();
    assert_eq!(taken.len(), copies);
    assert!(taken.iter().all(|one| *one == taken[0]), "the same bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn message_of_unknown_outcome_twice_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    server.behave(&[Behaves::TakesAndHangsUp, Behaves::TakesAndHangsUp]);
    post.offer().await;
    post.work_after(SOON).await;
    post.work_after(SETTLING).await;
    post.work_after(Duration::days(1)).await;
    let row = post.message().await;
    assert_eq!(row.state, MessageState::Failed);
    assert!(row.last_error.unwrap().contains("not known whether"));
    assert_eq!(server.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_never_answers_leaves_the_outcome_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let server = crate::support::smtp::SmtpServer::start().await;
    let mut smtp: worksample::mail::Smtp = server.url().parse().unwrap();
    smtp.timeouts.message = std::time::Duration::from_millis(300);
    let post = Post::start(&settings(dir.path(), None, Some(smtp)), clock(), 7).await;
    server.behave(&[Behaves::Hangs]);
    post.offer().await;
    post.work_after(SOON).await;
    let row = post.message().await;
    assert_eq!(
        (row.state, row.unknown_outcomes),
        (MessageState::Waiting, 1)
    );
    assert!(row.last_error.unwrap().contains("timed out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_server_message_is_kept_and_written_as_file() {
    let dir = tempfile::tempdir().unwrap();
    let post = Post::start(&settings(dir.path(), None, None), clock(), 7).await;
    post.offer().await;
    post.work_after(SOON).await;
    let row = post.message().await;
    assert_eq!(row.state, MessageState::NotSent);
    let files: Vec<_> = std::fs::read_dir(dir.path().join("service/mail"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(std::fs::read(&files[0]).unwrap(), row.eml);
    // A file that somebody removed stays removed.
    std::fs::remove_file(&files[0]).unwrap();
    post.work_after(Duration::days(6)).await;
    assert!(!files[0].exists());
    assert_eq!(post.messages().await.len(), 2, "the reminder");
}

#[tokio::test(flavor = "multi_thread")]
async fn candidate_without_usable_address_keeps_nobody_else_from_mail() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    post.offer_to("No Address", None).await;
    post.offer_to(
        "Odd Address",
        Some("a\"b@exa mple.org".replace(' ', "").as_str()),
    )
    .await;
    post.offer_to("Toni Talks", Some("toni@example.org")).await;
    post.work_after(SOON).await;
    let rows = post.messages().await;
    let offers = rows.iter().filter(|row| row.kind == MessageKind::Offer);
    let mut states: Vec<_> = offers.map(|row| row.state).collect();
    states.sort_unstable();
    assert_eq!(
        states,
        [
            MessageState::NotSent,
            MessageState::Sent,
            MessageState::Failed
        ]
    );
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn known_lead_who_launches_is_owner_and_can_be_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (post, _server) = post(dir.path()).await;
    let services = &post.services;
    let person = async |name: &str| {
        let details = PersonDetails {
            name: Some(name.to_owned()),
            email: Some(format!("{}@acme.example", name.split(' ').next().unwrap())),
            roles: Some(vec!["lead".to_owned()]),
            answer_hours: Some("mon-fri 09:00-17:00".to_owned()),
            days_off: Some(vec!["2026-12-24".parse().unwrap()]),
            ..PersonDetails::default()
        };
        people::add(services, details, "test").await.unwrap()
    };
    let stranger = post.offer_to("Before", Some("before@example.org")).await;
    assert_eq!(messages::owner(services, &stranger).await.unwrap(), None);
    let (lea, rita) = (person("Lea Lead").await, person("Rita Reviewer").await);
    let id = post.offer().await;
    let owner = messages::owner(services, &id).await.unwrap().unwrap();
    assert_eq!((&owner.person, &owner.backup), (&lea.id, &None));
    let change = |person: &PersonId, backup: Option<&PersonId>| OwnerChange {
        person: person.clone(),
        backup: backup.cloned(),
    };
    let same = messages::set_owner(services, &id, change(&lea.id, Some(&lea.id)), "Lea").await;
    assert_eq!(same.unwrap_err().code(), "backup_is_owner");
    let set = messages::set_owner(services, &id, change(&rita.id, Some(&lea.id)), "Lea").await;
    assert_eq!(set.unwrap().backup, Some(lea.id.clone()));
    people::disable(services, &lea.id, "test").await.unwrap();
    let disabled = messages::set_owner(services, &id, change(&lea.id, None), "Lea").await;
    assert_eq!(disabled.unwrap_err().code(), "person_disabled");
}
