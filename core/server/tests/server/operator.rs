//! What an operator sees and says.

use std::net::{SocketAddr, TcpListener};

use keepwell_server::{Bound, Listen, ServerError};

use crate::world::{ANYWHERE, ask, connect, impatient, rest, start, start_at};

#[test]
fn a_taken_address_is_named() {
    let taken = TcpListener::bind(ANYWHERE).unwrap();
    let address = taken.local_addr().unwrap();
    let refused = Bound::new("test", address.into()).map(drop).unwrap_err();
    assert!(matches!(refused, ServerError::AddressTaken(named) if named == address));
    assert_eq!(refused.code(), "AddressTaken");
    assert!(refused.to_string().contains(&address.to_string()), "{refused}");
    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    assert_eq!(Bound::new("test", foreign.into()).map(drop).unwrap_err().code(), "AddressUnusable");
    drop(taken);
    assert!(Bound::new("test", address.into()).is_ok());
}

#[test]
fn health_is_told_to_anybody_and_metrics_where_the_operator_says() {
    let listen = Listen { metrics: Some(ANYWHERE), limits: impatient(), ..Listen::from(ANYWHERE) };
    let server = start_at(listen, true);
    assert!(ask(&server, "/healthz").ends_with("\r\n\r\nok\n"));
    assert!(ask(&server, "/readyz").ends_with("\r\n\r\nok\n"));
    assert!(ask(&server, "/metrics").starts_with("HTTP/1.1 404 "));
    rest(connect(
        &server,
        b"POST /length/of-a-secret HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\nconnection: close\r\n\r\na",
    ));
    rest(connect(&server, b"BREW /?me HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"));
    let metrics = shown(server.metrics_address().unwrap(), "/metrics");
    assert!(metrics.starts_with("HTTP/1.1 200 "), "{metrics}");
    for line in [
        "keepwell_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1\n",
        "keepwell_requests_total{method=\"GET\",route=\"other\",status=\"404\"} 1\n",
        "keepwell_requests_total{method=\"POST\",route=\"/length/{secret}\",status=\"200\"} 1\n",
        "keepwell_requests_total{method=\"other\",route=\"/\",status=\"405\"} 1\n",
        "keepwell_request_seconds_count 5\n",
        "keepwell_connections_refused_total 0\n",
        "# HELP keepwell_test_things Things there are\n# TYPE keepwell_test_things gauge\nkeepwell_test_things 7\n",
        "keepwell_test_most 9223372036854775807\n",
        "# EOF\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
    assert!(!metrics.contains("of-a-secret"));
    assert!(shown(server.metrics_address().unwrap(), "/").starts_with("HTTP/1.1 404 "));

    let unready = start_at(Listen { limits: impatient(), ..Listen::from(ANYWHERE) }, false);
    assert!(ask(&unready, "/readyz").starts_with("HTTP/1.1 503 "));
    assert!(ask(&unready, "/healthz").starts_with("HTTP/1.1 200 "));
    assert_eq!(unready.metrics_address(), None);
}

fn shown(address: SocketAddr, path: &str) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    rest(stream)
}

#[test]
fn every_answer_has_a_number_of_its_own_that_tells_nothing() {
    let server = start(impatient());
    let id = || {
        let answer = ask(&server, "/");
        answer.split("x-request-id: ").nth(1).unwrap().split('\r').next().unwrap().to_owned()
    };
    let (first, second) = (id(), id());
    assert_eq!((first.len(), second.len()), (16, 16));
    assert_ne!(first, second);
}

#[test]
fn a_proxy_tells_for_whom_it_asks_if_it_is_trusted() {
    let asked = b"GET / HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 203.0.113.7\r\nconnection: close\r\n\r\n";
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let behind = start_at(Listen { trusted_proxies, ..Listen::from(ANYWHERE) }, true);
    assert!(rest(connect(&behind, asked)).ends_with("203.0.113.7"));
    let open = start(impatient());
    assert!(rest(connect(&open, asked)).ends_with("127.0.0.1"));
}
