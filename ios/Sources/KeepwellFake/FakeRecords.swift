// Records of the fake.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func counts() async throws(Problem) -> [CategoryCount] {
        change { $0.countings += 1 }
        try await wait { $0.isCountingSlow }
        return try await act { world in
            RecordCategory.allCases.compactMap { category in
                let count = world.records.count { $0.category == category }
                return count == 0 ? nil : CategoryCount(category: category, count: count)
            }
        }
    }

    public func page(_ query: RecordQuery, after mark: String?) async throws(Problem) -> RecordPage {
        try await act { world throws(Problem) in
            let first = query.period.since(world.now)?.formatted(.iso8601.year().month().day())
            let found = world.records.filter { row in
                (first.map { day in row.date.map { $0 >= day } ?? false } ?? true)
                    && (query.category == nil || row.category == query.category)
                    && (query.text.isEmpty || row.title.localizedCaseInsensitiveContains(query.text))
            }
            let ordered =
                query.order == .newestFirst
                ? found : found.sorted { ($0.arrived ?? .distantPast) > ($1.arrived ?? .distantPast) }
            let start = mark.map { Int($0) } ?? 0
            guard let start, (0...found.count).contains(start) else { throw .refused(code: "InvalidCursor") }
            let end = min(start + world.pageSize, found.count)
            return RecordPage(records: Array(ordered[start..<end]), next: end < found.count ? String(end) : nil)
        }
    }

    public func picture(of record: RecordSummary.ID) async throws(Problem) -> RecordPicture {
        try await act { world throws(Problem) in
            guard let picture = world.pictures[record] else { throw .notFound }
            return picture
        }
    }

    public func history(of record: RecordSummary.ID) async throws(Problem) -> [RecordVersion] {
        try await wait { $0.isHistorySlow }
        return try await act { world throws(Problem) in
            guard let summary = world.records.first(where: { $0.id == record }) else { throw .notFound }
            return world.histories[record]
                ?? [RecordVersion(id: 1, standing: .present, source: summary.source, received: world.now)]
        }
    }

    public func series(of record: RecordSummary.ID) async throws(Problem) -> [SeriesResult] {
        try await act { world throws(Problem) in
            guard let picture = world.pictures[record] else { throw .notFound }
            let alike = world.records.filter { world.pictures[$0.id]?.row.title == picture.row.title }
            return alike.compactMap { one in world.pictures[one.id].map { SeriesResult(id: one.id, row: $0.row) } }
        }
    }

    public func attachment(of record: RecordSummary.ID, at index: Int) async throws(Problem) -> Data {
        try await act { world throws(Problem) in
            guard let attachments = world.pictures[record]?.attachments, attachments.indices.contains(index) else {
                throw .notFound
            }
            guard attachments[index].isHere else { throw .notFound }
            guard let files = world.files[record], files.indices.contains(index) else { throw .attachmentDamaged }
            return files[index]
        }
    }

    public func content(of record: RecordSummary.ID) async throws(Problem) -> Data {
        try await act { world throws(Problem) in
            guard let content = world.contents[record] else { throw .notFound }
            return content
        }
    }

    public func log() async throws(Problem) -> Log {
        try await act { world in
            let own: Set<LogEntry.Event> = [.granted, .revoked, .shareMade]
            let known = world.log.filter { world.isOnline || own.contains($0.event) }
            return Log(entries: known.sorted { $0.time > $1.time }, isOwnOnly: !world.isOnline)
        }
    }

    public func activity(of grant: Grant.ID) async throws(Problem) -> GrantActivity {
        let log = try await log()
        let entries = log.entries.filter { $0.grant == grant }
        return GrantActivity(entries: entries, recordsRead: log.isOwnOnly ? nil : change { $0.recordsRead[grant] ?? 0 })
    }
}
