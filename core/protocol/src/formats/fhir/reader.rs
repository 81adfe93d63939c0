//! Reads whatever a person may have been given as "my records", resource by resource.
//!
//! Bundles, NDJSON and single resources are walked in a window as large as the largest resource;
//! no tree is built. What the receiver gets are the resource's own bytes, as they were received.
//! Those of a health card refer to each other by numbers that mean something in the card alone: they get other addresses,
//! and the card goes beside them as it was received.

use std::{collections::HashMap, io::Read, ops::ControlFlow};

use super::{
    error::{Quarantine, ReadError},
    event::{Event, Limits, Summary},
    input::Input,
    kind::{Kind, Opening, opening},
    scan::SyntaxError,
    walk::{Span, Stop, Walk},
};

/// Reads an input to its end and gives each resource to `receive`.
///
/// The input is told by its bytes: a Bundle, a resource, or one of these on each line, in UTF-8 with
/// or without a byte order mark, and any of this packed with gzip, also in several members. A
/// line that is a Bundle is read like a file that is one. SMART Health Cards are opened, as a file, as a signed text and as
/// the text of their codes. Documents of HL7's Clinical Document Architecture (C-CDA) are opened, too, and FHIR in XML is
/// read as the same in JSON, of an Apple Health export each day becomes records, where the feature `imports` is on. Bundles and Parameters within are opened, down to
/// [`MAX_NESTED`] of them. Other kinds are quarantined as a whole.
///
/// # Errors
/// [`ReadError`]; [`ReadError::Cancelled`] when `receive` breaks.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use keepwell_protocol::formats::fhir::{Event, Kind, Limits, ReadError, read};
///
/// let file = br#"{"resourceType":"Bundle","type":"collection","entry":[
///     {"resource":{"resourceType":"Observation","id":"a"}}, {"resource":{"no":"type"}}]}"#;
/// let (mut taken, mut set_aside) = (Vec::new(), 0);
/// let summary = read(file.as_slice(), Limits::default(), &mut |event| {
///     match event {
///         Event::Resource(resource) => taken.push(resource.bytes.to_vec()),
///         Event::Quarantined { .. } => set_aside += 1,
///         _ => {}
///     }
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(summary.kind, Kind::Bundle);
/// assert_eq!(taken, [br#"{"resourceType":"Observation","id":"a"}"#]);
/// assert_eq!(set_aside, 1);
/// # Ok::<(), ReadError>(())
/// ```
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
        outcomes: 0,
        full_url_clashes: 0,
        lines: 0,
        bad_lines: 0,
    };
    let walk = Walk::new(input, limits.resource_bytes, receive);
    let mut reader =
        Reader { walk, summary, item: 0, places: 0, full_urls: HashMap::new(), level: 0, histories: 0 };
    reader.run()?;
    Ok(reader.summary)
}

pub(super) struct Reader<'a> {
    pub(super) walk: Walk<'a>,
    pub(super) summary: Summary,
    /// Index of the entry or line at hand.
    pub(super) item: u64,
    /// Entries and parameters so far, those of Bundles and Parameters within included.
    pub(super) places: u64,
    /// For each `fullUrl` of the Bundle at hand, the resource that has it; both as hashes.
    pub(super) full_urls: HashMap<u64, u64>,
    /// How many Bundles and Parameters the one at hand is in.
    pub(super) level: usize,
    /// History Bundles so far.
    pub(super) histories: u64,
}

/// What one JSON document was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Document {
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
            #[cfg(feature = "crypto")]
            Opening::Other(kind @ (Kind::HealthCardJws | Kind::HealthCardQr)) => {
                self.summary.kind = kind;
                return self.card_text(kind);
            }
            #[cfg(feature = "imports")]
            Opening::Other(kind @ Kind::CCda) => {
                self.summary.kind = kind;
                return self.xml_document();
            }
            #[cfg(feature = "imports")]
            Opening::Other(kind @ Kind::AppleHealth) => {
                self.summary.kind = kind;
                return self.apple_health();
            }
            #[cfg(feature = "imports")]
            Opening::Other(kind @ Kind::FhirXml) => {
                self.walk.read_xml_as_json();
                self.documents()?;
                self.summary.kind = kind;
                return Ok(());
            }
            Opening::Other(kind) => {
                self.summary.kind = kind;
                return self.quarantine(Quarantine::UnsupportedFormat, kind, None);
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
                    // Where entries of a Bundle were given away before, what is left begins at the broken
                    // one.
                    let start = self.walk.keep.unwrap_or(self.walk.at);
                    self.walk.keep = Some(start);
                    self.walk.skip_line()?;
                    self.bad_line(start, self.walk.at, offset)?;
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

    /// Quarantines a line, which lies from `start` to behind its line feed.
    fn bad_line(&mut self, start: u64, end: u64, offset: u64) -> Result<(), ReadError> {
        self.summary.lines += 1;
        self.summary.bad_lines += 1;
        let line = Span { start, end, fault: None };
        self.quarantine(Quarantine::InvalidJson { offset }, Kind::Text, Some(line))?;
        self.walk.keep = None;
        Ok(())
    }

    /// Goes on behind a first line that is not JSON, if the second one is an object.
    fn bad_first_line(&mut self, start: u64, error: SyntaxError) -> Result<(), ReadError> {
        self.walk.at = start;
        self.walk.line_feeds = 0;
        self.walk.skip_line()?;
        let (second, line_feeds) = (self.walk.at, self.walk.line_feeds);
        self.walk.one_line = true;
        let is_line = self.walk.keep == Some(start)
            && self.walk.between_documents()? == Some(b'{')
            && self.walk.value(0).is_ok()
            && self.walk.end_of_line().is_ok()
            && self.walk.keep == Some(start);
        if !is_line {
            return Err(Stop::Syntax(error).into());
        }
        self.walk.at = second;
        self.walk.line_feeds = line_feeds;
        self.summary.kind = Kind::Ndjson;
        self.bad_line(start, second, error.offset)
    }

    /// Tells of a part that is not taken, and gives its bytes if they are at hand.
    pub(super) fn quarantine(
        &mut self,
        reason: Quarantine,
        kind: Kind,
        span: Option<Span>,
    ) -> Result<(), ReadError> {
        self.quarantine_addressed(reason, kind, None, span)
    }

    /// The same of an entry of a Bundle that has an address.
    pub(super) fn quarantine_addressed(
        &mut self,
        reason: Quarantine,
        kind: Kind,
        full_url: Option<&str>,
        span: Option<Span>,
    ) -> Result<(), ReadError> {
        self.summary.quarantined += 1;
        self.walk.quarantine(self.item, reason, kind, full_url, span)
    }
}

/// Counts up whenever this reader learns to read something that it did not: what was kept meanwhile is
/// tried again.
pub const READER_VERSION: u32 = 7;

/// How many Bundles and Parameters within each other are opened; what lies deeper is quarantined.
pub const MAX_NESTED: usize = 32;

/// How many bytes are looked at to tell what an input is.
const OPENING: usize = 64 * 1024;
