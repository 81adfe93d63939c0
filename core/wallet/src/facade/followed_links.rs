//! Shares whose content follows the record: what is chosen of it now, sealed anew under the link's key.

use keepwell_protocol::crypto::jwe_encrypt;
use keepwell_protocol::domain::Sensitivity;

use super::share_selection::{Choice, ShareFormat, select};
use super::shares::{CONTENT_TYPE, health_link, one_file};
use crate::engine::online::Online;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::links::{self, FollowedChoice, StoredLink};

impl FollowedChoice {
    fn format(&self) -> ShareFormat {
        match self.is_summary {
            true => ShareFormat::InternationalPatientSummary,
            false => ShareFormat::PatientSharedBundle,
        }
    }

    /// The kinds that stay; none if one is not known here, which a newer program has chosen.
    fn kinds(&self) -> Option<Vec<Sensitivity>> {
        self.leave_out.iter().map(|kind| Sensitivity::parse(kind).ok()).collect()
    }
}

impl Online<'_> {
    /// Gives the host what each share that follows the record shows now, where that is something else than it has. A share
    /// of which nothing is left ends.
    ///
    /// Reads the record once for each such share; they live for a day at most.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host does not take it; what it did not take is tried with the next sync.
    pub(super) fn follow_links(&mut self) -> Result<(), WalletError> {
        for link in links::all(self.store.read())? {
            let followed = link.manifest.as_ref().and_then(|manifest| manifest.followed.as_ref());
            let is_over = link.entry.revoked || link.entry.expires <= self.now();
            if let Some(followed) = followed.filter(|_| !is_over) {
                self.follow_link(&link, followed)?;
            }
        }
        Ok(())
    }

    fn follow_link(&mut self, link: &StoredLink, followed: &FollowedChoice) -> Result<(), WalletError> {
        let id = link.entry.id;
        // What can't be left out here stays as a newer program left it.
        let Some(leave_out) = followed.kinds() else { return Ok(()) };
        let choice = Choice::of(followed.scopes.clone(), &leave_out, followed.format(), self.now())?;
        let selection = select(self.store.read(), &choice)?;
        let chosen = selection.digest();
        if chosen == followed.chosen {
            return Ok(());
        }
        let bundle = selection.assemble(
            followed.format(),
            followed.with_numbers,
            followed.story.as_deref(),
            self.now(),
            self.rng,
        );
        let bundle = match bundle {
            Ok(bundle) => bundle,
            Err(WalletError::Share(_)) => {
                let mut ended = link.clone();
                ended.entry.revoked = true;
                self.note_link(&ended, "nothing-left", false)?;
                return self.upload().map(drop);
            }
            Err(error) => return Err(error),
        };
        let link = health_link(link, &self.host_url, &self.keys.share)?;
        let files = one_file(jwe_encrypt(link.key(), CONTENT_TYPE, &bundle.json, self.rng)?);
        match self.host(|host, rng| host.replace_link_files(id, &files, rng)) {
            Ok(()) => self.write(|transaction, _| Ok(links::set_chosen(transaction, id, chosen)?)),
            // By the host's word it is over: the next look at the space says so.
            Err(WalletError::Remote(error)) if is_over(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether the host says that there is no link whose files it would replace.
fn is_over(error: &RemoteError) -> bool {
    error.is_not_found() || matches!(error, RemoteError::Server(refusal) if refusal.status == 409)
}
