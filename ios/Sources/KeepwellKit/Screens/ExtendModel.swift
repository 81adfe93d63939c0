// An access made to last longer: for how long, then what that comes to with the PIN, then what came of it.

import Foundation
import Observation

/// What the screens of extending an access show.
public struct ExtendState: BusyState, Equatable, Sendable {
    /// The steps in their order.
    public enum Step: Equatable, Sendable {
        case terms, review, extended
    }

    public internal(set) var step = Step.terms
    /// The access that is to last longer, as it stands now.
    public internal(set) var former: Grant
    public internal(set) var days: Int
    /// Until when the clinic could read, as it was reviewed.
    public internal(set) var until: Date?
    public internal(set) var preview: GrantPreview?
    /// The new access, once there is one, as it stands now.
    public internal(set) var extended: Grant?
    /// Nobody was reached who can go on with it.
    public internal(set) var isOffline = false
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// How many days can be chosen: each makes it last longer than it does. None until that was asked.
    public internal(set) var choices: [Int]?

    init(grant: Grant, days: Int) {
        former = grant
        self.days = days
    }

    /// Whether the next step can be taken.
    public var canContinue: Bool { !isBusy && step != .extended && choices?.contains(days) == true }

    /// Whether the clinic can read by both: the one of before was not ended with the new one.
    public var hasBoth: Bool { extended?.isInForce == true && former.isInForce }

    /// Whether something is still to come.
    public var isOnItsWay: Bool { extended?.isUnsent == true }
}

/// Extends an access.
@MainActor @Observable
public final class ExtendModel: BusyModel, Identifiable {
    public internal(set) var state: ExtendState
    /// The PIN that confirms.
    public let pin = PINEntry()
    private let service: any ConsentService & LockService
    private let now: @Sendable () -> Date

    public init(
        grant: Grant, service: any ConsentService & LockService, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        state = ExtendState(grant: grant, days: service.choices.days)
        self.service = service
        self.now = now
    }

    /// Asks for how long it can be extended.
    public func load() async {
        await work { [service, id = state.former.id] () throws(Problem) in
            let choices = try await service.extensionDays(of: id)
            self.state.choices = choices
            if !choices.contains(self.state.days), let first = choices.first { self.state.days = first }
            self.state.former = try await service.grants().first { $0.id == id } ?? self.state.former
        }
    }

    public func choose(days: Int) {
        guard state.step == .terms, state.choices?.contains(days) == true else { return }
        state.days = days
    }

    /// Shows what that comes to; nothing is extended yet.
    public func review() async {
        guard state.step == .terms, state.canContinue else { return }
        await work { [service, id = state.former.id, days = state.days] () throws(Problem) in
            self.state.preview = try await service.preview(of: id)
            self.state.until = self.now().addingTimeInterval(TimeInterval(days) * 86_400)
            self.state.step = .review
        }
    }

    /// Goes back to how long.
    public func back() {
        guard state.step == .review, !state.isBusy else { return }
        clear()
        state.preview = nil
        state.problem = nil
        state.step = .terms
    }

    /// Extends it, since the PIN was typed.
    public func confirm() async {
        guard state.step == .review, state.canContinue, pin.isComplete else { return }
        await work { [service, pin, id = state.former.id, days = state.days] () throws(Problem) in
            let came = try await pin.spend { pin throws(Problem) in try await service.extend(id, days: days, pin: pin) }
            self.state.extended = came.grant
            self.state.former = self.state.former.with(state: came.former)
            self.state.step = .extended
            try await self.look()
        }
    }

    /// Syncs until access is given or has ended, or the task is cancelled. Each `pause` is a few seconds.
    public func follow(pause: Pause = aFewSeconds) async {
        await service.syncWhile({ state.isOnItsWay }, pause: pause) {
            state.isOffline = !$0.isComplete
            if $0.hasNews { try? await look() }
        }
    }

    /// Follows what happens to both, also by another screen's doing, until the task is cancelled.
    public func observe() async {
        for await change in service.changes() {
            switch change {
            case .grantChanged, .other: try? await look()
            case .unlocked, .locked, .grantExpiring, .shareTried, .recordsRead, .clinicKeyChanged: break
            }
        }
    }

    /// Ends the access of before, now that the new one stands or the person does not want both.
    public func endFormer() async {
        guard state.hasBoth else { return }
        await work { [service, id = state.former.id] () throws(Problem) in
            _ = try await service.revoke(id)
            self.state.isOffline = try await !service.sync().isComplete
            try await self.look()
        }
    }

    /// Forgets what was typed.
    public func clear() {
        pin.clear()
    }

    /// Looks where both stand now.
    private func look() async throws(Problem) {
        guard let extended = state.extended else { return }
        let grants = try await service.grants()
        state.extended = grants.first { $0.id == extended.id } ?? extended
        state.former = grants.first { $0.id == state.former.id } ?? state.former
    }
}
