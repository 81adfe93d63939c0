//! What is no request, or none that a server should work on.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::world::{Honest, SOON, ask, connect, impatient, rest, start};

/// What the server answers to these bytes, and that it ends the connection soon.
fn answer_to(server: &keepwell_server::Server, bytes: &[u8]) -> String {
    let begun = Instant::now();
    let answer = rest(connect(server, bytes));
    assert!(begun.elapsed() < SOON * 2, "{:?}", begun.elapsed());
    answer
}

#[test]
fn what_is_no_request_is_refused_and_ended() {
    let server = start(impatient());
    let honest = Honest::beside(&server);
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: -1\r\n\r\n",
        b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: 1, 2\r\n\r\n",
        b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST /length/x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip\r\n\r\nhello",
    ] {
        let answer = answer_to(&server, garbage);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 400 ");
        assert!(refused, "{:?}: {answer}", String::from_utf8_lossy(garbage));
    }
    let endless = [b"GET / HTTP/1.1\r\nx-a: ".to_vec(), vec![b'a'; 100_000]].concat();
    assert!(answer_to(&server, &endless).starts_with("HTTP/1.1 431 "));
    honest.was_served();
}

#[test]
fn an_old_client_is_answered_in_its_way() {
    let server = start(impatient());
    let answer = answer_to(&server, b"GET / HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 ") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[test]
fn pipelined_requests_are_answered_in_order_and_garbage_after_them_is_not() {
    let server = start(impatient());
    let two = b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\nGET / HTTP/1.1\r\nhost: h\r\n\r\ngarbage\r\n\r\n";
    let answer = answer_to(&server, two);
    let statuses: Vec<&str> = answer.matches("HTTP/1.1 200 ").collect();
    assert_eq!((statuses.len(), answer.matches("HTTP/1.1 400 ").count()), (2, 1), "{answer}");
    assert!(answer.find("slow").unwrap() < answer.find("127.0.0.1").unwrap());
}

#[test]
fn a_body_of_99_terabytes_is_refused_by_its_head() {
    let server = start(impatient());
    let begun = Instant::now();
    let head = b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: 99000000000000\r\n\r\n";
    let answer = rest(connect(&server, head));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(begun.elapsed() < SOON);
}

#[test]
fn a_body_in_chunks_without_end_is_refused_where_it_is_too_long_and_its_sender_sees_that() {
    let server = start(impatient());
    let mut stream =
        connect(&server, b"POST /length/x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        let chunk = [b"10000\r\n".to_vec(), vec![7; 65_536], b"\r\n".to_vec()].concat();
        let mut sent = 0_u64;
        while sending.write_all(&chunk).is_ok() {
            sent += 65_536;
        }
        sent
    });
    let answer = rest(stream.try_clone().unwrap());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let _ = stream.flush();
    drop(stream);
    assert!(sender.join().unwrap() < 200_000_000);
    // A chunk whose length is a lie.
    let lie =
        b"POST /length/x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n";
    let answer = answer_to(&server, lie);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    std::thread::sleep(Duration::from_millis(10));
    assert!(ask(&server, "/").starts_with("HTTP/1.1 200 "));
}
