// A phone's health app for tests and previews.

import Foundation
import KeepwellKit

/// A health app that gives what it is told to have.
public final class FakeHealth: HealthSource, @unchecked Sendable {
    private let lock = NSLock()
    private var data: HealthData
    private var problem: Problem?
    private var asked = 0
    private var forgotten = 0
    public let isThere: Bool

    public init(_ data: HealthData = HealthData(), isThere: Bool = true) {
        self.data = data
        self.isThere = isThere
    }

    /// How often the person was asked.
    public var timesAsked: Int { lock.withLock { asked } }

    /// How often it was told that the wallet is gone.
    public var timesForgotten: Int { lock.withLock { forgotten } }

    /// From now on it has this, or fails with that.
    public func set(_ data: HealthData, problem: Problem? = nil) {
        lock.withLock { (self.data, self.problem) = (data, problem) }
    }

    public func ask() async throws(Problem) {
        lock.withLock { asked += 1 }
    }

    public func forget() { lock.withLock { forgotten += 1 } }

    public func read() async throws(Problem) -> HealthData {
        let (data, problem) = lock.withLock { (self.data, self.problem) }
        if let problem { throw problem }
        return data
    }
}
