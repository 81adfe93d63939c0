//! Takes documents apart: Bundles and Parameters, and those within them, into their resources.

use super::{
    entries::Bundle,
    entry::links,
    error::Quarantine,
    event::{Event, Page},
    export::read_states,
    kind::Kind,
    reader::{Document, MAX_NESTED, Reader},
    scan::Fault,
    shape::{has_key, identify},
    walk::{Belongs, Span, Stop},
};

/// A resource that holds others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Container {
    Bundle,
    Parameters,
}

/// What became of an object that may hold resources.
#[derive(Clone, Copy, Debug)]
pub(super) enum Opened {
    /// A Bundle, whose resources were given away.
    Bundle,
    /// Parameters, whose resources were given away.
    Parameters,
    /// It holds none: to be taken as a whole.
    Closed(Span),
}

impl Reader<'_> {
    /// Reads the document at hand and gives away its resources.
    pub(super) fn document(&mut self) -> Result<Document, Stop> {
        let start = self.walk.at;
        self.walk.keep = Some(start);
        if self.walk.token()? != b'{' {
            let value = self.walk.value(0)?;
            self.walk.end_of_line()?;
            self.quarantine(Quarantine::NotAResource, Kind::JsonOther, Some(value))?;
            return Ok(Document::Value);
        }
        self.level = 0;
        let opened = self.open()?;
        if !matches!(opened, Opened::Bundle) {
            self.summary.bundle_type = None;
        }
        match opened {
            Opened::Bundle => {
                self.walk.end_of_line()?;
                Ok(Document::Bundle)
            }
            Opened::Parameters => {
                self.walk.end_of_line()?;
                Ok(Document::Resource)
            }
            Opened::Closed(span) => {
                self.walk.end_of_line()?;
                self.whole(span)
            }
        }
    }

    /// Gives away the resource that a whole document is.
    fn whole(&mut self, span: Span) -> Result<Document, Stop> {
        let reason = self.walk.slice(span).and_then(|bytes| {
            let is_card = || has_key(bytes, b"verifiableCredential");
            identify(bytes).err().map(|reason| if is_card() { Quarantine::UnsupportedFormat } else { reason })
        });
        let Some(reason) = reason else {
            self.resource(span, None, Belongs::default())?;
            return Ok(Document::Resource);
        };
        let card = reason == Quarantine::UnsupportedFormat;
        let kind = if card { Kind::HealthCard } else { Kind::JsonOther };
        self.quarantine(reason, kind, Some(span))?;
        Ok(Document::Object { card })
    }

    /// Walks over the object at hand and gives away the resources in it, if it holds any.
    ///
    /// A Bundle that says so before its entries is read in pieces; another, and what may be no
    /// container at all, is kept meanwhile as far as the limit goes.
    pub(super) fn open(&mut self) -> Result<Opened, Stop> {
        let start = self.walk.at;
        let (item, places) = (self.item, self.places);
        self.walk.keep = Some(start);
        let (mut container, mut is_typed, mut is_opened) = (None, false, false);
        let (mut bundle, mut page, mut states) = (Bundle::default(), None, Vec::new());
        let mut held = Vec::new();
        let mut fault = None;
        let mut first = true;
        self.walk.at += 1;
        while let Some(key) = self.walk.member(&mut first)? {
            let token = self.walk.token()?;
            let mut is_kept_alone = false;
            match (key.as_slice(), container, token) {
                (b"entry", Some(Container::Bundle), b'[') => {
                    self.entries(&mut bundle)?;
                    self.walk.keep = None;
                    continue;
                }
                (b"parameter", Some(Container::Parameters), b'[') => {
                    is_opened |= self.parameters(0, &mut fault)?;
                    continue;
                }
                // A Bundle that is read in pieces is not kept, but these are.
                (b"link", Some(Container::Bundle), b'[') | (b"meta", Some(Container::Bundle), b'{')
                    if self.walk.keep.is_none() =>
                {
                    self.walk.keep = Some(self.walk.at);
                    is_kept_alone = true;
                }
                _ => {}
            }
            let line_feeds = self.walk.line_feeds;
            let value = self.walk.value(1)?;
            fault = fault.or(value.fault);
            match key.as_slice() {
                b"resourceType" if !is_typed => {
                    is_typed = true;
                    container = match self.walk.text(value).as_deref() {
                        Some("Bundle") => Some(Container::Bundle),
                        Some("Parameters") => Some(Container::Parameters),
                        _ => None,
                    };
                    if container == Some(Container::Bundle) && held.is_empty() {
                        self.walk.keep = None;
                    }
                }
                b"type" if !is_typed || container == Some(Container::Bundle) => {
                    bundle.kind = self.walk.text(value);
                }
                b"link" if !is_typed || container == Some(Container::Bundle) => {
                    page = self.walk.slice(value).map(links);
                }
                b"meta" if !is_typed || container == Some(Container::Bundle) => {
                    states = self.walk.slice(value).map(read_states).unwrap_or_default();
                }
                b"entry" | b"parameter" if !is_typed => held.push((key, value.start, line_feeds)),
                _ => {}
            }
            if is_kept_alone {
                self.walk.keep = None;
            }
        }
        let span = Span { start, end: self.walk.at, fault };
        match container {
            None => return Ok(Opened::Closed(span)),
            Some(container) => {
                let wanted: &[u8] = if container == Container::Bundle { b"entry" } else { b"parameter" };
                if let Some((_, from, line_feeds)) = held.iter().find(|(key, ..)| key == wanted) {
                    is_opened |= self.open_held(container, &mut bundle, *from, *line_feeds)?;
                }
                if container == Container::Parameters {
                    if is_opened {
                        return Ok(Opened::Parameters);
                    }
                    (self.item, self.places) = (item, places);
                    return Ok(Opened::Closed(span));
                }
            }
        }
        if self.level == 0 {
            self.summary.bundle_type = bundle.kind;
        }
        if !states.is_empty() {
            self.walk.tell(Event::Exported(&states))?;
        }
        if let Some(page) = page.filter(|page| page.own.is_some() || page.next.is_some()) {
            let (own, next, previous) = (page.own.as_deref(), page.next.as_deref(), page.previous.as_deref());
            self.walk.tell(Event::Page(Page { own, next, previous }))?;
        }
        Ok(Opened::Bundle)
    }

    /// Reads entries or parameters that were walked over before their document said what it is.
    fn open_held(
        &mut self,
        container: Container,
        bundle: &mut Bundle,
        from: u64,
        line_feeds: u64,
    ) -> Result<bool, Stop> {
        let (end, line_feeds_at_end) = (self.walk.at, self.walk.line_feeds);
        if from < self.walk.input.base() {
            self.quarantine(Quarantine::TooLarge, Kind::Resource, None)?;
            return Ok(true);
        }
        let kept = self.walk.keep;
        (self.walk.at, self.walk.line_feeds) = (from, line_feeds);
        let mut is_opened = false;
        if self.walk.token()? == b'[' {
            is_opened = match container {
                Container::Bundle => self.entries(bundle).map(|()| true)?,
                Container::Parameters => self.parameters(0, &mut None)?,
            };
        }
        (self.walk.at, self.walk.line_feeds) = (end, line_feeds_at_end);
        self.walk.keep = kept;
        Ok(is_opened)
    }

    /// Walks to the next element of an array; whether there is one.
    pub(super) fn element(&mut self, first: &mut bool) -> Result<bool, Stop> {
        match self.walk.token()? {
            b']' => {
                self.walk.at += 1;
                return Ok(false);
            }
            b',' if !*first => self.walk.at += 1,
            _ if *first => {}
            _ => return Err(self.walk.wrong()),
        }
        *first = false;
        self.walk.token()?;
        if !self.walk.one_line {
            self.item = self.places;
        }
        self.places += 1;
        Ok(true)
    }

    /// Reads an array of parameters or parts; whether there is a resource among them. Until one is
    /// found the whole document is kept: without any it is taken as it is.
    fn parameters(&mut self, depth: usize, fault: &mut Option<Fault>) -> Result<bool, Stop> {
        let (mut first, mut found) = (true, false);
        self.walk.at += 1;
        while self.element(&mut first)? {
            if self.walk.token()? != b'{' {
                *fault = fault.or(self.walk.value(2)?.fault);
                continue;
            }
            self.walk.at += 1;
            let mut first = true;
            while let Some(key) = self.walk.member(&mut first)? {
                match (key.as_slice(), self.walk.token()?) {
                    (b"part", b'[') if depth < MAX_NESTED => found |= self.parameters(depth + 1, fault)?,
                    (b"part", b'[') => {
                        self.walk.keep = Some(self.walk.at);
                        let value = self.walk.value(0)?;
                        self.quarantine(Quarantine::TooDeep, Kind::Resource, Some(value))?;
                        found = true;
                    }
                    (b"resource", b'{') => {
                        self.walk.keep = Some(self.walk.at);
                        if self.is_bundle()? {
                            self.open_within()?;
                        } else {
                            let value = self.walk.value(0)?;
                            self.resource(value, None, Belongs::default())?;
                        }
                        self.walk.keep = None;
                        found = true;
                    }
                    _ => *fault = fault.or(self.walk.value(3)?.fault),
                }
            }
        }
        Ok(found)
    }

    /// Opens the object at hand one level further in, or quarantines it if that is too deep.
    pub(super) fn open_within(&mut self) -> Result<Option<Opened>, Stop> {
        if self.level >= MAX_NESTED {
            self.walk.keep = Some(self.walk.at);
            let value = self.walk.value(0)?;
            self.quarantine(Quarantine::TooDeep, Kind::Resource, Some(value))?;
            return Ok(None);
        }
        self.level += 1;
        let opened = self.open();
        self.level -= 1;
        opened.map(Some)
    }

    /// Whether the object at hand says first that it is a Bundle.
    pub(super) fn is_bundle(&mut self) -> Result<bool, Stop> {
        while self.walk.rest().len() < FIRST_MEMBER && !self.walk.input.has_ended() {
            self.walk.fill()?;
        }
        let mut rest = self.walk.rest();
        for part in [&b"{"[..], b"\"resourceType\"", b":", b"\"Bundle\""] {
            match rest.trim_ascii_start().strip_prefix(part) {
                Some(behind) => rest = behind,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Gives away the resource that was walked over, or what is in it.
    pub(super) fn resource(
        &mut self,
        span: Span,
        full_url: Option<&str>,
        belongs: Belongs<'_>,
    ) -> Result<(), Stop> {
        let identity = match self.walk.slice(span).map(identify) {
            None => return Ok(self.quarantine(Quarantine::TooLarge, Kind::Resource, None)?),
            Some(Err(reason)) => return Ok(self.quarantine(reason, Kind::JsonOther, Some(span))?),
            Some(Ok(identity)) => identity,
        };
        if identity.is_container && self.open_kept(span)? {
            return Ok(());
        }
        if let Some(fault) = span.fault {
            return Ok(self.quarantine_addressed(fault.into(), Kind::Resource, full_url, Some(span))?);
        }
        if identity.is_outcome {
            self.summary.outcomes += 1;
            return Ok(self.walk.give_outcome(span, self.item)?);
        }
        let full_url = full_url.filter(|url| self.claims(url, identity));
        self.summary.resources += 1;
        Ok(self.walk.give(span, full_url, belongs, self.item)?)
    }

    /// Opens a Bundle or Parameters that were walked over; whether they hold anything.
    fn open_kept(&mut self, span: Span) -> Result<bool, Stop> {
        let (end, line_feeds) = (self.walk.at, self.walk.line_feeds);
        self.walk.at = span.start;
        let opened = self.open_within()?;
        (self.walk.at, self.walk.line_feeds) = (end, line_feeds);
        self.walk.keep = Some(span.start);
        Ok(!matches!(opened, Some(Opened::Closed(_))))
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

/// How far into an object is looked for its first member.
const FIRST_MEMBER: usize = 512;
