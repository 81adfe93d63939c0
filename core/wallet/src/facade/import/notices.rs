//! What there is to know of an import beside its records.

use std::collections::BTreeSet;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{
    Card, Document, Measurements, OldRelease, Outcome, Page, Severity, old_release, outcome_issues,
};
use keepwell_protocol::formats::shc::CardState;

/// What there is to know of an import beside its records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// A server says that something of its answer may be missing, or is.
    ServerSaid {
        /// Which file of the import, from 0.
        file: u64,
        /// Which one of the file, from 0.
        index: u64,
        /// Whether it is missing for sure.
        is_error: bool,
        /// What it says, or an HTTP status where it says no more; at most 200 characters.
        text: String,
    },
    /// An answer goes on in a page that is not among the files.
    MissingPage {
        /// Which file of the import, from 0.
        file: u64,
        /// Who has it: the host of its address, where that is one.
        host: Option<String>,
    },
    /// A file is of an older release of FHIR: its records are read as far as they are written alike.
    OldRelease {
        /// Which file of the import, from 0.
        file: u64,
        /// The release of FHIR that the files are of.
        release: OldRelease,
    },
    /// A health card came in.
    HealthCard {
        /// Which file of the import, from 0.
        file: u64,
        /// Which one of the file, from 0.
        index: u64,
        /// The address of who issued it.
        issuer: String,
        /// What can be said of it by what is at hand.
        state: CardState,
    },
    /// A document came in, and records were made of what its entries say.
    Document {
        /// Which file of the import, from 0.
        file: u64,
        /// What it calls itself; at most 200 characters.
        title: Option<String>,
        /// How many records were made of it, beside the one that holds it.
        derived: u64,
    },
    /// An Apple Health export came in as records of days; the file itself is not kept.
    Measurements {
        /// Which file of the import, from 0.
        file: u64,
        /// Measurements that the records are made of.
        taken: u64,
        /// Measurements and workouts of kinds that are not taken.
        left: u64,
        /// How many records were made.
        records: u64,
    },
    /// There were more of these than are listed.
    More {
        /// How many more.
        count: u64,
    },
}

impl Notice {
    /// Which file it is about, where it is about one.
    pub(super) fn file_mut(&mut self) -> Option<&mut u64> {
        match self {
            Self::ServerSaid { file, .. }
            | Self::MissingPage { file, .. }
            | Self::OldRelease { file, .. }
            | Self::HealthCard { file, .. }
            | Self::Document { file, .. }
            | Self::Measurements { file, .. } => Some(file),
            Self::More { .. } => None,
        }
    }
}

/// Collects what the files of one import say.
#[derive(Debug, Default)]
pub(super) struct Notices {
    file: u64,
    notices: Vec<Notice>,
    unlisted: u64,
    /// Resources of the file at hand that were looked at for their release.
    looked_at: u64,
    /// The release that they show.
    release: Option<OldRelease>,
    /// The pages that are there, by their address.
    own: BTreeSet<String>,
    /// The pages that others say come before them.
    previous: BTreeSet<String>,
    /// File, own address and that of the next page.
    next: Vec<(u64, Option<String>, String)>,
}

impl Notices {
    /// Goes on to another file.
    pub(super) fn begin(&mut self, file: u64) {
        self.add_release();
        (self.file, self.looked_at) = (file, 0);
    }

    /// Takes a resource, of which the first of each file tell its release.
    pub(super) fn take_resource(&mut self, bytes: &[u8]) {
        let is_settled = matches!(self.release, Some(OldRelease::Dstu2 | OldRelease::Stu3));
        if self.looked_at < MOST_LOOKED_AT && !is_settled {
            self.looked_at += 1;
            // One that does not tell DSTU2 and STU3 apart comes last in their order.
            self.release = [self.release, old_release(bytes)].into_iter().flatten().min();
        }
    }

    fn add_release(&mut self) {
        if let Some(release) = self.release.take() {
            self.list(Notice::OldRelease { file: self.file, release });
        }
    }

    fn list(&mut self, notice: Notice) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(notice);
        } else {
            self.unlisted += 1;
        }
    }

    /// Takes a health card. An import asks nobody, so no keys of its issuer are at hand.
    pub(super) fn take_card(&mut self, card: &Card<'_>, now: Timestamp) {
        let (issuer, state) = (card.claims.issuer().to_owned(), card.claims.state(now));
        self.list(Notice::HealthCard { file: self.file, index: card.index, issuer, state });
    }

    /// Takes a document.
    pub(super) fn take_document(&mut self, document: &Document<'_>) {
        let shown = |title: &str| title.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        let (title, derived) = (document.title.map(shown), document.derived);
        self.list(Notice::Document { file: self.file, title, derived });
    }

    /// Takes what is said of an Apple Health export.
    pub(super) fn take_measurements(&mut self, measurements: &Measurements) {
        let Measurements { taken, left, records } = *measurements;
        self.list(Notice::Measurements { file: self.file, taken, left, records });
    }

    /// Takes what a server said.
    pub(super) fn take_outcome(&mut self, outcome: &Outcome<'_>) {
        let issues = outcome.bytes.map(outcome_issues).unwrap_or_default();
        let is_refused = outcome.status.is_some_and(|status| status.starts_with(['4', '5']));
        if issues.is_empty()
            && let Some(status) = outcome.status.filter(|_| is_refused)
        {
            let text = status.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
            self.add_server_notice(outcome.index, true, text);
        }
        for issue in issues.into_iter().filter(|issue| is_refused || issue.severity > Severity::Information) {
            self.add_server_notice(
                outcome.index,
                is_refused || issue.severity == Severity::Error,
                issue.text,
            );
        }
    }

    fn add_server_notice(&mut self, index: u64, is_error: bool, text: String) {
        self.list(Notice::ServerSaid { file: self.file, index, is_error, text });
    }

    /// Takes the links of a Bundle.
    pub(super) fn take_page(&mut self, page: &Page<'_>) {
        let own = page.own.map(folded);
        if self.next.len() + self.own.len() >= MOST_PAGES {
            return;
        }
        if let Some(next) = page.next {
            self.next.push((self.file, own.clone(), folded(next)));
        }
        self.own.extend(own);
        self.previous.extend(page.previous.map(folded));
    }

    /// What there is to say, in the order of the files.
    pub(super) fn finish(mut self) -> Vec<Notice> {
        self.add_release();
        for (file, own, next) in std::mem::take(&mut self.next) {
            // A server may call a page otherwise than the link to it, but the page before by its own name.
            let is_here = self.own.contains(&next) || own.is_some_and(|own| self.previous.contains(&own));
            if !is_here {
                self.list(Notice::MissingPage { file, host: host(&next) });
            }
        }
        if self.unlisted > 0 {
            self.notices.push(Notice::More { count: self.unlisted });
        }
        self.notices
    }
}

/// An address for comparison: without its scheme, the parts of its query in order.
fn folded(address: &str) -> String {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut parts: Vec<&str> = query.split('&').collect();
    parts.sort_unstable();
    format!("{}?{}", path.trim_end_matches('/'), parts.join("&"))
}

/// The host of a folded address, if it has a dot or a port, as names of hosts have.
fn host(folded: &str) -> Option<String> {
    let host = folded.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let is_host = host.contains(['.', ':'])
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    is_host.then(|| host.to_owned())
}

/// Notices that are listed; the others are counted.
const MOST_NOTICES: usize = 100;

/// Resources of a file that are looked at for its release.
const MOST_LOOKED_AT: u64 = 1_000;

/// Links that are looked at.
const MOST_PAGES: usize = 100_000;

const MOST_CHARACTERS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(pages: &[(Option<&str>, Option<&str>, Option<&str>)]) -> Vec<Option<String>> {
        let mut notices = Notices::default();
        for (own, next, previous) in pages {
            notices.take_page(&Page { own: *own, next: *next, previous: *previous });
        }
        let host = |notice| match notice {
            Notice::MissingPage { host, .. } => host,
            other => panic!("{other:?}"),
        };
        notices.finish().into_iter().map(host).collect()
    }

    #[test]
    fn a_page_is_missing_unless_it_is_there_under_some_name() {
        let (first, second) = ("https://h.example/fhir/A?_page=1", "https://h.example/fhir/A?x=y&_page=2");
        assert_eq!(missing(&[(Some(first), Some(second), None)]), [Some("h.example".to_owned())]);
        for reordered in ["https://h.example/fhir/A?x=y&_page=2", "http://h.example/fhir/A/?_page=2&x=y"] {
            assert!(missing(&[(Some(first), Some(second), None), (Some(reordered), None, None)]).is_empty());
        }
        assert!(missing(&[(Some(first), Some(second), None), (None, None, Some(first))]).is_empty());
        assert_eq!(missing(&[(Some(first), Some("?page=2"), None)]), [None]);
        assert_eq!(
            missing(&[(Some(first), Some("https://me:secret@h.example:8443/a?t=token"), None)]),
            [Some("h.example:8443".to_owned())]
        );
    }

    #[test]
    fn each_file_of_an_older_release_is_said_once() {
        let mut notices = Notices::default();
        let files: [&[&str]; 3] = [
            &[r#"{"resourceType":"ReferralRequest"}"#, r#"{"resourceType":"MedicationOrder"}"#],
            &[r#"{"resourceType":"Patient"}"#],
            &[r#"{"resourceType":"ReferralRequest"}"#],
        ];
        for (number, file) in (0..).zip(files) {
            notices.begin(number);
            file.iter().for_each(|resource| notices.take_resource(resource.as_bytes()));
        }
        let said = |file, release| Notice::OldRelease { file, release };
        assert_eq!(notices.finish(), [said(0, OldRelease::Dstu2), said(2, OldRelease::Dstu2OrStu3)]);
    }

    #[test]
    fn only_what_may_be_missing_is_said_and_not_too_much_of_it() {
        let mut notices = Notices::default();
        let outcome =
            |bytes: &'static str, status| Outcome { index: 1, status, bytes: Some(bytes.as_bytes()) };
        notices.take_outcome(&outcome(
            r#"{"issue":[{"severity":"information","diagnostics":"fine"}]}"#,
            Some("201"),
        ));
        notices.take_outcome(&Outcome { index: 2, status: Some("200"), bytes: None });
        assert!(notices.notices.is_empty());
        notices.take_outcome(&outcome(r#"{"issue":[{"severity":"warning","diagnostics":"held"}]}"#, None));
        notices.take_outcome(&Outcome { index: 2, status: Some("404 Not Found"), bytes: None });
        for _ in 0..200 {
            notices.take_outcome(&outcome(r#"{"issue":[{"severity":"error","code":"x"}]}"#, None));
        }
        let told = notices.finish();
        let said =
            |index, is_error, text: &str| Notice::ServerSaid { file: 0, index, is_error, text: text.into() };
        assert_eq!(told[..2], [said(1, false, "held"), said(2, true, "404 Not Found")]);
        assert_eq!(told[100], Notice::More { count: 102 });
    }
}
