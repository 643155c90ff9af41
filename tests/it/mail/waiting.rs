//! Messages that wait: what is of no use any more is not sent, and who reads now is told.

use std::sync::Arc;

use chrono::Duration;
use rstest::rstest;
use serde_json::json;
use worksample::ids::{PersonId, WorkSampleId};
use worksample::store::{MessageRow, MessageState, NewJob, PersonRow, Tap};
use worksample::work_sample::messages::MessageKind;
use worksample::work_sample::{Actor, Command};
use worksample::workflow::act;
use worksample::workflow::messages::{self, OwnerChange, SETTLING};
use worksample::workflow::people::{self, PersonDetails};

use super::{Post, clock, post, settings};
use crate::steps::Moments;
use crate::support::played::{Database, On};
use crate::support::smtp::{Behaves, SmtpServer};

const SOON: Duration = Duration::seconds(1);
const RETRIED: Duration = Duration::minutes(1);

/// A service on a database of its own, and its mail server.
struct Office {
    dir: tempfile::TempDir,
    _database: Database,
    url: Option<String>,
    server: SmtpServer,
    post: Post,
}

impl Office {
    async fn on(on: On) -> Option<Office> {
        let database = on.database()?;
        let dir = tempfile::tempdir().unwrap();
        let server = SmtpServer::start().await;
        let smtp = server.url().parse().unwrap();
        let url = database.url();
        let settings = settings(dir.path(), url.clone(), Some(smtp));
        let post = Post::start(&settings, clock(), 7).await;
        Some(Office {
            dir,
            _database: database,
            url,
            server,
            post,
        })
    }

    async fn person(&self, name: &str) -> PersonRow {
        let details = PersonDetails {
            name: Some(name.to_owned()),
            email: Some(format!("{}@acme.example", name.to_lowercase())),
            roles: Some(vec!["lead".to_owned()]),
            ..PersonDetails::default()
        };
        people::add(&self.post.services, details, "test")
            .await
            .unwrap()
    }

    async fn owns(&self, id: &WorkSampleId, person: &PersonId, backup: Option<&PersonId>) {
        let change = OwnerChange {
            person: person.clone(),
            backup: backup.cloned(),
        };
        messages::set_owner(&self.post.services, id, change, "test")
            .await
            .unwrap();
    }

    /// Lets a job about this die.
    async fn job_dies(&self, subject: &str) {
        let job = NewJob {
            kind: "intake".to_owned(),
            subject: subject.to_owned(),
            payload: json!({}),
            dedupe_key: None,
            run_at: self.post.services.now(),
            priority: 100,
            max_attempts: 1,
        };
        let now = self.post.services.now();
        let store = &self.post.services.store;
        store.write(move |tx| tx.enqueue(&job, now)).await.unwrap();
        self.post.work_after(Duration::zero()).await;
    }

    async fn of_kind(&self, kind: MessageKind) -> Vec<MessageRow> {
        let mut rows = self.post.messages().await;
        rows.retain(|row| row.kind == kind);
        rows.reverse();
        rows
    }

    /// Who gets messages of this kind, and what became of each.
    async fn states(&self, kind: MessageKind) -> Vec<(String, MessageState)> {
        let rows = self.of_kind(kind).await;
        rows.into_iter()
            .map(|row| (row.address.unwrap_or(row.recipient), row.state))
            .collect()
    }

    fn taken_by(&self, address: &str) -> usize {
        let taken = self.server.taken();
        taken.iter().filter(|mail| mail.to == address).count()
    }

    async fn change(&self, row: MessageRow) {
        let store = &self.post.services.store;
        store
            .write(move |tx| tx.change_message(&row))
            .await
            .unwrap();
    }

    async fn close(self) {
        self.post.services.store.close().await;
    }
}

fn to(name: &str, state: MessageState) -> (String, MessageState) {
    (format!("{name}@acme.example"), state)
}

async fn declined(post: &Post, id: &WorkSampleId) {
    let decline = Command::Decline { reason: None };
    act::act(&post.services, id, decline, Actor::Candidate)
        .await
        .unwrap();
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn offer_that_is_declined_while_it_waits_is_not_sent(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.server.behave(&[Behaves::HangsUp]);
    let id = office.post.offer().await;
    office.post.work_after(SOON).await;
    assert_eq!(office.post.message().await.state, MessageState::Waiting);
    declined(&office.post, &id).await;
    office.post.work_after(RETRIED).await;
    let row = office.post.message().await;
    assert_eq!(row.state, MessageState::Obsolete);
    assert!(row.last_error.unwrap().contains("is over"));
    assert!(row.eml.is_empty(), "no link is kept");
    assert!(office.server.taken().is_empty());
    let refused = messages::resend(&office.post.services, &row.id, "Lea").await;
    assert_eq!(refused.unwrap_err().code(), "message_not_wanted");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offer_that_was_sent_and_declined_is_not_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    let id = post.offer().await;
    post.work_after(SOON).await;
    declined(&post, &id).await;
    let row = post.message().await;
    let refused = messages::resend(&post.services, &row.id, "Lea").await;
    assert_eq!(refused.unwrap_err().code(), "message_not_wanted");
    post.work_after(RETRIED).await;
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn reminder_that_waits_past_its_end_or_is_turned_off_is_not_sent() {
    for turned_off in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (post, server) = post(dir.path()).await;
        let id = post.offer().await;
        post.work_after(SOON).await;
        server.behave(&[Behaves::HangsUp; 100]);
        post.work_after(Duration::days(6)).await;
        let reminder = async || {
            let mut rows = post.messages().await;
            rows.retain(|row| row.kind == MessageKind::OfferEnds);
            rows.remove(0)
        };
        assert_eq!(reminder().await.state, MessageState::Waiting);
        let expected = if turned_off {
            let (kind, now) = (MessageKind::OfferEnds, post.services.now());
            let store = &post.services.store;
            store
                .write(move |tx| tx.turn_messages_off(id.as_str(), kind, now))
                .await
                .unwrap();
            post.work_after(Duration::hours(1)).await;
            MessageState::Off
        } else {
            post.work_after(Duration::days(2)).await;
            MessageState::Obsolete
        };
        assert_eq!(reminder().await.state, expected);
        assert_eq!(server.taken().len(), 1, "the offer");
    }
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn backup_gets_what_waits_for_an_owner_who_is_disabled(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let (lea, rita) = (office.person("Lea").await, office.person("Rita").await);
    let id = office.post.offer().await;
    office.owns(&id, &lea.id, Some(&rita.id)).await;
    office.post.work_after(SOON).await;
    office.server.behave(&[Behaves::HangsUp]);
    office.job_dies(id.as_str()).await;
    let kind = MessageKind::OperatorNeeded;
    let waiting = [to("lea", MessageState::Waiting)];
    assert_eq!(office.states(kind).await, waiting);
    people::disable(&office.post.services, &lea.id, "test")
        .await
        .unwrap();
    office.post.work_after(RETRIED).await;
    let told = [
        to("lea", MessageState::Obsolete),
        to("rita", MessageState::Sent),
    ];
    assert_eq!(office.states(kind).await, told);
    assert_eq!(office.taken_by("lea@acme.example"), 0);
    office.close().await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn new_owner_is_told_once_of_what_waits_also_after_an_upgrade(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let (lea, rita) = (office.person("Lea").await, office.person("Rita").await);
    let id = office.post.offer().await;
    office.owns(&id, &lea.id, None).await;
    office.post.work_after(SOON).await;
    office.job_dies(id.as_str()).await;
    let kind = MessageKind::OperatorNeeded;
    assert_eq!(office.states(kind).await, [to("lea", MessageState::Sent)]);
    // As an earlier version wrote them.
    for row in office.post.messages().await {
        let old = MessageRow {
            handed_over_at: None,
            failed_at: None,
            rendered_at: None,
            ..row
        };
        office.change(old).await;
    }
    let both = [
        to("lea", MessageState::Sent),
        to("rita", MessageState::Sent),
    ];
    for (owner, expected) in [(&lea, 1), (&rita, 2), (&lea, 2), (&rita, 2)] {
        office.owns(&id, &owner.id, None).await;
        office.post.work_after(RETRIED).await;
        assert_eq!(office.states(kind).await, both[..expected]);
    }
    assert_eq!(office.of_kind(MessageKind::Offer).await.len(), 1);
    assert_eq!(office.server.taken().len(), 3);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_who_come_later_get_nothing_that_another_lead_has() {
    let office = Office::on(On::Sqlite).await.unwrap();
    office.person("Lea").await;
    let id = office.post.offer_to("Toni", Some("toni@example.org")).await;
    office.post.work_after(SOON).await;
    office.job_dies(id.as_str()).await;
    office.person("Rita").await;
    office.job_dies("unknown").await;
    office.post.work_after(RETRIED).await;
    let about_sample = office.of_kind(MessageKind::OperatorNeeded).await;
    let about_sample: Vec<_> = about_sample
        .iter()
        .filter(|row| row.work_sample.is_some())
        .collect();
    assert_eq!(about_sample.len(), 1, "{about_sample:?}");
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn dead_job_of_no_work_sample_is_told_to_leads_once(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.person("Lea").await;
    office.person("Rita").await;
    office.job_dies("a-webhook-that-is-gone").await;
    let kind = MessageKind::OperatorNeeded;
    let both = [
        to("lea", MessageState::Sent),
        to("rita", MessageState::Sent),
    ];
    assert_eq!(office.states(kind).await, both);
    let rows = office.of_kind(kind).await;
    assert!(rows.iter().all(|row| row.work_sample.is_none()));
    let taken = office.server.taken();
    assert_eq!(
        taken[0].header("Subject").as_deref(),
        Some("An operator is needed")
    );
    office.post.work_after(Duration::hours(2)).await;
    assert_eq!(office.of_kind(kind).await.len(), 2);
    // The database itself holds no second one.
    let double = MessageRow {
        id: worksample::ids::MessageId::new(
            office.post.services.ids.as_ref(),
            office.post.services.now(),
        ),
        unsubscribe_hash: None,
        ..rows[0].clone()
    };
    let store = &office.post.services.store;
    assert!(
        store
            .write(move |tx| tx.add_message(&double))
            .await
            .is_err()
    );
    office.close().await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn failed_message_keeps_no_link_and_needs_an_operator_once(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.person("Lea").await;
    let refuses = Behaves::Refuses("550 no such mailbox");
    office.server.behave(&[refuses, refuses]);
    office.post.offer().await;
    office.post.work_after(SOON).await;
    office.post.work_after(Duration::hours(1)).await;
    let failed = office.post.message().await;
    assert_eq!(failed.state, MessageState::Failed);
    let eml = String::from_utf8(failed.eml.clone()).unwrap();
    let eml = eml.replace("=\r\n", "");
    assert!(eml.contains("/o/removed"), "{eml}");
    assert_eq!(
        eml.matches("/o/").count(),
        eml.matches("/o/removed").count()
    );
    // That this failed as well is told to nobody by mail.
    let told = [to("lea", MessageState::Failed)];
    assert_eq!(office.states(MessageKind::OperatorNeeded).await, told);
    assert_eq!(office.server.connections(), 2);
    assert_eq!(messages::failed(&office.post.services).await.unwrap(), 2);

    // Where an earlier version gave up, nobody is told of it now.
    office
        .change(MessageRow {
            failed_at: None,
            ..failed
        })
        .await;
    let again = office.of_kind(MessageKind::OperatorNeeded).await.remove(0);
    let refused = messages::resend(&office.post.services, &again.id, "Lea").await;
    assert_eq!(refused.unwrap_err().code(), "message_not_wanted");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_is_told_of_a_failed_message_until_it_is_sent_again() {
    let office = Office::on(On::Sqlite).await.unwrap();
    office.person("Lea").await;
    office.server.behave(&[Behaves::Refuses("550 no")]);
    office.post.offer().await;
    office.post.work_after(SOON).await;
    let told = [to("lea", MessageState::Sent)];
    assert_eq!(office.states(MessageKind::OperatorNeeded).await, told);
    let mail = office.server.taken().remove(0);
    assert!(
        mail.header("Subject")
            .unwrap()
            .starts_with("An operator is needed")
    );
    let failed = office.post.message().await;
    messages::resend(&office.post.services, &failed.id, "Lea")
        .await
        .unwrap();
    office.post.work_after(RETRIED).await;
    assert_eq!(office.post.message().await.state, MessageState::Sent);
    assert_eq!(office.server.taken().len(), 2);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn process_that_ends_before_it_hands_over_loses_no_message(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.post.offer().await;
    office.post.clock.advance(SOON);
    let lives = 3;
    office.server.behave(&[Behaves::Silent; 3]);
    let smtp: worksample::mail::Smtp = office.server.url().parse().unwrap();
    let settings = settings(office.dir.path(), office.url.clone(), Some(smtp));
    for life in 0..lives {
        let moments = Moments::new(Some(1));
        office
            .server
            .tap(Some(Arc::clone(&moments) as Arc<dyn Tap>));
        let post = Post::start(&settings, office.post.clock.clone(), 20 + life).await;
        tokio::select! {
            done = post.worker.drain() => panic!("the server never answers: {done:?}"),
            () = moments.held() => {}
        }
        office.server.tap(None);
        drop(post);
        office.post.clock.advance(SETTLING + RETRIED);
    }
    office.post.work_after(RETRIED).await;
    let row = office.post.message().await;
    assert_eq!((row.state, row.unknown_outcomes), (MessageState::Sent, 0));
    assert_eq!(office.server.taken().len(), 1);
    office.close().await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn message_that_waits_is_not_sent_once_mail_is_no_longer_configured(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.server.behave(&[Behaves::HangsUp]);
    office.post.offer().await;
    office.post.work_after(SOON).await;
    let without = settings(office.dir.path(), office.url.clone(), None);
    let post = Post::start(&without, office.post.clock.clone(), 8).await;
    post.work_after(RETRIED).await;
    let row = post.message().await;
    assert_eq!(row.state, MessageState::NotSent);
    assert!(row.last_error.unwrap().contains("WORKSAMPLE_SMTP_URL"));
    let folder = office.dir.path().join("service/mail");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    let file = files.into_iter().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read(file).unwrap(), row.eml);
    post.services.store.close().await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_whose_letter_cannot_be_read_is_rewritten_and_others_are_sent() {
    let office = Office::on(On::Sqlite).await.unwrap();
    office.person("Lea").await;
    office.server.behave(&[Behaves::HangsUp]);
    let id = office.post.offer().await;
    office.post.work_after(SOON).await;
    let row = office.post.message().await;
    office
        .change(MessageRow {
            letter: json!(5),
            ..row
        })
        .await;
    office.job_dies(id.as_str()).await;
    office.post.work_after(RETRIED).await;
    assert_eq!(office.post.message().await.state, MessageState::Sent);
    let told = [to("lea", MessageState::Sent)];
    assert_eq!(office.states(MessageKind::OperatorNeeded).await, told);
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn resend_reaches_who_is_known_now_and_keeps_the_old_unsubscribe_link(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let services = &office.post.services;
    let id = office.post.offer().await;
    office.post.work_after(SOON).await;
    office.job_dies(id.as_str()).await;
    let kind = MessageKind::OperatorNeeded;
    let kept = [("team".to_owned(), MessageState::NotSent)];
    assert_eq!(office.states(kind).await, kept);
    let row = office.of_kind(kind).await.remove(0);
    let nobody = messages::resend(services, &row.id, "test").await;
    assert_eq!(nobody.unwrap_err().code(), "message_no_address");
    office.person("Lea").await;
    office.person("Rita").await;
    let sent = messages::resend(services, &row.id, "test").await.unwrap();
    assert_eq!(sent.id, row.id);
    office.post.work_after(SOON).await;
    let both = [
        to("lea", MessageState::Sent),
        to("rita", MessageState::Sent),
    ];
    assert_eq!(office.states(kind).await, both);

    office.post.work_after(Duration::days(5)).await;
    let reminder = office.of_kind(MessageKind::OfferEnds).await.remove(0);
    assert_eq!(reminder.state, MessageState::Sent);
    let token_of = |at: usize| {
        let taken = office.server.taken();
        let mut reminders = taken
            .iter()
            .filter_map(|mail| mail.header("List-Unsubscribe"));
        let url = reminders.nth(at).unwrap();
        let token = url.trim_matches(['<', '>']).rsplit('/').next();
        token.unwrap().to_owned()
    };
    let first = token_of(0);
    messages::resend(services, &reminder.id, "test")
        .await
        .unwrap();
    office.post.work_after(SOON).await;
    let second = token_of(1);
    assert_ne!(first, second);
    let off = messages::turn_off_by_token(services, &first, true).await;
    assert!(off.unwrap().is_off);
    assert!(
        messages::unsubscribing(services, &second)
            .await
            .unwrap()
            .is_off
    );
    let refused = messages::resend(services, &reminder.id, "test").await;
    assert_eq!(refused.unwrap_err().code(), "message_turned_off");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_sent_again_has_a_new_date() {
    let dir = tempfile::tempdir().unwrap();
    let (post, server) = post(dir.path()).await;
    post.offer().await;
    post.work_after(SOON).await;
    post.clock.advance(Duration::days(1));
    let row = post.message().await;
    messages::resend(&post.services, &row.id, "Lea")
        .await
        .unwrap();
    post.work_after(SOON).await;
    let dates: Vec<_> = server
        .taken()
        .iter()
        .map(|one| one.header("Date"))
        .collect();
    assert_eq!(dates[0].as_deref(), Some("Mon, 02 Mar 2026 09:00:01 +0000"));
    assert_eq!(dates[1].as_deref(), Some("Tue, 03 Mar 2026 09:00:01 +0000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_by_a_team_is_told_only_while_the_team_is_confirmed() {
    let office = Office::on(On::Sqlite).await.unwrap();
    let lea = office.person("Lea").await;
    let by_team = async |roles: &[&str], checked_at| {
        let row = PersonRow {
            roles: Vec::new(),
            roles_from_teams: roles.iter().map(|role| (*role).to_owned()).collect(),
            teams_checked_at: Some(checked_at),
            ..lea.clone()
        };
        let store = &office.post.services.store;
        store.write(move |tx| tx.change_person(&row)).await.unwrap();
    };
    let kind = MessageKind::OperatorNeeded;
    by_team(&["lead"], office.post.services.now()).await;
    // Every lead is one by a team: the role holds for an hour.
    office.post.clock.advance(Duration::minutes(59));
    office.job_dies("first").await;
    assert_eq!(office.states(kind).await, [to("lea", MessageState::Sent)]);
    office.post.clock.advance(Duration::minutes(1));
    office.job_dies("second").await;
    assert_eq!(office.of_kind(kind).await.len(), 1, "it is not known now");
    by_team(&["lead"], office.post.services.now()).await;
    office.post.work_after(Duration::minutes(5)).await;
    let twice = [to("lea", MessageState::Sent), to("lea", MessageState::Sent)];
    assert_eq!(office.states(kind).await, twice);
    // She left.
    by_team(&[], office.post.services.now()).await;
    office.job_dies("third").await;
    assert_eq!(office.taken_by("lea@acme.example"), 2);
    let last = office.of_kind(kind).await.pop().unwrap();
    assert_eq!(
        (last.recipient.as_str(), last.state),
        ("team", MessageState::NotSent)
    );
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn message_of_an_earlier_worker_waits_before_it_is_decided(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let lea = office.person("Lea").await;
    let id = office.post.offer().await;
    office.server.behave(&[Behaves::HangsUp]);
    office.post.work_after(SOON).await;
    let row = office.post.message().await;
    // A worker that knows nothing of `handed_over_at` sends it at this moment.
    office
        .change(MessageRow {
            state: MessageState::Sending,
            handed_over_at: None,
            retry_at: None,
            unknown_outcomes: 0,
            ..row
        })
        .await;
    let before = office.server.taken().len();
    office.owns(&id, &lea.id, None).await;
    office.post.work_after(SOON).await;
    assert_eq!(office.post.message().await.state, MessageState::Sending);
    assert_eq!(office.server.taken().len(), before);
    office.post.work_after(SETTLING).await;
    assert_eq!(office.post.message().await.state, MessageState::Sent);
    office.close().await;
}
