// What the library delivers piece by piece, as sequences to loop over.

import Foundation
import KeepwellCore

extension Wallet {
    /// What happens from now on, in order, none lost; it ends when the wallet is released.
    ///
    /// Leaving the loop, or cancelling its task, ends the subscription.
    public func events() throws -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let subscription = try subscribe(observer: StreamObserver(continuation: continuation))
        continuation.onTermination = { _ in
            // It can only be over already.
            try? subscription.cancel()
        }
        return stream
    }

    /// Every grant, newest first: as they are now, and again whenever one has changed, whoever changed it. Nothing comes
    /// while the wallet is locked; it ends when the wallet is released. A loop that is slow gets the newest list alone.
    public func grantUpdates() -> AsyncThrowingStream<[GrantView], any Error> {
        updates(of: .grantsChanged) { try await $0.grants() }
    }

    /// Every share, newest first, in the same way; that one has ended by its time is seen at the next change.
    public func shareUpdates() -> AsyncThrowingStream<[ShareSummary], any Error> {
        updates(of: .sharesChanged) { try await $0.shares() }
    }

    private func updates<Value: Equatable & Sendable>(
        of change: Event, _ read: @escaping @Sendable (Wallet) async throws -> Value
    ) -> AsyncThrowingStream<Value, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                do {
                    // Listened to before the first list is read, so that no change falls between the two.
                    let events = try events()
                    var last: Value?
                    func tell() async throws {
                        do {
                            let value = try await read(self)
                            if value != last { continuation.yield(value) }
                            last = value
                        } catch WalletError.Locked {
                            // It goes on with the next unlock.
                        }
                    }
                    try await tell()
                    for await event in events where event == change || event == .unlocked { try await tell() }
                    continuation.finish()
                } catch WalletError.Closed {
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The records that `query` asks for, page by page from where it says.
    public func pages(of query: RecordQuery = RecordQuery()) -> RecordPages {
        RecordPages(wallet: self, query: query)
    }
}

/// Writes an export to a file that is open; who opened it closes it.
public actor FileSink: ExportSink {
    private let file: FileHandle

    public init(_ file: FileHandle) {
        self.file = file
    }

    public func write(bytes: Data) async throws {
        do {
            try file.write(contentsOf: bytes)
        } catch {
            throw ExportSinkError.Unwritable
        }
    }
}

/// Passes events on to a stream.
private final class StreamObserver: Observer {
    private let continuation: AsyncStream<Event>.Continuation

    init(continuation: AsyncStream<Event>.Continuation) {
        self.continuation = continuation
    }

    func onEvents(events: [Event]) throws {
        for event in events {
            continuation.yield(event)
            if case .locked(.released) = event { continuation.finish() }
        }
    }
}

/// Pages of records, in the order that is asked for. Each is fetched when it is asked for.
public struct RecordPages: AsyncSequence, Sendable {
    public typealias Element = [RecordSummary]

    let wallet: Wallet
    let query: RecordQuery

    public func makeAsyncIterator() -> Iterator {
        Iterator(wallet: wallet, query: query)
    }

    /// Fetches one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let wallet: Wallet
        var query: RecordQuery?

        public mutating func next() async throws -> [RecordSummary]? {
            guard let asked = query else { return nil }
            try Task.checkCancellation()
            let page = try await wallet.records(query: asked)
            query = page.next.map { next in
                RecordQuery(
                    category: asked.category, text: asked.text, since: asked.since, until: asked.until, limit: asked.limit,
                    after: next, order: asked.order)
            }
            return page.records.isEmpty ? nil : page.records
        }
    }
}
