// What each state, event and problem is called.

import Foundation

extension Texts {
    /// A problem, and what the person can do.
    public func message(_ problem: Problem) -> String {
        switch problem {
        case .wrongPIN(let left): self(.problemWrongPin, left)
        case .pinDelayed(let seconds): self(.problemPinDelayed, time(seconds: seconds))
        case .wordsNeeded: self(.problemWordsNeeded)
        case .pinUnsuitable: self(.problemPinUnsuitable)
        case .wrongWords: self(.problemWrongWords)
        case .wordsUnreadable(.wordNumbering, let position?): self(.problemWordNumbering, position)
        case .wordsUnreadable(_, let position?): self(.problemUnknownWord, position)
        case .wordsUnreadable(.wordCount, nil): self(.problemWordCount)
        case .wordsUnreadable(.mnemonicChecksum, nil): self(.problemWordsChecksum)
        case .wordsUnreadable(.testSeed, nil): self(.problemWordsPublished)
        case .wordsUnreadable(let reason, nil): self(.problemWordsOther, reason.code)
        case .passphraseTooLong: self(.problemPassphraseLong)
        case .pinsDiffer: self(.problemPinsDiffer)
        case .quizFailed: self(.problemQuizFailed)
        case .nothingToRestore: self(.problemNothingToRestore)
        case .alreadyThere: self(.problemAlreadyThere)
        case .connectionUnreadable: self(.problemConnectionUnreadable)
        case .clinicCode: self(.problemClinicCode)
        case .notInvited: self(.problemNotInvited)
        case .fileUnreadable(let code): self(.problemFileUnreadable, code)
        case .linkEnded: self(.linkEnded)
        case .linkLater: self(.linkLater)
        case .linkUnsafe: self(.linkUnsafe)
        case .linkNewer: self(.linkNewer)
        case .linkTooLarge: self(.linkTooLarge)
        case .linkDamaged: self(.linkDamaged)
        case .linkUnreachable: self(.linkUnreachable)
        case .wrongPasscode(left: 0): self(.linkPasscodeSpent)
        case .wrongPasscode(let left?): self(.linkPasscodeWrong, left)
        case .wrongPasscode(left: nil): self(.linkPasscodeUnsure)
        case .noLink: self(.linkNone)
        case .linkUnreadable(let code): self(.linkUnreadable, code)
        case .storyTooLong: self(.problemStory)
        case .passcodeUnsuitable(.length): self(.problemPasscodeLength)
        case .passcodeUnsuitable(.character): self(.problemPasscodeCharacter)
        case .passcodeUnsuitable(.guessable): self(.problemPasscodeGuessable)
        case .sourceAddress: self(.problemSourceAddress)
        case .signInUnknown: self(.problemSignInUnknown)
        case .signInRefused: self(.problemSignInRefused)
        case .sourceOfOther: self(.problemSourceOther)
        case .signedOut: self(.problemSignedOut)
        case .attachmentDamaged: self(.problemAttachmentDamaged)
        case .fileUnwritable: self(.problemFileUnwritable)
        case .diskFull: self(.problemDiskFull)
        case .locked: self(.problemLocked)
        case .noWallet: self(.problemNoWallet)
        case .busy: self(.problemBusy)
        case .cancelled: self(.problemCancelled)
        case .notFound: self(.problemNotFound)
        case .clinicKeyChanged: self(.problemClinicKeyChanged)
        case .clinicSuspended: self(.problemClinicSuspended)
        case .requestOver: self(.problemRequestOver)
        case .requestUnproved: self(.problemRequestUnproved)
        case .shareEnded: self(.problemShareEnded)
        case .nothingToShare: self(.problemNothingToShare)
        case .unprintable: self(.problemUnprintable)
        case .notConnected: self(.problemNotConnected)
        case .offline: self(.problemOffline)
        case .untrusted: self(.problemUntrusted)
        case .biometricsLost: self(.problemBiometricsLost)
        case .biometricsOff: self(.problemBiometricsOff)
        case .deviceKeyRefused: self(.problemBiometricsRefused)
        case .biometricsUnavailable: self(.problemBiometricsNotNow)
        case .fingerMayStillOpen: self(.problemFingerMayStillOpen)
        case .deviceKeyLockedOut: self(.problemDeviceKeyLockedOut)
        case .deviceKeyUnavailable: self(.problemDeviceKey)
        case .healthRefused: self(.problemAppleHealthRefused)
        case .healthUnavailable: self(.problemAppleHealth)
        case .eraseFailed(let code): self(.problemEraseFailed, code)
        case .storage(let code): self(.problemStorage, code)
        case .refused(let code): self(.problemRefused, code)
        case .internalError: self(.problemInternal)
        }
    }

    /// A span in the largest unit of which it is a whole number.
    public func label(lasts seconds: TimeInterval) -> String {
        let minutes = Int(seconds / 60)
        if minutes.isMultiple(of: 24 * 60) { return self(.days, minutes / (24 * 60)) }
        if minutes.isMultiple(of: 60) { return self(.hours, minutes / 60) }
        return self(.minutes, minutes)
    }

    public func label(_ standing: Clinic.Standing) -> String {
        switch standing {
        case .listed: self(.clinicListed)
        case .active: self(.clinicProved)
        case .suspended: self(.clinicSuspended)
        case .keyChanged: self(.clinicKeyChanged)
        }
    }

    /// Where a grant stands; of an ended one, whether it can still be read under.
    public func label(_ grant: Grant) -> String {
        switch grant.state {
        case .pending: self(.grantPending)
        case .active: self(.grantActive)
        case .expired: self(.grantExpired, day(grant.notAfter))
        case .revoking: self(grant.isStillOpen ? .grantStillOpen : .grantStoppedByHost)
        case .revoked: self(.grantRevoked, moment(grant.since))
        }
    }

    /// What a grant that was just made is called: given only when nothing is missing.
    public func title(made grant: Grant) -> String {
        if grant.isGiven { return self(.grantedTitle) }
        return grant.isInForce ? self(.grantedWaiting) : label(grant)
    }

    /// What is missing until the clinic can read; nothing once it can, or when it has ended.
    public func missing(_ grant: Grant) -> [String] {
        guard grant.isInForce else { return [] }
        return (grant.state == .pending ? [self(.grantPending)] : []) + (grant.delivered ? [] : [self(.grantUndelivered)])
    }

    /// Where a grant stands, in a list: what is missing comes before what it will be.
    public func lines(_ grant: Grant) -> [String] {
        let missing = missing(grant)
        return missing.isEmpty ? [label(grant)] : missing
    }

    /// A message, which says neither whom nor what it is about.
    public func label(_ message: PhoneMessage) -> String {
        switch message {
        case .unsent(let count): self(.messageUnsent, count)
        case .sent: self(.messageSent)
        case .closed: self(.messageClosed)
        }
    }

    /// That records were read; by whom only if the person wants that.
    public func label(_ notice: ReadNotice) -> String {
        let read = notice.clinicName.map { self(.messageReadOf, notice.records, $0) } ?? self(.messageRead, notice.records)
        return notice.isProved ? read : "\(read) \(self(.readUnsigned))"
    }

    /// The same on the screen.
    public func label(_ read: RecordsRead) -> String {
        let name = read.clinicName.isEmpty ? nil : read.clinicName
        return label(ReadNotice(records: read.records, clinicName: name, isProved: read.isProved))
    }

    /// That an access ends soon; whose only if the person wants that.
    public func label(_ reminder: EndReminder) -> String {
        reminder.clinicName.map { self(.messageEndsOf, $0) } ?? self(.messageEnds)
    }

    /// Where a share stands; `isStillOpen`: it was paused or ended here, and the host does not know.
    public func label(_ state: Share.State, isStillOpen: Bool) -> String {
        switch state {
        case .active: self(.shareActive)
        case .paused: self(isStillOpen ? .sharePausedStillOpen : .sharePaused)
        case .expired: self(.shareExpired)
        case .revoked: self(isStillOpen ? .shareRevokedStillOpen : .shareRevoked)
        }
    }

    /// How a share stands in a list.
    public func label(_ share: Share, isStillOpen: Bool) -> String {
        share.isPending ? self(.grantPending) : label(share.state, isStillOpen: isStillOpen)
    }

    /// How a share that is granted on the ledger stands there; none for any other, and once its time is over.
    public func ledgerLabel(_ share: Share) -> String? {
        switch share.ledger {
        case .pending: self(.shareBookPending)
        case .active: self(.shareBookConfirmed)
        case .revoking: self(.shareBookEnding)
        case .revoked: self(.shareBookEnded)
        case .expired, nil: nil
        }
    }

    /// How long a code still works: counted down on its last day, before that until when.
    public func remaining(_ share: Share, seconds: Int) -> String {
        seconds > 86_400 ? self(.shareUntil, day(share.expires)) : self(.shareLeft, time(seconds: seconds))
    }

    /// What the person should know of a code that would live until then, for longer than a day.
    public func longLines(until: Date) -> [String] {
        [self(.shareUntil, day(until)), self(.shareInBook), self(.shareEndAnywhere)]
    }

    /// What happened; whom or what it was about stands beside it.
    public func label(_ event: LogEntry.Event) -> String {
        switch event {
        case .granted: self(.logGranted)
        case .revoked: self(.logRevoked)
        case .grantRead: self(.logLooked)
        case .recordsRead: self(.logRecordsRead)
        case .readWithoutReceipt: self(.logReadWithoutReceipt)
        case .unproved: self(.logUnproved)
        case .grantDenied: self(.logDenied)
        case .shareMade: self(.logShareMade)
        case .shareOpened: self(.logShareOpened)
        case .shareDenied: self(.logShareDenied)
        }
    }

    /// Whom or what an entry is about, and when it was. Who opens a code says who they are, and nobody checks it.
    public func detail(_ entry: LogEntry) -> String {
        let isSaid = (entry.event == .shareOpened || entry.event == .shareDenied) && !entry.about.isEmpty
        return [isSaid ? self(.logSaidToBe, entry.about) : entry.about, moment(entry.time)].filter { !$0.isEmpty }
            .joined(separator: " · ")
    }

    public func label(_ opening: ShareOpening) -> String {
        self(opening.opened ? .shareOpenedBy : .shareRefusedTo, opening.recipient)
    }

    /// A span as hours, minutes and seconds: `1:05:09`, `5:09`.
    public func time(seconds: Int) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }

    /// How long a share lives: days where it is longer than one, whole hours, or minutes.
    public func life(_ seconds: TimeInterval) -> String {
        if seconds > 86_400 { return label(lasts: seconds) }
        let minutes = Int(seconds / 60)
        return minutes.isMultiple(of: 60) ? self(.hours, minutes / 60) : self(.minutes, minutes)
    }

    /// A day as the language writes it.
    public func day(_ date: Date) -> String {
        date.formatted(Date.FormatStyle(date: .long, time: .omitted, locale: locale))
    }

    /// FHIR's dates, which may be a year, a month, a day or an instant; what is none stays as written.
    public func clinicalDate(_ text: String) -> String {
        let date = text.prefix(10)
        guard date.wholeMatch(of: #/\d{4}-\d\d(-\d\d)?/#) != nil else { return text }
        let isMonth = date.count == 7
        let strategy = Date.ParseStrategy(
            format: "\(year: .extended(minimumLength: 4))-\(month: .twoDigits)-\(day: .twoDigits)",
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, isLenient: false)
        guard let day = try? Date(date + (isMonth ? "-01" : ""), strategy: strategy) else { return text }
        var style = Date.FormatStyle(locale: locale, timeZone: .gmt)
        style = isMonth ? style.month(.wide).year() : style.day().month(.wide).year()
        let words = day.formatted(style)
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// A FHIR date, and the time of day that may stand behind a blank.
    func clinicalTime(_ text: String) -> String {
        let parts = text.split(separator: " ", maxSplits: 1)
        return ([clinicalDate(String(parts.first ?? ""))] + parts.dropFirst().map(String.init)).joined(separator: " ")
    }

    /// A day and time as the language writes them.
    public func moment(_ date: Date) -> String {
        date.formatted(Date.FormatStyle(date: .abbreviated, time: .shortened, locale: locale))
    }

    /// A match code: six digits in two groups of three.
    public func matchCode(_ digits: String) -> String {
        "\(digits.prefix(3)) \(digits.dropFirst(3))"
    }

    /// A match code as it is read out: digit by digit, since twelve thousand and three is no help.
    public func spokenMatchCode(_ digits: String) -> String {
        digits.map(String.init).joined(separator: ", ")
    }
}
