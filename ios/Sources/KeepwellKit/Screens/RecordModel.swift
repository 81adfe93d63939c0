// One record: what it says, where it comes from, and the bytes as received.

import Foundation
import Observation

/// What the page of a record shows.
public struct RecordState: BusyState, Equatable, Sendable {
    public internal(set) var picture: RecordPicture?
    /// Its versions, the newest first.
    public internal(set) var history: [RecordVersion] = []
    /// Other results of the same kind, newest first.
    public internal(set) var others: [SeriesResult] = []
    /// The record as received, once the person asked for it; in parts, since one that carries a file is longer than a text on the
    /// screen can be.
    public internal(set) var received: [String]?
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Shows one record.
@MainActor @Observable
public final class RecordModel: BusyModel {
    public internal(set) var state = RecordState()
    public let record: RecordSummary
    private let service: any RecordService

    public init(record: RecordSummary, service: any RecordService) {
        self.record = record
        self.service = service
    }

    public func load() async {
        await attempt { [service, record] () throws(Problem) in
            let picture = try await service.picture(of: record.id)
            self.state.picture = picture
            self.state.history = try await service.history(of: record.id).reversed()
            guard picture.row.kind == .observation else { return }
            self.state.others = try await service.series(of: record.id).filter { $0.id != record.id }
        }
    }

    /// Shows the record as received, also while other parts of its page are awaited.
    public func showReceived() async {
        guard state.received == nil else { return }
        await attempt { [service, record] () throws(Problem) in
            let content = try await service.content(of: record.id)
            self.state.received = await Task.detached { Self.parts(of: content) }.value
        }
    }

    /// A text in parts that can be shown one by one; together they are all of it.
    private nonisolated static func parts(of content: Data) -> [String] {
        var rest = String(decoding: content, as: UTF8.self)[...]
        var parts: [String] = []
        while !rest.isEmpty {
            parts.append(String(rest.prefix(longestPart)))
            rest = rest.dropFirst(longestPart)
        }
        return parts
    }

    private nonisolated static let longestPart = 4_000

    /// The bytes of one of the record's files; throws why it can't be read.
    public func content(of attachment: PictureAttachment) async throws(Problem) -> Data {
        guard let index = state.picture?.attachments.firstIndex(of: attachment) else { throw .notFound }
        return try await service.attachment(of: record.id, at: index)
    }
}
