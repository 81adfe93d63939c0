//! FHIR's data types in words.

use super::node::Node;

/// A line of a cell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// What it says; plain text, to be escaped where it is shown.
    pub text: String,
    /// How it is set.
    pub tone: Tone,
}

/// How a line is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// It says something by itself.
    Plain,
    /// It only adds to the line before it, such as a code.
    Quiet,
    /// A text of its own, such as a letter: folded until somebody wants to read it.
    Letter,
}

impl Line {
    /// A line that says something by itself.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: legible(text, LONGEST), tone: Tone::Plain }
    }

    /// A line that adds to the one before it.
    pub(super) fn quiet(text: &str) -> Self {
        Self { text: legible(text, LONGEST), tone: Tone::Quiet }
    }

    /// A text of its own.
    pub(super) fn letter(text: &str) -> Self {
        Self { text: legible(text, LONGEST_LETTER), tone: Tone::Letter }
    }

    /// The same, as an addition to what is before it.
    pub(super) fn quieted(self) -> Self {
        Self { tone: Tone::Quiet, ..self }
    }

    /// For a template: whether it only adds to the line before it.
    pub fn is_quiet(&self) -> bool {
        self.tone == Tone::Quiet
    }

    /// For a template: whether it is better not broken, as a date is.
    pub fn is_short(&self) -> bool {
        self.text.chars().count() <= 16
    }

    /// For a template: whether it is a text of its own.
    pub fn is_letter(&self) -> bool {
        self.tone == Tone::Letter
    }
}

/// A text without what would make it look like another: control characters and changes of the
/// direction of writing (Unicode UAX #9 §2) become the replacement character, long texts are cut.
pub(super) fn legible(text: &str, longest: usize) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown: String = text
        .chars()
        .filter(|c| *c != '\r')
        .take(longest)
        .map(|c| if hidden(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// A `CodeableConcept` or `Coding`: what it says, then each code with its system. A coding's own
/// name is shown wherever it differs, because the code is what machines act on.
pub(super) fn concept(node: &Node) -> Vec<Line> {
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
pub(super) fn title(node: &Node) -> Option<&str> {
    let codings = if node.field("coding").is_some() { node.list("coding") } else { node.items() };
    let named = |name: &str| codings.iter().find_map(|coding| coding.text_of(name));
    node.text_of("text")
        .filter(|text| !text.trim().is_empty())
        .or_else(|| named("display"))
        .or_else(|| named("code"))
        .or_else(|| node.text())
}

/// A `Quantity`: comparator, digits as received, unit; and the coded unit where it reads otherwise.
pub(super) fn quantity(node: &Node) -> Option<String> {
    let value = node.text_of("value")?;
    let mut text = format!("{}{value}", node.text_of("comparator").unwrap_or_default());
    let code = node.text_of("code");
    if let Some(unit) = node.text_of("unit").or(code) {
        text = format!("{text} {unit}");
        if let Some(code) = code.filter(|code| *code != unit) {
            text = format!("{text} (coded {code})");
        }
    }
    Some(text)
}

/// A `Period`, `Range` or `Ratio`-like pair.
fn span(low: Option<String>, high: Option<String>) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) if low == high => Some(low),
        (Some(low), Some(high)) => Some(format!("{low} – {high}")),
        (Some(low), None) => Some(format!("from {low}")),
        (None, Some(high)) => Some(format!("until {high}")),
        (None, None) => None,
    }
}

/// A `Period`.
pub(super) fn period(node: &Node) -> Option<String> {
    span(node.text_of("start").map(date), node.text_of("end").map(date))
}

/// A `Range`.
pub(super) fn range(node: &Node) -> Option<String> {
    match (node.field("low").and_then(quantity), node.field("high").and_then(quantity)) {
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (low, high) => span(low, high),
    }
}

/// A date or time as people write it, in the zone in which it was recorded; other text as it is.
pub(super) fn date(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) if day.len() == 10 => match time.get(..5) {
            Some("00:00") | None => day.to_owned(),
            Some(minute) => format!("{day} {minute}"),
        },
        _ => text.to_owned(),
    }
}

/// A `HumanName`.
pub(super) fn human_name(node: &Node) -> Option<String> {
    if let Some(text) = node.text_of("text") {
        return Some(text.to_owned());
    }
    let parts = ["prefix", "given", "family", "suffix"];
    let words: Vec<&str> = parts.iter().flat_map(|part| node.list(part)).filter_map(Node::text).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// An `Address` on one line.
pub(super) fn address(node: &Node) -> Option<String> {
    if let Some(text) = node.text_of("text") {
        return Some(text.to_owned());
    }
    let parts = ["line", "city", "district", "state", "postalCode", "country"];
    let words: Vec<&str> = parts.iter().flat_map(|part| node.list(part)).filter_map(Node::text).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A `Dosage`: the prescriber's words, then what is coded beside them.
pub(super) fn dosage(node: &Node) -> Vec<Line> {
    let mut coded = Vec::new();
    for rate in node.list("doseAndRate") {
        coded.extend(rate.choice("dose").and_then(|(_, dose)| quantity(dose).or_else(|| range(dose))));
        coded.extend(rate.choice("rate").and_then(|(_, rate)| quantity(rate).or_else(|| range(rate))));
    }
    coded.extend(node.field("route").and_then(title).map(str::to_owned));
    coded.extend(node.field("timing").and_then(timing));
    match node.choice("asNeeded") {
        Some(("Boolean", Node::Bool(true))) => coded.push("as needed".to_owned()),
        Some(("CodeableConcept", reason)) => {
            coded.extend(title(reason).map(|why| format!("as needed for {why}")))
        }
        _ => {}
    }
    let numerator = node.at(&["maxDosePerPeriod", "numerator"]).and_then(quantity);
    let denominator = node.at(&["maxDosePerPeriod", "denominator"]).and_then(quantity);
    if let (Some(most), Some(time)) = (numerator, denominator) {
        coded.push(format!("at most {most} in {time}"));
    }
    let coded = coded.join(", ");
    let mut lines: Vec<Line> = node.text_of("text").into_iter().map(Line::plain).collect();
    lines.extend(node.text_of("patientInstruction").map(Line::plain));
    if !coded.is_empty() {
        lines.push(if lines.is_empty() { Line::plain(&coded) } else { Line::quiet(&coded) });
    }
    lines
}

/// A `Timing`.
fn timing(node: &Node) -> Option<String> {
    let repeat = node.field("repeat");
    let of = |name: &str| repeat.and_then(|repeat| repeat.text_of(name));
    let mut words = Vec::new();
    if let (Some(every), Some(unit)) = (of("period"), of("periodUnit")) {
        let unit = match unit {
            "s" => "s",
            "min" => "min",
            "h" => "h",
            "d" => "day",
            "wk" => "week",
            "mo" => "month",
            "a" => "year",
            other => other,
        };
        let most = of("frequencyMax").map(|most| format!(" to {most}")).unwrap_or_default();
        let every = every.strip_suffix(".0").unwrap_or(every);
        let every = if every == "1" { unit.to_owned() } else { format!("{every} {unit}") };
        words.push(format!("{}{most} × every {every}", of("frequency").unwrap_or("1")));
    }
    words.extend(
        repeat.into_iter().flat_map(|repeat| repeat.list("when")).filter_map(Node::text).map(str::to_owned),
    );
    words.extend(repeat.and_then(|repeat| repeat.field("boundsPeriod")).and_then(period));
    words.extend(node.field("code").and_then(title).map(str::to_owned));
    (!words.is_empty()).then(|| words.join(", "))
}

/// A value of any type that has a form of its own.
pub(super) fn value(kind: &str, node: &Node) -> Vec<Line> {
    let plain = |text: Option<String>| text.iter().map(|text| Line::plain(text)).collect();
    match kind {
        "CodeableConcept" | "Coding" => concept(node),
        "Quantity" | "Age" | "Duration" | "Count" | "Distance" | "SimpleQuantity" => plain(quantity(node)),
        "Money" => plain(money(node)),
        "Range" => plain(range(node)),
        "Period" => plain(period(node)),
        "Ratio" => {
            let part = |name| node.field(name).and_then(quantity);
            plain(
                part("numerator").zip(part("denominator")).map(|(above, below)| format!("{above} / {below}")),
            )
        }
        "DateTime" | "Date" | "Instant" => plain(node.text().map(date)),
        "SampledData" => vec![Line::quiet("a curve, not shown here")],
        _ => plain(node.text().map(str::to_owned)),
    }
}

/// A `Money`.
pub(super) fn money(node: &Node) -> Option<String> {
    let value = node.text_of("value")?;
    Some(format!("{value} {}", node.text_of("currency").unwrap_or_default()).trim().to_owned())
}

/// The name by which a code system is known; its URI where it has none.
fn system_name(uri: &str) -> &str {
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

/// Characters of the longest text that is shown in a cell.
pub(super) const LONGEST: usize = 2_000;

/// Characters of the longest letter.
const LONGEST_LETTER: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn node(json: &str) -> Node {
        Node::parse(json.as_bytes()).unwrap()
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
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
        assert_eq!(quantity(&node(micro)).unwrap(), "5.0 mg (coded ug)");
        assert_eq!(quantity(&node(r#"{"value":5.0,"unit":"mg","code":"mg"}"#)).unwrap(), "5.0 mg");
        assert_eq!(quantity(&node(r#"{"comparator":"<","value":0.10}"#)).unwrap(), "<0.10");
        assert_eq!(quantity(&node(r#"{"unit":"mg"}"#)), None);
    }

    #[test]
    fn dates_that_are_none_are_shown_as_they_are() {
        for (raw, shown) in [
            ("2014-08-25T07:14:18-05:00", "2014-08-25 07:14"),
            ("2014-08-25T00:00:00Z", "2014-08-25"),
            ("2014", "2014"),
            ("99999-01-01T10:00", "99999-01-01T10:00"),
            ("2024-02-30", "2024-02-30"),
            ("soon", "soon"),
            ("2014-08-25Té", "2014-08-25"),
        ] {
            assert_eq!(date(raw), shown);
        }
    }

    #[test]
    fn a_dosage_gives_the_words_and_the_codes() {
        let both = r#"{"text":"One in the morning","timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},
            "doseAndRate":[{"doseQuantity":{"value":20,"unit":"mg"}}],"asNeededBoolean":true}"#;
        assert_eq!(texts(&dosage(&node(both))), ["One in the morning", "20 mg, 2 × every day, as needed"]);
        assert!(dosage(&node("{}")).is_empty());
    }

    #[test]
    fn what_hides_in_a_text_is_made_visible() {
        assert_eq!(legible("a\u{202e}gm\u{0}\r\nb", LONGEST), "a\u{fffd}gm\u{fffd}\nb");
        assert_eq!(legible(&"x".repeat(3_000), LONGEST).chars().count(), LONGEST + 1);
    }
}
