//! Reads whatever a person may have been given as "my records", resource by resource.
//!
//! Bundles, NDJSON and single resources are walked in a window as large as the largest resource;
//! no tree is built. What the receiver gets are the resource's own bytes, as they were received.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    io::Read,
    ops::ControlFlow,
};

use super::{
    cursor::{Cursor, Token},
    error::{Quarantine, ReadError},
    event::{Event, Limits, Summary},
    input::Input,
    kind::{Kind, Opening, opening},
    scan::{Fault, SyntaxError},
    walk::{Span, Stop, Walk},
};

/// Reads an input to its end and gives each resource to `receive`.
///
/// The input is told by its bytes: a Bundle, a resource, or one of these on each line, in UTF-8 with
/// or without a byte order mark, and any of this packed with gzip, also in several members. A
/// line that is a Bundle is read like a file that is one; a Bundle within a Bundle stays one resource.
/// Other kinds are quarantined as a whole.
///
/// # Errors
/// [`ReadError`]; [`ReadError::Cancelled`] when `receive` breaks.
pub fn read(
    source: impl Read,
    limits: Limits,
    receive: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
) -> Result<Summary, ReadError> {
    let input = Input::open(source, limits)?;
    let summary = Summary {
        kind: Kind::Empty,
        gzip: input.is_gzip(),
        byte_order_mark: false,
        bundle_type: None,
        resources: 0,
        quarantined: 0,
        entries: 0,
        entries_without_resource: 0,
        full_url_clashes: 0,
        lines: 0,
        bad_lines: 0,
    };
    let walk = Walk::new(input, limits.resource_bytes, receive);
    let mut reader = Reader { walk, summary, item: 0, full_urls: HashMap::new() };
    reader.run()?;
    Ok(reader.summary)
}

struct Reader<'a> {
    walk: Walk<'a>,
    summary: Summary,
    /// Index of the entry or line at hand.
    item: u64,
    /// For each `fullUrl` of the Bundle at hand, the resource that has it; both as hashes.
    full_urls: HashMap<u64, u64>,
}

/// What one JSON document was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Document {
    Bundle,
    Resource,
    /// An object that is no resource; whether it is a health card.
    Object {
        card: bool,
    },
    Value,
}

impl Document {
    /// What an input is that holds only this.
    fn kind(self) -> Kind {
        match self {
            Self::Bundle => Kind::Bundle,
            Self::Resource => Kind::Resource,
            Self::Object { card: true } => Kind::HealthCard,
            Self::Object { card: false } | Self::Value => Kind::JsonOther,
        }
    }
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), ReadError> {
        while self.walk.input.bytes().len() < OPENING && !self.walk.input.has_ended() {
            self.walk.keep = Some(0);
            self.walk.fill()?;
        }
        if self.walk.input.bytes().starts_with("\u{feff}".as_bytes()) {
            self.summary.byte_order_mark = true;
            self.walk.at = 3;
        }
        match opening(self.walk.rest(), self.walk.input.has_ended()) {
            Opening::Json => {}
            Opening::Utf16 => return Err(ReadError::Utf16),
            Opening::Other(Kind::Empty) => return Ok(()),
            Opening::Other(kind) => {
                self.summary.kind = kind;
                return self.quarantine(Quarantine::UnsupportedFormat);
            }
        }
        self.walk.input.check_text()?;
        self.documents()
    }

    /// Reads one document, or as many as there are lines.
    fn documents(&mut self) -> Result<(), ReadError> {
        self.walk.keep = None;
        self.walk.between_documents()?;
        let start = self.walk.at;
        let line_feeds = self.walk.line_feeds;
        match self.document() {
            Ok(document) => {
                let within_a_line = self.walk.line_feeds == line_feeds;
                self.walk.keep = None;
                if self.walk.between_documents()?.is_none() {
                    self.summary.kind = document.kind();
                    return Ok(());
                }
                if !within_a_line {
                    return Err(ReadError::InvalidJson { offset: self.walk.at });
                }
                self.line(document);
            }
            // Nothing was given away yet, so this may still be lines of which the first is bad.
            Err(Stop::Syntax(error)) if self.walk.keep == Some(start) => self.bad_first_line(start, error)?,
            Err(stop) => return Err(stop.into()),
        }
        self.walk.one_line = true;
        while self.walk.between_documents()?.is_some() {
            self.item = self.walk.line_feeds;
            match self.document() {
                Ok(document) => self.line(document),
                Err(Stop::Syntax(SyntaxError { offset })) => {
                    self.bad_line(offset)?;
                    self.walk.skip_line()?;
                }
                Err(Stop::Read(error)) => return Err(error),
            }
            self.walk.keep = None;
        }
        Ok(())
    }

    /// Counts a line. Objects make NDJSON of an input, whether they are resources or not.
    fn line(&mut self, document: Document) {
        self.summary.lines += 1;
        if document != Document::Value {
            self.summary.kind = Kind::Ndjson;
        } else if self.summary.kind == Kind::Empty {
            self.summary.kind = Kind::JsonLinesOfValues;
        }
    }

    fn bad_line(&mut self, offset: u64) -> Result<(), ReadError> {
        self.summary.lines += 1;
        self.summary.bad_lines += 1;
        self.walk.keep = None;
        self.quarantine(Quarantine::InvalidJson { offset })
    }

    /// Goes on behind a first line that is not JSON, if the second one is an object.
    fn bad_first_line(&mut self, start: u64, error: SyntaxError) -> Result<(), ReadError> {
        self.walk.at = start;
        self.walk.line_feeds = 0;
        self.walk.keep = None;
        self.walk.skip_line()?;
        let (second, line_feeds) = (self.walk.at, self.walk.line_feeds);
        self.walk.one_line = true;
        self.walk.keep = Some(second);
        let is_line = self.walk.between_documents()? == Some(b'{')
            && self.walk.value(0).is_ok()
            && self.walk.end_of_line().is_ok()
            && self.walk.keep == Some(second);
        if !is_line {
            return Err(Stop::Syntax(error).into());
        }
        self.walk.at = second;
        self.walk.line_feeds = line_feeds;
        self.summary.kind = Kind::Ndjson;
        self.bad_line(error.offset)
    }

    /// Reads the document at hand and gives away its resources.
    fn document(&mut self) -> Result<Document, Stop> {
        let start = self.walk.at;
        self.walk.keep = Some(start);
        if self.walk.token()? != b'{' {
            self.walk.value(0)?;
            self.walk.end_of_line()?;
            self.quarantine(Quarantine::NotAResource)?;
            return Ok(Document::Value);
        }
        let mut is_bundle = None;
        let mut entries = None;
        let mut fault = None;
        let mut first = true;
        self.walk.at += 1;
        while let Some(key) = self.walk.member(&mut first)? {
            if key == b"entry" && is_bundle == Some(true) && self.walk.token()? == b'[' {
                self.entries()?;
                self.walk.keep = None;
                continue;
            }
            let line_feeds = self.walk.line_feeds;
            let value = self.walk.value(1)?;
            fault = fault.or(value.fault);
            match key.as_slice() {
                b"resourceType" if is_bundle.is_none() => {
                    is_bundle = Some(self.walk.text(value).as_deref() == Some("Bundle"));
                    if is_bundle == Some(true) && entries.is_none() {
                        self.walk.keep = None;
                    }
                }
                b"type" if is_bundle != Some(false) => self.summary.bundle_type = self.walk.text(value),
                b"entry" if is_bundle.is_none() => entries = entries.or(Some((value.start, line_feeds))),
                _ => {}
            }
        }
        if is_bundle == Some(true) {
            if let Some((from, line_feeds)) = entries {
                self.earlier_entries(from, line_feeds)?;
            }
            self.walk.end_of_line()?;
            return Ok(Document::Bundle);
        }
        self.summary.bundle_type = None;
        let end = self.walk.at;
        self.walk.end_of_line()?;
        self.object(Span { start, end, fault })
    }

    /// Gives away the resource that a whole document is.
    fn object(&mut self, span: Span) -> Result<Document, Stop> {
        let (document, reason) = match self.walk.slice(span) {
            None => (Document::Resource, Some(Quarantine::TooLarge)),
            Some(bytes) => match identify(bytes) {
                Ok(_) => (Document::Resource, span.fault.map(Quarantine::from)),
                Err(_) if has_key(bytes, b"verifiableCredential") => {
                    (Document::Object { card: true }, Some(Quarantine::UnsupportedFormat))
                }
                Err(reason) => (Document::Object { card: false }, Some(reason)),
            },
        };
        match reason {
            None => self.give(span, None)?,
            Some(reason) => self.quarantine(reason)?,
        }
        Ok(document)
    }

    /// Reads entries that were walked over before the document said that it is a Bundle.
    fn earlier_entries(&mut self, from: u64, line_feeds: u64) -> Result<(), Stop> {
        let (end, line_feeds_at_end) = (self.walk.at, self.walk.line_feeds);
        if from < self.walk.input.base() {
            return Ok(self.quarantine(Quarantine::TooLarge)?);
        }
        (self.walk.at, self.walk.line_feeds) = (from, line_feeds);
        if self.walk.token()? == b'[' {
            self.entries()?;
        }
        (self.walk.at, self.walk.line_feeds) = (end, line_feeds_at_end);
        Ok(())
    }

    /// Reads the array of a Bundle's entries.
    fn entries(&mut self) -> Result<(), Stop> {
        self.full_urls.clear();
        let mut first = true;
        self.walk.at += 1;
        loop {
            match self.walk.token()? {
                b']' => {
                    self.walk.at += 1;
                    return Ok(());
                }
                b',' if !first => self.walk.at += 1,
                _ if first => {}
                _ => return Err(self.walk.wrong()),
            }
            first = false;
            if !self.walk.one_line {
                self.item = self.summary.entries;
            }
            self.summary.entries += 1;
            self.walk.token()?;
            self.walk.keep = Some(self.walk.at);
            self.entry()?;
        }
    }

    fn entry(&mut self) -> Result<(), Stop> {
        if self.walk.token()? != b'{' {
            self.walk.value(0)?;
            return Ok(self.quarantine(Quarantine::NotAResource)?);
        }
        self.walk.at += 1;
        let mut full_url = None;
        let mut resource = None;
        let mut first = true;
        while let Some(key) = self.walk.member(&mut first)? {
            self.walk.token()?;
            let value = self.walk.value(0)?;
            match key.as_slice() {
                b"fullUrl" => full_url = self.walk.text(value),
                b"resource" => resource = Some(value),
                _ => {}
            }
        }
        let Some(span) = resource else {
            self.summary.entries_without_resource += 1;
            return Ok(());
        };
        let reason = match self.walk.slice(span) {
            None => Some(Quarantine::TooLarge),
            Some(bytes) => match (identify(bytes), span.fault) {
                (Ok(_), Some(fault)) => Some(fault.into()),
                (Err(reason), _) => Some(reason),
                (Ok(identity), None) => {
                    let claim =
                        |url: &String| *self.full_urls.entry(hash(url)).or_insert(identity) == identity;
                    if !full_url.as_ref().is_none_or(claim) {
                        self.summary.full_url_clashes += 1;
                        full_url = None;
                    }
                    None
                }
            },
        };
        match reason {
            None => self.give(span, full_url.as_deref())?,
            Some(reason) => self.quarantine(reason)?,
        }
        Ok(())
    }

    fn give(&mut self, span: Span, full_url: Option<&str>) -> Result<(), ReadError> {
        self.summary.resources += 1;
        self.walk.give(span, full_url, self.item)
    }

    fn quarantine(&mut self, reason: Quarantine) -> Result<(), ReadError> {
        self.summary.quarantined += 1;
        self.walk.tell(Event::Quarantined { index: self.item, reason })
    }
}

impl From<Fault> for Quarantine {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooDeep => Self::TooDeep,
            Fault::Text { offset } => Self::InvalidText { offset },
        }
    }
}

/// Checks that an object says what type of resource it is; a hash of its type and id.
fn identify(bytes: &[u8]) -> Result<u64, Quarantine> {
    let mut cursor = Cursor::new(bytes);
    if cursor.next() != Some(Token::Object) {
        return Err(Quarantine::NotAResource);
    }
    let (mut resource_type, mut id) = (None, None);
    while let Some(key) = cursor.key() {
        match key.raw() {
            b"resourceType" if resource_type.is_none() => resource_type = cursor.next(),
            b"id" if id.is_none() => match cursor.next() {
                Some(Token::String(text)) => id = Some(text.raw()),
                Some(Token::Object | Token::Array) => cursor.leave(),
                _ => {}
            },
            _ => cursor.skip(),
        }
        match resource_type {
            Some(Token::Object | Token::Array) => return Err(Quarantine::InvalidResourceType),
            Some(_) if id.is_some() => break,
            _ => {}
        }
    }
    match resource_type {
        Some(Token::String(text)) if is_type_name(text.raw()) => Ok(hash(&(text.raw(), id))),
        Some(_) => Err(Quarantine::InvalidResourceType),
        None => Err(Quarantine::NotAResource),
    }
}

fn is_type_name(name: &[u8]) -> bool {
    (1..=64).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric)
}

fn has_key(object: &[u8], wanted: &[u8]) -> bool {
    let mut cursor = Cursor::new(object);
    cursor.next();
    while let Some(key) = cursor.key() {
        if key.raw() == wanted {
            return true;
        }
        cursor.skip();
    }
    false
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// How many bytes are looked at to tell what an input is.
const OPENING: usize = 64 * 1024;
