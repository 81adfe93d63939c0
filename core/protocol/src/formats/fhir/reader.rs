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
    input::Input,
    kind::{Kind, Opening, opening},
    scan::{Fault, Progress, Scan, SyntaxError},
};

/// How much of an input is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of one resource, and of one document that is not known to be a Bundle.
    pub resource_bytes: u64,
    /// Bytes that a gzip stream may unpack to.
    pub unpacked_bytes: u64,
    /// How many times its size a gzip stream may unpack to.
    pub gzip_ratio: u64,
    /// Up to this many unpacked bytes the ratio is not looked at.
    pub gzip_free_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resource_bytes: 50_000_000,
            unpacked_bytes: 8_000_000_000,
            gzip_ratio: 200,
            gzip_free_bytes: 64_000_000,
        }
    }
}

/// One resource of an input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource<'a> {
    /// The resource from its `{` to its `}`, byte for byte.
    pub bytes: &'a [u8],
    /// Its address, where the Bundle gives one that no other resource in it has.
    pub full_url: Option<&'a str>,
    /// Which one of the input, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
}

/// What the receiver is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A resource.
    Resource(Resource<'a>),
    /// A part that is not taken; the rest is.
    Quarantined {
        /// Which one of the input, counted as for [`Resource`].
        index: u64,
        /// Why.
        reason: Quarantine,
    },
    /// How far the reading is.
    Progress {
        /// Bytes of the input so far, before unpacking.
        bytes: u64,
    },
}

/// What an input was, at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// What it turned out to be.
    pub kind: Kind,
    /// Whether it was packed with gzip.
    pub gzip: bool,
    /// Whether it began with a UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// `Bundle.type` of the last Bundle, as written.
    pub bundle_type: Option<String>,
    /// Resources given to the receiver.
    pub resources: u64,
    /// Parts that were not taken.
    pub quarantined: u64,
    /// Entries of Bundles.
    pub entries: u64,
    /// Entries that carry no resource: deletions, responses.
    pub entries_without_resource: u64,
    /// Resources whose `fullUrl` another resource of the Bundle has already; they go without.
    pub full_url_clashes: u64,
    /// Lines of NDJSON that are not blank.
    pub lines: u64,
    /// Lines of NDJSON that are not JSON.
    pub bad_lines: u64,
}

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
    let mut reader = Reader {
        input,
        limits,
        receive,
        summary,
        at: 0,
        keep: None,
        one_line: false,
        line_feeds: 0,
        item: 0,
        full_urls: HashMap::new(),
    };
    reader.run()?;
    Ok(reader.summary)
}

struct Reader<'a> {
    input: Input<'a>,
    limits: Limits,
    receive: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    summary: Summary,
    /// Offset in the input of the next byte to look at.
    at: u64,
    /// Offset from which on bytes are needed, if that is before `at`.
    keep: Option<u64>,
    /// Whether each document is a line.
    one_line: bool,
    /// Line feeds passed between tokens.
    line_feeds: u64,
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

/// Where a value is in the input.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    end: u64,
    fault: Option<Fault>,
}

/// Why a document ended early: its text is wrong, which may cost one line only, or all is over.
enum Stop {
    Syntax(SyntaxError),
    Read(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<Stop> for ReadError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Syntax(SyntaxError { offset }) => Self::InvalidJson { offset },
            Stop::Read(error) => error,
        }
    }
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), ReadError> {
        while self.input.bytes().len() < OPENING && !self.input.has_ended() {
            self.keep = Some(0);
            self.fill()?;
        }
        if self.input.bytes().starts_with("\u{feff}".as_bytes()) {
            self.summary.byte_order_mark = true;
            self.at = 3;
        }
        match opening(self.rest(), self.input.has_ended()) {
            Opening::Json => {}
            Opening::Utf16 => return Err(ReadError::Utf16),
            Opening::Other(Kind::Empty) => return Ok(()),
            Opening::Other(kind) => {
                self.summary.kind = kind;
                return self.quarantine(Quarantine::UnsupportedFormat);
            }
        }
        self.input.check_text()?;
        self.documents()
    }

    /// Reads one document, or as many as there are lines.
    fn documents(&mut self) -> Result<(), ReadError> {
        self.keep = None;
        self.between_documents()?;
        let start = self.at;
        let line_feeds = self.line_feeds;
        match self.document() {
            Ok(document) => {
                let within_a_line = self.line_feeds == line_feeds;
                self.keep = None;
                if self.between_documents()?.is_none() {
                    self.summary.kind = document.kind();
                    return Ok(());
                }
                if !within_a_line {
                    return Err(ReadError::InvalidJson { offset: self.at });
                }
                self.line(document);
            }
            // Nothing was given away yet, so this may still be lines of which the first is bad.
            Err(Stop::Syntax(error)) if self.keep == Some(start) => self.bad_first_line(start, error)?,
            Err(stop) => return Err(stop.into()),
        }
        self.one_line = true;
        while self.between_documents()?.is_some() {
            self.item = self.line_feeds;
            match self.document() {
                Ok(document) => self.line(document),
                Err(Stop::Syntax(SyntaxError { offset })) => {
                    self.bad_line(offset)?;
                    self.skip_line()?;
                }
                Err(Stop::Read(error)) => return Err(error),
            }
            self.keep = None;
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
        self.keep = None;
        self.quarantine(Quarantine::InvalidJson { offset })
    }

    /// Goes on behind a first line that is not JSON, if the second one is an object.
    fn bad_first_line(&mut self, start: u64, error: SyntaxError) -> Result<(), ReadError> {
        self.at = start;
        self.line_feeds = 0;
        self.keep = None;
        self.skip_line()?;
        let (second, line_feeds) = (self.at, self.line_feeds);
        self.one_line = true;
        self.keep = Some(second);
        let is_line = self.between_documents()? == Some(b'{')
            && self.value(0).is_ok()
            && self.end_of_line().is_ok()
            && self.keep == Some(second);
        if !is_line {
            return Err(Stop::Syntax(error).into());
        }
        self.at = second;
        self.line_feeds = line_feeds;
        self.summary.kind = Kind::Ndjson;
        self.bad_line(error.offset)
    }

    /// Reads the document at hand and gives away its resources.
    fn document(&mut self) -> Result<Document, Stop> {
        let start = self.at;
        self.keep = Some(start);
        if self.token()? != b'{' {
            self.value(0)?;
            self.end_of_line()?;
            self.quarantine(Quarantine::NotAResource)?;
            return Ok(Document::Value);
        }
        let mut is_bundle = None;
        let mut entries = None;
        let mut fault = None;
        let mut first = true;
        self.at += 1;
        while let Some(key) = self.member(&mut first)? {
            if key == b"entry" && is_bundle == Some(true) && self.token()? == b'[' {
                self.entries()?;
                self.keep = None;
                continue;
            }
            let line_feeds = self.line_feeds;
            let value = self.value(1)?;
            fault = fault.or(value.fault);
            match key.as_slice() {
                b"resourceType" if is_bundle.is_none() => {
                    is_bundle = Some(self.text(value).as_deref() == Some("Bundle"));
                    if is_bundle == Some(true) && entries.is_none() {
                        self.keep = None;
                    }
                }
                b"type" if is_bundle != Some(false) => self.summary.bundle_type = self.text(value),
                b"entry" if is_bundle.is_none() => entries = entries.or(Some((value.start, line_feeds))),
                _ => {}
            }
        }
        if is_bundle == Some(true) {
            if let Some((from, line_feeds)) = entries {
                self.earlier_entries(from, line_feeds)?;
            }
            self.end_of_line()?;
            return Ok(Document::Bundle);
        }
        self.summary.bundle_type = None;
        let end = self.at;
        self.end_of_line()?;
        self.object(Span { start, end, fault })
    }

    /// Gives away the resource that a whole document is.
    fn object(&mut self, span: Span) -> Result<Document, Stop> {
        let (document, reason) = match self.slice(span) {
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
        let (end, line_feeds_at_end) = (self.at, self.line_feeds);
        if from < self.input.base() {
            return Ok(self.quarantine(Quarantine::TooLarge)?);
        }
        (self.at, self.line_feeds) = (from, line_feeds);
        if self.token()? == b'[' {
            self.entries()?;
        }
        (self.at, self.line_feeds) = (end, line_feeds_at_end);
        Ok(())
    }

    /// Reads the array of a Bundle's entries.
    fn entries(&mut self) -> Result<(), Stop> {
        self.full_urls.clear();
        let mut first = true;
        self.at += 1;
        loop {
            match self.token()? {
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' if !first => self.at += 1,
                _ if first => {}
                _ => return Err(self.wrong()),
            }
            first = false;
            if !self.one_line {
                self.item = self.summary.entries;
            }
            self.summary.entries += 1;
            self.token()?;
            self.keep = Some(self.at);
            self.entry()?;
        }
    }

    fn entry(&mut self) -> Result<(), Stop> {
        if self.token()? != b'{' {
            self.value(0)?;
            return Ok(self.quarantine(Quarantine::NotAResource)?);
        }
        self.at += 1;
        let mut full_url = None;
        let mut resource = None;
        let mut first = true;
        while let Some(key) = self.member(&mut first)? {
            self.token()?;
            let value = self.value(0)?;
            match key.as_slice() {
                b"fullUrl" => full_url = self.text(value),
                b"resource" => resource = Some(value),
                _ => {}
            }
        }
        let Some(span) = resource else {
            self.summary.entries_without_resource += 1;
            return Ok(());
        };
        let reason = match self.slice(span) {
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

    /// The key of the next member of an object; `None` behind its end.
    fn member(&mut self, first: &mut bool) -> Result<Option<Vec<u8>>, Stop> {
        match self.token()? {
            b'}' => {
                self.at += 1;
                return Ok(None);
            }
            b',' if !*first => self.at += 1,
            _ if *first => {}
            _ => return Err(self.wrong()),
        }
        *first = false;
        if self.token()? != b'"' {
            return Err(self.wrong());
        }
        let span = self.value(0)?;
        let key = self.text(span).map(String::into_bytes).unwrap_or_default();
        if self.token()? != b':' {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Walks over the next value, which is within `outer` containers of its resource.
    fn value(&mut self, outer: usize) -> Result<Span, Stop> {
        let mut scan = Scan::new(outer, self.one_line);
        let start_of_scan = self.at;
        // A string is wanted as a whole, so it stays in the window for as long as it is walked.
        let keeps_string = self.keep.is_none() && self.rest().first() == Some(&b'"');
        if keeps_string {
            self.keep = Some(start_of_scan);
        }
        loop {
            let base = self.input.base();
            let from = self.index(self.at);
            match scan
                .advance(self.input.bytes(), from, base, self.input.has_ended())
                .map_err(Stop::Syntax)?
            {
                Progress::Done(end) => {
                    self.at = base + end as u64;
                    break;
                }
                Progress::More(to) => {
                    self.at = base + to as u64;
                    self.more()?;
                }
            }
        }
        self.line_feeds += scan.line_feeds;
        if keeps_string {
            self.keep = None;
        }
        Ok(Span { start: start_of_scan, end: self.at, fault: scan.fault })
    }

    /// The next byte within a document that is not white space.
    fn token(&mut self) -> Result<u8, Stop> {
        loop {
            match self.skip_white_space(self.one_line) {
                Some(b'\n') => return Err(self.wrong()),
                Some(byte) => return Ok(byte),
                None => self.more()?,
            }
        }
    }

    /// Checks that nothing but white space follows on the line.
    fn end_of_line(&mut self) -> Result<(), Stop> {
        loop {
            match self.skip_white_space(true) {
                Some(b'\n') => return Ok(()),
                Some(_) => return Err(self.wrong()),
                None if self.input.has_ended() => return Ok(()),
                None => self.fill()?,
            }
        }
    }

    /// The first byte of the next document.
    fn between_documents(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            match self.skip_white_space(false) {
                None if !self.input.has_ended() => self.fill()?,
                found => return Ok(found),
            }
        }
    }

    /// Walks to the next byte that is not white space, or to the next line feed if that stops it.
    fn skip_white_space(&mut self, stop_at_line_feed: bool) -> Option<u8> {
        let mut count = 0;
        let mut line_feeds = 0;
        let found = loop {
            match self.rest().get(count) {
                Some(b' ' | b'\t' | b'\r') => {}
                Some(b'\n') if !stop_at_line_feed => line_feeds += 1,
                found => break found.copied(),
            }
            count += 1;
        };
        self.at += count as u64;
        self.line_feeds += line_feeds;
        found
    }

    /// Walks to behind the next line feed.
    fn skip_line(&mut self) -> Result<(), ReadError> {
        loop {
            if let Some(at) = self.rest().iter().position(|byte| *byte == b'\n') {
                self.at += at as u64 + 1;
                self.line_feeds += 1;
                return Ok(());
            }
            self.at += self.rest().len() as u64;
            if self.input.has_ended() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Reads on where a document must go on.
    fn more(&mut self) -> Result<(), Stop> {
        if self.input.has_ended() {
            let offset = self.input.base() + self.input.bytes().len() as u64;
            return Err(Stop::Syntax(SyntaxError { offset }));
        }
        Ok(self.fill()?)
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        if self.keep.is_some_and(|keep| self.at - keep > self.limits.resource_bytes) {
            self.keep = None;
        }
        self.input.fill(self.keep.unwrap_or(self.at))?;
        tell(self.receive, Event::Progress { bytes: self.input.read() })
    }

    fn wrong(&self) -> Stop {
        Stop::Syntax(SyntaxError { offset: self.at })
    }

    /// The bytes of the window from here on.
    fn rest(&self) -> &[u8] {
        self.input.bytes().get(self.index(self.at)..).unwrap_or_default()
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset - self.input.base()).unwrap_or(usize::MAX)
    }

    /// The bytes of a value, unless it was too large to be kept.
    fn slice(&self, span: Span) -> Option<&[u8]> {
        let fits = span.start >= self.input.base() && span.end - span.start <= self.limits.resource_bytes;
        fits.then(|| self.input.bytes().get(self.index(span.start)..self.index(span.end))).flatten()
    }

    /// The text of a value that is a string.
    fn text(&self, span: Span) -> Option<String> {
        match Cursor::new(self.slice(span)?).next()? {
            Token::String(text) => Some(text.to_str().into_owned()),
            _ => None,
        }
    }

    fn give(&mut self, span: Span, full_url: Option<&str>) -> Result<(), ReadError> {
        self.summary.resources += 1;
        let from = self.index(span.start);
        let bytes = self.input.bytes().get(from..self.index(span.end)).unwrap_or_default();
        tell(self.receive, Event::Resource(Resource { bytes, full_url, index: self.item }))
    }

    fn quarantine(&mut self, reason: Quarantine) -> Result<(), ReadError> {
        self.summary.quarantined += 1;
        tell(self.receive, Event::Quarantined { index: self.item, reason })
    }
}

fn tell(receive: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>, event: Event<'_>) -> Result<(), ReadError> {
    match receive(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReadError::Cancelled),
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
