//! The one error of the library: what a caller may act on is a variant, the rest is a code.

use keepwell_net::NetError;
use keepwell_protocol::crypto::words::{PassphraseTooLong, WordsError};
use keepwell_protocol::crypto::{CryptoError, PinError};
use keepwell_protocol::domain::InvalidId;
use keepwell_protocol::formats::shl::OpenError;
use keepwell_protocol::ledger::InvalidAnchorFingerprint;
use keepwell_protocol::vault::InvalidInvite;
use keepwell_wallet::{InvalidConnection, InvalidCursor, RemoteError, StoreError, WalletError as CoreError};

/// What a call gives, or why it does not.
pub(crate) type Result<T, E = WalletError> = std::result::Result<T, E>;

/// Why something was not done. Nothing is lost or changed then, unless the variant says otherwise.
///
/// Variants and codes are stable; words for people belong to the app.
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
        /// The code: `PinNotDigits`, `PinWrongLength`, `PinGuessable`, …
        reason: String,
    },
    /// The recovery words are those of another wallet.
    #[error("these recovery words belong to another wallet")]
    WrongWords,
    /// The text is not a set of recovery words.
    #[error("these are not recovery words ({reason})")]
    WordsUnreadable {
        /// The code: `WordCount`, `UnknownWord`, `MnemonicChecksum`, …
        reason: String,
        /// Which word, from 1, where one is to blame.
        position: Option<u32>,
    },
    /// The answers to the quiz are not the words.
    #[error("these are not the recovery words")]
    QuizFailed,
    /// The device's key did not do its part.
    #[error("the device's key cannot be used ({reason})")]
    DeviceKeyFailed {
        /// The code: `DeviceKeyLost`, `DeviceKeyRefused`, `DeviceKeyLockedOut`, `DeviceKeyUnavailable`; of biometrics,
        /// where the PIN opens, `BiometricsOff`, `BiometricsLost`.
        reason: String,
    },
    /// The wallet's files are damaged, rolled back, too new, cannot be written, …
    #[error("the wallet's files cannot be used ({reason})")]
    Storage {
        /// The code: `StorageCorrupt`, `StorageRolledBack`, `DiskFull`, …
        reason: String,
    },
    /// A file of records could not be read to its end, or an export not written; nothing was kept. Or a file that a record
    /// carries is not what the record says of it.
    #[error("the file cannot be used ({reason})")]
    File {
        /// The code: `InvalidJson`, `NoSuchPatient`, `ExportIo`, `AttachmentDamaged`, …
        reason: String,
    },
    /// There is no such record, attachment, grant, share or provider.
    #[error("there is no such thing ({reason})")]
    NotFound {
        /// The code: `NoSuchRecord`, `NoSuchAttachment`, `AttachmentNotHere`, `NoSuchGrant`, `NoSuchShare`,
        /// `UnknownProvider`.
        reason: String,
    },
    /// The provider cannot be granted to.
    #[error("the provider cannot be granted to ({reason})")]
    ProviderRefused {
        /// The code: `ProviderSuspended`, `ProviderKeyChanged`, `AmbiguousProvider`, …
        reason: String,
    },
    /// The grant breaks a rule, or its state does not allow this.
    #[error("the grant does not allow this ({reason})")]
    GrantRefused {
        /// The code: `InvalidScope`, `InvalidPeriod`, `GrantState`, …
        reason: String,
    },
    /// The share breaks a rule, or has ended.
    #[error("the share does not allow this ({reason})")]
    ShareRefused {
        /// The code: `ShareEnded`, `ShareTooLong`, …
        reason: String,
    },
    /// A link that somebody shares did not give its file.
    #[error("the link does not open ({reason})")]
    LinkRefused {
        /// The code: `LinkNotActive`, `LinkAddress`, `LinkKey`, …
        reason: String,
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
        /// The code: `AlreadyConnected`, `SpaceExists`, `SpaceMissing`, `AnchorMalformed`, …
        reason: String,
    },
    /// No server was reached, or it asks to come back later.
    #[error("no server was reached ({reason})")]
    Offline {
        /// The code: `Offline`, `Timeout`, `RateLimited`, …
        reason: String,
    },
    /// A server refused, or gave no answer that can be read.
    #[error("a server refused ({reason})")]
    ServerRefused {
        /// The code: `InviteNeeded`, `AddressRefused`, `ServerRefused`, …
        reason: String,
    },
    /// What a server says does not verify; the app should say so plainly.
    #[error("a server's answer is not to be believed ({reason})")]
    Untrusted {
        /// The code: `HostRolledBack`, `SpaceDamaged`, or what does not hold of a proof.
        reason: String,
    },
    /// An argument that no value of its type may have.
    #[error("an argument is not valid ({reason})")]
    InvalidArgument {
        /// The code: `InvalidIdentifier`, `InvalidCursor`, `InvalidTime`, `InvalidText`, …
        reason: String,
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
            Self::PinUnsuitable { reason }
            | Self::WordsUnreadable { reason, .. }
            | Self::DeviceKeyFailed { reason }
            | Self::Storage { reason }
            | Self::File { reason }
            | Self::NotFound { reason }
            | Self::ProviderRefused { reason }
            | Self::GrantRefused { reason }
            | Self::ShareRefused { reason }
            | Self::LinkRefused { reason }
            | Self::ConnectionRefused { reason }
            | Self::Offline { reason }
            | Self::ServerRefused { reason }
            | Self::Untrusted { reason }
            | Self::InvalidArgument { reason } => reason,
        };
        Ok(own.to_owned())
    }
}

impl WalletError {
    /// An argument that no value of its type may have.
    pub(crate) fn invalid(code: &'static str) -> Self {
        Self::InvalidArgument { reason: code.to_owned() }
    }
}

impl From<CoreError> for WalletError {
    fn from(error: CoreError) -> Self {
        let passing = error.is_temporary();
        let reason = error.code().to_owned();
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
            | CoreError::NoSuchPatient { .. } => Self::File { reason },
            CoreError::NoSuchRecord
            | CoreError::NoSuchAttachment
            | CoreError::AttachmentNotHere
            | CoreError::AmbiguousId { .. }
            | CoreError::NoSuchQuarantined
            | CoreError::NoSuchPerson
            | CoreError::NoSuchImport
            | CoreError::NoSuchGrant
            | CoreError::NoSuchShare
            | CoreError::UnknownProvider => Self::NotFound { reason },
            CoreError::AmbiguousProvider
            | CoreError::ProviderSuspended
            | CoreError::ProviderKeyChanged
            | CoreError::Card(_) => Self::ProviderRefused { reason },
            CoreError::Terms(_) | CoreError::Transition(_) | CoreError::Transaction(_) => {
                Self::GrantRefused { reason }
            }
            CoreError::ShareEnded | CoreError::ShareTooLong | CoreError::Share(_) => {
                Self::ShareRefused { reason }
            }
            CoreError::Link(OpenError::WrongPasscode { left }) => Self::WrongPasscode { left },
            CoreError::Link(_) => Self::LinkRefused { reason },
            CoreError::AlreadyConnected
            | CoreError::AnchorRefused(_)
            | CoreError::SpaceExists
            | CoreError::SpaceMissing
            | CoreError::Anchor(_) => Self::ConnectionRefused { reason },
            CoreError::Remote(_) if passing => Self::Offline { reason },
            CoreError::Remote(RemoteError::Net(NetError::CertificateRefused)) => Self::Untrusted { reason },
            CoreError::Remote(_) => Self::ServerRefused { reason },
            CoreError::LedgerStale
            | CoreError::Proof(_)
            | CoreError::HostRolledBack
            | CoreError::TakenOver
            | CoreError::SpaceDamaged => Self::Untrusted { reason },
            CoreError::InvalidCursor(error) => error.into(),
        }
    }
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoWallet => Self::NoWallet,
            StoreError::WalletExists => Self::WalletExists,
            StoreError::Busy => Self::Busy,
            StoreError::WrongPin { left } => Self::WrongPin { left },
            StoreError::PinDelayed { seconds } => Self::PinDelayed { seconds },
            StoreError::PinSlotDestroyed => Self::PinSlotDestroyed,
            StoreError::Pin(error) => error.into(),
            StoreError::WrongWords => Self::WrongWords,
            StoreError::DeviceKey(_) | StoreError::BiometricsOff | StoreError::BiometricsLost => {
                Self::DeviceKeyFailed { reason: error.code().to_owned() }
            }
            error => Self::Storage { reason: error.code().to_owned() },
        }
    }
}

impl From<PinError> for WalletError {
    fn from(error: PinError) -> Self {
        Self::PinUnsuitable { reason: error.code().to_owned() }
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
        Self::WordsUnreadable { reason: error.code().to_owned(), position }
    }
}

/// The system gives no randomness: nothing that the caller could do better.
impl From<CryptoError> for WalletError {
    fn from(_: CryptoError) -> Self {
        Self::Internal
    }
}

/// Arguments that no value of their type may have, and the code of each.
macro_rules! invalid_arguments {
    ($($error:ident => $code:literal,)+) => {$(
        impl From<$error> for WalletError {
            fn from(_: $error) -> Self {
                Self::invalid($code)
            }
        }
    )+};
}

invalid_arguments! {
    PassphraseTooLong => "PassphraseTooLong",
    InvalidInvite => "InviteMalformed",
    InvalidConnection => "ConnectionMalformed",
    InvalidCursor => "InvalidCursor",
    InvalidId => "InvalidIdentifier",
    InvalidAnchorFingerprint => "FingerprintMalformed",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_the_code_that_it_has_below() {
        let error = WalletError::from(CoreError::from(StoreError::WrongPin { left: 3 }));
        assert_eq!(error, WalletError::WrongPin { left: 3 });
        assert_eq!(error.code().as_deref(), Ok("WrongPin"));
        let error = WalletError::from(CoreError::from(RemoteError::Net(NetError::Timeout)));
        assert_eq!(error, WalletError::Offline { reason: "Timeout".to_owned() });
        let error = WalletError::from(CoreError::from(RemoteError::Net(NetError::AddressRefused)));
        assert_eq!(error.code().as_deref(), Ok("AddressRefused"));
        assert_eq!(error, WalletError::ServerRefused { reason: "AddressRefused".to_owned() });
        let error = WalletError::from(CoreError::ProviderKeyChanged);
        assert_eq!(error.code().as_deref(), Ok("ProviderKeyChanged"));
    }
}
