import Foundation
import Testing

@testable import KeepwellKit

@Suite struct TextsTests {
    static let expected: Set<String> = {
        var keys = TextKey.allCases.map(\.rawValue)
        keys += RecordCategory.allCases.map { "category." + $0.rawValue }
        keys += Purpose.allCases.map { "purpose." + $0.rawValue }
        keys += PictureLabel.allCases.map { "label." + $0.rawValue }
        keys += Validity.allCases.filter { $0 != .valid }.map { "validity." + $0.rawValue }
        keys += ValueFlag.allCases.map { "flag." + $0.rawValue }
        keys += RecordKind.allCases.filter { $0 != .other }.map { "kind." + $0.rawValue }
        return Set(keys)
    }()

    @Test(arguments: Texts.languages) func hasEveryTextAndNoOther(language: String) {
        #expect(Texts(language: language).keys == Self.expected)
    }

    @Test(arguments: Texts.languages) func noTextIsEmptyOrHasMoreThanOnePlaceholder(language: String) {
        let texts = Texts(language: language)
        for key in texts.keys {
            let text = texts.raw(key)
            #expect(!text.trimmingCharacters(in: .whitespaces).isEmpty, "\(key)")
            #expect(text.components(separatedBy: "%").count <= 2, "\(key)")
            #expect(text.contains("%") == text.contains("%@"), "\(key)")
        }
    }

    @Test func bothLanguagesHaveTheSamePlaceholders() {
        let (english, spanish) = (Texts(language: "en"), Texts(language: "es"))
        for key in Self.expected {
            #expect(english.raw(key).contains("%@") == spanish.raw(key).contains("%@"), "\(key)")
        }
    }

    @Test func anUnknownLanguageIsEnglish() {
        #expect(Texts(language: "tlh")(.unlockAction) == "Unlock")
        #expect(Texts(language: "es")(.unlockAction) == "Desbloquear")
    }

    @Test(arguments: Texts.languages) func everyProblemHasWordsOfItsOwnWithItsNumbers(language: String) {
        let texts = Texts(language: language)
        let problems: [Problem] = [
            .wrongPIN(left: 3), .pinDelayed(seconds: 65), .wordsNeeded, .pinUnsuitable, .wrongWords,
            .wordsUnreadable(code: "UnknownWord", position: 7), .wordsUnreadable(code: "WordNumbering", position: 7),
            .wordsUnreadable(code: "WordCount", position: nil), .wordsUnreadable(code: "MnemonicChecksum", position: nil),
            .wordsUnreadable(code: "TestSeed", position: nil), .wordsUnreadable(code: "AmbiguousLanguage", position: nil),
            .pinsDiffer, .passphraseTooLong, .locked, .noWallet, .busy, .cancelled, .notFound,
            .clinicKeyChanged, .clinicSuspended, .shareEnded, .nothingToShare, .notConnected, .offline,
            .untrusted(code: "ProofStale"), .deviceKeyUnavailable, .storage(code: "StoreRolledBack"),
            .refused(code: "ShareTooLong"), .internalError,
        ]
        let words = problems.map { texts.message($0) }
        #expect(Set(words).count == problems.count)
        #expect(words.allSatisfy { !$0.contains("%@") })
        #expect(words[0].contains("3"))
        #expect(words[1].contains("1:05"))
        #expect(words[5].contains("7"))
    }

    @Test(arguments: Texts.languages) func whatIsStillOpenIsNeverCalledEnded(language: String) {
        let texts = Texts(language: language)
        let grants: [(Grant.State, Grant.StoppedBy?)] = [
            (.pending, nil), (.active, nil), (.expired, nil), (.revoking, nil), (.revoking, .host), (.revoked, .ledger),
        ]
        let words = grants.map { state, stoppedBy in
            texts.label(
                Grant(
                    id: "", clinic: "", clinicName: "", categories: [], purpose: .treatment, notBefore: Date(), notAfter: Date(),
                    state: state,
                    stoppedBy: stoppedBy, delivered: true, matchCode: 0))
        }
        #expect(Set(words).count == grants.count)
        #expect(words[3] == texts(.grantStillOpen))
        #expect(words[4] == texts(.grantStoppedByHost))
        #expect(texts.label(.paused, isStillOpen: true) == texts(.sharePausedStillOpen))
        #expect(texts.label(.paused, isStillOpen: false) == texts(.sharePaused))
        #expect(texts.label(.revoked, isStillOpen: true) == texts(.shareRevokedStillOpen))
        #expect(texts.label(.revoked, isStillOpen: false) == texts(.shareRevoked))
    }

    @Test func writesTimesAndCodesForPeople() {
        let texts = Texts(language: "en")
        #expect(texts.time(seconds: 0) == "0:00")
        #expect(texts.time(seconds: 65) == "1:05")
        #expect(texts.time(seconds: 3_909) == "1:05:09")
        #expect(texts.matchCode(12_345) == "012 345")
        let day = Date(timeIntervalSince1970: 1_709_164_800)
        #expect(texts.day(day).contains("February"))
        #expect(Texts(language: "es").day(day).contains("febrero"))
    }
}
