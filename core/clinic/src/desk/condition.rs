//! What a desk says of itself to its operator: numbers, never of whom.

use keepwell_server::{Condition, Measure};

use super::Desk;

impl Condition for Desk {
    fn is_ready(&self) -> bool {
        self.open().is_ok()
    }

    fn measures(&self) -> Vec<Measure> {
        let Ok(clinic) = self.open() else { return Vec::new() };
        let store = &clinic.store;
        let trusted = store.trusted().map(|trusted| trusted.time.0);
        let measure =
            |name, help, value: Result<u64, _>| value.ok().map(|value| Measure::new(name, help, value));
        [
            measure("clinic_grants", "Grants that were accepted", store.count_grants()),
            measure(
                "clinic_envelopes_waiting",
                "Envelopes that could not be judged yet",
                store.count_waiting(),
            ),
            measure(
                "clinic_ledger_header_seconds",
                "Time of the newest header verified, since 1970",
                trusted,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
