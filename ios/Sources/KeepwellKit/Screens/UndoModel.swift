// Taking an import back: first what that can't reach, then the doing.

import Foundation
import Observation

/// What taking an import back shows.
public struct UndoState: BusyState, Equatable, Sendable {
    /// What it would take out of sight, and who may have seen it; there to be read before anything is done.
    public internal(set) var reach: ImportReach?
    public internal(set) var undone: UndoReport?
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Takes one import back.
@MainActor @Observable
public final class UndoModel: BusyModel, Identifiable {
    public internal(set) var state = UndoState()
    public nonisolated let id: Import.ID
    private let service: any ImportService

    public init(id: Import.ID, service: any ImportService) {
        self.id = id
        self.service = service
    }

    /// Finds what it would come to.
    public func ask() async {
        await work { [service, id] () throws(Problem) in self.state.reach = try await service.reach(of: id) }
    }

    /// The person does not want it after all.
    public func decline() {
        state.reach = nil
    }

    /// Does it, once the person has seen what it comes to.
    public func undo() async {
        guard state.reach != nil, state.undone == nil else { return }
        await work { [service, id] () throws(Problem) in
            self.state.undone = try await service.undo(id)
            self.state.reach = nil
        }
    }
}
