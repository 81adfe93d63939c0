//! What a page asks for by itself, so that nobody has to load it again: the list of patients, the answer to a request.

use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use keepwell_protocol::domain::RequestId;

use super::answer::{body, page, plain};
use super::guard::LoggedIn;
use super::labels;
use super::pages::{ListPart, name};
use super::routes::{message, patient_list};
use super::shared::Desk;
use crate::ClinicError;

/// The list of patients as a part of a page; new grants are looked for behind it.
pub(super) async fn list(State(desk): State<Desk>, Extension(session): Extension<LoggedIn>) -> Response {
    desk.look_behind();
    match patient_list(&desk, &session, None).await {
        Ok((_, list)) => page(StatusCode::OK, &ListPart { list }),
        Err(error) => message(&desk, &session, &error, "/").await,
    }
}

/// Who answered a request, as a part of a page; status 204 as long as nobody did.
pub(super) async fn answer(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    Path(request): Path<String>,
) -> Response {
    let Ok(request) = RequestId::parse(&request) else {
        return message(&desk, &session, &ClinicError::UnknownRecord, "/").await;
    };
    desk.look_behind();
    let answered = desk.with_clinic(move |clinic, _, _| clinic.answer_to(request)).await;
    match answered {
        Ok(Some(grant)) => {
            let (name, born) = (name(&grant), grant.patient.birth_date.clone());
            page(StatusCode::OK, &Answered { name, born, id: grant.grant.to_string() })
        }
        Ok(None) => match desk.look_failed() {
            Some(code) => plain(StatusCode::BAD_GATEWAY, labels::sentence(&code)),
            None => plain(StatusCode::NO_CONTENT, ""),
        },
        Err(error) => message(&desk, &session, &error, "/").await,
    }
}

/// The script that asks.
pub(super) async fn script() -> Response {
    body(StatusCode::OK, "text/javascript; charset=utf-8", include_bytes!("../../scripts/live.js").to_vec())
}

#[derive(Template)]
#[template(path = "answered.html")]
struct Answered {
    name: String,
    born: Option<String>,
    id: String,
}
