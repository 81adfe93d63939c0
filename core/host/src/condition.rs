//! What a host says of itself to its operator: how much it has, never whose it is.

use keepwell_server::{Condition, Measure};

use crate::service::Service;
use crate::store::Totals;

impl Condition for Service {
    fn is_ready(&self) -> bool {
        self.store.answers()
    }

    fn measures(&self) -> Vec<Measure> {
        let header = "Time of the newest header verified, since 1970";
        let mut measures = vec![Measure::new("host_ledger_header_seconds", header, self.ledger.time().0)];
        let free = self.capacity.free();
        measures
            .extend(free.map(|free| Measure::new("host_free_bytes", "Free on the disk of the home", free)));
        if let Ok(Totals { spaces, bytes, envelopes }) = self.store.totals() {
            measures.extend([
                Measure::new("host_spaces", "Spaces that are open", spaces),
                Measure::new("host_stored_bytes", "Sealed bytes that spaces hold", bytes),
                Measure::new("host_envelopes", "Envelopes that wait for providers", envelopes),
            ]);
        }
        measures
    }
}
