//! Messages: what they say, how they are sent, and how often.

mod canary;
mod correcting;
pub mod hostile;
pub mod letters;
mod pages;
mod sending;
mod stopped;
mod waiting;

use std::path::Path;
use std::sync::Arc;

use chrono::Duration;
use worksample::app::{self, Surroundings};
use worksample::clock::{Clock as _, SimulatedClock};
use worksample::config::{MailSettings, Settings};
use worksample::ids::{SeededIds, WorkSampleId};
use worksample::mail::Smtp;
use worksample::store::{MessageFilter, MessageRow};
use worksample::work_sample::messages::MessageKind;
use worksample::workflow::launch::Launch;
use worksample::workflow::worker::Worker;
use worksample::workflow::{Services, launch, messages, publish};

use crate::support::small;
use crate::support::smtp::SmtpServer;

/// A service that sends mail to a server of this process.
pub struct Post {
    pub services: Arc<Services>,
    pub worker: Worker,
    pub clock: Arc<SimulatedClock>,
}

/// The settings of such a service.
pub fn settings(dir: &Path, database_url: Option<String>, smtp: Option<Smtp>) -> Settings {
    let settings = small::settings(dir);
    Settings {
        database_url: database_url.map_or(settings.database_url.clone(), Into::into),
        mail: MailSettings {
            smtp,
            from: Some("Acme Work Samples <work@acme.example>".parse().unwrap()),
            reply_to: Some("jobs@acme.example".parse().unwrap()),
        },
        public_url: "https://work.acme.example".into(),
        ..settings
    }
}

impl Post {
    pub async fn start(settings: &Settings, clock: Arc<SimulatedClock>, seed: u64) -> Post {
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(seed)),
        };
        let services = app::services(settings, &surroundings, None).await.unwrap();
        let services = Arc::new(services);
        Post {
            worker: Worker::new(Arc::clone(&services), format!("worker-{seed}")),
            services,
            clock,
        }
    }

    /// Offers the small spec to Toni.
    pub async fn offer(&self) -> WorkSampleId {
        self.offer_to("Toni Talks", Some("toni@example.org")).await
    }

    pub async fn offer_to(&self, candidate: &str, email: Option<&str>) -> WorkSampleId {
        let (version, _) = publish::publish(&self.services, small::folder())
            .await
            .unwrap();
        let wanted = Launch {
            spec: version.digest,
            candidate: candidate.into(),
            email: email.map(str::to_owned),
            organization: None,
            again: true,
            lead: "Lea Lead".into(),
        };
        launch::launch(&self.services, wanted, None)
            .await
            .unwrap()
            .id
    }

    /// Does what is due, now and after `by`.
    pub async fn work_after(&self, by: Duration) {
        self.clock.advance(by);
        self.worker.drain().await.unwrap();
    }

    pub async fn messages(&self) -> Vec<MessageRow> {
        messages::list(&self.services, MessageFilter::default())
            .await
            .unwrap()
    }

    /// The one message there is, besides those that say that an operator is needed.
    pub async fn message(&self) -> MessageRow {
        let mut all = self.messages().await;
        all.retain(|row| row.kind != MessageKind::OperatorNeeded);
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }
}

pub fn clock() -> Arc<SimulatedClock> {
    let clock = SimulatedClock::starting_at("2026-03-02T09:00:00Z".parse().unwrap());
    assert!(clock.now().timestamp() > 0);
    clock
}

/// A service, its mail server, and the folder that both are in.
pub async fn post(dir: &Path) -> (Post, SmtpServer) {
    let server = SmtpServer::start().await;
    let smtp = server.url().parse().unwrap();
    let post = Post::start(&settings(dir, None, Some(smtp)), clock(), 7).await;
    (post, server)
}
