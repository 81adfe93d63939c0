//! A provider: its keys and card, and the way to everything else it does.

use std::path::Path;
use std::sync::Arc;

use keepwell_net::{Clock, Gateway, GatewayError, Renewal, RenewalError, Transport};
use keepwell_protocol::crypto::{self, HpkeSecretKey, Rng, SigningKey, Suite};
use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::{
    AnchorFingerprint, Card, Kind, SignedCard, SignedTransaction, Signer, StateKey, TrustAnchor, TrustPolicy,
    UpdateProvider,
};
use url::Url;

use crate::ClinicError;
use crate::home::{Home, write_public};
use crate::server::Server;
use crate::store::{Identity, Store};

/// What a new provider is told about itself and whom it deals with.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name as people know it.
    pub name: String,
    /// Where it is, as people say it.
    pub place: Option<String>,
    /// URL of the ledger's gateway.
    pub ledger: String,
    /// URL of the host that keeps its inbox.
    pub host: String,
    /// What it is given to trust of the ledger.
    pub anchor: TrustAnchor,
}

/// What an update of the card changes besides its keys.
#[derive(Clone, Debug, Default)]
pub struct CardChange {
    /// The new name.
    pub name: Option<String>,
    /// The new place.
    pub place: Option<String>,
}

/// A provider and its home. One process writes a home at a time.
pub struct Clinic {
    pub(crate) home: Home,
    pub(crate) store: Store,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) policy: TrustPolicy,
}

impl Clinic {
    /// Makes a provider in `home`: signing key, an X-Wing and an X25519 key, the first card.
    ///
    /// # Errors
    /// [`ClinicError::AlreadyInitialised`] if there is one, [`ClinicError::Busy`] if somebody is making
    /// one; nothing is changed then.
    /// [`ClinicError::InvalidAddress`] or [`ClinicError::Card`] if the profile can't be used.
    pub fn init(
        home: &Path,
        profile: &Profile,
        transport: Arc<dyn Transport>,
        policy: TrustPolicy,
        rng: &mut Rng,
    ) -> Result<Self, ClinicError> {
        let ledger = Server::configured(&profile.ledger)?;
        let host = Server::configured(&profile.host)?;
        let signing_key = SigningKey::generate(rng)?;
        let keys = generate_keys(rng)?;
        let provider = crypto::provider_id(&signing_key.public_key());
        let card = Card {
            provider,
            version: 1,
            name: profile.name.clone(),
            place: profile.place.clone().unwrap_or_else(|| NO_PLACE.to_owned()),
            signing: signing_key.public_key(),
            keys: keys.iter().map(|key| key.public_key().clone()).collect(),
            inbox: format!("{}/v1/inbox/{provider}", host.base()),
        }
        .sign(&signing_key)?;
        let home = Home::new(home);
        home.create()?;
        // Before its key: of two at once the second would put its own in place of the first one's.
        let _lock = home.lock()?;
        let key = home.read_or_create_key(rng)?;
        let identity = Identity {
            signing_key,
            card,
            ledger: ledger.base().to_owned(),
            host: host.base().to_owned(),
            anchor: profile.anchor.to_json(),
        };
        let store = Store::create(&home, &key, &identity, &profile.anchor.trusted_state(), &keys)?;
        write_public(&home.card(), identity.card.to_json().as_bytes())?;
        Ok(Self { home, store, transport, policy })
    }

    /// Opens the provider of `home`.
    ///
    /// # Errors
    /// [`ClinicError::NotInitialised`], or that the store can't be opened.
    pub fn open(
        home: &Path,
        transport: Arc<dyn Transport>,
        policy: TrustPolicy,
    ) -> Result<Self, ClinicError> {
        let home = Home::new(home);
        let store = Store::open(&home)?;
        let clinic = Self { home, store, transport, policy };
        if !clinic.home.card().exists() {
            write_public(&clinic.home.card(), clinic.card()?.to_json().as_bytes())?;
        }
        Ok(clinic)
    }

    /// The newest card.
    ///
    /// # Errors
    /// [`ClinicError::StoreDamaged`].
    pub fn card(&self) -> Result<SignedCard, ClinicError> {
        Ok(self.store.identity()?.card)
    }

    /// The trust anchor that the provider was given.
    ///
    /// # Errors
    /// [`ClinicError::StoreDamaged`].
    pub fn anchor(&self) -> Result<TrustAnchor, ClinicError> {
        Ok(TrustAnchor::parse(self.store.identity()?.anchor.as_bytes())?)
    }

    /// Makes the next version of the card, with new HPKE keys, signed by the signing key, and tells
    /// the ledger. What was sealed to the old keys can still be opened for 60 days.
    ///
    /// If the ledger can't be told now, it is told at the next [`Clinic::sync`].
    ///
    /// # Errors
    /// [`ClinicError::Card`] if the change can't stand on a card; nothing is changed then.
    pub fn update(
        &mut self,
        change: &CardChange,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<SignedCard, ClinicError> {
        // An update that waits for the ledger comes first: versions rise by one.
        self.submit_card_update(clock)?;
        let identity = self.store.identity()?;
        let keys = generate_keys(rng)?;
        let mut card = identity.card.card.clone();
        card.version = card.version.saturating_add(1);
        card.keys = keys.iter().map(|key| key.public_key().clone()).collect();
        card.name = change.name.clone().unwrap_or(card.name);
        card.place = change.place.clone().unwrap_or(card.place);
        let card = card.sign(&identity.signing_key)?;
        let origin = self.anchor()?.origin();
        let body = UpdateProvider { kind: Kind, card: card.clone() };
        let transaction = SignedTransaction::sign(body, &origin, Signer::Provider(&identity.signing_key))?;
        self.store.replace_card(&card, &keys, &transaction.to_cbor(), clock.now())?;
        write_public(&self.home.card(), card.to_json().as_bytes())?;
        match self.submit_card_update(clock) {
            Ok(()) | Err(ClinicError::Gateway(_)) => Ok(card),
            Err(error) => Err(error),
        }
    }

    /// Sends a waiting card update to the ledger, until a proof shows that it arrived.
    pub(crate) fn submit_card_update(&mut self, clock: &dyn Clock) -> Result<(), ClinicError> {
        let Some(transaction) = self.store.update_due()? else { return Ok(()) };
        let identity = self.store.identity()?;
        let url = Url::parse(&identity.ledger).map_err(|_| ClinicError::StoreDamaged)?;
        let gateway = Gateway::direct(self.transport.as_ref(), &url);
        gateway.submit(&transaction, &self.anchor()?.origin())?;
        let key = StateKey::Provider(identity.card.card.provider);
        let proved = match gateway.prove(&key, &self.store.trusted()?, &self.policy, clock) {
            Err(GatewayError::NotYet) => return Ok(()),
            proved => proved?.verified,
        };
        let record = proved.provider()?;
        self.store.trust(&proved.next_state)?;
        match record {
            Some(record) if record.version >= identity.card.card.version => self.store.update_done(),
            _ => Ok(()),
        }
    }

    /// Takes a newer trust anchor of the same ledger, or another gateway, or both; answers the fingerprints of
    /// the anchor that there was and of the new one.
    ///
    /// # Errors
    /// [`ClinicError::AnchorRefused`] if it is not taken, and [`ClinicError::Gateway`] if the gateway does not
    /// show that ledger; nothing changes then.
    pub fn renew_trust(
        &mut self,
        anchor: &TrustAnchor,
        ledger: Option<&Url>,
        typed: Option<AnchorFingerprint>,
        clock: &dyn Clock,
    ) -> Result<(AnchorFingerprint, AnchorFingerprint), ClinicError> {
        let (old, identity, trusted) = (self.anchor()?, self.store.identity()?, self.store.trusted()?);
        let url = match ledger {
            Some(url) => url.clone(),
            None => Url::parse(&identity.ledger).map_err(|_| ClinicError::StoreDamaged)?,
        };
        let asked = Renewal { old: &old, trusted: &trusted, new: anchor, typed };
        let gateway = Gateway::direct(self.transport.as_ref(), &url);
        let trusted = gateway.renew(&asked, &self.policy, clock).map_err(|error| match error {
            RenewalError::Refused(refused) => ClinicError::from(refused),
            RenewalError::Gateway(error) => error.into(),
        })?;
        self.store.renew_trust(url.as_str(), &anchor.to_json(), &trusted)?;
        Ok((old.fingerprint(), anchor.fingerprint()))
    }

    /// The host that keeps the inbox.
    pub(crate) fn host(&self) -> Result<Server, ClinicError> {
        Server::configured(&self.store.identity()?.host)
    }
}

fn generate_keys(rng: &mut Rng) -> Result<[HpkeSecretKey; 2], ClinicError> {
    Ok([HpkeSecretKey::generate(Suite::XWing, rng)?, HpkeSecretKey::generate(Suite::X25519, rng)?])
}

/// What stands on a card whose provider did not say where it is.
const NO_PLACE: &str = "not stated";
