//! Those who write at the same time share a commit, and those who read wait for none of them.

use keepwell_protocol::domain::BlobId;
use keepwell_protocol::vault::Commit;
use rusqlite::Connection;

use crate::support::{Client, HandClock, NOW, commit, head, references, start};

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
        for _ in 0..20 {
            assert_eq!(owner.space().version, 0);
        }
        assert!(!waiting.is_finished());
        holder.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(owner.space().version, 1);
}
