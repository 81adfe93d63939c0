// Who has access and who had, with revoke.

import Foundation
import Observation

/// What the list of grants shows.
public struct AccessState: Equatable, Sendable {
    public internal(set) var grants: [Grant] = []
    /// How many codes open records to whoever has them.
    public internal(set) var openCodes = 0
    /// The grant that the person is asked about before it ends.
    public internal(set) var asking: Grant?
    public internal(set) var isLoaded = false
    /// Nobody was reached: what is shown is what this phone knew last.
    public internal(set) var isOffline = false
    /// Grants whose revocation is being written down.
    public internal(set) var revoking: Set<Grant.ID> = []
    public internal(set) var problem: Problem?

    /// Grants by which a clinic can read now or soon, newest first: also what was ended here, until a server has stopped it.
    public var open: [Grant] { grants.filter(\.isOpen) }
    /// Grants by which nobody can read any more, newest first.
    public var ended: [Grant] { grants.filter { !$0.isOpen } }
    /// Whether it is known that nobody can read.
    public var hasNobody: Bool { isLoaded && problem == nil && open.isEmpty && openCodes == 0 }
    /// Whether something that was decided has yet to reach a server or a clinic.
    public var isUnsent: Bool { grants.contains(where: \.isUnsent) }
    /// Whether something waits to be sent, or for the ledger's proof.
    public var isOnItsWay: Bool { isUnsent || grants.contains { $0.state == .revoking } }
}

/// Lists grants and ends them after asking; ending works offline and is sent later.
@MainActor @Observable
public final class AccessModel {
    public private(set) var state = AccessState()
    private let service: any ConsentService & ShareService & LockService
    private let now: @Sendable () -> Date

    public init(
        service: any ConsentService & ShareService & LockService, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.service = service
        self.now = now
    }

    /// Shows the grants and follows what happens to them, until the task is cancelled.
    public func observe() async {
        let changes = service.changes()
        await load()
        for await change in changes {
            switch change {
            case .grantChanged, .grantExpiring, .clinicKeyChanged, .recordsRead, .other: await load()
            case .unlocked, .locked, .shareTried: break
            }
        }
    }

    /// Syncs until nothing is on its way any more, or the task is cancelled. Each `pause` is a few seconds.
    public func follow(pause: Pause = aFewSeconds) async {
        await service.syncWhile({ state.isOnItsWay }, pause: pause) {
            state.isOffline = !$0.isComplete
            if $0.hasNews { await load() }
        }
    }

    public func load() async {
        do {
            state.grants = try await service.grants()
            let now = now()
            state.openCodes = try await service.shares().count { $0.isOpen(at: now) }
            state.isLoaded = true
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Sends what is queued and fetches proofs; then shows the grants.
    public func refresh() async {
        do {
            state.isOffline = try await !service.sync().isComplete
        } catch {
            await load()
            state.problem = error.worthShowing
            return
        }
        await load()
    }

    /// Asks whether a grant is to end.
    public func ask(_ id: Grant.ID) {
        state.asking = state.grants.first { $0.id == id && $0.isInForce }
    }

    /// The person keeps it.
    public func keep() {
        state.asking = nil
    }

    /// Ends a grant on this phone at once. Without network it counts here already, and is sent later.
    public func revoke(_ id: Grant.ID) async {
        state.asking = nil
        guard state.grants.contains(where: { $0.id == id && $0.isInForce }), state.revoking.insert(id).inserted else { return }
        defer { state.revoking.remove(id) }
        do {
            _ = try await service.revoke(id)
        } catch {
            state.problem = error.worthShowing
            return
        }
        await load()
        await refresh()
    }
}
