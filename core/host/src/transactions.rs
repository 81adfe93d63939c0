//! Many transactions in one request: handed in one by one, and those of one account one after the other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keepwell_net::GatewayError;
use keepwell_protocol::crypto::grant_id;
use keepwell_protocol::domain::{AccountId, Object, Origin, Timestamp};
use keepwell_protocol::ledger::{
    AccountStatus, Amend, Grant, GrantNewAccount, GrantStatus, Revoke, RotateKey, SignedTransaction,
    StateKey, Transaction, Verified,
};
use keepwell_protocol::vault::{ErrorBody, Submitted, SubmittedBatch, TransactionBatch};

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;

/// After how long no further transaction is begun: whoever asks still wants to hear an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before a proof is asked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// The transactions of one account, or one that is about none.
struct Queue<'a> {
    waiting: Vec<(usize, &'a SignedTransaction)>,
    /// The one that was taken last and may not be in yet.
    last: Option<&'a SignedTransaction>,
}

impl Service {
    /// Hands in at most [`TransactionBatch::LIMIT`] transactions and says of each what became of it.
    ///
    /// One that is refused stops no other. Of one account's the next goes when the one before is in,
    /// since the ledger counts its grants; a revocation waits for none.
    pub(crate) fn submit_batch(&self, call: &Call) -> Result<Answer, Refusal> {
        let TransactionBatch(batch) = TransactionBatch::from_cbor(&call.request.body)
            .map_err(|error| Refusal::Malformed(error.code()))?;
        if batch.len() > TransactionBatch::LIMIT {
            return Err(Refusal::TooLarge);
        }
        self.admit_to_ledger(batch.len(), call)?;
        let origin = self.ledger.origin();
        let parsed: Vec<_> = batch.iter().map(|bytes| SignedTransaction::parse(bytes)).collect();
        let mut queues: BTreeMap<QueueKey, Queue<'_>> = BTreeMap::new();
        for (at, transaction) in parsed.iter().enumerate() {
            if let Ok(transaction) = transaction {
                let key = QueueKey::of(at, transaction, &origin);
                let queue = queues.entry(key).or_insert(Queue { waiting: Vec::new(), last: None });
                queue.waiting.push((at, transaction));
            }
        }
        let begun = Instant::now();
        let mut outcomes: Vec<Submitted> = parsed
            .iter()
            .map(|parsed| match parsed {
                Ok(_) => refused(Refusal::NotHandedIn.code(), &Refusal::NotHandedIn.to_string()),
                Err(error) => refused(error.code(), &error.to_string()),
            })
            .collect();
        let done = self.submit_queues(queues, &origin, begun, call.now, &mut outcomes);
        for (parsed, outcome) in parsed.iter().zip(&outcomes) {
            if let (Ok(transaction), Submitted::Taken(_)) = (parsed, outcome) {
                self.forget_what_changes(transaction);
            }
        }
        done.map(|()| Answer::cbor(200, &SubmittedBatch(outcomes)))
    }

    /// The next of each account, again and again; every outcome gets its place.
    fn submit_queues(
        &self,
        mut queues: BTreeMap<QueueKey, Queue<'_>>,
        origin: &Origin,
        begun: Instant,
        now: Timestamp,
        outcomes: &mut [Submitted],
    ) -> Result<(), Refusal> {
        for queue in queues.values_mut() {
            queue.waiting.reverse();
        }
        let mut reached = false;
        while !queues.is_empty() {
            let mut progress = false;
            for queue in queues.values_mut() {
                if begun.elapsed() >= PATIENCE {
                    return Ok(());
                }
                if let Some(last) = queue.last {
                    if !self.is_recorded(last, origin, now) {
                        continue;
                    }
                    queue.last = None;
                }
                let Some((at, transaction)) = queue.waiting.pop() else { continue };
                progress = true;
                let Some(outcome) = self.submit(transaction, reached)? else { return Ok(()) };
                if matches!(outcome, Submitted::Taken(_)) {
                    queue.last = Some(transaction);
                }
                reached = true;
                if let Some(place) = outcomes.get_mut(at) {
                    *place = outcome;
                }
            }
            queues.retain(|_, queue| !queue.waiting.is_empty());
            if !progress && !queues.is_empty() {
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    /// Hands in one transaction; none where the gateway has fallen silent since it was `reached`: what was taken
    /// before is still to be told.
    fn submit(&self, transaction: &SignedTransaction, reached: bool) -> Result<Option<Submitted>, Refusal> {
        match self.ledger.submit(&transaction.to_cbor()) {
            Ok(id) => Ok(Some(Submitted::Taken(id))),
            Err(GatewayError::Server(error)) if error.status < 500 => {
                let ErrorBody { code, sentence, .. } = error.body;
                Ok(Some(refused(&code, &sentence)))
            }
            Err(error) if reached => {
                tracing::warn!(code = error.code(), "the gateway fell silent");
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "no answer from the gateway");
                Err(Refusal::LedgerUnreachable)
            }
        }
    }

    /// Forgets the proofs, fetched for anybody or for this host, of what a transaction changes.
    pub(crate) fn forget_what_changes(&self, transaction: &SignedTransaction) {
        let (body, origin) = (transaction.body(), self.ledger.origin());
        let provider = match body {
            Transaction::RegisterProvider(body) => Some(body.card.card.provider),
            Transaction::UpdateProvider(body) => Some(body.card.card.provider),
            Transaction::SuspendProvider(body) => Some(body.provider),
            _ => None,
        };
        let account = body.account(&origin).map(StateKey::Account);
        let keys = [state_key(body, &origin), account, provider.map(StateKey::Provider)];
        for key in keys.iter().flatten() {
            self.gateway_cache.forget(key);
            self.ledger.forget(key);
        }
    }

    /// Whether the state shows that a transaction is in, or that something else has taken its place.
    fn is_recorded(&self, transaction: &SignedTransaction, origin: &Origin, now: Timestamp) -> bool {
        let Some(key) = state_key(transaction.body(), origin) else { return true };
        self.ledger.forget(&key);
        match self.ledger.prove(&key, now) {
            Ok(proved) => shows(transaction.body(), &proved.verified),
            Err(_) => false,
        }
    }
}

/// Which transactions wait for each other: those of one account, but for revocations.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum QueueKey {
    Alone(usize),
    Account(AccountId),
}

impl QueueKey {
    fn of(at: usize, transaction: &SignedTransaction, origin: &Origin) -> Self {
        match (transaction.body(), transaction.body().account(origin)) {
            (Transaction::Revoke(_), _) | (_, None) => Self::Alone(at),
            (_, Some(account)) => Self::Account(account),
        }
    }
}

/// Under which key it shows that a transaction is in.
fn state_key(body: &Transaction, origin: &Origin) -> Option<StateKey> {
    let account = body.account(origin)?;
    let number = match body {
        Transaction::Grant(Grant { number, .. })
        | Transaction::GrantNewAccount(GrantNewAccount { number, .. })
        | Transaction::Revoke(Revoke { number, .. })
        | Transaction::Amend(Amend { number, .. }) => Some(*number),
        _ => None,
    };
    Some(number.map_or(StateKey::Account(account), |number| StateKey::Grant(grant_id(&account, number))))
}

fn shows(body: &Transaction, verified: &Verified) -> bool {
    let grant = || verified.grant().ok().flatten();
    let account = || verified.account().ok().flatten();
    match body {
        Transaction::Grant(_) | Transaction::GrantNewAccount(_) => grant().is_some(),
        Transaction::Revoke(_) => grant().is_some_and(|grant| grant.status == GrantStatus::Revoked),
        Transaction::Amend(Amend { version, .. }) => {
            grant().is_some_and(|grant| grant.version >= *version || grant.status == GrantStatus::Revoked)
        }
        Transaction::RotateKey(RotateKey { key_number, .. }) => {
            account().is_some_and(|account| account.key_number >= *key_number)
        }
        Transaction::Close(_) => account().is_some_and(|account| account.status == AccountStatus::Closed),
        _ => true,
    }
}

fn refused(code: &str, sentence: &str) -> Submitted {
    Submitted::Refused(ErrorBody {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
        bundle: None,
        version: None,
    })
}
