// What this wallet did.

import Foundation
import Observation

/// What the log shows, newest first.
public struct LogState: Equatable, Sendable {
    public internal(set) var entries: [LogEntry] = []
    /// Whether what others did could not be fetched.
    public internal(set) var isOwnOnly = false
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
}

/// Shows the log.
@MainActor @Observable
public final class LogModel {
    public private(set) var state = LogState()
    private let service: any LogService

    public init(service: any LogService) {
        self.service = service
    }

    public func load() async {
        state.isLoading = true
        defer { state.isLoading = false }
        do {
            let log = try await service.log()
            state.entries = log.entries
            state.isOwnOnly = log.isOwnOnly
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }
}
