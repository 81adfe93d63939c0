// Sharing by QR code: what and how long, then the code with the time that is left, and the shares there are.

import Foundation
import Observation

/// What the share screen shows.
public struct ShareScreenState: Equatable, Sendable {
    /// The code on the screen.
    public internal(set) var shown: NewShare?
    /// Whole seconds until the shown code ends.
    public internal(set) var secondsLeft = 0
    public internal(set) var shares: [Share] = []
    public internal(set) var openings: [Share.ID: [ShareOpening]] = [:]
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?

    /// Shares that were paused or ended here and still open, since the host was not reached.
    public internal(set) var stillOpen: Set<Share.ID> = []

    /// Shares that can still be opened, or resumed.
    public var live: [Share] {
        shares.filter { $0.state == .active || $0.state == .paused || stillOpen.contains($0.id) }
    }
}

/// Makes shares, shows their code and ends them.
@MainActor @Observable
public final class ShareModel {
    public private(set) var state = ShareScreenState()
    /// What the next share will be.
    public var request: ShareRequest
    /// The lives of a share among which the screen lets choose.
    public let lives: [TimeInterval]
    private let service: any ShareService & ConsentService
    private let now: @Sendable () -> Date

    public init(service: any ShareService & ConsentService, now: @escaping @Sendable () -> Date = { Date() }) {
        self.service = service
        self.now = now
        request = ShareRequest(life: service.choices.shareLife)
        lives = service.choices.shareLives
    }

    public func load() async {
        await attempt { [service] () throws(Problem) in self.show(try await service.shares()) }
    }

    /// Makes the share and shows its code.
    public func share() async {
        guard !state.isBusy else { return }
        await attempt { [service, request] () throws(Problem) in
            self.state.shown = try await service.share(request)
            self.tick()
            self.show(try await service.shares())
        }
    }

    /// Counts down until the code ends or is hidden, or the task is cancelled. Each `pause` is about a second.
    public func countDown(
        pause: @Sendable () async throws -> Void = { try await Task.sleep(nanoseconds: 1_000_000_000) }
    ) async {
        while state.shown != nil {
            tick()
            guard state.shown != nil, (try? await pause()) != nil else { return }
        }
    }

    /// Takes the code off the screen; the share lives on.
    public func hide() {
        state.shown = nil
        state.secondsLeft = 0
    }

    /// Pauses, resumes or ends a share. What was ended, or may not be opened, is not shown any longer.
    public func change(_ id: Share.ID, _ action: Share.Action) async {
        guard !state.isBusy else { return }
        await attempt { [service] () throws(Problem) in
            let changed = try await service.change(id, action)
            self.show(self.state.shares.map { $0.id == id ? changed : $0 })
            if self.state.shown?.share.id == id, changed.state != .active { self.hide() }
        }
    }

    /// Syncs until the host knows what was paused or ended here, or the task is cancelled. Each `pause` is a few seconds.
    public func tell(
        pause: @Sendable () async throws -> Void = { try await Task.sleep(nanoseconds: 5_000_000_000) }
    ) async {
        while !state.stillOpen.isEmpty {
            guard (try? await pause()) != nil else { return }
            // Nobody reached: the next round tries again.
            try? await service.sync()
            guard let shares = try? await service.shares() else { continue }
            show(shares)
        }
    }

    /// Fetches who opened a share.
    public func loadOpenings(of id: Share.ID) async {
        await attempt { [service] () throws(Problem) in self.state.openings[id] = try await service.openings(of: id) }
    }

    private func show(_ shares: [Share]) {
        state.shares = shares
        state.stillOpen = Set(shares.filter { $0.isStillOpen(at: now()) }.map(\.id))
    }

    private func tick() {
        guard let shown = state.shown else { return }
        state.secondsLeft = max(0, Int(shown.share.expires.timeIntervalSince(now()).rounded(.up)))
        if state.secondsLeft == 0 { hide() }
    }

    private func attempt(_ body: @MainActor () async throws(Problem) -> Void) async {
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do {
            try await body()
        } catch {
            state.problem = error.worthShowing
        }
    }
}
