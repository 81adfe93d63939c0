//! Opening what a patient shares by a SMART Health Link: fetched once, shown, not stored.

use std::ops::ControlFlow;

use keepwell_chart::Entry;
use keepwell_net::{Limits, SharedLinkError, open_shared_link};
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{self, Event, Kind, ResourceHead};
use keepwell_protocol::formats::shl::{OpenError, ShareLink};

use crate::{Clinic, ClinicError, ShareError};

/// What a share led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shared {
    /// What the sender calls it; plain text, to be escaped where it is shown.
    pub label: Option<String>,
    /// The resources, in their order.
    pub resources: Vec<SharedResource>,
    /// Parts that could not be read as resources.
    pub unreadable: u32,
    /// Files of the list that are no record and are not shown.
    pub other_files: u32,
}

/// A resource of a share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedResource {
    /// The category under which it is shown.
    pub category: Category,
    /// As its Bundle's entry says it; none for a single resource.
    pub full_url: Option<String>,
    /// The resource as it came.
    pub bytes: Vec<u8>,
}

impl Shared {
    /// The resources for a chart.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        self.resources
            .iter()
            .map(|resource| Entry {
                category: resource.category,
                full_url: resource.full_url.as_deref(),
                resource: &resource.bytes,
                file: None,
            })
            .collect()
    }
}

impl Clinic {
    /// Opens a link, as the provider's name, which the patient sees; a `passcode` is sent only where the link asks for one.
    /// Of a list of files the records are shown together.
    ///
    /// Where it leads is somebody else's choice: never into this provider's own network, also not
    /// by a redirect.
    ///
    /// # Errors
    /// [`ClinicError::Share`], or [`ClinicError::Net`] if the server does not answer.
    pub fn open_share(&mut self, link: &str, passcode: Option<&str>) -> Result<Shared, ClinicError> {
        let link = ShareLink::parse(link).map_err(OpenError::from).map_err(ShareError::from)?;
        let limits = Limits {
            max_body: LONGEST_SHARE,
            reach: self.host()?.foreign_reach(),
            redirects: REDIRECTS,
            ..Limits::FOREIGN
        };
        let recipient = self.card()?.card.name;
        let files = open_shared_link(self.transport.as_ref(), limits, &link, &recipient, passcode);
        let files = files.map_err(|error| match error {
            SharedLinkError::Link(error) => ShareError::from(error).into(),
            SharedLinkError::Net(error) => ClinicError::from(error),
        })?;
        let label = link.label().map(str::to_owned);
        let mut shared = Shared { label, resources: Vec::new(), unreadable: 0, other_files: 0 };
        for file in &files {
            if !file.is_record() || !read_resources(&file.content, &mut shared) {
                shared.other_files += 1;
            }
        }
        if shared.resources.is_empty() { Err(ShareError::NotShown.into()) } else { Ok(shared) }
    }
}

/// Takes a Bundle or a single resource apart; false where it is neither.
fn read_resources(content: &[u8], shared: &mut Shared) -> bool {
    let mut take = |event: Event<'_>| {
        match event {
            Event::Resource(resource) => match ResourceHead::read(resource.bytes) {
                Ok(head) => shared.resources.push(SharedResource {
                    category: fhir::category(&head, None),
                    full_url: resource.full_url.map(str::to_owned),
                    bytes: resource.bytes.to_vec(),
                }),
                Err(_) => shared.unreadable += 1,
            },
            Event::Quarantined { .. } => shared.unreadable += 1,
            Event::Card(_)
            | Event::Document(_)
            | Event::Measurements(_)
            | Event::Deleted(_)
            | Event::Outcome(_)
            | Event::Page(_)
            | Event::Exported(_)
            | Event::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    };
    let limits = fhir::Limits { unpacked_bytes: LONGEST_RECORD, ..fhir::Limits::default() };
    let read = fhir::read(content, limits, &mut take);
    read.is_ok_and(|summary| matches!(summary.kind, Kind::Bundle | Kind::Resource))
}

/// A Bundle of 5 MB with its PDF, in base64.
const LONGEST_SHARE: usize = 10 * 1024 * 1024;

/// As much as an encrypted file of that length could hold.
const LONGEST_RECORD: u64 = 50 * 1024 * 1024;

/// Redirects that are followed; each is checked like the first address.
const REDIRECTS: u8 = 3;
