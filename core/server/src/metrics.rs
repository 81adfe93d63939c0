//! What the operator may watch: counts and times, never of whom.

use std::fmt::{self, Formatter};
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// What a party says of itself to its operator. May block.
pub trait Condition: Send + Sync + 'static {
    /// Whether it can do its work now.
    fn is_ready(&self) -> bool;

    /// Its own figures, beside those that every server has. What can't be read now is left out.
    fn measures(&self) -> Vec<Measure>;
}

/// A figure that a party has at present.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Measure {
    /// Its name, without `keepwell_`; the unit stands at its end.
    name: &'static str,
    /// One line for the operator.
    help: &'static str,
    /// In the unit that its name ends with.
    value: u64,
}

impl Measure {
    /// A figure `keepwell_` `name`, whose unit stands at its end, of so much; `help` is one line for the operator.
    pub fn new(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, value }
    }
}

/// Asks the party at each scrape.
struct Measured(Arc<dyn Condition>);

impl fmt::Debug for Measured {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Measured")
    }
}

impl Collector for Measured {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Measure { name, help, value } in self.0.measures() {
            // One that is beyond would end the page.
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// The metrics of one server.
pub(crate) struct Metrics {
    registry: Registry,
    /// Connections that are open.
    pub(crate) connections: Gauge,
    /// Connections that were ended for a new one.
    pub(crate) yielded: Counter,
    /// Connections that were refused, for want of a place.
    pub(crate) refused: Counter,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
}

type Labels = Vec<(&'static str, String)>;

impl Metrics {
    pub(crate) fn new(party: Arc<dyn Condition>) -> Self {
        let mut registry = Registry::with_prefix("keepwell");
        registry.register_collector(Box::new(Measured(party)));
        let metrics = (Gauge::default(), Counter::default(), Counter::default(), Family::default());
        let (connections, yielded, refused, requests) = metrics;
        // From 1 ms to 33 s.
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 16));
        registry.register("connections", "Connections that are open", connections.clone());
        registry.register("connections_yielded", "Connections ended for a new one", yielded.clone());
        registry.register("connections_refused", "Connections for which there was no place", refused.clone());
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register("request_seconds", "From the head of a request to its answer", seconds.clone());
        Self { registry, connections, yielded, refused, requests, seconds }
    }

    /// Counts an answer. The route is a template of paths, without ids.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels =
            vec![("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// The text form that Prometheus reads (OpenMetrics 1.0). May block.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
