//! The resources of a file that somebody shares.

use std::ops::ControlFlow;

use keepwell_chart::Entry;
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{self, Event, Kind, ResourceHead};

/// A file that is no FHIR resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is no health record that can be shown")]
pub struct NotARecord;

/// The resources of a file, or of several.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shared {
    /// In their order.
    pub resources: Vec<SharedResource>,
    /// Parts that could not be read as resources.
    pub unreadable: u32,
}

/// A resource of a share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedResource {
    /// The category under which it is shown.
    pub category: Category,
    /// As its Bundle's entry says it; none for a single resource.
    pub full_url: Option<String>,
    /// The resource as it came.
    pub bytes: Vec<u8>,
}

impl Shared {
    /// Takes a file apart that is a Bundle or a single resource.
    ///
    /// # Errors
    /// [`NotARecord`] of another kind of file, or one that unpacks to more than 50 MiB.
    pub fn read(content: &[u8]) -> Result<Self, NotARecord> {
        let mut shared = Self::default();
        shared.add(content)?;
        Ok(shared)
    }

    /// Adds what is in one more file.
    ///
    /// # Errors
    /// As [`Self::read`]; nothing is added then.
    pub fn add(&mut self, content: &[u8]) -> Result<(), NotARecord> {
        let (mut file, kind) = Self::take_apart(content)?;
        if !matches!(kind, Kind::Bundle | Kind::Resource) {
            return Err(NotARecord);
        }
        self.resources.append(&mut file.resources);
        self.unreadable += file.unreadable;
        Ok(())
    }

    /// Takes the signed text of a health card apart, which somebody else verifies.
    ///
    /// # Errors
    /// [`NotARecord`] of any other file, and of a card that can't be read.
    pub fn read_card(text: &str) -> Result<Self, NotARecord> {
        let (mut card, kind) = Self::take_apart(text.as_bytes())?;
        if kind != Kind::HealthCardJws || card.resources.is_empty() {
            return Err(NotARecord);
        }
        // The reader gives the card itself first, as a document.
        card.resources.remove(0);
        Ok(card)
    }

    fn take_apart(content: &[u8]) -> Result<(Self, Kind), NotARecord> {
        let mut shared = Self::default();
        let mut take = |event: Event<'_>| {
            match event {
                Event::Resource(resource) => match ResourceHead::read(resource.bytes) {
                    Ok(head) => shared.resources.push(SharedResource {
                        category: fhir::category(&head, None),
                        full_url: resource.full_url.map(str::to_owned),
                        bytes: resource.bytes.to_vec(),
                    }),
                    Err(_) => shared.unreadable += 1,
                },
                Event::Quarantined { .. } => shared.unreadable += 1,
                // What a wallet's import counts beside resources; which of it there is depends on what the reader is built for.
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let limits = fhir::Limits { unpacked_bytes: LONGEST_RECORD, ..fhir::Limits::default() };
        let summary = fhir::read(content, limits, &mut take).map_err(|_| NotARecord)?;
        Ok((shared, summary.kind))
    }

    /// The resources for a chart.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        self.resources
            .iter()
            .map(|resource| Entry {
                category: resource.category,
                full_url: resource.full_url.as_deref(),
                resource: &resource.bytes,
                file: None,
            })
            .collect()
    }
}

/// As much as an encrypted file of 10 MB could hold.
const LONGEST_RECORD: u64 = 50 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_bundle_or_a_resource_and_nothing_else() {
        let bundle = br#"{"resourceType":"Bundle","type":"collection","entry":[
            {"fullUrl":"urn:uuid:1","resource":{"resourceType":"AllergyIntolerance"}},{"resource":{"no":"type"}}]}"#;
        let shared = Shared::read(bundle).unwrap();
        assert_eq!((shared.resources.len(), shared.unreadable), (1, 1));
        assert_eq!(shared.resources[0].category, Category::Allergies);
        assert_eq!(shared.resources[0].full_url.as_deref(), Some("urn:uuid:1"));
        assert_eq!(Shared::read(br#"{"resourceType":"Patient"}"#).unwrap().resources.len(), 1);
        let empty = br#"{"resourceType":"Bundle","type":"collection","entry":[]}"#;
        assert_eq!(Shared::read(empty), Ok(Shared::default()));
        for other in [
            &b""[..],
            b"{}",
            b"%PDF-1.7",
            b"<html></html>",
            br#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}"#,
            br#"{"verifiableCredential":["a.b.c"]}"#,
        ] {
            assert_eq!(Shared::read(other), Err(NotARecord), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn takes_the_records_of_a_card_without_the_card_itself() {
        let text = include_str!("../../../fixtures/fhir/example-00-d-jws.txt").trim();
        let card = Shared::read_card(text).unwrap();
        let categories: Vec<_> = card.resources.iter().map(|resource| resource.category).collect();
        assert_eq!(
            categories,
            [Category::Patient, Category::Immunizations, Category::Immunizations, Category::Immunizations]
        );
        assert!(card.resources.iter().all(|it| it.full_url.as_deref().unwrap().starts_with("urn:uuid:")));
        for other in [&text[..text.len() / 2], "a.b.c", "", r#"{"resourceType":"Patient"}"#] {
            assert_eq!(Shared::read_card(other), Err(NotARecord), "{other:.40}");
        }
    }
}
