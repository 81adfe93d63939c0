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

    public func unlock(words: SecretBytes, newPIN: SecretBytes) async throws(Problem) {
        try await act(needsUnlocked: false) { world throws(Problem) in
            let typed = words.text
            guard typed.split(separator: " ").count == world.words.split(separator: " ").count else {
                throw .wordsUnreadable(position: nil)
            }
            guard typed == world.words else { throw .wrongWords }
            guard PINEntry.lengths.contains(newPIN.count) else { throw .pinUnsuitable }
            world.pin = newPIN.text
            world.wrongPINs = 0
            world.isUnlocked = true
        }
        announce(.unlocked)
    }

    public func lock() async throws(Problem) {
        try await act(needsUnlocked: false) { world in world.isUnlocked = false }
        announce(.locked)
    }

    public func setInBackground(_ isInBackground: Bool) async throws(Problem) {
        guard isInBackground, change({ $0.isUnlocked }) else { return }
        try await lock()
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

extension SecretBytes {
    /// The content as text: only the fake, whose secrets are none, asks for it.
    fileprivate var text: String { read { String(decoding: $0, as: UTF8.self) } }
}
