//! Opening what a patient shares by a SMART Health Link: fetched once, shown, not stored.

use std::time::{Duration, Instant};

use keepwell_net::{CardIssuers, Limits, SharedLinkError, open_shared_link};
use keepwell_page::Shared;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::shl::{OpenError, ShareLink};

use crate::shared_card::{SharedCard, add_cards};
use crate::{Clinic, ClinicError, ShareError};

/// What a share led to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenedShare {
    /// What the sender calls it; plain text, to be escaped where it is shown.
    pub label: Option<String>,
    /// The resources of all files, and those of the health cards that are shown.
    pub content: Shared,
    /// The health cards that came along.
    pub cards: Vec<SharedCard>,
    /// Files of the list that are no record and are not shown.
    pub other_files: u32,
}

impl Clinic {
    /// Opens a link, as the provider's name, which the patient sees; a `passcode` is sent only where the link asks for one.
    /// Of a list of files the records are shown together. The issuers of health cards among them are asked for their keys.
    ///
    /// Where it leads is somebody else's choice: never into this provider's own network, also not
    /// by a redirect.
    ///
    /// # Errors
    /// [`ClinicError::Share`], or [`ClinicError::Net`] if the server does not answer.
    pub fn open_share(
        &mut self,
        link: &str,
        passcode: Option<&str>,
        now: Timestamp,
    ) -> Result<OpenedShare, ClinicError> {
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
        let (mut content, mut other_files) = (Shared::default(), 0);
        for file in files.iter().filter(|file| !file.is_health_card()) {
            other_files += u32::from(!file.is_record() || content.add(&file.content).is_err());
        }
        let until = Instant::now().checked_add(LONGEST_LOOK);
        let mut issuers = CardIssuers::new(self.transport.as_ref(), Limits { until, ..limits });
        let mut cards = Vec::new();
        for file in files.iter().filter(|file| file.is_health_card()) {
            let told = add_cards(&mut content, &file.content, |card| issuers.state(card, now).0);
            told.map_or_else(|_| other_files += 1, |mut told| cards.append(&mut told));
        }
        // Of cards that are void it is said that they are.
        if content.resources.is_empty() && cards.is_empty() {
            return Err(ShareError::NotShown.into());
        }
        Ok(OpenedShare { label, content, cards, other_files })
    }
}

/// A Bundle of 5 MB with its PDF, in base64.
const LONGEST_SHARE: usize = 10 * 1024 * 1024;

/// Redirects that are followed; each is checked like the first address.
const REDIRECTS: u8 = 3;

/// How long the issuers of health cards may take, all together.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
