// The unlock screen: a PIN, or the recovery words when the PIN opens nothing any more.

import Foundation
import Observation

/// What the unlock screen shows.
public struct UnlockState: Equatable, Sendable {
    /// What the person is asked for.
    public enum Step: Equatable, Sendable {
        case pin
        /// The recovery words and a new PIN.
        case words
        /// Nothing: the wallet is open.
        case open
    }

    public internal(set) var step = Step.pin
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// When the next PIN can be tried.
    public internal(set) var notBefore: Date?
}

/// Unlocks the wallet.
@MainActor @Observable
public final class UnlockModel {
    public private(set) var state = UnlockState()
    /// The PIN, or the new PIN beside the words.
    public let pin = PINEntry()
    private let service: any UnlockService
    private let now: @Sendable () -> Date

    public init(service: any UnlockService, now: @escaping @Sendable () -> Date = { Date() }) {
        self.service = service
        self.now = now
    }

    /// Whether a try makes sense now.
    public var canTry: Bool {
        pin.isComplete && !state.isBusy && (state.notBefore.map { $0 <= now() } ?? true)
    }

    /// Tries the PIN, which is overwritten.
    public func unlock() async {
        guard canTry, state.step == .pin else { return }
        await attempt { [service] pin throws(Problem) in try await service.unlock(pin: pin) }
    }

    /// Tries the words and sets the new PIN; both are overwritten.
    public func unlock(words: SecretBytes) async {
        defer { words.erase() }
        guard canTry, state.step == .words else { return }
        await attempt { [service] pin throws(Problem) in try await service.unlock(words: words, newPIN: pin) }
    }

    /// Goes to the words, for whoever forgot the PIN, or back.
    public func choose(_ step: UnlockState.Step) {
        guard !state.isBusy, state.step != .open, step != .open else { return }
        pin.clear()
        state.step = step
        state.problem = nil
    }

    /// The wallet was locked: asks for the PIN again.
    public func reset() {
        pin.clear()
        state = UnlockState()
    }

    private func attempt(_ body: @MainActor (SecretBytes) async throws(Problem) -> Void) async {
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do {
            try await pin.spend(body)
            state.step = .open
            state.notBefore = nil
        } catch {
            take(error)
        }
    }

    private func take(_ problem: Problem) {
        switch problem {
        case .cancelled:
            return
        case .pinDelayed(let seconds):
            state.notBefore = now().addingTimeInterval(TimeInterval(seconds))
        case .wordsNeeded:
            state.step = .words
        default:
            break
        }
        state.problem = problem
    }
}
