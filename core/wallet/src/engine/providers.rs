//! Providers: found in an untrusted list, believed by a proof only, pinned once granted to.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{AccountId, Duration, ProviderId};
use keepwell_protocol::ledger::{DirectoryEntry, ProviderRecord, ProviderStatus, SignedCard, StateKey};

use super::online::{Online, Source};
use super::proofs::LONGEST_OF_PROVIDER;
use super::random_order::shuffle;
use super::sync::SyncReport;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::state_object::{ProviderStanding, Relationship};
use crate::store::{commits, grants, ledger_proofs, relationships, state_log};

/// How a person names a provider.
#[derive(Clone, Copy, Debug)]
pub enum ProviderName<'a> {
    /// Its whole identifier, as in the directory or on its card.
    Id(ProviderId),
    /// By its exact name, where only one has it.
    Name(&'a str),
    /// By its card.
    Card(&'a SignedCard),
}

/// How a provider stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProviderState {
    /// The gateway lists it; nothing was proved yet.
    Listed,
    /// The ledger has it, and it may be granted to.
    Active,
    /// Governance has suspended it.
    Suspended,
    /// Its key was replaced without its own signature since it was pinned.
    KeyChanged,
}

impl ProviderState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::KeyChanged => "key-changed",
        }
    }
}

/// A provider in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProviderSummary {
    /// The identifier by which to ask for more.
    pub provider: ProviderId,
    /// Its name; as the gateway says, unless it was pinned.
    pub name: String,
    /// Where it is, likewise; may be empty.
    pub place: String,
    /// How it stands.
    pub state: ProviderState,
}

/// A provider as the ledger proves it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProviderView {
    /// The identifier that the ledger knows it by.
    pub provider: ProviderId,
    /// How it stands.
    pub state: ProviderState,
    /// Its card, as the ledger proves it.
    pub card: SignedCard,
}

impl Online<'_> {
    /// Finds out whom a person means.
    pub(crate) fn resolve(&mut self, name: ProviderName<'_>) -> Result<ProviderId, WalletError> {
        let name = match name {
            ProviderName::Id(provider) => return Ok(provider),
            ProviderName::Card(card) => {
                card.verify()?;
                return Ok(card.card.provider);
            }
            ProviderName::Name(name) => name,
        };
        let mut found: Vec<ProviderId> = relationships::all(self.store.read())?
            .into_iter()
            .filter(|known| known.card.card.name == name)
            .map(|known| known.provider)
            .collect();
        match self.directory() {
            Ok(listed) => {
                found.extend(listed.into_iter().filter(|one| one.name == name).map(|one| one.provider))
            }
            Err(error) if error.is_temporary() && !found.is_empty() => {}
            Err(error) => return Err(error),
        }
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [] => Err(WalletError::UnknownProvider),
            [provider] => Ok(*provider),
            _ => Err(WalletError::AmbiguousProvider),
        }
    }

    /// What the ledger proves about a provider, by a header of the last day. One that this wallet has not granted to is
    /// asked about among [`OTHERS`] random ones, in an order that says nothing (flows.md §0); they are asked about again
    /// with it, and where it is asked about once more, so are they.
    ///
    /// # Errors
    /// [`WalletError::LedgerStale`] if the header is older: a replayed proof must not hide that the provider
    /// was suspended since.
    pub(crate) fn prove_provider(&mut self, provider: ProviderId) -> Result<ProviderRecord, WalletError> {
        let mut known: BTreeSet<ProviderId> =
            relationships::providers(self.store.read())?.into_values().collect();
        if known.contains(&provider) {
            return self.ask_about(provider);
        }
        let mut asked: BTreeSet<ProviderId> = ledger_proofs::providers(self.store.read())?
            .into_keys()
            .filter(|one| !known.contains(one))
            .collect();
        if !asked.remove(&provider) {
            // Others than before: who was asked about twice would stand out.
            asked.clear();
        }
        known.insert(provider);
        known.extend(&asked);
        let drawn = self.draw_others(&known, OTHERS.saturating_sub(asked.len()))?;
        known.extend(&drawn);
        let mut asked: Vec<ProviderId> = asked.into_iter().chain(drawn).chain([provider]).collect();
        // Before anybody answers: whoever refuses and is asked again among others would see which one stays.
        self.write(|transaction, _| {
            ledger_proofs::forget_providers(transaction, &known)?;
            Ok(ledger_proofs::note_asked(transaction, asked.iter().copied())?)
        })?;
        shuffle(&mut asked, self.rng)?;
        let mut wanted = Err(WalletError::UnknownProvider);
        for one in asked {
            let record = self.ask_about(one);
            if one == provider {
                wanted = record;
            } else {
                ignore_servers(record)?;
            }
        }
        wanted
    }

    /// Asks about one provider; it is asked about again at an age of 12 to 20 hours of that proof, so that a question
    /// tells little about what the patient does.
    fn ask_about(&mut self, provider: ProviderId) -> Result<ProviderRecord, WalletError> {
        let key = StateKey::Provider(provider);
        let verified = self.prove_fresh(&key, Source::Gateway, LONGEST_OF_PROVIDER)?;
        let again = ASKED_AGAIN.0 + u64::from(u32::from_be_bytes(self.rng.array()?)) % ASKED_AGAIN_WITHIN.0;
        let now = self.now();
        let time = verified.time.min(now);
        self.write(|transaction, _| {
            Ok(ledger_proofs::note(transaction, &key, time, time.saturating_add(Duration(again)))?)
        })?;
        let record = verified.provider()?.ok_or(WalletError::UnknownProvider)?;
        record.card.verify()?;
        if record.card.card.provider == provider { Ok(record) } else { Err(WalletError::UnknownProvider) }
    }

    /// These providers of the wallet's, and the others among whom they are asked about.
    pub(crate) fn known_among_others(
        &mut self,
        known: &BTreeSet<ProviderId>,
    ) -> Result<Vec<ProviderId>, WalletError> {
        let asked = ledger_proofs::providers(self.store.read())?.into_keys();
        let others: Vec<ProviderId> = asked.filter(|one| !known.contains(one)).collect();
        let drawn = match self.draw_more_others(known, &others) {
            Err(error) if error.is_of_servers() => Vec::new(),
            drawn => drawn?,
        };
        Ok(known.iter().copied().chain(others).chain(drawn).collect())
    }

    /// As many random providers as lack beside these others, noted as asked about; besides those who are `known`.
    fn draw_more_others(
        &mut self,
        known: &BTreeSet<ProviderId>,
        others: &[ProviderId],
    ) -> Result<Vec<ProviderId>, WalletError> {
        let known = known.iter().chain(others).copied().collect();
        let drawn = self.draw_others(&known, OTHERS.saturating_sub(others.len()))?;
        self.write(|transaction, _| Ok(ledger_proofs::note_asked(transaction, drawn.iter().copied())?))?;
        Ok(drawn)
    }

    /// So many random providers of the gateway's list, fewer where there are not so many, besides those who are `known`.
    fn draw_others(
        &mut self,
        known: &BTreeSet<ProviderId>,
        wanted: usize,
    ) -> Result<Vec<ProviderId>, WalletError> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        // Identifiers are hashes: who comes after a random one is random.
        let mut after = Some(ProviderId::from_bytes(self.rng.array()?));
        let mut drawn = BTreeSet::new();
        loop {
            let gateway = self.ledger(Source::Gateway)?;
            let page = gateway.providers(after).map_err(RemoteError::from);
            let page = page.map_err(|error| self.note_silence(Source::Gateway, error.into()))?;
            let ids = page.providers.into_iter().map(|entry| entry.provider);
            drawn.extend(ids.filter(|id| !known.contains(id)));
            if drawn.len() >= wanted || after.take().is_none() {
                break;
            }
        }
        let mut drawn: Vec<ProviderId> = drawn.into_iter().collect();
        shuffle(&mut drawn, self.rng)?;
        drawn.truncate(wanted);
        Ok(drawn)
    }

    /// The gateway's whole list; a hint, not a fact.
    pub(crate) fn directory(&mut self) -> Result<Vec<DirectoryEntry>, WalletError> {
        let gateway = self.ledger(Source::Gateway)?;
        let mut all = Vec::new();
        let mut after = None;
        while all.len() < MOST_LISTED {
            let page = gateway.providers(after).map_err(RemoteError::from)?.providers;
            let last = page.last().map(|entry| entry.provider);
            if last.is_none() || last <= after {
                break;
            }
            after = last;
            all.extend(page);
        }
        Ok(all)
    }

    /// Looks at every provider that has a grant now, and at [`OTHERS`] random ones, that it is time to ask about, and
    /// takes over what the ledger says of those who have one; a bad answer about one is nothing to the others.
    pub(crate) fn refresh_providers(
        &mut self,
        report: &mut SyncReport,
        is_host_reached: bool,
    ) -> Result<(), WalletError> {
        let granted: BTreeSet<_> =
            grants::live(self.store.read())?.into_iter().map(|grant| grant.account).collect();
        let known = relationships::providers(self.store.read())?;
        let (now, proofs) = (self.now(), ledger_proofs::providers(self.store.read())?);
        let is_due = |provider: &ProviderId| proofs.get(provider).is_none_or(|proof| proof.ask_after <= now);
        let pinned: BTreeSet<ProviderId> = known.values().copied().collect();
        let mut due: Vec<(ProviderId, Option<AccountId>)> = known
            .into_iter()
            .filter(|(account, provider)| granted.contains(account) && is_due(provider))
            .map(|(account, provider)| (provider, Some(account)))
            .collect();
        let others: Vec<ProviderId> = proofs.keys().copied().filter(|one| !pinned.contains(one)).collect();
        if !due.is_empty() {
            let drawn = self.draw_more_others(&pinned, &others);
            let drawn = report.note(drawn)?.unwrap_or_default();
            due.extend(drawn.into_iter().map(|one| (one, None)));
        }
        if !granted.is_empty() {
            due.extend(others.into_iter().filter(is_due).map(|one| (one, None)));
        }
        let is_own_due = due.iter().any(|(_, account)| account.is_some());
        shuffle(&mut due, self.rng)?;
        for (provider, account) in due {
            let asked = self.ask_about(provider);
            let Some(account) = account else {
                ignore_servers(asked)?;
                continue;
            };
            match asked {
                Ok(record) => {
                    if let Some(pinned) = relationships::find(self.store.read(), account)? {
                        self.update_pinned(&pinned, &record)?;
                    }
                }
                Err(WalletError::UnknownProvider) => {}
                Err(error) => {
                    report.note::<()>(Err(error))?;
                    if is_host_reached {
                        let (key, now) = (StateKey::Provider(provider), self.now());
                        self.write(|transaction, _| Ok(ledger_proofs::note_vain(transaction, &key, now)?))?;
                    }
                }
            }
        }
        if is_own_due {
            let compared = self.compare_sources();
            report.note(compared)?;
        }
        Ok(())
    }

    /// Pins a newer card and notes a change of standing; grants that this touches get new packets.
    pub(crate) fn update_pinned(
        &mut self,
        pinned: &Relationship,
        record: &ProviderRecord,
    ) -> Result<(), WalletError> {
        let standing = standing(pinned, record);
        // A card under a key that the provider did not vouch for is not pinned, whatever it says.
        let card = if standing == ProviderStanding::KeyChanged { &pinned.card } else { &record.card };
        if standing == pinned.standing && *card == pinned.card {
            return Ok(());
        }
        let next = Relationship { standing, ..pinned.with_card(card.clone()) };
        self.write(|transaction, sealer| {
            relationships::set(transaction, &next)?;
            let log = [record.version.to_be_bytes().as_slice(), record.card.card.signing.as_bytes()].concat();
            state_log::append(transaction, sealer.now, "provider", next.provider.as_bytes(), &log)?;
            // Under a new card the packets are sealed to its keys; to who is not in good standing none is.
            let granted = grants::live(transaction)?.into_iter();
            for grant in
                granted.filter(|grant| grant.account == next.account && standing == ProviderStanding::Active)
            {
                grants::mark_to_pack(transaction, grant.id)?;
            }
            Ok(commits::clear_unsent(transaction)?)
        })
    }
}

impl From<ProviderStanding> for ProviderState {
    fn from(standing: ProviderStanding) -> Self {
        match standing {
            ProviderStanding::Active => Self::Active,
            ProviderStanding::Suspended => Self::Suspended,
            ProviderStanding::KeyChanged => Self::KeyChanged,
        }
    }
}

/// How a pinned provider stands by what the ledger proves of it.
pub(crate) fn standing(pinned: &Relationship, record: &ProviderRecord) -> ProviderStanding {
    let rekeyed = record.rekeyed.is_some_and(|version| version > pinned.card.card.version);
    let older = record.version < pinned.card.card.version;
    let other_key =
        record.version == pinned.card.card.version && record.card.card.signing != pinned.card.card.signing;
    if rekeyed || older || other_key {
        ProviderStanding::KeyChanged
    } else if record.status == ProviderStatus::Suspended {
        ProviderStanding::Suspended
    } else {
        ProviderStanding::Active
    }
}

/// What is said of one who was only asked about so that nobody is told by it is of no use.
fn ignore_servers(asked: Result<ProviderRecord, WalletError>) -> Result<(), WalletError> {
    match asked {
        Err(error)
            if !error.is_of_servers()
                && !matches!(error, WalletError::UnknownProvider | WalletError::Card(_)) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// How many random providers are asked about with those of this wallet.
const OTHERS: usize = 8;
/// The youngest proof of a provider that is asked for again without need, and how much older it may be then.
const ASKED_AGAIN: Duration = Duration::hours(12);
const ASKED_AGAIN_WITHIN: Duration = Duration::hours(8);
/// The most providers that are taken from a list.
const MOST_LISTED: usize = 10_000;
