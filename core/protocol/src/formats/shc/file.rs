//! The file of health cards, `.smart-health-card`: JSON that lists their signed texts.

use serde::Deserialize;

use super::HealthCardError;
use super::object::read_object;

/// Reads a file and gives the signed texts in it.
///
/// # Errors
/// [`HealthCardError::File`] if it lists none, or more than [`MOST_CARDS`].
pub fn read_file(json: &[u8]) -> Result<Vec<String>, HealthCardError> {
    let File { cards } = read_object(json).ok_or(HealthCardError::File)?;
    if (1..=MOST_CARDS).contains(&cards.len()) { Ok(cards) } else { Err(HealthCardError::File) }
}

/// Writes the file that lists these signed texts.
pub fn write_file(cards: &[String]) -> Vec<u8> {
    serde_json::json!({ "verifiableCredential": cards }).to_string().into_bytes()
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "verifiableCredential")]
    cards: Vec<String>,
}

/// The most cards that are taken from one file.
pub const MOST_CARDS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_its_cards_and_nothing_else() {
        let two = br#" {"x": 1, "verifiableCredential": ["a", "b"]} "#;
        assert_eq!(read_file(two), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read_file(&super::write_file(&["a".into(), "b".into()])).unwrap(), ["a", "b"]);
        let many = |count| serde_json::json!({ "verifiableCredential": vec!["a"; count] }).to_string();
        assert_eq!(read_file(many(MOST_CARDS).as_bytes()).map(|cards| cards.len()), Ok(MOST_CARDS));
        for json in [
            "",
            "{}",
            r#"{"verifiableCredential":[]}"#,
            r#"{"verifiableCredential":"a"}"#,
            r#"{"verifiableCredential":[7]}"#,
            r#"{"verifiableCredential":["a"],"verifiableCredential":["b"]}"#,
            r#"[["a"]]"#,
            &many(MOST_CARDS + 1),
        ] {
            assert_eq!(read_file(json.as_bytes()), Err(HealthCardError::File), "{json:.60}");
        }
    }
}
