//! The account in which a grant is made, one for each relationship, and by which key it is signed.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{AccountId, ProviderId};
use keepwell_protocol::ledger::{AccountStatus, ProofError, ProviderStatus, SignedCard, StateKey};
use minicbor::bytes::ByteVec;

use super::authentication::FreshAuthentication;
use super::online::{Online, Source};
use super::proofs::LONGEST_OF_PROVIDER;
use crate::error::WalletError;
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::{ProviderStanding, Relationship};
use crate::store::{grants, ledger_proofs, relationships, space, state_log};

/// By which key a grant is signed, and what the ledger makes of that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signing {
    /// By the root key, which makes the account or names its key.
    NewAccount,
    /// By the root key, in an account that is there before it comes, perhaps without a key.
    Root,
    /// By the account's key, which the ledger has.
    AccountKey,
}

impl Online<'_> {
    /// The relationship with a provider, its card proved now; a known provider that can't be proved
    /// because nobody is reached counts as it was pinned, if that was proved within a day.
    pub(crate) fn relationship(
        &mut self,
        fresh: &FreshAuthentication,
        provider: ProviderId,
    ) -> Result<(Relationship, Signing), WalletError> {
        let pinned = relationships::with_provider(self.store.read(), provider)?;
        match (self.prove_provider(provider), pinned) {
            (Ok(record), Some(pinned)) => {
                self.update_pinned(&pinned, &record)?;
                let pinned = relationships::find(self.store.read(), pinned.account)?.unwrap_or(pinned);
                match pinned.standing {
                    ProviderStanding::Active => self.next_number(pinned),
                    ProviderStanding::Suspended => Err(WalletError::ProviderSuspended),
                    ProviderStanding::KeyChanged => Err(WalletError::ProviderKeyChanged),
                }
            }
            (Ok(record), None) => match record.status {
                ProviderStatus::Active => {
                    Ok((self.new_relationship(fresh, provider, 0, record.card)?, Signing::NewAccount))
                }
                ProviderStatus::Suspended => Err(WalletError::ProviderSuspended),
            },
            // By a clock that is wrong a grant would begin and end at another time than is meant.
            (Err(error @ WalletError::Proof(ProofError::ClockSuspect)), _) => Err(error),
            (Err(error), Some(pinned)) if error.is_of_servers() && self.is_provider_fresh(&pinned)? => {
                let signing = self.signing_by_what_is_known(&pinned)?;
                Ok((pinned, signing))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Whether a grant that is to name the account's key is still on its way to the ledger.
    fn awaits_key(&self, account: AccountId) -> Result<bool, WalletError> {
        for row in outbox::all(self.store.read())? {
            let is_about = row.account == account && row.kind == Outgoing::Transaction;
            if is_about
                && grants::find(self.store.read(), row.grant)?.is_some_and(|one| one.state.is_entitled())
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a pinned provider may be granted to by what was proved of it in the last day.
    fn is_provider_fresh(&self, pinned: &Relationship) -> Result<bool, WalletError> {
        let proof = ledger_proofs::find(self.store.read(), &StateKey::Provider(pinned.provider))?;
        Ok(pinned.standing == ProviderStanding::Active && proof.is_fresh(self.now(), LONGEST_OF_PROVIDER))
    }

    /// The number for the next grant, beyond what this wallet knows and what the ledger has seen, and by
    /// which key it is signed.
    fn next_number(&mut self, pinned: Relationship) -> Result<(Relationship, Signing), WalletError> {
        let newest = space::connection(self.store.read())?.map_or(0, |row| row.trusted.height);
        match self.prove(&StateKey::Account(pinned.account), Source::Relay) {
            // An older answer than what was seen before knows less.
            Ok(Some(proved)) if proved.height >= newest => {
                let account = proved.account()?;
                let count = account.as_ref().map_or(0, |account| account.count);
                let signing = if account.is_some_and(|account| account.key.is_some()) {
                    Signing::AccountKey
                } else if self.awaits_key(pinned.account)? {
                    Signing::Root
                } else {
                    // The grant that was to name the account's key has ended before it came there.
                    Signing::NewAccount
                };
                Ok((Relationship { next_number: pinned.next_number.max(count), ..pinned }, signing))
            }
            Err(error) if !error.is_of_servers() => Err(error),
            Ok(_) | Err(_) => {
                let signing = self.signing_by_what_is_known(&pinned)?;
                Ok((pinned, signing))
            }
        }
    }

    /// By which key a grant is signed while the ledger can't be asked whether it has the account's key: what
    /// was to name it may have ended before it came there.
    fn signing_by_what_is_known(&self, pinned: &Relationship) -> Result<Signing, WalletError> {
        if self.awaits_key(pinned.account)? {
            return Ok(Signing::Root);
        }
        let all = grants::all(self.store.read())?;
        let Some(naming) = all.iter().find(|grant| grant.transaction == pinned.key_transaction) else {
            return Ok(Signing::AccountKey);
        };
        let log =
            state_log::entries_about(self.store.read(), grants::GUARDED.written, naming.id().as_bytes())?;
        let was_active = log.iter().any(|entry| entry.body == GrantState::Active.as_str().as_bytes());
        Ok(match naming.state {
            _ if was_active => Signing::AccountKey,
            // Its end makes the account, too.
            GrantState::Revoking | GrantState::Revoked => Signing::Root,
            _ => Signing::NewAccount,
        })
    }

    /// A first relationship; its account must not be on the ledger as closed.
    fn new_relationship(
        &mut self,
        fresh: &FreshAuthentication,
        provider: ProviderId,
        first: u32,
        card: SignedCard,
    ) -> Result<Relationship, WalletError> {
        for index in first..first.saturating_add(MOST_CLOSED) {
            let root = fresh.seed().root_key(&provider, index).public_key();
            let account = crypto::account_id(&self.origin, &root);
            let known = match self.prove(&StateKey::Account(account), Source::Relay)? {
                Some(proved) => proved.account()?,
                None => None,
            };
            if known.as_ref().is_some_and(|known| known.status == AccountStatus::Closed) {
                continue;
            }
            return Ok(Relationship {
                account,
                provider,
                index,
                key_number: 1,
                key_transaction: ByteVec::from(Vec::new()),
                next_number: known.map_or(0, |known| known.count),
                card,
                standing: ProviderStanding::Active,
                earlier_keys: None,
            });
        }
        Err(WalletError::UnknownProvider)
    }
}

/// How many relationships with one provider may have been closed before it is given up.
const MOST_CLOSED: u32 = 100;
