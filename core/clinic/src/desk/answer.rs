//! Answers: pages, redirects, files.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

/// Renders a page as HTML; status 500 where the template fails.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => body(status, "text/html; charset=utf-8", html.into_bytes()),
        Err(_) => not_rendered(),
    }
}

/// What is said where a template failed.
pub(super) fn not_rendered() -> Response {
    plain(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made")
}

/// A sentence, for whoever gets no page.
pub(super) fn plain(status: StatusCode, sentence: &'static str) -> Response {
    body(status, "text/plain; charset=utf-8", sentence.as_bytes().to_vec())
}

/// A body of a type.
pub(super) fn body(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Sends the browser elsewhere on this page, with GET.
pub(super) fn redirect(to: &'static str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(to));
    response
}
