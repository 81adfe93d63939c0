//! Providers: those that were granted to, those that a gateway lists, and one that the ledger proves.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{ProviderId, fold, search_terms};
use keepwell_protocol::ledger::{DirectoryEntry, ProviderStatus};

use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::engine::providers::{ProviderName, ProviderState, ProviderSummary, ProviderView, standing};
use crate::error::WalletError;
use crate::store::relationships;
use crate::store::state_object::Relationship;

/// Those of these providers that have every word of a text in their name or place, in the same order; all of them for
/// a text without words. Words are found by their beginning, case and accents aside.
pub fn find_providers(providers: Vec<ProviderSummary>, text: &str) -> Vec<ProviderSummary> {
    let wanted = search_terms(text);
    let is_found = |one: &ProviderSummary| {
        let terms = search_terms(&format!("{} {}", one.name, one.place));
        wanted.iter().all(|term| term.finds(&terms))
    };
    providers.into_iter().filter(is_found).collect()
}

impl Wallet {
    /// The providers that were granted to before, as they stood when the ledger was asked last.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn known_providers(&self) -> Result<Vec<ProviderSummary>, WalletError> {
        let known = relationships::all(self.session()?.store.read())?.into_iter();
        let summary = |found: Relationship| ProviderSummary {
            provider: found.provider,
            name: found.card.card.name,
            place: found.card.card.place,
            state: found.standing.into(),
        };
        Ok(known.map(summary).collect())
    }

    /// The providers that the gateway lists, and those granted to before; by name, case and accents aside.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the gateway can't be reached and none is known here.
    pub fn providers(&mut self, network: Network<'_>) -> Result<Vec<ProviderSummary>, WalletError> {
        let mut known = self.known_providers()?;
        let mut online = self.online(network)?;
        match online.directory() {
            Ok(listed) => {
                let pinned: BTreeSet<ProviderId> = known.iter().map(|one| one.provider).collect();
                let others = listed.into_iter().filter(|one| !pinned.contains(&one.provider));
                known.extend(others.map(|DirectoryEntry { provider, name, place }| ProviderSummary {
                    provider,
                    name,
                    place,
                    state: ProviderState::Listed,
                }));
            }
            Err(error) if error.is_temporary() && !known.is_empty() => {}
            Err(error) => return Err(error),
        }
        known.sort_by_cached_key(|one| (fold(&one.name).into_owned(), one.provider));
        Ok(known)
    }

    /// One provider, proved now.
    ///
    /// # Errors
    /// [`WalletError::UnknownProvider`] or [`WalletError::AmbiguousProvider`];
    /// [`WalletError::Proof`] if the ledger's answer does not verify.
    pub fn provider(
        &mut self,
        name: ProviderName<'_>,
        network: Network<'_>,
    ) -> Result<ProviderView, WalletError> {
        let mut online = self.online(network)?;
        let provider = online.resolve(name)?;
        let record = online.prove_provider(provider)?;
        let state = match relationships::with_provider(online.store.read(), provider)? {
            Some(pinned) => {
                online.update_pinned(&pinned, &record)?;
                standing(&pinned, &record).into()
            }
            None => match record.status {
                ProviderStatus::Active => ProviderState::Active,
                ProviderStatus::Suspended => ProviderState::Suspended,
            },
        };
        Ok(ProviderView { provider, state, card: record.card })
    }
}
