//! Takes SMART Health Cards apart: the card itself, as it was received, and the resources in it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::{folded_address, uuid_urn};
use super::cursor::{Cursor, Token};
use super::error::{Quarantine, ReadError};
use super::event::{Card, Event, Limits, Resource};
use super::kind::Kind;
use super::reader::{Reader, read};
use super::rewrite::{NewReference, rewrite};
use super::walk::Span;
use crate::crypto::sha256_parts;
use crate::formats::shc::{CardClaims, HealthCard, HealthCardError, read_codes, read_file, write_file};

impl Reader<'_> {
    /// Reads an input that is the signed text of a card, or that of its codes.
    pub(super) fn card_text(&mut self, kind: Kind) -> Result<(), ReadError> {
        let start = self.walk.at;
        while !self.walk.input.has_ended() && self.walk.rest().len() <= LONGEST_TEXT {
            self.walk.keep = Some(start);
            self.walk.fill()?;
        }
        if self.walk.rest().len() > LONGEST_TEXT {
            return self.quarantine(Quarantine::UnsupportedFormat, kind, None);
        }
        self.walk.input.check_text()?;
        let text = String::from_utf8_lossy(self.walk.rest().trim_ascii()).into_owned();
        if kind == Kind::HealthCardJws {
            return self.card(&text, kind, text.as_bytes());
        }
        self.cards(read_codes(&text), kind, text.as_bytes())
    }

    /// Reads a file of cards that was walked over.
    pub(super) fn card_file(&mut self, span: Span) -> Result<(), ReadError> {
        let file = self.walk.slice(span).unwrap_or_default().to_vec();
        self.cards(read_file(&file), Kind::HealthCard, &file)
    }

    /// Gives away the cards in these bytes. Of several those that cannot be read are set aside alone.
    fn cards(
        &mut self,
        cards: Result<Vec<String>, HealthCardError>,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        match cards.as_deref() {
            Err(reason) => self.quarantine_card(*reason, kind, bytes),
            Ok([card]) => self.card(card, kind, bytes),
            Ok(cards) => {
                cards.iter().try_for_each(|card| self.card(card, Kind::HealthCardJws, card.as_bytes()))
            }
        }
    }

    /// Gives away a card, which came in these bytes, and the resources in it.
    fn card(&mut self, text: &str, kind: Kind, received: &[u8]) -> Result<(), ReadError> {
        let opened = HealthCard::read(text).and_then(|card| Ok((resources(card.claims())?, card)));
        let (resources, card) = match opened {
            Ok(opened) => opened,
            Err(reason) => return self.quarantine_card(reason, kind, received),
        };
        let claims = card.claims();
        self.next_place();
        self.walk.tell(Event::Card(Card { index: self.item, claims }))?;
        self.give_of_card(&document(&card, &resources), None, claims)?;
        for resource in &resources {
            self.next_place();
            match resource.reason {
                None => self.give_of_card(&resource.bytes, resource.full_url.as_deref(), claims)?,
                Some(reason) => {
                    self.summary.quarantined += 1;
                    let (index, kind, bytes) = (self.item, Kind::Resource, Some(&*resource.bytes));
                    let full_url = resource.full_url.as_deref();
                    self.walk.tell(Event::Quarantined { index, reason, kind, full_url, bytes })?;
                }
            }
        }
        Ok(())
    }

    fn give_of_card(
        &mut self,
        bytes: &[u8],
        full_url: Option<&str>,
        claims: &CardClaims,
    ) -> Result<(), ReadError> {
        self.summary.resources += 1;
        let (issuer, index) = (Some(claims.issuer()), self.item);
        let resource = Resource { bytes, full_url, history: None, exported: None, issuer, index };
        self.walk.tell(Event::Resource(resource))
    }

    fn quarantine_card(
        &mut self,
        reason: HealthCardError,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<(), ReadError> {
        self.next_place();
        self.summary.quarantined += 1;
        let (index, reason, bytes) = (self.item, Quarantine::HealthCard { reason }, Some(bytes));
        self.walk.tell(Event::Quarantined { index, reason, kind, full_url: None, bytes })
    }

    /// Counts what is given away of cards, as the entries of a Bundle are.
    fn next_place(&mut self) {
        if !self.walk.one_line {
            self.item = self.places;
        }
        self.places += 1;
    }
}

/// A resource of a card.
struct InCard {
    bytes: Vec<u8>,
    full_url: Option<String>,
    is_patient: bool,
    /// Why it is not taken, where it is not.
    reason: Option<Quarantine>,
}

/// The resources of a card. `resource:0` and the like mean something in their card alone: in their place come addresses
/// that follow from issuer and content, so that the same card gives the same, and no other does.
fn resources(claims: &CardClaims) -> Result<Vec<InCard>, HealthCardError> {
    let mut resources: Vec<InCard> = Vec::new();
    read(claims.bundle(), Limits::default(), &mut |event| {
        match event {
            Event::Resource(Resource { bytes, full_url, .. }) => {
                resources.push(InCard::new(bytes, full_url, None));
            }
            Event::Quarantined { reason, full_url, bytes, .. } => {
                resources.push(InCard::new(bytes.unwrap_or_default(), full_url, Some(reason)));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })
    .map_err(|_| HealthCardError::Bundle)?;
    let mut addresses = HashMap::new();
    for (number, resource) in (0_u64..).zip(&mut resources) {
        if resource.full_url.as_deref().is_some_and(|url| folded_address(url).is_some()) {
            continue;
        }
        let address = address(claims, number);
        if let Some(old) = resource.full_url.replace(address.clone()) {
            addresses.insert(old, address);
        }
    }
    for resource in resources.iter_mut().filter(|resource| resource.reason.is_none()) {
        resource.bytes = rewrite(&resource.bytes, true, |reference| match addresses.get(reference) {
            Some(address) => NewReference::To(address.clone()),
            None => NewReference::Same,
        });
    }
    Ok(resources)
}

impl InCard {
    fn new(bytes: &[u8], full_url: Option<&str>, reason: Option<Quarantine>) -> Self {
        let (bytes, full_url) = (bytes.to_vec(), full_url.map(str::to_owned));
        Self { is_patient: is_patient(&bytes), bytes, full_url, reason }
    }
}

/// A UUID of version 8 made from issuer and content of a card; an address has no zero byte.
fn address(claims: &CardClaims, number: u64) -> String {
    let parts: [&[u8]; 4] = [claims.issuer().as_bytes(), &[0], &number.to_be_bytes(), claims.bundle()];
    let mut bits = [0; 16];
    bits.iter_mut().zip(sha256_parts(&parts)).for_each(|(bit, byte)| *bit = byte);
    uuid_urn(bits, 8)
}

fn is_patient(resource: &[u8]) -> bool {
    let mut cursor = Cursor::new(resource);
    cursor.next();
    while let Some(key) = cursor.key() {
        if key.to_str() == "resourceType" {
            return matches!(cursor.next(), Some(Token::String(name)) if name.to_str() == "Patient");
        }
        cursor.skip();
    }
    false
}

/// The record that holds the card itself: its file, with the signed text as it was received, about the Patient in it.
fn document(card: &HealthCard<'_>, resources: &[InCard]) -> Vec<u8> {
    let claims = card.claims();
    let file = write_file(&[card.text().to_owned()]);
    let mut document = json!({
        "resourceType": "DocumentReference",
        "status": "current",
        "type": { "text": "SMART Health Card" },
        "date": claims.not_before(),
        "author": [{ "display": claims.issuer() }],
        "content": [{
            "attachment": { "contentType": CONTENT_TYPE, "data": STANDARD.encode(file) }
        }],
    });
    let mut patients = resources.iter().filter(|resource| resource.is_patient);
    if let (Some(patient), None) = (patients.next(), patients.next())
        && let Some(members) = document.as_object_mut()
    {
        members.insert("subject".to_owned(), json!({ "reference": patient.full_url }));
    }
    Value::to_string(&document).into_bytes()
}

/// The signed text of the health card that a record holds, as it came in.
pub fn kept_health_card(record: &[u8]) -> Option<String> {
    let kept: Kept = serde_json::from_slice(record).ok()?;
    let attachments = kept.content.into_iter().filter_map(|content| content.attachment);
    let mut files = attachments.filter(|file| file.content_type.as_deref() == Some(CONTENT_TYPE));
    let file = STANDARD.decode(files.next()?.data?).ok()?;
    read_file(&file).ok()?.into_iter().next()
}

/// What of a DocumentReference says that it is a card.
#[derive(Deserialize)]
struct Kept {
    content: Vec<Content>,
}

#[derive(Deserialize)]
struct Content {
    attachment: Option<Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "contentType")]
    content_type: Option<String>,
    data: Option<String>,
}

const CONTENT_TYPE: &str = "application/smart-health-card";
/// More than any card has that somebody hands over as text, in bytes.
const LONGEST_TEXT: usize = 10_000_000;
