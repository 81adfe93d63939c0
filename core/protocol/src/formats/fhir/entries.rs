//! The entries of a Bundle: their resources, and what a history or a server's answer says beside them.

use super::{
    entry::Entry,
    error::Quarantine,
    event::{Deleted, Event, Outcome},
    export::read_version,
    kind::Kind,
    reader::Reader,
    shape::{Identity, hash},
    walk::{Belongs, Stop},
};

/// What is known of a Bundle when its entries are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Bundle {
    /// `Bundle.type`, as written.
    pub(super) kind: Option<String>,
    /// Its number among the history Bundles, where it is one.
    history: Option<u64>,
}

impl Reader<'_> {
    /// Reads the array of a Bundle's entries.
    pub(super) fn entries(&mut self, bundle: &mut Bundle) -> Result<(), Stop> {
        if bundle.kind.as_deref() == Some("history") {
            bundle.history = Some(self.next_history());
        }
        let outer = std::mem::take(&mut self.full_urls);
        let mut first = true;
        self.walk.at += 1;
        while self.element(&mut first)? {
            self.summary.entries += u64::from(self.level == 0);
            self.walk.keep = Some(self.walk.at);
            self.entry(bundle)?;
        }
        self.full_urls = outer;
        Ok(())
    }

    fn entry(&mut self, bundle: &mut Bundle) -> Result<(), Stop> {
        if self.walk.token()? != b'{' {
            let value = self.walk.value(0)?;
            return Ok(self.quarantine(Quarantine::NotAResource, Kind::JsonOther, Some(value))?);
        }
        self.walk.at += 1;
        let mut entry = Entry::default();
        let (mut resource, mut exported, mut was_opened) = (None, None, false);
        let mut first = true;
        while let Some(key) = self.walk.member(&mut first)? {
            let token = self.walk.token()?;
            if key == b"resource" && token == b'{' && self.is_bundle()? {
                self.open_within()?;
                self.walk.keep = Some(self.walk.at);
                was_opened = true;
                continue;
            }
            let value = self.walk.value(0)?;
            match key.as_slice() {
                b"fullUrl" => entry.full_url = self.walk.text(value),
                b"resource" => resource = Some(value),
                b"extension" => exported = self.walk.slice(value).and_then(read_version),
                b"request" => self.walk.slice(value).into_iter().for_each(|bytes| entry.read_request(bytes)),
                b"response" => {
                    self.walk.slice(value).into_iter().for_each(|bytes| entry.read_response(bytes));
                    entry.response = Some(value);
                }
                _ => {}
            }
        }
        // Where the Bundle says only behind its entries what it is: no other than a history has
        // entries with both a request and a response.
        if bundle.kind.is_none() && bundle.history.is_none() && entry.is_asked && entry.response.is_some() {
            bundle.history = Some(self.next_history());
        }
        // The entries of a wallet's export say themselves which version is which.
        let history = bundle.history.filter(|_| exported.is_none());
        self.summary.entries_without_resource +=
            u64::from(resource.is_none() && !was_opened && self.level == 0);
        if let Some(span) = resource {
            self.resource(span, entry.full_url.as_deref(), Belongs { history, exported: exported.as_ref() })?;
        }
        if entry.says_something(was_opened || resource.is_some()) {
            self.answer(&entry)?;
        }
        if entry.is_removal && history.is_some() { self.removal(&entry, history) } else { Ok(()) }
    }

    /// Tells that a resource was deleted at its source.
    fn removal(&mut self, entry: &Entry, history: Option<u64>) -> Result<(), Stop> {
        let (resource_type, id) = entry.target();
        let (full_url, last_modified) = (entry.full_url.as_deref(), entry.last_modified.as_deref());
        let index = self.item;
        let deleted = Deleted { full_url, resource_type, id, last_modified, history, index };
        Ok(self.walk.tell(Event::Deleted(deleted))?)
    }

    fn next_history(&mut self) -> u64 {
        self.histories += 1;
        self.histories - 1
    }

    /// Tells what a server answered instead of a resource.
    fn answer(&mut self, entry: &Entry) -> Result<(), Stop> {
        let response = entry.response.and_then(|span| self.walk.slice(span));
        let bytes = response.and_then(Entry::outcome).map(<[u8]>::to_vec);
        self.summary.outcomes += 1;
        let outcome = Outcome { index: self.item, status: entry.status.as_deref(), bytes: bytes.as_deref() };
        Ok(self.walk.tell(Event::Outcome(outcome))?)
    }

    /// Whether no other resource of the Bundle at hand has this address.
    pub(super) fn claims(&mut self, url: &str, identity: Identity) -> bool {
        let is_first = *self.full_urls.entry(hash(&url)).or_insert(identity.hash) == identity.hash;
        self.summary.full_url_clashes += u64::from(!is_first);
        is_first
    }
}
