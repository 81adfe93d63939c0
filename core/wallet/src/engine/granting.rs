//! Making a grant: terms, signatures and keys, written down in one transaction and delivered step by step.

use keepwell_protocol::consent::{CompartmentRef, GrantState, Terms};
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, GrantId, Object, Purpose, RequestId, Scope, Slot, Timestamp};
use keepwell_protocol::ledger::{Grant, GrantNewAccount, Kind, Revoke, SignedTransaction, Signer};
use keepwell_protocol::vault::{About, Compartment};
use minicbor::bytes::ByteVec;

use crate::engine::accounts::Signing;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::Online;
use crate::engine::providers::ProviderName;
use crate::error::WalletError;
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::{Relationship, StoredGrant};
use crate::store::{access_requests, grants, relationships};

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

impl Online<'_> {
    /// When a grant that is made now begins: by a clock that is ahead, at the newest verified time, so that nobody
    /// has to wait for what is given at once.
    fn beginning(&self) -> Result<Timestamp, WalletError> {
        let (proved, now) = (self.verified_time()?, self.now());
        Ok(if now.since(proved) <= MAX_HEADER_AGE { now.min(proved) } else { now })
    }

    /// Makes everything that a grant needs and writes it down in one transaction; with what it `replaces`, which
    /// ends once it is proved and delivered.
    pub(crate) fn prepare_grant(
        &mut self,
        fresh: &FreshAuthentication,
        relationship: Relationship,
        signing: Signing,
        scope: Scope,
        request: &GrantRequest<'_>,
        replaces: Option<GrantId>,
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
            replaces,
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
            if let Some(request) = grant.request {
                access_requests::set_answer(database, request, id)?;
            }
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

/// How old the newest verified header is at most by which a grant begins (flows §7).
const MAX_HEADER_AGE: Duration = Duration::minutes(15);

/// How long the ledger may include a grant's transaction; it allows seven days from block time.
const VALID_FOR: Duration = Duration::days(6);
