// The unlock screen: a PIN, and the way to the recovery words.

import Foundation
import Observation

/// What the unlock screen shows.
public struct UnlockState: Equatable, Sendable {
    public internal(set) var isOpen = false
    public internal(set) var isBusy = false
    /// Whether a face or a finger opens the wallet, too.
    public internal(set) var hasBiometrics = false
    public internal(set) var problem: Problem?
    /// Whether the phone came to know another finger or face, so that none opens the wallet any more.
    public internal(set) var wereBiometricsLost = false
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
    /// The question whether to erase everything, while it is in the place of this one.
    public private(set) var erasing: EraseModel?
    private let service: any LockService & SafetyService & StatusService
    private let ended: WalletEnded
    private let now: @Sendable () -> Date
    private let pause: Pause
    /// What is being done to unlock it.
    private var trying: Task<Problem?, Never>?

    /// `pause` waits until what is left of a delay is said anew.
    public init(
        service: any LockService & SafetyService & StatusService, ended: @escaping WalletEnded = { _ in },
        now: @escaping @Sendable () -> Date = { Date() }, pause: @escaping Pause = { try await Task.sleep(for: .seconds(1)) }
    ) {
        self.service = service
        self.ended = ended
        self.now = now
        self.pause = pause
    }

    /// Looks whether a face or a finger opens the wallet.
    public func load() async {
        // The PIN opens it in any case.
        state.hasBiometrics = (try? await service.hasBiometrics()) ?? false
    }

    /// Whether a face or a finger can be asked for now; also when no PIN opens the wallet any more.
    public var canTryBiometrics: Bool { state.hasBiometrics && !state.isBusy && !state.isOpen }

    /// Unlocks with a face or a finger.
    public func unlockWithBiometrics() async {
        guard canTryBiometrics, recovery == nil, erasing == nil else { return }
        pin.clear()
        state.isBusy = true
        let before = state.problem
        defer { state.isBusy = false }
        do throws(Problem) {
            try await attempt { [service] () throws(Problem) in try await service.unlockWithBiometrics() }
            open()
            state.problem = nil
        } catch {
            await load()
            if error == .biometricsLost { state.wereBiometricsLost = true }
            // What the PIN came to still holds.
            state.problem = before == .wordsNeeded ? before : Self.whyNot(error).worthShowing
        }
    }

    /// Why no face and no finger opened it; the PIN does, whatever the phone says of its own.
    private static func whyNot(_ problem: Problem) -> Problem {
        switch problem {
        case .deviceKeyUnavailable, .deviceKeyLockedOut: .biometricsUnavailable
        default: problem
        }
    }

    /// Asks whether to erase everything, for whoever has neither the PIN nor the words.
    public func askToErase() {
        guard !state.isBusy, !state.isOpen, erasing == nil else { return }
        pin.clear()
        leaveRecovery()
        erasing = EraseModel(service: service, isPINNeeded: false, ended: ended)
    }

    /// Goes back to the PIN.
    public func leaveErasing() {
        erasing = nil
    }

    /// Opens with a face or a finger what the person was about to erase.
    public func lookBeforeErasing() async {
        leaveErasing()
        await load()
        await unlockWithBiometrics()
    }

    /// Whether a try makes sense now.
    public var canTry: Bool {
        pin.isComplete && !state.isBusy && !state.needsWords && (state.notBefore.map { $0 <= now() } ?? true)
    }

    /// Tries the PIN, which is overwritten.
    public func unlock() async {
        guard canTry, recovery == nil, erasing == nil else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            try await attempt { [service, pin] () throws(Problem) in
                try await pin.spend { pin throws(Problem) in try await service.unlock(pin: pin) }
            }
            open()
            state.notBefore = nil
        } catch {
            if case .pinDelayed(let seconds) = error { state.notBefore = now().addingTimeInterval(TimeInterval(seconds)) }
            state.problem = error.worthShowing
        }
    }

    /// Says what is left of a delay until it is over, or the task is cancelled.
    public func waitOut() async {
        while let notBefore = state.notBefore {
            let left = notBefore.timeIntervalSince(now())
            let isSaid = if case .pinDelayed? = state.problem { true } else { false }
            guard left > 0 else {
                state.notBefore = nil
                if isSaid { state.problem = nil }
                return
            }
            if isSaid { state.problem = .pinDelayed(seconds: Int(left.rounded(.up))) }
            guard (try? await pause()) != nil, !Task.isCancelled else { return }
        }
    }

    /// Does what unlocks until it is done, its task is cancelled or the person goes another way.
    private func attempt(_ body: @escaping @MainActor () async throws(Problem) -> Void) async throws(Problem) {
        let attempt = Task { () async -> Problem? in
            do throws(Problem) {
                try await body()
                return nil
            } catch {
                return error
            }
        }
        trying = attempt
        defer { trying = nil }
        let problem = await withTaskCancellationHandler {
            await attempt.value
        } onCancel: {
            attempt.cancel()
        }
        if let problem { throw problem }
    }

    private func open() {
        leaveRecovery()
        state.isOpen = true
    }

    /// Goes to the recovery words, for whoever has no PIN that opens; what is being tried is broken off, for the phone's key may
    /// not answer.
    public func recover() {
        guard !state.isOpen, recovery == nil, erasing == nil else { return }
        trying?.cancel()
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
        leaveErasing()
        state = UnlockState(isOpen: true)
    }

    /// The wallet was locked: asks for the PIN again.
    public func reset() {
        pin.clear()
        leaveRecovery()
        leaveErasing()
        state = UnlockState()
    }
}
