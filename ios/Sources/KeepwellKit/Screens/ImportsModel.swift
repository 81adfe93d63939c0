// What came in so far, and what was set aside.

import Foundation
import Observation

/// What the list of imports shows.
public struct ImportsState: Equatable, Sendable {
    public internal(set) var imports: [Import] = []
    public internal(set) var setAside: [SetAsideItem] = []
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
}

/// Lists imports to be taken back, and what could not be read.
@MainActor @Observable
public final class ImportsModel {
    public private(set) var state = ImportsState()
    /// The import that is being taken back.
    public private(set) var undoing: UndoModel?
    private let service: any ImportService

    public init(service: any ImportService) {
        self.service = service
    }

    public func load() async {
        state.isLoading = true
        defer { state.isLoading = false }
        do throws(Problem) {
            state.imports = try await service.imports()
            state.setAside = try await service.setAside()
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Asks what taking an import back comes to.
    public func ask(toUndo id: Import.ID) async {
        guard state.imports.contains(where: { $0.id == id && $0.undone == nil }) else { return }
        let model = UndoModel(id: id, service: service)
        undoing = model
        await model.ask()
    }

    /// The question, or its answer, was read.
    public func closeUndo() async {
        undoing = nil
        await load()
    }

    /// Removes something that was set aside, for good.
    public func drop(_ id: SetAsideItem.ID) async {
        do {
            try await service.drop(id)
        } catch {
            state.problem = error.worthShowing
            return
        }
        await load()
    }
}
