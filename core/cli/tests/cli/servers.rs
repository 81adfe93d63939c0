//! What the three servers have in common, as their operator meets it.

use std::net::TcpListener;

use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request, Response};

use crate::keepwell::{Party, Server};

fn get(url: &str, header: Option<(&str, &str)>) -> Response {
    let mut request = Request::new(Method::Get, url);
    request.headers.extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
    HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap()
}

#[test]
fn a_taken_port_is_named_with_the_next_step_and_a_limit_that_there_is_not_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("ledger"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flags in [["--listen", &address, "--log", "text"], ["--listen", "127.0.0.1:0", "--metrics", &address]]
    {
        let run = party.run(&[&["ledger", "serve"][..], &flags[..]].concat());
        run.refused_with("AddressTaken");
        let told = run.stderr;
        assert!(told.contains(&address) && told.contains("--listen ADDR"), "{told}");
    }
    for (flag, value) in
        [("--limit", "nonsense=1"), ("--limit", "connections=0"), ("--trusted-proxy", "everybody")]
    {
        party.run(&["ledger", "serve", "--listen", "127.0.0.1:0", flag, value]).failed_with(2, "Usage");
    }
}

#[test]
fn limits_proxies_metrics_and_health_are_the_operators() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let flags = ["ledger", "serve", "--metrics", &metrics, "--limit", "rate_asked=2"];
    let flags = [&flags[..], &["--trusted-proxy", "127.0.0.0/8"]].concat();
    let server = Server::start(Party::new(folder.path().join("ledger")), &flags);
    let status = format!("{}/v1/status", server.url());
    let by = |client: &str| get(&status, Some(("forwarded", &format!("for={client}")))).status;
    assert_eq!([by("203.0.113.1"), by("203.0.113.1"), by("203.0.113.1")], [200, 200, 429]);
    assert_eq!(by("203.0.113.2"), 200);
    assert_eq!(get(&format!("{}/healthz", server.url()), None).body, b"ok\n");
    assert_eq!(get(&format!("{}/readyz", server.url()), None).status, 200);
    let shown = String::from_utf8(get(&format!("http://{metrics}/metrics"), None).body).unwrap();
    let counted = "keepwell_requests_total{method=\"GET\",route=\"/v1/status\",status=\"200\"} 3\n";
    assert!(shown.contains(counted), "{shown}");
    assert_eq!(server.stop(), Some(0));
}
