//! The steps of a restore, and in which order they are written down.

use std::collections::BTreeMap;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::CompartmentId;
use keepwell_protocol::ledger::TrustAnchor;

use super::freshness::Restored;
use super::from::RestoreFrom;
use super::staged::Staged;
use crate::engine::anchor::SELF_ACCOUNT;
use crate::engine::anchored_ledger::AnchoredLedger;
use crate::engine::commit::Sealer;
use crate::engine::own_space::fetch::Fetcher;
use crate::engine::own_space::lists::Lists;
use crate::engine::own_space::opened::OpenedSpace;
use crate::engine::own_space::own_state::OwnState;
use crate::engine::own_space::records::{self, Listed};
use crate::engine::own_space::report::RestoreReport;
use crate::error::WalletError;
use crate::net::HostClient;
use crate::store::held_keys::{self, HeldKeys};
use crate::store::ledger_questions::StoredQuestions;
use crate::store::settings::Setting;
use crate::store::space::{self, ConnectionRow};
use crate::store::{Store, ledger_questions, restoring, settings, takeover};

impl Staged {
    /// Whether an earlier try wrote everything down, and ended before the wallet appeared, as of another
    /// version than the host has now.
    pub(crate) fn is_of_another_time(&mut self, space: &OpenedSpace) -> Result<bool, WalletError> {
        let (store, _) = self.open_store()?;
        let written = space::connection(store.read())?;
        Ok(written.is_some_and(|row| row.self_head != Some(space.own_hash)))
    }

    /// Fetches and writes down everything. Records are stored as they come; the rest is written at the
    /// end and at once, so that what is staged is whole or is known not to be.
    pub(crate) fn fill(
        &mut self,
        store: &mut Store,
        keys: &HeldKeys,
        space: OpenedSpace,
        anchor: TrustAnchor,
        from: RestoreFrom<'_>,
        report: &mut RestoreReport,
    ) -> Result<(), WalletError> {
        let host =
            HostClient::new(from.network.transport, from.servers.host_url, &keys.owner, self.clock.as_ref());
        let mut order = self.rng.fork()?;
        let mut fetcher = Fetcher::new(&host, &mut self.rng);
        let own = Lists::fetch(&space.own, store, &mut fetcher)?;
        let mut state = OwnState::read(&own, &space.view, store, &mut fetcher, report)?;
        state.complete_epochs(&space.view, keys)?;
        let restored = Restored { seed: &self.opened.backup.seed, keys, clock: self.clock.as_ref() };
        let mut ledger =
            AnchoredLedger::find(&anchor, from.servers, from.network, self.clock.as_ref(), &mut order)?;
        let trusted = restored.check_anchor(&anchor, &space, &mut state, &mut ledger, report)?;
        let questions = ledger.questions();
        let lists = state.fetch_lists(&space, own, keys, store, &mut fetcher, report)?;
        let listed = records::entries(&state, &lists);
        state.write_deliveries(store)?;
        records::fetch_and_store(store, &listed, &mut fetcher, from.progress, report)?;
        fetcher.finish()?;
        let row = ConnectionRow {
            ledger_url: from.servers.ledger_url.to_owned(),
            host_url: from.servers.host_url.to_owned(),
            anchor,
            trusted,
            space_version: space.view.version,
            self_head: Some(space.own_hash),
            base: None,
        };
        if space::connection(store.read())?.is_none() {
            let whole =
                Whole { row, space: &space, state: &state, lists: &lists, listed: &listed, questions };
            self.write_whole(store, keys, &whole, report.anchored)?;
        }
        report.records = crate::store::records::count(store.read())?;
        report.grants = state.grants.len() as u64;
        report.shares = state.links.len() as u64;
        report.version = space.view.version;
        report.time = space.own.time;
        Ok(())
    }

    /// Writes down what is left when all records are stored.
    fn write_whole(
        &mut self,
        store: &mut Store,
        keys: &HeldKeys,
        whole: &Whole<'_>,
        is_proved: bool,
    ) -> Result<(), WalletError> {
        let Whole { row, space, state, lists, listed, questions } = whole;
        let account_key = self.opened.backup.seed.account_key(&crypto::self_provider_id(), 0, 1);
        let now = self.clock.now();
        store.write(&mut self.rng, |transaction, rng| {
            let mut sealer = Sealer { keys, now, rng };
            space::connect(transaction, row)?;
            ledger_questions::set(transaction, questions)?;
            held_keys::write(transaction, SELF_ACCOUNT, account_key.expose())?;
            settings::write(transaction, Setting::WordsVerified, &[1])?;
            settings::write(transaction, Setting::ActivityPast, &[1])?;
            // Nothing tells whether the space was at another host before.
            settings::write(transaction, Setting::HostLogBegan, &now.0.to_be_bytes())?;
            state.write(transaction, space, lists, now)?;
            state.write_carried_again(transaction)?;
            records::settle(transaction, listed, &state.removed_records())?;
            records::note_places(transaction, lists)?;
            records::list_again(transaction, &mut sealer, listed)?;
            takeover::set(transaction, &state.next_takeover(now))?;
            if !is_proved {
                space::set_unproved(transaction, true)?;
            }
            Ok(restoring::forget_all(transaction)?)
        })
    }
}

/// Everything that a restore has found.
struct Whole<'a> {
    row: ConnectionRow,
    space: &'a OpenedSpace,
    state: &'a OwnState,
    lists: &'a BTreeMap<CompartmentId, Lists>,
    listed: &'a [Listed],
    questions: StoredQuestions,
}
