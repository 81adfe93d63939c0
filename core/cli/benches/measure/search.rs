//! Search in several scripts, by beginnings of words and by parts of what has no blanks.

use keepwell_protocol::domain::{SearchTerm, search_terms};
use keepwell_wallet::Query;

use crate::patient::Patient;
use crate::peer;
use crate::table::{Table, each, in_turn};

/// A title that many records have, what is typed to find it, and the words that this stands for in an index.
const SCRIPTS: &[(&str, &str, &str, &str)] = &[
    ("Latin, the beginning of a word", "Glucose in blood", "gluc", "\"glucose\""),
    ("Latin with marks", "Größe der Łuszczyca", "lusz", "\"luszczyca\""),
    ("Arabic with an article", "حساسية البنسلين", "البنسلين", "\"البنسلين\""),
    ("Han", "2型糖尿病伴有肾脏并发症", "糖尿病", "\"糖尿 尿病\""),
    ("one Han letter", "高血压", "压", "\"压\""),
    ("Kana", "アレルギー性鼻炎", "アレルギ", "\"アレ レル ルギ\""),
    ("Hangul", "고혈압성 심장병", "혈압", "\"혈압\""),
    ("Thai", "โรคเบาหวาน", "หวาน", "\"หว วา าน\""),
];

/// The newest 20 of 40,000 records, a fifth to an eighth of which has what is looked for.
pub(crate) fn search(table: &mut Table) {
    const COUNT: usize = 40_000;
    let titles: Vec<String> =
        (0..COUNT).map(|at| format!("{} {}", SCRIPTS[at % SCRIPTS.len()].1, at / 64)).collect();
    let lines: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            format!(r#"{{"resourceType":"Observation","id":"o{at}","code":{{"text":"{title}"}},"effectiveDateTime":"20{:02}-01-01"}}"#, at % 25)
        })
        .collect();
    let mut patient = Patient::new();
    patient.import(lines.join("\n").as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let mut raw = peer::open(&folder.path().join("raw.db"));
    raw.execute_batch(
        "CREATE VIRTUAL TABLE word USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'ascii')",
    )
    .unwrap();
    let transaction = raw.transaction().unwrap();
    for title in &titles {
        let terms = search_terms(title);
        let words: Vec<&str> = terms.iter().flat_map(SearchTerm::indexed).map(String::as_str).collect();
        transaction
            .prepare_cached("INSERT INTO word (text) VALUES (?1)")
            .unwrap()
            .execute([words.join(" ")])
            .unwrap();
    }
    transaction.commit().unwrap();
    for (script, _, typed, words) in SCRIPTS {
        let query = Query { text: Some((*typed).into()), limit: 20, ..Query::default() };
        let (ours, peer_time) = in_turn(
            11,
            || each(200, |_| assert_eq!(patient.wallet.records(&query).unwrap().records.len(), 20)),
            || {
                each(200, |_| {
                    let mut statement = raw
                        .prepare_cached(
                            "SELECT rowid FROM word WHERE word MATCH ?1 ORDER BY rowid DESC LIMIT 20",
                        )
                        .unwrap();
                    let rows = statement.query_map([words], |row| row.get::<_, i64>(0)).unwrap();
                    assert_eq!(rows.map(Result::unwrap).count(), 20);
                })
            },
        );
        table.ratio(&format!("search, newest 20: {script}"), ours, peer_time, 3.0, "≤ 3×");
    }
}
