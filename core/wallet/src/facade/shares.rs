//! Share links: a QR code that any clinic can scan, and that the patient can pause and end.

use std::fmt;
use std::time::Duration as Wait;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_net::{Limits, Reach, SharedLinkError, Transport, open_shared_link};
use keepwell_protocol::crypto::{Passcode, PasscodeVerifier, ShareKey, jwe_encrypt, link_key, link_path};
use keepwell_protocol::domain::{Duration, LinkId, RecordId, Scope, Sensitivity, Timestamp};
use keepwell_protocol::formats::shl::{Flags, OpenError, ShareLink, ShareLinkError, SharedFile};
use keepwell_protocol::vault::{LinkAction, LinkEntry, LinkManifest, LogEvent};
use url::Url;

use super::choices::Choices;
use super::listed_files::{listed_files, shown_digest, signed_cards};
use super::share_selection::{Choice, ShareFormat, select};
use super::wallet::{Session, Wallet};
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{Network, Online, parse_url};
use crate::engine::sync::SyncReport;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::records_view::list::TypeCount;
use crate::records_view::share::{ShareOutcome, ShareState, ShareSummary, summary};
use crate::store::links::{self, FollowedChoice, StoredLink, StoredManifest};
use crate::store::space;

/// What to share, and for how long.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareRequest {
    /// Records that any of these covers; none: what a clinic asks for at check-in, also what has no date, and without what
    /// its source calls an error or has removed.
    pub scopes: Vec<Scope>,
    /// What the patient calls it, at most 80 characters; shown to whoever opens it.
    pub label: Option<String>,
    /// How long it lives: at most 24 hours, or 366 days where it is granted on the ledger.
    pub life: Duration,
    /// How often it may be opened.
    pub opens: Option<u32>,
    /// In which form.
    pub format: ShareFormat,
    /// Sensitive kinds of which no record leaves; only the Patient leaves whatever it is.
    pub leave_out: Vec<Sensitivity>,
    /// Whether identity numbers and photos leave with the records that hold them.
    pub with_numbers: bool,
    /// What the patient tells of themselves, which goes along as a PDF (LOINC 51855-5); at most 30,000 characters, and not in a
    /// summary.
    pub story: Option<String>,
    /// Records that hold health cards which go along, each as it was signed, whatever it holds; with a link to a list of files only.
    pub cards: Vec<RecordId>,
    /// To what the link leads.
    pub form: LinkForm,
}

/// To what the link of a share leads.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum LinkForm {
    /// To one encrypted file (SMART Health Links, flag `U`), which every scanner knows.
    #[default]
    File,
    /// To a list of encrypted files.
    Manifest {
        /// Flag `L`: what it shows follows the record with each sync: what is chosen of it then.
        is_long_term: bool,
        /// Flag `P`: what whoever opens it is asked for. It is not kept: the patient tells it.
        passcode: Option<Passcode>,
    },
}

/// What a clinic asks for at check-in, for as long as is usual.
impl Default for ShareRequest {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            label: None,
            life: Choices::SHARE_LIFE,
            opens: None,
            format: ShareFormat::default(),
            leave_out: Vec::new(),
            with_numbers: false,
            story: None,
            cards: Vec::new(),
            form: LinkForm::default(),
        }
    }
}

/// A new share, ready to be shown.
pub struct NewShare {
    /// The share as the list shows it.
    pub share: ShareSummary,
    /// The link itself: whoever sees it can read until it ends.
    pub link: String,
    /// How many resources leave, by type in alphabetical order; the Patient is among them.
    pub types: Vec<TypeCount>,
    /// How many references in them lead to what does not leave.
    pub dangling: u64,
    /// How many records stay although they are of the kind that was asked for, because their source calls them an error
    /// or has removed them; none where the patient chose what leaves.
    pub withdrawn: u64,
    /// How many of the records stay because they have no place in a summary, as what is over; none where everything leaves that was chosen.
    pub left_out: u64,
}

/// One attempt to open a share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareOpening {
    /// When, by the host's clock.
    pub time: Timestamp,
    /// Who they said they are.
    pub recipient: String,
    /// Whether it was opened, or why not.
    pub outcome: ShareOutcome,
}

impl Wallet {
    /// The longest that a share may live that is not granted on the ledger.
    pub const LONGEST_SHARE: Duration = Duration::hours(24);
    /// The longest that a share may live that is granted on the ledger.
    pub const LONGEST_SHARE_ON_LEDGER: Duration = Duration::days(366);

    /// Puts the chosen records behind a new SMART Health Link, encrypted at the host.
    ///
    /// The key is derived from the seed and is not sent. The link is returned after the host has the
    /// file and the commit that names it, so a link that is shown works.
    ///
    /// # Errors
    /// [`WalletError::ShareTooLong`]; [`WalletError::Share`] if there is nothing to share; [`WalletError::Remote`] if the
    /// host can't be reached, and then there is no share.
    pub fn share(&mut self, network: Network<'_>, request: ShareRequest) -> Result<NewShare, WalletError> {
        if request.life > Self::LONGEST_SHARE {
            return Err(WalletError::ShareTooLong);
        }
        self.make_share(None, network, request)
    }

    /// As [`Wallet::share`], and grants it on the ledger, in an account that is used for it alone: the host opens it only
    /// while the ledger proves that it is in force, and whoever ends it has that proved.
    ///
    /// Waits for the ledger as long as it usually takes. What is still pending then is opened once the ledger has it;
    /// [`Wallet::sync`] goes on with that.
    ///
    /// # Errors
    /// As [`Wallet::share`].
    pub fn share_on_ledger(
        &mut self,
        fresh: &FreshAuthentication,
        network: Network<'_>,
        request: ShareRequest,
    ) -> Result<NewShare, WalletError> {
        if request.life > Self::LONGEST_SHARE_ON_LEDGER {
            return Err(WalletError::ShareTooLong);
        }
        self.make_share(Some(fresh), network, request)
    }

    fn make_share(
        &mut self,
        fresh: Option<&FreshAuthentication>,
        network: Network<'_>,
        request: ShareRequest,
    ) -> Result<NewShare, WalletError> {
        let ShareRequest { scopes, label, life, opens, format, leave_out, with_numbers, story, cards, form } =
            request;
        if !cards.is_empty() && matches!(form, LinkForm::File) {
            return Err(WalletError::ShareCardsNeedList);
        }
        let mut online = self.online(network)?;
        if fresh.is_some() {
            online.refuse_equivocation()?;
        }
        let choice = Choice::of(scopes.clone(), &leave_out, format, online.now())?;
        let selection = select(online.store.read(), &choice)?;
        let bundle = selection.assemble(format, with_numbers, story.as_deref(), online.now(), online.rng)?;
        let signed = signed_cards(online.store.read(), &cards, &leave_out)?;
        let id = LinkId::from_bytes(online.rng.array()?);
        let expires = online.share_begins()?.saturating_add(life);
        let entry = LinkEntry {
            path: link_path(&online.keys.share, &id),
            id,
            expires,
            opens,
            paused: false,
            revoked: false,
            grant: None,
        };
        let manifest = match &form {
            LinkForm::File => None,
            LinkForm::Manifest { is_long_term, passcode } => {
                let choice = FollowedChoice {
                    scopes,
                    is_summary: format == ShareFormat::InternationalPatientSummary,
                    leave_out: leave_out.iter().map(|kind| kind.as_str().to_owned()).collect(),
                    with_numbers,
                    chosen: shown_digest(&selection, &signed),
                    story,
                    cards,
                };
                let followed = is_long_term.then_some(choice);
                Some(StoredManifest { needs_passcode: passcode.is_some(), followed })
            }
        };
        let (label, created) = (label.unwrap_or_default(), online.now());
        let mut stored = StoredLink { entry, label, created, manifest, grant: None };
        if let Some(fresh) = fresh {
            online.sign_link_grant(fresh, &mut stored)?;
        }
        let link = health_link(&stored, &online.host_url, &online.keys.share)?;
        let file = jwe_encrypt(link.key(), CONTENT_TYPE, &bundle.json, online.rng)?;
        match form {
            LinkForm::File => online.host(|host, rng| host.put_link(id, file.into_bytes(), rng))?,
            LinkForm::Manifest { is_long_term, passcode } => {
                let verifier = |passcode| PasscodeVerifier::new(passcode, online.rng);
                let passcode = passcode.as_ref().map(verifier).transpose()?;
                let files = listed_files(file, &signed, link.key(), online.rng)?;
                let manifest = LinkManifest { is_long_term, passcode, files };
                online.host(|host, rng| host.put_manifest(id, &manifest, rng))?;
            }
        }
        online.write(|transaction, sealer| {
            sealer.log_link(transaction, &stored, "share")?;
            links::set(transaction, &stored, false, sealer.now)?;
            Ok(links::requeue_grant(transaction, id, sealer.now)?)
        })?;
        let uploaded = online.upload();
        let is_served = links::is_committed(online.store.read(), id)?;
        if !is_served || uploaded.is_err() {
            // Nobody was shown it, so it must not live; the host may have it all the same.
            online.take_back(stored)?;
            return Err(uploaded.err().unwrap_or(WalletError::Remote(RemoteError::NoAnswer)));
        }
        let mut report = SyncReport::default();
        if stored.grant.is_some()
            && let Err(error) = online.deliver(LEDGER_WAIT, &mut report)
        {
            online.take_back(stored)?;
            return Err(error);
        }
        let stored = links::find(online.store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
        let share = summary(&stored, true, online.now());
        let types = bundle.types.into_iter();
        let types =
            types.map(|(resource_type, count)| TypeCount { resource_type, count: count as u64 }).collect();
        Ok(NewShare {
            share,
            link: link.to_uri(),
            types,
            dangling: bundle.dangling as u64,
            withdrawn: selection.withdrawn.len() as u64,
            left_out: bundle.left_out.len() as u64,
        })
    }

    /// The link of a share that has not ended, to be shown again; it needs no network.
    ///
    /// # Errors
    /// [`WalletError::NoSuchShare`]; [`WalletError::ShareEnded`] if it was revoked or its time is over.
    pub fn share_link(&self, id: LinkId) -> Result<String, WalletError> {
        let Session { store, keys, .. } = self.session()?;
        let stored = links::find(store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
        match summary(&stored, true, self.clock.now()).state {
            ShareState::Active | ShareState::Paused => {}
            ShareState::Expired | ShareState::Revoked => return Err(WalletError::ShareEnded),
        }
        let row = space::connection(store.read())?.ok_or(WalletError::NotConnected)?;
        Ok(health_link(&stored, &parse_url(&row.host_url)?, &keys.share)?.to_uri())
    }

    /// Pauses, resumes or ends a share: in the wallet, and at the host at once.
    ///
    /// What ends or pauses it is decided here and stays so: if the host can't be reached it is queued, and
    /// [`ShareSummary::is_told`] says so until [`Wallet::sync`] has told it.
    ///
    /// # Errors
    /// [`WalletError::NoSuchShare`]; [`WalletError::ShareEnded`] if it was revoked and is not to be
    /// revoked again; [`WalletError::Remote`] if it is to be resumed and the host can't be reached, and then
    /// nothing changed.
    pub fn change_share(
        &mut self,
        network: Network<'_>,
        id: LinkId,
        action: LinkAction,
    ) -> Result<ShareSummary, WalletError> {
        let mut online = self.online(network)?;
        let mut link = links::find(online.store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
        if link.entry.revoked && action != LinkAction::Revoke {
            return Err(WalletError::ShareEnded);
        }
        // One that was revoked while the host was not reached is told again.
        if !link.entry.revoked || !links::is_acknowledged(online.store.read(), id)? {
            let before = link.entry.clone();
            match action {
                LinkAction::Pause => link.entry.paused = true,
                LinkAction::Resume => link.entry.paused = false,
                LinkAction::Revoke => link.entry.revoked = true,
            }
            // What closes is decided before anybody is asked, what opens only with the host's word.
            if link.entry != before && action != LinkAction::Resume {
                online.note_link(&link, action.as_str(), false)?;
            }
            let told = online.host(|host, rng| host.change_link(id, action, rng));
            // The host and the ledger each end it, whether or not the other is reached.
            if action == LinkAction::Revoke && link.grant.is_some() {
                online.end_on_ledger()?;
                link = links::find(online.store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
            }
            match told {
                Ok(()) => {
                    if link.entry != before && action == LinkAction::Resume {
                        online.note_link(&link, action.as_str(), false)?;
                    }
                }
                // A host that does not have it does not serve it.
                Err(WalletError::Remote(error)) if error.is_not_found() && action == LinkAction::Revoke => {}
                Err(error) if error.is_of_servers() && action != LinkAction::Resume => {
                    return Ok(summary(&link, false, online.now()));
                }
                Err(error) => return Err(error),
            }
            online.write(|transaction, _| Ok(links::note_acknowledged(transaction, &link.entry)?))?;
            // The commit that names it may wait: the host has done it.
            match online.upload() {
                Ok(_) => {}
                Err(error) if error.is_of_servers() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(summary(&link, true, online.now()))
    }

    /// Who opened a share, or tried to, oldest first.
    ///
    /// # Errors
    /// [`WalletError::NoSuchShare`]; [`WalletError::Remote`] if the host can't be reached.
    pub fn share_log(&mut self, network: Network<'_>, id: LinkId) -> Result<Vec<ShareOpening>, WalletError> {
        let mut online = self.online(network)?;
        links::find(online.store.read(), id)?.ok_or(WalletError::NoSuchShare)?;
        let mut openings = Vec::new();
        online.fetch_log(0, |_, entry| {
            if let LogEvent::LinkOpened { link, recipient, outcome } = entry.event
                && link == id
            {
                let outcome = ShareOutcome::parse(&outcome);
                openings.push(ShareOpening { time: entry.time, recipient, outcome });
            }
            Ok(())
        })?;
        Ok(openings)
    }
}

/// Opens a link that somebody else shares, and gives its files, at least one; needs no wallet.
///
/// `reach` says whether the link may lead to this machine, as it does in a demonstration; a `passcode` is sent only
/// where the link asks for one.
///
/// # Errors
/// [`WalletError::Link`] if it is no link, is not active or does not open, or for want of the right passcode;
/// [`WalletError::Remote`] if nobody answers, or with more than 64 MiB.
pub fn open_share(
    transport: &dyn Transport,
    reach: Reach,
    link: &ShareLink,
    recipient: &str,
    passcode: Option<&str>,
) -> Result<Vec<SharedFile>, WalletError> {
    let limits = Limits { max_body: LARGEST_SHARE, reach, ..Limits::FOREIGN };
    open_shared_link(transport, limits, link, recipient, passcode).map_err(|error| match error {
        SharedLinkError::Link(error) => error.into(),
        SharedLinkError::Net(error) => RemoteError::from(error).into(),
    })
}

impl Online<'_> {
    /// When a share that is made now begins: by a clock that is behind, at the newest verified time, since the host
    /// ends it by its own.
    fn share_begins(&self) -> Result<Timestamp, WalletError> {
        Ok(self.now().max(self.verified_time()?))
    }

    /// Ends a share that nobody was shown: here, and at the host if that is reached; else with the next commit.
    fn take_back(&mut self, mut link: StoredLink) -> Result<(), WalletError> {
        link.entry.revoked = true;
        self.note_link(&link, "taken-back", false)?;
        let id = link.entry.id;
        match self.host(|host, rng| host.change_link(id, LinkAction::Revoke, rng)) {
            Err(error) if !error.is_of_servers() => Err(error),
            _ => Ok(()),
        }
    }
}

/// The link of a share at this host.
pub(super) fn health_link(stored: &StoredLink, host: &Url, key: &ShareKey) -> Result<ShareLink, WalletError> {
    let path = host.join(&format!("l/{}", URL_SAFE_NO_PAD.encode(stored.entry.path)));
    let url = path.map_err(|_| OpenError::Link(ShareLinkError::BadAddress))?;
    let label = Some(stored.label.as_str()).filter(|label| !label.is_empty());
    let (key, expires) = (link_key(key, &stored.entry.id), stored.entry.expires);
    let link = match &stored.manifest {
        None => ShareLink::direct(url.as_str(), key, expires, label),
        Some(manifest) => {
            let flags = Flags {
                long_term: manifest.followed.is_some(),
                passcode: manifest.needs_passcode,
                direct: false,
            };
            ShareLink::manifest(url.as_str(), key, flags, expires, label)
        }
    };
    Ok(link.map_err(OpenError::from)?)
}

impl fmt::Debug for NewShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The link opens the records.
        f.debug_struct("NewShare")
            .field("share", &self.share)
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

/// How long the ledger usually takes at most to show what it was sent: some blocks.
const LEDGER_WAIT: Wait = Wait::from_secs(20);
pub(super) const CONTENT_TYPE: &str = "application/fhir+json";
/// The most that is taken from a link: its files together, and each as it is sent.
const LARGEST_SHARE: usize = 64 * 1024 * 1024;
