//! The server: where it may listen, and its routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use keepwell_server::{Bound, Limits, Listen, Server};

use super::guard::guard;
use super::live;
use super::requests;
use super::routes;
use super::scan;
use super::shared::Desk;
use crate::ClinicError;

impl Desk {
    /// Answers from when this returns until the server is stopped.
    ///
    /// # Errors
    /// [`ClinicError::ListenAddress`] if the address can be reached from another machine: the page speaks
    /// plain HTTP; [`ClinicError::Server`] if it is taken.
    pub fn start(self, listen: Listen) -> Result<Server, ClinicError> {
        if !listen.address.ip().is_loopback() {
            return Err(ClinicError::ListenAddress);
        }
        let limits = listen.limits;
        let bound = Bound::new("desk", listen)?;
        bound.runtime().spawn(self.clone().publish_in_turn());
        Ok(bound.start(self.clone().router(&limits), Arc::new(self))?)
    }

    /// Every page, behind the guard.
    fn router(self, limits: &Limits) -> Router {
        let longest = |bytes| DefaultBodyLimit::max(usize::try_from(bytes).unwrap_or(usize::MAX));
        let login = get(routes::login_form).post(routes::log_in).layer(longest(limits.login_bytes));
        Router::new()
            .route("/", get(routes::patients))
            .route("/login", login)
            .route("/logout", post(routes::log_out))
            .route("/sync", post(routes::sync))
            .route("/grants/{grant}", get(routes::record))
            .route("/grants/{grant}/confirm", post(routes::confirm))
            .route("/grants/{grant}/records/{record}", get(routes::file))
            .route("/share", get(routes::share_form).post(routes::open_share))
            .route("/share/scan", post(scan::scan))
            .route("/camera.js", get(scan::script))
            .route("/live/list", get(live::list))
            .route("/live/request/{request}", get(live::answer))
            .route("/live.js", get(live::script))
            .route("/request", get(requests::form).post(requests::make))
            .route("/qr", get(routes::qr))
            .route("/style.css", get(routes::style))
            .route("/favicon.ico", get(routes::no_icon))
            .fallback(routes::not_found)
            .layer(longest(limits.form_bytes))
            .layer(middleware::from_fn_with_state(self.clone(), guard))
            .with_state(self)
    }
}
