//! FHIR as patients are given it: reading files, and what a record says about itself.

mod address;
#[cfg(feature = "imports")]
mod apple_health;
mod audit_event;
mod base64_binary;
#[cfg(feature = "crypto")]
mod cards;
mod category;
mod code_system;
mod containers;
mod cursor;
mod date;
#[cfg(feature = "imports")]
mod documents;
mod entries;
mod entry;
mod error;
mod event;
mod export;
mod head;
mod head_walk;
mod html;
mod identity;
mod identity_details;
mod identity_numbers;
mod input;
#[cfg(feature = "imports")]
mod input_text;
mod json_writer;
mod kind;
mod ndjson;
mod outcome;
#[cfg(feature = "crypto")]
mod people;
#[cfg(feature = "crypto")]
mod person;
mod reader;
mod reference;
mod release;
mod rewrite;
mod scan;
mod search_text;
#[cfg(feature = "crypto")]
mod sensitive;
mod shape;
#[cfg(feature = "crypto")]
mod subject;
mod validity;
mod version_order;
#[cfg(feature = "crypto")]
mod visit;
mod walk;
#[cfg(feature = "imports")]
mod xml;

pub use address::folded_address;
#[cfg(feature = "crypto")]
pub(in crate::formats) use address::uuid_urn;
pub use audit_event::{AuditEvent, Basis, Deed, Observer};
pub use base64_binary::{InvalidBase64, decode_base64};
#[cfg(feature = "crypto")]
pub use cards::kept_health_card;
pub use category::category;
pub use date::{ClinicalDate, DateBound, InvalidDate, first_second, rank as date_rank};
pub use error::{Quarantine, ReadError};
#[cfg(feature = "crypto")]
pub use event::Card;
pub use event::{Deleted, Document, Event, Limits, Measurements, Outcome, Page, Resource, Summary};
pub use export::{EXPORT_TAIL, ExportedState, ExportedVersion, export_entry, export_head};
pub use head::{Coding, HumanName, Identifier, ResourceHead, Subject};
pub use html::text_of_html;
pub use identity::{
    Origin, Place, RecordName, address_id, contradicts, contradicts_as_guessed, is_reusable, patient_ids,
    record_names, source_of,
};
pub use identity_details::{IdentityDetail, without_identity_details};
#[cfg(feature = "crypto")]
pub(in crate::formats) use identity_details::{identity_numbers, leaving_home};
pub use identity_numbers::IdentityKind;
pub use kind::Kind;
pub use ndjson::ndjson_line;
pub use outcome::{OutcomeIssue, Severity, outcome_issues};
#[cfg(feature = "crypto")]
pub use people::{Accepted, FoundPerson, Observed, People, PersonId};
#[cfg(feature = "crypto")]
pub use person::{Demographics, Patient, PersonIdentifier, PersonName, Verdict};
pub use reader::{MAX_NESTED, READER_VERSION, read};
pub use reference::{Reference, reference_key, resource_keys};
pub use release::{OldRelease, old_release};
pub use rewrite::{NewReference, rewrite};
#[cfg(feature = "crypto")]
pub use sensitive::sensitivities;
pub use validity::{UnknownValidity, Validities, Validity};
pub use version_order::{UpdateTime, VersionFacts, VersionNumber, present_version};

/// A walk over JSON that is known to be valid, such as a resource that the reader gave.
pub mod json {
    pub use super::cursor::{Cursor, Text, Token};
}

pub use crate::domain::is_reference_type;
