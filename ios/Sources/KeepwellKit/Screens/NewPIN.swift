// A new PIN, typed twice.

import Foundation
import Observation

/// Takes a new PIN and the same again.
@MainActor @Observable
public final class NewPIN {
    /// The PIN, and then the same again.
    public let entry = PINEntry()
    /// Whether the first was typed.
    public private(set) var isRepeating = false
    @ObservationIgnored private var chosen: SecretBytes?
    private let check: @Sendable (SecretBytes) async throws(Problem) -> Void

    /// `check` throws if the PIN is too easy to guess.
    public init(check: @escaping @Sendable (SecretBytes) async throws(Problem) -> Void) {
        self.check = check
    }

    /// Takes what was typed: the first time it is checked and kept to compare. Gives the PIN once both are the same.
    func take() async throws(Problem) -> SecretBytes? {
        guard entry.isComplete else { return nil }
        let typed = SecretBytes(capacity: PINEntry.lengths.upperBound)
        try await entry.spend { digits throws(Problem) in digits.read { bytes in bytes.forEach { typed.append($0) } } }
        guard let first = chosen else {
            try await check(typed)
            chosen = typed
            isRepeating = true
            return nil
        }
        clear()
        guard first.isSame(as: typed) else { throw .pinsDiffer }
        return typed
    }

    /// Forgets what was typed, and begins with the first.
    func clear() {
        entry.clear()
        chosen = nil
        isRepeating = false
    }
}
