//! Who dawdles is cut off: over a head, a body, an answer, or by asking nothing.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::world::{Honest, LARGE, SOON, ask, connect, impatient, rest, start};

/// How long it takes until the server ends a connection, and what it said.
fn end_of(stream: TcpStream) -> (Duration, String) {
    let begun = Instant::now();
    let text = rest(stream);
    (begun.elapsed(), text)
}

#[test]
fn who_never_ends_a_head_is_cut_off_and_who_waits_for_an_answer_is_not() {
    let server = start(impatient());
    for dawdler in ["GET / HT", "GET / HTTP/1.1\r\nhost: h\r\nx-a: "] {
        let (took, said) = end_of(connect(&server, dawdler.as_bytes()));
        assert!(took >= Duration::from_millis(500) && took < SOON, "{took:?}");
        assert_eq!(said, "");
    }
    let answer = ask(&server, "/slow");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("slow"), "{answer}");
}

#[test]
fn who_drips_a_head_is_cut_off_all_the_same() {
    let server = start(impatient());
    let begun = Instant::now();
    let mut stream = connect(&server, b"GET / HTTP/1.1\r\n");
    while stream.write_all(b"x-a: b\r\n").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
        assert!(begun.elapsed() < SOON * 2);
    }
}

#[test]
fn who_asks_nothing_is_cut_off_before_and_after_a_request() {
    let server = start(impatient());
    let (took, said) = end_of(connect(&server, b""));
    assert!(took >= Duration::from_millis(600) && took < SOON, "{took:?}");
    assert_eq!(said, "");
    let (took, said) = end_of(connect(&server, b"GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
    assert!(took >= Duration::from_millis(600) && took < SOON, "{took:?}");
    assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("127.0.0.1"), "{said}");
}

#[test]
fn who_sends_a_body_too_slowly_hears_so_and_who_sends_it_steadily_is_answered() {
    let server = start(impatient());
    let head = b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: 400000\r\nconnection: close\r\n\r\n";
    let (took, said) = end_of(connect(&server, head));
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(took >= Duration::from_millis(500) && took < SOON * 2, "{took:?}");
    // It never stands still, but is slower than the floor.
    let mut drips = connect(&server, head);
    let mut dripping = drips.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        while dripping.write_all(&[7; 100]).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let (took, said) = end_of(drips.try_clone().unwrap());
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(took >= Duration::from_millis(1_000) && took < SOON * 2, "{took:?}");
    let _ = drips.flush();
    thread.join().unwrap();
    // A steady one takes longer than the grace.
    let mut steady = connect(&server, head);
    for _ in 0..20 {
        steady.write_all(&[7; 20_000]).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(rest(steady).ends_with("400000"));
}

#[test]
fn who_does_not_read_is_cut_off_while_another_is_served() {
    let server = start(impatient());
    let honest = Honest::beside(&server);
    let crowd = crate::world::crowd(&server, 20, b"GET /large HTTP/1.1\r\nhost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(2_500));
    honest.was_served();
    for socket in crowd.sockets {
        let socket = socket.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(SOON * 5)).unwrap();
        // What the system had taken still comes, then the end.
        let (took, said) = end_of(socket);
        assert!(took < SOON && said.len() < LARGE.len(), "{} in {took:?}", said.len());
    }
}
