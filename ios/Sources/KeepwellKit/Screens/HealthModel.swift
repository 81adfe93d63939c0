// Records of the phone's own health app: what is read, the phone's question, and the handing over to the ordinary way in.

import Foundation
import Observation

/// What the screen about the phone's health app shows.
public struct HealthState: Equatable, Sendable {
    public internal(set) var isBusy = false
    /// Nothing came: there is nothing, or the person lets nothing be read, which the phone does not tell apart.
    public internal(set) var isNothing = false
    public internal(set) var problem: Problem?
}

/// Reads the phone's health app when the person asks for it; what it gives is then asked about as any file is.
@MainActor @Observable
public final class HealthModel: Identifiable {
    public private(set) var state = HealthState()
    private let source: any HealthSource
    private let folder: URL
    private let handOver: @MainActor (IncomingItem) -> Void
    @ObservationIgnored private var reading: Task<Void, Never>?

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

    /// Lets the phone ask what may be read, and reads it.
    public func read() {
        guard !state.isBusy else { return }
        state = HealthState(isBusy: true)
        reading = Task {
            do throws(Problem) {
                try await source.ask()
                let data = try await source.read()
                guard !Task.isCancelled else { throw .cancelled }
                try take(data)
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
    }

    /// Removes what a process left that was ended in between.
    public nonisolated static func removeLeftovers(in folder: URL = folder) {
        // What can't be removed now is when the app starts again.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Clinics' records have their own addresses; measurements have none, and are said to come from the health app.
    private func take(_ data: HealthData) throws(Problem) {
        state.isNothing = data.isEmpty
        let documents = try data.documentFiles.map { file throws(Problem) in try write(file, source: nil) }
        let samples = try data.sampleFiles.map { file throws(Problem) in try write(file, source: Self.sourceName) }
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
