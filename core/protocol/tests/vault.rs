//! Heads, segments, records, packets, receipts and envelopes: each opens for whom it is meant, and
//! for nobody and nothing near.

use keepwell_protocol::consent::{Receipt, ReceiptError, SignedReceipt};
use keepwell_protocol::crypto::{
    CryptoError, EpochKey, HpkeSecretKey, PairSecret, RecordKey, Rng, SigningKey, Suite, VaultKey, sha256,
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
    let receipt =
        Receipt { grant, time: Timestamp(7), purpose: Purpose::Treat, blobs: Receipt::hash_blobs(&blobs) };
    let sealed = receipt.sign_and_seal(&provider, &pair, &mut rng).unwrap();
    let key = provider.public_key();
    assert_eq!(SignedReceipt::open(&sealed, &key, &pair, grant, &blobs).unwrap().receipt.time, Timestamp(7));

    assert!(matches!(
        SignedReceipt::open(&sealed, &key, &pair, grant, &blobs[..1]),
        Err(ReceiptError::OtherRead)
    ));
    let stranger = SigningKey::generate(&mut rng).unwrap().public_key();
    assert!(matches!(
        SignedReceipt::open(&sealed, &stranger, &pair, grant, &blobs),
        Err(ReceiptError::Signature(_))
    ));
    let other = GrantId::from_bytes([9; 32]);
    assert!(matches!(SignedReceipt::open(&sealed, &key, &pair, other, &blobs), Err(ReceiptError::Crypto(_))));
}
