//! A host's side of a link to a list of files: what a receiver asks, and the answers.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::Timestamp;

/// What a receiver asks of a link to a list of files.
#[derive(Debug)]
pub struct ManifestQuestion {
    /// Who it says it is; maybe empty.
    pub recipient: String,
    /// The passcode that was typed, where there is one.
    pub passcode: Option<Zeroizing<String>>,
    /// The longest file that it wants within the list, in characters; none: however long.
    pub embedded_length_max: Option<u64>,
}

impl ManifestQuestion {
    /// Reads the body of the request; none if that is no JSON object, or a member is of a wrong type. Unknown members are
    /// ignored.
    ///
    /// ```
    /// use keepwell_protocol::formats::shl::ManifestQuestion;
    ///
    /// let question = ManifestQuestion::parse(br#"{"recipient":"Dr. B","passcode":""}"#).unwrap();
    /// assert_eq!((question.recipient.as_str(), question.passcode.is_none()), ("Dr. B", true));
    /// assert!(ManifestQuestion::parse(br#"{"recipient":7}"#).is_none());
    /// ```
    pub fn parse(body: &[u8]) -> Option<Self> {
        let asked: Asked = serde_json::from_slice(body).ok()?;
        Some(Self {
            recipient: asked.recipient.unwrap_or_default(),
            passcode: asked.passcode.map(Zeroizing::new).filter(|passcode| !passcode.trim().is_empty()),
            embedded_length_max: asked.embedded_length_max,
        })
    }
}

/// Where a file of a list is.
#[derive(Debug)]
pub enum ServedAt<'a> {
    /// Within the list: a compact JWE.
    Embedded(&'a str),
    /// At this address, for at most an hour.
    Location(String),
}

/// A file as a host lists it.
#[derive(Debug)]
pub struct ServedFile<'a> {
    /// What it is once it is opened.
    pub media_type: &'static str,
    /// Where it is.
    pub at: ServedAt<'a>,
    /// When it was put there.
    pub last_updated: Timestamp,
    /// Whether it may be replaced.
    pub can_change: bool,
}

/// The list of files, as JSON.
pub fn write_manifest(files: &[ServedFile<'_>]) -> Vec<u8> {
    let files = files.iter().map(|file| {
        let (embedded, location) = match &file.at {
            ServedAt::Embedded(text) => (Some(*text), None),
            ServedAt::Location(url) => (None, Some(url.as_str())),
        };
        Listed {
            content_type: file.media_type,
            embedded,
            location,
            last_updated: file.last_updated.to_string(),
            status: if file.can_change { "can-change" } else { "finalized" },
            fhir_version: (file.media_type == "application/fhir+json").then_some("4.0.1"),
        }
    });
    // Plain strings always serialize.
    serde_json::to_vec(&Manifest { files: files.collect() }).unwrap_or_default()
}

/// The answer to a wrong passcode, or to none, as JSON: how many more wrong ones are taken.
pub fn write_remaining_attempts(remaining: u32) -> Vec<u8> {
    // A plain number always serializes.
    serde_json::to_vec(&Remaining { remaining_attempts: remaining }).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    recipient: Option<String>,
    passcode: Option<String>,
    embedded_length_max: Option<u64>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    files: Vec<Listed<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedded: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    last_updated: String,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fhir_version: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Remaining {
    remaining_attempts: u32,
}
