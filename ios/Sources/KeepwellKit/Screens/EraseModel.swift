// Everything gone from this phone: what stays, what brings it back, and the PIN or a question.

import Foundation
import Observation

/// The wallet's services have ended, with what went wrong: what is on the phone is to be found again.
public typealias WalletEnded = @MainActor (Problem?) async -> Void

/// What the screen of erasing shows.
public struct EraseState: Equatable, Sendable {
    /// What brings the records back.
    public enum Return: Equatable, Sendable {
        /// The words, from the copy at the host.
        case byWords
        /// The words, which nobody knows to be written down.
        case byUncheckedWords
        /// Nothing: what is only here is gone.
        case never
        /// It can't be learned while the wallet is locked.
        case unknown
    }

    /// Unknown until it is read.
    public internal(set) var comesBack: Return?
    /// Whether a face or a finger still opens what is about to be erased without the PIN.
    public internal(set) var opensWithBiometrics = false
    /// Versions of records that nothing brings back, since they are on this phone alone so far.
    public internal(set) var recordsOnlyHere = 0
    /// Decisions that no server will learn of any more.
    public internal(set) var unsentDecisions = 0
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Removes the wallet from this phone.
@MainActor @Observable
public final class EraseModel: Identifiable {
    public private(set) var state = EraseState()
    public let pin = PINEntry()
    /// Whether the PIN is asked for; without it one is only asked twice.
    public let isPINNeeded: Bool
    private let service: any SafetyService & StatusService
    private let ended: WalletEnded

    public init(service: any SafetyService & StatusService, isPINNeeded: Bool, ended: @escaping WalletEnded) {
        self.service = service
        self.isPINNeeded = isPINNeeded
        self.ended = ended
    }

    public var canErase: Bool { !state.isBusy && state.comesBack != nil && (!isPINNeeded || pin.isComplete) }

    /// Looks whether anything brings the records back.
    public func load() async {
        guard isPINNeeded else {
            // What can't be learned keeps nobody from erasing.
            state.opensWithBiometrics = (try? await service.hasBiometrics()) ?? false
            state.comesBack = .unknown
            return
        }
        do throws(Problem) {
            let status = try await service.status()
            state.recordsOnlyHere = status.recordsOnlyHere
            state.unsentDecisions = status.unsentDecisions
            state.comesBack = !status.isConnected ? .never : status.areWordsVerified ? .byWords : .byUncheckedWords
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Erases, since the person has agreed.
    public func erase() async {
        guard canErase else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            guard isPINNeeded else { return await end { [service] () throws(Problem) in try await service.eraseWithoutPIN() } }
            let proof = try await pin.prove(to: service)
            await end { () throws(Problem) in try await proof.erase() }
        } catch {
            state.problem = error.worthShowing
        }
    }

    private func end(_ erase: () async throws(Problem) -> Void) async {
        do throws(Problem) {
            try await erase()
            await ended(nil)
        } catch .locked {
            // It locked itself before it began: the wallet is as it was.
            state.problem = .locked
        } catch {
            await ended(error)
        }
    }

    /// Forgets what was typed.
    public func clear() {
        pin.clear()
    }
}
