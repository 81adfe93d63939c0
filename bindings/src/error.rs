//! The one error of the library: what a caller may act on is a variant, the rest is a code.

use keepwell_net::NetError;
use keepwell_protocol::crypto::words::{PassphraseTooLong, WordsError};
use keepwell_protocol::crypto::{CryptoError, PinError};
use keepwell_protocol::domain::InvalidId;
use keepwell_protocol::formats::shl::OpenError;
use keepwell_protocol::ledger::InvalidAnchorFingerprint;
use keepwell_protocol::vault::InvalidInvite;
use keepwell_wallet::{
    InvalidConnection, InvalidCursor, RemoteError, SourceError, StoreError, WalletError as CoreError,
};

use crate::reasons::{
    ArgumentReason, ConnectionReason, DeviceKeyReason, FileReason, GrantReason, LinkReason, NotFoundReason,
    OfflineReason, PinReason, ProviderReason, ServerReason, ShareReason, StorageReason, UntrustedReason,
    WordsReason,
};

/// What a call gives, or why it does not.
pub(crate) type Result<T, E = WalletError> = std::result::Result<T, E>;

/// Why something was not done. Nothing is lost or changed then, unless the variant says otherwise.
///
/// Variants, reasons and codes are stable; words for people belong to the app. The variant says what can be done, its
/// reason what it was, and `code()` the same in every language and on the command line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum WalletError {
    /// The wallet is locked.
    #[error("the wallet is locked")]
    Locked,
    /// The wallet, or the authentication, was released.
    #[error("this was released and cannot be used any more")]
    Closed,
    /// Another instance, here or in another process, has the wallet open.
    #[error("another instance is using this wallet")]
    Busy,
    /// The call was cancelled; the wallet is as before, or what was decided is queued for the next sync.
    #[error("the call was cancelled")]
    Cancelled,
    /// A fault of the library, or of what the app implements; the wallet has locked itself.
    #[error("something went wrong inside, the wallet was locked")]
    Internal,
    /// There is no wallet in this folder.
    #[error("there is no wallet here")]
    NoWallet,
    /// There is a wallet in this folder already.
    #[error("there is a wallet here already")]
    WalletExists,
    /// The PIN is wrong.
    #[error("the PIN is wrong, {left} tries are left")]
    WrongPin {
        /// Tries until the PIN opens nothing any more.
        left: u32,
    },
    /// Too many wrong PINs in a row.
    #[error("wait {seconds} seconds before the next try")]
    PinDelayed {
        /// How long to wait.
        seconds: u64,
    },
    /// The PIN opens nothing any more; the recovery words do.
    #[error("the PIN no longer opens this wallet, the recovery words do")]
    PinSlotDestroyed,
    /// This cannot be a PIN, or is too easy to guess for a new one.
    #[error("this PIN cannot be used ({reason})")]
    PinUnsuitable {
        /// What it was.
        reason: PinReason,
    },
    /// The recovery words are those of another wallet.
    #[error("these recovery words belong to another wallet")]
    WrongWords,
    /// The text is not a set of recovery words.
    #[error("these are not recovery words ({reason})")]
    WordsUnreadable {
        /// What it was.
        reason: WordsReason,
        /// Which word, from 1, where one is to blame.
        position: Option<u32>,
    },
    /// The answers to the quiz are not the words.
    #[error("these are not the recovery words")]
    QuizFailed,
    /// The device's key did not do its part.
    #[error("the device's key cannot be used ({reason})")]
    DeviceKeyFailed {
        /// What it was.
        reason: DeviceKeyReason,
    },
    /// The wallet's files are damaged, rolled back, too new, cannot be written, …
    #[error("the wallet's files cannot be used ({reason})")]
    Storage {
        /// What it was.
        reason: StorageReason,
    },
    /// A file of records could not be read to its end, or an export not written; nothing was kept. Or a file that a record
    /// carries is not what the record says of it.
    #[error("the file cannot be used ({reason})")]
    File {
        /// What it was.
        reason: FileReason,
    },
    /// There is no such record, attachment, grant, share or provider.
    #[error("there is no such thing ({reason})")]
    NotFound {
        /// What it was.
        reason: NotFoundReason,
    },
    /// The provider cannot be granted to.
    #[error("the provider cannot be granted to ({reason})")]
    ProviderRefused {
        /// What it was.
        reason: ProviderReason,
    },
    /// The grant breaks a rule, or its state does not allow this.
    #[error("the grant does not allow this ({reason})")]
    GrantRefused {
        /// What it was.
        reason: GrantReason,
    },
    /// The share breaks a rule, or has ended.
    #[error("the share does not allow this ({reason})")]
    ShareRefused {
        /// What it was.
        reason: ShareReason,
    },
    /// A link that somebody shares did not give its file.
    #[error("the link does not open ({reason})")]
    LinkRefused {
        /// What it was.
        reason: LinkReason,
    },
    /// The passcode is not the one that the sender of a link chose.
    #[error("the passcode is wrong")]
    WrongPasscode {
        /// How many more tries there are before the link ends for ever, where the server says so.
        left: Option<u32>,
    },
    /// The wallet works on its own; this needs a ledger and a host.
    #[error("the wallet is not connected to a ledger and a host")]
    NotConnected,
    /// The wallet cannot be connected there, or not restored from there.
    #[error("the wallet cannot be connected there ({reason})")]
    ConnectionRefused {
        /// What it was.
        reason: ConnectionReason,
    },
    /// No server was reached, or it asks to come back later.
    #[error("no server was reached ({reason})")]
    Offline {
        /// What it was.
        reason: OfflineReason,
    },
    /// A server refused, or gave no answer that can be read.
    #[error("a server refused ({reason})")]
    ServerRefused {
        /// What it was.
        reason: ServerReason,
    },
    /// What a server says does not verify; the app should say so plainly.
    #[error("a server's answer is not to be believed ({reason})")]
    Untrusted {
        /// What it was.
        reason: UntrustedReason,
    },
    /// An argument that no value of its type may have.
    #[error("an argument is not valid ({reason})")]
    InvalidArgument {
        /// What it was.
        reason: ArgumentReason,
    },
}

#[uniffi::export]
impl WalletError {
    /// The stable name of this error, the same in Rust, Kotlin, Swift and on the command line.
    pub fn code(&self) -> Result<String> {
        let own = match self {
            Self::Locked => "Locked",
            Self::Closed => "Closed",
            Self::Busy => "Busy",
            Self::Cancelled => "Cancelled",
            Self::Internal => "Internal",
            Self::NoWallet => "NoWallet",
            Self::WalletExists => "WalletExists",
            Self::WrongPin { .. } => "WrongPin",
            Self::PinDelayed { .. } => "PinDelayed",
            Self::PinSlotDestroyed => "PinSlotDestroyed",
            Self::WrongWords => "WrongWords",
            Self::QuizFailed => "QuizFailed",
            Self::WrongPasscode { .. } => "LinkPasscodeWrong",
            Self::NotConnected => "NotConnected",
            Self::PinUnsuitable { reason } => reason.as_str(),
            Self::WordsUnreadable { reason, .. } => reason.as_str(),
            Self::DeviceKeyFailed { reason } => reason.as_str(),
            Self::Storage { reason } => reason.as_str(),
            Self::File { reason } => reason.as_str(),
            Self::NotFound { reason } => reason.as_str(),
            Self::ProviderRefused { reason } => reason.as_str(),
            Self::GrantRefused { reason } => reason.as_str(),
            Self::ShareRefused { reason } => reason.as_str(),
            Self::LinkRefused { reason } => reason.as_str(),
            Self::ConnectionRefused { reason } => reason.as_str(),
            Self::Offline { reason } => reason.as_str(),
            Self::ServerRefused { reason } => reason.as_str(),
            Self::Untrusted { reason } => reason.as_str(),
            Self::InvalidArgument { reason } => reason.as_str(),
        };
        Ok(own.to_owned())
    }
}

impl WalletError {
    /// An argument that no value of its type may have.
    pub(crate) fn invalid(reason: ArgumentReason) -> Self {
        Self::InvalidArgument { reason }
    }
}

impl From<CoreError> for WalletError {
    fn from(error: CoreError) -> Self {
        (&error).into()
    }
}

impl From<&CoreError> for WalletError {
    fn from(error: &CoreError) -> Self {
        let code = error.code();
        let offline = OfflineReason::from(code);
        match error {
            CoreError::Locked => Self::Locked,
            CoreError::Store(error) => error.into(),
            // Only who gives a read a limit gets it, and asks again without.
            CoreError::Unfinished => Self::Internal,
            CoreError::QuizFailed => Self::QuizFailed,
            CoreError::NotConnected => Self::NotConnected,
            CoreError::Import(_)
            | CoreError::Quarantined { .. }
            | CoreError::ExportIo(_)
            | CoreError::AttachmentDamaged
            | CoreError::OtherPatient { .. }
            | CoreError::NoSuchPatient { .. } => Self::File { reason: code.into() },
            CoreError::NoSuchRecord
            | CoreError::NotStamped
            | CoreError::TimeStampWaiting
            | CoreError::NoSuchAttachment
            | CoreError::AttachmentNotHere
            | CoreError::AmbiguousId { .. }
            | CoreError::NoSuchQuarantined
            | CoreError::NoSuchPerson
            | CoreError::NoSuchImport
            | CoreError::NoSuchGrant
            | CoreError::NoSuchShare
            | CoreError::NoSuchRequest
            | CoreError::NoSuchSource
            | CoreError::NoSuchBrand
            | CoreError::AmbiguousBrand
            | CoreError::NoBrands
            | CoreError::UnknownProvider => Self::NotFound { reason: code.into() },
            CoreError::AmbiguousProvider
            | CoreError::ProviderSuspended
            | CoreError::ProviderKeyChanged
            | CoreError::Card(_) => Self::ProviderRefused { reason: code.into() },
            CoreError::Terms(_)
            | CoreError::Transition(_)
            | CoreError::Request(_)
            | CoreError::RequestAnswered
            | CoreError::RequestExceeded
            | CoreError::Transaction(_) => Self::GrantRefused { reason: code.into() },
            CoreError::ShareEnded
            | CoreError::ShareTooLong
            | CoreError::ShareNotOnLedger
            | CoreError::ShareCardsNeedList
            | CoreError::NotAHealthCard
            | CoreError::CardHoldsLeftOut
            | CoreError::Share(_)
            | CoreError::Passcode(_) => Self::ShareRefused { reason: code.into() },
            CoreError::Link(OpenError::WrongPasscode { left }) => Self::WrongPasscode { left: *left },
            CoreError::Link(_) => Self::LinkRefused { reason: code.into() },
            CoreError::AlreadyConnected
            | CoreError::AnchorRefused(_)
            | CoreError::SpaceExists
            | CoreError::SpaceMissing
            | CoreError::Anchor(_) => Self::ConnectionRefused { reason: code.into() },
            // Any server may give any code with any status.
            CoreError::Remote(_) if error.is_temporary() && offline != OfflineReason::Unknown => {
                Self::Offline { reason: offline }
            }
            CoreError::Remote(RemoteError::Net(NetError::CertificateRefused)) => {
                Self::Untrusted { reason: code.into() }
            }
            CoreError::Source(SourceError::Net(_)) if offline != OfflineReason::Unknown => {
                Self::Offline { reason: offline }
            }
            CoreError::Source(SourceError::Net(NetError::CertificateRefused)) => {
                Self::Untrusted { reason: code.into() }
            }
            CoreError::Remote(_) | CoreError::Source(_) => Self::ServerRefused { reason: code.into() },
            CoreError::LedgerStale
            | CoreError::Proof(_)
            | CoreError::HostRolledBack
            | CoreError::TakenOver
            | CoreError::SpaceDamaged => Self::Untrusted { reason: code.into() },
            CoreError::InvalidCursor(_) => Self::invalid(ArgumentReason::InvalidCursor),
        }
    }
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        (&error).into()
    }
}

impl From<&StoreError> for WalletError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::NoWallet => Self::NoWallet,
            StoreError::WalletExists => Self::WalletExists,
            StoreError::Busy => Self::Busy,
            StoreError::WrongPin { left } => Self::WrongPin { left: *left },
            StoreError::PinDelayed { seconds } => Self::PinDelayed { seconds: *seconds },
            StoreError::PinSlotDestroyed => Self::PinSlotDestroyed,
            StoreError::Pin(error) => (*error).into(),
            StoreError::WrongWords => Self::WrongWords,
            StoreError::DeviceKey(_) | StoreError::BiometricsOff | StoreError::BiometricsLost => {
                Self::DeviceKeyFailed { reason: error.code().into() }
            }
            error => Self::Storage { reason: error.code().into() },
        }
    }
}

impl From<PinError> for WalletError {
    fn from(error: PinError) -> Self {
        Self::PinUnsuitable { reason: error.code().into() }
    }
}

impl From<WordsError> for WalletError {
    fn from(error: WordsError) -> Self {
        let position = match error {
            WordsError::UnknownWord { position, .. } | WordsError::Numbering { position } => {
                u32::try_from(position).ok()
            }
            _ => None,
        };
        Self::WordsUnreadable { reason: error.code().into(), position }
    }
}

/// The system gives no randomness: nothing that the caller could do better.
impl From<CryptoError> for WalletError {
    fn from(_: CryptoError) -> Self {
        Self::Internal
    }
}

/// Arguments that no value of their type may have, and what is said of each.
macro_rules! invalid_arguments {
    ($($error:ident => $reason:ident,)+) => {$(
        impl From<$error> for WalletError {
            fn from(_: $error) -> Self {
                Self::invalid(ArgumentReason::$reason)
            }
        }
    )+};
}

invalid_arguments! {
    PassphraseTooLong => PassphraseTooLong,
    InvalidInvite => InviteMalformed,
    InvalidConnection => ConnectionMalformed,
    InvalidCursor => InvalidCursor,
    InvalidId => InvalidIdentifier,
    InvalidAnchorFingerprint => FingerprintMalformed,
}

#[cfg(test)]
mod tests {
    use keepwell_net::ServerError;
    use keepwell_protocol::vault::ErrorBody;

    use super::*;

    #[test]
    fn an_error_keeps_the_code_that_it_has_below() {
        let error = WalletError::from(CoreError::from(StoreError::WrongPin { left: 3 }));
        assert_eq!(error, WalletError::WrongPin { left: 3 });
        assert_eq!(error.code().as_deref(), Ok("WrongPin"));
        let error = WalletError::from(CoreError::from(RemoteError::Net(NetError::Timeout)));
        assert_eq!(error, WalletError::Offline { reason: OfflineReason::Timeout });
        let error = WalletError::from(CoreError::from(RemoteError::Net(NetError::AddressRefused)));
        assert_eq!(error.code().as_deref(), Ok("AddressRefused"));
        assert_eq!(error, WalletError::ServerRefused { reason: ServerReason::AddressRefused });
        let error = WalletError::from(CoreError::ProviderKeyChanged);
        assert_eq!(error.code().as_deref(), Ok("ProviderKeyChanged"));
    }

    #[test]
    fn what_a_server_answers_has_a_case_with_whatever_status() {
        let answer = |status, code: &str| {
            let body =
                ErrorBody { code: code.to_owned(), sentence: "No.".to_owned(), bundle: None, version: None };
            WalletError::from(CoreError::from(RemoteError::from(ServerError { status, body })))
        };
        let offline = |reason| WalletError::Offline { reason };
        let refused = |reason| WalletError::ServerRefused { reason };
        for (status, code, expected) in [
            (507, "SpaceFull", offline(OfflineReason::SpaceFull)),
            (413, "SpaceFull", refused(ServerReason::SpaceFull)),
            (403, "InviteNeeded", refused(ServerReason::InviteNeeded)),
            (503, "InviteNeeded", refused(ServerReason::InviteNeeded)),
            (502, "HostBusy", offline(OfflineReason::ServerRefused)),
            (503, "LedgerStale", offline(OfflineReason::LedgerStale)),
            (503, "GatewayUnknown", offline(OfflineReason::GatewayUnknown)),
            (503, "ObliviousKeyUnknown", offline(OfflineReason::ObliviousKeyUnknown)),
            (503, "ObliviousDamaged", offline(OfflineReason::ObliviousDamaged)),
            (400, "ObliviousDamaged", refused(ServerReason::ObliviousDamaged)),
            (400, "HostBusy", refused(ServerReason::ServerRefused)),
        ] {
            assert_eq!(answer(status, code), expected, "{status} {code}");
        }
    }
}
