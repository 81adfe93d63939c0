//! Restoring a wallet from its recovery words: everything else comes from the host, and the ledger
//! says whether the host is honest about how far it is.

mod fetch;
mod own_state;
mod records;

use std::collections::BTreeMap;
use std::path::Path;

use keepwell_net::Clock;
use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{self, Pin, Rng};
use keepwell_protocol::domain::{CompartmentId, Timestamp};
use keepwell_protocol::ledger::{GrantStatus, StateKey, TrustAnchor, TrustedState};
use keepwell_protocol::vault::{Compartment, Head, SealedHead, Segment, SpaceView};

use self::fetch::Fetcher;
use self::own_state::OwnState;
use super::connect::{SELF_ACCOUNT, Servers, anchor_commitment, verify_from_anchor};
use super::online::Network;
use super::publishing::own_compartment;
use super::sync::SyncReport;
use super::unlock::FreshAuthentication;
use super::wallet::{Staged, Wallet};
use crate::error::WalletError;
use crate::net::HostClient;
use crate::store::held_keys::{self, HeldKeys};
use crate::store::space::{self, ConnectionRow};
use crate::store::state_object::Anchored;
use crate::store::{DeviceKey, Store, settings};

/// What a restored wallet is made from, beside the words.
#[derive(Clone, Copy)]
pub struct RestoreFrom<'a> {
    /// Where the wallet was connected.
    pub servers: Servers<'a>,
    /// How they are reached.
    pub network: Network<'a>,
}

/// What came back, and what did not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RestoreReport {
    /// Eight hex characters by which its owner knows the wallet.
    pub fingerprint: String,
    /// Records that are back.
    pub records: u64,
    /// Grants that are back.
    pub grants: u64,
    /// Share links that are back.
    pub shares: u64,
    /// As of which version of the space.
    pub version: u64,
    /// As of when.
    pub time: Timestamp,
    /// Whether the ledger vouches for that version or one shortly before.
    pub anchored: bool,
    /// What is not back or not certain, a sentence each.
    pub missing: Vec<String>,
}

/// A space as its owner has opened and checked it.
struct OpenedSpace {
    view: SpaceView,
    own: Head,
    own_hash: [u8; 32],
}

impl Wallet {
    /// Makes the wallet of these recovery words again in `home`, with a new PIN, and leaves it
    /// unlocked. It appears whole or not at all.
    ///
    /// # Errors
    /// [`WalletError::SpaceMissing`] if the host knows no such wallet; [`WalletError::HostRolledBack`]
    /// if what it serves is older than what the ledger vouches for; [`WalletError::SpaceDamaged`] if it
    /// is not what the wallet made; [`WalletError::Remote`] and [`WalletError::Proof`] about the servers.
    #[expect(clippy::too_many_arguments, reason = "those of `create`, and where to restore from")]
    pub fn restore(
        home: &Path,
        words: &RecoveryWords,
        passphrase: &Passphrase,
        pin: &Pin,
        device: Box<dyn DeviceKey>,
        clock: Box<dyn Clock>,
        rng: Rng,
        from: RestoreFrom<'_>,
    ) -> Result<(Self, FreshAuthentication, RestoreReport), WalletError> {
        let mut staged = Staged::new(home, words, passphrase, pin, device, clock, rng)?;
        let mut report = RestoreReport::default();
        {
            let (mut store, keys) = staged.open_store()?;
            staged.fill(&mut store, &keys, from, &mut report)?;
        }
        let (mut wallet, fresh) = staged.publish()?;
        wallet.ask_about_restored(from.network, &mut report)?;
        report.fingerprint = wallet.status()?.fingerprint;
        Ok((wallet, fresh, report))
    }

    /// Asks the ledger about every grant that came back: its word wins.
    fn ask_about_restored(
        &mut self,
        network: Network<'_>,
        report: &mut RestoreReport,
    ) -> Result<(), WalletError> {
        let mut online = self.online(network)?;
        let mut asked = SyncReport::default();
        online.prove_grants(&mut asked, true)?;
        let unknown = online.unknown_grants();
        match unknown {
            Ok(0) => {}
            Ok(count) => report.missing.push(format!(
                "{count} grants are on the ledger that this state does not know; they can be revoked by number"
            )),
            Err(error) if error.is_of_servers() => {
                report.missing.push("the ledger could not be asked about the grants".to_owned());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Staged {
    fn fill(
        &mut self,
        store: &mut Store,
        keys: &HeldKeys,
        from: RestoreFrom<'_>,
        report: &mut RestoreReport,
    ) -> Result<(), WalletError> {
        let now = self.clock.now();
        let anchor = TrustAnchor::parse(from.servers.anchor)?;
        let host =
            HostClient::new(from.network.transport, from.servers.host_url, &keys.owner, self.clock.as_ref());
        let view = match host.space(&mut self.rng) {
            Ok(view) if view.version > 0 => view,
            Ok(_) => return Err(WalletError::SpaceMissing),
            Err(error) if error.is_not_found() => return Err(WalletError::SpaceMissing),
            Err(error) => return Err(error.into()),
        };
        let space = OpenedSpace::open(view, keys)?;
        let mut fetcher = Fetcher { host: &host, rng: &mut self.rng, missing: 0 };
        let own_segments = fetcher.segments(space.own.compartment, &space.own.segments)?;
        let state = OwnState::read(&own_segments, &mut fetcher)?;
        let trusted = self.check_anchor(&anchor, keys, &space, &state, from, report)?;
        let row = ConnectionRow {
            ledger_url: from.servers.ledger_url.to_owned(),
            host_url: from.servers.host_url.to_owned(),
            anchor,
            trusted,
            space_version: space.view.version,
            self_head: Some(space.own_hash),
            base: None,
        };
        let mut fetcher = Fetcher { host: &host, rng: &mut self.rng, missing: 0 };
        let mut segments: BTreeMap<CompartmentId, Vec<Segment>> = BTreeMap::new();
        let mut heads: BTreeMap<CompartmentId, Head> = BTreeMap::new();
        for sealed in space.view.heads.iter().filter(|head| head.compartment != space.own.compartment) {
            let label = state.label(sealed.compartment).ok_or(WalletError::SpaceDamaged)?;
            let head = open_head(sealed, keys, &label)?;
            segments.insert(sealed.compartment, fetcher.segments(sealed.compartment, &head.segments)?);
            heads.insert(sealed.compartment, head);
        }
        segments.insert(space.own.compartment, own_segments);
        let entries = records::entries(&state, &segments);
        let account_key = self.opened.backup.seed.account_key(&crypto::self_provider_id(), 0, 1);
        let rng = &mut Rng::system();
        store.write(rng, |transaction| {
            space::connect(transaction, &row)?;
            held_keys::write(transaction, SELF_ACCOUNT, account_key.expose())?;
            settings::write(transaction, WORDS_VERIFIED, &[1])?;
            state.write(transaction, &space, &heads, &segments, now)?;
            Ok::<_, WalletError>(())
        })?;
        let brought = records::bring(store, &entries, &mut fetcher)?;
        store.write(&mut Rng::system(), |transaction| {
            records::note_places(transaction, &segments)?;
            Ok::<_, WalletError>(())
        })?;
        report.records = crate::store::records::count(store.read())?;
        report.grants = state.grants.len() as u64;
        report.shares = state.links.len() as u64;
        report.version = space.view.version;
        report.time = space.own.time;
        if brought.missing > 0 {
            report.missing.push(format!("{} record versions are no longer at the host", brought.missing));
        }
        if brought.too_new > 0 {
            report.missing.push(format!("{} record versions need a newer program", brought.too_new));
        }
        if state.unreadable > 0 {
            report
                .missing
                .push(format!("{} entries of the wallet's state could not be read", state.unreadable));
        }
        Ok(())
    }

    /// Compares the served `self` head with what the ledger was last given.
    fn check_anchor(
        &self,
        anchor: &TrustAnchor,
        keys: &HeldKeys,
        space: &OpenedSpace,
        state: &OwnState,
        from: RestoreFrom<'_>,
        report: &mut RestoreReport,
    ) -> Result<TrustedState, WalletError> {
        let root = self.opened.backup.seed.root_key(&crypto::self_provider_id(), 0).public_key();
        let account = crypto::account_id(&anchor.origin(), &root);
        let grant = StateKey::Grant(crypto::grant_id(&account, 0));
        let proved = verify_from_anchor(anchor, &grant, from.servers, from.network, self.clock.as_ref())?;
        let held = proved.grant()?.filter(|record| record.status == GrantStatus::Active);
        match held.and_then(|record| record.commitment) {
            Some(commitment) => {
                let served = Anchored { version: space.view.version, head: space.own_hash };
                let recorded = state.anchor.iter().flat_map(|anchor| &anchor.recent).copied();
                let known = recorded.chain([served]).any(|one| anchor_commitment(&keys.vault, one) == commitment);
                if !known {
                    return Err(WalletError::HostRolledBack);
                }
                report.anchored = true;
            }
            None => report.missing.push(
                "the ledger holds no anchor of this wallet, so an older state of the host would not be noticed"
                    .to_owned(),
            ),
        }
        Ok(proved.next_state)
    }
}

impl OpenedSpace {
    /// Opens the `self` head and holds every other head against it.
    fn open(view: SpaceView, keys: &HeldKeys) -> Result<Self, WalletError> {
        let id = own_compartment(&keys.compartment);
        let sealed =
            view.heads.iter().find(|head| head.compartment == id).ok_or(WalletError::SpaceDamaged)?;
        let own = open_head(sealed, keys, &Compartment::Own.to_string())?;
        let own_hash = sealed.hash();
        let named = own.heads.as_deref().unwrap_or_default();
        let others: Vec<&SealedHead> = view.heads.iter().filter(|head| head.compartment != id).collect();
        let same = |head: &&&SealedHead| {
            named.iter().any(|named| {
                named.compartment == head.compartment
                    && named.version == head.version
                    && named.hash == head.hash()
            })
        };
        if own.version != view.version
            || others.len() != named.len()
            || others.iter().filter(same).count() != named.len()
        {
            return Err(WalletError::HostRolledBack);
        }
        Ok(Self { view, own, own_hash })
    }
}

/// Opens a head by the owner's copy of its key, after checking the signature.
fn open_head(sealed: &SealedHead, keys: &HeldKeys, label: &str) -> Result<Head, WalletError> {
    let key = sealed.open_owner_wrap(&keys.vault)?;
    let signing_key = crypto::compartment_signing_key(&keys.compartment, label).public_key();
    Ok(sealed.open(&key, &signing_key)?)
}

/// The setting that says that the words were proved to be known.
const WORDS_VERIFIED: &str = "words_verified";
