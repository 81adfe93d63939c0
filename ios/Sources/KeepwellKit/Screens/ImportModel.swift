// Records come in: what is offered, the reading of it, whom it is about, and what became of it.

import Foundation
import Observation

/// What the screens of one import show.
public struct ImportState: Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        /// Nothing was opened yet.
        case ask
        case reading, whoIsIt, report
    }

    public internal(set) var step = Step.ask
    /// The names of the files.
    public internal(set) var files: [String] = []
    /// How many bytes they have, where the system says so of all.
    public internal(set) var size: Int?
    public internal(set) var bytesRead = 0
    public internal(set) var people: [FoundPerson] = []
    public internal(set) var report: ImportReport?
    public internal(set) var problem: Problem?

    /// Between 0 and 1, where the size is known.
    public var fraction: Double? {
        guard let size, size > 0 else { return nil }
        return min(1, Double(bytesRead) / Double(size))
    }
}

/// Takes files in that the person chose or another app handed over; what is handed over is only asked about.
@MainActor @Observable
public final class ImportModel: Identifiable {
    public private(set) var state = ImportState()
    /// Taking it back again, once it is in.
    public private(set) var undoing: UndoModel?
    private let files: [any OfferedFile]
    private let service: any ImportService
    @ObservationIgnored private var reading: Task<Void, Never>?

    public init(files: [any OfferedFile], service: any ImportService) {
        self.files = files
        self.service = service
        state.files = files.map(\.name)
        let sizes = files.compactMap(\.size)
        state.size = sizes.count == files.count ? sizes.reduce(0, +) : nil
    }

    /// Reads the files, since the person agrees.
    public func accept() {
        guard state.step == .ask else { return }
        start(of: nil)
    }

    /// Reads them again, as those of this person.
    public func choose(_ person: FoundPerson) {
        guard state.step == .whoIsIt, state.people.contains(person) else { return }
        start(of: person.id)
    }

    /// Stops the reading: nothing is taken then.
    public func cancel() {
        reading?.cancel()
    }

    /// The screen is left: nothing more is read, and copies that were handed over go.
    public func close() {
        cancel()
        Task { [files, reading] in
            await reading?.value
            files.forEach { $0.discard() }
        }
    }

    /// Waits until nothing is being read.
    public func finishReading() async { await reading?.value }

    private func start(of person: FoundPerson.ID?) {
        let before = state.step
        state.step = .reading
        state.bytesRead = 0
        state.problem = nil
        reading = Task {
            do throws(Problem) {
                let service = self.service
                // One name for all of them, or none.
                let source = Set(files.map(\.source)).count == 1 ? files.first?.source : nil
                let outcome = try await Self.open(files[...]) { paths throws(Problem) in
                    try await service.importFiles(at: paths, of: person, source: source) { bytes in
                        Task { @MainActor [weak self] in self?.show(bytesRead: bytes) }
                    }
                }
                take(outcome)
            } catch {
                state.problem = error.worthShowing
                state.step = before
            }
        }
    }

    private func take(_ outcome: ImportOutcome) {
        switch outcome {
        case .imported(let report):
            state.report = report
            state.step = .report
            undoing = report.id.map { UndoModel(id: $0, service: service) }
        case .whoIsIt(let people):
            state.people = people
            state.step = .whoIsIt
        }
    }

    private func show(bytesRead bytes: Int) {
        guard state.step == .reading else { return }
        state.bytesRead = max(state.bytesRead, bytes)
    }

    /// Opens one file after the other, and runs `body` while all of them are.
    private nonisolated static func open<Result: Sendable>(
        _ files: ArraySlice<any OfferedFile>, _ paths: [String] = [],
        _ body: @escaping @Sendable ([String]) async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        guard let file = files.first else { return try await body(paths) }
        return try await file.read { path throws(Problem) in try await open(files.dropFirst(), paths + [path], body) }
    }
}
