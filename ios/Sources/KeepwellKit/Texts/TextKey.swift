// The name of every text in the tables `Resources/*.lproj`, but for categories and purposes.

/// A text in the tables, named for where it stands and what it says.
public enum TextKey: String, CaseIterable, Sendable {
    // Unlock
    case unlockTitle
    case unlockPIN
    case unlockAction
    case unlockForgotten
    case unlockWords
    case pinDigits
    case pinDelete
    case lockAction

    // Recovery
    case wordsTitle
    case wordsHow
    case wordsField
    case wordsCount
    case wordsMeant
    case wordsSecret
    case passphraseTitle
    case passphraseHow
    case passphraseField
    case passphraseBlank
    case newPINTitle
    case newPINHow
    case repeatPINTitle
    case repeatPINAction

    // Tabs and general
    case records
    case clinics
    case grants
    case share
    case log
    case retry
    case cancel
    case close
    case back
    case next
    case loading
    case search
    case hidden

    // Records
    case recordsAll
    case recordsNone
    case recordsMore
    case recordCount
    case recordUndated
    case recordSource
    case recordOriginal

    // Clinics and granting
    case clinicsNone
    case clinicListed
    case clinicActive
    case clinicSuspended
    case clinicKeyChanged
    case grantTo
    case grantStep
    case grantCategories
    case grantTerms
    case grantPurpose
    case grantDays
    case grantPreview
    case grantNothingElse
    case grantConfirm
    case grantAction
    case grantDone
    case matchCode

    // Grants
    case grantsInForce
    case grantsEnded
    case grantsNone
    case grantUntil
    case grantUndelivered
    case grantPending
    case grantActive
    case grantExpired
    case grantStillOpen
    case grantStoppedByHost
    case grantRevoked
    case revokeAction
    case revokeQuestion
    case revokeMeaning

    // Shares
    case shareWhat
    case shareLabel
    case shareHours
    case shareAction
    case shareCode
    case shareLeft
    case shareRecords
    case sharesLive
    case sharesNone
    case sharePause
    case shareResume
    case shareRevoke
    case shareOpenings
    case shareOpened
    case shareRefused
    case shareActive
    case sharePaused
    case shareExpired
    case shareRevoked
    case sharePausedStillOpen
    case shareRevokedStillOpen

    // Log
    case logNone
    case logOwnOnly
    case logGranted
    case logRevoked
    case logLooked
    case logRead
    case logReadWithoutReceipt
    case logUnproved
    case logDenied
    case logShared

    // Warnings
    case keyChangedTitle
    case keyChangedText

    // Problems
    case problemWrongPIN
    case problemPINDelayed
    case problemWordsNeeded
    case problemPINUnsuitable
    case problemWrongWords
    case problemWordsUnreadable
    case problemWordUnreadable
    case problemWordCount
    case problemWordNumbering
    case problemWordsChecksum
    case problemWordsPublished
    case problemPassphraseLong
    case problemPINsDiffer
    case problemLocked
    case problemNoWallet
    case problemBusy
    case problemCancelled
    case problemNotFound
    case problemClinicSuspended
    case problemClinicKeyChanged
    case problemShareEnded
    case problemNothingToShare
    case problemNotConnected
    case problemOffline
    case problemUntrusted
    case problemDeviceKey
    case problemStorage
    case problemRefused
    case problemInternal
}
