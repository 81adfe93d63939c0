// One record: what it says, and the bytes as received.

import Foundation
import Observation

/// What the page of a record shows.
public struct RecordState: Equatable, Sendable {
    public internal(set) var picture: RecordPicture?
    /// The record as received.
    public internal(set) var received = ""
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
        state.isLoading = true
        defer { state.isLoading = false }
        do throws(Problem) {
            state.picture = try await service.picture(of: record.id)
            state.received = String(decoding: try await service.content(of: record.id), as: UTF8.self)
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }
}
