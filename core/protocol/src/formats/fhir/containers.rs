//! Takes documents apart: Bundles and Parameters, and those within them, into their resources.

use super::{
    entries::Bundle,
    entry::{Links, links},
    error::Quarantine,
    event::{Event, Page},
    export::{ExportedState, read_states},
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

/// What an object that may hold resources has said of itself so far.
#[derive(Default)]
struct Said {
    container: Option<Container>,
    /// Whether its type was said, also where it is no container's.
    is_typed: bool,
    bundle: Bundle,
    page: Option<Links>,
    states: Vec<ExportedState>,
    /// Entries and parameters that came before the type: key, place, line feeds before it.
    held: Vec<(Vec<u8>, u64, u64)>,
}

impl Said {
    /// Where the entries or parameters begin that came before the type.
    fn first_held(&self, container: Container) -> Option<(u64, u64)> {
        let wanted: &[u8] = if container == Container::Bundle { b"entry" } else { b"parameter" };
        self.held.iter().find(|(key, ..)| key == wanted).map(|(_, from, line_feeds)| (*from, *line_feeds))
    }
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
        match card {
            #[cfg(feature = "crypto")]
            true => self.card_file(span)?,
            _ => self.quarantine(reason, Kind::JsonOther, Some(span))?,
        }
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
        let (mut said, mut is_opened, mut fault) = (Said::default(), false, None);
        let mut first = true;
        self.walk.at += 1;
        while let Some(key) = self.walk.member(&mut first)? {
            match (key.as_slice(), said.container, self.walk.token()?) {
                (b"entry", Some(Container::Bundle), b'[') => {
                    self.entries(&mut said.bundle)?;
                    self.walk.keep = None;
                }
                (b"parameter", Some(Container::Parameters), b'[') => {
                    is_opened |= self.parameters(0, &mut fault)?;
                }
                (_, _, token) => {
                    let value = self.read_member(&mut said, key, token)?;
                    fault = fault.or(value.fault);
                }
            }
        }
        let span = Span { start, end: self.walk.at, fault };
        let Some(container) = said.container else { return Ok(Opened::Closed(span)) };
        if let Some((from, line_feeds)) = said.first_held(container) {
            is_opened |= self.open_held(container, &mut said.bundle, from, line_feeds)?;
        }
        match container {
            Container::Bundle => self.tell_bundle(said).map(|()| Opened::Bundle),
            Container::Parameters if is_opened => Ok(Opened::Parameters),
            Container::Parameters => {
                (self.item, self.places) = (item, places);
                Ok(Opened::Closed(span))
            }
        }
    }

    /// Walks over a member whose resources are not given away now, and notes what it says of its object.
    fn read_member(&mut self, said: &mut Said, key: Vec<u8>, token: u8) -> Result<Span, Stop> {
        // A Bundle that is read in pieces is not kept, but these are.
        let is_kept_alone = said.container == Some(Container::Bundle)
            && self.walk.keep.is_none()
            && matches!((key.as_slice(), token), (b"link", b'[') | (b"meta", b'{'));
        if is_kept_alone {
            self.walk.keep = Some(self.walk.at);
        }
        let line_feeds = self.walk.line_feeds;
        let value = self.walk.value(1)?;
        let may_be_bundle = !said.is_typed || said.container == Some(Container::Bundle);
        match key.as_slice() {
            b"resourceType" if !said.is_typed => {
                said.is_typed = true;
                said.container = match self.walk.text(value).as_deref() {
                    Some("Bundle") => Some(Container::Bundle),
                    Some("Parameters") => Some(Container::Parameters),
                    _ => None,
                };
                if said.container == Some(Container::Bundle) && said.held.is_empty() {
                    self.walk.keep = None;
                }
            }
            b"type" if may_be_bundle => said.bundle.kind = self.walk.text(value),
            b"link" if may_be_bundle => said.page = self.walk.slice(value).map(links),
            b"meta" if may_be_bundle => {
                said.states = self.walk.slice(value).map(read_states).unwrap_or_default();
            }
            b"entry" | b"parameter" if !said.is_typed => said.held.push((key, value.start, line_feeds)),
            _ => {}
        }
        if is_kept_alone {
            self.walk.keep = None;
        }
        Ok(value)
    }

    /// Tells what a Bundle said of itself, behind the resources in it.
    fn tell_bundle(&mut self, said: Said) -> Result<(), Stop> {
        if self.level == 0 {
            self.summary.bundle_type = said.bundle.kind;
        }
        if !said.states.is_empty() {
            self.walk.tell(Event::Exported(&said.states))?;
        }
        if let Some(page) = said.page.filter(|page| page.own.is_some() || page.next.is_some()) {
            let (own, next, previous) = (page.own.as_deref(), page.next.as_deref(), page.previous.as_deref());
            self.walk.tell(Event::Page(Page { own, next, previous }))?;
        }
        Ok(())
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
