//! Records compressed before they are sealed: the dictionary, another program's stream, and every
//! encoding that a reader refuses or leaves to a newer program.

use keepwell_protocol::crypto::{self, CryptoError, Label, RecordKey, Rng, seal, sha256};
use keepwell_protocol::domain::{Category, Object, Timestamp};
use keepwell_protocol::vault::{Encoding, RecordBlob, RecordBlobError, RecordHeader};
use serde_json::Value;

const DICTIONARY: &[u8] = include_bytes!("../../../../fixtures/compression/deflate-1.dictionary");
const FRAGMENTS: &str = include_str!("../../../../fixtures/compression/fragments.txt");
const EXAMPLE: &str = include_str!("../../../../fixtures/compression/deflate-1.json");

/// The dictionary by the rule of its README.
fn made_of(fragments: &str) -> String {
    let mut dictionary = String::new();
    for line in fragments.lines().rev().filter(|line| !line.starts_with('#')) {
        let mut before = String::new();
        for piece in line.split('~').filter(|piece| piece.len() >= 4) {
            if !dictionary.contains(piece) && !before.contains(piece) {
                before.push_str(piece);
            }
        }
        dictionary.insert_str(0, &before);
    }
    dictionary
}

#[test]
fn the_dictionary_is_made_of_its_fragments_and_never_changes() {
    assert_eq!(made_of(FRAGMENTS).as_bytes(), DICTIONARY);
    assert!(DICTIONARY.len() <= 32 * 1024, "{}", DICTIONARY.len());
    assert_eq!(
        hex::encode(sha256(DICTIONARY)),
        "2f7691dc32c24a0e60d611e7c9f7dd624be43050bf710916992937c905cf013b",
        "records that were published are read with it"
    );
}

#[test]
fn the_dictionary_holds_no_date_and_no_long_number() {
    let text = std::str::from_utf8(DICTIONARY).unwrap();
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    for window in text.as_bytes().windows(10) {
        let [year, _, month, _, day] =
            [&window[..4], &window[4..5], &window[5..7], &window[7..8], &window[8..]];
        let is_date = digits(year) && digits(month) && digits(day) && window[4] == b'-' && window[7] == b'-';
        assert!(!is_date, "{}", String::from_utf8_lossy(window));
        // Nines stand for "any", as Blue Button writes them.
        assert!(!digits(window) || window == [b'9'; 10], "{}", String::from_utf8_lossy(window));
    }
}

/// A record whose bytes stand as `encoding` says, sealed under a key.
fn sealed(encoding: Option<Encoding>, bytes: &[u8], stored: &[u8]) -> (RecordKey, Vec<u8>) {
    let header = RecordHeader {
        resource_type: "Observation".into(),
        source: "file".into(),
        full_url: None,
        received: Timestamp(5),
        sha256: sha256(bytes),
        category: Some(Category::Vitals),
        encoding,
    }
    .to_cbor();
    let length = u32::try_from(header.len()).unwrap().to_be_bytes();
    let key = RecordKey::generate(&mut Rng::system()).unwrap();
    let message = [&length[..], &header, stored].concat();
    let blob = seal(key.expose(), Label::Record, b"", &message, &mut Rng::system()).unwrap();
    (key, blob)
}

fn example() -> (Vec<u8>, Vec<u8>) {
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let bytes = example["bytes"].as_str().unwrap().as_bytes().to_vec();
    (bytes, hex::decode(example["compressed"].as_str().unwrap()).unwrap())
}

fn encoding(name: &str, length: usize) -> Option<Encoding> {
    Some(Encoding { name: name.into(), length: length as u64 })
}

#[test]
fn a_stream_of_another_program_is_read_and_opens_as_what_it_was() {
    let (bytes, compressed) = example();
    let (key, blob) = sealed(encoding("deflate+1", bytes.len()), &bytes, &compressed);
    let opened = RecordBlob::open(&key, &blob).unwrap();
    assert_eq!(opened.bytes, bytes);
    assert_eq!(opened.header.encoding, None, "what is held is not compressed");
}

#[test]
fn a_record_is_published_compressed_where_that_helps_and_plain_where_not() {
    let (bytes, compressed) = example();
    let mut rng = Rng::system();
    let noise = hex::encode(rng.array::<32>().unwrap()).into_bytes();
    let key = RecordKey::generate(&mut rng).unwrap();
    let mut published = |bytes: &[u8], category| {
        let header = RecordHeader {
            resource_type: "Observation".into(),
            source: "file".into(),
            full_url: None,
            received: Timestamp(5),
            sha256: sha256(bytes),
            category,
            encoding: None,
        };
        let record = RecordBlob { header, bytes: bytes.to_vec() };
        let (_, blob) = record.seal(&key, &mut rng).unwrap();
        assert_eq!(RecordBlob::open(&key, &blob).unwrap(), record);
        let message = crypto::open(key.expose(), Label::Record, b"", &blob).unwrap().to_vec();
        let (length, rest) = message.split_first_chunk::<4>().unwrap();
        let (header, stored) = rest.split_at(u32::from_be_bytes(*length) as usize);
        (RecordHeader::from_cbor(header).unwrap().encoding, stored.to_vec())
    };
    let (told, stored) = published(&bytes, Some(Category::Vitals));
    assert_eq!(told, encoding("deflate+1", bytes.len()));
    // As small as the other program's, give or take.
    assert!(stored.len() <= compressed.len() + 16, "{} and {}", stored.len(), compressed.len());
    assert_eq!(published(&noise, Some(Category::Vitals)), (None, noise));
    // The wallet's own state.
    assert_eq!(published(&bytes, None), (None, bytes));
}

#[test]
fn what_only_a_newer_program_reads_is_told_apart_from_damage() {
    let (bytes, compressed) = example();
    for name in ["deflate+2", "zstd+1", "deflate", ""] {
        let (key, blob) = sealed(encoding(name, bytes.len()), &bytes, &compressed);
        let error = RecordBlob::open(&key, &blob).unwrap_err();
        assert!(matches!(error, RecordBlobError::UnknownEncoding), "{name}: {error}");
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("RecordTooNew", "the record needs a newer program")
        );
    }
    // Another key or a changed byte is damage under any name.
    let (_, mut blob) = sealed(encoding("deflate+2", bytes.len()), &bytes, &compressed);
    let other = RecordKey::generate(&mut Rng::system()).unwrap();
    let error = RecordBlob::open(&other, &blob).unwrap_err();
    assert!(matches!(error, RecordBlobError::Crypto(CryptoError::CommitmentMismatch)));
    blob.clear();
    assert!(matches!(RecordBlob::open(&other, &blob), Err(RecordBlobError::Crypto(_))));
}

#[test]
fn a_record_that_inflates_to_anything_but_what_its_header_tells_is_damaged() {
    let (bytes, compressed) = example();
    let longer = [&compressed[..], &[0]].concat();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() = b' ';
    let length = bytes.len();
    for (told, of, stored, why) in [
        (encoding("deflate+1", length - 1), &bytes, &compressed, "shorter"),
        (encoding("deflate+1", length + 1), &bytes, &compressed, "longer"),
        (encoding("deflate+1", 0), &bytes, &compressed, "nothing"),
        (Some(Encoding { name: "deflate+1".into(), length: u64::MAX }), &bytes, &compressed, "endless"),
        (encoding("deflate+1", length), &bytes, &longer, "a byte behind the stream"),
        (encoding("deflate+1", length), &bytes, &compressed[..compressed.len() - 1].to_vec(), "cut"),
        (encoding("deflate+1", length), &bytes, &bytes, "not compressed"),
        (None, &bytes, &compressed, "compressed, and not told"),
        (encoding("deflate+1", length), &changed, &compressed, "the hash of other bytes"),
    ] {
        let (key, blob) = sealed(told, of, stored);
        let error = RecordBlob::open(&key, &blob).unwrap_err();
        assert!(matches!(error, RecordBlobError::Cbor(_)), "{why}: {error}");
    }
}
