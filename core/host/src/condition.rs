//! What a host says of itself to its operator: how much it has, never whose it is.

use keepwell_server::{Condition, Measure};

use crate::service::Service;

impl Condition for Service {
    fn is_ready(&self) -> bool {
        self.store.answers()
    }

    fn measures(&self) -> Vec<Measure> {
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let header = ("host_ledger_header_seconds", "Time of the newest header verified, since 1970");
        let mut figures = vec![(header, signed(self.ledger.time().0))];
        if let Ok(free) = self.capacity.free() {
            figures.push((("host_free_bytes", "Free on the disk of the home"), signed(free)));
        }
        if let Ok(totals) = self.store.totals() {
            figures.extend([
                (("host_spaces", "Spaces that are open"), signed(totals.spaces)),
                (("host_stored_bytes", "Bytes that spaces hold"), signed(totals.bytes)),
                (("host_envelopes", "Envelopes that wait for providers"), signed(totals.envelopes)),
            ]);
        }
        figures.into_iter().map(|((name, help), value)| Measure { name, help, value }).collect()
    }
}
