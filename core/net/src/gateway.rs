//! A client of the ledger's gateway, asked directly or through a host that relays.

use keepwell_protocol::domain::{AggregatorId, CborError, EntryHash, Object, Origin, ProviderId, TxId};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{
    BatchReceipt, ChainStatus, Directory, EntryReceipt, Existence, LightBlock, ProofBatch, ProofBundle,
    ProofError, ProofRequest, SignedTransaction, StateKey, TransactionError, TrustPolicy, TrustedState,
    Verified, verify, verify_batch, verify_entry, verify_light_block,
};
use keepwell_protocol::vault::{Submitted, SubmittedBatch, TransactionBatch};
use url::Url;

use crate::{AnswerError, Clock, Limits, NetError, ServerError, Transport, acknowledged, granted, request};

/// Why the ledger gave no answer that may be believed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No answer came.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server answered with an error.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// What answered with success is not a gateway, or names another transaction than was sent.
    #[error("what answered is not the server that was asked")]
    NoAnswer,
    /// The server is of 0.1.0 and does not say what it did.
    #[error("the server is older than this program and must be updated first")]
    TooOld,
    /// What was to be handed in is no transaction.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The answer is not of the expected form.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// What it shows is not proved.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The block that would prove it is not made yet.
    #[error("the ledger has not made the proof yet")]
    NotYet,
}

impl GatewayError {
    /// The stable name of this error.
    pub fn code(&self) -> &str {
        match self {
            Self::Net(error) => error.code(),
            Self::Server(error) => error.code(),
            Self::NoAnswer => "AnswerMalformed",
            Self::TooOld => "ServerTooOld",
            Self::Transaction(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::NotYet => "ProofNotYet",
        }
    }
}

impl From<AnswerError> for GatewayError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Server(error) => Self::Server(error),
            AnswerError::NoAnswer => Self::NoAnswer,
            AnswerError::TooOld => Self::TooOld,
        }
    }
}

/// A proof that was verified, and the bytes that others can verify again.
#[derive(Clone, Debug)]
pub struct Proved {
    /// What it shows.
    pub verified: Verified,
    /// The bundle as it came.
    pub bundle: Vec<u8>,
}

/// A gateway at one address.
pub struct Gateway<T> {
    transport: T,
    base: String,
}

impl<T: Transport> Gateway<T> {
    /// Asks a gateway itself.
    pub fn direct(transport: T, gateway: &Url) -> Self {
        Self { transport, base: format!("{}/v1", gateway.as_str().trim_end_matches('/')) }
    }

    /// Asks through a host, which sees which keys are asked for, so that the gateway does not.
    pub fn through_host(transport: T, host: &Url) -> Self {
        Self { transport, base: format!("{}/v1/ledger", host.as_str().trim_end_matches('/')) }
    }

    /// Asks a gateway that does not see who asks: `transport` seals, such as [`crate::Oblivious`].
    pub fn oblivious(transport: T) -> Self {
        // Whatever name is asked, the gateway answers for itself; one name for all phones tells them apart by nothing.
        Self { transport, base: "https://ledger.invalid/v1".to_owned() }
    }

    /// The transport that this client uses.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Hands in an encoded transaction for the ledger of `origin`; that it is accepted says only that it is
    /// well formed and may count.
    ///
    /// # Errors
    /// [`GatewayError::Server`] if it is refused, [`GatewayError::NoAnswer`] if the answer does not name this
    /// very transaction.
    pub fn submit(&self, transaction: &[u8], origin: &Origin) -> Result<TxId, GatewayError> {
        let id = SignedTransaction::parse(transaction)?.id(origin);
        let request = self.post("tx", transaction.to_vec());
        let answer = self.transport.send(request, Limits::CONFIGURED)?;
        Ok(acknowledged(answer, |taken| *taken == id)?)
    }

    /// Hands in encoded transactions through a host, in their order; says of each what became of it.
    ///
    /// More than [`TransactionBatch::LIMIT`] take several requests; what a request that fails was to bring
    /// is told by the error alone. A gateway asked directly knows no batches.
    ///
    /// # Errors
    /// As [`Gateway::submit`]; a transaction that is refused is no error.
    pub fn submit_batch(
        &self,
        transactions: &[Vec<u8>],
        origin: &Origin,
    ) -> Result<Vec<Submitted>, GatewayError> {
        let mut all = Vec::with_capacity(transactions.len());
        for batch in transactions.chunks(TransactionBatch::LIMIT) {
            let ids: Vec<TxId> = batch
                .iter()
                .map(|transaction| Ok(SignedTransaction::parse(transaction)?.id(origin)))
                .collect::<Result<_, TransactionError>>()?;
            let body = TransactionBatch(batch.iter().cloned().map(Into::into).collect()).to_cbor();
            let answer = self.transport.send(self.post("txs", body), Limits::CONFIGURED)?;
            let SubmittedBatch(said) = acknowledged(answer, |SubmittedBatch(said)| {
                let fits = |(id, said): (&TxId, &Submitted)| match said {
                    Submitted::Taken(taken) => taken == id,
                    Submitted::Refused(refusal) => ServerError::is_presentable(refusal),
                };
                said.len() == ids.len() && ids.iter().zip(said).all(fits)
            })?;
            all.extend(said);
        }
        Ok(all)
    }

    /// Fetches and verifies what the ledger holds under `key`.
    ///
    /// Keep `verified.next_state` and pass it as `trusted` the next time. If the validators have
    /// changed so much that `trusted` does not vouch for the header, blocks in between are fetched.
    ///
    /// # Errors
    /// [`GatewayError`]; [`GatewayError::NotYet`] is to be tried again within seconds.
    pub fn prove(
        &self,
        key: &StateKey,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<Proved, GatewayError> {
        let answer = self.get(&format!("proof/{}", key.to_hex()))?;
        if answer.status == 202 {
            return Err(GatewayError::NotYet);
        }
        let bundle = answer.body;
        let verified = match verify(&bundle, key, trusted, policy, clock.now()) {
            Err(ProofError::InsufficientTrust) => {
                let target = ProofBundle::from_cbor(&bundle)?.light_block;
                let trusted = self.advance(&target, trusted.clone(), policy, clock)?;
                verify(&bundle, key, &trusted, policy, clock.now())?
            }
            verified => verified?,
        };
        Ok(Proved { verified, bundle })
    }

    /// Fetches and verifies through a host what the ledger holds under many grants' and accounts' keys; in the
    /// order of `keys`.
    ///
    /// More than [`ProofRequest::LIMIT`] take several requests, and each has a header of its own. Keep the
    /// highest `next_state` as with [`Gateway::prove`]. A gateway asked directly knows no batches.
    ///
    /// # Errors
    /// As [`Gateway::prove`].
    pub fn prove_batch(
        &self,
        keys: &[StateKey],
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<Vec<Verified>, GatewayError> {
        let limits = Limits { max_body: ProofBatch::LONGEST, ..Limits::CONFIGURED };
        let mut trusted = trusted.clone();
        let mut all = Vec::with_capacity(keys.len());
        for keys in keys.chunks(ProofRequest::LIMIT) {
            let request = self.post("proofs", ProofRequest(keys.to_vec()).to_cbor());
            let answer = granted(self.transport.send(request, limits)?)?;
            if answer.status == 202 {
                return Err(GatewayError::NotYet);
            }
            let verified = match verify_batch(&answer.body, keys, &trusted, policy, clock.now()) {
                Err(ProofError::InsufficientTrust) => {
                    let target = ProofBatch::from_cbor(&answer.body)?.light_block;
                    trusted = self.advance(&target, trusted, policy, clock)?;
                    verify_batch(&answer.body, keys, &trusted, policy, clock.now())?
                }
                verified => verified?,
            };
            if let Some(first) = verified.first() {
                trusted = first.next_state.clone();
            }
            all.extend(verified);
        }
        Ok(all)
    }

    /// Fetches and verifies the newest light block, going over blocks in between where needed.
    ///
    /// # Errors
    /// As [`Gateway::prove`].
    pub fn latest(
        &self,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, GatewayError> {
        self.advance(&self.light_block(None)?, trusted.clone(), policy, clock)
    }

    /// Fetches and verifies the light block of one height, going over blocks in between where needed.
    ///
    /// Answers the block, and what to trust from there on: `trusted` itself where the block is not newer.
    ///
    /// # Errors
    /// As [`Gateway::prove`].
    pub fn block_at(
        &self,
        height: u64,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<(LightBlock, TrustedState), GatewayError> {
        let block = self.light_block(Some(height))?;
        let next = self.advance(&block, trusted.clone(), policy, clock)?;
        Ok((block, next))
    }

    /// Fetches the light block of one height or the newest one, of which nothing is verified but that.
    ///
    /// # Errors
    /// [`GatewayError`] if none came.
    pub fn light_block(&self, height: Option<u64>) -> Result<LightBlock, GatewayError> {
        let name = height.map_or_else(|| "latest".to_owned(), |height| height.to_string());
        let block = LightBlock::from_cbor(&self.get(&format!("light/{name}"))?.body)?;
        if height.is_some_and(|height| block.height() != Ok(height)) {
            return Err(ProofError::Malformed.into());
        }
        Ok(block)
    }

    /// The providers behind `after`, by ascending identifier: hints, proved by nothing.
    ///
    /// # Errors
    /// [`GatewayError`] if no list came.
    pub fn providers(&self, after: Option<ProviderId>) -> Result<Directory, GatewayError> {
        let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
        Ok(Directory::from_cbor(&self.get(&format!("providers{query}"))?.body)?)
    }

    /// Where a batch of an aggregator stands in the ledger's log: proved to whoever verifies a proof of existence
    /// that is made of it.
    ///
    /// # Errors
    /// [`GatewayError::NotYet`] while the header that proves it isn't made; otherwise why no answer came.
    pub fn batch(&self, aggregator: &AggregatorId, number: u32) -> Result<BatchReceipt, GatewayError> {
        let answer = self.get(&format!("batch/{aggregator}/{number}"))?;
        if answer.status == 202 {
            return Err(GatewayError::NotYet);
        }
        Ok(BatchReceipt::from_cbor(&answer.body)?)
    }

    /// Hands in an entry to a gateway that collects for an aggregator; again changes nothing.
    ///
    /// # Errors
    /// [`GatewayError::Server`] with status 404 if this gateway collects nothing, [`GatewayError::NoAnswer`] if the
    /// answer does not name this very entry.
    pub fn hand_in_entry(&self, entry: &EntryHash) -> Result<(), GatewayError> {
        let request = self.post(&format!("entries/{entry}"), Vec::new());
        let answer = self.transport.send(request, Limits::CONFIGURED)?;
        acknowledged(answer, |taken: &EntryHash| taken == entry)?;
        Ok(())
    }

    /// Fetches and verifies where an entry stands in a batch, and that in the ledger's log. As with
    /// [`Gateway::prove`], blocks in between are fetched where needed.
    ///
    /// # Errors
    /// [`GatewayError::NotYet`] while it is in no batch that is proved; [`GatewayError::Server`] with status 404 if it is
    /// not known here and may be handed in again; otherwise why no answer came that may be believed.
    pub fn prove_entry(
        &self,
        entry: &EntryHash,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<(EntryReceipt, Existence), GatewayError> {
        let answer = self.get(&format!("entries/{entry}"))?;
        if answer.status == 202 {
            return Err(GatewayError::NotYet);
        }
        let receipt = EntryReceipt::from_cbor(&answer.body)?;
        let existence = match verify_entry(&receipt, entry, trusted, policy, clock.now()) {
            Err(ProofError::InsufficientTrust) => {
                let target = &receipt.receipt.light_block;
                let trusted = self.advance(target, trusted.clone(), policy, clock)?;
                verify_entry(&receipt, entry, &trusted, policy, clock.now())?
            }
            verified => verified?,
        };
        Ok((receipt, existence))
    }

    /// What the gateway says of its chain, proved by nothing.
    ///
    /// # Errors
    /// [`GatewayError`] if no answer came.
    pub fn status(&self) -> Result<ChainStatus, GatewayError> {
        Ok(ChainStatus::from_cbor(&self.get("status")?.body)?)
    }

    /// Verifies `target`, halving the way to it as long as trust does not reach that far.
    fn advance(
        &self,
        target: &LightBlock,
        mut trusted: TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, GatewayError> {
        let mut ahead = vec![target.clone()];
        while let Some(block) = ahead.last() {
            match verify_light_block(block, &trusted, policy, clock.now()) {
                Ok(verified) => {
                    trusted = verified.next_state;
                    ahead.pop();
                }
                Err(ProofError::InsufficientTrust) if ahead.len() < MOST_AHEAD => {
                    let height = block.height()?;
                    let middle = trusted.height + height.saturating_sub(trusted.height) / 2;
                    if middle <= trusted.height || middle >= height {
                        return Err(ProofError::InsufficientTrust.into());
                    }
                    ahead.push(self.light_block(Some(middle))?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(trusted)
    }

    fn get(&self, path: &str) -> Result<Response, GatewayError> {
        let request = Request::new(Method::Get, format!("{}/{path}", self.base));
        Ok(granted(self.transport.send(request, Limits::CONFIGURED)?)?)
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Request {
        request(Method::Post, &self.base, &format!("/{path}"), body)
    }
}

/// Halving a way of any length in 64 bits takes no more steps.
const MOST_AHEAD: usize = 64;
