//! A measured number between those that are normal: what a bar shows.

use crate::node::Node;
use crate::text::legible;

/// A measured number, and between which numbers it is normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The number; always finite.
    pub number: f64,
    /// Its unit as written.
    pub unit: Option<String>,
    /// From which number on it is normal, in the same unit.
    pub low: Option<f64>,
    /// Up to which number it is normal, in the same unit; not below `low`.
    pub high: Option<f64>,
}

impl Measure {
    /// That of an observation or of a part of it.
    ///
    /// None where the value is no single number, as `< 5`. It stands without `low` and `high` where its source gives
    /// more than one range, one of certain people, or one in another unit: which of them holds is not ours to say.
    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let (number, unit) = measured(node)?;
        let (low, high) = normal(node, &unit).unwrap_or_default();
        let unit = unit.name.map(|name| legible(name, LONGEST_UNIT));
        Some(Self { number, unit, low, high })
    }

    /// Whether both are numbers of the same unit, so that one may be above the other.
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.unit == other.unit
    }
}

/// What the number of an observation counts, as machines write it; none where there is no number, or its source does not say. Numbers
/// of the same may be set beside each other.
pub(crate) fn scale(node: &Node<'_>) -> Option<String> {
    let (_, unit) = measured(node)?;
    unit.code.or(unit.name).map(str::to_owned)
}

fn measured<'n>(node: &'n Node<'_>) -> Option<(f64, Unit<'n>)> {
    match node.choice("value")? {
        ("Quantity", value) if value.text_of("comparator").is_none() => {
            Some((number(value.field("value")?)?, Unit::of(value)))
        }
        ("Integer", value) => Some((number(value)?, Unit { name: None, code: Some(PLAIN) })),
        _ => None,
    }
}

/// The unit of a quantity, as people and as machines write it.
#[derive(Clone, Copy, Default)]
struct Unit<'n> {
    name: Option<&'n str>,
    code: Option<&'n str>,
}

impl<'n> Unit<'n> {
    fn of(quantity: &'n Node<'_>) -> Self {
        let code = quantity.text_of("code");
        Self { name: quantity.text_of("unit").or(code), code }
    }

    /// Whether a number of the other one is a number of this. A bound often has none and means that of the value.
    fn takes(self, bound: Self) -> bool {
        match (self.code, bound.code) {
            (Some(code), Some(other)) => code == other,
            _ => bound.name.is_none() || bound.name == self.name,
        }
    }
}

/// The one range of normal values of this unit, if there is just one and it is of everybody.
fn normal(node: &Node<'_>, unit: &Unit<'_>) -> Option<(Option<f64>, Option<f64>)> {
    let [range] = node.list("referenceRange") else { return None };
    let is_normal = range
        .field("type")
        .is_none_or(|kind| kind.list("coding").iter().any(|coding| coding.text_of("code") == Some("normal")));
    if !is_normal || range.field("appliesTo").is_some() || range.field("age").is_some() {
        return None;
    }
    let bound = |name: &str| {
        let Some(quantity) = range.field(name) else { return Some(None) };
        let is_plain = quantity.text_of("comparator").is_none() && unit.takes(Unit::of(quantity));
        is_plain.then(|| quantity.field("value").and_then(number)).flatten().map(Some)
    };
    let (low, high) = (bound("low")?, bound("high")?);
    match (low, high) {
        (Some(low), Some(high)) if low > high => None,
        bounds => Some(bounds),
    }
}

fn number(node: &Node<'_>) -> Option<f64> {
    let Node::Number(digits) = node else { return None };
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The unit of a number that counts, in UCUM.
const PLAIN: &str = "1";
/// Characters of the longest unit.
const LONGEST_UNIT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, ranges: &str) -> Option<Measure> {
        let json = format!(r#"{{{value},"referenceRange":[{ranges}]}}"#);
        Measure::read(&Node::parse(json.as_bytes()).unwrap())
    }

    const POTASSIUM: &str = r#""valueQuantity":{"value":6.10,"unit":"mmol/L","code":"mmol/L"}"#;

    fn bounds(ranges: &str) -> (Option<f64>, Option<f64>) {
        let measure = read(POTASSIUM, ranges).unwrap();
        assert_eq!((measure.number, measure.unit.as_deref()), (6.1, Some("mmol/L")));
        (measure.low, measure.high)
    }

    #[test]
    fn a_number_stands_between_the_bounds_of_its_unit() {
        assert_eq!(
            bounds(r#"{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5}}"#),
            (Some(3.5), Some(5.0))
        );
        assert_eq!(bounds(r#"{"high":{"value":5,"code":"mmol/L","unit":"mmol per L"}}"#), (None, Some(5.0)));
        let normal = r#"{"type":{"coding":[{"code":"normal"}]},"low":{"value":0}}"#;
        assert_eq!(bounds(normal), (Some(0.0), None));
        assert_eq!(bounds(""), (None, None));
    }

    #[test]
    fn a_range_that_may_not_hold_is_no_range() {
        for ranges in [
            r#"{"low":{"value":3.5}},{"low":{"value":3.6}}"#,
            r#"{"low":{"value":135,"unit":"mg/L"}}"#,
            r#"{"low":{"value":3.5,"code":"mg/L"}}"#,
            r#"{"low":{"value":5},"high":{"value":3.5}}"#,
            r#"{"low":{"value":3.5,"comparator":">"}}"#,
            r#"{"low":{"value":"3.5"}}"#,
            r#"{"type":{"coding":[{"code":"critical"}]},"low":{"value":2.5}}"#,
            r#"{"type":{"text":"Critical"},"low":{"value":2.5}}"#,
            r#"{"appliesTo":[{"text":"women"}],"low":{"value":3.5}}"#,
            r#"{"age":{"high":{"value":18}},"low":{"value":3.5}}"#,
            r#"{"text":"3.5 to 5"}"#,
        ] {
            assert_eq!(bounds(ranges), (None, None), "{ranges}");
        }
    }

    #[test]
    fn what_a_number_counts_is_known_by_its_code_or_else_its_unit() {
        let scale = |value: &str| scale(&Node::parse(format!("{{{value}}}").as_bytes()).unwrap());
        let quantity = |members: &str| format!(r#""valueQuantity":{{"value":5{members}}}"#);
        for (value, expected) in [
            (quantity(r#","unit":"milligram","code":"mg""#), Some("mg")),
            (quantity(r#","unit":"mg","code":"ug""#), Some("ug")),
            (quantity(r#","unit":"mg""#), Some("mg")),
            (r#""valueInteger":7"#.to_owned(), Some("1")),
            // 5.4 and 97 of glucose.
            (quantity(""), None),
            (quantity(r#","comparator":"<","unit":"mg""#), None),
        ] {
            assert_eq!(scale(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_single_number_is_no_measure() {
        assert_eq!(read(r#""valueInteger":7"#, "").unwrap().number, 7.0);
        for value in [
            r#""valueQuantity":{"value":5,"comparator":"<","unit":"mmol/L"}"#,
            r#""valueQuantity":{"value":"5","unit":"mmol/L"}"#,
            r#""valueQuantity":{"value":1e999}"#,
            r#""valueQuantity":{"unit":"mmol/L"}"#,
            r#""valueString":"5 mmol/L""#,
            r#""valueRange":{"low":{"value":5}}"#,
            r#""status":"final""#,
        ] {
            assert_eq!(read(value, ""), None, "{value}");
        }
    }
}
