//! What a Bundle says around the resources in it: what was asked and answered, and where more is.

use super::{
    cursor::{Cursor, Token},
    shape::is_type_name,
    walk::Span,
};

/// The members of an entry beside its resource.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) full_url: Option<String>,
    /// Where its `response` is.
    pub(super) response: Option<Span>,
    /// Whether there is a `request`.
    pub(super) is_asked: bool,
    /// Whether the request was to delete.
    pub(super) is_removal: bool,
    url: Option<String>,
    /// `response.status`: an HTTP status, perhaps with words behind it.
    pub(super) status: Option<String>,
    /// `response.lastModified`, as written.
    pub(super) last_modified: Option<String>,
    has_outcome: bool,
}

impl Entry {
    /// Keeps method and URL of a `request`.
    pub(super) fn read_request(&mut self, bytes: &[u8]) {
        self.is_asked = true;
        strings(bytes, |key, text| match key {
            b"method" => self.is_removal = text.eq_ignore_ascii_case("DELETE"),
            b"url" => self.url = Some(text),
            _ => {}
        });
    }

    /// Keeps status and time of a `response`, and whether it holds an outcome.
    pub(super) fn read_response(&mut self, bytes: &[u8]) {
        strings(bytes, |key, text| match key {
            b"status" => self.status = Some(text),
            b"lastModified" => self.last_modified = Some(text),
            _ => {}
        });
        self.has_outcome = Self::outcome(bytes).is_some();
    }

    /// `response.outcome`, from the bytes of `response`.
    pub(super) fn outcome(response: &[u8]) -> Option<&[u8]> {
        let mut cursor = Cursor::new(response);
        cursor.next();
        while let Some(key) = cursor.key() {
            let start = cursor.offset();
            cursor.skip();
            if key.raw() == b"outcome" {
                let outcome = response.get(start..cursor.offset())?.trim_ascii();
                return outcome.starts_with(b"{").then_some(outcome);
            }
        }
        None
    }

    /// Whether the answer holds an outcome, or is an error instead of a resource.
    pub(super) fn says_something(&self, has_resource: bool) -> bool {
        let is_error = self.status.as_deref().is_some_and(|status| status.starts_with(['4', '5']));
        self.has_outcome || is_error && !has_resource
    }

    /// Type and id of what the entry is about, by the url of its request, else by its address.
    pub(super) fn target(&self) -> (Option<&str>, Option<&str>) {
        let named = |url: &'_ String| target(url).is_some();
        let url = self.url.as_ref().filter(|url| named(url)).or(self.full_url.as_ref());
        url.and_then(|url| target(url)).map_or((None, None), |(name, id)| (Some(name), Some(id)))
    }
}

/// Type and id of `[base/]Type/id[/_history[/version]]`; none of a search or of another URL.
fn target(url: &str) -> Option<(&str, &str)> {
    if url.contains(['?', '#']) {
        return None;
    }
    let url = url.split_once("/_history").map_or(url, |(before, _)| before).trim_end_matches('/');
    let (before, id) = url.rsplit_once('/')?;
    let name = before.rsplit('/').next().unwrap_or_default();
    let is_type = is_type_name(name.as_bytes()) && name.starts_with(|first: char| first.is_ascii_uppercase());
    (is_type && !id.is_empty()).then_some((name, id))
}

/// Where a Bundle lies among the pages of an answer.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) own: Option<String>,
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
}

/// The links of a page that this reader follows or tells, from the bytes of `Bundle.link`.
pub(super) fn links(bytes: &[u8]) -> Links {
    let mut links = Links::default();
    let mut cursor = Cursor::new(bytes);
    cursor.next();
    while let Some(Token::Object) = cursor.next() {
        let (mut relation, mut url) = (None, None);
        members(&mut cursor, |key, text| match key {
            b"relation" => relation = Some(text),
            b"url" => url = Some(text),
            _ => {}
        });
        match relation.as_deref() {
            Some("self") => links.own = url,
            Some("next") => links.next = url,
            Some("previous" | "prev") => links.previous = url,
            _ => {}
        }
    }
    links
}

/// The members of an object that are strings.
fn strings(object: &[u8], take: impl FnMut(&[u8], String)) {
    let mut cursor = Cursor::new(object);
    if cursor.next() == Some(Token::Object) {
        members(&mut cursor, take);
    }
}

fn members(cursor: &mut Cursor<'_>, mut take: impl FnMut(&[u8], String)) {
    while let Some(key) = cursor.key() {
        match cursor.next() {
            Some(Token::String(text)) => take(key.raw(), text.to_str().into_owned()),
            Some(Token::Object | Token::Array) => cursor.leave(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_deleted() {
        for (url, full_url, expected) in [
            ("AllergyIntolerance/a1", None, Some(("AllergyIntolerance", "a1"))),
            ("/Patient/1", None, Some(("Patient", "1"))),
            ("https://h.example/fhir/Patient/1/_history/3", None, Some(("Patient", "1"))),
            ("Patient?identifier=1", Some("https://h.example/fhir/Patient/7"), Some(("Patient", "7"))),
            ("Patient?identifier=1", Some("urn:uuid:7"), None),
            ("Patient", None, None),
            ("Patient/", None, None),
            ("fhir/patient", None, None),
            ("", None, None),
        ] {
            let mut entry = Entry { full_url: full_url.map(str::to_owned), ..Entry::default() };
            entry.read_request(format!(r#"{{"method":"delete","url":"{url}"}}"#).as_bytes());
            assert!(entry.is_removal);
            let (name, id) = entry.target();
            assert_eq!(name.zip(id), expected, "{url}");
        }
    }

    #[test]
    fn reads_the_answer_of_a_server_and_its_pages() {
        let response = br#"{"status":"404 Not Found","outcome": {"resourceType":"OperationOutcome"} ,"lastModified":"2024"}"#;
        let mut entry = Entry::default();
        entry.read_response(response);
        assert!(entry.says_something(true));
        assert_eq!(entry.last_modified.as_deref(), Some("2024"));
        assert_eq!(Entry::outcome(response), Some(&br#"{"resourceType":"OperationOutcome"}"#[..]));
        let mut created = Entry::default();
        created.read_response(br#"{"status":"201"}"#);
        assert!(!created.says_something(false));
        let page =
            links(br#"[{"relation":"self","url":"a"},{"url":"b","relation":"next"},{"relation":"x"}]"#);
        assert_eq!((page.own.as_deref(), page.next.as_deref(), page.previous), (Some("a"), Some("b"), None));
        assert!(links(b"[{\"relation\":[]},7]").own.is_none());
    }
}
