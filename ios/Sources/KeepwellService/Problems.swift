// What the library's errors mean to a person.

import Keepwell
import KeepwellKit

extension Problem {
    /// What an error of the library means to a person.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as WalletError: self.init(error)
        case is CancellationError: self = .cancelled
        default: self = .internalError
        }
    }

    /// What an error of the library means where a link leads: at its end is another server than the wallet's.
    init(ofLink error: any Error) {
        switch error {
        case WalletError.Offline("RateLimited"): self = .linkLater
        case WalletError.Offline: self = .linkUnreachable
        case WalletError.ServerRefused("ResponseTooLarge"): self = .linkTooLarge
        case WalletError.ServerRefused(let reason)
        where ["AddressRefused", "AddressMalformed", "CertificateRefused"].contains(reason):
            self = .linkUnsafe(code: reason)
        default: self.init(error)
        }
    }

    private init(link reason: String) {
        switch reason {
        case "NotAHealthLink": self = .noLink
        case "LinkNotActive": self = .linkEnded
        case "LinkRetryLater": self = .linkLater
        case "LinkAddress", "LinkKey", "LinkFlags": self = .linkUnsafe(code: reason)
        case "UnsupportedLink": self = .linkNewer
        case "JweTooLarge": self = .linkTooLarge
        case "JweDoesNotOpen", "JweInflate", "JweMalformed", "JweUnsupported", "LinkManifest": self = .linkDamaged(code: reason)
        default: self = .linkUnreadable(code: reason)
        }
    }

    private init(_ error: WalletError) {
        switch error {
        case .Locked, .Closed: self = .locked
        case .Busy: self = .busy
        case .Cancelled: self = .cancelled
        case .Internal: self = .internalError
        case .NoWallet: self = .noWallet
        case .WrongPin(let left): self = .wrongPIN(left: Int(left))
        case .PinDelayed(let seconds): self = .pinDelayed(seconds: Int(clamping: seconds))
        case .PinSlotDestroyed: self = .wordsNeeded
        case .PinUnsuitable: self = .pinUnsuitable
        case .WrongWords: self = .wrongWords
        case .WordsUnreadable(let reason, let position):
            self = .wordsUnreadable(code: reason, position: position.map(Int.init))
        case .InvalidArgument("PassphraseTooLong"): self = .passphraseTooLong
        case .DeviceKeyFailed("DeviceKeyLost"): self = .wordsNeeded
        case .DeviceKeyFailed("DeviceKeyRefused"): self = .deviceKeyRefused
        case .DeviceKeyFailed("BiometricsLost"): self = .biometricsLost
        case .DeviceKeyFailed("BiometricsOff"): self = .biometricsOff
        case .DeviceKeyFailed("DeviceKeyLockedOut"): self = .deviceKeyLockedOut
        case .DeviceKeyFailed: self = .deviceKeyUnavailable
        case .Storage("DiskFull"): self = .diskFull
        case .Storage(let reason): self = .storage(code: reason)
        case .File("ExportIo"): self = .fileUnwritable
        case .File("AttachmentDamaged"): self = .attachmentDamaged
        case .File(let reason): self = .fileUnreadable(code: reason)
        case .NotFound: self = .notFound
        case .ProviderRefused("ProviderKeyChanged"): self = .clinicKeyChanged
        case .ProviderRefused("ProviderSuspended"): self = .clinicSuspended
        case .ShareRefused("ShareEnded"): self = .shareEnded
        case .ShareRefused("NothingToShare"): self = .nothingToShare
        case .NotConnected: self = .notConnected
        case .Offline: self = .offline
        case .Untrusted(let reason): self = .untrusted(code: reason)
        case .WalletExists: self = .refused(code: "WalletExists")
        case .QuizFailed: self = .quizFailed
        case .ConnectionRefused("SpaceMissing"): self = .nothingToRestore
        case .ConnectionRefused("SpaceExists"): self = .alreadyThere
        case .InvalidArgument("ConnectionMalformed"): self = .connectionUnreadable
        case .ServerRefused("InviteNeeded"), .ServerRefused("InviteUsed"), .ServerRefused("InviteLapsed"),
            .ServerRefused("InviteUnknown"):
            self = .notInvited
        case .LinkRefused(let reason): self.init(link: reason)
        case .WrongPasscode(let left): self = .wrongPasscode(left: left.map(Int.init))
        case .ProviderRefused(let reason), .GrantRefused(let reason), .ShareRefused(let reason),
            .ConnectionRefused(let reason), .ServerRefused(let reason), .InvalidArgument(let reason):
            self = .refused(code: reason)
        }
    }
}
