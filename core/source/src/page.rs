//! A page of a search: its records as they came, and where the next one is.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::address::FhirBase;
use crate::patient_id::is_id;
use crate::pull_store::PulledPage;
use crate::reference::{Reference, collect};
use crate::resource_types::REFERRED;
use crate::skipped::SkipReason;

/// What a page has.
pub(crate) struct Page {
    /// A Bundle of its records, byte for byte, each under its address at the server.
    pub(crate) bundle: Vec<u8>,
    /// The addresses of those of the type that was searched for.
    pub(crate) addresses: BTreeSet<String>,
    /// Whether one of them is there twice.
    pub(crate) has_repeated: bool,
    /// What its records refer to.
    pub(crate) references: BTreeSet<Reference>,
    /// Whether something of a type that was not asked for was left out.
    pub(crate) has_other_type: bool,
    /// How many records the server says that the search finds, on all pages.
    pub(crate) total: Option<u64>,
    /// Where the next page is, if there is one.
    pub(crate) next: Option<Url>,
    /// How many records are in the Bundle.
    count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Searchset<'a> {
    #[serde(borrow)]
    resource_type: Cow<'a, str>,
    total: Option<u64>,
    #[serde(default)]
    link: Vec<Link>,
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Link {
    relation: String,
    url: String,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    resource_type: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

/// Reads a page of records of one type that came from `url`.
pub(crate) fn read_page(
    body: &[u8],
    base: &FhirBase,
    url: &Url,
    resource_type: &str,
) -> Result<Page, SkipReason> {
    let page: Searchset<'_> = serde_json::from_slice(body).map_err(|_| SkipReason::Malformed)?;
    if page.resource_type != "Bundle" {
        return Err(SkipReason::Malformed);
    }
    let mut next = page.link.iter().filter(|link| link.relation == "next");
    let next = match (next.next(), next.next()) {
        (None, _) => None,
        (Some(link), None) => Some(url.join(&link.url).map_err(|_| SkipReason::Malformed)?),
        (Some(_), Some(_)) => return Err(SkipReason::Malformed),
    };
    let mut found = Page { next, total: page.total, ..Page::empty() };
    for resource in page.entry.iter().filter_map(|entry| entry.resource) {
        // What can't be read is set aside by whoever reads the Bundle.
        let head: Option<Head<'_>> = serde_json::from_str(resource.get()).ok();
        let full_url = match &head {
            // The server's word about its answer.
            Some(head) if head.resource_type == "OperationOutcome" => None,
            // Some servers send along what a record refers to.
            Some(head)
                if head.resource_type != resource_type && !REFERRED.contains(&&*head.resource_type) =>
            {
                found.has_other_type = true;
                continue;
            }
            Some(Head { resource_type, id: Some(id) }) if is_id(id) => Some(base.join(&[resource_type, id])),
            _ => None,
        };
        let is_searched = head.is_some_and(|head| head.resource_type == resource_type);
        if let Some(full_url) = full_url.as_ref().filter(|_| is_searched) {
            found.has_repeated |= !found.addresses.insert(full_url.to_string());
        }
        collect(resource, base, &mut found.references);
        found.push(resource, full_url.as_ref());
    }
    found.bundle.extend_from_slice(END);
    Ok(found)
}

/// A Bundle of one record.
pub(crate) fn bundle_of_one(resource: &str, full_url: &Url) -> Result<Vec<u8>, SkipReason> {
    let resource: &RawValue = serde_json::from_str(resource).map_err(|_| SkipReason::Malformed)?;
    let mut page = Page::empty();
    page.push(resource, Some(full_url));
    page.bundle.extend_from_slice(END);
    Ok(page.bundle)
}

/// What the resources of a Bundle of ours refer to.
pub(crate) fn references_of(bundle: &[u8], base: &FhirBase) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    let bundle: Option<&RawValue> = serde_json::from_slice(bundle).ok();
    bundle.into_iter().for_each(|bundle| collect(bundle, base, &mut found));
    found
}

/// What a server says by 404 or 410 of an address that it had before, as FHIR writes it
/// (<https://hl7.org/fhir/R4/bundle.html#history>).
pub(crate) fn bundle_of_removed(full_url: &Url, resource_type: &str, id: &str, status: u16) -> Vec<u8> {
    format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"history\",\"entry\":[{{\"fullUrl\":\"{full_url}\",\
         \"request\":{{\"method\":\"DELETE\",\"url\":\"{resource_type}/{id}\"}},\
         \"response\":{{\"status\":\"{status}\"}}}}]}}"
    )
    .into_bytes()
}

/// Whether a resource is of this type and id.
pub(crate) fn is_resource(body: &[u8], resource_type: &str, id: &str) -> bool {
    let head: Option<Head<'_>> = serde_json::from_slice(body).ok();
    head.is_some_and(|head| head.resource_type == resource_type && head.id.as_deref() == Some(id))
}

impl Page {
    fn empty() -> Self {
        Self {
            bundle: BEGINNING.to_vec(),
            addresses: BTreeSet::new(),
            has_repeated: false,
            references: BTreeSet::new(),
            has_other_type: false,
            total: None,
            next: None,
            count: 0,
        }
    }

    /// What a store takes of it.
    pub(crate) fn pulled(&self) -> PulledPage<'_> {
        let bundle = (self.count > 0).then_some(self.bundle.as_slice());
        PulledPage { bundle, addresses: &self.addresses, references: &self.references }
    }

    fn push(&mut self, resource: &RawValue, full_url: Option<&Url>) {
        if self.count > 0 {
            self.bundle.push(b',');
        }
        self.count += 1;
        self.bundle.push(b'{');
        if let Some(full_url) = full_url {
            // An address has no character that JSON writes otherwise.
            self.bundle.extend_from_slice(format!("\"fullUrl\":\"{full_url}\",").as_bytes());
        }
        self.bundle.extend_from_slice(b"\"resource\":");
        self.bundle.extend_from_slice(resource.get().as_bytes());
        self.bundle.push(b'}');
    }
}

const BEGINNING: &[u8] = br#"{"resourceType":"Bundle","type":"collection","entry":["#;
const END: &[u8] = b"]}";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Page, SkipReason> {
        let base = FhirBase::parse("https://clinic.example/fhir").unwrap();
        let url = Url::parse("https://clinic.example/fhir/Goal?patient=p1").unwrap();
        read_page(body.as_bytes(), &base, &url, "Goal")
    }

    #[test]
    fn a_page_is_taken_byte_for_byte_and_only_its_own_addresses_count() {
        let page = read(
            r#"{"resourceType":"Bundle","link":[{"relation":"self","url":"?"},{"relation":"next","url":"?page=2"}],
              "entry":[
                {"fullUrl":"https://other.example/Goal/9","resource":{"resourceType":"Goal", "id":"1","n":1.0}},
                {"resource":{"resourceType":"Goal","id":"../Patient/2"}},
                {"resource":{"resourceType":"Patient","id":"p2"}},
                {"resource":{"resourceType":"Location","id":"l1"}},
                {"resource":{"resourceType":"OperationOutcome"}},
                {"resource":{"resourceType":"Goal","id":"1","id":"2"}},
                {"search":{"mode":"outcome"}}]}"#,
        )
        .unwrap();
        assert_eq!(page.next.unwrap().as_str(), "https://clinic.example/fhir/Goal?page=2");
        assert_eq!((page.count, page.has_other_type), (5, true));
        assert_eq!(page.addresses, BTreeSet::from(["https://clinic.example/fhir/Goal/1".to_owned()]));
        assert_eq!(
            String::from_utf8(page.bundle).unwrap(),
            concat!(
                r#"{"resourceType":"Bundle","type":"collection","entry":["#,
                r#"{"fullUrl":"https://clinic.example/fhir/Goal/1","resource":{"resourceType":"Goal", "id":"1","n":1.0}},"#,
                r#"{"resource":{"resourceType":"Goal","id":"../Patient/2"}},"#,
                r#"{"fullUrl":"https://clinic.example/fhir/Location/l1","resource":{"resourceType":"Location","id":"l1"}},"#,
                r#"{"resource":{"resourceType":"OperationOutcome"}},"#,
                r#"{"resource":{"resourceType":"Goal","id":"1","id":"2"}}]}"#
            )
        );
    }

    #[test]
    fn what_is_no_page_is_refused_whole() {
        for body in [
            "",
            "[]",
            r#"{"resourceType":"Goal"}"#,
            r#"{"resourceType":"Bundle","entry":{}}"#,
            r#"{"resourceType":"Bundle","total":-1}"#,
            r#"{"resourceType":"Bundle","entry":[],"entry":[]}"#,
            r#"{"resourceType":"Bundle","link":[{"relation":"next","url":7}]}"#,
            r#"{"resourceType":"Bundle","link":[{"relation":"next","url":"?a"},{"relation":"next","url":"?b"}]}"#,
        ] {
            assert_eq!(read(body).err(), Some(SkipReason::Malformed), "{body}");
        }
        assert_eq!(read(r#"{"resourceType":"Bundle"}"#).unwrap().count, 0);
    }
}
