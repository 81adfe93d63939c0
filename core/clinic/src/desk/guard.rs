//! What every request passes and every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use keepwell_protocol::formats::http::is_loopback;

use super::answer::{plain, redirect};
use super::session::Use;
use super::shared::Desk;

/// Whoever is logged in, for the handlers of their requests.
#[derive(Clone)]
pub(super) struct LoggedIn {
    /// The token that each form of the session carries.
    pub(super) csrf: String,
    /// The value of the cookie.
    pub(super) cookie: String,
}

/// Lets a request through if it was meant for this page and its sender is logged in.
pub(super) async fn guard(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let mut response = match admit(&desk, &mut request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal,
    };
    let permission = response.extensions().get::<Permission>().copied();
    let (policy, features) = match permission {
        None => (POLICY, "camera=(), microphone=(), geolocation=()"),
        Some(Permission::Script) => (POLICY_WITH_SCRIPT, "camera=(), microphone=(), geolocation=()"),
        Some(Permission::Camera) => (POLICY_WITH_SCRIPT, "camera=(self), microphone=(), geolocation=()"),
    };
    let of_page = [("content-security-policy", policy), ("permissions-policy", features)];
    for (name, value) in HEADERS.into_iter().chain(of_page) {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// What a page may do beside showing itself and sending forms. A handler puts it into its answer; a page of any other may do nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Permission {
    /// Run the desk's own scripts and ask the desk.
    Script,
    /// The same, and use the camera.
    Camera,
}

#[expect(clippy::result_large_err, reason = "the answer of one request, made and sent once")]
fn admit(desk: &Desk, request: &mut Request) -> Result<(), Response> {
    let Some(host) = own_host(request.headers(), request.uri()) else {
        // A name that leads here but is not ours: DNS rebinding.
        return Err(plain(StatusCode::MISDIRECTED_REQUEST, "this page is for this machine only"));
    };
    if request.method() != Method::GET && !is_from_own_page(request.headers(), &host) {
        return Err(plain(StatusCode::FORBIDDEN, "this request did not come from this page"));
    }
    let session = cookie(request.headers(), COOKIE).and_then(|cookie| {
        let by = if ASKED_BY_PAGES.iter().any(|path| request.uri().path().starts_with(path)) {
            Use::Page
        } else {
            Use::Person
        };
        let csrf = desk.shared.sessions.csrf(&cookie, by, desk.now())?;
        Some(LoggedIn { csrf, cookie })
    });
    match (session, request.uri().path()) {
        (Some(session), _) => {
            request.extensions_mut().insert(session);
            Ok(())
        }
        (None, "/login" | "/style.css" | "/favicon.ico") => Ok(()),
        (None, _) => Err(redirect("/login")),
    }
}

/// The authority that the request is for, if it is this machine by number or by its own name.
fn own_host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let host = match headers.get(header::HOST) {
        Some(host) => host.to_str().ok()?,
        None => uri.authority()?.as_str(),
    };
    let url = url::Url::parse(&format!("http://{host}/")).ok()?;
    is_loopback(&url).then(|| host.to_owned())
}

/// Whether a browser says that the form was sent by a page of ours; older ones say nothing, and the
/// form's token decides.
fn is_from_own_page(headers: &HeaderMap, host: &str) -> bool {
    let is = |name: &str, expected: &[&str]| match headers.get(name) {
        None => true,
        Some(value) => value.to_str().is_ok_and(|value| expected.contains(&value)),
    };
    is("origin", &[&format!("http://{host}")]) && is("sec-fetch-site", &["same-origin", "none"])
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// What lies below these a page asks for by itself.
const ASKED_BY_PAGES: [&str; 2] = ["/live/", "/share/scan"];
/// The name of the session cookie.
pub(super) const COOKIE: &str = "keepwell-desk";
/// The name of the cookie by which a browser is known that was let in once.
pub(super) const BROWSER_COOKIE: &str = "keepwell-desk-browser";

/// Nothing but our own style sheet and forms.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The same with our own scripts, which ask nobody else.
const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Never framed, kept or sniffed. Without any referrer browsers would not say where our own forms come from either (Fetch, "append a
/// request Origin header").
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_names_of_this_machine_are_ours() {
        let uri = Uri::from_static("/");
        for own in ["127.0.0.1:80", "localhost", "[::1]:9", "127.1.2.3"] {
            assert!(own_host(&headers(&[("host", own)]), &uri).is_some(), "{own}");
        }
        for other in
            ["rebound.example", "192.168.0.1", "localhost.example", "localhost@example.org", "", "127.0.0.1/"]
        {
            let found = own_host(&headers(&[("host", other)]), &uri);
            assert!(found.is_none() || other == "127.0.0.1/", "{other}");
        }
    }

    #[test]
    fn a_form_of_another_page_is_not_ours() {
        let host = "127.0.0.1:80";
        for (pairs, own) in [
            (&[][..], true),
            (&[("origin", "http://127.0.0.1:80")], true),
            (&[("origin", "http://127.0.0.1:81")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
        ] {
            assert_eq!(is_from_own_page(&headers(pairs), host), own, "{pairs:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(
            cookie(&headers(&[("cookie", "a=b; keepwell-desk=x; c=d")]), COOKIE).as_deref(),
            Some("x")
        );
        assert_eq!(
            cookie(&headers(&[("cookie", "keepwell-desk-browser=x; akeepwell-desk=y")]), COOKIE),
            None
        );
    }
}
