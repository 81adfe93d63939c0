//! A document as records: itself, whom it is about, and what follows from its entries.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::code::{coding, identifier, key, plain_concept};
use super::demographics::{named, patient, who};
use super::element::Element;
use super::entries::{add_sections, add_visit};
use super::error::CdaError;
use super::json::{Json, known, list, object, text};
use super::narrative::add_section;
use super::read::read;
use super::records::{Derived, Records};
use super::time::{point, when};
use crate::crypto::sha256;

/// A document and what was made of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenedDocument {
    /// What it calls itself.
    pub title: Option<String>,
    /// The `DocumentReference` that holds all of it.
    pub document: Derived,
    /// Whom it is about, then what its entries say.
    pub derived: Vec<Derived>,
}

/// Opens a document, given byte for byte; `urn` makes the address of 16 bytes.
///
/// # Errors
/// [`CdaError`].
pub fn open_document(bytes: &[u8], urn: fn([u8; 16]) -> String) -> Result<OpenedDocument, CdaError> {
    if bytes.len() > MOST_BYTES {
        return Err(CdaError::TooLarge);
    }
    let xml = std::str::from_utf8(bytes).map_err(|_| CdaError::Xml)?;
    let root = read(xml.trim_start_matches('\u{feff}'))?;
    let is_of_hl7 = root.attributes.iter().any(|(_, value)| &**value == "urn:hl7-org:v3");
    if &*root.name != "ClinicalDocument" || !is_of_hl7 {
        return Err(CdaError::Namespace);
    }
    let document_key = key(&root).unwrap_or_else(|| hex::encode(sha256(bytes)));
    let mut records = Records::new(document_key, urn);
    if let Some(role) = root.at(&["recordTarget", "patientRole"]) {
        records.add_patient(patient(role));
    }
    let body = root.at(&["component", "structuredBody"]);
    for section in
        body.into_iter().flat_map(|body| body.all("component")).flat_map(|part| part.all("section"))
    {
        add_sections(section, &mut records);
    }
    if let Some(visit) = root.at(&["componentOf", "encompassingEncounter"]) {
        add_visit(visit, &mut records);
    }
    let title = root.said("title").map(Element::text).filter(|title| !title.is_empty());
    let members = reference(&root, title.as_deref(), bytes, records.subject());
    let (document, derived) = records.finish(members);
    Ok(OpenedDocument { title, document, derived })
}

/// All codes in a document, wherever they stand, as an array of Codings; empty if it cannot be read.
pub fn codings(bytes: &[u8]) -> Vec<u8> {
    let root = std::str::from_utf8(bytes).ok().and_then(|xml| read(xml.trim_start_matches('\u{feff}')).ok());
    let mut waiting: Vec<&Element> = root.iter().collect();
    let mut codings = Vec::new();
    while let Some(element) = waiting.pop() {
        codings.extend(coding(element).filter(|_| element.attribute("codeSystem").is_some()));
        waiting.extend(element.elements());
    }
    let mut written = String::new();
    Json::List(codings).write(&mut written);
    written.into_bytes()
}

/// The record that holds the document itself (C-CDA on FHIR, DocumentReference).
fn reference(
    root: &Element,
    title: Option<&str>,
    bytes: &[u8],
    subject: Option<Json>,
) -> Vec<(&'static str, Option<Json>)> {
    let mut narrative = String::new();
    let body = root.at(&["component", "structuredBody"]);
    for section in
        body.into_iter().flat_map(|body| body.all("component")).flat_map(|part| part.all("section"))
    {
        add_section(section, &mut narrative);
    }
    let narrative = (!narrative.is_empty()).then(|| {
        object([
            ("status", text("additional")),
            ("div", text(format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{narrative}</div>"))),
        ])
    });
    let made = root.said("effectiveTime").and_then(point);
    let language = root.said("languageCode").and_then(|language| language.attribute("code"));
    let file = object([(
        "attachment",
        Some(object([
            ("contentType", text("text/xml")),
            ("language", language.and_then(text)),
            ("data", text(STANDARD.encode(bytes))),
            ("title", title.and_then(text)),
            ("creation", made.as_deref().and_then(text)),
        ])),
    )]);
    // What an unstructured document wraps, as its own file.
    let wrapped = root.at(&["component", "nonXMLBody"]).and_then(|body| body.said("text")).and_then(|body| {
        let content: String = body.text().split_whitespace().collect();
        let is_file = body.attribute("representation") == Some("B64") && !content.is_empty();
        is_file.then(|| {
            let kind = body.attribute("mediaType").unwrap_or("application/octet-stream");
            let attachment = object([
                ("contentType", text(kind)),
                ("data", text(content)),
                ("title", title.and_then(text)),
            ]);
            object([("attachment", Some(attachment))])
        })
    });
    let service = root.at(&["documentationOf", "serviceEvent"]);
    let period = service.and_then(|service| when(service).period());
    let authors = root.all("author").filter_map(|author| author.one("assignedAuthor")).filter_map(who);
    let custodian = root.at(&["custodian", "assignedCustodian", "representedCustodianOrganization"]);
    let label = root.said("confidentialityCode").and_then(coding);
    let instant = made.filter(|made| made.contains('T'));
    vec![
        ("text", narrative),
        ("masterIdentifier", root.one("id").and_then(identifier)),
        ("status", text("current")),
        ("type", plain_concept(root.said("code"))),
        ("subject", subject),
        ("date", instant.and_then(text)),
        ("author", list(authors)),
        ("custodian", custodian.and_then(named)),
        ("description", title.and_then(text)),
        ("securityLabel", label.and_then(|label| list([object([("coding", list([label]))])]))),
        ("content", list(std::iter::once(file).chain(wrapped))),
        ("context", known([("period", period)])),
    ]
}

/// Bytes of a document: with its text beside it in base64, it stays a resource that is taken.
pub const MOST_BYTES: usize = 20_000_000;
