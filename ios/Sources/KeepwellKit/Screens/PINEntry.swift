// A PIN as it is typed on our own keypad, so that no text field ever holds it.

import Foundation
import Observation

/// The digits typed so far. Only their number can be observed.
@MainActor @Observable
public final class PINEntry {
    /// How many digits a PIN can have.
    public nonisolated static let lengths = 6...64

    /// How many digits were typed.
    public private(set) var count = 0
    @ObservationIgnored private let digits = SecretBytes(capacity: lengths.upperBound)
    /// While a PIN is being checked it stays as it is: half of it would count as a wrong one.
    public private(set) var isBeingChecked = false

    public init() {}

    /// Whether there are enough digits to try.
    public var isComplete: Bool { Self.lengths.contains(count) }

    /// Types a digit; anything else and what is too long is ignored.
    public func type(_ digit: Int) {
        guard !isBeingChecked, (0...9).contains(digit), count < Self.lengths.upperBound else { return }
        digits.append(UInt8(ascii: "0") + UInt8(digit))
        count = digits.count
    }

    /// Takes the last digit back.
    public func deleteLast() {
        guard !isBeingChecked else { return }
        digits.removeLast()
        count = digits.count
    }

    /// Overwrites what was typed; what is being checked as soon as it was.
    public func clear() {
        if !isBeingChecked { digits.erase() }
        count = 0
    }

    /// Lends the PIN to `body` and overwrites it afterwards, whatever happens.
    func spend<Result: Sendable>(
        _ body: @MainActor (SecretBytes) async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        isBeingChecked = true
        defer {
            isBeingChecked = false
            clear()
        }
        return try await body(digits)
    }

    /// Proves that the owner typed it just now. It is overwritten.
    func prove(to service: any SafetyService) async throws(Problem) -> any OwnerProof {
        try await spend { pin throws(Problem) in try await service.authenticate(pin: pin) }
    }
}
