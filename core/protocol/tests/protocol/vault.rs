//! Heads, segments, records, packets, receipts and envelopes: each opens for whom it is meant, and
//! for nobody and nothing near.

use keepwell_protocol::consent::{LoggedRead, Receipt, ReceiptError, SignedReceipt};
use keepwell_protocol::crypto::{
    CryptoError, EpochKey, HpkeSecretKey, Label, PairSecret, RecordKey, Rng, SigningKey, Suite, VaultKey,
    derive, seal, sha256,
};
use keepwell_protocol::domain::{
    BlobId, Category, CompartmentId, GrantId, Object, Purpose, RecordId, Timestamp,
};
use keepwell_protocol::vault::{
    EpochGrant, Head, HeadError, Packet, PacketError, RecordBlob, RecordBlobError, RecordHeader, SealedHead,
    Segment, SegmentEntry,
};

fn compartment(id: u8) -> CompartmentId {
    CompartmentId::from_bytes([id; 16])
}

struct Keys {
    epoch: EpochKey,
    signing: SigningKey,
    vault: VaultKey,
    rng: Rng,
}

fn keys() -> Keys {
    let mut rng = Rng::system();
    Keys {
        epoch: EpochKey::generate(&mut rng).unwrap(),
        signing: SigningKey::generate(&mut rng).unwrap(),
        vault: VaultKey::generate(&mut rng).unwrap(),
        rng,
    }
}

fn sealed_head(keys: &mut Keys) -> SealedHead {
    let head = Head {
        compartment: compartment(1),
        epoch: 3,
        version: 8,
        time: Timestamp(100),
        segments: Vec::new(),
        heads: None,
    };
    head.seal(&keys.epoch, &keys.signing, &keys.vault, &mut keys.rng).unwrap()
}

#[test]
fn a_head_opens_with_its_key_and_signature_and_with_nothing_else() {
    let mut keys = keys();
    let sealed = sealed_head(&mut keys);
    let public = keys.signing.public_key();
    assert_eq!(sealed.open(&keys.epoch, &public).unwrap().version, 8);
    assert_eq!(sealed.open_owner_wrap(&keys.vault).unwrap().expose(), keys.epoch.expose());

    let other = EpochKey::generate(&mut keys.rng).unwrap();
    assert!(matches!(sealed.open(&other, &public), Err(HeadError::Crypto(_))));
    let stranger = SigningKey::generate(&mut keys.rng).unwrap().public_key();
    assert!(matches!(sealed.open(&keys.epoch, &stranger), Err(HeadError::Signature(_))));
    for change in [
        |head: &mut SealedHead| head.compartment = compartment(2),
        |head: &mut SealedHead| head.epoch += 1,
        |head: &mut SealedHead| head.version += 1,
        |head: &mut SealedHead| head.sealed[40] ^= 1,
    ] {
        let mut changed = sealed.clone();
        change(&mut changed);
        assert!(matches!(changed.open(&keys.epoch, &public), Err(HeadError::Signature(_))));
        assert_ne!(changed.hash(), sealed.hash());
    }
    // A holder of the epoch key can seal, but a head that it re-labels contradicts itself.
    let mut relabelled = sealed.clone();
    relabelled.version = 9;
    let impostor = SigningKey::generate(&mut keys.rng).unwrap();
    assert!(relabelled.open(&keys.epoch, &impostor.public_key()).is_err());
    // The owner wrap is not in the hash: it can be made anew without a new head.
    let mut rewrapped = sealed.clone();
    rewrapped.owner_wrap.clear();
    assert_eq!(rewrapped.hash(), sealed.hash());
}

#[test]
fn a_record_comes_back_byte_for_byte_and_not_with_another_key() {
    let mut rng = Rng::system();
    let bytes = br#"{"resourceType":"Observation","valueDecimal":1.50}"#.to_vec();
    let header = RecordHeader {
        resource_type: "Observation".into(),
        source: "file".into(),
        full_url: None,
        received: Timestamp(5),
        sha256: sha256(&bytes),
        category: Some(Category::Results),
        encoding: None,
    };
    let record = RecordBlob { header, bytes };
    let key = RecordKey::generate(&mut rng).unwrap();
    let (id, sealed) = record.seal(&key, &mut rng).unwrap();
    assert_eq!(id.as_bytes(), &sha256(&sealed));
    assert_eq!(RecordBlob::open(&key, &sealed).unwrap(), record);

    let other = RecordKey::generate(&mut rng).unwrap();
    assert!(matches!(
        RecordBlob::open(&other, &sealed),
        Err(RecordBlobError::Crypto(CryptoError::CommitmentMismatch))
    ));
    let mut lying = record.clone();
    lying.header.sha256[0] ^= 1;
    let (_, sealed) = lying.seal(&key, &mut rng).unwrap();
    assert!(matches!(RecordBlob::open(&key, &sealed), Err(RecordBlobError::Cbor(_))));
}

#[test]
fn a_segment_belongs_to_one_compartment() {
    let mut rng = Rng::system();
    let entry = SegmentEntry {
        record: RecordId::from_bytes([1; 32]),
        version: 1,
        blob: BlobId::from_bytes([2; 32]),
        key: RecordKey::generate(&mut rng).unwrap(),
        length: 10,
        withdrawn: false,
        referenced: false,
        superseded: false,
    };
    let segment = Segment(vec![entry]);
    let key = RecordKey::generate(&mut rng).unwrap();
    let (_, sealed) = segment.seal(compartment(1), &key, &mut rng).unwrap();
    assert_eq!(Segment::open(compartment(1), &key, &sealed).unwrap().to_cbor(), segment.to_cbor());
    assert!(Segment::open(compartment(2), &key, &sealed).is_err());
}

#[test]
fn a_packet_opens_for_one_grant_and_one_provider() {
    for suite in [Suite::XWing, Suite::X25519] {
        let mut rng = Rng::system();
        let secret = HpkeSecretKey::generate(suite, &mut rng).unwrap();
        let public = secret.public_key().clone();
        let grant = GrantId::from_bytes([1; 32]);
        let key = EpochKey::generate(&mut rng).unwrap();
        let packet = Packet(vec![EpochGrant { compartment: compartment(1), epoch: 0, key: key.duplicate() }]);
        let sealed = packet.seal(&public, grant, &mut rng).unwrap();
        let old = HpkeSecretKey::generate(suite, &mut rng).unwrap();
        let keys = [old, secret];
        assert_eq!(Packet::open(&keys, grant, &sealed).unwrap().0[0].key.expose(), key.expose());

        assert!(matches!(
            Packet::open(&keys, GrantId::from_bytes([2; 32]), &sealed),
            Err(PacketError::Crypto(_))
        ));
        assert!(matches!(Packet::open(&keys[..1], grant, &sealed), Err(PacketError::Crypto(_))));
    }
}

#[test]
fn a_receipt_is_the_providers_for_this_read() {
    let mut rng = Rng::system();
    let provider = SigningKey::generate(&mut rng).unwrap();
    let pair = PairSecret::generate(&mut rng).unwrap();
    let grant = GrantId::from_bytes([1; 32]);
    let blobs = [BlobId::from_bytes([2; 32]), BlobId::from_bytes([3; 32])];
    let (time, minute) = (Timestamp(10_000), 60);
    let receipt = Receipt { grant, time, purpose: Purpose::Treat, blobs: Receipt::hash_blobs(&blobs) };
    let sealed = receipt.clone().sign_and_seal(&provider, &pair, &mut rng).unwrap();
    let keys = [SigningKey::generate(&mut rng).unwrap().public_key(), provider.public_key()];
    let read = LoggedRead { grant, blobs: &blobs, time };
    let open = |read| SignedReceipt::open(&sealed, &keys, &pair, read);
    assert_eq!(open(read).unwrap().receipt, receipt, "by a key that it had before");

    let reversed = [blobs[1], blobs[0]];
    for other in [&blobs[..1], &reversed, &[]] {
        assert!(matches!(open(LoggedRead { blobs: other, ..read }), Err(ReceiptError::OtherRead)));
    }
    for (logged, is_near) in [(5 * minute, true), (5 * minute + 1, false)] {
        for time in [Timestamp(10_000 + logged), Timestamp(10_000 - logged)] {
            let opened = open(LoggedRead { time, ..read });
            assert_eq!(opened.is_ok(), is_near, "{logged}");
            assert!(is_near || matches!(opened, Err(ReceiptError::OtherTime)));
        }
    }
    for strangers in [&keys[..1], &[]] {
        let opened = SignedReceipt::open(&sealed, strangers, &pair, read);
        assert!(matches!(opened, Err(ReceiptError::Signature(_))));
    }
    let other = GrantId::from_bytes([9; 32]);
    assert!(matches!(open(LoggedRead { grant: other, ..read }), Err(ReceiptError::Crypto(_))));
    let other_pair = PairSecret::generate(&mut rng).unwrap();
    assert!(matches!(SignedReceipt::open(&sealed, &keys, &other_pair, read), Err(ReceiptError::Crypto(_))));
    // It opens for this grant, but speaks of another.
    let elsewhere = SignedReceipt {
        signature: provider.sign(Label::Receipt, &[&Receipt { grant: other, ..receipt.clone() }.to_cbor()]),
        receipt: Receipt { grant: other, ..receipt },
    };
    let key = derive(pair.expose(), Label::Receipt, b"");
    let seal =
        |bytes: &[u8], rng: &mut Rng| seal(&key, Label::Receipt, grant.as_bytes(), bytes, rng).unwrap();
    let elsewhere = seal(&elsewhere.to_cbor(), &mut rng);
    assert!(matches!(SignedReceipt::open(&elsewhere, &keys, &pair, read), Err(ReceiptError::OtherRead)));
    let nothing = seal(b"no receipt", &mut rng);
    assert!(matches!(SignedReceipt::open(&nothing, &keys, &pair, read), Err(ReceiptError::Cbor(_))));
}

#[test]
fn a_receipt_is_for_the_blobs_in_their_order_by_the_hash_of_the_specification() {
    let blobs = [BlobId::from_bytes([1; 32]), BlobId::from_bytes([2; 32])];
    let bytes = [b"keepwell/v1/receipt\0".as_slice(), &[1; 32], &[2; 32]].concat();
    assert_eq!(Receipt::hash_blobs(&blobs), sha256(&bytes));
}

mod envelopes {
    use keepwell_protocol::consent::{CompartmentRef, Terms};
    use keepwell_protocol::crypto::{
        HpkeSecretKey, PairSecret, Rng, SigningKey, Suite, account_id, grant_id, provider_id, reader_key,
        slot,
    };
    use keepwell_protocol::domain::{
        Category, CompartmentId, Duration, Object, Origin, ProviderId, Purpose, Scope, Timestamp,
    };
    use keepwell_protocol::ledger::{
        Grant, GrantNewAccount, SignedTransaction, Signer, Transaction, TransactionError,
    };
    use keepwell_protocol::vault::{Envelope, EnvelopeError};

    const ORIGIN: Origin = Origin::from_bytes([7; 32]);

    struct Patient {
        root: SigningKey,
        account_key: SigningKey,
        pair: PairSecret,
        provider: ProviderId,
    }

    fn patient() -> Patient {
        let provider = provider_id(&SigningKey::from_seed(&[1; 32]).public_key());
        Patient {
            root: SigningKey::from_seed(&[2; 32]),
            account_key: SigningKey::from_seed(&[3; 32]),
            pair: PairSecret::from_bytes(&[4; 32]),
            provider,
        }
    }

    impl Patient {
        fn terms(&self, number: u32) -> Terms {
            Terms {
                provider: self.provider,
                card_version: 1,
                account: account_id(&ORIGIN, &self.root.public_key()),
                number,
                scope: Scope { categories: vec![Category::Allergies], ..Scope::default() },
                compartments: vec![CompartmentRef {
                    id: CompartmentId::from_bytes([9; 16]),
                    signing_key: self.root.public_key(),
                }],
                purpose: Purpose::Treat,
                not_before: Timestamp(1_000),
                not_after: Timestamp(9_000),
                max_staleness: Duration::minutes(15),
                created: Timestamp(1_000),
            }
        }

        fn first(&self, terms: &Terms) -> Vec<u8> {
            let body = Transaction::GrantNewAccount(GrantNewAccount {
                kind: Default::default(),
                root: self.root.public_key(),
                account_key: self.account_key.public_key(),
                number: terms.number,
                slot: slot(&reader_key(&self.pair, &terms.grant_id()).public_key()),
                commitment: terms.commitment(&[5; 32]),
                not_after: terms.not_after.day(),
                valid_until: Timestamp(2_000),
            });
            SignedTransaction::sign(body, &ORIGIN, Signer::Root(&self.root)).unwrap().to_cbor()
        }

        fn later(&self, terms: &Terms, key: &SigningKey) -> Vec<u8> {
            self.later_by(terms, Signer::Account(key))
        }

        fn later_by(&self, terms: &Terms, signer: Signer<'_>) -> Vec<u8> {
            let body = Transaction::Grant(Grant {
                kind: Default::default(),
                account: terms.account,
                number: terms.number,
                slot: slot(&reader_key(&self.pair, &terms.grant_id()).public_key()),
                commitment: terms.commitment(&[5; 32]),
                not_after: terms.not_after.day(),
                valid_until: Timestamp(2_000),
            });
            SignedTransaction::sign(body, &ORIGIN, signer).unwrap().to_cbor()
        }

        fn envelope(&self, terms: Terms, transaction: Vec<u8>, key_transaction: Option<Vec<u8>>) -> Envelope {
            Envelope {
                transaction,
                key_transaction: key_transaction.map(Into::into),
                salt: [5; 32],
                terms,
                pair: self.pair.duplicate(),
                host: "https://host.example".into(),
                about: None,
                request: None,
                host_version: None,
            }
        }
    }

    #[test]
    fn a_first_grant_is_accepted_and_each_broken_link_is_refused() {
        let patient = patient();
        let terms = patient.terms(0);
        let envelope =
            |terms: &Terms| patient.envelope(terms.clone(), patient.first(&patient.terms(0)), None);
        let accepted = envelope(&terms).accept(&ORIGIN, patient.provider).unwrap();
        assert_eq!(accepted.grant, grant_id(&terms.account, 0));

        let other_provider = ProviderId::from_bytes([8; 32]);
        assert!(matches!(
            envelope(&terms).accept(&ORIGIN, other_provider),
            Err(EnvelopeError::OtherProvider)
        ));
        let other_ledger = Origin::from_bytes([6; 32]);
        assert!(envelope(&terms).accept(&other_ledger, patient.provider).is_err());
        let mut widened = terms.clone();
        widened.scope.categories.push(Category::Conditions);
        assert!(matches!(
            envelope(&widened).accept(&ORIGIN, patient.provider),
            Err(EnvelopeError::OtherTerms)
        ));
        let mut longer = terms.clone();
        longer.not_after = Timestamp(9_001);
        assert!(matches!(
            envelope(&longer).accept(&ORIGIN, patient.provider),
            Err(EnvelopeError::OtherTerms)
        ));
        let mut other_salt = envelope(&terms);
        other_salt.salt[0] ^= 1;
        assert!(matches!(other_salt.accept(&ORIGIN, patient.provider), Err(EnvelopeError::OtherTerms)));
        let mut other_pair = envelope(&terms);
        other_pair.pair = PairSecret::from_bytes(&[9; 32]);
        assert!(matches!(other_pair.accept(&ORIGIN, patient.provider), Err(EnvelopeError::OtherTerms)));
        let mut wildcard = terms.clone();
        wildcard.scope = Scope::default();
        assert!(matches!(
            envelope(&wildcard).accept(&ORIGIN, patient.provider),
            Err(EnvelopeError::Terms(_))
        ));
    }

    #[test]
    fn a_later_grant_needs_the_root_signed_naming_of_its_key() {
        let patient = patient();
        let naming = patient.first(&patient.terms(0));
        let terms = patient.terms(1);
        let signed = patient.later(&terms, &patient.account_key);
        let accept = |transaction: &[u8], naming: Option<Vec<u8>>| {
            patient.envelope(terms.clone(), transaction.to_vec(), naming).accept(&ORIGIN, patient.provider)
        };
        assert!(accept(&signed, Some(naming.clone())).is_ok());
        assert!(matches!(accept(&signed, None), Err(EnvelopeError::OtherTerms)));
        let thief = patient.later(&terms, &SigningKey::from_seed(&[6; 32]));
        assert!(matches!(accept(&thief, Some(naming.clone())), Err(EnvelopeError::Transaction(_))));
        // A stranger's own account names the thief's key, but it is another account.
        let stranger = Patient { root: SigningKey::from_seed(&[5; 32]), ..self::patient() };
        assert!(matches!(
            accept(&signed, Some(stranger.first(&stranger.terms(0)))),
            Err(EnvelopeError::OtherTerms)
        ));
    }

    /// The same bytes with one part in the place of another of its length.
    fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    }

    #[test]
    fn a_later_grant_of_the_root_itself_needs_no_naming() {
        let patient = patient();
        let terms = patient.terms(1);
        let signed = patient.later_by(&terms, Signer::Root(&patient.root));
        let accept = |transaction: &[u8], naming: Option<Vec<u8>>| {
            patient.envelope(terms.clone(), transaction.to_vec(), naming).accept(&ORIGIN, patient.provider)
        };
        assert_eq!(accept(&signed, None).unwrap().account, terms.account);
        // One that comes along is judged as ever.
        assert!(accept(&signed, Some(patient.first(&patient.terms(0)))).is_ok());
        let stranger = Patient { root: SigningKey::from_seed(&[5; 32]), ..self::patient() };
        let naming = stranger.first(&stranger.terms(0));
        assert!(matches!(accept(&signed, Some(naming)), Err(EnvelopeError::OtherTerms)));

        let bad_signature = |transaction: &[u8], naming: Option<Vec<u8>>| {
            let refused = accept(transaction, naming);
            matches!(refused, Err(EnvelopeError::Transaction(TransactionError::BadSignature)))
        };
        let (root, account_key) = (patient.root.public_key(), patient.account_key.public_key());
        let mut damaged = signed.clone();
        let at = signed.windows(32).position(|window| window == root.as_bytes()).unwrap();
        damaged[at - 10] ^= 1;
        assert!(bad_signature(&damaged, None), "another signature");
        // The signature is good, but the key beside it is not the root of the account.
        let by_named = replaced(&signed, root.as_bytes(), account_key.as_bytes());
        assert!(bad_signature(&by_named, None));
        assert!(bad_signature(&by_named, Some(patient.first(&patient.terms(0)))), "though the root named it");
        // Another root signs for an account of its own, which is not that of these terms.
        let (own_terms, other_root) = (stranger.terms(1), stranger.root.public_key());
        let own = stranger.later_by(&own_terms, Signer::Root(&stranger.root));
        assert!(matches!(accept(&own, None), Err(EnvelopeError::OtherTerms)));
        let claimed = replaced(&own, own_terms.account.as_bytes(), terms.account.as_bytes());
        assert!(bad_signature(&claimed, None));
        // It says to be this account's root, and is not.
        assert!(bad_signature(&replaced(&claimed, other_root.as_bytes(), root.as_bytes()), None));
        // Nor does what the root signed for another ledger hold here.
        let elsewhere = patient.envelope(terms.clone(), signed, None);
        assert!(elsewhere.accept(&Origin::from_bytes([6; 32]), patient.provider).is_err());
    }

    #[test]
    fn a_sealed_envelope_opens_only_for_its_provider() {
        let patient = patient();
        let mut rng = Rng::system();
        let secret = HpkeSecretKey::generate(Suite::XWing, &mut rng).unwrap();
        let other = HpkeSecretKey::generate(Suite::XWing, &mut rng).unwrap();
        let terms = patient.terms(0);
        let envelope = patient.envelope(terms.clone(), patient.first(&terms), None);
        let sealed = envelope.seal(secret.public_key(), &mut rng).unwrap();
        assert!(sealed.len() < Envelope::LONGEST);
        assert_eq!(Envelope::open(&[secret], &sealed).unwrap().terms, terms);
        assert!(matches!(Envelope::open(&[other], &sealed), Err(EnvelopeError::Crypto(_))));
    }
}
