//! The transport against servers that answer well, badly, slowly and not at all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use keepwell_net::{HttpTransport, Limits, NetError, Reach, Timeouts, Transport};
use keepwell_protocol::formats::http::{Method, Request, Response};

/// Answers each connection by `answer` and reports what it was asked.
fn server(answer: impl Fn(&mut TcpStream, &str) + Send + 'static) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            answer(&mut stream, &head);
            let _ = sender.send(head);
        }
    });
    (address, receiver)
}

fn always(bytes: &'static str) -> SocketAddr {
    server(move |stream, _| {
        let _ = stream.write_all(bytes.as_bytes());
    })
    .0
}

fn transport() -> HttpTransport {
    let short = Duration::from_millis(400);
    HttpTransport::with_timeouts(Timeouts { idle: short, grace: 2 * short, floor: 1_000 }).unwrap()
}

fn ask(address: SocketAddr, limits: Limits) -> Result<Response, NetError> {
    transport().send(Request::new(Method::Get, format!("http://{address}/thing")), limits)
}

#[test]
fn an_answer_is_returned_whatever_its_status() {
    for status in [200, 202, 301, 404, 409, 503] {
        let (address, asked) = server(move |stream, _| {
            write!(stream, "HTTP/1.1 {status} X\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nok").unwrap();
        });
        let answer = ask(address, Limits::CONFIGURED).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, b"ok".as_slice()));
        assert!(answer.headers.contains(&("retry-after".into(), "3".into())));
        let head = asked.recv().unwrap();
        assert!(head.starts_with("GET /thing HTTP/1.1\r\n"), "{head}");
        assert!(!head.to_lowercase().contains("accept-encoding"), "{head}");
    }
}

#[test]
fn a_server_that_asks_for_a_pause_gets_it_and_is_asked_other_things_meanwhile() {
    let (address, asked) = server(|stream, head| {
        let status = if head.starts_with("GET /busy") { "429 Busy" } else { "200 OK" };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nRetry-After: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        )
        .unwrap();
    });
    let transport = transport();
    let ask = |path: &str| {
        let request = Request::new(Method::Get, format!("http://{address}{path}"));
        transport.send(request, Limits::CONFIGURED).unwrap().status
    };
    assert_eq!(
        [ask("/busy"), ask("/busy"), ask("/idle"), ask("/idle"), ask("/busy")],
        [429, 429, 200, 200, 429]
    );
    thread::sleep(Duration::from_millis(1_050));
    assert_eq!(ask("/busy"), 429);
    let heads: Vec<String> = asked.try_iter().collect();
    assert_eq!(heads.iter().filter(|head| head.starts_with("GET /busy")).count(), 2, "{heads:?}");
}

#[test]
fn bodies_and_headers_go_out_as_given() {
    let (address, asked) = server(|stream, _| {
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap();
        stream.write_all(&body).unwrap();
    });
    let mut request = Request::new(Method::Post, format!("http://{address}/"));
    request.headers.push(("x-test".into(), "one".into()));
    request.body = b"bytes".to_vec();
    assert_eq!(transport().send(request, Limits::CONFIGURED).unwrap().body, b"bytes");
    assert!(asked.recv().unwrap().contains("x-test: one\r\n"));
}

#[test]
fn an_answer_over_the_limit_is_refused_announced_or_not() {
    let limits = Limits { max_body: 10, ..Limits::CONFIGURED };
    let exact = always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    assert_eq!(ask(exact, limits).unwrap().body.len(), 10);
    let too_large = Err(NetError::ResponseTooLarge { limit: 10 });
    let announced = always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(ask(announced, limits).map(|answer| answer.status), too_large);
    let endless = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(b"5\r\nhello\r\n").is_ok() {}
    });
    assert_eq!(ask(endless.0, limits).map(|answer| answer.status), too_large);
}

#[test]
fn a_compressed_answer_stays_as_it_is() {
    let address =
        always("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x0b\x08\x00");
    assert_eq!(ask(address, Limits::CONFIGURED).unwrap().body.len(), 4);
}

#[test]
fn what_stands_still_or_drips_ends() {
    let silent = server(|_, _| thread::sleep(Duration::from_secs(5))).0;
    let dripping = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let stalled = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
        thread::sleep(Duration::from_secs(5));
    });
    let of_transport = (None, Duration::from_secs(3));
    // Whoever asks may have less time than the transport gives.
    let of_caller = (Some(Duration::from_millis(100)), Duration::from_millis(450));
    for (within, longest) in [of_transport, of_caller] {
        for address in [silent, dripping.0, stalled.0] {
            let started = Instant::now();
            let limits = Limits { until: within.map(|within| started + within), ..Limits::CONFIGURED };
            assert_eq!(ask(address, limits).map(|answer| answer.status), Err(NetError::Timeout));
            assert!(started.elapsed() < longest, "{:?}", started.elapsed());
        }
    }
}

#[test]
fn what_is_slow_but_arrives_takes_its_time() {
    // Longer than the grace, faster than the floor.
    let slow = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\n\r\n");
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(100));
            let _ = stream.write_all(&[b'x'; 400]);
        }
    });
    let started = Instant::now();
    assert_eq!(ask(slow.0, Limits::CONFIGURED).unwrap().body.len(), 8_000);
    assert!(started.elapsed() > Duration::from_secs(1));
    // A large body that the server takes slowly.
    let slow = server(|stream, _| {
        let (mut taken, mut part) = (0, vec![0; 256 * 1024]);
        while taken < LARGE {
            thread::sleep(Duration::from_millis(100));
            taken += stream.read(&mut part).unwrap();
        }
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let request = Request::new(Method::Post, format!("http://{}/", slow.0)).with_body(vec![7; LARGE]);
    let started = Instant::now();
    assert_eq!(transport().send(request, Limits::CONFIGURED).unwrap().status, 204);
    assert!(started.elapsed() > Duration::from_secs(1), "{:?}", started.elapsed());
}

const LARGE: usize = 8_000_000;

#[test]
fn a_time_that_is_over_is_not_granted_anew_by_a_redirect() {
    let (address, _) = server(|stream, head| {
        thread::sleep(Duration::from_millis(350));
        let answer = if head.starts_with("GET /thing ") {
            "HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        } else {
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let ask_within = |milliseconds| {
        let until = Some(Instant::now() + Duration::from_millis(milliseconds));
        let limits = Limits { redirects: 1, until, ..Limits::CONFIGURED };
        let request = Request::new(Method::Get, format!("http://{address}/thing"));
        HttpTransport::new().unwrap().send(request, limits).map(|answer| answer.status)
    };
    assert_eq!(ask_within(600), Err(NetError::Timeout));
    assert_eq!(ask_within(30_000), Ok(204));
}

#[test]
fn a_broken_connection_is_told_from_no_connection() {
    let short = always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
    assert_eq!(ask(short, Limits::CONFIGURED).map(|answer| answer.status), Err(NetError::ConnectionBroken));
    let garbage = always("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    assert_eq!(ask(garbage, Limits::CONFIGURED).map(|answer| answer.status), Err(NetError::ConnectionBroken));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(ask(closed, Limits::CONFIGURED).map(|answer| answer.status), Err(NetError::Offline));
}

#[test]
fn redirects_are_followed_only_when_asked_and_checked_each_time() {
    let (address, asked) = server(|stream, head| {
        let target = if head.starts_with("GET /thing ") { "/moved" } else { "http://192.168.7.7/inside" };
        write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
    });
    assert_eq!(ask(address, Limits::CONFIGURED).unwrap().status, 302);
    assert!(asked.recv().unwrap().starts_with("GET /thing "));
    let one = Limits { redirects: 1, ..Limits::CONFIGURED };
    assert_eq!(ask(address, one).unwrap().status, 302);
    assert!(asked.recv().unwrap().starts_with("GET /thing "));
    assert!(asked.recv().unwrap().starts_with("GET /moved "));
    let two = Limits { redirects: 2, ..Limits::CONFIGURED };
    assert_eq!(ask(address, two).map(|answer| answer.status), Err(NetError::AddressRefused));
}

#[test]
fn a_foreign_name_that_leads_home_is_refused() {
    let (address, asked) = server(|_, _| ());
    let port = address.port();
    // The name of this machine resolves to an address that is not public.
    let hostname = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let hostname = hostname.trim();
    for host in ["127.0.0.1", "localhost", hostname].into_iter().filter(|host| !host.is_empty()) {
        let url = format!("https://{host}:{port}/");
        let answer = transport().send(Request::new(Method::Get, url.clone()), Limits::FOREIGN);
        assert!(matches!(answer, Err(NetError::AddressRefused | NetError::Offline)), "{url}");
    }
    assert!(asked.try_recv().is_err());
    let loopback = Limits { reach: Reach::ForeignOrLoopback, ..Limits::FOREIGN };
    let answer = transport().send(Request::new(Method::Get, format!("http://localhost:{port}/")), loopback);
    assert_eq!(answer.map(|answer| answer.status), Err(NetError::ConnectionBroken));
    assert!(asked.recv().is_ok());
}

#[test]
fn a_server_without_a_trusted_certificate_gets_no_request() {
    let (address, _) = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let request = Request::new(Method::Get, format!("https://{address}/"));
    assert!(transport().send(request, Limits::CONFIGURED).is_err());
}
