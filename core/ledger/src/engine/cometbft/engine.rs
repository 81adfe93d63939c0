//! CometBFT as a driver sees it, with all that has to be started and ended for that.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use keepwell_protocol::domain::TxId;
use keepwell_protocol::ledger::{EngineStopped, Genesis};
use tendermint::consensus;

use super::application::Application;
use super::connection::Connection;
use super::follower::Follower;
use super::process::Process;
use super::room::Disk;
use super::rpc::{Broadcast, Rpc};
use super::service::Socket;
use super::snapshot_folder::SnapshotFolder;
use super::submitter::Submitter;
use super::watch;
use crate::engine::clock::Clock;
use crate::engine::driver::{Driver, Engine, Submission};
use crate::engine::error::EngineError;
use crate::engine::pool::Lengths;
use crate::engine::progress::{Progress, lock};
use crate::state::{self, Checked, Outcome, Received};
use crate::store::Store;

/// A running CometBFT as a driver sees it.
pub struct Cometbft {
    progress: Arc<Progress>,
    application: Arc<Application>,
    submitter: Submitter,
    parts: Mutex<Option<Parts>>,
}

/// What has to be ended, in this order.
struct Parts {
    process: Option<Process>,
    socket: Socket,
    follower: JoinHandle<()>,
    watch: JoinHandle<()>,
    is_ending: Arc<AtomicBool>,
}

impl Cometbft {
    /// Answers CometBFT from now on, and runs it if that is wanted.
    ///
    /// `anchor` writes the trust anchor where that is due, and says whether it could; it is called when there is a first
    /// light block, and now and then.
    ///
    /// # Errors
    /// [`EngineError`] if store and genesis do not belong together, the socket cannot be had, or CometBFT cannot be
    /// started.
    pub fn start(
        store: Arc<Store>,
        genesis: &Genesis,
        parameters: &consensus::Params,
        connection: &Connection,
        clock: Clock,
        anchor: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Driver, EngineError> {
        let snapshots =
            SnapshotFolder::new(&connection.home, connection.snapshot_blocks, connection.block_days);
        let application = Application::new(store, genesis, parameters, snapshots, clock)?;
        let progress = application.progress().clone();
        let rpc = Arc::new(Rpc::new(connection.rpc)?);
        let disk = Disk::new(connection.home.clone(), connection.free_bytes);
        watch::look(&application, &disk)?;
        let socket = Socket::listen(&connection.socket, application.clone(), connection.series)?;
        let is_ending = Arc::new(AtomicBool::new(false));
        let follower = Follower::new(application.clone(), rpc.clone(), genesis, is_ending.clone())?;
        let follower = follower.start(Box::new(anchor))?;
        let watch = watch::start(application.clone(), disk, is_ending.clone())?;
        let parts = Parts { process: None, socket, follower, watch, is_ending };
        let (submitter, parts) = (Submitter::new(rpc), Mutex::new(Some(parts)));
        let engine = Self { progress: progress.clone(), application, submitter, parts };
        if let Some(program) = &connection.program {
            let process = Process::start(program, connection, engine.application.clone())?;
            if let Some(parts) = &mut *lock(&engine.parts) {
                parts.process = Some(process);
            }
        }
        Ok(Driver::new(progress, engine))
    }
}

impl Engine for Cometbft {
    fn knows(&self, transaction: &Received) -> bool {
        self.application.waits(transaction)
    }

    fn push(
        &self,
        transaction: Received,
        id: TxId,
        checked: &Checked,
        from: IpAddr,
    ) -> Result<Submission, EngineError> {
        if !checked.ends && !self.application.has_share(from) {
            return Ok(Submission::Busy);
        }
        let transaction = Arc::new(transaction);
        let submit = |bytes: &[u8]| self.submitter.submit(bytes);
        let outcome = match self.application.while_on_its_way(transaction.clone(), from, submit) {
            Ok(Broadcast::Waits) => checked.outcome,
            Ok(Broadcast::Full) => return Ok(Submission::Busy),
            // It waited, or was executed, between the look at the state and now: the state says what is so.
            Ok(Broadcast::Refused) => {
                let snapshot = self.progress.store().snapshot()?;
                match state::check(&snapshot, &self.progress.next(), &transaction)?.outcome {
                    Outcome::Applied(_) => return Ok(Submission::Busy),
                    outcome => outcome,
                }
            }
            Ok(Broadcast::Known) => Outcome::Applied(id),
            Err(error) => {
                // It starts or ends: whoever asks again in a moment finds it, or nobody.
                tracing::warn!(code = error.code(), "cometbft takes no transaction");
                return Ok(Submission::Busy);
            }
        };
        Ok(Submission::Checked(outcome))
    }

    fn waiting(&self) -> Lengths {
        self.application.waiting()
    }

    fn stopped(&self) -> Option<EngineStopped> {
        self.application.stopped()
    }

    fn hands_on_ends(&self) -> bool {
        // Other authorities may go on, and CometBFT passes on what it has.
        true
    }

    fn is_current(&self) -> bool {
        self.application.is_current()
    }

    fn begin_stop(&self) {
        if let Some(Parts { process: Some(process), .. }) = &*lock(&self.parts) {
            process.expect_end();
        }
    }

    fn stop(&self) -> Result<(), EngineError> {
        let Some(parts) = lock(&self.parts).take() else { return Ok(()) };
        parts.is_ending.store(true, Ordering::SeqCst);
        // While it is asked to end, CometBFT may still want answers.
        let ended = parts.process.map_or(Ok(()), Process::stop);
        self.application.end();
        parts.socket.close();
        parts.watch.thread().unpark();
        let followed = parts.follower.join().and(parts.watch.join());
        self.application.failure().map_or(Ok(()), Err)?;
        ended?;
        followed.map_err(|_| EngineError::Thread)
    }
}

/// Whatever a start that failed half-way had begun.
impl Drop for Cometbft {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(code = error.code(), "cometbft ended badly");
        }
    }
}
