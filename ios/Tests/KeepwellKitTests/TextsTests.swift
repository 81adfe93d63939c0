import Foundation
import Testing

@testable import KeepwellKit

@Suite struct TextsTests {
    /// Of each kind of names, the values of its enum.
    static let kinds: [String: [String]] = [
        "category": RecordCategory.allCases.map(\.rawValue),
        "purpose": Purpose.allCases.map(\.rawValue),
        "label": PictureLabel.allCases.map(\.rawValue),
        "validity": Validity.allCases.filter { $0 != .valid }.map(\.rawValue),
        "flag": ValueFlag.allCases.map(\.rawValue),
        "aside": SetAsideKind.allCases.map(\.rawValue),
        "kind": RecordKind.allCases.filter { $0 != .other }.map(\.rawValue),
    ]

    @Test(arguments: Texts.languages) func hasEveryTextAndNoOther(language: String) {
        let texts = Texts(language: language)
        let forms = language == "es" ? ["one", "many", "other"] : ["one", "other"]
        let plurals = PluralKey.allCases.flatMap { key in forms.map { "\(key.rawValue).\($0)" } }
        #expect(texts.keys == Set(TextKey.allCases.map(\.rawValue) + plurals))
    }

    @Test(arguments: Texts.languages) func everyValueHasANameAndEveryNameAValue(language: String) {
        let texts = Texts(language: language)
        for (kind, values) in Self.kinds {
            let named = Set(values.map { texts.named(kind, $0) })
            let keys = texts.keys.filter { $0.hasPrefix(kind) && $0.dropFirst(kind.count).first?.isUppercase == true }
            #expect(values.count == keys.count, "\(kind)")
            #expect(named == Set(keys.map { texts.raw($0) }), "\(kind)")
        }
    }

    @Test func fillsPlaceholdersInTheFormOfTheNumber() {
        let (english, spanish) = (Texts(language: "en"), Texts(language: "es"))
        #expect(english(.step, 2) == "Step 2 of 3")
        #expect(english(.days, 1) == "1 day")
        #expect(english(.days, 0) == "0 days")
        #expect(spanish(.recordsCount, 1) == "1 registro")
        #expect(spanish(.recordsCount, 1_000_000) == "1000000 de registros")
        #expect(spanish(.recordsCount, 1_000_001) == "1000001 registros")
        // What is filled in is not filled again, and stands apart from the sentence, in whatever direction it is written.
        #expect(english(.termsTitle, "%1$@ & Co") == "What may \u{2068}%1$@ & Co\u{2069} see?")
        #expect(english(.termsTitle) == "What may \u{2068}%1$@\u{2069} see?")
    }

    @Test func anUnknownLanguageIsEnglish() {
        #expect(Texts(language: "tlh")(.unlockAction) == "Unlock")
        #expect(Texts(language: "es")(.unlockAction) == "Desbloquear")
    }

    @Test(arguments: Texts.languages) func everyProblemHasWordsOfItsOwnWithItsNumbers(language: String) {
        let texts = Texts(language: language)
        let problems: [Problem] = [
            .wrongPIN(left: 3), .pinDelayed(seconds: 65), .wordsNeeded, .pinUnsuitable, .wrongWords,
            .wordsUnreadable(.unknownWord, position: 7), .wordsUnreadable(.wordNumbering, position: 7),
            .wordsUnreadable(.wordCount, position: nil), .wordsUnreadable(.mnemonicChecksum, position: nil),
            .wordsUnreadable(.testSeed, position: nil), .wordsUnreadable(.ambiguousLanguage, position: nil),
            .pinsDiffer, .passphraseTooLong, .locked, .noWallet, .busy, .cancelled, .notFound,
            .clinicKeyChanged, .clinicSuspended, .shareEnded, .nothingToShare, .unprintable, .notConnected, .offline,
            .untrusted(code: "ProofStale"), .deviceKeyUnavailable, .storage(code: "StoreRolledBack"),
            .refused(code: "ShareTooLong"), .internalError, .healthRefused, .healthUnavailable, .quizFailed, .nothingToRestore,
            .attachmentDamaged, .alreadyThere, .connectionUnreadable,
            .clinicCode, .biometricsLost, .biometricsOff, .deviceKeyLockedOut, .fileUnwritable,
            .deviceKeyRefused, .biometricsUnavailable, .fingerMayStillOpen, .eraseFailed(code: "StorageUnavailable"),
            .notInvited, .fileUnreadable(code: "InvalidJson"), .diskFull,
        ]
        let words = problems.map { texts.message($0) }
        #expect(Set(words).count == problems.count)
        #expect(words.allSatisfy { !$0.contains("$@") })
        #expect(words[0].contains("3"))
        #expect(words[1].contains("1:05"))
        #expect(words[5].contains("7"))
    }

    @Test(arguments: Texts.languages) func whatIsStillOpenIsNeverCalledEnded(language: String) {
        let texts = Texts(language: language)
        let grants: [(Grant.State, Grant.StoppedBy?)] = [
            (.pending, nil), (.active, nil), (.expired, nil), (.revoking, nil), (.revoking, .host), (.revoked, .ledger),
        ]
        let words = grants.map { state, stoppedBy in texts.label(grant(state, stoppedBy: stoppedBy)) }
        #expect(Set(words).count == grants.count)
        #expect(words[3] == texts(.grantStillOpen))
        #expect(words[4] == texts(.grantStoppedByHost))
        #expect(texts.label(.paused, isStillOpen: true) == texts(.sharePausedStillOpen))
        #expect(texts.label(.paused, isStillOpen: false) == texts(.sharePaused))
        #expect(texts.label(.revoked, isStillOpen: true) == texts(.shareRevokedStillOpen))
        #expect(texts.label(.revoked, isStillOpen: false) == texts(.shareRevoked))
    }

    @Test(arguments: Texts.languages) func onlyWhatLacksNothingIsCalledGiven(language: String) {
        let texts = Texts(language: language)
        #expect(texts.title(made: grant(.active)) == texts(.grantedTitle))
        #expect(texts.missing(grant(.active)) == [])
        #expect(texts.lines(grant(.active)) == [texts(.grantActive)])
        let lacking = [grant(.active, delivered: false), grant(.pending), grant(.pending, delivered: false)]
        #expect(lacking.map { texts.title(made: $0) } == [String](repeating: texts(.grantedWaiting), count: 3))
        #expect(
            lacking.map { texts.missing($0) } == [
                [texts(.grantUndelivered)], [texts(.grantPending)], [texts(.grantPending), texts(.grantUndelivered)],
            ])
        #expect(texts.lines(lacking[2]) == [texts(.grantPending), texts(.grantUndelivered)])
        let ended = grant(.revoking, delivered: false)
        #expect(texts.title(made: ended) == texts(.grantStillOpen))
        #expect(texts.missing(ended) == [])
    }

    @Test(arguments: Texts.languages) func whoOpensACodeIsSaidToBeWhoTheyAre(language: String) {
        let texts = Texts(language: language)
        let said = texts(.logSaidToBe, "City Hospital")
        #expect(said != "City Hospital")
        for event in [LogEntry.Event.shareOpened, .shareDenied] {
            #expect(texts.detail(LogEntry(time: Date(), event: event, about: "City Hospital")).hasPrefix(said))
        }
        #expect(texts.detail(LogEntry(time: Date(), event: .recordsRead, about: "City Hospital")).hasPrefix("City Hospital"))
        #expect(!texts.detail(LogEntry(time: Date(), event: .shareOpened, about: "")).contains(texts(.logSaidToBe, "")))
        for opened in [true, false] {
            let label = texts.label(ShareOpening(time: Date(), recipient: "City Hospital", opened: opened))
            #expect(label != texts.label(ShareOpening(time: Date(), recipient: "City Hospital", opened: !opened)))
            #expect(label.contains("City Hospital"))
        }
    }

    @Test(arguments: Texts.languages) func messagesTellHowManyAndNotWhatOrWhom(language: String) {
        let texts = Texts(language: language)
        #expect(texts.label(.unsent(1)).contains("1") && texts.label(.unsent(12)).contains("12"))
        #expect(Set([PhoneMessage.unsent(1), .unsent(2), .sent, .closed].map { texts.label($0) }).count == 4)
    }

    private func grant(_ state: Grant.State, stoppedBy: Grant.StoppedBy? = nil, delivered: Bool = true) -> Grant {
        Grant(
            id: "", clinic: "", clinicName: "", categories: [], purpose: .treatment, notBefore: Date(), notAfter: Date(),
            state: state, stoppedBy: stoppedBy, delivered: delivered, matchCode: "000000")
    }

    @Test(arguments: Texts.languages) func everythingThatIsMissingHasWordsOfItsOwnWithItsNumber(language: String) {
        let texts = Texts(language: language)
        let missing: [RestoreReport.Missing] = [
            .records(nil, count: 7), .records(.allergies, count: 7), .needsUpdate(count: 7), .ownNotes(count: 7),
            .unknownGrants(count: 7), .unprovedGrants(count: 7), .maybeOlder,
        ]
        let words = missing.map { texts.label($0) }
        #expect(Set(words).count == missing.count)
        #expect(words.dropLast().allSatisfy { $0.contains("7") })
        #expect(words[1].contains(texts.label(RecordCategory.allergies)))
    }

    @Test func anImportSaysWhatThereIsToSayAndNoMore() {
        let texts = Texts(language: "en")
        #expect(texts.lines(ImportReport(id: nil, added: 1, updated: 0)) == ["1 new record"])
        let mixed = ImportReport(
            id: nil, added: 0, updated: 0, unchanged: 2, keptOut: 1, setAside: [.picture, .table], isIncomplete: true)
        #expect(
            texts.lines(mixed) == [
                texts(.importUnchanged, 2), texts(.importKeptOut, 1), texts(.importSetAside, 2), texts(.importIncomplete),
            ], "what can't be read yet may be new")
        let known = ImportReport(id: nil, added: 0, updated: 0, unchanged: 2, keptOut: 1, setAside: [], isIncomplete: false)
        #expect(texts.lines(known) == [texts(.importNothing), texts(.importUnchanged, 2), texts(.importKeptOut, 1)])
        #expect(texts.lines(ImportReach(records: 3)) == [texts(.undoRecords, 3)])
        let seen = texts.lines(ImportReach(records: 3, clinics: ["Bern Clinic", "Zürich"], shares: 1, setAside: 1))
        #expect(seen.count == 4)
        #expect(seen[1].contains("Bern Clinic, Zürich"))
        let person = FoundPerson(id: 1, name: nil, birthDate: "1955-05", records: 1, isOwner: true)
        #expect(
            texts.detail(person)
                == "\(texts(.importPersonBorn, "1955-05")), \(texts(.recordsCount, 1)), \(texts(.importPersonKnown))")
    }

    @Test func writesSizesForPeople() {
        let texts = Texts(language: "en")
        let sizes = [0, 1_234, 999_400, 999_600, 2_000_000_000, 12_345_678_901_234].map { texts.size($0) }
        #expect(sizes == ["0.1 kB", "1.2 kB", "999 kB", "1.0 MB", "2.0 GB", "12,346 GB"])
        #expect(Texts(language: "es").size(1_234) == "1,2 kB")
    }

    @Test func writesTimesAndCodesForPeople() {
        let texts = Texts(language: "en")
        #expect(texts.time(seconds: 0) == "0:00")
        #expect(texts.time(seconds: 65) == "1:05")
        #expect(texts.time(seconds: 3_909) == "1:05:09")
        #expect(texts.matchCode("012345") == "012 345")
        #expect([600, 3_600, 5_400, 86_400].map(texts.life) == ["10 minutes", "1 hour", "90 minutes", "24 hours"])
        #expect(texts.spokenMatchCode("012003") == "0, 1, 2, 0, 0, 3", "digit by digit, and none is lost")
        let day = Date(timeIntervalSince1970: 1_709_164_800)
        #expect(texts.day(day).contains("February"))
        #expect(Texts(language: "es").day(day).contains("febrero"))
    }
}

@Suite struct HelpTests {
    @Test(arguments: Texts.languages) func everyQuestionAndWordHasAnAnswerOfItsOwn(language: String) {
        let texts = Texts(language: language)
        let said =
            HelpTopic.allCases.flatMap { [texts.title($0), texts.answer($0)] }
            + GlossaryWord.allCases.flatMap { [texts.title($0), texts.meaning($0)] }
            + PrivacyTopic.allCases.flatMap { [texts.title($0), texts.text($0)] }
            + [LedgerQuestions.oblivious, .direct].map(texts.label)
        #expect(Set(said).count == said.count)
    }

    /// What help names is what the screens say.
    @Test(arguments: Texts.languages) func helpNamesWhatIsOnTheScreen(language: String) {
        let texts = Texts(language: language)
        #expect(texts.answer(.lostPhone).contains(texts(.startHaveWords)))
        #expect(texts.answer(.forgotPIN).contains(texts(.recoverForgot)))
        #expect(texts.answer(.whoRead).contains(texts(.tabLog)))
        for tab in [TextKey.tabAccess, .tabShare] { #expect(texts.answer(.end).contains(texts(tab))) }
    }
}
