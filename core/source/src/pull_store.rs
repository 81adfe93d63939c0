//! What a pull brings goes into a store as it comes, so that one which is broken off goes on there.

use std::collections::BTreeSet;

use keepwell_protocol::domain::Timestamp;
use url::Url;

use crate::SourceError;
use crate::reference::Reference;
use crate::token::Tokens;

/// Where a pull keeps what comes. Each call is whole once it has succeeded.
pub trait PullStore {
    /// Why something was not stored.
    type Error: From<SourceError>;

    /// Puts renewed tokens in the place of those before.
    fn keep_tokens(&mut self, tokens: &Tokens) -> Result<(), Self::Error>;

    /// Forgets a search: it begins anew, or is of no use.
    fn forget_search(&mut self, resource_type: &str, category: Option<&str>) -> Result<(), Self::Error>;

    /// Keeps a page, and how far its search is by that.
    fn keep_page(&mut self, search: &Search, page: &PulledPage<'_>) -> Result<(), Self::Error>;

    /// Keeps a Bundle of one record that was read by its id, or of the word that it was removed.
    fn keep_record(
        &mut self,
        resource_type: &str,
        bundle: &[u8],
        references: &BTreeSet<Reference>,
    ) -> Result<(), Self::Error>;

    /// Notes that all searches of a type have ended: whole, or with something missing. They are forgotten.
    fn end_type(&mut self, resource_type: &str, ended: Option<Ended>) -> Result<(), Self::Error>;

    /// The addresses of the records of a type that came from this server before and were on no page of its searches.
    fn missing(&mut self, resource_type: &str) -> Result<Vec<String>, Self::Error>;

    /// Notes which records of a type were not seen, in the place of those noted before.
    fn keep_missing(&mut self, resource_type: &str, addresses: &[String]) -> Result<(), Self::Error>;

    /// What records refer to and nobody asked for, some of it if it is much.
    fn referred(&mut self) -> Result<Vec<Reference>, Self::Error>;

    /// Notes that this was asked for, whatever came of it.
    fn settle_reference(&mut self, reference: &Reference) -> Result<(), Self::Error>;
}

/// A search for the records of one type, and how far it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// The type, as FHIR names it.
    pub resource_type: String,
    /// The category, where the server wants one.
    pub category: Option<String>,
    /// When it began, by the server's clock.
    pub began: Timestamp,
    /// Since when what changed is wanted; none: everything.
    pub since: Option<Timestamp>,
    /// Where it goes on; none: it has ended.
    pub next: Option<Url>,
}

/// What a store takes of a page.
#[derive(Debug)]
pub struct PulledPage<'a> {
    /// A Bundle of its records, FHIR in JSON, each under its address at the server; none if there are no records.
    pub bundle: Option<&'a [u8]>,
    /// The addresses of those of the type that was searched for.
    pub addresses: &'a BTreeSet<String>,
    /// What its records refer to.
    pub references: &'a BTreeSet<Reference>,
}

/// How all searches of a type ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ended {
    /// When the first began, by the server's clock.
    pub began: Timestamp,
    /// Whether everything of the type was asked for that can be, and not only what changed.
    pub is_whole: bool,
}
