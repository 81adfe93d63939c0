//! What a desk says of itself to its operator: numbers, never of whom.

use keepwell_server::{Condition, Measure};

use super::Desk;

impl Condition for Desk {
    fn is_ready(&self) -> bool {
        self.open().is_ok()
    }

    fn measures(&self) -> Vec<Measure> {
        let Ok(clinic) = self.open() else { return Vec::new() };
        let figures = [
            ("clinic_grants", "Grants that were accepted", clinic.store.count_grants()),
            (
                "clinic_envelopes_waiting",
                "Envelopes that could not be judged yet",
                clinic.store.count_waiting(),
            ),
            (
                "clinic_ledger_header_seconds",
                "Time of the newest header verified, since 1970",
                clinic.store.trusted().map(|trusted| i64::try_from(trusted.time.0).unwrap_or(i64::MAX)),
            ),
        ];
        figures
            .into_iter()
            .filter_map(|(name, help, value)| Some(Measure { name, help, value: value.ok()? }))
            .collect()
    }
}
