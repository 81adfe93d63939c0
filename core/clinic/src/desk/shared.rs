//! What all requests of a desk share: the home, the sessions, the look at the ledger behind the page.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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
    refresh: Mutex<Refresh>,
    /// Held for as long as this desk is there.
    _only_desk: FileLock,
}

/// Asking the ledger behind the page where grants stand.
#[derive(Default)]
struct Refresh {
    is_running: bool,
    begun: Option<Duration>,
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
        let (home, refresh) = (home.to_owned(), Mutex::default());
        let shared = Shared { home, transport, policy, clock, sessions, refresh, _only_desk: only_desk };
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
        let now = self.shared.clock.monotonic();
        let mut refresh = self.shared.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = refresh.begun.is_none_or(|begun| now.saturating_sub(begun) >= REFRESH_EACH);
        if refresh.is_running || !is_due {
            return refresh.is_running;
        }
        *refresh = Refresh { is_running: true, begun: Some(now) };
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.with_clinic(|clinic, clock, _| clinic.refresh_some(clock)).await {
                tracing::warn!(code = error.code(), "the states of grants were not asked");
            }
            desk.shared.refresh.lock().unwrap_or_else(PoisonError::into_inner).is_running = false;
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

/// How long after one look at the ledger the next one begins at the earliest.
const REFRESH_EACH: Duration = Duration::from_secs(10);
/// How often it is looked whether something of the access log is to be published.
const PUBLISH_EACH: Duration = Duration::from_mins(10);
