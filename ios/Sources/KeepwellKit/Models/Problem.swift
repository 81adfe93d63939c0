// Why something could not be done, in the terms in which a person can act on it.

import Foundation

/// Why something could not be done; nothing was lost or changed.
public enum Problem: Error, Equatable, Hashable, Sendable {
    /// The PIN is wrong; so many tries are left.
    case wrongPIN(left: Int)
    /// Too many wrong PINs: the next try counts only after so many seconds.
    case pinDelayed(seconds: Int)
    /// Too many wrong PINs, or the phone lost its key: only the recovery words open the wallet now.
    case wordsNeeded
    /// The new PIN is too short, too long or too easy to guess.
    case pinUnsuitable
    /// The new PIN was not typed twice alike.
    case pinsDiffer
    /// The words are good words, but with this passphrase of another wallet.
    case wrongWords
    /// The words can't be read, and why; where known, the first wrong one, counted from 1.
    case wordsUnreadable(WordsReason, position: Int?)
    /// The passphrase is longer than any can be.
    case passphraseTooLong
    /// What was typed for the places of the quiz are not the words there.
    case quizFailed
    /// There is nothing at the host for these words and this passphrase.
    case nothingToRestore
    /// There is something for these words already: they bring it back.
    case alreadyThere
    /// This text names no servers.
    case connectionUnreadable
    /// This code names a clinic, which is no place to connect to.
    case clinicCode
    /// The host takes only whom its operator invites, and this invitation is none, or not any more.
    case notInvited
    /// The file can't be read to its end, by the stable name of why; nothing of it was taken.
    case fileUnreadable(code: String)
    /// The link does not open any more.
    case linkEnded
    /// The server that the link leads to asks to come back later.
    case linkLater
    /// The link leads where nobody is to go; the stable name says why.
    case linkUnsafe(code: String)
    /// The link is of a kind that is not known yet.
    case linkNewer
    /// There is more behind the link than is fetched.
    case linkTooLarge
    /// What came does not open with the link, by the stable name of why.
    case linkDamaged(code: String)
    /// Nobody was reached where the link leads.
    case linkUnreachable
    /// The passcode of a link is wrong; so many tries are left before it ends, where the server says so.
    case wrongPasscode(left: Int?)
    /// What the patient tells is too long to go along.
    case storyTooLong
    /// A passcode that was chosen for a share is none that is taken, and why.
    case passcodeUnsuitable(PasscodeReason)
    /// The text is no link to records.
    case noLink
    /// The answer is none that can be used, by the stable name of why.
    case linkUnreadable(code: String)
    /// At the address are no records that a clinic gives to apps.
    case sourceAddress
    /// What the browser came back with was used already, is too old, or was not begun here.
    case signInUnknown
    /// The patient or the clinic did not agree.
    case signInRefused
    /// The clinic gives records of somebody else.
    case sourceOfOther
    /// What the patient agreed to with a clinic has ended.
    case signedOut
    /// A file within a record is not what the record says of it.
    case attachmentDamaged
    /// The file could not be written.
    case fileUnwritable
    /// There is no room on this phone.
    case diskFull
    /// The wallet is locked.
    case locked
    /// There is no wallet on this phone yet.
    case noWallet
    /// Another program has the wallet open.
    case busy
    /// The person, or the screen's end, stopped it.
    case cancelled
    /// It is not there, or not any more.
    case notFound
    /// The clinic's key was replaced without its own signature.
    case clinicKeyChanged
    /// Governance has suspended the clinic.
    case clinicSuspended
    /// What a clinic asks for is over, or was answered before.
    case requestOver
    /// The code asks for nothing, or is not the clinic's own.
    case requestUnproved
    /// The share has ended for ever.
    case shareEnded
    /// Nothing that was chosen can leave.
    case nothingToShare
    /// No pages could be made of the records.
    case unprintable
    /// The wallet knows no ledger and no host yet.
    case notConnected
    /// Nobody was reached.
    case offline
    /// What a server says does not verify; the stable name says what.
    case untrusted(code: String)
    /// The phone knows another finger or face since; the PIN opens the wallet.
    case biometricsLost
    /// No face and no finger opens the wallet: it was never turned on, or was turned off.
    case biometricsOff
    /// The phone asked for a face or a finger, and none was shown or recognised.
    case deviceKeyRefused
    /// The phone takes no face and no finger for now, or not for this app.
    case biometricsUnavailable
    /// It is locked, and the phone kept its key: a face or a finger may open it all the same.
    case fingerMayStillOpen
    /// The phone allows no more tries of a face or a finger for now.
    case deviceKeyLockedOut
    /// The phone's key store did not answer; it may later.
    case deviceKeyUnavailable
    /// The phone's health app does not let anything be read.
    case healthRefused
    /// The phone's health app did not answer; it may later.
    case healthUnavailable
    /// Not everything could be erased, by the stable name of why; trying again goes on with it.
    case eraseFailed(code: String)
    /// The wallet's files can't be used; the stable name says why.
    case storage(code: String)
    /// What was asked for breaks a rule, by its stable name.
    case refused(code: String)
    /// A defect of Keepwell; the wallet locked itself.
    case internalError
}

extension Problem {
    /// This, unless the person stopped it and needs not be told.
    public var worthShowing: Problem? { self == .cancelled ? nil : self }
}

/// Why a passcode is not taken.
public enum PasscodeReason: Equatable, Hashable, Sendable, CaseIterable {
    /// Fewer characters than it needs, or more.
    case length
    /// Something that is not on every keyboard.
    case character
    /// A run, a repetition or a date.
    case guessable
}

/// Why a text is not a set of recovery words, by the wallet's stable code.
public enum WordsReason: String, Equatable, Hashable, Sendable {
    /// Another number of words than 12, 15, 18, 21 or 24.
    case wordCount = "WordCount"
    /// The numbers in front of the words do not count up from one.
    case wordNumbering = "WordNumbering"
    /// A word that is in no list, or not in the list of the others.
    case unknownWord = "UnknownWord"
    /// The words belong together wrongly: one is another, or two are exchanged.
    case mnemonicChecksum = "MnemonicChecksum"
    /// The words are valid in more than one language.
    case ambiguousLanguage = "AmbiguousLanguage"
    /// A published example.
    case testSeed = "TestSeed"
    /// A reason that this version has no name for.
    case unknown = "Unknown"

    /// The stable code, for support.
    public var code: String { rawValue }
}
