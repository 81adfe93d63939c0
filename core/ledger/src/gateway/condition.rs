//! What a ledger says of itself to its operator.

use keepwell_server::{Condition, Measure};

use super::Gateway;

impl Condition for Gateway {
    fn is_ready(&self) -> bool {
        self.driver.is_current()
    }

    fn measures(&self) -> Vec<Measure> {
        let (stopped, waiting) = (self.driver.stopped().is_some(), self.driver.waiting());
        let ends = "Transactions that end something and wait for a block";
        let mut measures = vec![
            Measure::new("ledger_stopped", "1 where no blocks are made at present", u64::from(stopped)),
            Measure::new("ledger_waiting", "Transactions that wait for a block", waiting.other),
            Measure::new("ledger_waiting_ends", ends, waiting.ending),
        ];
        if let Some(collector) = &self.collector {
            let waiting = u64::try_from(collector.waiting()).unwrap_or(u64::MAX);
            measures.push(Measure::new(
                "ledger_entries",
                "Entries that wait for the aggregator's next batch",
                waiting,
            ));
        }
        if let Ok(Some(status)) = self.status() {
            measures.extend([
                Measure::new("ledger_height", "Height of the newest block", status.height),
                Measure::new("ledger_records", "Records of the state", status.records),
                Measure::new("ledger_block_seconds", "Time of the newest block, since 1970", status.time.0),
            ]);
        }
        measures
    }
}
