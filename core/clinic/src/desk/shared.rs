//! What all requests of a desk share: the home, the sessions, the look at the ledger behind the page.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keepwell_net::{Clock, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_server::{FileLock, blocking};

use super::browsers::Browsers;
use super::session::{LoginCode, Sessions};
use crate::home::{Home, write_private};
use crate::{Clinic, ClinicError};

/// The desk page of one provider.
#[derive(Clone)]
pub struct Desk {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    home: PathBuf,
    transport: Arc<dyn Transport>,
    policy: TrustPolicy,
    clock: Arc<dyn Clock>,
    pub(super) sessions: Sessions,
    refresh: Mutex<Turn>,
    look: Mutex<Turn>,
    /// Held for as long as this desk is there.
    _only_desk: FileLock,
}

/// Something that is done behind the page, once at a time and not too often.
#[derive(Default)]
struct Turn {
    is_running: bool,
    begun: Option<Duration>,
    /// The code of why it was not done the last time.
    failed: Option<String>,
}

impl Desk {
    /// Prepares the page of the provider in `home`, with a new login code, which is also written to
    /// `desk.code` in the home, for its owner alone. A home has one desk at a time.
    ///
    /// # Errors
    /// [`ClinicError::DeskRunning`], [`ClinicError::NotInitialised`], or that the store can't be opened.
    pub fn new(
        home: &Path,
        transport: Arc<dyn Transport>,
        policy: TrustPolicy,
        clock: Arc<dyn Clock>,
        rng: &mut Rng,
    ) -> Result<(Self, LoginCode), ClinicError> {
        drop(Clinic::open(home, Arc::clone(&transport), policy)?);
        let paths = Home::new(home);
        // Before the code: that of a desk which is running is not to be lost.
        let only_desk = paths.lock_desk()?;
        let code = LoginCode::generate(rng)?;
        write_private(&paths.desk_code(), format!("{code}\n").as_bytes())?;
        let sessions = Sessions::new(&code, Browsers::read(paths.desk_browsers()));
        let (home, refresh, look) = (home.to_owned(), Mutex::default(), Mutex::default());
        let shared =
            Shared { home, transport, policy, clock, sessions, refresh, look, _only_desk: only_desk };
        Ok((Self { shared: Arc::new(shared) }, code))
    }

    pub(super) fn open(&self) -> Result<Clinic, ClinicError> {
        let shared = &self.shared;
        Clinic::open(&shared.home, Arc::clone(&shared.transport), shared.policy)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Has the ledger asked where grants stand, without waiting for it; answers whether that is under way.
    pub(super) fn refresh_behind(&self) -> bool {
        self.take_turn(|shared| &shared.refresh, |clinic, clock, _| clinic.refresh_some(clock))
    }

    /// Has new grants looked for, without waiting for it.
    pub(super) fn look_behind(&self) {
        self.take_turn(|shared| &shared.look, |clinic, clock, rng| clinic.sync(clock, rng).map(drop));
    }

    /// The code of why new grants could not be looked for behind the page the last time.
    pub(super) fn look_failed(&self) -> Option<String> {
        self.turn(|shared| &shared.look).failed.clone()
    }

    fn turn(&self, of: fn(&Shared) -> &Mutex<Turn>) -> MutexGuard<'_, Turn> {
        of(&self.shared).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins something if it is its turn; answers whether it is under way.
    fn take_turn(
        &self,
        of: fn(&Shared) -> &Mutex<Turn>,
        work: fn(&mut Clinic, &dyn Clock, &mut Rng) -> Result<(), ClinicError>,
    ) -> bool {
        let now = self.shared.clock.monotonic();
        let mut turn = self.turn(of);
        let is_due = turn.begun.is_none_or(|begun| now.saturating_sub(begun) >= TURN_EACH);
        if turn.is_running || !is_due {
            return turn.is_running;
        }
        (turn.is_running, turn.begun) = (true, Some(now));
        let desk = self.clone();
        tokio::spawn(async move {
            let failed = desk.with_clinic(work).await.err().map(|error| error.code().to_owned());
            if let Some(code) = &failed {
                tracing::warn!(code, "what is done behind the page was not done");
            }
            let mut turn = desk.turn(of);
            (turn.is_running, turn.failed) = (false, failed);
        });
        true
    }

    /// Publishes the access log again and again, whether anybody looks at the page or not.
    pub(super) async fn publish_in_turn(self) {
        let mut turns = tokio::time::interval(PUBLISH_EACH);
        loop {
            turns.tick().await;
            let published = self.with_clinic(|clinic, clock, rng| clinic.publish_access_log(clock, rng));
            if let Err(error) = published.await {
                tracing::warn!(code = error.code(), "the access log was not published");
            }
        }
    }

    /// Does something with the provider on a thread where blocking is allowed.
    ///
    /// The home is opened for each request, so that the command line can use it in between.
    pub(super) async fn with_clinic<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Clinic, &dyn Clock, &mut Rng) -> Result<T, ClinicError> + Send + 'static,
    ) -> Result<T, ClinicError> {
        let desk = self.clone();
        let done = blocking(move || {
            let mut clinic = desk.open()?;
            work(&mut clinic, desk.shared.clock.as_ref(), &mut Rng::system())
        });
        done.await.map_err(|_| ClinicError::Interrupted)?
    }
}

/// How long after one turn the next one begins at the earliest.
const TURN_EACH: Duration = Duration::from_secs(10);
/// How often it is looked whether something of the access log is to be published.
const PUBLISH_EACH: Duration = Duration::from_mins(10);
