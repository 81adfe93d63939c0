//! Time stamps: records are proved to have existed, to who has the proof and an anchor, and nobody learns of what.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use keepwell_net::NetError;
use keepwell_protocol::crypto::{record_id, sha256};
use keepwell_protocol::domain::{Object as _, RecordId, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{
    EntryReceipt, ExistenceProof, ProofError, TrustAnchor, TrustPolicy, verify_existence,
};
use keepwell_wallet::{ImportFile, Network, TimeStampCounts, Wallet};

use crate::parties::{PATIENT, Parties, create, record};

fn import(wallet: &mut Wallet, records: &[Vec<u8>]) {
    let lines = records.join(&b'\n');
    let mut file = [ImportFile::from_bytes("", &lines)];
    wallet.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();
}

fn counts(wallet: &Wallet) -> (u64, u64) {
    let TimeStampCounts { waiting, proved } = wallet.time_stamps().unwrap();
    (waiting, proved)
}

/// Exchanges until nothing waits any more.
fn await_proofs(wallet: &mut Wallet, network: Network<'_>) {
    let begun = Instant::now();
    while counts(wallet).0 > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the ledger records nothing");
        assert_eq!(wallet.exchange_time_stamps(network).unwrap().offline, None);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What somebody finds who has a document, a proof and the anchor, and no wallet.
fn check(parties: &Parties, proof: &[u8], document: &[u8]) -> Result<Timestamp, ProofError> {
    let trusted = TrustAnchor::parse(&parties.anchor()).unwrap().trusted_state();
    let now = parties.clock.read();
    let shown = verify_existence(proof, &sha256(document), &trusted, &TrustPolicy::DEMONSTRATION, now);
    shown.map(|shown| shown.time)
}

fn ids(records: &[Vec<u8>]) -> Vec<RecordId> {
    records.iter().map(|bytes| record_id(bytes)).collect()
}

#[test]
fn records_are_proved_to_have_existed_and_no_server_learns_of_what() {
    let (mut parties, tap) = Parties::start_sealed();
    parties.collect(2);
    let (mut wallet, _) = parties.wallet();
    let records = [PATIENT.to_vec(), record("MedicationRequest", "a"), record("Condition", "b")];
    import(&mut wallet, &records);
    let ids = ids(&records);
    assert_eq!(wallet.time_stamp_proof(&ids[0]).unwrap_err().code(), "NotStamped");
    assert_eq!(wallet.stamp_all_records().unwrap(), 3);
    assert_eq!(wallet.time_stamp_proof(&ids[0]).unwrap_err().code(), "TimeStampWaiting");
    assert_eq!((wallet.stamp_all_records().unwrap(), counts(&wallet)), (0, (3, 0)), "once is enough");

    let before = parties.clock.read();
    let sealed = tap.heard().len();
    // Whoever asks about an entry in the open hears nothing.
    parties.wire.intrude(|request| request.url.contains("/v1/entries/").then_some(Err(NetError::Timeout)));
    await_proofs(&mut wallet, parties.network());
    parties.wire.leave();
    assert!(tap.heard().len() > sealed, "asked by sealed questions");
    parties.ledger.take().unwrap().stop().unwrap();
    for (id, bytes) in ids.iter().zip(&records) {
        let shown = wallet.time_stamp_proof(id).unwrap();
        assert_eq!((&wallet.record_bytes(id).unwrap(), shown.document), (bytes, sha256(bytes)));
        let time = check(&parties, &shown.proof, bytes).unwrap();
        assert_eq!(time, shown.time);
        assert!(before.0 <= time.0 + 30 && time <= parties.clock.read());
        assert_eq!(check(&parties, &shown.proof, b"another"), Err(ProofError::BadProof));
        let cut = &shown.proof[..shown.proof.len() - 1];
        assert_eq!(check(&parties, cut, bytes), Err(ProofError::Malformed));
        // All three were handed in as one, so nobody saw how many they are.
        let proof = ExistenceProof::from_cbor(&shown.proof).unwrap();
        assert_eq!((proof.receipt.batch().unwrap().count, proof.group.unwrap().count), (1, 3));
    }
    let [first, second] = [0, 1].map(|at| wallet.time_stamp_proof(&ids[at]).unwrap().proof);
    assert_eq!(check(&parties, &first, &records[1]), Err(ProofError::BadProof));
    assert_ne!(first, second);

    // Neither the hash of a record nor its id is in anything that the servers keep.
    for folder in ["ledger", "host"] {
        for entry in std::fs::read_dir(parties.path(folder)).unwrap() {
            let Ok(kept) = std::fs::read(entry.unwrap().path()) else { continue };
            for bytes in &records {
                let ids = [sha256(bytes), *record_id(bytes).as_bytes()];
                for id in ids {
                    assert!(!kept.windows(32).any(|window| window == id), "{folder} tells of a record");
                }
            }
        }
    }
}

#[test]
fn what_waits_outlasts_silent_lying_and_forgetful_servers_and_kills() {
    let mut parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    let records = [PATIENT.to_vec(), record("Condition", "b")];
    import(&mut wallet, &records);
    let id = ids(&records)[1];
    assert_eq!(wallet.stamp_records(&[id]).unwrap(), 1);

    // A gateway that collects nothing, and one that nobody reaches.
    let exchange = |wallet: &mut Wallet, parties: &Parties| {
        let report = wallet.exchange_time_stamps(parties.network()).unwrap();
        report.offline.as_ref().map(|obstacle| obstacle.code()).unwrap_or_default().to_owned()
    };
    assert_eq!(exchange(&mut wallet, &parties), "NoAggregator");
    let synced = parties.sync_once(&mut wallet);
    assert_eq!(
        synced.offline.as_ref().map(|obstacle| obstacle.code()),
        None,
        "nothing that every sync need say"
    );
    parties.wire.intrude(|request| request.url.contains("/v1/entries/").then_some(Err(NetError::Timeout)));
    assert_eq!(exchange(&mut wallet, &parties), "Timeout");
    parties.wire.leave();
    assert_eq!(counts(&wallet), (1, 0));

    // Taken by one that is killed before its batch, as the wallet is before the answer.
    parties.install_aggregator();
    parties.wire.change(|request, answer| {
        if request.method == Method::Post && request.url.contains("/v1/entries/") {
            answer.body = b"<html>Welcome to the hotel</html>".to_vec();
        }
    });
    assert_eq!(exchange(&mut wallet, &parties), "AnswerMalformed");
    parties.wire.change_nothing();
    assert_eq!(exchange(&mut wallet, &parties), "");
    drop((wallet, fresh));
    let (mut wallet, _) = parties.reopen();
    parties.restart_ledger();
    assert_eq!(exchange(&mut wallet, &parties), "", "it is handed in again");
    parties.admit_aggregator(1);

    // One that shows a changed receipt, or that of something else.
    let begun = Instant::now();
    parties.wire.change(|request, answer| {
        if request.url.contains("/v1/entries/") && answer.status == 200 {
            let mut receipt = EntryReceipt::from_cbor(&answer.body).unwrap();
            receipt.receipt.roots.log[0] ^= 1;
            answer.body = receipt.to_cbor();
        }
    });
    while exchange(&mut wallet, &parties) != "BadProof" {
        assert!(begun.elapsed() < Duration::from_secs(60), "the lie is not told");
        std::thread::sleep(Duration::from_millis(50));
    }
    parties.wire.change(|request, answer| {
        if request.url.contains("/v1/entries/") && answer.status == 200 {
            answer.body.truncate(answer.body.len() - 1);
        }
    });
    assert_eq!(exchange(&mut wallet, &parties), "AnswerMalformed");
    assert_eq!(
        (counts(&wallet), wallet.time_stamp_proof(&id).unwrap_err().code()),
        ((1, 0), "TimeStampWaiting")
    );

    parties.wire.change_nothing();
    parties.sync(&mut wallet);
    assert_eq!(counts(&wallet), (0, 1), "a sync takes in what was recorded");
    let shown = wallet.time_stamp_proof(&id).unwrap();
    assert!(check(&parties, &shown.proof, &records[1]).is_ok());
}

#[test]
fn a_new_version_is_another_document_and_a_wallet_of_its_own_stamps_nothing() {
    let mut parties = Parties::start();
    parties.collect(1);
    let (mut alone, _) = create(&parties.path("alone"), &parties.clock, 2);
    import(&mut alone, &[PATIENT.to_vec()]);
    assert_eq!(alone.stamp_all_records().unwrap_err().code(), "NotConnected");
    assert_eq!(counts(&alone), (0, 0));

    let (mut wallet, _) = parties.wallet();
    let version = |number: u32| {
        let meta = format!(
            r#"{{"resourceType":"Condition","meta":{{"lastUpdated":"2024-01-0{number}T00:00:00Z"}},"#
        );
        String::from_utf8(record("Condition", "b")).unwrap().replacen(
            r#"{"resourceType":"Condition","#,
            &meta,
            1,
        )
    };
    let [first, second] = [1, 2].map(|number| version(number).into_bytes());
    import(&mut wallet, &[PATIENT.to_vec(), first.clone()]);
    let id = record_id(&first);
    let unknown = RecordId::from_bytes([7; 32]);
    assert_eq!(wallet.stamp_records(&[id, unknown]).unwrap_err().code(), "NoSuchRecord");
    assert_eq!(counts(&wallet), (0, 0), "nothing is noted then");
    assert_eq!(wallet.stamp_records(&[id, id]).unwrap(), 1);
    await_proofs(&mut wallet, parties.network());
    let of_first = wallet.time_stamp_proof(&id).unwrap().proof;
    // Alone it is in no group.
    assert_eq!(ExistenceProof::from_cbor(&of_first).unwrap().group, None);

    import(&mut wallet, &[PATIENT.to_vec(), second.clone()]);
    assert_eq!(wallet.record_bytes(&id).unwrap(), second);
    assert_eq!(wallet.time_stamp_proof(&id).unwrap_err().code(), "NotStamped");
    assert_eq!(wallet.stamp_records(&[id]).unwrap(), 1);
    await_proofs(&mut wallet, parties.network());
    let of_second = wallet.time_stamp_proof(&id).unwrap().proof;
    assert!(check(&parties, &of_second, &second).is_ok() && check(&parties, &of_first, &first).is_ok());
    assert_eq!(check(&parties, &of_first, &second), Err(ProofError::BadProof));
}
