//! What `/metrics` shows, in Prometheus' text form.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{
    Encoder as _, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::logging;

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
        registry.register(Box::new(DroppedLogLines::new()?))?;
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

/// Reads the count of the log itself at each look, so that logging needs no metrics.
struct DroppedLogLines {
    description: Desc,
    options: Opts,
}

impl DroppedLogLines {
    fn new() -> Result<Self, prometheus::Error> {
        use prometheus::core::Describer as _;
        let options = Opts::new(
            "worksample_log_lines_dropped_total",
            "Lines of the log that could not be written",
        );
        Ok(DroppedLogLines {
            description: options.describe()?,
            options,
        })
    }
}

impl Collector for DroppedLogLines {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.description]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Ok(counter) = IntCounter::with_opts(self.options.clone()) else {
            return Vec::new();
        };
        counter.inc_by(logging::dropped_lines());
        counter.collect()
    }
}
