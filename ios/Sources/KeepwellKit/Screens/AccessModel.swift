// Grants in force and ended ones, with revoke.

import Foundation
import Observation

/// What the list of grants shows.
public struct AccessState: Equatable, Sendable {
    public internal(set) var grants: [Grant] = []
    public internal(set) var isLoading = false
    /// Grants whose revocation is being written down.
    public internal(set) var revoking: Set<Grant.ID> = []
    public internal(set) var problem: Problem?

    /// Grants by which a clinic may read, newest first.
    public var inForce: [Grant] { grants.filter(\.isInForce) }
    /// Grants that are over or that the patient ended, newest first; ``Grant/isStillOpen`` says which of them nobody has stopped yet.
    public var ended: [Grant] { grants.filter { !$0.isInForce } }
}

/// Lists grants and ends them.
@MainActor @Observable
public final class AccessModel {
    public private(set) var state = AccessState()
    private let service: any ConsentService & LockService

    public init(service: any ConsentService & LockService) {
        self.service = service
    }

    /// Shows the grants and follows what happens to them, until the task is cancelled.
    public func observe() async {
        let changes = service.changes()
        await load()
        for await change in changes {
            switch change {
            case .grantChanged, .grantExpiring, .clinicKeyChanged, .other: await load()
            case .unlocked, .locked: break
            }
        }
    }

    public func load() async {
        state.isLoading = true
        defer { state.isLoading = false }
        do {
            state.grants = try await service.grants()
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Sends what is queued and fetches proofs; then shows the grants.
    public func refresh() async {
        do {
            try await service.sync()
        } catch {
            await load()
            state.problem = error.worthShowing
            return
        }
        await load()
    }

    /// Ends a grant on this phone at once. Without network it counts here already, and the ledger follows.
    public func revoke(_ id: Grant.ID) async {
        guard state.inForce.contains(where: { $0.id == id }), state.revoking.insert(id).inserted else { return }
        defer { state.revoking.remove(id) }
        do {
            _ = try await service.revoke(id)
        } catch {
            state.problem = error.worthShowing
            return
        }
        await refresh()
    }
}
