//! FHIR's data types in words.

use crate::node::Node;
use crate::unit;
use crate::value::{Line, Value, When};

/// A `CodeableConcept` or `Coding`: what it says, then each code with its system. A coding's own
/// name is shown wherever it differs, because the code is what machines act on.
pub(crate) fn concept(node: &Node<'_>) -> Vec<Line> {
    let codings = if node.field("coding").is_some() { node.list("coding") } else { node.items() };
    let Some(title) = title(node) else { return Vec::new() };
    let mut lines = vec![Line::plain(title)];
    for coding in codings {
        let code = coding.text_of("code").unwrap_or_default();
        let system = system_name(coding.text_of("system").unwrap_or_default());
        let mut line = format!("{system} {code}").trim().to_owned();
        match coding.text_of("display") {
            Some(display) if !same(display, title) => {
                line = if line.is_empty() { display.to_owned() } else { format!("{line}: {display}") };
            }
            _ => {}
        }
        if !line.is_empty() && !same(&line, title) {
            lines.push(Line::quiet(&line));
        }
    }
    lines
}

/// What a `CodeableConcept` or `Coding` is called, in one word or phrase.
pub(crate) fn title<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let codings = if node.field("coding").is_some() { node.list("coding") } else { node.items() };
    let named = |name: &str| codings.iter().find_map(|coding| coding.text_of(name));
    node.text_of("text")
        .filter(|text| !text.trim().is_empty())
        .or_else(|| named("display"))
        .or_else(|| named("code"))
        .or_else(|| node.text())
}

/// A `Quantity`: comparator, digits as received, the unit as people write it; and the coded unit where it reads otherwise.
pub(crate) fn quantity(node: &Node<'_>) -> Option<String> {
    let value = node.text_of("value")?;
    let mut text = format!("{}{value}", node.text_of("comparator").unwrap_or_default());
    let code = node.text_of("code");
    if let Some(unit) = node.text_of("unit").or(code) {
        text = format!("{text} {}", unit::written(unit));
        if let Some(code) = code.filter(|code| !same_unit(code, unit)) {
            let system = node.text_of("system").map(system_name).unwrap_or_default();
            text = format!("{text} ({})", format!("{system} {code}").trim());
        }
    }
    Some(text)
}

/// Whether a unit's code is only another way to write it: `mm[Hg]` and mmHg, but not ug and mg.
fn same_unit(code: &str, unit: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !matches!(c, '[' | ']' | ' ')).collect::<String>();
    plain(code) == plain(unit)
}

/// The beginning and end of a `Period`, either of which may be open.
pub(crate) fn period(node: &Node<'_>) -> Option<When> {
    When::span(node.text_of("start"), node.text_of("end"))
}

/// A `Range` in one line: `≥ low`, `≤ high`, `low – high`, or one number where both are the same.
pub(crate) fn range(node: &Node<'_>) -> Option<String> {
    match (node.field("low").and_then(quantity), node.field("high").and_then(quantity)) {
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (Some(low), Some(high)) if low == high => Some(low),
        (Some(low), Some(high)) => Some(format!("{low} – {high}")),
        (None, None) => None,
    }
}

/// A `HumanName` in one line: its text, else prefix, given and family names, suffix.
pub(crate) fn human_name(node: &Node<'_>) -> Option<String> {
    if let Some(text) = node.text_of("text") {
        return Some(text.to_owned());
    }
    let parts = ["prefix", "given", "family", "suffix"];
    let words: Vec<&str> = parts.iter().flat_map(|part| node.list(part)).filter_map(Node::text).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// An `Address` on one line.
pub(crate) fn address(node: &Node<'_>) -> Option<String> {
    if let Some(text) = node.text_of("text") {
        return Some(text.to_owned());
    }
    let parts = ["line", "city", "district", "state", "postalCode", "country"];
    let words: Vec<&str> = parts.iter().flat_map(|part| node.list(part)).filter_map(Node::text).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A `Dosage`: the prescriber's words, then what is coded beside them, in signs that need no language:
/// `20 mg, oral, 2 × / d`. Units of time are UCUM's.
pub(crate) fn dosage(node: &Node<'_>) -> Vec<Line> {
    let mut coded = Vec::new();
    let amount = |amount: &Node<'_>| quantity(amount).or_else(|| range(amount)).or_else(|| ratio(amount));
    // FHIR R4 has a list of them, older versions and MedicationAdministration have the members themselves.
    for rate in node.list("doseAndRate").iter().chain([node]) {
        coded.extend(rate.field("dose").or(rate.choice("dose").map(|(_, dose)| dose)).and_then(amount));
        coded.extend(rate.choice("rate").and_then(|(_, rate)| amount(rate)));
    }
    coded.extend(node.field("route").and_then(title).map(str::to_owned));
    coded.extend(node.field("timing").and_then(timing));
    let coded = coded.join(", ");
    let mut lines: Vec<Line> = node.text_of("text").into_iter().map(Line::plain).collect();
    lines.extend(node.text_of("patientInstruction").map(Line::plain));
    if !coded.is_empty() {
        lines.push(if lines.is_empty() { Line::plain(&coded) } else { Line::quiet(&coded) });
    }
    lines
}

/// Whether a `Dosage` is to be taken as needed, or for what.
pub(crate) fn as_needed(node: &Node<'_>) -> Option<Line> {
    match node.choice("asNeeded")? {
        ("Boolean", Node::Bool(true)) => Some(Value::Truth { holds: true }.into()),
        ("CodeableConcept", reason) => title(reason).map(Line::plain),
        ("For", reasons) => reasons.items().iter().find_map(title).map(Line::plain),
        _ => None,
    }
}

/// The most of a `Dosage` in a time: `40 mg / 1 d`.
pub(crate) fn maximum_dose(node: &Node<'_>) -> Option<String> {
    node.list("maxDosePerPeriod").first().and_then(ratio)
}

/// A `Timing`: `2 × / d`, `1–2 × / 6 h`.
fn timing(node: &Node<'_>) -> Option<String> {
    let repeat = node.field("repeat");
    let of = |name: &str| repeat.and_then(|repeat| repeat.text_of(name));
    let mut parts: Vec<String> = Vec::new();
    // Before FHIR STU3 the unit was called `periodUnits`.
    if let (Some(period), Some(unit)) = (of("period"), of("periodUnit").or_else(|| of("periodUnits"))) {
        let most = of("frequencyMax").map(|most| format!("–{most}")).unwrap_or_default();
        let period = period.strip_suffix(".0").unwrap_or(period);
        let period = if period == "1" { unit.to_owned() } else { format!("{period} {unit}") };
        parts.push(format!("{}{most} × / {period}", of("frequency").unwrap_or("1")));
    }
    parts.extend(
        repeat.into_iter().flat_map(|repeat| repeat.list("when")).filter_map(Node::text).map(str::to_owned),
    );
    if let Some(when) = repeat.and_then(|repeat| repeat.field("boundsPeriod")).and_then(period) {
        let ends = [when.start.unwrap_or_default(), when.end.unwrap_or_default()];
        parts.push(if when.lasts { ends.join(" – ").trim().to_owned() } else { ends.concat() });
    }
    parts.extend(node.field("code").and_then(title).map(str::to_owned));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A `Ratio`: `1 / 128`.
pub(crate) fn ratio(node: &Node<'_>) -> Option<String> {
    let part = |name| node.field(name).and_then(quantity);
    part("numerator").zip(part("denominator")).map(|(above, below)| format!("{above} / {below}"))
}

/// A value of any type that has a form of its own; nothing if there is none in it.
pub(crate) fn value(kind: &str, node: &Node<'_>) -> Vec<Line> {
    let plain = |text: Option<String>| text.iter().map(|text| Line::plain(text)).collect();
    let time = |when: Option<When>| when.map(|when| Value::from(when).into()).into_iter().collect();
    match kind {
        "CodeableConcept" | "Coding" => concept(node),
        "Quantity" | "Age" | "Duration" | "Count" | "Distance" | "SimpleQuantity" => plain(quantity(node)),
        "Money" => plain(money(node)),
        "Range" => plain(range(node)),
        "Period" => time(period(node)),
        "Ratio" => plain(ratio(node)),
        "DateTime" | "Date" | "Instant" => time(node.text().map(When::at)),
        "SampledData" => vec![Value::Curve.into()],
        "Attachment" => {
            plain(node.text_of("title").or_else(|| node.text_of("contentType")).map(str::to_owned))
        }
        "Reference" => {
            plain(node.text_of("display").or_else(|| node.text_of("reference")).map(str::to_owned))
        }
        _ => match node {
            Node::Bool(holds) => vec![Value::Truth { holds: *holds }.into()],
            other => plain(other.text().filter(|text| !text.trim().is_empty()).map(str::to_owned)),
        },
    }
}

/// Why there is no value: `dataAbsentReason` beside it, or the extension of that name in its place.
pub(crate) fn absent_reason<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let named = node.field("dataAbsentReason").or_else(|| node.field("valueAbsentReason")).and_then(title);
    named.or_else(|| {
        let value = node.choice("value").or_else(|| node.choice("_value")).map(|(_, value)| value)?;
        let within = value.field("_value").into_iter().flat_map(|inner| inner.list("extension"));
        value
            .list("extension")
            .iter()
            .chain(within)
            .find(|extension| {
                extension.text_of("url").is_some_and(|url| url.ends_with("/data-absent-reason"))
            })?
            .text_of("valueCode")
    })
}

/// A `Money` as value and currency.
pub(crate) fn money(node: &Node<'_>) -> Option<String> {
    let value = node.text_of("value")?;
    Some(format!("{value} {}", node.text_of("currency").unwrap_or_default()).trim().to_owned())
}

/// The name by which a code system is known; its URI where it has none.
pub(crate) fn system_name(uri: &str) -> &str {
    const NAMES: [(&str, &str); 16] = [
        ("http://snomed.info/sct", "SNOMED CT"),
        ("http://loinc.org", "LOINC"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
        ("http://hl7.org/fhir/sid/cvx", "CVX"),
        ("http://hl7.org/fhir/sid/ndc", "NDC"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM"),
        ("http://hl7.org/fhir/sid/icd-10", "ICD-10"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "ICD-9-CM"),
        ("http://www.ama-assn.org/go/cpt", "CPT"),
        ("http://www.whocc.no/atc", "ATC"),
        ("http://unitsofmeasure.org", "UCUM"),
        ("http://fdasis.nlm.nih.gov", "UNII"),
        ("http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem", "IHE format"),
        ("urn:ietf:bcp:47", "Language"),
        ("http://www.nubc.org/patient-discharge", "NUBC"),
        ("http://www.genenames.org", "HGNC"),
    ];
    let hl7 = || {
        uri.strip_prefix("http://terminology.hl7.org/CodeSystem/")
            .or_else(|| uri.strip_prefix("http://hl7.org/fhir/"))
    };
    NAMES.iter().find(|(known, _)| *known == uri).map(|(_, name)| *name).or_else(hl7).unwrap_or(uri)
}

/// Whether two texts read the same but for case and spaces.
fn same(a: &str, b: &str) -> bool {
    let mut a = a.split_whitespace();
    let mut b = b.split_whitespace();
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.to_lowercase() == b.to_lowercase() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(json: &str) -> Node<'_> {
        Node::parse(json.as_bytes()).unwrap()
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().filter_map(Line::as_text).collect()
    }

    #[test]
    fn a_coding_that_reads_otherwise_than_its_text_is_shown_beside_it() {
        let agreeing = r#"{"text":"Penicillin V","coding":[{"system":"http://snomed.info/sct","code":"7","display":"penicillin  v"}]}"#;
        assert_eq!(texts(&concept(&node(agreeing))), ["Penicillin V", "SNOMED CT 7"]);
        let spoofed = r#"{"text":"Paracetamol","coding":[{"system":"http://snomed.info/sct","code":"373529000","display":"Morphine"}]}"#;
        assert_eq!(texts(&concept(&node(spoofed))), ["Paracetamol", "SNOMED CT 373529000: Morphine"]);
        assert_eq!(texts(&concept(&node(r#"{"coding":[{"code":"x"}]}"#))), ["x"]);
        assert!(concept(&node("{}")).is_empty());
    }

    #[test]
    fn a_unit_that_differs_from_its_code_shows_both() {
        let micro = r#"{"value":5.0,"unit":"mg","system":"http://unitsofmeasure.org","code":"ug"}"#;
        assert_eq!(quantity(&node(micro)).unwrap(), "5.0 mg (UCUM ug)");
        assert_eq!(quantity(&node(r#"{"value":5.0,"unit":"mg","code":"mg"}"#)).unwrap(), "5.0 mg");
        assert_eq!(quantity(&node(r#"{"value":120,"unit":"mmHg","code":"mm[Hg]"}"#)).unwrap(), "120 mmHg");
        let spelled = r#"{"value":120,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}"#;
        assert_eq!(quantity(&node(spelled)).unwrap(), "120 mmHg");
        assert_eq!(quantity(&node(r#"{"comparator":"<","value":0.10}"#)).unwrap(), "<0.10");
        assert_eq!(quantity(&node(r#"{"unit":"mg"}"#)), None);
    }

    #[test]
    fn a_dosage_gives_the_words_and_the_codes() {
        let both = r#"{"text":"One in the morning","timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},
            "doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"}}],"asNeededBoolean":true}"#;
        assert_eq!(texts(&dosage(&node(both))), ["One in the morning", "20 mg, 2 × / d"]);
        assert_eq!(as_needed(&node(both)), Some(Value::Truth { holds: true }.into()));
        assert_eq!(as_needed(&node(r#"{"asNeededBoolean":false}"#)), None);
        let most = r#"{"maxDosePerPeriod":{"numerator":{"value":40,"unit":"mg"},"denominator":{"value":1,"unit":"d"}}}"#;
        assert_eq!(maximum_dose(&node(most)).unwrap(), "40 mg / 1 d");
        let old = r#"{"doseQuantity":{"value":1},"timing":{"repeat":{"frequency":1,"frequencyMax":2,"period":6,"periodUnits":"h"}}}"#;
        assert_eq!(texts(&dosage(&node(old))), ["1, 1–2 × / 6 h"]);
        assert!(dosage(&node("{}")).is_empty());
    }
}
