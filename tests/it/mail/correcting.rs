//! A candidate's e-mail address that was wrong and is corrected: what waits goes to the right one, and what the wrong one has
//! opens nothing any more.

use chrono::Duration;
use rstest::rstest;
use worksample::ids::WorkSampleId;
use worksample::store::{LinkRow, MessageState, WorkSampleRow, candidate_key};
use worksample::work_sample::messages::MessageKind;
use worksample::work_sample::{Actor, Command};
use worksample::workflow::correct_email::{EmailCorrection, correct};
use worksample::workflow::{act, messages, offer_links, show};

use super::{Post, clock, settings};
use crate::support::played::{Database, On};
use crate::support::smtp::{Behaves, SmtpServer};

const SOON: Duration = Duration::seconds(1);
const WRONG: &str = "tony@example.org";
const RIGHT: &str = "toni@right.example";

struct Office {
    _dir: tempfile::TempDir,
    _database: Database,
    server: SmtpServer,
    post: Post,
}

impl Office {
    async fn on(on: On) -> Option<Office> {
        let database = on.database()?;
        let dir = tempfile::tempdir().unwrap();
        let server = SmtpServer::start().await;
        let smtp = server.url().parse().unwrap();
        let settings = settings(dir.path(), database.url(), Some(smtp));
        let post = Post::start(&settings, clock(), 7).await;
        Some(Office {
            _dir: dir,
            _database: database,
            server,
            post,
        })
    }

    async fn correct(
        &self,
        id: &WorkSampleId,
        email: &str,
        revoke_links: bool,
    ) -> Result<(), &'static str> {
        let correction = EmailCorrection {
            email: email.to_owned(),
            revoke_links,
        };
        let lead = Actor::Lead {
            name: "Lea Lead".to_owned(),
        };
        correct(&self.post.services, id, correction, lead)
            .await
            .map(drop)
            .map_err(|error| error.code())
    }

    async fn row(&self, id: &WorkSampleId) -> WorkSampleRow {
        let id = id.clone();
        let store = &self.post.services.store;
        let row = store.read(move |tx| tx.work_sample_row(&id)).await;
        row.unwrap().unwrap()
    }

    async fn links(&self, id: &WorkSampleId) -> Vec<LinkRow> {
        let id = id.clone();
        let store = &self.post.services.store;
        store
            .read(move |tx| tx.links_of_work_sample(&id))
            .await
            .unwrap()
    }

    fn takers(&self) -> Vec<String> {
        let taken = self.server.taken();
        taken.into_iter().map(|mail| mail.to).collect()
    }

    async fn close(self) {
        self.post.services.store.close().await;
    }
}

#[rstest]
#[case::hangs_up_sqlite(On::Sqlite, Behaves::HangsUp)]
#[case::hangs_up_postgres(On::Postgres, Behaves::HangsUp)]
#[case::outcome_unknown_sqlite(On::Sqlite, Behaves::LosesIt)]
#[case::outcome_unknown_postgres(On::Postgres, Behaves::LosesIt)]
#[tokio::test(flavor = "multi_thread")]
async fn message_that_waits_goes_to_corrected_address(#[case] on: On, #[case] behaves: Behaves) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    office.server.behave(&[behaves]);
    let id = office.post.offer_to("Toni Talks", Some(WRONG)).await;
    office.post.work_after(SOON).await;
    let waiting = office.post.message().await;
    assert_eq!(waiting.state, MessageState::Waiting);
    let mailed = office.links(&id).await;
    assert!(!mailed.is_empty() && mailed.iter().all(|link| link.revoked_at.is_none()));

    for (email, code) in [(WRONG, "same_email"), ("toni", "email_invalid")] {
        assert_eq!(office.correct(&id, email, true).await, Err(code));
    }
    office.correct(&id, RIGHT, true).await.unwrap();
    let row = office.row(&id).await;
    assert_eq!(row.email.as_deref(), Some(RIGHT));
    assert_eq!(row.candidate_key, candidate_key("Toni Talks", Some(RIGHT)));
    let (ws, _) = show::work_sample(&office.post.services, &id).await.unwrap();
    assert_eq!(ws.email.as_deref(), Some(RIGHT));

    // Longer than an attempt may be under way.
    office.post.work_after(Duration::minutes(10)).await;
    assert_eq!(office.takers(), [RIGHT]);
    let sent = office.post.message().await;
    assert_eq!((sent.id, sent.state), (waiting.id, MessageState::Sent));
    let (old, new): (Vec<_>, Vec<_>) = office
        .links(&id)
        .await
        .into_iter()
        .partition(|link| mailed.iter().any(|one| one.token_hash == link.token_hash));
    assert!(old.iter().all(|link| link.revoked_at.is_some()));
    assert!(!new.is_empty() && new.iter().all(|link| link.revoked_at.is_none()));
    office.close().await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn offer_sent_to_wrong_address_is_sent_again_to_the_right_one(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let services = &office.post.services;
    let id = office.post.offer_to("Toni Talks", Some(WRONG)).await;
    office.post.work_after(SOON).await;
    office.post.work_after(Duration::days(5)).await;
    let reminder = office.post.messages().await.remove(0);
    assert_eq!(reminder.kind, MessageKind::OfferEnds);
    let taken = office.server.taken();
    let url = taken
        .iter()
        .find_map(|mail| mail.header("List-Unsubscribe"))
        .unwrap();
    let unsubscribe = url.trim_matches(['<', '>']).rsplit('/').next().unwrap();
    messages::unsubscribing(services, unsubscribe)
        .await
        .unwrap();
    offer_links::make(services, "https://work.acme.example", &id, "Lea Lead")
        .await
        .unwrap();
    office.correct(&id, RIGHT, true).await.unwrap();
    let good: Vec<_> = office.links(&id).await;
    let good: Vec<_> = good
        .iter()
        .filter(|link| link.revoked_at.is_none())
        .collect();
    assert_eq!(good.len(), 1, "the link that was handed over");
    assert_eq!(good[0].handed_over_by.as_deref(), Some("Lea Lead"));
    let gone = messages::unsubscribing(services, unsubscribe).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");

    let before = office.takers().len();
    office.post.work_after(SOON).await;
    assert_eq!(
        office.takers().len(),
        before,
        "what was sent is not sent by itself"
    );
    messages::resend(services, &reminder.id, "Lea Lead")
        .await
        .unwrap();
    office.post.work_after(SOON).await;
    assert_eq!(office.takers().last().map(String::as_str), Some(RIGHT));
    office.close().await;
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn offer_kept_without_address_is_sent_once_one_is_given(#[case] on: On) {
    let Some(office) = Office::on(on).await else {
        return;
    };
    let id = office.post.offer_to("Toni Talks", None).await;
    office.post.work_after(SOON).await;
    assert_eq!(office.post.message().await.state, MessageState::NotSent);
    office.correct(&id, WRONG, false).await.unwrap();
    office.post.work_after(SOON).await;
    assert_eq!(office.takers(), [WRONG]);
    // Links stay good where they are wanted to.
    office.correct(&id, RIGHT, false).await.unwrap();
    let links = office.links(&id).await;
    assert!(links.iter().all(|link| link.revoked_at.is_none()));

    // Until the work sample is closed.
    let cancel = Command::Cancel {
        reason: "A test".to_owned(),
    };
    let lead = || Actor::Lead {
        name: "Lea Lead".to_owned(),
    };
    let services = &office.post.services;
    act::act(services, &id, cancel, lead()).await.unwrap();
    office.correct(&id, "t@right.example", true).await.unwrap();
    act::act(services, &id, Command::Close, lead())
        .await
        .unwrap();
    let refused = office.correct(&id, WRONG, true).await;
    assert_eq!(refused, Err("already_closed"));
    office.close().await;
}
