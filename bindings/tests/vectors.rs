//! The official examples of recovery words, as far as the library lets them in: it knows each and refuses to make a wallet of it.

use keepwell::{RecoveryWords, WalletError};
use serde_json::Value;

#[test]
fn every_official_example_is_read_and_refused_as_published() {
    let all: Value = serde_json::from_str(include_str!("../../fixtures/vectors/bip39.json")).unwrap();
    let japanese: Value =
        serde_json::from_str(include_str!("../../fixtures/vectors/bip39-japanese.json")).unwrap();
    let mut examples = Vec::new();
    for (language, all) in all.as_object().unwrap() {
        let texts = all.as_array().unwrap().iter().map(|example| example[1].as_str().unwrap());
        examples.extend(texts.map(|text| (language.as_str(), text)));
    }
    let texts = japanese.as_array().unwrap().iter().map(|example| example["mnemonic"].as_str().unwrap());
    examples.extend(texts.map(|text| ("japanese", text)));
    assert_eq!(examples.len(), 24 + 9 * 8 + 24);
    for (language, example) in examples {
        // Read to the end, checksum and all: only then is it known what it is.
        let refused = refusal(example);
        // Some words are in both Chinese lists.
        let is_ambiguous = language.starts_with("chinese") && refused == "AmbiguousLanguage";
        assert!(refused == "TestSeed" || is_ambiguous, "{refused}: {example}");
        let shorter: Vec<&str> = example.split_whitespace().skip(1).collect();
        assert_eq!(refusal(&shorter.join(" ")), "WordCount", "{example}");
        let (first, second) = (shorter[0], shorter[1]);
        if first != second {
            let other = example.replacen(first, "keepwell", 1);
            assert_eq!(refusal(&other), "UnknownWord", "{example}");
        }
    }
}

fn refusal(text: &str) -> String {
    match RecoveryWords::parse(text.as_bytes().to_vec()) {
        Err(WalletError::WordsUnreadable { reason, .. }) => reason.to_string(),
        other => panic!("{:?}", other.map(drop)),
    }
}
