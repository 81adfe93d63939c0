//! The server: what it needs, where it may listen, how it ends.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use keepwell_net::{Clock, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::TrustPolicy;
use tokio::net::TcpListener;

use super::guard::guard;
use super::routes;
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
}

impl Desk {
    /// Prepares the page of the provider in `home`, with a new login code, which is also written to
    /// `desk.code` in the home, for its owner alone.
    ///
    /// # Errors
    /// [`ClinicError::NotInitialised`], or that the store can't be opened.
    pub fn new(
        home: &Path,
        transport: Arc<dyn Transport>,
        policy: TrustPolicy,
        clock: Arc<dyn Clock>,
        rng: &mut Rng,
    ) -> Result<(Self, LoginCode), ClinicError> {
        drop(Clinic::open(home, Arc::clone(&transport), policy)?);
        let code = LoginCode::generate(rng)?;
        write_private(&Home::new(home).desk_code(), format!("{code}\n").as_bytes())?;
        let sessions = Sessions::new(&code);
        let shared = Shared { home: home.to_owned(), transport, policy, clock, sessions };
        Ok((Self { shared: Arc::new(shared) }, code))
    }

    /// Answers until `stop` ends, and lets requests that have begun end too.
    ///
    /// # Errors
    /// [`ClinicError::ListenAddress`] if the listener can be reached from another machine: the page
    /// speaks plain HTTP.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ClinicError> {
        if !listener.local_addr()?.ip().is_loopback() {
            return Err(ClinicError::ListenAddress);
        }
        Ok(axum::serve(listener, self.router()).with_graceful_shutdown(stop).await?)
    }

    /// Every page, behind the guard.
    fn router(self) -> Router {
        Router::new()
            .route("/", get(routes::patients))
            .route("/login", get(routes::login_form).post(routes::log_in))
            .route("/logout", post(routes::log_out))
            .route("/sync", post(routes::sync))
            .route("/grants/{grant}", get(routes::record))
            .route("/grants/{grant}/confirm", post(routes::confirm))
            .route("/grants/{grant}/records/{record}", get(routes::file))
            .route("/share", get(routes::share_form).post(routes::open_share))
            .route("/style.css", get(routes::style))
            .route("/favicon.ico", get(routes::no_icon))
            .fallback(routes::not_found)
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(middleware::from_fn_with_state(self.clone(), guard))
            .with_state(self)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Does something with the provider on a thread where blocking is allowed.
    ///
    /// The home is opened for each request, so that the command line can use it in between.
    pub(super) async fn with_clinic<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Clinic, &dyn Clock, &mut Rng) -> Result<T, ClinicError> + Send + 'static,
    ) -> Result<T, ClinicError> {
        let desk = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let shared = &desk.shared;
            let mut clinic = Clinic::open(&shared.home, Arc::clone(&shared.transport), shared.policy)?;
            work(&mut clinic, shared.clock.as_ref(), &mut Rng::system())
        });
        done.await.map_err(|_| ClinicError::Interrupted)?
    }
}

/// The longest body of any form: a picture and what stands around it.
const LONGEST_BODY: usize = 10 * 1024 * 1024 + 64 * 1024;
