// What needs doing: what only the owner of the wallet can do for it.

import Foundation
import Observation

/// Says what needs doing.
@MainActor @Observable
public final class TasksModel {
    /// The most urgent first.
    public private(set) var tasks: [WalletStatus.Task] = []
    private let service: any StatusService

    public init(service: any StatusService) {
        self.service = service
    }

    public func load() async {
        // Nothing is asked of a person because it could not be learned whether it is needed.
        tasks = (try? await service.status().tasks) ?? []
    }
}
