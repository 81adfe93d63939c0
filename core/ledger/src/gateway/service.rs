//! The gateway as a service: who may ask now, and where.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Extension, Router};
use keepwell_protocol::ledger::SignedTransaction;
use keepwell_server::{Client, collect};

use super::answer::Refusal;
use super::routes::{Gateway, SUBMIT, Shared, questions};
use super::{entries, oblivious};

/// Every address of the gateway.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    let questions = questions(gateway.clone()).merge(entries::router(gateway.clone()));
    let sealed = oblivious::router(gateway.clone(), questions.clone());
    questions.merge(sealed).layer(from_fn_with_state(gateway, admit))
}

/// Reads the body of who may ask now; who sends slowly takes no turn.
async fn admit(
    State(gateway): Shared,
    Extension(Client(client)): Extension<Client>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    // What is handed in is counted when it is known what it does.
    if request.method() != Method::POST || request.uri().path() != SUBMIT {
        gateway.take(&gateway.allowance(client).asked, client)?;
    }
    let (head, body) = request.into_parts();
    let body = collect(body, SignedTransaction::LONGEST as u64, None).await?.bytes;
    let answer = next.run(Request::from_parts(head, body.into()));
    tokio::time::timeout(gateway.within, answer).await.map_err(|_| Refusal::TooSlow)
}
