//! The homes that released versions wrote, `fixtures/ledgers`: each opens, proves what was put there, and goes on.
//! `KEEPWELL_FREEZE=1` writes that of this version if it is not there yet.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keepwell_ledger::{GovernanceKey, Ledger, LedgerConfig};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, Object, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    GrantNewAccount, GrantStatus, Kind, LightBlock, SignedTransaction, Signer, StateKey, SweepHorizon,
    TrustAnchor, TrustPolicy,
};

use crate::serve::{NOW, TestClock, card, gateway, prove_until};

const VERSIONS: [&str; 1] = ["0.2.0"];

/// How many accounts with a grant each of them has; together with governance and a provider 40 records.
const ACCOUNTS: u8 = 19;

fn frozen(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/ledgers").join(version)
}

fn root(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number + 1; 32])
}

fn grant_key(origin: &Origin, number: u8) -> StateKey {
    StateKey::Grant(grant_id(&account_id(origin, &root(number).public_key()), 0))
}

/// The grant of an account, which lasts ten days and a day more for each account before it.
fn grant(origin: &Origin, number: u8, now: Timestamp) -> SignedTransaction {
    let body = GrantNewAccount {
        kind: Kind,
        root: root(number).public_key(),
        account_key: root(number + 100).public_key(),
        number: 0,
        slot: Slot::from_bytes([number; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(now.day().0 + 10 + u32::from(number)),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(&root(number))).unwrap()
}

fn start(home: &Path, clock: &TestClock) -> Ledger {
    let config = LedgerConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(200)).unwrap()
}

/// Makes what `fixtures/ledgers/README.md` says.
fn freeze(folder: &Path) {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let (origin, gateway) = (ledger.anchor().origin(), gateway(&ledger));
    let mut trusted = ledger.anchor().trusted_state();
    let key = std::fs::read_to_string(home.path().join("governance.key")).unwrap();
    let admit = GovernanceKey::parse(&key).unwrap().admit(card(&root(200), "Clinic")).unwrap();
    gateway.submit(&admit.to_cbor(), &origin).unwrap();
    for number in 0..ACCOUNTS {
        clock.advance(30);
        gateway.submit(&grant(&origin, number, clock.now()).to_cbor(), &origin).unwrap();
        let key = grant_key(&origin, number);
        prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
    }
    ledger.stop().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    for entry in std::fs::read_dir(home.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "lock" {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn what_released_versions_wrote_goes_on() {
    let this = frozen(env!("CARGO_PKG_VERSION"));
    if std::env::var_os("KEEPWELL_FREEZE").is_some() && !this.exists() {
        freeze(&this);
    }
    for version in VERSIONS {
        let home = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(frozen(version)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
        }
        let mode = |name| std::fs::metadata(home.path().join(name)).unwrap().permissions().mode() & 0o777;
        for (name, open) in [("", 0o755), ("ledger.redb", 0o644), ("anchor.json", 0o644)] {
            std::fs::set_permissions(home.path().join(name), Permissions::from_mode(open)).unwrap();
        }
        let clock = TestClock::new();
        clock.advance(86_400);
        let ledger = start(home.path(), &clock);
        assert_eq!(["", "ledger.redb", "anchor.json"].map(mode), [0o700, 0o600, 0o644], "{version}");
        let (origin, gateway) = (ledger.anchor().origin(), gateway(&ledger));
        let anchor = TrustAnchor::parse(&std::fs::read(home.path().join("anchor.json")).unwrap()).unwrap();
        assert_eq!(anchor.origin(), origin);

        // A header of version 1 and one of version 2 are verified alike, the later from the earlier.
        let mut trusted = anchor.trusted_state();
        let policy = TrustPolicy::DEMONSTRATION;
        let (old, verified) = gateway.block_at(20, &trusted, &policy, &clock.now()).unwrap();
        trusted = verified;
        assert_eq!(app_version(&old), 1);
        let newest = gateway.status().unwrap().height;
        let (new, _) = gateway.block_at(newest, &trusted, &policy, &clock.now()).unwrap();
        assert_eq!(app_version(&new), 2);
        for number in 0..ACCOUNTS {
            let key = grant_key(&origin, number);
            let proved = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
            assert_eq!(proved.grant().unwrap().unwrap().status, GrantStatus::Active, "{number}");
        }
        // The horizon began thirty days before the newest header of version 1.
        let horizon = prove_until(&gateway, &StateKey::SweepHorizon, &mut trusted, clock.now(), |it| {
            it.value.is_some()
        });
        let horizon = SweepHorizon::from_cbor(&horizon.value.unwrap()).unwrap();
        assert!((NOW - 30 * 86_400..NOW - 29 * 86_400).contains(&horizon.horizon.0), "{horizon:?}");
        ledger.stop().unwrap();

        // Ten years ahead it does not start, and if somebody insists, a block sweeps nothing.
        clock.advance(3_650 * 86_400);
        let config = LedgerConfig {
            home: home.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            accept_time: false,
            relays: Vec::new(),
        };
        assert_eq!(Ledger::start(&config, clock.clock()).err().unwrap().code(), "LedgerTimeGap");
        let ledger = Ledger::start(&LedgerConfig { accept_time: true, ..config }, clock.clock()).unwrap();
        let gateway = self::gateway(&ledger);
        let records = gateway.status().unwrap().records;
        assert_eq!(records, 3 + 2 * u64::from(ACCOUNTS));
        gateway.submit(&grant(&origin, ACCOUNTS, clock.now()).to_cbor(), &origin).unwrap();
        let mut trusted = TrustAnchor::parse(&std::fs::read(home.path().join("anchor.json")).unwrap())
            .unwrap()
            .trusted_state();
        let key = grant_key(&origin, ACCOUNTS);
        prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
        assert_eq!(gateway.status().unwrap().records, records + 2, "a jump of time sweeps nothing");
    }
}

/// The version in a light block's header.
fn app_version(block: &LightBlock) -> u64 {
    use tendermint_proto::v0_38::types::LightBlock as Proto;
    let bytes = block.to_cbor();
    let mut map = minicbor::Decoder::new(&bytes);
    assert_eq!((map.map().unwrap(), map.u8().unwrap()), (Some(1), 0));
    let block = <Proto as prost::Message>::decode(map.bytes().unwrap()).unwrap();
    block.signed_header.unwrap().header.unwrap().version.unwrap().app
}
