//! What a server says about its own answer: an OperationOutcome is no record of anybody.

use super::cursor::{Cursor, Token};

/// How grave an issue of an OperationOutcome is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// All went well, or something to know.
    Information,
    /// Something may be missing.
    Warning,
    /// Something that was asked for is missing.
    Error,
}

/// One issue of an OperationOutcome.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutcomeIssue {
    /// How grave it is; `fatal` and what is not known are errors.
    pub severity: Severity,
    /// What the server says: `details.text`, else `diagnostics`, else `code`; at most 200 characters
    /// without control characters.
    pub text: String,
}

/// The issues of an OperationOutcome, at most 100; none where the bytes are something else.
pub fn outcome_issues(bytes: &[u8]) -> Vec<OutcomeIssue> {
    let mut cursor = Cursor::new(bytes);
    let mut issues = Vec::new();
    if cursor.next() != Some(Token::Object) {
        return issues;
    }
    while let Some(key) = cursor.key() {
        match (key.raw(), cursor.next()) {
            (b"issue", Some(Token::Array)) => {
                while let Some(token) = cursor.next() {
                    match token {
                        Token::Object if issues.len() < MAX_ISSUES => issues.push(issue(&mut cursor)),
                        Token::Object | Token::Array => cursor.leave(),
                        Token::End => break,
                        _ => {}
                    }
                }
            }
            (_, Some(Token::Object | Token::Array)) => cursor.leave(),
            _ => {}
        }
    }
    issues
}

fn issue(cursor: &mut Cursor<'_>) -> OutcomeIssue {
    let mut severity = Severity::Error;
    let mut text: [Option<String>; 3] = [None, None, None];
    while let Some(key) = cursor.key() {
        match (key.raw(), cursor.next()) {
            (b"severity", Some(Token::String(value))) => {
                severity = match value.raw() {
                    b"information" | b"success" => Severity::Information,
                    b"warning" => Severity::Warning,
                    _ => Severity::Error,
                }
            }
            (b"diagnostics", Some(Token::String(value))) => text[1] = Some(value.to_str().into_owned()),
            (b"code", Some(Token::String(value))) => text[2] = Some(value.to_str().into_owned()),
            (b"details", Some(Token::Object)) => {
                while let Some(key) = cursor.key() {
                    match (key.raw(), cursor.next()) {
                        (b"text", Some(Token::String(value))) => text[0] = Some(value.to_str().into_owned()),
                        (_, Some(Token::Object | Token::Array)) => cursor.leave(),
                        _ => {}
                    }
                }
            }
            (_, Some(Token::Object | Token::Array)) => cursor.leave(),
            _ => {}
        }
    }
    let text = text.into_iter().flatten().find(|text| !text.trim().is_empty()).unwrap_or_default();
    let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    OutcomeIssue { severity, text }
}

const MAX_ISSUES: usize = 100;

/// Characters of an issue's text.
const MAX_TEXT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_best_words_of_each_issue() {
        let issues = outcome_issues(
            br#"{"resourceType":"OperationOutcome","text":{"div":"<div/>"},"issue":[
            {"severity":"warning","code":"suppressed","diagnostics":"Restri\ncted"},
            {"severity":"information","details":{"coding":[{}],"text":"All"},"diagnostics":"x"},
            {"severity":"fatal","code":"not-found"},{},7]}"#,
        );
        let issues: Vec<_> = issues.iter().map(|issue| (issue.severity, issue.text.as_str())).collect();
        assert_eq!(
            issues,
            [
                (Severity::Warning, "Restri cted"),
                (Severity::Information, "All"),
                (Severity::Error, "not-found"),
                (Severity::Error, ""),
            ]
        );
        for none in ["", "[]", r#"{"issue":{}}"#, r#"{"issue":[[{}]]}"#] {
            assert!(outcome_issues(none.as_bytes()).is_empty(), "{none}");
        }
    }
}
