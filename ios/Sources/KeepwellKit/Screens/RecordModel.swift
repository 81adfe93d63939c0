// One record: what it says, where it comes from, and the bytes as received.

import Foundation
import Observation

/// What the page of a record shows.
public struct RecordState: Equatable, Sendable {
    public internal(set) var picture: RecordPicture?
    /// Its versions, the newest first.
    public internal(set) var history: [RecordVersion] = []
    /// Other results of the same kind, newest first.
    public internal(set) var others: [SeriesResult] = []
    /// The record as received, once the person asked for it.
    public internal(set) var received: String?
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
}

/// Shows one record.
@MainActor @Observable
public final class RecordModel {
    public private(set) var state = RecordState()
    public let record: RecordSummary
    private let service: any RecordService

    public init(record: RecordSummary, service: any RecordService) {
        self.record = record
        self.service = service
    }

    public func load() async {
        await work { [service, record] () throws(Problem) in
            let picture = try await service.picture(of: record.id)
            self.state.picture = picture
            self.state.history = try await service.history(of: record.id).reversed()
            guard picture.row.kind == .observation else { return }
            self.state.others = try await service.series(of: record.id).filter { $0.id != record.id }
        }
    }

    /// Shows the record as received.
    public func showReceived() async {
        guard state.received == nil else { return }
        await work { [service, record] () throws(Problem) in
            self.state.received = String(decoding: try await service.content(of: record.id), as: UTF8.self)
        }
    }

    /// The bytes of a file that the record carries; none where it can't be read.
    public func content(of attachment: PictureAttachment) async -> Data? {
        guard let content = try? await service.content(of: record.id) else { return nil }
        return await Task.detached { attachment.content(in: content) }.value
    }

    private func work(_ body: @MainActor () async throws(Problem) -> Void) async {
        state.isLoading = true
        defer { state.isLoading = false }
        do {
            try await body()
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }
}
