//! The viewer page: one page for every link, with a policy that lets nothing in and nothing out.

use keepwell_protocol::formats::http::{Method, Response};

use crate::support::{Client, HandClock, NOW, code, start};

#[test]
fn the_page_and_its_files_are_served_with_a_strict_policy() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let visitor = Client::generate(&host, &clock);
    let get = |path: &str| -> Response { visitor.plain(Method::Get, path, Vec::new()) };

    let page = get("/view");
    let html = String::from_utf8(page.body.clone()).unwrap();
    for (path, content_type, begins) in [
        ("/view", "text/html; charset=utf-8", &b"<!doctype html>"[..]),
        ("/view/style.css", "text/css; charset=utf-8", b"/* One style sheet"),
        ("/view/view.js", "text/javascript; charset=utf-8", b"// The viewer page"),
        ("/view/link.js", "text/javascript; charset=utf-8", b"// A SMART Health Link"),
        ("/view/words.js", "text/javascript; charset=utf-8", b"// The page"),
        ("/view/view.wasm", "application/wasm", b"\0asm"),
    ] {
        let answer = get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{path}");
        assert!(answer.body.starts_with(begins), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{path}");
        for rule in ["script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|it| it == rule), "{path}: {rule}");
        }
        assert!(
            !policy.contains("'unsafe-inline'") && !policy.contains('*') && !policy.contains("http"),
            "{path}"
        );
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}: it is for no other page");
    }
    // What the policy would refuse is not in it.
    assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("onclick"));
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains(r#"<script type="module" src="view/view.js"></script>"#));

    // The module is small enough to be waited for at a front desk.
    assert!(get("/view/view.wasm").body.len() < 1024 * 1024);

    for nothing in ["/view/", "/view/nothing", "/view/view.js/x", "/viewer"] {
        assert_eq!(code(&get(nothing)), (404, "NotFound".into()), "{nothing}");
    }
    assert_eq!(code(&visitor.plain(Method::Post, "/view", Vec::new())), (404, "NotFound".into()));
}
