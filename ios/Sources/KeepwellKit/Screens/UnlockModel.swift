// The unlock screen: a PIN, and the way to the recovery words.

import Foundation
import Observation

/// What the unlock screen shows.
public struct UnlockState: Equatable, Sendable {
    public internal(set) var isOpen = false
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// When the next PIN can be tried.
    public internal(set) var notBefore: Date?

    /// Whether no PIN opens the wallet any more.
    public var needsWords: Bool { problem == .wordsNeeded }
}

/// Unlocks the wallet.
@MainActor @Observable
public final class UnlockModel {
    public private(set) var state = UnlockState()
    /// The PIN.
    public let pin = PINEntry()
    /// The recovery screen, while it is in the place of this one.
    public private(set) var recovery: RecoveryModel?
    private let service: any LockService
    private let now: @Sendable () -> Date

    public init(service: any LockService, now: @escaping @Sendable () -> Date = { Date() }) {
        self.service = service
        self.now = now
    }

    /// Whether a try makes sense now.
    public var canTry: Bool {
        pin.isComplete && !state.isBusy && !state.needsWords && (state.notBefore.map { $0 <= now() } ?? true)
    }

    /// Tries the PIN, which is overwritten.
    public func unlock() async {
        guard canTry, recovery == nil else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            try await pin.spend { [service] pin throws(Problem) in try await service.unlock(pin: pin) }
            state.isOpen = true
            state.notBefore = nil
        } catch {
            if case .pinDelayed(let seconds) = error { state.notBefore = now().addingTimeInterval(TimeInterval(seconds)) }
            state.problem = error.worthShowing
        }
    }

    /// Goes to the recovery words, for whoever has no PIN that opens.
    public func recover() {
        guard !state.isBusy, !state.isOpen, recovery == nil else { return }
        pin.clear()
        recovery = RecoveryModel(service: service)
    }

    /// Goes back to the PIN; what was typed of the words is forgotten.
    public func leaveRecovery() {
        recovery?.clear()
        recovery = nil
    }

    /// The wallet is open, by the PIN or by the words.
    func opened() {
        pin.clear()
        leaveRecovery()
        state = UnlockState(isOpen: true)
    }

    /// The wallet was locked: asks for the PIN again.
    public func reset() {
        pin.clear()
        leaveRecovery()
        state = UnlockState()
    }
}
