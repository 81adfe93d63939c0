//! Which columns a type of resource has, and what stands in them.

use std::collections::HashMap;

use base64::Engine as _;

use super::node::Node;
use super::phrase::{self, Line};

/// How resources that others refer to are called, by the references that name them.
pub(super) type Names = HashMap<String, String>;

/// A column: its heading and what it shows of a resource.
pub(super) struct Column {
    pub(super) heading: &'static str,
    pub(super) cell: fn(&Node, &Names) -> Vec<Line>,
}

const fn column(heading: &'static str, cell: fn(&Node, &Names) -> Vec<Line>) -> Column {
    Column { heading, cell }
}

/// The heading of the table of a type, and its columns; `None` for a type that has none of its own.
pub(super) fn columns(resource_type: &str) -> Option<(&'static str, &'static [Column])> {
    Some(match resource_type {
        "Patient" => ("Patient", PATIENT),
        "AllergyIntolerance" => ("Allergies and intolerances", ALLERGY),
        "Condition" => ("Problems", CONDITION),
        "MedicationRequest" => ("Prescriptions", MEDICATION_REQUEST),
        "MedicationStatement" => ("Medicines taken", MEDICATION_STATEMENT),
        "MedicationAdministration" => ("Medicines given", MEDICATION_ADMINISTRATION),
        "MedicationDispense" => ("Medicines dispensed", MEDICATION_DISPENSE),
        "Immunization" => ("Vaccinations", IMMUNIZATION),
        "Observation" => ("Measurements and findings", OBSERVATION),
        "DiagnosticReport" => ("Reports", DIAGNOSTIC_REPORT),
        "Procedure" => ("Procedures", PROCEDURE),
        "Encounter" => ("Visits", ENCOUNTER),
        "DocumentReference" => ("Documents", DOCUMENT),
        _ => return None,
    })
}

/// The columns of a type without a table of its own; its fields are listed beside them.
pub(super) const ANY: &[Column] =
    &[column("What", |node, _| what(node)), column("Date", |node, _| when(node)), column("Status", status)];

const PATIENT: &[Column] = &[
    column("Name", |node, _| node.list("name").iter().filter_map(phrase::human_name).map(plain).collect()),
    column("Born", |node, _| words(node, "birthDate")),
    column("Sex", |node, _| words(node, "gender")),
    column("Address", |node, _| node.list("address").iter().filter_map(phrase::address).map(plain).collect()),
    column("Contact", |node, _| texts(node, "telecom", "value")),
    column("Deceased", |node, _| choice(node, "deceased")),
];

const ALLERGY: &[Column] = &[
    column("To what", |node, _| concepts(node, "code")),
    column("Criticality", |node, _| words(node, "criticality")),
    column("Reaction", |node, _| {
        let reactions = node.list("reaction").iter();
        reactions
            .flat_map(|reaction| {
                let mut lines: Vec<Line> = reaction.list("manifestation").iter().filter_map(first).collect();
                lines.extend(reaction.text_of("description").map(Line::plain));
                lines.extend(reaction.text_of("severity").map(Line::quiet));
                lines
            })
            .collect()
    }),
    column("Since", |node, _| or(choice(node, "onset"), || dates(node, &["recordedDate"]))),
    column("Status", status),
];

const CONDITION: &[Column] = &[
    column("Problem", |node, _| concepts(node, "code")),
    column("Severity", |node, _| title(node, "severity")),
    column("Began", |node, _| or(choice(node, "onset"), || dates(node, &["recordedDate"]))),
    column("Ended", |node, _| choice(node, "abatement")),
    column("Status", status),
];

const MEDICATION_REQUEST: &[Column] = &[
    column("Medicine", medicine),
    column("Dosage", |node, _| node.list("dosageInstruction").iter().flat_map(phrase::dosage).collect()),
    column("Prescribed", |node, _| dates(node, &["authoredOn"])),
    column("By", |node, names| reference(node, "requester", names)),
    column("Status", |node, names| {
        let mut lines = status(node, names);
        if matches!(node.field("doNotPerform"), Some(Node::Bool(true))) {
            lines.insert(0, Line::plain("DO NOT GIVE"));
        }
        lines.extend(node.text_of("intent").map(Line::quiet));
        lines
    }),
];

const MEDICATION_STATEMENT: &[Column] = &[
    column("Medicine", medicine),
    column("Dosage", |node, _| node.list("dosage").iter().flat_map(phrase::dosage).collect()),
    column("When", |node, _| when(node)),
    column("Status", status),
];

const MEDICATION_ADMINISTRATION: &[Column] = &[
    column("Medicine", medicine),
    column("Dose", |node, _| {
        let dosage = node.field("dosage");
        let mut lines: Vec<Line> =
            dosage.into_iter().filter_map(|d| d.text_of("text")).map(Line::plain).collect();
        lines.extend(dosage.and_then(|d| d.field("dose")).and_then(phrase::quantity).map(plain));
        lines.extend(dosage.and_then(|d| d.field("route")).and_then(first));
        lines
    }),
    column("When", |node, _| when(node)),
    column("Status", status),
];

const MEDICATION_DISPENSE: &[Column] = &[
    column("Medicine", medicine),
    column("Amount", |node, _| {
        node.field("quantity").and_then(phrase::quantity).map(plain).into_iter().collect()
    }),
    column("Dosage", |node, _| node.list("dosageInstruction").iter().flat_map(phrase::dosage).collect()),
    column("Handed over", |node, _| dates(node, &["whenHandedOver", "whenPrepared"])),
    column("Status", status),
];

const IMMUNIZATION: &[Column] = &[
    column("Vaccine", |node, _| concepts(node, "vaccineCode")),
    column("Given", |node, _| choice(node, "occurrence")),
    column("Lot", |node, _| words(node, "lotNumber")),
    column("Where", |node, names| reference(node, "location", names)),
    column("Status", status),
];

const OBSERVATION: &[Column] = &[
    column("What", |node, _| concepts(node, "code")),
    column("Value", observed),
    column("Reference range", |node, _| {
        let range = |range: &Node| range.text_of("text").map(str::to_owned).or_else(|| phrase::range(range));
        node.list("referenceRange").iter().filter_map(range).map(plain).collect()
    }),
    column("Date", |node, _| when(node)),
    column("Status", status),
];

const DIAGNOSTIC_REPORT: &[Column] = &[
    column("Report", |node, _| concepts(node, "code")),
    column("Conclusion", |node, _| {
        let mut lines = words(node, "conclusion");
        lines.extend(node.list("conclusionCode").iter().filter_map(first));
        lines.extend(node.list("presentedForm").iter().flat_map(attachment));
        lines
    }),
    column("Results", |node, names| {
        node.list("result").iter().filter_map(|result| named(result, names)).collect()
    }),
    column("Date", |node, _| when(node)),
    column("Status", status),
];

const PROCEDURE: &[Column] = &[
    column("Procedure", |node, _| concepts(node, "code")),
    column("Body site", |node, _| node.list("bodySite").iter().filter_map(first).collect()),
    column("When", |node, _| when(node)),
    column("Where", |node, names| reference(node, "location", names)),
    column("Status", status),
];

const ENCOUNTER: &[Column] = &[
    column("Visit", |node, _| or(concepts(node, "type"), || concepts(node, "class"))),
    column("Reason", |node, _| node.list("reasonCode").iter().flat_map(phrase::concept).collect()),
    column("When", |node, _| when(node)),
    column("Where", |node, names| {
        let place = |place: &Node| place.field("location").and_then(|place| named(place, names));
        or(node.list("location").iter().filter_map(place).collect(), || {
            reference(node, "serviceProvider", names)
        })
    }),
    column("Status", status),
];

const DOCUMENT: &[Column] = &[
    column("Document", |node, _| {
        let mut lines = concepts(node, "type");
        lines.extend(words(node, "description"));
        lines
    }),
    column("Date", |node, _| when(node)),
    column("By", |node, names| {
        node.list("author").iter().filter_map(|author| named(author, names)).collect()
    }),
    column("Content", |node, _| {
        node.list("content")
            .iter()
            .filter_map(|content| content.field("attachment"))
            .flat_map(attachment)
            .collect()
    }),
    column("Status", status),
];

/// What a resource is about, whatever its type.
pub(super) fn what(node: &Node) -> Vec<Line> {
    let members = [
        "code",
        "vaccineCode",
        "medicationCodeableConcept",
        "productOrService",
        "type",
        "description",
        "title",
        "name",
        "category",
        "class",
        "relationship",
        "reasonCode",
        "identifier",
    ];
    for member in members {
        let lines: Vec<Line> = match member {
            "name" => node.list(member).iter().filter_map(name_or_text).map(plain).collect(),
            "identifier" => texts(node, member, "value"),
            _ => concepts(node, member),
        };
        if !lines.is_empty() {
            return lines;
        }
    }
    Vec::new()
}

/// When a resource was true or done.
pub(super) fn when(node: &Node) -> Vec<Line> {
    for prefix in ["effective", "performed", "occurrence", "onset", "serviced"] {
        let lines = choice(node, prefix);
        if !lines.is_empty() {
            return lines;
        }
    }
    for member in ["period", "billablePeriod"] {
        if let Some(period) = node.field(member).and_then(phrase::period) {
            return vec![plain(period)];
        }
    }
    dates(node, &["authoredOn", "date", "started", "recordedDate", "created", "issued", "sent", "recorded"])
}

/// What orders rows: the first date of a resource as it is written.
pub(super) fn sort_date(node: &Node) -> &str {
    let paths: [&[&str]; 16] = [
        &["effectiveDateTime"],
        &["effectivePeriod", "start"],
        &["effectiveInstant"],
        &["performedDateTime"],
        &["performedPeriod", "start"],
        &["occurrenceDateTime"],
        &["authoredOn"],
        &["period", "start"],
        &["onsetDateTime"],
        &["onsetPeriod", "start"],
        &["date"],
        &["started"],
        &["recordedDate"],
        &["billablePeriod", "start"],
        &["created"],
        &["issued"],
    ];
    paths.iter().find_map(|path| node.at(path)?.text()).unwrap_or_default()
}

/// The name under which others refer to a resource.
pub(super) fn name_of(node: &Node) -> Option<String> {
    what(node).into_iter().next().map(|line| line.text)
}

fn status(node: &Node, _: &Names) -> Vec<Line> {
    let mut lines = title(node, "clinicalStatus");
    lines.extend(title(node, "verificationStatus").into_iter().map(Line::quieted));
    lines.extend(title(node, "status"));
    lines.extend(title(node, "statusReason").into_iter().map(Line::quieted));
    lines
}

fn medicine(node: &Node, names: &Names) -> Vec<Line> {
    match node.choice("medication") {
        Some(("Reference", medicine)) => named(medicine, names).into_iter().collect(),
        Some((_, medicine)) => phrase::concept(medicine),
        None => Vec::new(),
    }
}

fn observed(node: &Node, _: &Names) -> Vec<Line> {
    let mut lines = node.choice("value").map_or(Vec::new(), |(kind, value)| phrase::value(kind, value));
    for part in node.list("component") {
        let name = part.field("code").and_then(phrase::title).unwrap_or("part");
        let value = part.choice("value").map_or(Vec::new(), |(kind, value)| phrase::value(kind, value));
        if let Some(line) = value.first() {
            lines.push(Line::plain(&format!("{name}: {}", line.text)));
        }
    }
    lines.extend(node.list("interpretation").iter().filter_map(first));
    if lines.is_empty() {
        lines.extend(title(node, "dataAbsentReason").into_iter().map(Line::quieted));
    }
    lines.extend(node.list("note").iter().filter_map(|note| note.text_of("text")).map(Line::quiet));
    lines
}

/// An attachment: its title, what it is, and the words of one that is plain text.
fn attachment(node: &Node) -> Vec<Line> {
    let kind = node.text_of("contentType").unwrap_or("unknown kind");
    let mut lines: Vec<Line> = node.text_of("title").into_iter().map(Line::plain).collect();
    let text = node.text_of("data").filter(|_| kind.starts_with("text/plain")).and_then(|data| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok()?;
        String::from_utf8(bytes).ok()
    });
    match text {
        Some(text) => lines.push(Line::letter(text.trim())),
        None if node.field("data").is_some() => lines.push(Line::quiet(&format!("{kind}, not shown here"))),
        // An address in a record is never followed.
        None => lines
            .extend(node.text_of("url").map(|url| Line::quiet(&format!("{kind}, kept elsewhere: {url}")))),
    }
    lines
}

/// What a reference is called: as it says itself, else as what it refers to is called.
fn named(node: &Node, names: &Names) -> Option<Line> {
    let reference = node.text_of("reference");
    let name = node.text_of("display").or_else(|| names.get(reference?).map(String::as_str)).or(reference)?;
    Some(Line::plain(name))
}

fn reference(node: &Node, member: &str, names: &Names) -> Vec<Line> {
    node.list(member).iter().filter_map(|reference| named(reference, names)).collect()
}

fn name_or_text(node: &Node) -> Option<String> {
    node.text().map(str::to_owned).or_else(|| phrase::human_name(node))
}

fn concepts(node: &Node, member: &str) -> Vec<Line> {
    node.list(member).iter().flat_map(phrase::concept).collect()
}

fn title(node: &Node, member: &str) -> Vec<Line> {
    node.list(member).iter().filter_map(first).collect()
}

fn first(node: &Node) -> Option<Line> {
    phrase::title(node).map(Line::plain)
}

fn words(node: &Node, member: &str) -> Vec<Line> {
    node.list(member).iter().filter_map(Node::text).map(Line::plain).collect()
}

fn texts(node: &Node, member: &str, part: &str) -> Vec<Line> {
    node.list(member).iter().filter_map(|item| item.text_of(part)).map(Line::plain).collect()
}

fn dates(node: &Node, members: &[&str]) -> Vec<Line> {
    let found = members.iter().find_map(|member| node.text_of(member));
    found.map(|text| plain(phrase::date(text))).into_iter().collect()
}

fn choice(node: &Node, prefix: &str) -> Vec<Line> {
    node.choice(prefix).map_or(Vec::new(), |(kind, value)| phrase::value(kind, value))
}

fn plain(text: impl AsRef<str>) -> Line {
    Line::plain(text.as_ref())
}

fn or(lines: Vec<Line>, other: impl FnOnce() -> Vec<Line>) -> Vec<Line> {
    if lines.is_empty() { other() } else { lines }
}
