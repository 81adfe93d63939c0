//! Recovery words: the official examples, and everything people do to words on the way.

use keepwell_protocol::crypto::words::{
    Language, ParseOptions, ParsedWords, Passphrase, PassphraseTooLong, Quiz, RecoveryWords, WordsError,
    WrongAnswers, check_answers,
};
use keepwell_protocol::crypto::{CryptoError, Rng};
use unicode_normalization::UnicodeNormalization;

/// What SHA-256("keepwell 2") stands for; not a wallet of anybody.
const WORDS: &str = "remove until clay police donate roof flavor vivid live burden bread cream letter \
                     solution hedgehog kit cake elbow drive candy hamster find level expect";

fn parse(text: &str) -> Result<ParsedWords, WordsError> {
    RecoveryWords::parse(text, ParseOptions::default())
}

fn in_language(text: &str, language: Language) -> Result<ParsedWords, WordsError> {
    RecoveryWords::parse(text, ParseOptions { language: Some(language), allow_test_seed: true })
}

fn seed_of(text: &str) -> String {
    hex::encode(parse(text).unwrap().words.seed(&Passphrase::none()).expose())
}

fn unknown(text: &str) -> (usize, Vec<&'static str>, bool) {
    match parse(text) {
        Err(WordsError::UnknownWord { position, suggestions, looks_alike }) => {
            (position, suggestions.iter().collect(), looks_alike)
        }
        other => panic!("{other:?}"),
    }
}

/// The words with one of them, counted from 1, replaced.
fn with_word(position: usize, word: &str) -> String {
    let mut words: Vec<&str> = WORDS.split_whitespace().collect();
    words[position - 1] = word;
    words.join(" ")
}

#[test]
fn reads_the_official_examples_of_ten_languages() {
    let examples: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(include_str!("../../../../fixtures/vectors/bip39.json")).unwrap();
    assert_eq!(examples.len(), Language::ALL.len());
    let passphrase = Passphrase::parse("TREZOR").unwrap();
    for (name, examples) in &examples {
        let language = Language::parse(name).unwrap();
        for example in examples.as_array().unwrap() {
            let [entropy, text, seed] = [0, 1, 2].map(|at| example[at].as_str().unwrap());
            let words = in_language(text, language).unwrap().words;
            assert_eq!(hex::encode(&*words.entropy()), entropy);
            assert_eq!(hex::encode(words.seed(&passphrase).expose()), seed, "{name} {entropy}");
            let again = RecoveryWords::from_entropy(&words.entropy(), language).unwrap();
            assert!(again.words().eq(words.words()));
            assert_eq!((again.count(), again.language()), (entropy.len() * 3 / 8, language));
            assert!(parse(text).is_err(), "{name}: a published example is refused");
        }
    }
}

#[test]
fn reads_the_japanese_examples_whose_passphrase_changes_under_normalisation() {
    let examples: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../../fixtures/vectors/bip39-japanese.json")).unwrap();
    assert_eq!(examples.len(), 24);
    for example in &examples {
        let field = |name: &str| example[name].as_str().unwrap();
        let words = in_language(field("mnemonic"), Language::Japanese).unwrap().words;
        assert_eq!(hex::encode(&*words.entropy()), field("entropy"));
        let passphrase = Passphrase::parse(field("passphrase")).unwrap();
        assert_eq!(hex::encode(words.seed(&passphrase).expose()), field("seed"));
    }
}

#[test]
fn new_words_are_24_and_read_back() {
    let words = RecoveryWords::generate(&mut Rng::system()).unwrap();
    assert_eq!((words.count(), words.language()), (24, Language::English));
    let text: Vec<&str> = words.words().collect();
    let read = parse(&text.join(" ")).unwrap();
    assert_eq!(*read.words.entropy(), *words.entropy());
    let other = RecoveryWords::generate(&mut Rng::system()).unwrap();
    assert_ne!(*other.entropy(), *words.entropy());
}

#[test]
fn a_broken_source_of_randomness_makes_no_words() {
    fn generate(source: impl FnMut(&mut [u8]) -> Result<(), CryptoError> + Send + 'static) -> CryptoError {
        RecoveryWords::generate(&mut Rng::scripted(source)).unwrap_err()
    }
    let fill = |byte: u8| {
        move |bytes: &mut [u8]| {
            bytes.fill(byte);
            Ok(())
        }
    };
    assert_eq!(generate(fill(0)), CryptoError::EntropyFailure);
    assert_eq!(generate(fill(0xff)), CryptoError::EntropyFailure);
    assert_eq!(generate(|_| Err(CryptoError::EntropyFailure)), CryptoError::EntropyFailure);
    let cycle = |length: usize| {
        move |bytes: &mut [u8]| {
            bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at % length) as u8);
            Ok(())
        }
    };
    assert_eq!(generate(cycle(32)), CryptoError::EntropyFailure);
    assert_eq!(generate(cycle(8)), CryptoError::EntropyFailure);
    assert_eq!(generate(cycle(2)), CryptoError::EntropyFailure);
    assert!(RecoveryWords::generate(&mut Rng::scripted(cycle(256))).is_ok());
}

#[test]
fn spacing_case_and_numbers_do_not_matter() {
    let seed = seed_of(WORDS);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    for (spacing, text) in [
        ("capitals", WORDS.to_uppercase()),
        ("mixed case", WORDS.replace('a', "A")),
        ("tabs", words.join("\t")),
        ("no-break spaces", words.join("\u{a0}")),
        ("ideographic spaces", words.join("\u{3000}")),
        ("line breaks", words.join("\r\n")),
        ("commas", words.join(", ")),
        ("Japanese commas", words.join("、")),
        ("around", format!("\n\t {WORDS} \u{3000}")),
        ("full-width letters", WORDS.replace('a', "ａ")),
    ] {
        let parsed = parse(&text).unwrap();
        assert_eq!(seed_of(&text), seed, "{spacing}");
        assert!(!parsed.had_numbers && !parsed.had_invisible, "{spacing}");
    }
    let numbered = |format: &dyn Fn(usize, &str) -> String| {
        words.iter().enumerate().map(|(at, word)| format(at + 1, word)).collect::<Vec<_>>().join("\n")
    };
    for text in [
        numbered(&|number, word| format!("{number}. {word}")),
        numbered(&|number, word| format!("{number}) {word}")),
        numbered(&|number, word| format!("{number}.{word}")),
        numbered(&|number, word| format!("{number:02}: {word}")),
        numbered(&|number, word| format!("{number}\t{word}")),
    ] {
        assert_eq!(seed_of(&text), seed);
        assert!(parse(&text).unwrap().had_numbers);
    }
    let by_columns =
        numbered(&|number, word| format!("{}. {word}", if number % 2 == 0 { number + 11 } else { number }));
    assert_eq!(parse(&by_columns).unwrap_err(), WordsError::Numbering { position: 2 });
}

#[test]
fn what_cannot_be_seen_is_left_out_and_told() {
    let seed = seed_of(WORDS);
    for character in ['\u{200b}', '\u{200d}', '\u{feff}', '\u{200f}', '\u{202e}', '\u{2060}', '\u{ad}'] {
        let text =
            format!("{character}{}", WORDS.replace("police", &format!("pol{character}ice{character}")));
        let parsed = parse(&text).unwrap();
        assert!(parsed.had_invisible && !parsed.had_numbers);
        assert_eq!(seed_of(&text), seed, "{character:?}");
    }
}

#[test]
fn accents_count_the_same_in_both_forms() {
    // "éclair" as one character and as two, of an example in French.
    let entropy: Vec<u8> = (0..16_u8).map(|at| at.wrapping_mul(37).wrapping_add(11)).collect();
    let words = RecoveryWords::from_entropy(&entropy, Language::French).unwrap();
    let decomposed: Vec<&str> = words.words().collect();
    let decomposed = decomposed.join(" ");
    let composed = decomposed.replace("e\u{301}", "é").replace("e\u{300}", "è");
    assert_ne!(composed, decomposed, "the example has an accent");
    assert_eq!(seed_of(&composed), seed_of(&decomposed));
    assert_eq!(seed_of(&composed.to_uppercase()), seed_of(&decomposed));
}

#[test]
fn another_number_of_words_is_not_a_set() {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    for count in [0, 1, 11, 13, 14, 23] {
        let found = parse(&words[..count].join(" ")).unwrap_err();
        assert_eq!(found, WordsError::WordCount { found: count });
    }
    for text in [format!("{WORDS} zoo"), "zoo ".repeat(10_000), "x".repeat(1 << 20) + &" x".repeat(30)] {
        assert_eq!(parse(&text).unwrap_err(), WordsError::WordCount { found: 25 });
    }
    for length in [0, 15, 17, 31, 33, 64] {
        assert!(RecoveryWords::from_entropy(&vec![7; length], Language::English).is_err(), "{length}");
    }
}

#[test]
fn a_wrong_word_that_exists_fails_the_checksum_and_names_nothing() {
    assert_eq!(parse(&with_word(24, "zoo")).unwrap_err(), WordsError::Checksum);
    assert_eq!(parse(&with_word(24, "zoo")).unwrap_err().code(), "MnemonicChecksum");
    let swapped = WORDS.replace("remove until", "until remove");
    assert_eq!(parse(&swapped).unwrap_err(), WordsError::Checksum);
}

#[test]
fn an_unknown_word_is_named_by_position_with_what_may_be_meant() {
    assert_eq!(unknown(&with_word(4, "polcie")), (4, vec!["police", "pole"], false));
    assert_eq!(unknown(&with_word(24, "expekt")), (24, vec!["expect"], false));
    assert_eq!(unknown(&with_word(1, "qqqqqqqq")), (1, vec![], false));
    assert_eq!(unknown(&with_word(1, &"x".repeat(1 << 20))), (1, vec![], false));
    // Suggestions are for the screen: an error that is logged shows none.
    let error = parse(&with_word(4, "polcie")).unwrap_err();
    assert_eq!(error.to_string(), "word 4 is not a recovery word");
    assert!(!format!("{error:?}").contains("police"));
}

#[test]
fn an_abbreviation_is_completed_only_on_the_screen() {
    assert_eq!(unknown(&with_word(4, "poli")), (4, vec!["police", "pole"], false));
    let (position, suggestions, _) = unknown(&with_word(2, "sha"));
    assert_eq!((position, suggestions.len()), (2, 3));
    assert!(suggestions.iter().all(|word| word.starts_with("sha")));
}

#[test]
fn letters_of_other_scripts_are_unknown_and_said_to_look_alike() {
    assert_eq!(unknown(&with_word(4, "роlice")), (4, vec!["police"], true));
    assert_eq!(unknown(&with_word(21, "hαmstεr")), (21, vec!["hamster"], true));
}

#[test]
fn words_valid_in_two_lists_need_the_language() {
    let characters = bip39_characters_in_both_chinese_lists();
    let (text, languages) = characters;
    assert_eq!(parse(&text).unwrap_err(), WordsError::AmbiguousLanguage { languages: languages.clone() });
    for language in languages {
        assert_eq!(in_language(&text, language).unwrap().words.language(), language);
    }
    assert!(matches!(in_language(&text, Language::Korean), Err(WordsError::UnknownWord { position: 1, .. })));
}

/// Twelve words of both Chinese lists, found by trying entropies.
fn bip39_characters_in_both_chinese_lists() -> (String, Vec<Language>) {
    let languages = vec![Language::ChineseSimplified, Language::ChineseTraditional];
    let mut rng = Rng::seeded(39);
    loop {
        let entropy: [u8; 16] = rng.array().unwrap();
        let [simplified, traditional] =
            [0, 1].map(|at| RecoveryWords::from_entropy(&entropy, languages[at]).unwrap());
        if simplified.words().eq(traditional.words()) {
            return (simplified.text().to_string(), languages);
        }
    }
}

#[test]
fn words_that_everybody_knows_make_no_wallet() {
    let abandon = "abandon ".repeat(11) + "about";
    let junk = "test ".repeat(11) + "junk";
    let all = "all ".repeat(12);
    for text in [&abandon, &junk, &all] {
        assert_eq!(parse(text).unwrap_err(), WordsError::TestSeed, "{text}");
        let allowed = ParseOptions { allow_test_seed: true, ..ParseOptions::default() };
        assert!(RecoveryWords::parse(text, allowed).is_ok(), "{text}");
    }
    for period in [1, 2, 3, 4, 5, 8] {
        let entropy: Vec<u8> = (0..32).map(|at| (at % period * 53 + 7) as u8).collect();
        let words = RecoveryWords::from_entropy(&entropy, Language::English).unwrap();
        let text = words.text();
        assert_eq!(parse(&text).unwrap_err(), WordsError::TestSeed, "bytes that repeat every {period}");
    }
    assert!(parse(WORDS).is_ok());
}

#[test]
fn a_passphrase_makes_another_wallet() {
    let words = parse(WORDS).unwrap().words;
    let fingerprint = |text: &str| words.seed(&Passphrase::parse(text).unwrap()).fingerprint();
    assert_eq!(fingerprint("").len(), 8);
    assert_eq!(fingerprint(""), words.seed(&Passphrase::none()).fingerprint());
    assert_eq!(fingerprint("caf\u{e9}"), fingerprint("cafe\u{301}"));
    assert_ne!(fingerprint(""), fingerprint("a"));
    assert_ne!(fingerprint("a"), fingerprint("a "));
    assert_ne!(fingerprint("a"), fingerprint("A"));
    assert!(Passphrase::parse("a ").unwrap().has_outer_space());
    assert!(!Passphrase::parse("a b").unwrap().has_outer_space());
    assert!(Passphrase::parse("").unwrap().is_empty() && !Passphrase::parse(" ").unwrap().is_empty());
}

#[test]
fn a_passphrase_has_at_most_256_bytes_after_normalisation() {
    assert!(Passphrase::parse(&"a".repeat(256)).is_ok());
    assert!(Passphrase::parse(&"𝐚".repeat(256)).is_ok(), "1,024 bytes that become 256");
    for text in ["a".repeat(257), "é".repeat(86), "𝐚".repeat(257), "a".repeat(1 << 20)] {
        assert_eq!(Passphrase::parse(&text).unwrap_err(), PassphraseTooLong);
    }
}

#[test]
fn the_quiz_asks_three_positions_and_takes_only_their_words() {
    let words = parse(WORDS).unwrap().words;
    let list: Vec<&str> = WORDS.split_whitespace().collect();
    let mut asked = [0; 24];
    for seed in 0..200 {
        let quiz = Quiz::draw(&words, &mut Rng::seeded(seed)).unwrap();
        let positions = quiz.positions();
        assert!(positions.is_sorted_by(|a, b| a < b) && positions.iter().all(|at| (1..=24).contains(at)));
        positions.iter().for_each(|at| asked[at - 1] += 1);
        let right = positions.map(|at| list[at - 1]);
        let check = |answers: [&str; 3]| {
            let answers: Vec<_> = positions.into_iter().zip(answers).collect();
            check_answers(WORDS, &answers)
        };
        assert_eq!(check(right), Ok(()));
        assert_eq!(check([&format!(" {} ", right[0].to_uppercase()), right[1], right[2]]), Ok(()));
        for wrong in [
            [right[1], right[0], right[2]],
            [right[0], right[1], ""],
            [right[0], right[1], "zoo"],
            [&right[0][..2], right[1], right[2]],
        ] {
            assert_eq!(check(wrong), Err(WrongAnswers));
        }
    }
    // 25 times each on average; six standard deviations below is never.
    assert!(asked.iter().all(|times| *times > 3), "{asked:?}");
    assert_eq!(
        Quiz::draw(&words, &mut Rng::scripted(|_| Err(CryptoError::EntropyFailure))),
        Err(CryptoError::EntropyFailure)
    );
}

#[test]
fn answers_are_of_three_different_words_that_are_there_in_any_form_of_an_accent() {
    let french = RecoveryWords::from_entropy(&[0x5a; 32], Language::French).unwrap();
    let (text, list) = (french.text(), french.words().collect::<Vec<_>>());
    let accented = list.iter().position(|word| !word.is_ascii()).unwrap();
    let composed: String = list[accented].nfc().collect();
    assert_ne!(composed, list[accented], "the words themselves are decomposed");
    let others =
        (0..list.len()).filter(|at| *at != accented).map(|at| (at + 1, list[at])).collect::<Vec<_>>();
    let asked = |word| [(accented + 1, word), others[0], others[1]];
    assert_eq!(check_answers(&text, &asked(composed.as_str())), Ok(()));
    let upper = composed.to_uppercase();
    assert_eq!(check_answers(&text, &asked(upper.as_str())), Ok(()));
    let plain: String = list[accented].chars().filter(char::is_ascii).collect();
    assert_eq!(check_answers(&text, &asked(plain.as_str())), Err(WrongAnswers));
    let same = [others[0]; 3];
    assert_eq!(check_answers(&text, &same), Err(WrongAnswers));
    for outside in [0, list.len() + 1, usize::MAX] {
        assert_eq!(
            check_answers(&text, &[(outside, ""), others[0], others[1], others[2]]),
            Err(WrongAnswers)
        );
    }
    assert_eq!(check_answers(&text, &[]), Err(WrongAnswers));
}

#[test]
fn debug_output_shows_no_word() {
    let parsed = parse(WORDS).unwrap();
    assert_eq!(format!("{:?}", parsed.words), "RecoveryWords(..)");
    assert_eq!(format!("{:?}", Passphrase::parse("secret").unwrap()), "Passphrase(..)");
    assert_eq!(format!("{:?}", parsed.words.seed(&Passphrase::none())), "Seed(..)");
}
