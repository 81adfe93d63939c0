//! One frozen example of each object of `docs/formats.cddl` that two parties exchange. Those that a
//! wallet keeps for itself are frozen beside them, by its own tests.

use keepwell_protocol::consent::{CompartmentRef, Receipt, SignedReceipt, Terms};
use keepwell_protocol::crypto::{
    EpochKey, HpkeSecretKey, PairSecret, PublicKey, RecordKey, Rng, Signature, SigningKey, Suite, provider_id,
};
use keepwell_protocol::domain::{
    AccountId, BlobId, Category, CborError, CodeFilter, Commitment, CompartmentId, Day, Duration, GrantId,
    LinkId, Object, Origin, ProviderId, Purpose, RecordId, RequestId, Scope, Slot, Timestamp, TxId,
};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, Amend, AppState, Card, ChainStatus, Close, Directory, DirectoryEntry,
    EngineStopped, FakeLedger, Governance, Grant, GrantNewAccount, GrantRecord, GrantStatus, Kind,
    ProofRequest, ProviderRecord, ProviderStatus, RegisterProvider, Revoke, RotateKey, SignedCard,
    SignedTransaction, Signer, StateKey, SuspendProvider, SweepHorizon, Transaction, UpdateProvider,
};
use keepwell_protocol::vault::{
    About, BlobIds, BlobRequest, Blobs, Commit, CommitTaken, Encoding, Envelope, EpochGrant, ErrorBody,
    GrantAnswer, GrantEntry, Head, HeadRef, InboxPage, Invite, LinkChanged, LinkEntry, LinkState, LogEntry,
    LogEvent, LogPage, Moved, Packet, RecordHeader, References, SealedHead, Segment, SegmentEntry,
    SegmentRef, SpaceGrant, SpaceOpened, SpaceOpening, SpaceView, Submitted, SubmittedBatch,
    TransactionBatch,
};

use crate::frozen::frozen;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn public_key() -> PublicKey {
    key().public_key()
}

fn signature() -> Signature {
    Signature::from_bytes([5; 64])
}

fn terms() -> Terms {
    Terms {
        provider: ProviderId::from_bytes([1; 32]),
        card_version: 1,
        account: AccountId::from_bytes([2; 32]),
        number: 3,
        scope: Scope {
            categories: vec![Category::Allergies, Category::Medications],
            types: vec!["MedicationRequest".into()],
            codes: vec![CodeFilter { system: "http://loinc.org".into(), code: "4548-4".into() }],
            since: Some(Timestamp(1_700_000_000)),
            until: None,
            records: vec![RecordId::from_bytes([4; 32])],
        },
        compartments: vec![CompartmentRef {
            id: CompartmentId::from_bytes([5; 16]),
            signing_key: public_key(),
        }],
        purpose: Purpose::Treat,
        not_before: Timestamp(1_795_000_000),
        not_after: Timestamp(1_797_592_000),
        max_staleness: Duration::minutes(15),
        created: Timestamp(1_795_000_000),
    }
}

fn sealed_head() -> SealedHead {
    SealedHead {
        compartment: CompartmentId::from_bytes([5; 16]),
        epoch: 2,
        version: 9,
        sealed: vec![1, 2, 3],
        signature: signature(),
        owner_wrap: vec![4, 5],
    }
}

fn grant_entry() -> GrantEntry {
    GrantEntry {
        grant: GrantId::from_bytes([6; 32]),
        slot: Slot::from_bytes([7; 32]),
        compartments: vec![CompartmentId::from_bytes([5; 16])],
        not_after: Timestamp(1_797_592_000),
        max_staleness: Duration::minutes(15),
        packet: vec![9; 4],
    }
}

fn link_entry() -> LinkEntry {
    LinkEntry {
        path: [8; 32],
        id: LinkId::from_bytes([9; 16]),
        expires: Timestamp(1_795_000_600),
        opens: Some(1),
        paused: false,
        revoked: false,
    }
}

#[test]
fn consent() {
    frozen("terms", &terms());
    assert_eq!(terms().check(), Ok(()));
    let receipt = Receipt {
        grant: terms().grant_id(),
        time: Timestamp(1_795_000_100),
        purpose: Purpose::Treat,
        blobs: Receipt::hash_blobs(&[BlobId::from_bytes([3; 32])]),
    };
    frozen("receipt", &receipt);
    frozen("signed-receipt", &SignedReceipt { receipt, signature: signature() });
    let envelope = Envelope {
        transaction: vec![1, 2],
        key_transaction: None,
        salt: [3; 32],
        terms: terms(),
        pair: PairSecret::from_bytes(&[4; 32]),
        host: "https://host.example".into(),
        about: Some(About { name: "Vivien Nolan".into(), birth_date: "1971-02-03".into() }),
        request: Some(RequestId::from_bytes([5; 16])),
        host_version: None,
    };
    // As 0.1.0 wrote it.
    frozen("envelope", &envelope);
    assert_eq!(envelope.host_version(), 0);
    frozen("envelope-moved", &Envelope { host_version: Some(1_048_583), ..envelope });
}

#[test]
fn vault() {
    let header = RecordHeader {
        resource_type: "Observation".into(),
        source: "file".into(),
        full_url: Some("urn:uuid:0c1a".into()),
        received: Timestamp(1_795_000_000),
        sha256: [1; 32],
        category: Some(Category::Vitals),
        encoding: None,
    };
    frozen("record-header", &header);
    let encoding = Some(Encoding { name: Encoding::DEFLATE_1.into(), length: 1_650 });
    frozen("record-header-compressed", &RecordHeader { encoding, ..header });
    let entry = |superseded| SegmentEntry {
        record: RecordId::from_bytes([1; 32]),
        version: 1,
        blob: BlobId::from_bytes([2; 32]),
        key: RecordKey::from_bytes(&[3; 32]),
        length: 1_424,
        withdrawn: false,
        referenced: true,
        superseded,
    };
    frozen("segment", &Segment(vec![entry(false)]));
    frozen("segment-superseded", &Segment(vec![entry(true)]));
    frozen(
        "head",
        &Head {
            compartment: CompartmentId::from_bytes([5; 16]),
            epoch: 2,
            version: 9,
            time: Timestamp(1_795_000_000),
            segments: vec![SegmentRef {
                blob: BlobId::from_bytes([2; 32]),
                key: RecordKey::from_bytes(&[3; 32]),
                count: 70_000,
            }],
            heads: Some(vec![HeadRef {
                compartment: CompartmentId::from_bytes([6; 16]),
                version: 4,
                hash: [7; 32],
            }]),
        },
    );
    frozen("sealed-head", &sealed_head());
    frozen(
        "packet",
        &Packet(vec![EpochGrant {
            compartment: CompartmentId::from_bytes([5; 16]),
            epoch: 2,
            key: EpochKey::from_bytes(&[8; 32]),
        }]),
    );
}

#[test]
fn host() {
    frozen("grant-entry", &grant_entry());
    frozen("link-entry", &link_entry());
    let commit = Commit {
        version: 10,
        heads: vec![sealed_head()],
        grants_added: vec![grant_entry()],
        grants_dropped: vec![GrantId::from_bytes([1; 32])],
        links: vec![link_entry()],
        references_added: vec![References {
            compartment: CompartmentId::from_bytes([5; 16]),
            blobs: vec![BlobId::from_bytes([2; 32])],
        }],
        references_removed: Vec::new(),
        compartments_dropped: vec![CompartmentId::from_bytes([6; 16])],
        base: None,
    };
    frozen("commit", &commit);
    frozen("commit-taken", &CommitTaken::of(&commit, &commit.to_cbor()));
    frozen("commit-with-base", &Commit { base: Some(4), ..commit });
    let view = SpaceView {
        version: 10,
        heads: vec![sealed_head()],
        grants: vec![SpaceGrant { entry: grant_entry(), dropped: false }],
        links: vec![link_entry()],
        moved_to: None,
    };
    frozen("space-view", &view);
    let moved = Moved::sign("https://new.example".into(), 11, Timestamp(1_795_000_000), &key());
    frozen("moved", &moved);
    frozen("space-view-moved", &SpaceView { moved_to: Some(moved), ..view });
    frozen("grant-answer", &GrantAnswer { bundle: vec![1], packet: vec![2], heads: vec![sealed_head()] });
    frozen("blob-request", &BlobRequest { blobs: vec![BlobId::from_bytes([2; 32])], receipt: vec![3] });
    frozen("blob-ids", &BlobIds(vec![BlobId::from_bytes([2; 32])]));
    frozen("blobs", &Blobs(vec![vec![1, 2, 3].into(), Vec::new().into()]));
    frozen("inbox-page", &InboxPage { envelopes: vec![vec![1, 2, 3].into()], next: Some(65_543) });
    let entries = [
        LogEvent::GrantRead { grant: GrantId::from_bytes([6; 32]), refused: Some("GrantRevoked".into()) },
        LogEvent::BlobsRead {
            grant: GrantId::from_bytes([6; 32]),
            blobs: vec![BlobId::from_bytes([2; 32])],
            receipt: vec![3],
        },
        LogEvent::LinkOpened {
            link: LinkId::from_bytes([9; 16]),
            recipient: "Front desk".into(),
            outcome: "opened".into(),
        },
    ];
    let entries = (1..)
        .zip(entries)
        .map(|(sequence, event)| LogEntry { sequence, time: Timestamp(1_795_000_000), event, request: None })
        .collect();
    frozen("log-page", &LogPage { entries, more: true });
    frozen(
        "error-body",
        &ErrorBody {
            code: "GrantRevoked".into(),
            sentence: "the grant was revoked".into(),
            bundle: None,
            version: Some(3),
        },
    );
}

#[test]
fn acknowledgements() {
    let invite = Some(Invite::generate(&mut Rng::seeded(3)).unwrap());
    frozen("space-opening", &SpaceOpening { invite });
    frozen("space-opened", &SpaceOpened { version: 10 });
    frozen("link-changed", &LinkChanged { id: LinkId::from_bytes([9; 16]), state: LinkState::Revoked });
    frozen("envelope-taken", &BlobId::from_bytes([2; 32]));
    frozen("transaction-taken", &TxId::from_bytes([9; 32]));
    frozen("transaction-batch", &TransactionBatch(vec![vec![1, 2].into(), vec![3].into()]));
    let refusal = ErrorBody {
        code: "GrantNumberUsed".into(),
        sentence: "the number of the grant is used up".into(),
        bundle: None,
        version: None,
    };
    let said = vec![Submitted::Taken(TxId::from_bytes([9; 32])), Submitted::Refused(refusal)];
    frozen("submitted-batch", &SubmittedBatch(said));
}

/// The flag is only ever written where it is true: a `false` that is said is another encoding.
#[test]
fn what_is_not_superseded_says_nothing_of_it() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/objects/segment-superseded.hex"
    ));
    let mut bytes = hex::decode(text.unwrap().trim()).unwrap();
    assert!(Segment::from_cbor(&bytes).unwrap().0[0].superseded);
    let last = bytes.last_mut().unwrap();
    assert_eq!(*last, 0xf5);
    *last = 0xf4;
    assert_eq!(Segment::from_cbor(&bytes).err(), Some(CborError::NotDeterministic));
}

fn card(version: u32) -> SignedCard {
    let hpke = |suite| HpkeSecretKey::generate(suite, &mut Rng::seeded(1)).unwrap().public_key().clone();
    let card = Card {
        provider: provider_id(&public_key()),
        version,
        name: "Praxis Dr. Müller".into(),
        place: "Ulm".into(),
        signing: public_key(),
        keys: vec![hpke(Suite::XWing), hpke(Suite::X25519)],
        inbox: "https://clinic.example/v1/inbox".into(),
    };
    card.sign(&key()).unwrap()
}

#[test]
fn ledger_transactions() {
    let origin = Origin::from_bytes([8; 32]);
    let (root, account_key) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
    let account = keepwell_protocol::crypto::account_id(&origin, &root.public_key());
    let (slot, commitment) = (Slot::from_bytes([3; 32]), Commitment::from_bytes([4; 32]));
    let (not_after, valid_until) = (Day(20_800), Timestamp(1_795_086_400));
    let transaction = |name: &str, body: Transaction, signer: Signer<'_>| {
        let signed = SignedTransaction::sign(body, &origin, signer).unwrap();
        frozen(name, &signed);
        signed.to_cbor().len()
    };
    let by_account = Signer::Account(&account_key);
    let by_root = Signer::Root(&root);
    let governors = [&key()];
    let by_governance = Signer::Governance(&governors);

    let grant = Grant { kind: Kind, account, number: 1, slot, commitment, not_after, valid_until };
    assert!(transaction("tx-0-grant", grant.clone().into(), by_account) <= 195);
    transaction("tx-0-grant-by-root", grant.into(), by_root);
    let new_account = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: account_key.public_key(),
        number: 0,
        slot,
        commitment,
        not_after,
        valid_until,
    };
    assert!(transaction("tx-1-grant-new-account", new_account.into(), by_root) <= 230);
    let revoke = Revoke { kind: Kind, account: Some(account), root: None, number: 1 };
    transaction("tx-2-revoke", revoke.into(), by_account);
    let revoke = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 1 };
    transaction("tx-2-revoke-by-root", revoke.into(), by_root);
    let amend = Amend { kind: Kind, account, number: 1, version: 2, commitment, not_after };
    transaction("tx-3-amend", amend.into(), by_account);
    let new = SigningKey::from_seed(&[6; 32]);
    let rotate =
        RotateKey { kind: Kind, root: root.public_key(), key_number: 2, account_key: new.public_key() };
    transaction("tx-4-rotate-key", rotate.into(), Signer::Rotation { root: &root, new: &new });
    transaction("tx-5-close", Close { kind: Kind, root: root.public_key() }.into(), by_root);
    transaction("tx-6-register", RegisterProvider { kind: Kind, card: card(1) }.into(), by_governance);
    let update = UpdateProvider { kind: Kind, card: card(2) };
    transaction("tx-7-update", update.into(), Signer::Provider(&key()));
    let suspend = SuspendProvider { kind: Kind, provider: provider_id(&public_key()) };
    transaction("tx-8-suspend", suspend.into(), by_governance);
}

#[test]
fn ledger_state_and_answers() {
    let governance = Governance { threshold: 1, keys: vec![public_key()] };
    frozen("app-state", &AppState { governance: governance.clone() });
    frozen("governance", &governance);
    frozen("signed-card", &card(1));
    let provider = provider_id(&public_key());
    let record =
        ProviderRecord { status: ProviderStatus::Active, version: 1, card: card(1), rekeyed: Some(1) };
    frozen("provider-record", &record);
    let account = AccountRecord {
        key: Some(public_key()),
        key_number: 1,
        count: 3,
        status: AccountStatus::Open,
        last: Day(20_776),
    };
    frozen("account-record", &account);
    let grant = GrantRecord {
        status: GrantStatus::Active,
        version: 2,
        commitment: Some(Commitment::from_bytes([4; 32])),
        slot: Some(Slot::from_bytes([3; 32])),
        not_after: Day(20_800),
        height: 12,
        transaction: TxId::from_bytes([9; 32]),
    };
    frozen("grant-record", &grant);
    let early = GrantRecord {
        status: GrantStatus::Revoked,
        version: 0,
        commitment: None,
        slot: None,
        ..grant.clone()
    };
    frozen("grant-record-revoked-early", &early);

    let mut ledger = FakeLedger::new("keepwell-1", &[1, 1, 1, 1], Timestamp(1_795_000_000));
    frozen("trusted-state", &ledger.anchor().trusted_state());
    let key = StateKey::Grant(GrantId::from_bytes([1; 32]));
    ledger.put(&key, Some(grant.to_cbor()));
    ledger.change_validators(&[(1, 1), (2, 1), (3, 1), (5, 1)]);
    let block = ledger.block(30);
    frozen("light-block", &block.light_block(|_| true));
    frozen("proof-bundle", &block.bundle(&key, block.light_block(|_| true).pruned().unwrap()));
    let (there, absent) = (key, StateKey::Grant(GrantId::from_bytes([2; 32])));
    frozen("proof-request", &ProofRequest(vec![there, absent]));
    frozen("proof-batch", &block.batch(&[there, absent], block.light_block(|_| true).pruned().unwrap()));
    let entry = DirectoryEntry { provider, name: "Praxis Dr. Müller".into(), place: "Ulm".into() };
    frozen("directory", &Directory { providers: vec![entry] });
    let status = ChainStatus {
        chain_id: "keepwell-1".into(),
        height: 2,
        time: Timestamp(1_795_000_030),
        validators: 4,
        records: 2,
        stopped: None,
    };
    frozen("chain-status", &status);
    frozen("chain-status-stopped", &ChainStatus { stopped: Some(EngineStopped::DiskFull), ..status });
    frozen("sweep-horizon", &SweepHorizon { horizon: Timestamp(1_792_408_030), height: 2 });
}
