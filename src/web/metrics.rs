//! What `/metrics` shows, in Prometheus' text form.

use prometheus::{Encoder as _, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

/// Counters of this process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    webhooks: IntCounterVec,
    jobs: IntGaugeVec,
}

impl Metrics {
    /// Fails only if two metrics had one name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new(
                "worksample_http_requests_total",
                "Requests answered, by status",
            ),
            &["status"],
        )?;
        let webhooks = IntCounterVec::new(
            Opts::new("worksample_webhooks_total", "Webhooks received, by outcome"),
            &["outcome"],
        )?;
        let jobs = IntGaugeVec::new(
            Opts::new("worksample_jobs", "Jobs in the database, by state"),
            &["state"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(webhooks.clone()))?;
        registry.register(Box::new(jobs.clone()))?;
        Ok(Metrics {
            registry,
            requests,
            webhooks,
            jobs,
        })
    }

    pub fn request(&self, status: u16) {
        self.requests
            .with_label_values(&[&status.to_string()])
            .inc();
    }

    pub fn webhook(&self, outcome: &str) {
        self.webhooks.with_label_values(&[outcome]).inc();
    }

    pub fn jobs(&self, state: &str, count: i64) {
        self.jobs.with_label_values(&[state]).set(count);
    }

    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
