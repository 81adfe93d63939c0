//! Search in the scripts and spellings of `fixtures/lists/titles.json`.

use std::collections::BTreeMap;
use std::path::Path;

use keepwell_protocol::domain::Category;
use keepwell_wallet::{Query, Wallet};

use crate::setup::{Place, import};

/// The wallet with every title, and the ids in the file by their titles.
fn filled() -> (Place, Wallet, BTreeMap<String, String>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/lists/titles.json");
    let bytes = std::fs::read(file).unwrap();
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, &bytes).unwrap();
    let bundle: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let resources = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let ids = resources.filter_map(|it| Some((text(&it["code"]["text"])?, text(&it["id"])?))).collect();
    (place, wallet, ids)
}

fn found(wallet: &Wallet, ids: &BTreeMap<String, String>, query: Query) -> Vec<String> {
    let records = wallet.records(&query).unwrap().records;
    let mut found: Vec<String> =
        records.iter().filter_map(|it| ids.get(it.display.as_deref()?).cloned()).collect();
    found.sort_unstable();
    found
}

#[test]
fn words_are_found_by_their_beginning_and_what_has_no_blanks_by_any_part() {
    let (_place, wallet, ids) = filled();
    for (text, expected) in [
        // NFC and NFD, with and without accents, in capitals.
        ("ménière", &["nfc", "nfd"][..]),
        ("me\u{301}nie\u{300}re's DISEASE", &["nfc", "nfd"]),
        ("Menie", &["nfc", "nfd"]),
        ("niere", &[]),
        // Han, kana, Hangul, Thai: any part, one letter too, in that order only.
        ("糖尿病", &["zh"]),
        ("肾脏", &["zh"]),
        ("2型", &["zh"]),
        ("症", &["zh"]),
        ("尿糖", &[]),
        ("糖病", &[]),
        ("ルギー性", &["ja"]),
        ("アレルギー", &["ja", "jahalf"]),
        ("ｱﾚﾙ", &["ja", "jahalf"]),
        ("あれるぎー", &["ja", "jahalf"]),
        ("鼻", &["ja"]),
        ("혈압", &["ko"]),
        ("심장", &["ko"]),
        ("압심", &[]),
        ("เบา", &["th"]),
        ("หวาน", &["th"]),
        ("วานเบา", &[]),
        // Arabic with and without article and points; Hebrew, Devanagari, Cyrillic, Greek.
        ("حساسية", &["ar", "arv"]),
        ("حساسيه", &["ar", "arv"]),
        ("الحساسية", &["ar", "arv"]),
        ("بنسلين", &["ar", "arv"]),
        ("البنسلين", &["ar", "arv"]),
        ("والبنسلين", &["ar", "arv"]),
        ("سلين", &[]),
        ("אלרג", &["he"]),
        ("मधु", &["hindi"]),
        ("गधु", &[]),
        ("елка", &["ru"]),
        ("ГИПЕР", &["ru"]),
        ("β", &["greek"]),
        ("lactam", &["greek"]),
        // Letters that no normal form takes apart.
        ("ishal isi", &["tr"]),
        ("ıshal", &["tr"]),
        ("STRASSE grosse", &["de"]),
        ("Größe", &["de"]),
        ("Groesse", &["de"]),
        ("oedem", &["dk"]),
        ("glue", &[]),
        ("odem", &["dk"]),
        ("Ødem benene", &["dk"]),
        ("luszcz", &["pl"]),
        ("dai thao duong", &["vn"]),
        ("Đường", &["vn"]),
        ("fibro", &["lig"]),
        ("ﬁb", &["lig"]),
        // Punctuation parts words.
        ("covid19", &[]),
        ("covid-19", &["hyph"]),
        ("blocker", &["hyph"]),
        ("B*57:01", &["plus"]),
        ("5.5", &["num", "plus"]),
        ("codeine", &["slash"]),
        ("o'brien", &["apos"]),
        ("brien", &["apos"]),
        ("hyperten", &["prefix"]),
        ("tension", &[]),
        ("😀", &["emoji"]),
        ("pain 😀", &["emoji"]),
        ("👨‍👩‍👧", &[]),
    ] {
        let query = Query { text: Some(text.into()), ..Query::default() };
        assert_eq!(found(&wallet, &ids, query.clone()), expected, "{text}");
        let elsewhere = Query { category: Some(Category::Allergies), ..query };
        assert_eq!(found(&wallet, &ids, elsewhere), [""; 0], "{text}");
    }
}

#[test]
fn a_beginning_that_stands_for_many_words_finds_all_of_them() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let line = |at: u32| {
        format!(r#"{{"resourceType":"Observation","id":"o{at}","code":{{"text":"word{at} other"}}}}"#)
    };
    import(&mut wallet, (0..300).map(line).collect::<Vec<_>>().join("\n").as_bytes()).unwrap();
    let hits = |text: &str| {
        wallet
            .records(&Query { text: Some(text.into()), limit: 1_000, ..Query::default() })
            .unwrap()
            .records
            .len()
    };
    assert_eq!(hits("word"), 300);
    assert_eq!(hits("wo ot"), 300);
    assert_eq!(hits("word29"), 11);
    assert_eq!(hits("word299 other"), 1);
    assert_eq!(hits("word300"), 0);
}

#[test]
fn the_longest_search_is_taken() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    // As many words as a search may have, each the beginning of as many as are looked up.
    let words: Vec<String> = (0..32 * 64).map(|at| format!("p{:02}w{}", at / 64, at % 64)).collect();
    let all = format!(r#"{{"resourceType":"Flag","id":"f","code":{{"text":"{}"}}}}"#, words.join(" "));
    import(&mut wallet, all.as_bytes()).unwrap();
    let beginnings: Vec<String> = (0..32).map(|at| format!("p{at:02}w")).collect();
    let query = Query { text: Some(beginnings.join(" ")), ..Query::default() };
    assert_eq!(wallet.records(&query).unwrap().records.len(), 1);
}

#[test]
fn titles_and_queries_of_any_length_are_bounded_work() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let titles = ["x".repeat(100_000), "病".repeat(100_000), format!("e{}", "\u{301}".repeat(100_000))];
    let lines: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            format!(r#"{{"resourceType":"Observation","id":"o{at}","code":{{"text":"{title}"}}}}"#)
        })
        .collect();
    import(&mut wallet, lines.join("\n").as_bytes()).unwrap();
    let hits = |text: &str| {
        wallet.records(&Query { text: Some(text.into()), ..Query::default() }).unwrap().records.len()
    };
    for title in &titles {
        assert_eq!(hits(title), 1);
    }
    assert_eq!(hits("xxxx"), 1);
    assert_eq!(hits(&format!("{}y", "x".repeat(10))), 0);
    assert_eq!(hits(&"no such word ".repeat(10_000)), 0);
}
