//! Authorities under CometBFT, as their operators meet them. What runs one needs it: `./dev test ledger`.

mod kills;
mod life;
mod made;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport, SystemClock};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    GrantNewAccount, GrantRecord, GrantStatus, Kind, Revoke, SignedTransaction, Signer, StateKey,
    TrustAnchor, TrustPolicy,
};

use crate::keepwell::{Party, text};

/// A network in a folder of its own.
struct Authorities {
    folder: tempfile::TempDir,
    first_port: u32,
}

impl Authorities {
    /// So many, on ports of this process: one of each range runs at a time.
    fn new(number: u32, range: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first_port = range + (std::process::id() % (500 / number)) * 10 * number;
        let made = Self { folder, first_port };
        let (number, port) = (number.to_string(), first_port.to_string());
        let net = text(&made.net());
        Party::new(made.folder.path()).json(&[
            "ledger",
            "net",
            &net,
            "--validators",
            &number,
            "--first-port",
            &port,
        ]);
        made
    }

    fn net(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    fn home(&self, node: usize) -> PathBuf {
        self.net().join(format!("node{node}"))
    }
}

fn first_grant(origin: &Origin, patient: u16) -> SignedTransaction {
    let root = root(patient);
    let today = SystemClock.now().day();
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: SigningKey::from_seed(&[9; 32]).public_key(),
        number: 0,
        slot: Slot::from_bytes([4; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(today.0 + 30),
        // The same bytes whenever it is sent again.
        valid_until: Timestamp(today.start().0 + 3 * 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap()
}

fn revocation(origin: &Origin, patient: u16) -> SignedTransaction {
    let root = root(patient);
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap()
}

fn root(patient: u16) -> SigningKey {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&patient.to_be_bytes());
    SigningKey::from_seed(&seed)
}

fn is_proved(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> bool {
    grant(gateway, anchor, patient).is_some()
}

fn is_revoked(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> bool {
    grant(gateway, anchor, patient).is_some_and(|grant| grant.status == GrantStatus::Revoked)
}

/// By a proof from the first header; a gateway that is not there proves nothing.
fn grant(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> Option<GrantRecord> {
    let key = StateKey::Grant(grant_id(&account_id(&anchor.origin(), &root(patient).public_key()), 0));
    match gateway.prove(&key, &anchor.trusted_state(), &TrustPolicy::STRICT, &SystemClock) {
        Ok(proved) => proved.verified.grant().unwrap(),
        Err(GatewayError::Proof(error)) => panic!("{error}"),
        Err(_) => None,
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a network gives to those who trust it, once there is a first block.
fn anchor(net: &Path) -> Option<TrustAnchor> {
    std::fs::read(net.join("anchor.json")).ok().map(|json| TrustAnchor::parse(&json).unwrap())
}

/// How many CometBFT processes have this home.
fn running(home: &Path) -> usize {
    let listed = Command::new("ps").args(["-ww", "-e", "-o", "args="]).output().unwrap();
    let home = format!("--home {} ", home.canonicalize().unwrap().display());
    String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .filter(|line| line.contains(" start ") && line.contains(&home))
        .count()
}
