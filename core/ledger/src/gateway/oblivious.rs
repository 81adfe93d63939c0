//! Sealed questions (RFC 9458): a host brings them and does not see what is asked; the gateway does not see who asks.

use std::io::Cursor;
use std::sync::{Arc, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use bhttp::{Message, Mode};
use keepwell_protocol::crypto::ENCAPSULATED_ANSWER_OVERHEAD;
use keepwell_protocol::formats::http::{
    SEALED_ANSWER_LENGTHS, SEALED_ANSWER_TYPE, SEALED_REQUEST_LENGTHS, SEALED_REQUEST_TYPE,
};
use keepwell_server::Client;
use tower::Service;

use super::answer::Refusal;
use super::routes::Gateway;
use super::sealed::Sealed;
use crate::engine::EngineError;
use crate::gateway_keys::{OpenedQuestion, Unopened};

#[derive(Clone)]
struct SealedService {
    gateway: Arc<Gateway>,
    questions: Router,
}

/// Where sealed questions are answered, each of which is one of these.
pub(super) fn router(gateway: Arc<Gateway>, questions: Router) -> Router {
    Router::new()
        .route("/v1/oblivious", post(answer))
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(SealedService { gateway, questions })
}

async fn answer(
    State(SealedService { gateway, mut questions }): State<SealedService>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    sealed: Bytes,
) -> Result<Response, Refusal> {
    if headers.get(header::CONTENT_TYPE) != Some(&HeaderValue::from_static(SEALED_REQUEST_TYPE)) {
        return Err(Refusal::SealedType);
    }
    if !SEALED_REQUEST_LENGTHS.contains(&sealed.len()) {
        return Err(Refusal::SealedLength);
    }
    let encapsulated = sealed.get(ENCAPSULATED..).and_then(|rest| rest.first_chunk::<32>()).copied();
    let served = gateway.clone();
    let opened = gateway.turns.work(move || served.keys.open_question(&sealed)).await?;
    let OpenedQuestion { message, answer } = opened.map_err(|unopened| match unopened {
        Unopened::OtherKey => Refusal::SealedToOther,
        Unopened::Damaged => Refusal::SealedDamaged,
    })?;
    let is_new = encapsulated
        .is_some_and(|it| gateway.opened_lately.lock().unwrap_or_else(PoisonError::into_inner).note(it));
    if !is_new {
        return Err(Refusal::SealedAgain);
    }
    let answered = match read_question(&message, client) {
        Some(question) => questions.call(question).await.unwrap_or_else(|never| match never {}),
        None => Refusal::SealedDamaged.into_response(),
    };
    let message = match write_answer(answered).await {
        Some(message) => message,
        None => write_answer(Refusal::SealedAnswerTooLong.into_response()).await.ok_or(EngineError::Block)?,
    };
    let sealed = answer.encapsulate(&message).map_err(|_| EngineError::Block)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SEALED_ANSWER_TYPE)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, sealed).into_response())
}

/// The request inside: its method, path and body. To whom it says it is, is not looked at: everything here is answered
/// by this gateway.
fn read_question(message: &[u8], client: Client) -> Option<Request> {
    let message = Message::read_bhttp(&mut Cursor::new(message)).ok()?;
    let control = message.control();
    let method = Method::from_bytes(control.method()?).ok()?;
    let path = str::from_utf8(control.path()?).ok().filter(|path| path.starts_with('/'))?;
    let question = Request::builder().method(method).uri(path).extension(client).extension(Sealed);
    question.body(Body::from(message.content().to_vec())).ok()
}

/// The answer as binary HTTP, padded to the shortest length that it fits into; none if it fits into none.
async fn write_answer(answered: Response) -> Option<Vec<u8>> {
    let (head, body) = answered.into_parts();
    let body = to_bytes(body, Sealed::LONGEST_CONTENT).await.ok()?;
    let mut message = Message::response(u64::from(head.status.as_u16()).try_into().ok()?);
    for name in [header::CONTENT_TYPE, header::RETRY_AFTER] {
        if let Some(value) = head.headers.get(&name) {
            message.put_header(name.as_str(), value.as_bytes());
        }
    }
    message.write_content(&body);
    let mut written = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut written).ok()?;
    let padded = SEALED_ANSWER_LENGTHS
        .into_iter()
        .filter_map(|length| length.checked_sub(ENCAPSULATED_ANSWER_OVERHEAD))
        .find(|length| written.len() <= *length)?;
    written.resize(padded, 0);
    Some(written)
}

/// Where the encapsulated key begins in a sealed question (RFC 9458 §4.3).
const ENCAPSULATED: usize = 7;

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn an_answer_takes_the_shortest_length_and_none_beyond_the_longest() {
        let written = async |length: usize| {
            write_answer((StatusCode::OK, vec![1; length]).into_response()).await.map(|message| message.len())
        };
        assert_eq!(written(0).await, Some(4_096 - 48));
        assert_eq!(written(3_900).await, Some(4_096 - 48));
        assert_eq!(written(4_096).await, Some(16_384 - 48));
        assert_eq!(written(Sealed::LONGEST_CONTENT).await, Some(16_384 - 48));
        assert_eq!(written(Sealed::LONGEST_CONTENT + 1).await, None);
    }
}
