//! Executing a block: each transaction by the rules of its kind, then the sweep.

use keepwell_protocol::domain::{Object, Origin, Timestamp, TxId};
use keepwell_protocol::ledger::{AppState, SignedTransaction, StateKey, Transaction, TransactionError};

use super::overlay::Overlay;
use super::{Rejection, StateError, View, Writes, account, provider, sweep};

/// The block that a transaction is in, as far as the rules ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Block {
    /// The identity of the ledger.
    pub origin: Origin,
    /// The block's height.
    pub height: u64,
    /// The time in its header, whole seconds.
    pub time: Timestamp,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It changed the state and stands in the log.
    Applied(TxId),
    /// The state already says what it says; nothing changed.
    AlreadyRecorded(TxId),
    /// It is refused; nothing changed.
    Rejected(Rejection),
}

impl Outcome {
    /// The number in the block's results: 0 only for what was applied.
    pub fn number(&self) -> u32 {
        match self {
            Self::Applied(_) => 0,
            Self::AlreadyRecorded(_) => 1,
            Self::Rejected(rejection) => rejection.number(),
        }
    }

    /// The data in the block's results: the identifier of a transaction that is on record.
    pub fn data(&self) -> Vec<u8> {
        match self {
            Self::Applied(id) | Self::AlreadyRecorded(id) => id.as_bytes().to_vec(),
            Self::Rejected(_) => Vec::new(),
        }
    }
}

/// What a block does.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// What became of each transaction, in order.
    pub outcomes: Vec<Outcome>,
    /// What to write.
    pub writes: Writes,
}

/// How far the rules of a kind get with a transaction.
pub(super) enum Step {
    Applied,
    AlreadyRecorded,
}

/// What stops a transaction: its own fault, or the state cannot be read.
pub(super) enum Stop<E> {
    Rejected(Rejection),
    State(StateError<E>),
}

impl<E> From<StateError<E>> for Stop<E> {
    fn from(error: StateError<E>) -> Self {
        Self::State(error)
    }
}

impl<E> From<Rejection> for Stop<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl<E> From<TransactionError> for Stop<E> {
    fn from(error: TransactionError) -> Self {
        Self::Rejected(error.into())
    }
}

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
    transactions: &[Vec<u8>],
) -> Result<Executed, StateError<V::Error>> {
    let mut executed = Executed::default();
    for transaction in transactions {
        let (outcome, writes) = apply(view, block, &executed.writes, transaction)?;
        executed.outcomes.push(outcome);
        executed.writes.extend(writes);
    }
    if !transactions.is_empty() {
        let swept = sweep::sweep(view, block, &executed.writes)?;
        executed.writes.extend(swept);
    }
    Ok(executed)
}

/// Says what would become of a transaction in the next block.
///
/// # Errors
/// [`StateError`] if the committed state cannot be read.
pub fn check<V: View>(view: &V, block: &Block, transaction: &[u8]) -> Result<Outcome, StateError<V::Error>> {
    apply(view, block, &Writes::new(), transaction).map(|(outcome, _)| outcome)
}

fn apply<V: View>(
    view: &V,
    block: &Block,
    before: &Writes,
    bytes: &[u8],
) -> Result<(Outcome, Writes), StateError<V::Error>> {
    let transaction = match SignedTransaction::parse(bytes) {
        Ok(transaction) => transaction,
        Err(error) => return Ok((Outcome::Rejected(error.into()), Writes::new())),
    };
    let id = transaction.id(&block.origin);
    let mut state = Overlay::new(view, before);
    match run(&mut state, block, &transaction, id) {
        Ok(Step::Applied) => Ok((Outcome::Applied(id), state.into_writes())),
        Ok(Step::AlreadyRecorded) => Ok((Outcome::AlreadyRecorded(id), Writes::new())),
        Err(Stop::Rejected(rejection)) => Ok((Outcome::Rejected(rejection), Writes::new())),
        Err(Stop::State(error)) => Err(error),
    }
}

fn run<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &SignedTransaction,
    id: TxId,
) -> Result<Step, Stop<V::Error>> {
    match transaction.body() {
        Transaction::Grant(body) => account::grant(state, block, transaction, id, body),
        Transaction::GrantNewAccount(body) => account::grant_new_account(state, block, transaction, id, body),
        Transaction::Revoke(body) => account::revoke(state, block, transaction, id, body),
        Transaction::Amend(body) => account::amend(state, block, transaction, id, body),
        Transaction::RotateKey(body) => account::rotate_key(state, block, transaction, body),
        Transaction::Close(body) => account::close(state, block, transaction, id, body),
        Transaction::RegisterProvider(body) => provider::register(state, block, transaction, body),
        Transaction::UpdateProvider(body) => provider::update(state, block, transaction, body),
        Transaction::SuspendProvider(body) => provider::suspend(state, block, transaction, body),
    }
}
