//! SMART Health Links: made, watched, ended, read, and opened.

use std::fmt;
use std::sync::Arc;

use keepwell_protocol::crypto::Passcode;
use keepwell_protocol::domain::{LinkId, RecordId, Scope, Sensitivity, Timestamp};
use keepwell_protocol::formats::shl::{OpenError, ShareLink, SharedFile as CoreFile};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    GrantProof, LinkForm, Network, NewShare as CoreShare, ShareFormat, ShareOpening, SharePreview,
    ShareRequest as CoreRequest, ShareSummary, TypeCount, Wallet as CoreWallet, WalletError as CoreError,
};
use zeroize::Zeroizing;

use crate::authentication::Authentication;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::Event;
use crate::mirrors::TimeSpan;
use crate::wallet::Wallet;

/// What to share, and for how long.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ShareRequest {
    /// Records that any of these covers; none: what a clinic asks for at check-in.
    pub scopes: Vec<Scope>,
    /// What the patient calls it, at most 80 characters; shown to whoever opens it.
    #[uniffi(default = None)]
    pub label: Option<String>,
    /// How long it lives: at most 24 hours, or 366 days where it is granted on the ledger.
    pub life: TimeSpan,
    /// How often it may be opened.
    #[uniffi(default = None)]
    pub opens: Option<u32>,
    /// In which form; none: everything that is chosen.
    #[uniffi(default = None)]
    pub format: Option<ShareFormat>,
    /// Sensitive kinds of which no record leaves; only the Patient leaves whatever it is.
    #[uniffi(default = [])]
    pub leave_out: Vec<Sensitivity>,
    /// Whether identity numbers and photos leave with the records that hold them.
    #[uniffi(default = false)]
    pub with_numbers: bool,
    /// To what the link leads; none: to one encrypted file, which every scanner knows.
    #[uniffi(default = None)]
    pub manifest: Option<ManifestRequest>,
    /// What the patient tells of themselves, which goes along as a PDF (LOINC 51855-5); at most 30,000 characters, and not in a
    /// summary.
    #[uniffi(default = None)]
    pub story: Option<String>,
    /// Records that hold health cards which go along, each as it was signed, with all that it holds; with a `manifest` only.
    #[uniffi(default = [])]
    pub cards: Vec<RecordId>,
}

/// What is asked of a link to a list of encrypted files.
#[derive(Clone, Default, Eq, PartialEq, uniffi::Record)]
#[uniffi::export(Display)]
pub struct ManifestRequest {
    /// Whether what it shows follows the record, with each sync.
    #[uniffi(default = false)]
    pub is_long_term: bool,
    /// What whoever opens it is asked for: 6 to 64 letters without accents, digits and signs. It is not kept; the host
    /// takes ten wrong ones in all.
    #[uniffi(default = None)]
    pub passcode: Option<String>,
}

/// Shows nothing: the passcode is a secret.
impl fmt::Display for ManifestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManifestRequest(..)")
    }
}

impl fmt::Debug for ManifestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<ShareRequest> for CoreRequest {
    type Error = CoreError;

    fn try_from(request: ShareRequest) -> std::result::Result<Self, CoreError> {
        let ShareRequest {
            scopes,
            label,
            life,
            opens,
            format,
            leave_out,
            with_numbers,
            manifest,
            story,
            cards,
        } = request;
        let form = match manifest {
            None => LinkForm::File,
            Some(ManifestRequest { is_long_term, passcode }) => {
                let passcode = passcode.map(Zeroizing::new);
                let passcode = passcode.map(|typed| Passcode::choose(&typed)).transpose()?;
                LinkForm::Manifest { is_long_term, passcode }
            }
        };
        let format = format.unwrap_or_default();
        Ok(Self { scopes, label, life, opens, format, leave_out, with_numbers, story, cards, form })
    }
}

/// A new share, ready to be shown.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct NewShare {
    /// As the list of shares shows it.
    pub share: ShareSummary,
    /// The link itself: whoever sees it can read until it ends.
    pub link: String,
    /// How many resources leave, by type in alphabetical order; the Patient is among them.
    pub types: Vec<TypeCount>,
    /// How many references in them lead to what does not leave.
    pub dangling: u64,
    /// How many records stay although they are of the kind that was asked for, because their source calls
    /// them an error or has removed them; none where scopes were given.
    pub withdrawn: u64,
    /// How many of the records stay because they have no place in a summary; none where everything leaves that was chosen.
    pub left_out: u64,
}

impl From<CoreShare> for NewShare {
    fn from(made: CoreShare) -> Self {
        let CoreShare { share, link, types, dangling, withdrawn, left_out } = made;
        Self { share, link, types, dangling, withdrawn, left_out }
    }
}

/// Shows nothing: the link opens the records.
impl fmt::Display for NewShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewShare(..)")
    }
}

/// What a link led to.
#[derive(Clone, uniffi::Record)]
pub struct SharedFile {
    /// `application/fhir+json`, `application/smart-health-card`, or `application/octet-stream` for anything
    /// else; an import keeps that in quarantine.
    pub content_type: String,
    /// The decrypted file, which had at most 64 MiB when it was sealed.
    pub content: Vec<u8>,
}

/// What a link says of itself, which nobody has checked.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ShareLinkPreview {
    /// The server that it leads to, with its port where that is not the usual one.
    pub server: String,
    /// What the sender calls it; at most 80 characters, none of them a control character.
    pub label: Option<String>,
    /// Until when the sender says that it opens.
    pub expires: Option<Timestamp>,
    /// Whether it opens only with a passcode.
    pub needs_passcode: bool,
}

/// Reads a SMART Health Link, bare or behind the address of a viewer; nothing is asked of anybody.
///
/// Throws `LinkRefused` if it is none (`NotAHealthLink`) or none that is followed (`LinkAddress`, `LinkKey`,
/// `LinkFlags`, `UnsupportedLink`).
#[uniffi::export]
pub fn read_share_link(text: String) -> Result<ShareLinkPreview> {
    let link = ShareLink::parse(&text).and_then(|link| {
        if link.flags().direct { link.direct_url() } else { link.manifest_url() }?;
        Ok(link)
    });
    let link = link.map_err(|error| CoreError::from(OpenError::from(error)))?;
    Ok(ShareLinkPreview {
        server: link.server().to_owned(),
        label: link.label().map(str::to_owned),
        expires: link.expires(),
        needs_passcode: link.flags().passcode,
    })
}

/// Checks a passcode for a new share as [`Wallet::share`] does, so that a screen can refuse it where it is typed.
///
/// Throws `ShareRefused` (`PasscodeCharacter`, `PasscodeGuessable`, `PasscodeLength`).
#[uniffi::export]
pub fn check_share_passcode(passcode: String) -> Result<()> {
    let passcode = Zeroizing::new(passcode);
    Passcode::choose(&passcode).map_err(CoreError::from)?;
    Ok(())
}

/// A SMART Health Link behind the address of the viewer page at its own host, to be copied and sent: a browser opens it, and sends nothing
/// of what stands behind `#`. A QR code shows the bare link, which is shorter.
///
/// Throws `LinkRefused` as [`read_share_link`].
#[uniffi::export]
pub fn share_link_for_browser(link: String) -> Result<String> {
    let link = ShareLink::parse(&link).map_err(|error| CoreError::from(OpenError::from(error)))?;
    Ok(link.to_viewer_uri())
}

#[uniffi::export]
impl Wallet {
    /// Puts the chosen records behind a new SMART Health Link, encrypted at the host. The link
    /// works once this returns; if the host can't be reached there is no share.
    ///
    /// Throws `ShareRefused` if there is nothing to share, it lives too long, or its passcode is none that is taken.
    #[uniffi::method(default(cancellation = None))]
    pub async fn share(
        &self,
        request: ShareRequest,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<NewShare> {
        let shared = self.change_online(Event::SharesChanged, cancellation, move |wallet, network| {
            Ok(wallet.share(network, request.try_into()?)?.into())
        });
        shared.await
    }

    /// As `share`, and grants it on the ledger, which a share needs that lives for more than 24 hours: the host opens it
    /// only while the ledger proves that it is in force, and its end can be proved. Waits for the ledger for up to 20
    /// seconds; what is still pending then opens once the ledger has it, with which `sync` goes on.
    ///
    /// Throws as `share`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn share_on_ledger(
        &self,
        authentication: Arc<Authentication>,
        request: ShareRequest,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<NewShare> {
        let shared = self.change_online(Event::SharesChanged, cancellation, move |wallet, network| {
            Ok(wallet.share_on_ledger(authentication.hold().get()?, network, request.try_into()?)?.into())
        });
        shared.await
    }

    /// Fetches the ledger's proof of the grant with which a share stands and verifies it here, as `verifyGrant` does.
    ///
    /// Throws `NotFound`; `ShareRefused` (`ShareNotOnLedger`) if it has none; `Untrusted` with what does not hold.
    #[uniffi::method(default(cancellation = None))]
    pub async fn verify_share(
        &self,
        id: LinkId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantProof> {
        self.call_online(cancellation, move |wallet, network| Ok(wallet.verify_share(id, network)?)).await
    }

    /// What would leave with a share of these scopes, without the sensitive kinds that are to be left out; no scope: what a
    /// clinic asks for at check-in. Identity numbers and photos are listed, and leave only `withNumbers`. Nothing is sent.
    ///
    /// Throws `ShareRefused` if there is nothing to share, `GrantRefused` if a scope breaks a rule.
    #[uniffi::method(default(leave_out = [], with_numbers = false, format = None))]
    pub async fn preview_share(
        &self,
        scopes: Vec<Scope>,
        leave_out: Vec<Sensitivity>,
        with_numbers: bool,
        format: Option<ShareFormat>,
    ) -> Result<SharePreview> {
        let format = format.unwrap_or_default();
        self.read(move |snapshot| snapshot.preview_share(scopes.clone(), &leave_out, with_numbers, format))
            .await
    }

    /// The link of a share, to be shown again; needs no network. Throws `NotFound`, `ShareRefused` (`ShareEnded`).
    pub async fn share_link(&self, id: LinkId) -> Result<String> {
        self.call_wallet(move |wallet| Ok(wallet.share_link(id)?)).await
    }

    /// Every share that was made with these recovery words, newest first.
    pub async fn shares(&self) -> Result<Vec<ShareSummary>> {
        self.read(|snapshot| snapshot.shares()).await
    }

    /// Pauses or ends a share in the wallet, and at the host at once or with the next sync (`isTold`). Resumes it only
    /// with the host's word.
    #[uniffi::method(default(cancellation = None))]
    pub async fn change_share(
        &self,
        id: LinkId,
        action: LinkAction,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ShareSummary> {
        let change = move |wallet: &mut CoreWallet, network: Network<'_>| {
            Ok(wallet.change_share(network, id, action)?)
        };
        self.change_online(Event::SharesChanged, cancellation, change).await
    }

    /// Who opened a share, or tried to, oldest first.
    #[uniffi::method(default(cancellation = None))]
    pub async fn share_log(
        &self,
        id: LinkId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<ShareOpening>> {
        self.call_online(cancellation, move |wallet, network| Ok(wallet.share_log(network, id)?)).await
    }

    /// Opens a link that somebody else shares, and gives its files, at least one, for one import; `recipient` is what
    /// they are told. The `passcode` is sent only where the link asks for one.
    ///
    /// Throws `WrongPasscode`; `LinkRefused` if it is no link, is not active, does not open or asks for a passcode
    /// (`LinkPasscodeNeeded`, and nothing was sent); `ServerRefused` (`ResponseTooLarge`, `AddressRefused`).
    #[uniffi::method(default(passcode = None, cancellation = None))]
    pub async fn open_share(
        &self,
        link: String,
        recipient: String,
        passcode: Option<String>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<SharedFile>> {
        let passcode = passcode.map(Zeroizing::new);
        let opened = self.call_online(cancellation, move |_, network| {
            let files = network.open_share(&link, &recipient, passcode.as_ref().map(|text| text.as_str()))?;
            Ok(files.into_iter().map(SharedFile::from).collect())
        });
        opened.await
    }
}

impl From<CoreFile> for SharedFile {
    fn from(file: CoreFile) -> Self {
        Self { content_type: file.content_type.to_owned(), content: file.content.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::check_share_passcode;
    use crate::error::WalletError;
    use crate::reasons::ShareReason;

    #[test]
    fn a_passcode_is_checked_before_there_is_a_share() {
        check_share_passcode(" blue-otter ".into()).unwrap();
        let refused = [
            ("12345", ShareReason::PasscodeLength),
            ("", ShareReason::PasscodeLength),
            ("blåotter", ShareReason::PasscodeCharacter),
            ("123456", ShareReason::PasscodeGuessable),
        ];
        for (passcode, expected) in refused {
            let error = check_share_passcode(passcode.into()).unwrap_err();
            let WalletError::ShareRefused { reason, .. } = error else { panic!("{error:?}") };
            assert_eq!(reason, expected, "{passcode}");
        }
    }
}
