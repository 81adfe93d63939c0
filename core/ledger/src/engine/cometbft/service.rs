//! ABCI 2.0 over a Unix socket: requests as `tower-abci` parses them, answered by the application.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::Validator;
use keepwell_server::{close_to_others, remove_if_there};
use tendermint::abci::types::{BlockSignatureInfo, ExecTxResult, Snapshot, VoteInfo};
use tendermint::abci::{Code, request, response};
use tendermint::block::{BlockIdFlag, Height};
use tendermint::v0_38::abci::{
    ConsensusRequest, ConsensusResponse, InfoRequest, InfoResponse, MempoolRequest, MempoolResponse,
    SnapshotRequest, SnapshotResponse,
};
use tendermint::{AppHash, validator};
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, block_in_place, spawn_blocking};
use tower::{BoxError, Service};
use tower_abci::v038::Server;

use super::application::Application;
use super::blocks::{ChainStart, Conduct};
use super::mempool::{CheckAnswer, CheckKind, Vote};
use super::snapshot_folder::FORMAT;
use super::state_sync::{Applied, Offer, Offered};
use super::version::CometbftSeries;
use crate::engine::error::EngineError;
use crate::state::Outcome;
use crate::store::Manifest;

/// The socket on which CometBFT asks, with the threads that answer.
pub(super) struct Socket {
    path: PathBuf,
    runtime: Runtime,
}

/// How long until the socket is there.
const BIND_WAIT: Duration = Duration::from_secs(5);
/// How long what is being answered may take when the socket closes.
const CLOSE_WAIT: Duration = Duration::from_secs(5);
/// How many threads answer at most; what CometBFT asks for consensus and what it asks for its mempool come apart.
const THREADS: usize = 2;
/// How many transactions are checked at once.
const CHECKS: usize = 8;

impl Socket {
    /// Listens from when this returns. A socket that a process which was killed left behind is removed; one that
    /// somebody listens at is not, nor any other file. It is for this user alone: whoever connects decides on blocks.
    pub(super) fn listen(
        path: &Path,
        application: Arc<Application>,
        series: CometbftSeries,
    ) -> Result<Self, EngineError> {
        let failed = |error: io::Error| EngineError::Socket(error.kind());
        remove_stale(path).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(CHECKS)
            .thread_name("abci")
            .enable_all()
            .build()
            .map_err(failed)?;
        let answers = Answers { application, series };
        let server = Server::builder()
            .consensus(answers.clone())
            .mempool(answers.clone())
            .info(answers.clone())
            .snapshot(answers)
            .finish()
            .ok_or(EngineError::Thread)?;
        let listening: JoinHandle<Result<(), BoxError>> = runtime.spawn(server.listen_unix(path.to_owned()));
        let until = Instant::now() + BIND_WAIT;
        while !path.exists() {
            if listening.is_finished() || Instant::now() > until {
                return Err(EngineError::Socket(ErrorKind::AddrNotAvailable));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        close_to_others(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), runtime })
    }

    /// Hangs up and takes the socket away.
    pub(super) fn close(self) {
        self.runtime.shutdown_timeout(CLOSE_WAIT);
        if let Err(error) = remove_if_there(&self.path) {
            tracing::warn!(%error, "the socket stays");
        }
    }
}

/// Removes a socket at which nobody listens.
fn remove_stale(path: &Path) -> io::Result<()> {
    let found = match path.symlink_metadata() {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let is_stale = found.is_socket()
        && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    if is_stale { remove_if_there(path) } else { Err(ErrorKind::AddrInUse.into()) }
}

/// The application as `tower-abci` calls it. An error ends the connection, and with that CometBFT.
#[derive(Clone)]
struct Answers {
    application: Arc<Application>,
    series: CometbftSeries,
}

type Answering<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

impl Answers {
    /// What cannot be answered ends everything: the next start goes on from what is on the disk.
    fn checked<T>(&self, answer: Result<T, EngineError>) -> Result<T, BoxError> {
        answer.map_err(|error| {
            let reason = error.to_string();
            self.application.fail(error);
            reason.into()
        })
    }

    fn answer_consensus(&self, request: ConsensusRequest) -> Result<ConsensusResponse, EngineError> {
        let application = &self.application;
        Ok(match request {
            ConsensusRequest::InitChain(asked) => {
                let app_hash = app_hash(application.init_chain(chain_start(&asked)?)?)?;
                ConsensusResponse::InitChain(response::InitChain { app_hash, ..Default::default() })
            }
            ConsensusRequest::PrepareProposal(asked) => {
                let most = usize::try_from(asked.max_tx_bytes).unwrap_or_default();
                let chosen = application.choose(&asked.txs, most);
                let txs = chosen.into_iter().filter_map(|at| asked.txs.get(at).cloned()).collect();
                ConsensusResponse::PrepareProposal(response::PrepareProposal { txs })
            }
            ConsensusRequest::ProcessProposal(asked) => {
                let vote = match application.judge(&asked.txs) {
                    Vote::For => response::ProcessProposal::Accept,
                    Vote::Against(objection) => {
                        let height = asked.height.value();
                        tracing::warn!(height, ?objection, "a proposal that breaks the rules");
                        response::ProcessProposal::Reject
                    }
                };
                ConsensusResponse::ProcessProposal(vote)
            }
            ConsensusRequest::FinalizeBlock(asked) => {
                let height = asked.height.value();
                let done = application.finalize(height, asked.time, &conduct(&asked), &asked.txs)?;
                ConsensusResponse::FinalizeBlock(response::FinalizeBlock {
                    events: Vec::new(),
                    tx_results: done.outcomes.iter().map(result).collect(),
                    validator_updates: done.validator_updates.iter().map(update).collect::<Result<_, _>>()?,
                    consensus_param_updates: done.parameters,
                    app_hash: app_hash(done.app_hash)?,
                })
            }
            ConsensusRequest::Commit => {
                application.commit()?;
                // 0 keeps all.
                let retain_height = Height::try_from(application.retain_height().unwrap_or_default())?;
                ConsensusResponse::Commit(response::Commit { data: Default::default(), retain_height })
            }
            // Votes carry nothing of this application's.
            ConsensusRequest::ExtendVote(_) => {
                ConsensusResponse::ExtendVote(response::ExtendVote { vote_extension: Default::default() })
            }
            ConsensusRequest::VerifyVoteExtension(_) => {
                ConsensusResponse::VerifyVoteExtension(response::VerifyVoteExtension::Accept)
            }
        })
    }

    fn answer_snapshot(&self, request: SnapshotRequest) -> Result<SnapshotResponse, EngineError> {
        let application = &self.application;
        Ok(match request {
            SnapshotRequest::ListSnapshots => {
                let snapshots =
                    application.list_snapshots().iter().map(snapshot).collect::<Result<_, _>>()?;
                SnapshotResponse::ListSnapshots(response::ListSnapshots { snapshots })
            }
            SnapshotRequest::LoadSnapshotChunk(asked) => {
                let chunk = application.load_chunk(asked.height.value(), asked.format, asked.chunk);
                SnapshotResponse::LoadSnapshotChunk(response::LoadSnapshotChunk { chunk: chunk.into() })
            }
            SnapshotRequest::OfferSnapshot(asked) => {
                // What CometBFT has verified is of this length, or no block would follow.
                let app_hash = asked.app_hash.as_bytes().try_into().map_err(|_| EngineError::Block)?;
                let offered = Offered {
                    height: asked.snapshot.height.value(),
                    format: asked.snapshot.format,
                    chunks: asked.snapshot.chunks,
                    hash: &asked.snapshot.hash,
                    manifest: &asked.snapshot.metadata,
                    app_hash,
                };
                SnapshotResponse::OfferSnapshot(match application.offer(&offered)? {
                    Offer::Accepted => response::OfferSnapshot::Accept,
                    Offer::Rejected => response::OfferSnapshot::Reject,
                    Offer::FormatRejected => response::OfferSnapshot::RejectFormat,
                })
            }
            SnapshotRequest::ApplySnapshotChunk(asked) => {
                use response::ApplySnapshotChunkResult as Result;

                let (result, refetch_chunks, reject_senders) = match application.apply(&asked.chunk)? {
                    Applied::Accepted => (Result::Accept, Vec::new(), Vec::new()),
                    Applied::SenderRejected => {
                        tracing::warn!(
                            chunk = asked.index,
                            sender = asked.sender,
                            "another chunk than was offered"
                        );
                        (Result::Retry, vec![asked.index], vec![asked.sender])
                    }
                    Applied::SnapshotRejected => (Result::RejectSnapshot, Vec::new(), Vec::new()),
                };
                SnapshotResponse::ApplySnapshotChunk(response::ApplySnapshotChunk {
                    result,
                    refetch_chunks,
                    reject_senders,
                })
            }
        })
    }

    fn answer_info(&self, request: InfoRequest) -> Result<InfoResponse, EngineError> {
        Ok(match request {
            InfoRequest::Echo(asked) => InfoResponse::Echo(response::Echo { message: asked.message }),
            // What it asks first, whoever runs it: it says its own version.
            InfoRequest::Info(asked) => {
                self.series.check(&asked.version)?;
                // Perhaps it has just started: then it is asked whether it is up to date.
                self.application.set_catching_up(true);
                let head = self.application.head();
                InfoResponse::Info(response::Info {
                    data: "keepwell".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    app_version: self.application.version().number(),
                    last_block_height: Height::try_from(head.height)?,
                    last_block_app_hash: app_hash(head.app_hash())?,
                })
            }
            // The gateway answers, with proofs.
            InfoRequest::Query(_) => InfoResponse::Query(response::Query {
                code: Code::from(NOT_HERE),
                log: "ask the gateway".to_owned(),
                ..Default::default()
            }),
        })
    }
}

impl Service<ConsensusRequest> for Answers {
    type Response = ConsensusResponse;
    type Error = BoxError;
    type Future = Answering<ConsensusResponse>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ConsensusRequest) -> Self::Future {
        let answers = self.clone();
        // CometBFT asks one after the other, and nothing of it waits for a check of a transaction.
        Box::pin(async move { block_in_place(|| answers.checked(answers.answer_consensus(request))) })
    }
}

impl Service<MempoolRequest> for Answers {
    type Response = MempoolResponse;
    type Error = BoxError;
    type Future = Answering<MempoolResponse>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: MempoolRequest) -> Self::Future {
        let MempoolRequest::CheckTx(asked) = request;
        let application = self.application.clone();
        Box::pin(async move {
            let kind = match asked.kind {
                request::CheckTxKind::New => CheckKind::New,
                request::CheckTxKind::Recheck => CheckKind::Again,
            };
            let (code, data) = match spawn_blocking(move || application.check(&asked.tx, kind)).await? {
                CheckAnswer::Outcome(outcome) => (outcome.number(), outcome.data()),
                CheckAnswer::Full => (FULL, Vec::new()),
                CheckAnswer::Waits => (0, Vec::new()),
            };
            Ok(MempoolResponse::CheckTx(response::CheckTx {
                code: Code::from(code),
                data: data.into(),
                ..Default::default()
            }))
        })
    }
}

impl Service<InfoRequest> for Answers {
    type Response = InfoResponse;
    type Error = BoxError;
    type Future = Answering<InfoResponse>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: InfoRequest) -> Self::Future {
        let answers = self.clone();
        Box::pin(async move { block_in_place(|| answers.checked(answers.answer_info(request))) })
    }
}

impl Service<SnapshotRequest> for Answers {
    type Response = SnapshotResponse;
    type Error = BoxError;
    type Future = Answering<SnapshotResponse>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: SnapshotRequest) -> Self::Future {
        let answers = self.clone();
        Box::pin(async move { block_in_place(|| answers.checked(answers.answer_snapshot(request))) })
    }
}

/// The code of a transaction that finds no room; no block's results have it.
pub(super) const FULL: u32 = 2;
/// The code of a question that is not answered here.
const NOT_HERE: u32 = 1;

fn app_hash(hash: [u8; 32]) -> Result<AppHash, EngineError> {
    Ok(AppHash::try_from(hash.to_vec())?)
}

/// A transaction's result as a block has it: nothing that is not in its hash.
fn result(outcome: &Outcome) -> ExecTxResult {
    ExecTxResult { code: Code::from(outcome.number()), data: outcome.data().into(), ..Default::default() }
}

/// A validator as CometBFT is told of it.
fn update(validator: &Validator) -> Result<validator::Update, EngineError> {
    let pub_key = tendermint::PublicKey::from_raw_ed25519(&validator.key).ok_or(EngineError::Block)?;
    Ok(validator::Update { pub_key, power: validator.power.try_into()? })
}

/// A snapshot as CometBFT tells others of it.
fn snapshot(manifest: &Manifest) -> Result<Snapshot, EngineError> {
    Ok(Snapshot {
        height: Height::try_from(manifest.height)?,
        format: FORMAT,
        chunks: u32::try_from(manifest.chunks.len()).map_err(|_| EngineError::Block)?,
        hash: manifest.hash().to_vec().into(),
        metadata: manifest.to_cbor().into(),
    })
}

fn conduct(asked: &request::FinalizeBlock) -> Conduct {
    let has_voted = |vote: &&VoteInfo| matches!(vote.sig_info, BlockSignatureInfo::Flag(BlockIdFlag::Commit));
    let voters = asked.decided_last_commit.votes.iter().filter(has_voted).map(|vote| vote.validator.address);
    Conduct {
        voters: Some(voters.collect()),
        misbehaving: asked.misbehavior.iter().map(|evidence| evidence.validator.address).collect(),
    }
}

fn chain_start(asked: &request::InitChain) -> Result<ChainStart, EngineError> {
    let validator = |update: &validator::Update| {
        let key = update.pub_key.ed25519()?.as_bytes().try_into().ok()?;
        Some(Validator { key, power: update.power.value() })
    };
    Ok(ChainStart {
        chain_id: asked.chain_id.clone(),
        time: asked.time,
        initial_height: asked.initial_height.value(),
        validators: asked
            .validators
            .iter()
            .map(validator)
            .collect::<Option<_>>()
            .ok_or(EngineError::OtherChain)?,
        app_state: asked.app_state_bytes.to_vec(),
        parameters: asked.consensus_params.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_socket_that_nobody_listens_at_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        remove_stale(&path).unwrap();
        let living = UnixListener::bind(&path).unwrap();
        assert_eq!(remove_stale(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(living);
        remove_stale(&path).unwrap();
        assert!(!path.exists());
        std::fs::write(&path, "somebody's").unwrap();
        assert_eq!(remove_stale(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody's");
    }

    #[test]
    fn what_is_closed_to_others_is_the_socket_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let _living = UnixListener::bind(&path).unwrap();
        close_to_others(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}
