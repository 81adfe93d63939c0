//! What a server has of one patient: type by type, page by page, as far as it was granted.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{Duration, Timestamp};
use url::Url;

use crate::answer::{fetch, is_json, read_json};
use crate::capability::{CapabilityStatement, Offered};
use crate::discovery::LONGEST_STATEMENT;
use crate::page::{bundle_of_one, bundle_of_removed, is_resource, read_page, references_of};
use crate::patient_id::is_id;
use crate::pull_store::{Ended, PullStore, Search};
use crate::resource_types::{BINARY, SEARCHED, categories};
use crate::scopes::Scopes;
use crate::session::{Answer, LONGEST_PAGE, Session, Unanswered};
use crate::skipped::{SkipReason, Skipped};

/// What is pulled.
#[derive(Clone, Copy, Debug)]
pub struct PullPlan<'a> {
    /// What was granted.
    pub granted: &'a Scopes,
    /// Of each type of which only what changed is wanted, since when by the server's clock.
    pub since: &'a BTreeMap<String, Timestamp>,
    /// The searches of a pull that was broken off, which goes on there.
    pub begun: &'a [Search],
}

/// Pulls the records of a patient, page by page, into a store.
pub struct Puller<'a, 's, S> {
    session: &'a mut Session<'s>,
    store: &'a mut S,
    /// What may still come, in bytes.
    room: usize,
    skipped: Vec<Skipped>,
}

/// How a search ended, beside the errors of the store.
type SearchEnd = Result<Search, SkipReason>;

impl<'a, 's, S: PullStore> Puller<'a, 's, S> {
    /// What pulls by the tokens of `session`.
    pub fn new(session: &'a mut Session<'s>, store: &'a mut S) -> Self {
        Self { session, store, room: MOST_BYTES, skipped: Vec::new() }
    }

    /// Pulls each type that was granted and that the server has, then what its records refer to. A type that the server
    /// refuses, or of which something is wrong, is among what this gives, and the others are pulled. `progress` gets the
    /// name of each type before it is asked for.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn pull(
        mut self,
        plan: &PullPlan<'_>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<Skipped>, S::Error> {
        let offered = self.offered();
        let mut stopped = None;
        for resource_type in SEARCHED.iter().filter(|name| plan.granted.opens(name) && offered.has(name)) {
            if let Some(reason) = stopped {
                self.skip(resource_type, None, reason);
                continue;
            }
            progress(resource_type);
            let since = plan.since.get(*resource_type).filter(|_| offered.is_dated(resource_type)).copied();
            stopped = self.pull_type(resource_type, since, plan.begun)?;
        }
        if stopped.is_none() {
            self.pull_referred(progress)?;
        }
        Ok(self.skipped)
    }

    /// Pulls one type; says why the others are not worth asking for.
    fn pull_type(
        &mut self,
        resource_type: &'static str,
        since: Option<Timestamp>,
        begun: &[Search],
    ) -> Result<Option<SkipReason>, S::Error> {
        let mut begun = begun.iter().filter(|search| search.resource_type == resource_type).peekable();
        if begun.peek().is_some_and(|search| search.category.is_some()) {
            return self.pull_by_category(resource_type, since, &begun.collect::<Vec<_>>());
        }
        match self.pull_search(resource_type, None, since, begun.next())? {
            Ok(Search { began, since, .. }) => {
                if since.is_none() {
                    self.look_for_missing(resource_type)?;
                }
                self.store.end_type(resource_type, Some(Ended { began, is_whole: since.is_none() }))?;
                Ok(None)
            }
            Err(SkipReason::ParameterRequired) if !categories(resource_type).is_empty() => {
                self.pull_by_category(resource_type, since, &[])
            }
            Err(reason) => {
                self.skip(resource_type, None, reason);
                if !reason.may_pass() {
                    self.store.end_type(resource_type, None)?;
                }
                Ok(Some(reason).filter(|reason| reason.ends_all()))
            }
        }
    }

    /// Pulls one type category by category, for a server that wants one.
    fn pull_by_category(
        &mut self,
        resource_type: &'static str,
        since: Option<Timestamp>,
        begun: &[&Search],
    ) -> Result<Option<SkipReason>, S::Error> {
        let (mut ended, mut may_go_on) = (None::<Ended>, false);
        let mut has_all = true;
        for category in categories(resource_type) {
            let begun = begun.iter().find(|search| search.category.as_deref() == Some(category)).copied();
            match self.pull_search(resource_type, Some(category), since, begun)? {
                // Nobody knows what is in categories that no list names: what did not come may be there, and is not missed.
                Ok(Search { began, since, .. }) => {
                    let before = ended.unwrap_or(Ended { began, is_whole: true });
                    let is_whole = before.is_whole && since.is_none();
                    ended = Some(Ended { began: before.began.min(began), is_whole });
                }
                Err(reason) => {
                    self.skip(resource_type, Some(category), reason);
                    (has_all, may_go_on) = (false, may_go_on || reason.may_pass());
                    if reason.ends_all() {
                        return Ok(Some(reason));
                    }
                }
            }
        }
        // Where no category was answered, nobody knows that it gives the type so; each is named already.
        if ended.is_some() {
            self.skip(resource_type, None, SkipReason::OtherCategories);
        }
        if !may_go_on {
            self.store.end_type(resource_type, ended.filter(|_| has_all))?;
        }
        Ok(None)
    }

    /// Pulls a search to its last page, from where it was broken off if it was. What came before something is wrong stays.
    fn pull_search(
        &mut self,
        resource_type: &str,
        category: Option<&'static str>,
        since: Option<Timestamp>,
        begun: Option<&Search>,
    ) -> Result<SearchEnd, S::Error> {
        if let Some(begun) = begun {
            let Some(next) = begun.next.clone() else { return Ok(Ok(begun.clone())) };
            let end = self.pull_pages(begun.clone(), next)?;
            // Servers forget the pages of a search after a while.
            if end.as_ref().err().is_none_or(|reason| reason.ends_all()) {
                return Ok(end);
            }
        }
        self.store.forget_search(resource_type, category)?;
        let search = Search {
            resource_type: resource_type.to_owned(),
            category: category.map(str::to_owned),
            began: self.session.clock.now(),
            since,
            next: None,
        };
        let end = self.pull_pages(search, self.address(resource_type, category, since))?;
        if end.as_ref().is_err_and(|reason| !reason.may_pass()) {
            self.store.forget_search(resource_type, category)?;
        }
        Ok(end)
    }

    fn pull_pages(&mut self, mut search: Search, mut url: Url) -> Result<SearchEnd, S::Error> {
        let (mut asked, mut seen, mut totals) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut has_other_type, mut has_changed) = (false, false);
        loop {
            if !self.session.server.base.is_origin_of(&url) {
                return Ok(Err(SkipReason::OtherServer));
            }
            if asked.len() >= MOST_PAGES {
                return Ok(Err(SkipReason::TooManyPages));
            }
            if !asked.insert(url.to_string()) {
                return Ok(Err(SkipReason::RepeatedPage));
            }
            let response = match self.get(&url)? {
                Ok(response) => response,
                Err(unanswered) => return Ok(Err(unanswered.reason)),
            };
            if !is_json(&response) {
                return Ok(Err(SkipReason::Malformed));
            }
            let base = &self.session.server.base;
            let page = match read_page(&response.body, base, &url, &search.resource_type) {
                Ok(page) => page,
                Err(reason) => return Ok(Err(reason)),
            };
            let Some(room) = self.room.checked_sub(page.bundle.len()) else {
                return Ok(Err(SkipReason::TooLarge));
            };
            self.room = room;
            has_other_type |= page.has_other_type;
            totals.extend(page.total);
            has_changed |= page.has_repeated || totals.len() > 1 || !page.addresses.is_disjoint(&seen);
            search.began = search.began.min(self.session.server_time(&response));
            search.next.clone_from(&page.next);
            self.store.keep_page(&search, &page.pulled())?;
            seen.extend(page.addresses);
            match page.next {
                Some(next) => url = next,
                None if has_other_type => return Ok(Err(SkipReason::OtherType)),
                None if has_changed => return Ok(Err(SkipReason::ChangedPages)),
                None => return Ok(Ok(search)),
            }
        }
    }

    /// Looks for each record that the server had before and that a search for all of the type did not give: it may be there
    /// all the same, or the server says that it is gone.
    fn look_for_missing(&mut self, resource_type: &'static str) -> Result<(), S::Error> {
        let mut missing = self.store.missing(resource_type)?;
        for address in missing.iter().take(MOST_MISSING).cloned().collect::<Vec<_>>() {
            let Some((_, id)) = address.rsplit_once('/').filter(|(_, id)| is_id(id)) else { continue };
            let bundle = match self.read(resource_type, id)? {
                Ok(bundle) => bundle,
                Err(Unanswered { status: Some(status @ (404 | 410)), .. }) => {
                    let url = self.session.server.base.join(&[resource_type, id]);
                    bundle_of_removed(&url, resource_type, id, status)
                }
                Err(Unanswered { reason, .. }) if reason.ends_all() => break,
                Err(_) => continue,
            };
            self.keep_record(resource_type, &bundle)?;
            missing.retain(|other| *other != address);
        }
        self.store.keep_missing(resource_type, &missing)
    }

    /// Asks once for each thing that a record refers to and that nobody asked for before, and for what that refers to. Many
    /// servers refuse some: that is how it is, and is said of files alone, which a patient would miss.
    fn pull_referred(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), S::Error> {
        let mut asked = BTreeSet::new();
        let mut told = BTreeSet::new();
        loop {
            let mut referred = self.store.referred()?;
            referred.retain(|reference| !asked.contains(reference));
            if referred.is_empty() {
                return Ok(());
            }
            for reference in referred {
                if asked.len() >= MOST_REFERRED {
                    return Ok(());
                }
                if told.insert(reference.resource_type()) {
                    progress(reference.resource_type());
                }
                match self.read(reference.resource_type(), reference.id())? {
                    Ok(bundle) => self.keep_record(reference.resource_type(), &bundle)?,
                    Err(Unanswered { reason, .. }) => {
                        let is_told =
                            self.skipped.iter().any(|it| it.resource_type == BINARY && it.reason == reason);
                        if reference.resource_type() == BINARY && !is_told {
                            self.skip(BINARY, None, reason);
                        }
                        if reason.ends_all() {
                            return Ok(());
                        }
                        if matches!(reason, SkipReason::Busy | SkipReason::ServerFailed) {
                            asked.insert(reference);
                            continue;
                        }
                    }
                }
                self.store.settle_reference(&reference)?;
                asked.insert(reference);
            }
        }
    }

    /// One resource by its id, in a Bundle.
    fn read(&mut self, resource_type: &str, id: &str) -> Result<Result<Vec<u8>, Unanswered>, S::Error> {
        let url = self.session.server.base.join(&[resource_type, id]);
        let response = match self.get(&url)? {
            Ok(response) => response,
            Err(unanswered) => return Ok(Err(unanswered)),
        };
        let malformed = Unanswered { reason: SkipReason::Malformed, status: Some(response.status) };
        if !is_json(&response) || !is_resource(&response.body, resource_type, id) {
            return Ok(Err(malformed));
        }
        let Some(room) = self.room.checked_sub(response.body.len()) else {
            return Ok(Err(Unanswered { reason: SkipReason::TooLarge, status: None }));
        };
        self.room = room;
        let body = str::from_utf8(&response.body).unwrap_or_default();
        Ok(bundle_of_one(body.trim(), &url).map_err(|reason| Unanswered { reason, ..malformed }))
    }

    fn keep_record(&mut self, resource_type: &str, bundle: &[u8]) -> Result<(), S::Error> {
        let references = references_of(bundle, &self.session.server.base);
        self.store.keep_record(resource_type, bundle, &references)
    }

    fn get(&mut self, url: &Url) -> Result<Answer, S::Error> {
        let (store, max_body) = (&mut *self.store, LONGEST_PAGE.min(self.room));
        self.session.get(url, max_body, &mut |tokens| store.keep_tokens(tokens))
    }

    fn address(&self, resource_type: &str, category: Option<&str>, since: Option<Timestamp>) -> Url {
        let mut url = self.session.server.base.join(&[resource_type]);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("patient", self.session.patient.as_str()).append_pair("_count", PAGE);
            if let Some(category) = category {
                query.append_pair("category", category);
            }
            if let Some(since) = since {
                let since = since.saturating_sub(OVERLAP);
                query.append_pair("_lastUpdated", &format!("ge{since}"));
            }
        }
        url
    }

    /// What the server says that it has; who says nothing of use is asked for everything.
    fn offered(&self) -> Offered {
        let (base, url) = (&self.session.server.base, self.session.server.base.join(&["metadata"]));
        let response = fetch(self.session.transport, base, &url, None, LONGEST_STATEMENT);
        let statement: Option<CapabilityStatement> =
            response.ok().filter(|response| response.status == 200).and_then(|it| read_json(&it).ok());
        statement.unwrap_or_default().offered()
    }

    fn skip(&mut self, resource_type: &str, category: Option<&'static str>, reason: SkipReason) {
        self.skipped.push(Skipped { resource_type: resource_type.to_owned(), category, reason });
    }
}

/// How many records a page is asked to have.
const PAGE: &str = "100";
/// Pages of one search.
const MOST_PAGES: usize = 2_000;
/// Of a pull, in bytes.
const MOST_BYTES: usize = 1_000_000_000;
/// Records of one type that are looked for one by one.
const MOST_MISSING: usize = 200;
/// Things that records refer to, of one pull; the next goes on.
const MOST_REFERRED: usize = 1_000;
/// How far a follow-up looks back behind the pull before: for clocks that differ, and changes that were under way.
const OVERLAP: Duration = Duration::minutes(10);
