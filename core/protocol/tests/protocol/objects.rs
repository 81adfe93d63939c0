//! One frozen example of each object of `docs/formats.cddl` that two parties exchange. Those that a
//! wallet keeps for itself are frozen beside them, by its own tests.

use keepwell_protocol::consent::{
    AccessRequest, CompartmentRef, LogStatement, ProviderLogEntry, ProviderLogStart, Receipt,
    SignedAccessRequest, SignedReceipt, Terms,
};
use keepwell_protocol::crypto::{
    EpochKey, HpkeSecretKey, PairSecret, PasscodeVerifier, PublicKey, RecordKey, Rng, Signature, SigningKey,
    Suite, aggregator_id, gateway_id, provider_id,
};
use keepwell_protocol::domain::{
    AccountId, BlobId, Category, CborError, CodeFilter, Commitment, CompartmentId, Day, Duration, GrantId,
    LinkId, Object, Origin, ProviderId, Purpose, RecordId, RequestId, Scope, Slot, Timestamp, TxId,
};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, Action, ActionsTaken, AggregatorRecord, Amend, AnchorBatch, AppState,
    AuditCheckpoint, AuditRecord, BlockSize, Card, ChainStatus, Close, Directory, DirectoryEntry,
    EngineStopped, FakeLedger, GatewayIds, GatewayRecord, Governance, GovernanceAction, Grant,
    GrantNewAccount, GrantRecord, GrantStatus, KeyConfiguration, Kind, MoveChain, NextChain, PlannedUpgrade,
    ProofRequest, ProviderRecord, ProviderStatus, RegisterProvider, Revoke, RotateKey, SetAggregator,
    SetBlockSize, SetGateway, SetGovernance, SetValidator, SignedCard, SignedTransaction, Signer, StateKey,
    SuspendProvider, SweepHorizon, Transaction, UpdateGateway, UpdateProvider, Upgrade, Validator,
    ValidatorSet,
};
use keepwell_protocol::vault::{
    About, BlobIds, BlobRequest, Blobs, Commit, CommitTaken, Encoding, Envelope, EpochGrant, ErrorBody,
    GrantAnswer, GrantEntry, Head, HeadRef, InboxPage, Invite, LinkChanged, LinkEntry, LinkFile,
    LinkFileType, LinkFiles, LinkManifest, LinkState, LogEntry, LogEvent, LogPage, Moved, Packet,
    ProviderLogPage, ProviderLogTaken, RecordHeader, References, SealedHead, Segment, SegmentEntry,
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
        grant: None,
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
    let receipt = SignedReceipt { receipt, signature: signature() };
    frozen("signed-receipt", &receipt);
    let request = AccessRequest {
        provider: terms().provider,
        id: RequestId::from_bytes([5; 16]),
        categories: vec![Category::Allergies, Category::Results],
        purpose: Purpose::Treat,
        duration: Duration::hours(24),
        expires: Timestamp(1_795_000_900),
    };
    frozen("access-request", &request);
    frozen("signed-access-request", &SignedAccessRequest { request, signature: signature() });
    let statement = LogStatement { receipt, sealed_receipt: [6; 32], is_unanswered: false };
    frozen("log-statement", &statement);
    frozen("log-statement-unanswered", &LogStatement { is_unanswered: true, ..statement });
    let entry = ProviderLogEntry { tag: [8; 32], sealed: vec![9; 4] };
    frozen("provider-log-entry", &entry);
    let start = ProviderLogStart { provider: terms().provider, time: Timestamp(1_795_000_000) };
    frozen("provider-log-start", &start);
    let entries = vec![start.to_cbor().into(), entry.to_cbor().into()];
    frozen("provider-log-page", &ProviderLogPage { first: 0, entries });
    frozen("provider-log-taken", &ProviderLogTaken { size: 2 });
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
    // [salt, stretched], which only a passcode makes.
    let verifier = [&[0x82, 0x50][..], &[1; 16], &[0x58, 0x20], &[2; 32]].concat();
    let file = |file_type, sealed: &str| LinkFile { file_type, sealed: sealed.into() };
    let files = LinkFiles(vec![file(LinkFileType::Fhir, "a..b"), file(LinkFileType::HealthCards, "c..d")]);
    frozen("link-files", &files);
    let passcode = Some(PasscodeVerifier::from_cbor(&verifier).unwrap());
    frozen("link-manifest", &LinkManifest { is_long_term: true, passcode, files });
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
    let suspend = |version| SuspendProvider { kind: Kind, provider: provider_id(&public_key()), version };
    transaction("tx-8-suspend", suspend(Some(2)).into(), by_governance);
    transaction("tx-8-suspend-version-1", suspend(None).into(), by_governance);
}

#[test]
fn ledger_transactions_about_the_network() {
    let origin = Origin::from_bytes([8; 32]);
    let transaction = |name: &str, body: Transaction, signer: Signer<'_>| {
        let signed = SignedTransaction::sign(body, &origin, signer).unwrap();
        frozen(name, &signed);
        signed.to_cbor().len()
    };
    let by_governance = |name: &str, action: Action| {
        let governors = [&key(), &SigningKey::from_seed(&[6; 32])];
        let body = GovernanceAction { kind: Kind, number: 7, action };
        transaction(name, body.into(), Signer::Governance(&governors))
    };
    let second = SigningKey::from_seed(&[6; 32]).public_key();
    let validator = SetValidator { kind: Kind, key: second, power: 10 };
    by_governance("tx-9-set-validator", validator.clone().into());
    by_governance("tx-9-remove-validator", SetValidator { power: 0, ..validator }.into());
    by_governance("tx-9-set-block-size", SetBlockSize { kind: Kind, bytes: 4_194_304 }.into());
    by_governance("tx-9-upgrade", Upgrade { kind: Kind, version: 3, height: 1_000_000 }.into());
    let chain_id = "keepwell-2".to_owned();
    let moved = MoveChain { kind: Kind, chain_id, genesis_hash: [9; 32], last_height: 1_000_000 };
    by_governance("tx-9-move-chain", moved.into());
    let gateway = gateway_id(&second);
    by_governance("tx-9-set-gateway", SetGateway { kind: Kind, gateway, key: Some(second) }.into());
    by_governance("tx-9-remove-gateway", SetGateway { kind: Kind, gateway, key: None }.into());
    let aggregator = aggregator_id(&second);
    by_governance("tx-9-set-aggregator", SetAggregator { kind: Kind, aggregator, key: Some(second) }.into());
    let mut keys = vec![public_key(), second];
    keys.sort_unstable();
    by_governance("tx-9-set-governance", SetGovernance { kind: Kind, threshold: 2, keys }.into());
    // The most that governance can be: every one of sixteen replaces all.
    let governors: Vec<_> = (100..116).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
    let mut keys: Vec<_> = governors.iter().map(SigningKey::public_key).collect();
    keys.sort_unstable();
    let action = SetGovernance { kind: Kind, threshold: 16, keys }.into();
    let body = GovernanceAction { kind: Kind, number: u32::MAX, action };
    let signers: Vec<_> = governors.iter().collect();
    let longest = SignedTransaction::sign(body, &origin, Signer::Governance(&signers)).unwrap();
    assert!(longest.to_cbor().len() <= SignedTransaction::LONGEST);

    let update = UpdateGateway { kind: Kind, gateway, version: 2, key_configuration: vec![1; 41] };
    transaction("tx-10-update-gateway", update.into(), Signer::Gateway(&key()));
    let provider = provider_id(&public_key());
    let checkpoint = AuditCheckpoint { kind: Kind, provider, size: 1_000_000, root: [5; 32] };
    transaction("tx-11-audit-checkpoint", checkpoint.into(), Signer::Provider(&key()));
    let batch = AnchorBatch { kind: Kind, aggregator, number: 3, count: 1_000_000, root: [5; 32] };
    transaction("tx-12-anchor-batch", batch.into(), Signer::Aggregator(&key()));
}

#[test]
fn ledger_state_of_the_network() {
    let (transaction, time) = (TxId::from_bytes([9; 32]), Timestamp(1_795_000_000));
    frozen("actions-taken", &ActionsTaken { number: 7, transaction });
    let validators = vec![Validator { key: *public_key().as_bytes(), power: 10 }];
    frozen("validator-set", &ValidatorSet { validators });
    frozen("block-size", &BlockSize { bytes: 4_194_304 });
    frozen("planned-upgrade", &PlannedUpgrade { before: 2, version: 3, height: 1_000_000 });
    let chain_id = "keepwell-2".to_owned();
    frozen("next-chain", &NextChain { chain_id, genesis_hash: [9; 32], last_height: 1_000_000 });
    let configuration = |byte: u8, since, until| KeyConfiguration {
        bytes: vec![byte; 41].into(),
        since: Timestamp(since),
        until,
    };
    let gateway = GatewayRecord {
        key: Some(public_key()),
        version: 2,
        configuration: Some(configuration(2, time.0, None)),
        former: vec![configuration(1, time.0 - 90_000, Some(Timestamp(time.0 + 172_800)))],
        transaction,
    };
    frozen("gateway-record", &gateway);
    let removed = GatewayRecord { key: None, configuration: None, former: Vec::new(), ..gateway };
    frozen("gateway-record-removed", &removed);
    let provider = provider_id(&public_key());
    frozen("audit-record", &AuditRecord { provider, size: 1_000_000, root: [5; 32], time, transaction });
    frozen("aggregator-record", &AggregatorRecord { key: Some(public_key()), batches: 3, transaction });
}

/// What the key of each of them is made of.
#[test]
fn keys_of_the_state_about_the_network() {
    let param =
        |name: &str| keepwell_protocol::crypto::sha256(&[b"keepwell/v1/param\0", name.as_bytes()].concat());
    for (key, prefix, id) in [
        (StateKey::Gateway(gateway_id(&public_key())), "gway/", *gateway_id(&public_key()).as_bytes()),
        (
            StateKey::Aggregator(aggregator_id(&public_key())),
            "aggr/",
            *aggregator_id(&public_key()).as_bytes(),
        ),
        (StateKey::Governance, "gov/", [0; 32]),
        (StateKey::SweepHorizon, "param/", param("sweep")),
        (StateKey::Actions, "param/", param("actions")),
        (StateKey::Validators, "param/", param("validators")),
        (StateKey::BlockSize, "param/", param("block-size")),
        (StateKey::Upgrade, "param/", param("upgrade")),
        (StateKey::NextChain, "param/", param("next-chain")),
    ] {
        assert_eq!(key.to_bytes(), [prefix.as_bytes(), &id].concat());
        assert_eq!(StateKey::parse_hex(&key.to_hex()), Ok(key));
    }
    let log = StateKey::AuditLog(keepwell_protocol::crypto::audit_log_id(&provider_id(&public_key())));
    assert_eq!(StateKey::parse(&log.to_bytes()), Ok(log));
    for near in [[b"param/".as_slice(), &param("other")].concat(), b"gway/".to_vec(), b"peer/".repeat(8)] {
        assert!(StateKey::parse(&near).is_err(), "no such key");
    }
}

#[test]
fn ledger_state_and_answers() {
    let governance = Governance { threshold: 1, keys: vec![public_key()] };
    frozen("app-state", &AppState { governance: governance.clone() });
    frozen("governance", &governance);
    frozen("signed-card", &card(1));
    let provider = provider_id(&public_key());
    let record = ProviderRecord {
        status: ProviderStatus::Active,
        version: 1,
        card: card(1),
        rekeyed: Some(1),
        readmitted: None,
    };
    frozen("provider-record", &record);
    frozen("provider-record-readmitted", &ProviderRecord { readmitted: Some(1), ..record });
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
    frozen("gateway-ids", &GatewayIds(vec![gateway_id(&public_key())]));
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
