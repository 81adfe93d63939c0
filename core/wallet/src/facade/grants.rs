//! Granting: terms, signatures and keys prepared at once, delivered step by step.

use keepwell_protocol::consent::{CompartmentRef, GrantState, InvalidTerms, Terms};
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{
    Category, Duration, GrantId, Object, ProviderId, Purpose, RequestId, Scope, Slot, Timestamp,
};
use keepwell_protocol::ledger::{Grant, GrantNewAccount, Kind, Revoke, SignedTransaction, Signer};
use keepwell_protocol::vault::{About, Compartment};
use minicbor::bytes::ByteVec;
use rusqlite::Connection;

use super::wallet::Wallet;
use crate::engine::accounts::Signing;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{Network, Online};
use crate::engine::providers::ProviderName;
use crate::error::WalletError;
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::{Relationship, StoredGrant};
use crate::store::{grants, relationships};

/// What a patient wants to grant.
#[derive(Clone, Debug)]
pub struct GrantRequest<'a> {
    /// The provider who is to read.
    pub provider: ProviderName<'a>,
    /// Which records it may read.
    pub scope: Scope,
    /// For which purpose of use.
    pub purpose: Purpose,
    /// For how long, from now.
    pub duration: Duration,
    /// Who the patient says they are; none to stay unnamed.
    pub about: Option<About>,
    /// The desk's request that this answers.
    pub request: Option<RequestId>,
}

/// A grant as a person sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantView {
    /// The identifier by which it is revoked or verified.
    pub grant: GrantId,
    /// The provider who may read.
    pub provider: ProviderId,
    /// The provider's name, as on the card that was pinned.
    pub name: String,
    /// What it covers.
    pub scope: Scope,
    /// The purpose of use that the terms allow.
    pub purpose: Purpose,
    /// In force from this second on.
    pub not_before: Timestamp,
    /// Until before when.
    pub not_after: Timestamp,
    /// Where it stands.
    pub state: GrantState,
    /// When it came to the state that it is in.
    pub since: Timestamp,
    /// Whether the provider has been told.
    pub delivered: bool,
    /// The number that both screens show, six digits.
    pub match_code: u32,
    /// Of one that is being or was revoked: who has stopped it. None yet: it can still be read under.
    pub stopped_by: Option<StoppedBy>,
}

/// Who has stopped a grant that the patient ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoppedBy {
    /// The host serves it no more; the ledger does not show it yet.
    Host,
    /// The ledger shows that it was revoked.
    Ledger,
}

impl StoppedBy {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Ledger => "ledger",
        }
    }
}

impl GrantView {
    /// Since when the end of this grant waits for a server to have it; none where it does not.
    pub fn queued_since(&self) -> Option<Timestamp> {
        (self.state == GrantState::Revoking && self.stopped_by.is_none()).then_some(self.since)
    }

    /// The categories that it covers, all or in part.
    pub fn categories(&self) -> &[Category] {
        &self.scope.categories
    }
}

impl Wallet {
    /// Grants. Everything is prepared in one transaction; what the network has not taken when this
    /// returns is queued, and [`Wallet::sync`] goes on with it.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if the scope or the time breaks a rule; [`WalletError::UnknownProvider`],
    /// [`WalletError::ProviderSuspended`] or [`WalletError::ProviderKeyChanged`]; [`WalletError::Remote`]
    /// if the provider can't be proved and is not known here.
    pub fn grant(
        &mut self,
        fresh: &FreshAuthentication,
        request: GrantRequest<'_>,
        network: Network<'_>,
    ) -> Result<GrantView, WalletError> {
        let mut online = self.online(network)?;
        let scope = request.scope.clone().normalized();
        scope.check().map_err(InvalidTerms::from)?;
        let provider = online.resolve(request.provider)?;
        // What another wallet of the same words has granted has its number.
        match online.check_host() {
            Err(error) if !error.is_of_servers() => return Err(error),
            _ => {}
        }
        let (relationship, signing) = online.relationship(fresh, provider)?;
        match online.grant_to_self(fresh, false) {
            Err(error) if !error.is_of_servers() => return Err(error),
            _ => {}
        }
        let grant = online.prepare_grant(fresh, relationship, signing, scope, &request)?;
        self.grant_view(grant)
    }
}

pub(crate) fn all_views(connection: &Connection) -> Result<Vec<GrantView>, WalletError> {
    let known = relationships::all(connection)?;
    let mut views: Vec<(Timestamp, GrantView)> = grants::all(connection)?
        .into_iter()
        .map(|grant| {
            let of = known.iter().find(|known| known.account == grant.terms.account);
            Ok((grant.terms.created, view(connection, &grant, of)?))
        })
        .collect::<Result<_, WalletError>>()?;
    views.sort_unstable_by_key(|(created, view)| (std::cmp::Reverse(*created), view.grant));
    Ok(views.into_iter().map(|(_, view)| view).collect())
}

pub(crate) fn one_view(connection: &Connection, id: GrantId) -> Result<GrantView, WalletError> {
    let grant = grants::find(connection, id)?.ok_or(WalletError::NoSuchGrant)?;
    view(connection, &grant, relationships::find(connection, grant.terms.account)?.as_ref())
}

impl Online<'_> {
    /// When a grant that is made now begins: by a clock that is ahead, at the newest verified time, so that nobody
    /// has to wait for what is given at once.
    fn beginning(&self) -> Result<Timestamp, WalletError> {
        let (proved, now) = (self.verified_time()?, self.now());
        Ok(if now.since(proved) <= LONGEST_OF_HEADER { now.min(proved) } else { now })
    }

    /// Makes everything that a grant needs and writes it down in one transaction.
    fn prepare_grant(
        &mut self,
        fresh: &FreshAuthentication,
        relationship: Relationship,
        signing: Signing,
        scope: Scope,
        request: &GrantRequest<'_>,
    ) -> Result<GrantId, WalletError> {
        let (labels, terms) = self.grant_terms(&relationship, scope, request)?;
        let salt: [u8; 32] = self.rng.array()?;
        let signed = self.sign_grant(fresh, &relationship, signing, &terms, &salt)?;
        let grant = StoredGrant {
            terms,
            salt,
            slot: signed.slot,
            transaction: ByteVec::from(signed.transaction),
            valid_until: signed.valid_until,
            revocation: ByteVec::from(signed.revocation),
            about: request.about.clone(),
            request: request.request,
            state: GrantState::Pending,
            since: self.now(),
            delivered: false,
        };
        self.record_grant(relationship, signing, labels, &grant)?;
        Ok(grant.id())
    }

    /// The terms of a grant, and the compartments that it opens: those of its categories, or one of its own.
    fn grant_terms(
        &self,
        relationship: &Relationship,
        scope: Scope,
        request: &GrantRequest<'_>,
    ) -> Result<(Vec<Compartment>, Terms), WalletError> {
        let number = relationship.next_number;
        let labels: Vec<Compartment> = if scope.is_whole_categories() {
            scope.categories.iter().copied().map(Compartment::Category).collect()
        } else {
            vec![Compartment::Grant(crypto::grant_id(&relationship.account, number))]
        };
        let compartment = |compartment: &Compartment| {
            let label = compartment.to_string();
            CompartmentRef {
                id: crypto::compartment_id(&self.keys.compartment, &label),
                signing_key: crypto::compartment_signing_key(&self.keys.compartment, &label).public_key(),
            }
        };
        let mut compartments: Vec<_> = labels.iter().map(compartment).collect();
        compartments.sort_unstable_by_key(|compartment| compartment.id);
        let mut terms = Terms {
            provider: relationship.provider,
            card_version: relationship.card.card.version,
            account: relationship.account,
            number,
            scope,
            compartments,
            purpose: request.purpose,
            not_before: self.now(),
            not_after: self.now().saturating_add(request.duration),
            max_staleness: Terms::DEFAULT_STALENESS,
            created: self.now(),
        };
        terms.check()?;
        terms.not_before = self.beginning()?;
        Ok((labels, terms))
    }

    /// Signs the transaction that makes the grant and, for later, the one that ends it.
    fn sign_grant(
        &self,
        fresh: &FreshAuthentication,
        relationship: &Relationship,
        signing: Signing,
        terms: &Terms,
        salt: &[u8; 32],
    ) -> Result<SignedGrant, WalletError> {
        let Relationship { provider, index, key_number, .. } = *relationship;
        let (account, number) = (terms.account, terms.number);
        let pair = crypto::pair_secret(&self.keys.pair, &provider, index);
        let reader_key = crypto::reader_key(&pair, &crypto::grant_id(&account, number));
        let slot = crypto::slot(&reader_key.public_key());
        let valid_until = self.now().saturating_add(VALID_FOR);
        let root = fresh.seed().root_key(&provider, index);
        let account_key = fresh.seed().account_key(&provider, index, key_number);
        let (commitment, not_after) = (terms.commitment(salt), terms.not_after.day());
        let grant = Grant { kind: Kind, account, number, slot, commitment, not_after, valid_until };
        let transaction = match signing {
            Signing::NewAccount => {
                let body = GrantNewAccount {
                    kind: Kind,
                    root: root.public_key(),
                    account_key: account_key.public_key(),
                    number,
                    slot,
                    commitment,
                    not_after,
                    valid_until,
                };
                SignedTransaction::sign(body, &self.origin, Signer::Root(&root))?
            }
            Signing::Root => SignedTransaction::sign(grant, &self.origin, Signer::Root(&root))?,
            Signing::AccountKey => {
                SignedTransaction::sign(grant, &self.origin, Signer::Account(&account_key))?
            }
        };
        let revoke = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number };
        let revocation = SignedTransaction::sign(revoke, &self.origin, Signer::Root(&root))?;
        Ok(SignedGrant {
            slot,
            valid_until,
            transaction: transaction.to_cbor(),
            revocation: revocation.to_cbor(),
        })
    }

    /// Writes down a new grant, fills what it opens, and queues what is to be sent of it.
    fn record_grant(
        &mut self,
        mut relationship: Relationship,
        signing: Signing,
        labels: Vec<Compartment>,
        grant: &StoredGrant,
    ) -> Result<(), WalletError> {
        if signing == Signing::NewAccount {
            relationship.key_transaction = grant.transaction.clone();
        }
        relationship.next_number = grant.terms.number.saturating_add(1);
        let (account, id, now) = (relationship.account, grant.id(), self.now());
        self.write(|database, sealer| {
            relationships::set(database, &relationship)?;
            grants::set(database, grant, now)?;
            for label in labels {
                sealer.compartment(database, label)?;
            }
            sealer.fill_private_compartment(database, grant)?;
            outbox::add(database, Outgoing::Transaction, account, id, &grant.transaction, now)?;
            outbox::add(database, Outgoing::Envelope, account, id, &[], now)?;
            Ok(())
        })
    }
}

/// What was signed of a grant.
struct SignedGrant {
    slot: Slot,
    /// How long the ledger may include the transaction.
    valid_until: Timestamp,
    transaction: Vec<u8>,
    /// The transaction that ends it.
    revocation: Vec<u8>,
}

fn view(
    connection: &Connection,
    grant: &StoredGrant,
    of: Option<&Relationship>,
) -> Result<GrantView, WalletError> {
    let terms = &grant.terms;
    let name = of.map(|known| known.card.card.name.clone());
    let stopped_by = match grant.state {
        GrantState::Revoked => Some(StoppedBy::Ledger),
        GrantState::Revoking if grants::is_dropped(connection, grant.id())? => Some(StoppedBy::Host),
        _ => None,
    };
    Ok(GrantView {
        grant: grant.id(),
        provider: terms.provider,
        name: name.unwrap_or_default(),
        scope: terms.scope.clone(),
        purpose: terms.purpose,
        not_before: terms.not_before,
        not_after: terms.not_after,
        state: grant.state,
        since: grant.since,
        delivered: grant.delivered,
        match_code: crypto::match_code(&grant.id()),
        stopped_by,
    })
}

/// How old the newest verified header is at most by which a grant begins (flows §7).
const LONGEST_OF_HEADER: Duration = Duration::minutes(15);

/// How long the ledger may include a grant's transaction; it allows seven days from block time.
const VALID_FOR: Duration = Duration::days(6);
