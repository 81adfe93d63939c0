//! What a ledger says of itself to its operator.

use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::LightBlock;
use keepwell_server::{Condition, Measure};

use super::Gateway;

impl Condition for Gateway {
    fn is_ready(&self) -> bool {
        self.driver.stopped().is_none()
    }

    fn measures(&self) -> Vec<Measure> {
        let waiting = self.driver.waiting();
        let mut figures = vec![
            (
                ("ledger_stopped", "1 where no blocks are made at present"),
                u64::from(self.driver.stopped().is_some()),
            ),
            (("ledger_waiting", "Transactions that wait for a block"), waiting.other),
            (("ledger_waiting_ends", "Transactions that end something and wait for a block"), waiting.ending),
        ];
        if let Ok(snapshot) = self.store.snapshot() {
            let head = snapshot.head();
            figures.push((("ledger_height", "Height of the newest block"), head.height));
            figures.push((("ledger_records", "Records of the state"), head.records));
            let newest = snapshot.light_block(head.height).ok().flatten();
            let time = newest.and_then(|block| LightBlock::from_cbor(&block).ok()?.time().ok());
            figures.extend(
                time.map(|time| (("ledger_block_seconds", "Time of the newest block, since 1970"), time.0)),
            );
        }
        let signed = |value| i64::try_from(value).unwrap_or(i64::MAX);
        figures
            .into_iter()
            .map(|((name, help), value)| Measure { name, help, value: signed(value) })
            .collect()
    }
}
