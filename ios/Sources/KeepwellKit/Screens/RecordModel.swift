// One record: its contents in order, and the bytes as received.

import Foundation
import Observation

/// What the page of a record shows.
public struct RecordState: Equatable, Sendable {
    public internal(set) var lines: [RecordLine] = []
    /// The record as received.
    public internal(set) var original = ""
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
}

/// Shows one record.
@MainActor @Observable
public final class RecordModel {
    public private(set) var state = RecordState()
    public let row: RecordRow
    private let service: any RecordService

    public init(row: RecordRow, service: any RecordService) {
        self.row = row
        self.service = service
    }

    public func load() async {
        state.isLoading = true
        defer { state.isLoading = false }
        do throws(Problem) {
            let content = try await service.content(of: row.id)
            guard let json = JSONText(content), let text = String(data: content, encoding: .utf8) else {
                throw Problem.storage(code: "RecordUnreadable")
            }
            state.lines = RecordLine.lines(of: json)
            state.original = text
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }
}
