// All records in a file of the person's choice, by the PIN. The file is not encrypted.

import Foundation
import Observation

/// What the screen of the export shows.
public struct ExportState: Equatable, Sendable {
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// How many versions of records are in the file, once it is written.
    public internal(set) var records: Int?
    /// Whether the person has put the file somewhere.
    public internal(set) var isSaved = false
}

/// Writes the records to a file of the app's own, which the person then moves to where they want it.
@MainActor @Observable
public final class ExportModel {
    public private(set) var state = ExportState()
    public let pin = PINEntry()
    /// The file, until it is moved or removed.
    public private(set) var file: URL?
    private let service: any SafetyService
    private let folder: URL
    private let now: @Sendable () -> Date
    /// Grows when the screen is left: what is still being written is removed then.
    @ObservationIgnored private var generation = 0

    /// `folder` is where the file lies until the person has chosen a place for it; nothing else lies there.
    public init(
        service: any SafetyService, folder: URL = ExportModel.folder, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.service = service
        self.folder = folder
        self.now = now
    }

    /// In the app's own folder for what is not to last.
    public nonisolated static let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("keepwell-export", isDirectory: true)

    public var canExport: Bool { pin.isComplete && !state.isBusy && file == nil }

    /// Writes the file, since the PIN was typed.
    public func export() async {
        guard canExport else { return }
        let asked = generation
        state = ExportState(isBusy: true)
        defer { state.isBusy = false }
        let path = folder.appendingPathComponent(name)
        do throws(Problem) {
            let proof = try await pin.prove(to: service)
            guard asked == generation else { return }
            try makeFolder()
            let records = try await proof.export(to: path.path)
            guard asked == generation else { return remove() }
            state.records = records
            file = path
        } catch {
            remove()
            if asked == generation { state.problem = error.worthShowing }
        }
    }

    /// The person has put the file somewhere, or that did not work.
    public func moved(_ isMoved: Bool) {
        remove()
        state.isSaved = isMoved
        if !isMoved { state.problem = .fileUnwritable }
    }

    /// The person does not want the file: it goes, and what was typed.
    public func clear() {
        generation += 1
        pin.clear()
        remove()
        state = ExportState(isBusy: state.isBusy)
    }

    /// Out of sight the PIN that was typed is forgotten, and the file goes, unless the person is choosing a place for it.
    public func hide(isChoosing: Bool) {
        guard !isChoosing else { return pin.clear() }
        let isSaved = state.isSaved
        clear()
        state.isSaved = isSaved
    }

    /// Removes what a process left that was ended in between.
    public nonisolated static func removeLeftovers(in folder: URL = folder) {
        // What can't be removed now is when the app starts again.
        try? FileManager.default.removeItem(at: folder)
    }

    private var name: String {
        let day = now().formatted(.iso8601.year().month().day().dateSeparator(.dash))
        return "keepwell-\(day).json"
    }

    private func makeFolder() throws(Problem) {
        Self.removeLeftovers(in: folder)
        #if os(Linux)
            let attributes: [FileAttributeKey: Any] = [:]
        #else
            let attributes: [FileAttributeKey: Any] = [.protectionKey: FileProtectionType.complete]
        #endif
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: attributes)
        } catch {
            throw .fileUnwritable
        }
    }

    private func remove() {
        file = nil
        Self.removeLeftovers(in: folder)
    }
}
