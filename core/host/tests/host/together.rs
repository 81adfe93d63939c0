//! Those who write at the same time share a commit, and those who read wait for none of them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use keepwell_host::Host;
use keepwell_protocol::domain::{BlobId, Object};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Blobs, Commit};
use rusqlite::Connection;

use crate::support::{Client, HandClock, NOW, commit, config, head, no_ledger, references, start};

#[test]
fn commits_at_once_are_each_whole_or_absent() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owners: Vec<Client> = (0..24).map(|_| Client::generate(&host, &clock)).collect();
    for owner in &owners {
        owner.open_space();
    }
    // Every other one changes heads before it comes to a blob that is not there.
    let heads = vec![head(0, 1), head(1, 1)];
    let whole = Commit { heads: heads.clone(), ..commit(1) };
    let missing = references(1, &[BlobId::from_bytes([9; 32])]);
    let broken = Commit { references_added: vec![missing], ..whole.clone() };
    let taken: Vec<_> = std::thread::scope(|scope| {
        let commits: Vec<_> = owners
            .iter()
            .enumerate()
            .map(|(at, owner)| (owner, if at % 2 == 0 { &whole } else { &broken }))
            .map(|(owner, commit)| scope.spawn(|| owner.commit(commit)))
            .collect();
        commits.into_iter().map(|commit| commit.join().unwrap()).collect()
    });
    for (at, (owner, taken)) in owners.iter().zip(taken).enumerate() {
        let space = owner.space();
        if at % 2 == 0 {
            taken.unwrap();
            assert_eq!((space.version, &space.heads), (1, &heads));
        } else {
            assert_eq!(taken.unwrap_err().1.code, "BlobMissing");
            assert_eq!((space.version, space.heads), (0, Vec::new()));
        }
    }
}

#[test]
fn reading_waits_for_nobody_who_writes() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let holder = Connection::open(home.path().join("host.sqlite")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| owner.commit(&commit(1)));
        for _ in 0..3 {
            assert_eq!(owner.space().version, 0);
        }
        assert!(!waiting.is_finished());
        holder.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(owner.space().version, 1);
}

#[test]
fn more_uploads_at_once_than_there_are_threads_are_all_taken() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let mut config = config(home.path(), "127.0.0.1:0", no_ledger());
    config.listen.limits.connections_per_client = 1_000;
    let host = Host::start(config, clock.clock()).unwrap();
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    // All but their last byte; then these, as fast as one can.
    let mut uploads: Vec<TcpStream> = (0..600_u32)
        .map(|number| {
            let body = Blobs(vec![number.to_be_bytes().to_vec().into()]).to_cbor();
            let request = owner.signed(Method::Post, "/v1/blobs", body);
            let mut stream = TcpStream::connect(host.address()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let lines = request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
            let head = format!(
                "POST /v1/blobs HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
                request.body.len(),
                lines.collect::<String>()
            );
            stream.write_all(&[head.as_bytes(), &request.body[..request.body.len() - 1]].concat()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    for (number, stream) in uploads.iter_mut().enumerate() {
        stream.write_all(&[number as u8]).unwrap();
    }
    for stream in &mut uploads {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(owner.space().version, 0);
}
