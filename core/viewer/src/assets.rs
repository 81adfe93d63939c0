//! What a host serves.

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name under the page's address; empty for the page itself.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content, in pieces.
    pub content: &'static [&'static [u8]],
}

/// Every file of the page.
pub const ASSETS: &[Asset] = &[
    Asset {
        name: "",
        content_type: "text/html; charset=utf-8",
        content: &[include_bytes!("../page/view.html")],
    },
    Asset {
        name: "style.css",
        content_type: "text/css; charset=utf-8",
        content: &[keepwell_page::STYLE.as_bytes(), include_bytes!("../page/view.css")],
    },
    Asset {
        name: "view.js",
        content_type: "text/javascript; charset=utf-8",
        content: &[include_bytes!("../page/view.js")],
    },
    Asset {
        name: "link.js",
        content_type: "text/javascript; charset=utf-8",
        content: &[include_bytes!("../page/link.js")],
    },
    Asset {
        name: "words.js",
        content_type: "text/javascript; charset=utf-8",
        content: &[include_bytes!("../page/words.js")],
    },
    Asset {
        name: "view.wasm",
        content_type: "application/wasm",
        content: &[include_bytes!(concat!(env!("OUT_DIR"), "/viewer.wasm"))],
    },
];

/// What goes with each of them. Only scripts and styles of the host itself, requests to nobody else, and no page around this one.
pub const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];
