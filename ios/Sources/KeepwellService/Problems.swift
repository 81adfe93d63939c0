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
        guard let refusal = error as? WalletError else {
            self.init(error)
            return
        }
        switch refusal {
        case .Offline(.rateLimited): self = .linkLater
        case .Offline: self = .linkUnreachable
        case .ServerRefused(.responseTooLarge): self = .linkTooLarge
        case .ServerRefused(.addressRefused), .ServerRefused(.addressMalformed), .Untrusted(.certificateRefused):
            self = .linkUnsafe(code: refusal.stableCode)
        default: self.init(error)
        }
    }

    /// What an error of the library means at a clinic's own server.
    init(ofSource error: any Error) {
        guard let refusal = error as? WalletError else {
            self.init(error)
            return
        }
        switch refusal {
        case .ServerRefused(.addressMalformed), .ServerRefused(.addressRefused), .ServerRefused(.sourceNotSmart),
            .ServerRefused(.sourcePkceMissing), .ServerRefused(.sourceStatus), .ServerRefused(.sourceAnswerMalformed):
            self = .sourceAddress
        case .ServerRefused(.sourceRedirectUnknown), .ServerRefused(.sourceIssuerMismatch): self = .signInUnknown
        case .ServerRefused(.sourceAccessDenied), .ServerRefused(.sourceAuthorizationRefused),
            .ServerRefused(.sourceTokenRefused), .ServerRefused(.sourceNothingGranted),
            .ServerRefused(.sourcePatientMissing), .ServerRefused(.sourcePatientUnreadable):
            self = .signInRefused
        case .ServerRefused(.sourcePatientChanged), .File(.otherPatient), .File(.noSuchPatient): self = .sourceOfOther
        case .ServerRefused(.sourceAuthorizationEnded): self = .signedOut
        default: self.init(error)
        }
    }

    private init(link reason: LinkReason, code: String) {
        switch reason {
        case .notAHealthLink: self = .noLink
        case .linkNotActive: self = .linkEnded
        case .linkRetryLater: self = .linkLater
        case .linkAddress, .linkKey, .linkFlags: self = .linkUnsafe(code: code)
        case .unsupportedLink: self = .linkNewer
        case .jweTooLarge: self = .linkTooLarge
        case .jweDoesNotOpen, .jweInflate, .jweMalformed, .jweUnsupported, .linkManifest: self = .linkDamaged(code: code)
        case .linkPasscodeNeeded, .linkAnswer, .unknown: self = .linkUnreadable(code: code)
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
            self = .wordsUnreadable(.init(reason), position: position.map(Int.init))
        case .InvalidArgument(.passphraseTooLong): self = .passphraseTooLong
        case .DeviceKeyFailed(.deviceKeyLost): self = .wordsNeeded
        case .DeviceKeyFailed(.deviceKeyRefused): self = .deviceKeyRefused
        case .DeviceKeyFailed(.biometricsLost): self = .biometricsLost
        case .DeviceKeyFailed(.biometricsOff): self = .biometricsOff
        case .DeviceKeyFailed(.deviceKeyLockedOut): self = .deviceKeyLockedOut
        case .DeviceKeyFailed: self = .deviceKeyUnavailable
        case .Storage(.diskFull): self = .diskFull
        case .Storage: self = .storage(code: error.stableCode)
        case .File(.exportIo): self = .fileUnwritable
        case .File(.attachmentDamaged): self = .attachmentDamaged
        case .File: self = .fileUnreadable(code: error.stableCode)
        case .NotFound: self = .notFound
        case .ProviderRefused(.providerKeyChanged): self = .clinicKeyChanged
        case .ProviderRefused(.providerSuspended): self = .clinicSuspended
        case .GrantRefused(.requestExpired), .GrantRefused(.requestAnswered): self = .requestOver
        case .GrantRefused(.notARequest), .GrantRefused(.requestNotSigned): self = .requestUnproved
        case .ShareRefused(.shareEnded): self = .shareEnded
        case .ShareRefused(.nothingToShare): self = .nothingToShare
        case .ShareRefused(.shareStory): self = .storyTooLong
        case .ShareRefused(.passcodeLength): self = .passcodeUnsuitable(.length)
        case .ShareRefused(.passcodeCharacter): self = .passcodeUnsuitable(.character)
        case .ShareRefused(.passcodeGuessable): self = .passcodeUnsuitable(.guessable)
        case .NotConnected: self = .notConnected
        case .Offline: self = .offline
        case .Untrusted: self = .untrusted(code: error.stableCode)
        case .WalletExists: self = .refused(code: error.stableCode)
        case .QuizFailed: self = .quizFailed
        case .ConnectionRefused(.spaceMissing): self = .nothingToRestore
        case .ConnectionRefused(.spaceExists): self = .alreadyThere
        case .InvalidArgument(.connectionMalformed): self = .connectionUnreadable
        case .ServerRefused(.inviteNeeded), .ServerRefused(.inviteUsed), .ServerRefused(.inviteLapsed),
            .ServerRefused(.inviteUnknown):
            self = .notInvited
        case .LinkRefused(let reason): self.init(link: reason, code: error.stableCode)
        case .WrongPasscode(let left): self = .wrongPasscode(left: left.map(Int.init))
        case .ProviderRefused, .GrantRefused, .ShareRefused, .ConnectionRefused, .ServerRefused, .InvalidArgument:
            self = .refused(code: error.stableCode)
        }
    }
}

extension KeepwellKit.WordsReason {
    init(_ reason: KeepwellCore.WordsReason) {
        switch reason {
        case .wordCount: self = .wordCount
        case .wordNumbering: self = .wordNumbering
        case .unknownWord: self = .unknownWord
        case .mnemonicChecksum: self = .mnemonicChecksum
        case .ambiguousLanguage: self = .ambiguousLanguage
        case .testSeed: self = .testSeed
        case .unknown: self = .unknown
        }
    }
}

extension WalletError {
    /// The code, for logs and for support. Only a library that is of another version can't tell it.
    var stableCode: String { (try? code()) ?? "Internal" }
}
