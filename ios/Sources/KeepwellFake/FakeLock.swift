// Unlocking the fake: the counting of wrong PINs is the real one's.

import Foundation
import KeepwellKit

extension FakeWallet {
    /// After so many wrong PINs each try is delayed, and after so many the PIN opens nothing any more.
    public static let triesBeforeDelay = 5
    public static let tries = 10

    public func unlock(pin: SecretBytes) async throws(Problem) {
        try await act(needsUnlocked: false) { world throws(Problem) in
            guard world.wrongPINs < Self.tries else { throw .wordsNeeded }
            try Self.check(pin, &world)
            world.isUnlocked = true
        }
        announce(.unlocked)
    }

    public func readWords(_ text: SecretBytes) async throws(Problem) -> any ReadWords {
        try await act(needsUnlocked: false) { world throws(Problem) in
            let typed = text.words
            guard typed.count == world.words.count else { throw .wordsUnreadable(.wordCount, position: nil) }
            if let unknown = typed.firstIndex(where: { !world.knownWords.contains($0) }) {
                throw .wordsUnreadable(.unknownWord, position: unknown + 1)
            }
            guard typed == world.words || typed.sorted() != world.words.sorted() else {
                throw .wordsUnreadable(.mnemonicChecksum, position: nil)
            }
            return FakeWords(wallet: self, words: typed)
        }
    }

    public func suggestWords(_ text: SecretBytes) async throws(Problem) -> [String] {
        try await act(needsUnlocked: false) { world in
            guard let unknown = text.words.first(where: { !world.knownWords.contains($0) }) else { return [] }
            return Array(world.knownWords.filter { $0.hasPrefix(unknown.prefix(3)) }.sorted().prefix(3))
        }
    }

    fileprivate func unlock(words: [String], passphrase: SecretBytes, newPIN: SecretBytes) async throws(Problem) {
        try await act(needsUnlocked: false) { world throws(Problem) in
            guard newPIN.isSuitable else { throw .pinUnsuitable }
            guard words == world.words, passphrase.text == world.passphrase else { throw .wrongWords }
            world.pin = newPIN.text
            world.wrongPINs = 0
            world.isUnlocked = true
        }
        announce(.unlocked)
    }

    public var isUnlocked: Bool { change { $0.isUnlocked } }

    public func lock() async throws(Problem) {
        try await act(needsUnlocked: false) { world in world.isUnlocked = false }
        announce(.locked)
    }

    public func setInBackground(_ isInBackground: Bool) async throws(Problem) {
        let locks = try await act(needsUnlocked: false) { world in
            world.heard.append(isInBackground)
            // However long it is to wait: it has no clock.
            return isInBackground && world.isUnlocked && world.autoLock.inBackground != nil
        }
        if locks { try await lock() }
    }

    static func check(_ pin: SecretBytes, _ world: inout World) throws(Problem) {
        guard pin.text != world.pin else {
            world.wrongPINs = 0
            return
        }
        world.wrongPINs += 1
        if world.wrongPINs >= tries { throw .wordsNeeded }
        if world.wrongPINs >= triesBeforeDelay { throw .pinDelayed(seconds: 30) }
        throw .wrongPIN(left: tries - world.wrongPINs)
    }
}

/// Words that the fake has read.
private struct FakeWords: ReadWords {
    let wallet: FakeWallet
    let words: [String]

    func unlock(passphrase: SecretBytes, newPIN: SecretBytes) async throws(Problem) {
        try await wallet.unlock(words: words, passphrase: passphrase, newPIN: newPIN)
    }
}

extension SecretBytes {
    /// The content as text: only the fake, whose secrets are none, asks for it.
    var text: String { read { String(decoding: $0, as: UTF8.self) } }

    /// Whether it can be a new PIN: the real rules refuse more.
    var isSuitable: Bool { Set(text).count > 1 && PINEntry.lengths.contains(count) }

    var words: [String] { text.lowercased().split { !$0.isLetter }.map(String.init) }
}
