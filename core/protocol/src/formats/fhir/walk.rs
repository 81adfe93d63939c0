//! How the reader moves over an input: from token to token, over whole values, from line to line,
//! and which bytes it keeps meanwhile.

use std::ops::ControlFlow;

use super::{
    cursor::{Cursor, Token},
    error::{Quarantine, ReadError},
    event::{Event, Outcome, Resource},
    export::ExportedVersion,
    input::Input,
    kind::Kind,
    scan::{Fault, Progress, Scan, SyntaxError},
};

/// A place in an input, and whom to tell what is found on the way.
pub(super) struct Walk<'a> {
    pub(super) input: Input<'a>,
    /// Bytes that are kept at once at most.
    resource_bytes: u64,
    receive: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    /// Offset in the input of the next byte to look at.
    pub(super) at: u64,
    /// Offset from which on bytes are needed, if that is before `at`. It is dropped when they are too many.
    pub(super) keep: Option<u64>,
    /// Whether each document is a line.
    pub(super) one_line: bool,
    /// Line feeds passed between tokens.
    pub(super) line_feeds: u64,
}

/// Where a value is in the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) fault: Option<Fault>,
}

/// What the Bundle around a resource says of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Belongs<'a> {
    /// The history Bundle that it is in.
    pub(super) history: Option<u64>,
    /// What a wallet's export says of it.
    pub(super) exported: Option<&'a ExportedVersion>,
}

/// Why a document ended early: its text is wrong, which may cost one line only, or all is over.
pub(super) enum Stop {
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

impl<'a> Walk<'a> {
    pub(super) fn new(
        input: Input<'a>,
        resource_bytes: u64,
        receive: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self { input, resource_bytes, receive, at: 0, keep: None, one_line: false, line_feeds: 0 }
    }

    /// Bytes that one resource may take.
    #[cfg(feature = "imports")]
    pub(super) fn resource_bytes(&self) -> u64 {
        self.resource_bytes
    }

    /// Walks over the next value, which is within `outer` containers of its resource.
    pub(super) fn value(&mut self, outer: usize) -> Result<Span, Stop> {
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
    pub(super) fn token(&mut self) -> Result<u8, Stop> {
        loop {
            match self.skip_white_space(self.one_line) {
                Some(b'\n') => return Err(self.wrong()),
                Some(byte) => return Ok(byte),
                None => self.more()?,
            }
        }
    }

    /// Checks that nothing but white space follows on the line.
    pub(super) fn end_of_line(&mut self) -> Result<(), Stop> {
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
    pub(super) fn between_documents(&mut self) -> Result<Option<u8>, ReadError> {
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
    pub(super) fn skip_line(&mut self) -> Result<(), ReadError> {
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

    pub(super) fn fill(&mut self) -> Result<(), ReadError> {
        if self.keep.is_some_and(|keep| self.at - keep > self.resource_bytes) {
            self.keep = None;
        }
        self.input.fill(self.keep.unwrap_or(self.at))?;
        let bytes = self.input.read();
        self.tell(Event::Progress { bytes })
    }

    pub(super) fn wrong(&self) -> Stop {
        Stop::Syntax(SyntaxError { offset: self.at })
    }

    /// The bytes of the window from here on.
    pub(super) fn rest(&self) -> &[u8] {
        self.input.bytes().get(self.index(self.at)..).unwrap_or_default()
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset - self.input.base()).unwrap_or(usize::MAX)
    }

    /// The bytes of a value, unless it was too large to be kept.
    pub(super) fn slice(&self, span: Span) -> Option<&[u8]> {
        let fits = span.start >= self.input.base() && span.end - span.start <= self.resource_bytes;
        fits.then(|| self.input.bytes().get(self.index(span.start)..self.index(span.end))).flatten()
    }

    /// The text of a value that is a string.
    pub(super) fn text(&self, span: Span) -> Option<String> {
        match Cursor::new(self.slice(span)?).next()? {
            Token::String(text) => Some(text.to_str().into_owned()),
            _ => None,
        }
    }

    /// The key of the next member of an object; `None` behind its end.
    pub(super) fn member(&mut self, first: &mut bool) -> Result<Option<Vec<u8>>, Stop> {
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

    /// Gives away the resource that a value is.
    pub(super) fn give(
        &mut self,
        span: Span,
        full_url: Option<&str>,
        belongs: Belongs<'_>,
        index: u64,
    ) -> Result<(), ReadError> {
        let Belongs { history, exported } = belongs;
        let (from, to) = (self.index(span.start), self.index(span.end));
        let bytes = self.input.bytes().get(from..to).unwrap_or_default();
        answer((self.receive)(Event::Resource(Resource {
            bytes,
            full_url,
            history,
            exported,
            issuer: None,
            index,
        })))
    }

    /// Gives away an OperationOutcome.
    pub(super) fn give_outcome(&mut self, span: Span, index: u64) -> Result<(), ReadError> {
        let (from, to) = (self.index(span.start), self.index(span.end));
        let bytes = self.input.bytes().get(from..to);
        answer((self.receive)(Event::Outcome(Outcome { index, status: None, bytes })))
    }

    /// Tells of a part that is not taken, with its bytes if they were kept.
    pub(super) fn quarantine(
        &mut self,
        index: u64,
        reason: Quarantine,
        kind: Kind,
        full_url: Option<&str>,
        span: Option<Span>,
    ) -> Result<(), ReadError> {
        let kept =
            |span: &Span| span.start >= self.input.base() && span.end - span.start <= self.resource_bytes;
        let range = span.filter(kept).map(|span| self.index(span.start)..self.index(span.end));
        let bytes = range.and_then(|range| self.input.bytes().get(range)).map(<[u8]>::trim_ascii);
        answer((self.receive)(Event::Quarantined { index, reason, kind, full_url, bytes }))
    }

    /// Tells of what is no resource.
    pub(super) fn tell(&mut self, event: Event<'_>) -> Result<(), ReadError> {
        answer((self.receive)(event))
    }
}

fn answer(flow: ControlFlow<()>) -> Result<(), ReadError> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReadError::Cancelled),
    }
}
