//! Connecting: a ledger to verify, a space at a host, and the wallet's grant to itself.

use keepwell_net::{Clock, Gateway, GatewayError};
use keepwell_protocol::crypto::{self, Label, Rng, VaultKey};
use keepwell_protocol::domain::{AccountId, Commitment, Duration, Object, Slot, Timestamp};
use keepwell_protocol::ledger::{
    GrantNewAccount, Kind, SignedTransaction, Signer, StateKey, TrustAnchor, Verified,
};
use keepwell_protocol::vault::Invite;
use rusqlite::Connection;

use super::trust::LedgerRenewal;
use super::unlock::FreshAuthentication;
use super::wallet::Wallet;
use crate::engine::commit::LONGEST_TO_PUBLISH;
use crate::engine::online::{Network, Online, Source, parse_url};
use crate::engine::proofs::{PROOF_PAUSE, PROOF_TRIES, believed};
use crate::error::WalletError;
use crate::net::{HostClient, RemoteError};
use crate::store::anchor::{self, Anchored, StoredAnchor};
use crate::store::held_keys;
use crate::store::space::{self, ConnectionRow};

/// Where a wallet is to be connected.
#[derive(Clone, Copy, Debug)]
pub struct Servers<'a> {
    /// A gateway of the ledger.
    pub ledger_url: &'a str,
    /// The host.
    pub host_url: &'a str,
    /// The trust anchor file's content.
    pub anchor: &'a [u8],
}

/// A ledger as this wallet has verified it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LedgerStatus {
    /// The name of the chain.
    pub chain_id: String,
    /// The newest verified height.
    pub height: u64,
    /// The time of that header.
    pub time: Timestamp,
    /// Whether one signer makes it: a demonstration.
    pub is_embedded: bool,
}

impl Wallet {
    /// Connects the wallet: verifies the ledger, opens a space at the host (by an invitation where that does not take
    /// everybody), and makes the wallet's grant to itself, by which a rolled-back host is recognised.
    ///
    /// What was broken off goes on when it is called again; with another gateway or a newer anchor of the
    /// same ledger it is first [`Wallet::renew_trust`]. With another invitation it gets back in where the host was
    /// emptied; the next [`Wallet::sync`] makes that whole.
    ///
    /// # Errors
    /// [`WalletError::SpaceExists`] if a wallet of these words was connected there before;
    /// [`WalletError::AlreadyConnected`] if this one has another host;
    /// [`WalletError::Remote`] with `InviteNeeded` and the like if the host does not take everybody;
    /// [`WalletError::Proof`] if the ledger does not verify from the anchor.
    pub fn connect(
        &mut self,
        fresh: &FreshAuthentication,
        servers: Servers<'_>,
        invite: Option<&Invite>,
        network: Network<'_>,
    ) -> Result<LedgerStatus, WalletError> {
        let clock = self.clock.as_ref();
        let anchor = TrustAnchor::parse(servers.anchor)?;
        let session = self.session()?;
        match space::connection(session.store.read())? {
            Some(row) if parse_url(&row.host_url)? != parse_url(servers.host_url)? => {
                return Err(WalletError::AlreadyConnected);
            }
            Some(row) => {
                // The host may have been emptied. One that has the space says so.
                if invite.is_some() {
                    let host = HostClient::new(network.transport, &row.host_url, &session.keys.owner, clock);
                    host.open_space(invite, &mut Rng::system())?;
                }
                let ledger_url = Some(servers.ledger_url);
                let renewal = LedgerRenewal { ledger_url, anchor: servers.anchor, fingerprint: None };
                let renewed = self.renew_trust(fresh, renewal, network)?;
                if invite.is_some() && row.space_version > 0 {
                    return Ok(renewed.ledger);
                }
            }
            None => {
                let account = self_account(&anchor, fresh);
                let proved =
                    verify_from_anchor(&anchor, &StateKey::Account(account), servers, network, clock)?;
                if proved.account()?.is_some() {
                    return Err(WalletError::SpaceExists);
                }
                let keys = &session.keys;
                let mut rng = Rng::system();
                let host = HostClient::new(network.transport, servers.host_url, &keys.owner, clock);
                host.open_space(invite, &mut rng)?;
                if host.space(&mut rng)?.version > 0 {
                    return Err(WalletError::SpaceExists);
                }
                let row = ConnectionRow {
                    ledger_url: servers.ledger_url.to_owned(),
                    host_url: servers.host_url.to_owned(),
                    anchor,
                    trusted: proved.next_state,
                    space_version: 0,
                    self_head: None,
                    base: None,
                };
                let (store, rng) = self.store()?;
                store.write(rng, |transaction| space::connect(transaction, &row))?;
            }
        }
        let mut online = self.online(network)?;
        online.publish()?;
        online.grant_to_self(fresh, false)?;
        online.send_transactions()?;
        self.ledger_status()?.ok_or(WalletError::NotConnected)
    }

    /// What this wallet has verified of its ledger; `None` while it works on its own.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn ledger_status(&self) -> Result<Option<LedgerStatus>, WalletError> {
        verified_ledger(self.session()?.store.read())
    }
}

pub(crate) fn verified_ledger(connection: &Connection) -> Result<Option<LedgerStatus>, WalletError> {
    Ok(space::connection(connection)?.map(|row| LedgerStatus {
        is_embedded: row.trusted.is_embedded(),
        chain_id: row.trusted.chain_id,
        height: row.trusted.height,
        time: row.trusted.time,
    }))
}

impl Online<'_> {
    /// Makes the wallet's grant to itself, unless it has been made, and where it `is_absent` from the ledger
    /// although it has: with its account, or as the next of that. It is dated by a header of the last day: by a clock that is wrong the ledger might never
    /// take it.
    pub(crate) fn grant_to_self(
        &mut self,
        fresh: &FreshAuthentication,
        is_absent: bool,
    ) -> Result<(), WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let Some(head) = row.self_head.filter(|_| row.space_version > 0) else { return Ok(()) };
        let before = anchor::find(self.store.read())?;
        if before.is_some() && !is_absent {
            return Ok(());
        }
        let provider = crypto::self_provider_id();
        let root = fresh.seed().root_key(&provider, 0);
        let account_key = fresh.seed().account_key(&provider, 0, 1);
        let account = crypto::account_id(&self.origin, &root.public_key());
        self.write(|database, _| Ok(held_keys::write(database, SELF_ACCOUNT, account_key.expose())?))?;
        let anchored = Anchored { version: row.space_version, head };
        let proved = self.prove_fresh(&StateKey::Account(account), OWN_ACCOUNT, LONGEST_TO_PUBLISH)?;
        let known = proved.account()?;
        if known.as_ref().is_some_and(|known| known.key.is_some()) {
            return self.anchor_anew(account, &proved, anchored);
        }
        let number = known.map_or(0, |known| known.count);
        let not_after = proved.time.saturating_add(ANCHOR_LIFE).day();
        let body = GrantNewAccount {
            kind: Kind,
            root: root.public_key(),
            account_key: account_key.public_key(),
            number,
            slot: Slot::from_bytes(self.rng.array()?),
            commitment: anchor_commitment(&self.keys.vault, anchored),
            not_after,
            valid_until: proved.time.saturating_add(ANCHOR_VALID_FOR),
        };
        let transaction = SignedTransaction::sign(body, &self.origin, Signer::Root(&root))?.to_cbor();
        self.queue_anchor(
            StoredAnchor { account, number, version: 1, not_after, recent: vec![anchored] },
            &transaction,
        )
    }
}

/// What the ledger is given of a `self` head: nothing can be learned from it without the vault key.
pub(crate) fn anchor_commitment(vault: &VaultKey, anchored: Anchored) -> Commitment {
    let version = anchored.version.to_be_bytes();
    let salt = crypto::derive(vault.expose(), Label::Anchor, &version);
    Commitment::from_bytes(crypto::hash(Label::Anchor, &[salt.as_slice(), &version, &anchored.head]))
}

/// The account of the wallet's grant to itself.
pub(crate) fn self_account(anchor: &TrustAnchor, fresh: &FreshAuthentication) -> AccountId {
    let root = fresh.seed().root_key(&crypto::self_provider_id(), 0);
    crypto::account_id(&anchor.origin(), &root.public_key())
}

/// Verifies what lies under a key by nothing but the anchor.
pub(crate) fn verify_from_anchor(
    anchor: &TrustAnchor,
    key: &StateKey,
    servers: Servers<'_>,
    network: Network<'_>,
    clock: &dyn Clock,
) -> Result<Verified, WalletError> {
    let gateway = Gateway::direct(network.transport, &parse_url(servers.ledger_url)?);
    let policy = network.policy.with_wallet_drift();
    for _ in 0..PROOF_TRIES {
        match gateway.prove(key, &anchor.trusted_state(), &policy, clock) {
            Ok(proved) => return Ok(proved.verified),
            Err(GatewayError::NotYet) => clock.sleep(PROOF_PAUSE),
            Err(error) => return Err(believed(error)),
        }
    }
    Err(RemoteError::NotYet.into())
}

/// The held key that signs for the wallet's own account.
pub(crate) const SELF_ACCOUNT: &str = "self-account";
/// How long the ledger may include the transaction that makes it.
pub(crate) const ANCHOR_VALID_FOR: Duration = Duration::days(6);
/// How long the wallet's grant to itself lasts.
pub(crate) const ANCHOR_LIFE: Duration = Duration::days(398);
/// The source that the wallet's own account is asked about from.
pub(crate) const OWN_ACCOUNT: Source = Source::Gateway;
