// Records of the phone's own health app: what is read, the phone's question, and the handing over to the ordinary way in.

import Foundation
import Observation

/// What the screen about the phone's health app shows.
public struct HealthState: Equatable, Sendable {
    public internal(set) var isBusy = false
    /// Nothing came: there is nothing, or the person lets nothing be read, which the phone does not tell apart.
    public internal(set) var isNothing = false
    /// What came of each part, until the person goes on with it; empty where nothing came.
    public internal(set) var found: [HealthFound] = []
    public internal(set) var problem: Problem?

    /// Whether of some part nothing came, which may be because the person lets it not be read.
    public var isPartial: Bool { found.contains { $0.count == 0 && !$0.isUnread } }
}

/// What came of a part.
public struct HealthFound: Equatable, Hashable, Identifiable, Sendable {
    public let part: HealthPart
    public let count: Int
    /// Whether it could not be read, or not whole.
    public let isUnread: Bool

    public var id: HealthPart { part }
}

/// Reads the phone's health app when the person asks for it; what it gives is then asked about as any file is.
@MainActor @Observable
public final class HealthModel: Identifiable {
    public private(set) var state = HealthState()
    private let source: any HealthSource
    private let folder: URL
    private let handOver: @MainActor (IncomingItem) -> Void
    @ObservationIgnored private var reading: Task<Void, Never>?
    /// What was read, until the person goes on with it.
    @ObservationIgnored private var data: HealthData?

    /// `handOver` takes the files; `folder` is where they lie until they are taken in or declined. Nothing else lies there.
    public init(
        source: any HealthSource, folder: URL = HealthModel.folder, handOver: @escaping @MainActor (IncomingItem) -> Void
    ) {
        self.source = source
        self.folder = folder
        self.handOver = handOver
    }

    /// In the app's own folder for what is not to last.
    public nonisolated static let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("keepwell-health", isDirectory: true)

    /// What its measurements are said to come from.
    public nonisolated static let sourceName = "Apple Health"

    /// Lets the phone ask what may be read, and reads it; ``accept()`` goes on with it.
    public func read() {
        guard !state.isBusy else { return }
        state = HealthState(isBusy: true)
        data = nil
        reading = Task {
            do throws(Problem) {
                try await source.ask()
                let data = try await source.read()
                guard !Task.isCancelled else { throw .cancelled }
                try show(data)
            } catch {
                state.problem = error.worthShowing
            }
            state.isBusy = false
        }
    }

    /// Waits until nothing is being read.
    public func finish() async { await reading?.value }

    /// The screen is left: what is still being read is dropped.
    public func close() {
        reading?.cancel()
        data = nil
        state.found = []
    }

    /// Hands over what was read.
    public func accept() {
        guard let data else { return }
        self.data = nil
        state.found = []
        do throws(Problem) {
            try take(data)
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Removes what a process left that was ended in between.
    public nonisolated static func removeLeftovers(in folder: URL = folder) {
        // What can't be removed now is when the app starts again.
        try? FileManager.default.removeItem(at: folder)
    }

    private func show(_ data: HealthData) throws(Problem) {
        if data.isEmpty, let problem = data.unread.values.first {
            throw data.unread.values.allSatisfy { $0 == problem } ? problem : .healthUnavailable
        }
        state.isNothing = data.isEmpty
        guard !data.isEmpty else { return }
        self.data = data
        state.found = HealthPart.all.map { part in
            HealthFound(part: part, count: data.count(of: part), isUnread: data.unread[part] != nil)
        }
    }

    /// Clinics' records have their own addresses; measurements have none, and are said to come from the health app.
    private func take(_ data: HealthData) throws(Problem) {
        var (documents, samples): ([any OfferedFile], [any OfferedFile]) = ([], [])
        do throws(Problem) {
            for file in data.documentFiles { documents.append(try write(file, source: nil)) }
            for file in data.sampleFiles { samples.append(try write(file, source: Self.sourceName)) }
        } catch {
            (documents + samples).forEach { $0.discard() }
            throw error
        }
        // What was measured may hold nothing that can be written down.
        state.isNothing = documents.isEmpty && samples.isEmpty
        for files in [documents, samples] where !files.isEmpty { handOver(.files(files)) }
    }

    private func write(_ file: HealthFile, source: String?) throws(Problem) -> any OfferedFile {
        let own = folder.appendingPathComponent(UUID().uuidString, isDirectory: true)
        let place = own.appendingPathComponent(file.name)
        do {
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            #if os(Linux)
                try file.content.write(to: place)
            #else
                try file.content.write(to: place, options: .completeFileProtection)
            #endif
        } catch {
            throw .fileUnwritable
        }
        return WrittenFile(LocalFile(place), source: source, folder: own)
    }
}

/// A file that was written here to be taken in, and goes with its folder when that is done.
private struct WrittenFile: OfferedFile {
    let source: String?
    let goesWithLock = true
    private let file: LocalFile
    private let folder: URL

    init(_ file: LocalFile, source: String?, folder: URL) {
        self.file = file
        self.source = source
        self.folder = folder
    }

    var name: String { file.name }
    var size: Int? { file.size }

    func read<Result: Sendable>(
        _ body: @Sendable (String) async throws(Problem) -> Result
    ) async throws(Problem) -> Result { try await file.read(body) }

    func discard() {
        // What can't be removed now is when the app starts again.
        try? FileManager.default.removeItem(at: folder)
    }
}
