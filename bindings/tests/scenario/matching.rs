//! When a result is what a step expects.

use serde_json::Value;

/// Whether `actual` is as `expected` says.
pub fn fits(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Array(actual)) => {
            expected.iter().all(|(key, expected)| match key.as_str() {
                "count" => expected.as_u64() == Some(actual.len() as u64),
                "first" => actual.first().is_some_and(|one| fits(expected, one)),
                "has" => actual.iter().any(|one| fits(expected, one)),
                "lacks" => !actual.iter().any(|one| fits(expected, one)),
                other => panic!("an array has no {other}"),
            })
        }
        (Value::Object(expected), Value::Object(actual)) => expected
            .iter()
            .all(|(key, expected)| actual.get(key).is_some_and(|actual| fits(expected, actual))),
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(one, other)| fits(one, other))
        }
        (expected, actual) => expected == actual,
    }
}

/// The part of a result at a path of names and positions; all of it at the empty path.
pub fn at(result: &Value, path: &str) -> Value {
    let parts = path.split('.').filter(|part| !part.is_empty());
    let found = parts.fold(result, |value, part| match part.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[part],
    });
    assert!(path.is_empty() || !found.is_null(), "the result has no {path}");
    found.clone()
}

#[test]
fn a_result_fits_or_does_not() {
    let actual = serde_json::json!({ "a": [1, { "b": "c", "d": null }], "e": true });
    for (expected, outcome) in [
        (r#"{}"#, true),
        (r#"{"e": true}"#, true),
        (r#"{"e": false}"#, false),
        (r#"{"f": null}"#, false),
        (r#"{"a": [1, {"b": "c"}]}"#, true),
        (r#"{"a": [1]}"#, false),
        (r#"{"a": {"count": 2, "first": 1, "has": {"d": null}, "lacks": {"b": "d"}}}"#, true),
        (r#"{"a": {"count": 1}}"#, false),
        (r#"{"a": {"first": 2}}"#, false),
        (r#"{"a": {"has": {"b": "d"}}}"#, false),
        (r#"{"a": {"lacks": {"b": "c"}}}"#, false),
    ] {
        assert_eq!(fits(&serde_json::from_str(expected).unwrap(), &actual), outcome, "{expected}");
    }
}
