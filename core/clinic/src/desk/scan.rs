//! Looking for a link in what a camera sees.

use axum::extract::{Extension, Multipart};
use axum::http::StatusCode;
use axum::response::Response;
use keepwell_protocol::formats::shl::ShareLink;
use keepwell_server::blocking;

use super::answer::{body, plain};
use super::guard::LoggedIn;
use super::labels;
use super::routes::{ShareForm, is_genuine};
use crate::{ShareError, read_picture};

/// Answers the link in a frame as text; status 204 where no code is seen, 422 and why where the code is no link, 415 of what is no picture.
/// Nothing is opened and nothing is kept.
pub(super) async fn scan(Extension(session): Extension<LoggedIn>, form: Multipart) -> Response {
    let Ok(form) = ShareForm::read(form).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, labels::sentence("PictureUnreadable"));
    };
    if !is_genuine(&session, Some(&form.csrf)) {
        return plain(StatusCode::FORBIDDEN, "this request did not come from this page");
    }
    let picture = form.picture;
    match blocking(move || read_picture(&picture)).await {
        Ok(Ok(text)) if ShareLink::parse(&text).is_ok() => {
            body(StatusCode::OK, "text/plain; charset=utf-8", text.into_bytes())
        }
        Ok(Ok(_)) => plain(StatusCode::UNPROCESSABLE_ENTITY, labels::sentence("NotAHealthLink")),
        Ok(Err(ShareError::NoCode)) => plain(StatusCode::NO_CONTENT, ""),
        Ok(Err(_)) => plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, labels::sentence("PictureUnreadable")),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the picture was not looked at"),
    }
}

/// The script that asks the camera for frames.
pub(super) async fn script() -> Response {
    body(StatusCode::OK, "text/javascript; charset=utf-8", include_bytes!("../../scripts/camera.js").to_vec())
}
