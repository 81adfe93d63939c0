// Another PIN: the old one, and the new one twice.

import Foundation
import Observation

/// Where the change stands; no PIN is in it.
public struct ChangePINState: Equatable, Sendable {
    /// What the person is asked for.
    public enum Step: Equatable, Sendable {
        case oldPIN, newPIN, repeatPIN, done
    }

    public internal(set) var step = Step.oldPIN
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Changes the PIN.
@MainActor @Observable
public final class ChangePINModel: CustomReflectable {
    public private(set) var state = ChangePINState()
    /// The PIN that opens the wallet now.
    public let old = PINEntry()
    public let new: NewPIN
    private let service: any SafetyService
    @ObservationIgnored private var proof: (any OwnerProof)?
    /// Whether it was left while the wallet was busy with it.
    @ObservationIgnored private var isLeft = false

    public init(service: any SafetyService) {
        self.service = service
        new = NewPIN { [service] pin throws(Problem) in try await service.checkNewPIN(pin) }
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// What is typed now.
    public var entry: PINEntry { state.step == .oldPIN ? old : new.entry }

    public var canContinue: Bool { state.step != .done && entry.isComplete && !state.isBusy }

    /// Goes on from this step.
    public func next() async {
        guard canContinue else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            isLeft = false
            if state.step == .oldPIN { try await takeOld() } else { try await takeNew() }
            if isLeft, state.step != .done { leave(at: .oldPIN) }
        } catch {
            state.problem = error.worthShowing
            switch error {
            case .pinUnsuitable where !isLeft, .pinsDiffer where !isLeft: state.step = .newPIN
            // The proof is void, or nobody knows what it is good for.
            default: leave(at: .oldPIN)
            }
        }
    }

    /// Forgets what was typed and that the owner was here: out of sight, or when the screen is left.
    public func clear() {
        guard !state.isBusy else {
            isLeft = true
            return
        }
        leave(at: state.step == .done ? .done : .oldPIN)
        state.problem = nil
    }

    private func takeOld() async throws(Problem) {
        proof = try await old.prove(to: service)
        state.step = .newPIN
    }

    private func takeNew() async throws(Problem) {
        guard let chosen = try await new.take() else {
            state.step = .repeatPIN
            return
        }
        defer { chosen.erase() }
        guard let proof else { throw .locked }
        try await proof.changePIN(to: chosen)
        leave(at: .done)
    }

    private func leave(at step: ChangePINState.Step) {
        old.clear()
        new.clear()
        proof = nil
        state.step = step
    }
}
