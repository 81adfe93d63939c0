//! The JOSE examples of Wycheproof: whatever they try, only `dir` with `A256GCM` is understood.

use keepwell_protocol::crypto::{LinkKey, base64url, jwe_decrypt};

use crate::sample;

#[test]
fn none_of_the_encryption_examples_opens() {
    let Some(folder) = sample::data("vectors/jose") else { return };
    let mut tried = 0;
    for name in ["json_web_encryption_test.json", "json_web_crypto_test.json"] {
        let set: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        for group in set["testGroups"].as_array().unwrap() {
            // Their keys where they are symmetric and of our length, else any key.
            let key = group["private"]["k"].as_str().and_then(|key| base64url::decode_array(key).ok());
            let key = LinkKey::from_bytes(&key.unwrap_or([7; 32]));
            for test in group["tests"].as_array().unwrap() {
                let text = test["jwe"].as_str().map_or_else(|| test["jwe"].to_string(), str::to_owned);
                assert!(jwe_decrypt(&key, &text).is_err(), "{name} {}", test["tcId"]);
                tried += 1;
            }
        }
    }
    assert!(tried >= 200, "{tried}");
}
