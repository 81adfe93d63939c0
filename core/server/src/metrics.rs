//! What the operator may watch: counts and times, never of whom.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

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
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("keepwell");
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

    /// The text form that Prometheus reads (OpenMetrics 1.0).
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
