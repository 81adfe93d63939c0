//! Clinics' servers that records come from: connected by the patient in a browser, pulled, let go.

use keepwell_protocol::domain::{SourceId, Timestamp};
use keepwell_source::{Authorized, FhirBase, PendingAuthorization, Session, SourceError, discover};

use super::source_owner;
use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::source_authorizations;
use crate::store::sources::{self, StoredSource};

/// A server that is to be connected.
#[derive(Clone, Copy, Debug)]
pub struct SourceRequest<'a> {
    /// The base address of the FHIR server.
    pub address: &'a str,
    /// The name of this app there.
    pub client_id: &'a str,
    /// Where the browser comes back to: an address on this machine, of the app, or in its own scheme.
    pub redirect_uri: &'a str,
}

/// A server that records come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceView {
    /// What it is called.
    pub source: SourceId,
    /// Its host.
    pub name: String,
    /// The base address of the FHIR server.
    pub address: String,
    /// The types of records that it gives, as FHIR names them.
    pub granted: Vec<&'static str>,
    /// The types that it was asked for and does not give.
    pub refused: Vec<&'static str>,
    /// When it was connected.
    pub added: Timestamp,
    /// When it was pulled last.
    pub last: Option<Timestamp>,
    /// When the authorization ends, where the server says so and gives no way to renew it.
    pub expires: Option<Timestamp>,
    /// Whether the authorization has ended: the patient is to connect it again.
    pub needs_authorization: bool,
}

impl Wallet {
    /// Begins to connect a server: gives the address that the patient opens in a browser. What comes back goes to
    /// [`Wallet::finish_source`], within an hour; the app may have been ended meanwhile.
    ///
    /// # Errors
    /// [`WalletError::Source`] if the server is not reached, or does not say how it authorizes apps.
    pub fn begin_source(
        &mut self,
        request: SourceRequest<'_>,
        network: Network<'_>,
    ) -> Result<String, WalletError> {
        self.session()?;
        PendingAuthorization::check_redirect_uri(request.redirect_uri).map_err(SourceError::from)?;
        let base = FhirBase::parse(request.address).map_err(SourceError::from)?;
        let discovered = discover(network.transport, base)?;
        let (url, pending) = discovered.begin(request.client_id, request.redirect_uri, &mut self.rng)?;
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| source_authorizations::add(transaction, &pending, now))?;
        Ok(url.into())
    }

    /// Takes the address that the browser came back to, and connects the server. Nothing is pulled by that but the
    /// patient's own record, to see whose it is. Of a server that is connected already the tokens are replaced.
    ///
    /// `patient` says, as in [`ImportOptions`](crate::ImportOptions), that the owner is called otherwise there.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`], [`WalletError::NoSuchPatient`] if the server gives somebody else's records: its
    /// tokens are given back then. [`WalletError::Source`] if the address answers nothing that was begun here, if the
    /// patient or the server refused, or if what the server says is not to be believed.
    pub fn finish_source(
        &mut self,
        redirect: &str,
        patient: Option<&str>,
        network: Network<'_>,
    ) -> Result<SourceView, WalletError> {
        let now = self.clock.now();
        let state = PendingAuthorization::state_of(redirect).ok_or(SourceError::RedirectUnknown)?;
        let pending = source_authorizations::find(self.session()?.store.read(), &state, now)?;
        let pending = pending.ok_or(SourceError::RedirectUnknown)?;
        let code = pending.check_redirect(redirect);
        if code.as_ref().err() == Some(&SourceError::RedirectUnknown) {
            return Err(SourceError::RedirectUnknown.into());
        }
        // Whatever comes of it, it is answered: nobody gets a second try with this code.
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| source_authorizations::remove(transaction, &state))?;
        let authorized = pending.exchange(code?, network.transport, now)?;
        self.connect_source(authorized, patient, network)
    }

    /// The servers that records come from, the first connected first.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn sources(&self) -> Result<Vec<SourceView>, WalletError> {
        let store = &self.session()?.store;
        Ok(sources::all(store.read(), store.device_secret())?.iter().map(view).collect())
    }

    /// Gives the tokens of a server back and forgets it. Its records stay; says whether the server took them.
    ///
    /// # Errors
    /// [`WalletError::NoSuchSource`].
    pub fn remove_source(&mut self, source: SourceId, network: Network<'_>) -> Result<bool, WalletError> {
        let stored = self.stored_source(source)?;
        let is_given_back =
            stored.tokens.is_none_or(|tokens| stored.server.revoke(network.transport, &tokens).is_ok());
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| sources::remove(transaction, source))?;
        Ok(is_given_back)
    }

    pub(super) fn stored_source(&self, source: SourceId) -> Result<StoredSource, WalletError> {
        let store = &self.session()?.store;
        sources::find(store.read(), source, store.device_secret())?.ok_or(WalletError::NoSuchSource)
    }

    /// Stores a server that gave tokens, if they open the owner's records.
    fn connect_source(
        &mut self,
        authorized: Authorized,
        named: Option<&str>,
        network: Network<'_>,
    ) -> Result<SourceView, WalletError> {
        let clock = self.clock.clone();
        let Authorized { server, tokens, patient, asked, granted } = authorized;
        let mut session = Session::new(&server, &patient, tokens, network.transport, clock.as_ref());
        // Nothing is stored yet in whose place new tokens would come.
        let judged = session.read_patient(&mut |_| Ok(())).and_then(|bundle| {
            let connection = self.session()?.store.read();
            source_owner::check(connection, &bundle, &server.base, named)
        });
        let tokens = session.into_tokens();
        if let Err(error) = judged {
            // Nobody is left with a key to what is somebody else's.
            let _ = server.revoke(network.transport, &tokens);
            return Err(error);
        }
        let store = &self.session()?.store;
        let known = sources::all(store.read(), store.device_secret())?
            .into_iter()
            .find(|known| known.server.base == server.base && known.patient == patient);
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let id = match &known {
            Some(known) => known.id,
            None => SourceId::from_bytes(rng.array()?),
        };
        let stored = StoredSource {
            id,
            server,
            patient,
            is_confirmed: named.is_some() || known.as_ref().is_some_and(|known| known.is_confirmed),
            asked,
            granted,
            tokens: Some(tokens),
            added: known.as_ref().map_or(now, |known| known.added),
            synced: known.and_then(|known| known.synced),
        };
        let secret = store.device_secret().duplicate();
        store.write(rng, |transaction, rng| sources::put(transaction, &stored, &secret, rng))?;
        Ok(view(&stored))
    }
}

/// What a screen shows of a source.
pub(super) fn view(stored: &StoredSource) -> SourceView {
    let StoredSource { id, server, asked, granted, tokens, added, synced, .. } = stored;
    SourceView {
        source: *id,
        name: server.base.authority(),
        address: server.base.to_string(),
        granted: granted.types(),
        refused: asked.refused(granted),
        added: *added,
        last: *synced,
        expires: tokens.as_ref().filter(|tokens| tokens.refresh.is_none()).and_then(|tokens| tokens.expires),
        needs_authorization: tokens.is_none(),
    }
}
