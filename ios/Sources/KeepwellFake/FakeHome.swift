// The home of the fake.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func overview() async throws(Problem) -> Overview {
        try await act { world in
            let results = world.records.filter { [.results, .vitals].contains($0.category) && $0.value != nil }
            return Overview(
                owner: world.owner, allergies: world.current(.allergies), problems: world.current(.conditions),
                medicines: world.current(.medications),
                results: results.map { LatestResult(record: $0, trend: world.trends[$0.id]) }, new: world.new,
                toDo: world.toDo, newest: world.records.count)
        }
    }

    public func markSeen(_ newest: Int) async throws(Problem) {
        try await act { world in world.seen = max(newest, world.seen ?? 0) }
    }

    public func sendAgain() async throws(Problem) -> SyncOutcome {
        try await act { world in if world.isOnline { world.hasHostLost = false } }
        return try await sync()
    }
}

extension FakeWallet.World {
    fileprivate func current(_ category: RecordCategory) -> CurrentRecords {
        let current = records.filter { $0.category == category && $0.validities == [.valid] }
        return CurrentRecords(records: Array(current.prefix(5)), more: max(0, current.count - 5))
    }

    fileprivate var new: [CategoryCount] {
        guard let seen, seen < records.count else { return [] }
        let groups = Dictionary(grouping: records.suffix(records.count - seen), by: \.category)
        return RecordCategory.allCases.compactMap { category in
            groups[category].map { CategoryCount(category: category, count: $0.count) }
        }
    }

    /// How many grants and shares stand otherwise than the patient decided, because no server was told yet.
    var unsent: Int { grants.count { $0.state == .pending || $0.isStillOpen } + shares.count { !$0.isTold } }

    fileprivate var toDo: [ToDo] {
        guard !isTakenOver else { return [.takenOver] }
        let changed = Set(grants.map(\.clinic)).count { proved[$0] == .keyChanged }
        let ending = grants.count { $0.isInForce && $0.notAfter.timeIntervalSince(now) <= 86_400 }
        let all: [ToDo?] = [
            unsent > 0 ? .sendDecisions(unsent) : nil,
            changed > 0 ? .checkClinics(changed) : nil,
            areWordsVerified ? nil : .checkWords,
            isConnected ? nil : .connect,
            hasHostLost ? .agreeToSendAgain : nil,
            isConnected && unsentRecords > 0 ? .sendRecords(unsentRecords) : nil,
            ending > 0 ? .endSoon(ending) : nil,
            setAside.isEmpty ? nil : .lookThrough(setAside.count),
        ]
        return all.compactMap { $0 }
    }
}
