//! Oblivious HTTP (RFC 9458): what a client seals, the crates `ohttp` and `bhttp` open, and the other way round.

use std::io::Cursor;

use bhttp::{Message, Mode, StatusCode};
use keepwell_protocol::crypto::{CryptoError, Rng};
use keepwell_protocol::formats::http::{
    Method, ObliviousError, ObliviousKey, Request, Response, SEALED_ANSWER_LENGTHS, SEALED_REQUEST_LENGTHS,
};
use ohttp::hpke::{Aead, Kdf, Kem};
use ohttp::{KeyConfig, Server, ServerResponse, SymmetricSuite};

const SUITE: SymmetricSuite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);

fn server(id: u8) -> (Server, ObliviousKey) {
    let config = KeyConfig::new(id, Kem::X25519Sha256, vec![SUITE]).unwrap();
    let key = ObliviousKey::parse(&config.encode().unwrap()).unwrap();
    (Server::new(config).unwrap(), key)
}

fn question(body: usize) -> Request {
    let mut request =
        Request::new(Method::Post, "https://gateway.example:8443/v1/tx?a=b").with_body(vec![7; body]);
    request.headers.push(("content-type".into(), "application/cbor".into()));
    request
}

fn sealed_answer(seal: ServerResponse, body: &[u8], length: usize) -> Vec<u8> {
    let mut message = Message::response(StatusCode::try_from(202_u64).unwrap());
    message.put_header("content-type", "application/cbor");
    message.write_content(body);
    let mut bytes = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut bytes).unwrap();
    bytes.resize(length - 48, 0);
    seal.encapsulate(&bytes).unwrap()
}

#[test]
fn a_question_and_its_answer_are_read_by_the_other_implementation() {
    let (server, key) = server(3);
    for (body, at) in [(0, 0), (300, 0), (400, 1), (3_900, 1)] {
        let (sealed, secret) = key.seal(&question(body), &mut Rng::system()).unwrap();
        assert_eq!(sealed.len(), SEALED_REQUEST_LENGTHS[at]);
        let (opened, seal) = server.decapsulate(&sealed).unwrap();
        let read = Message::read_bhttp(&mut Cursor::new(&opened[..])).unwrap();
        let control = read.control();
        assert_eq!(control.method(), Some(b"POST".as_slice()));
        assert_eq!(control.scheme(), Some(b"https".as_slice()));
        assert_eq!(control.authority(), Some(b"gateway.example:8443".as_slice()));
        assert_eq!(control.path(), Some(b"/v1/tx?a=b".as_slice()));
        assert_eq!(read.header().get(b"content-type"), Some(b"application/cbor".as_slice()));
        assert_eq!(read.content(), vec![7; body]);

        let answer = sealed_answer(seal, b"answer", SEALED_ANSWER_LENGTHS[at]);
        assert_eq!(answer.len(), SEALED_ANSWER_LENGTHS[at]);
        let headers = vec![("content-type".into(), "application/cbor".into())];
        assert_eq!(
            secret.open(&answer).unwrap(),
            Response { status: 202, headers, body: b"answer".to_vec() }
        );
    }
    // One byte more than what fits, and what has no address.
    assert_eq!(key.seal(&question(4_096), &mut Rng::system()).err(), Some(ObliviousError::Request));
    let nowhere = Request::new(Method::Get, "/v1/status");
    assert_eq!(key.seal(&nowhere, &mut Rng::system()).err(), Some(ObliviousError::Request));
}

#[test]
fn an_answer_to_another_question_or_of_another_length_is_none() {
    let (server, key) = server(3);
    let answered = |length| {
        let (sealed, secret) = key.seal(&question(0), &mut Rng::system()).unwrap();
        let (_, seal) = server.decapsulate(&sealed).unwrap();
        (sealed_answer(seal, b"answer", length), secret)
    };
    let (answer, secret) = answered(4_096);
    assert!(secret.open(&answer).is_ok());
    let (_, another) = answered(4_096);
    assert_eq!(another.open(&answer), Err(ObliviousError::Crypto(CryptoError::Damaged)));
    for length in [4_095, 4_097, 16_383] {
        let (unpadded, secret) = answered(length);
        assert_eq!(secret.open(&unpadded), Err(ObliviousError::Answer), "{length}");
    }
    let (answer, secret) = answered(16_384);
    assert_eq!(secret.open(&answer[..4_096]), Err(ObliviousError::Crypto(CryptoError::Damaged)));
    let (sealed, secret) = key.seal(&question(0), &mut Rng::system()).unwrap();
    let (_, seal) = server.decapsulate(&sealed).unwrap();
    let no_http = seal.encapsulate(&vec![9; 4_096 - 48]).unwrap();
    assert_eq!(secret.open(&no_http), Err(ObliviousError::Answer));
}

#[test]
fn a_key_configuration_is_read_whole_or_not_at_all() {
    let both = vec![SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm), SUITE];
    let good = KeyConfig::new(9, Kem::X25519Sha256, both).unwrap().encode().unwrap();
    ObliviousKey::parse(&good).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut near = good.clone();
        near[at] = byte;
        near
    };
    let only_aes =
        KeyConfig::new(9, Kem::X25519Sha256, vec![SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm)]);
    let mut low_order = good.clone();
    low_order[3..35].fill(0);
    for near in [
        changed(2, 0x10), // P-256
        changed(36, 4),
        changed(36, 12),
        [&good[..], &[0]].concat(),
        [&good[..], &[0, 1, 0, 3]].concat(),
        low_order,
        only_aes.unwrap().encode().unwrap(),
    ]
    .iter()
    .map(Vec::as_slice)
    .chain((0..good.len()).map(|end| &good[..end]))
    {
        assert_eq!(ObliviousKey::parse(near), Err(ObliviousError::Configuration), "{near:?}");
    }
}

#[test]
fn two_questions_have_nothing_in_common_but_their_gateways_key() {
    let (_, key) = server(3);
    let [first, second] = [(); 2].map(|()| key.seal(&question(0), &mut Rng::system()).unwrap().0);
    assert_eq!(first[..7], second[..7]);
    let equal = first[7..].iter().zip(&second[7..]).filter(|(a, b)| a == b).count();
    // Of 505 random bytes two are equal at the same place on average.
    assert!(equal < 20, "{equal}");
}
