//! Shares whose content follows the record: what is chosen of it now, sealed anew under the link's key.

use keepwell_protocol::crypto::jwe_encrypt;
use keepwell_protocol::domain::{RecordId, Sensitivity};
use keepwell_protocol::formats::assembly::AssemblyError;
use keepwell_protocol::vault::LinkAction;

use super::listed_files::{listed_files, shown_digest, signed_cards};
use super::share_selection::{Choice, ShareFormat, select};
use super::shares::{CONTENT_TYPE, health_link};
use crate::engine::online::Online;
use crate::engine::sync::SyncReport;
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
    /// Reads the record once for each such share.
    ///
    /// What the host does not take of one is noted in the report and tried with the next sync; the others are followed.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub(super) fn follow_links(&mut self, report: &mut SyncReport) -> Result<(), WalletError> {
        for link in links::all(self.store.read())? {
            let followed = link.manifest.as_ref().and_then(|manifest| manifest.followed.as_ref());
            let is_over = link.entry.revoked || link.entry.expires <= self.now();
            if let Some(followed) = followed.filter(|_| !is_over) {
                let done = self.follow_link(&link, followed);
                report.note(done)?;
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
        let cards = self.held_cards(&followed.cards)?;
        let chosen = shown_digest(&selection, &cards);
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
            Err(WalletError::Share(AssemblyError::NoPatient | AssemblyError::NothingToShare)) => {
                return self.close(link, LinkAction::Revoke, "nothing-left");
            }
            // It can't be put together here: what it shows may be what is to be seen no more.
            Err(WalletError::Share(_)) => return self.close(link, LinkAction::Pause, "pause"),
            Err(error) => return Err(error),
        };
        let served = health_link(link, &self.host_url, &self.keys.share)?;
        let records = jwe_encrypt(served.key(), CONTENT_TYPE, &bundle.json, self.rng)?;
        let files = listed_files(records, &cards, served.key(), self.rng)?;
        // What the host shows from now on is not known until it has answered.
        if followed.chosen != UNKNOWN {
            self.write(|transaction, _| Ok(links::set_chosen(transaction, id, UNKNOWN)?))?;
        }
        match self.host(|host, rng| host.replace_link_files(id, &files, rng)) {
            Ok(()) => self.write(|transaction, _| Ok(links::set_chosen(transaction, id, chosen)?)),
            // By the host's word it is over: the next look at the space says so.
            Err(WalletError::Remote(error)) if is_over(&error) => Ok(()),
            // It has no room for what is to be shown: what it has must not go on being shown instead.
            Err(error) if is_too_large(&error) && !link.entry.paused => {
                self.close(link, LinkAction::Pause, "pause")?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The signed texts of those health cards that are still among the records.
    fn held_cards(&self, records: &[RecordId]) -> Result<Vec<String>, WalletError> {
        let mut held = Vec::new();
        for record in records {
            match signed_cards(self.store.read(), &[*record], &[]) {
                Ok(cards) => held.extend(cards),
                Err(WalletError::NoSuchRecord | WalletError::NotAHealthCard) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(held)
    }

    /// Ends or pauses a link, here and at the host at once; if that is not reached, with the next commit.
    fn close(&mut self, link: &StoredLink, action: LinkAction, event: &str) -> Result<(), WalletError> {
        let (mut closed, id) = (link.clone(), link.entry.id);
        if closed.entry.paused && action == LinkAction::Pause {
            return Ok(());
        }
        match action {
            LinkAction::Revoke => closed.entry.revoked = true,
            LinkAction::Pause => closed.entry.paused = true,
            LinkAction::Resume => {}
        }
        self.note_link(&closed, event, false)?;
        self.host(|host, rng| host.change_link(id, action, rng))?;
        self.upload().map(drop)
    }
}

/// Stands for content of which it is not known whether the host has it.
const UNKNOWN: [u8; 32] = [0; 32];

/// Whether the host refuses what it is given for its size.
fn is_too_large(error: &WalletError) -> bool {
    matches!(error, WalletError::Remote(RemoteError::Server(refusal)) if matches!(refusal.status, 413 | 507))
}

/// Whether the host says that there is no link whose files it would replace.
fn is_over(error: &RemoteError) -> bool {
    error.is_not_found() || matches!(error, RemoteError::Server(refusal) if refusal.status == 409)
}
