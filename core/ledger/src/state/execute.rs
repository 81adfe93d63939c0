//! Executing a block: each transaction by the rules of its kind, then the sweep.

use keepwell_protocol::domain::{CborError, Object};
use keepwell_protocol::ledger::{AppState, SignedTransaction, StateKey, Transaction, TransactionError};

use super::block::{AppVersion, Block, Changes, Executed, Outcome, Step, Stop};
use super::overlay::{Overlay, StateError, View, Writes};
use super::received::{Parsed, Received};
use super::rejection::Rejection;
use super::{account, governing, network, provider, sweep};

/// The state before the first block.
pub fn genesis(app_state: &AppState) -> Writes {
    Writes::from([(StateKey::Governance, Some(app_state.governance.to_cbor()))])
}

/// Executes the transactions of a block in order, then sweeps if there are any.
///
/// A pure function of the state and its arguments: the same answer whenever it is asked again.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read; a bad transaction is an outcome, not an error.
pub fn execute<V: View>(
    view: &V,
    block: &Block,
    transactions: &[&Received],
) -> Result<Executed, StateError<V::Error>> {
    let mut executed = Executed::default();
    if network::has_ended(view, block)? {
        // Its state is what the next chain starts from: nothing changes it any more.
        for transaction in transactions {
            executed.outcomes.push(after_the_end(view, block, transaction)?);
        }
        return Ok(executed);
    }
    for transaction in transactions {
        let (outcome, writes) = apply(view, block, &executed.writes, transaction)?;
        executed.outcomes.push(outcome);
        executed.writes.extend(writes);
    }
    let swept = sweep::sweep(view, block, &executed)?;
    executed.writes.extend(swept);
    if block.version >= AppVersion::V2 {
        let mut state = Overlay::new(view, &executed.writes);
        network::punish(&mut state, block)?;
        let punished = state.into_writes();
        executed.writes.extend(punished);
        executed.changes = network::changes(view, block, &executed.writes)?;
    }
    Ok(executed)
}

/// What would become of a transaction in the next block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
    /// Whether it would do something.
    pub outcome: Outcome,
    /// Whether it ends what stands: a grant, all grants of an account, the admission of a provider.
    pub ends: bool,
    /// How many values it would write.
    pub writes: usize,
    /// What it would change for those that make blocks.
    pub changes: Changes,
}

/// Says what would become of a transaction in the next block.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn check<V: View>(
    view: &V,
    block: &Block,
    transaction: &Received,
) -> Result<Checked, StateError<V::Error>> {
    if network::has_ended(view, block)? {
        let outcome = after_the_end(view, block, transaction)?;
        return Ok(Checked { outcome, ends: false, writes: 0, changes: Changes::default() });
    }
    let (outcome, writes) = apply(view, block, &Writes::new(), transaction)?;
    // A revocation that comes before its grant moves the account's count as well.
    let is_ahead = || matches!(transaction.body(), Some(Transaction::Revoke(_))) && writes.len() > 1;
    let ends = transaction.may_end() && matches!(outcome, Outcome::Applied(_)) && !is_ahead();
    // Only what governance does is worth a look at more of the state.
    let is_action = writes.contains_key(&StateKey::Actions);
    let changes = if is_action { network::changes(view, block, &writes)? } else { Changes::default() };
    Ok(Checked { outcome, ends, writes: writes.len(), changes })
}

/// What is said of a transaction once the chain has ended: what is on record stays so, whoever is not sure and asks.
fn after_the_end<V: View>(
    view: &V,
    block: &Block,
    transaction: &Received,
) -> Result<Outcome, StateError<V::Error>> {
    let (outcome, _) = apply(view, block, &Writes::new(), transaction)?;
    let is_on_record = matches!(outcome, Outcome::AlreadyRecorded(_));
    Ok(if is_on_record { outcome } else { Outcome::Rejected(Rejection::ChainEnded) })
}

fn apply<V: View>(
    view: &V,
    block: &Block,
    before: &Writes,
    transaction: &Received,
) -> Result<(Outcome, Writes), StateError<V::Error>> {
    let transaction = match transaction.parsed() {
        Ok(transaction) => transaction,
        Err(error) => {
            // What is of a kind of later is malformed to the programs of then, whatever else is wrong with it.
            let is_later = SignedTransaction::from_cbor(transaction.bytes())
                .is_ok_and(|transaction| is_later(block, transaction.body()));
            let error = if is_later && error != TransactionError::TooLong { OF_NO_KIND } else { error };
            return Ok((Outcome::Rejected(error.into()), Writes::new()));
        }
    };
    if is_later(block, transaction.signed().body()) {
        return Ok((Outcome::Rejected(OF_NO_KIND.into()), Writes::new()));
    }
    let id = transaction.id();
    let mut state = Overlay::new(view, before);
    match run(&mut state, block, transaction) {
        Ok(Step::Applied) => Ok((Outcome::Applied(id), state.into_writes())),
        Ok(Step::AlreadyRecorded) => Ok((Outcome::AlreadyRecorded(id), Writes::new())),
        Err(Stop::Rejected(rejection)) => Ok((Outcome::Rejected(rejection), Writes::new())),
        Err(Stop::State(error)) => Err(error),
    }
}

fn run<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
) -> Result<Step, Stop<V::Error>> {
    match transaction.signed().body() {
        Transaction::Grant(body) => account::grant(state, block, transaction, body),
        Transaction::GrantNewAccount(body) => account::grant_new_account(state, block, transaction, body),
        Transaction::Revoke(body) => account::revoke(state, block, transaction, body),
        Transaction::Amend(body) => account::amend(state, block, transaction, body),
        Transaction::RotateKey(body) => account::rotate_key(state, block, transaction, body),
        Transaction::Close(body) => account::close(state, block, transaction, body),
        Transaction::RegisterProvider(body) => provider::register(state, block, transaction, body),
        Transaction::UpdateProvider(body) => provider::update(state, block, transaction, body),
        Transaction::SuspendProvider(body) => provider::suspend(state, block, transaction, body),
        Transaction::GovernanceAction(body) => governing::act(state, block, transaction, body),
        Transaction::UpdateGateway(body) => governing::update_gateway(state, block, transaction, body),
        Transaction::AuditCheckpoint(body) => governing::audit_checkpoint(state, block, transaction, body),
        Transaction::AnchorBatch(body) => governing::anchor_batch(state, transaction, body),
    }
}

/// Whether the programs of the block's version know no such transaction.
fn is_later(block: &Block, body: &Transaction) -> bool {
    let has_later_field = matches!(body, Transaction::SuspendProvider(body) if body.version.is_some());
    block.version < AppVersion::V2 && (body.kind() > LAST_KIND_OF_V1 || has_later_field)
}

/// What the programs of version 1 say of what they do not know.
const OF_NO_KIND: TransactionError = TransactionError::Cbor(CborError::Malformed);
/// The last kind that there is by version 1: the suspension of a provider.
const LAST_KIND_OF_V1: u8 = 8;
