import Foundation
import Keepwell
import XCTest

final class CancellationTests: XCTestCase {
    func testCancellingATaskEndsACallOnTheNetwork() async throws {
        let client = SilentClient()
        let wallet = try await newWallet(.new(httpClient: client))
        let task = Task { try await wallet.openShare(foreignLink, as: "City Hospital") }
        await client.waitUntilAsked()
        let began = ContinuousClock.now
        task.cancel()
        do {
            _ = try await task.value
            XCTFail("nothing was thrown")
        } catch is CancellationError {
        }
        XCTAssertLessThan(ContinuousClock.now - began, .seconds(30))
        // The wallet is free for the next call.
        let counts = try await wallet.recordCounts()
        XCTAssertEqual(counts, [])
    }

    func testATokenEndsACallAndTheErrorSaysSo() async throws {
        let client = SilentClient()
        let wallet = try await newWallet(.new(httpClient: client))
        let cancellation = Cancellation()
        async let opening = wallet.openShare(link: foreignLink, recipient: "City Hospital", cancellation: cancellation)
        await client.waitUntilAsked()
        try cancellation.cancel()
        do {
            _ = try await opening
            XCTFail("nothing was thrown")
        } catch WalletError.Cancelled {
        }
    }

    func testACancelledImportTakesNothing() async throws {
        let wallet = try await newWallet(.new())
        let records = bundle(observations: 20_000, text: String(repeating: "x", count: 200))
        var events = try wallet.events().makeAsyncIterator()
        let task = Task { try await wallet.importRecords(from: .bytes(bytes: records)) }
        // It is under way.
        guard case .importProgress? = await events.next() else { return XCTFail("no progress") }
        task.cancel()
        do {
            _ = try await task.value
            XCTFail("nothing was thrown")
        } catch is CancellationError {
        }
        let counts = try await wallet.recordCounts()
        XCTAssertEqual(counts, [])
        let outcome = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        guard case .imported(let report) = outcome else { return XCTFail("\(outcome)") }
        XCTAssertEqual(report.added, 4)
    }

    func testACallOfACancelledTaskIsNotMade() async throws {
        let wallet = try await newWallet(.new())
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 1)))
        }
        task.cancel()
        do {
            try await task.value
            XCTFail("nothing was thrown")
        } catch is CancellationError {
        }
        let counts = try await wallet.recordCounts()
        XCTAssertEqual(counts, [])
    }

    func testLockingEndsWhatIsRunning() async throws {
        let client = SilentClient()
        let wallet = try await newWallet(.new(httpClient: client))
        async let opening = wallet.openShare(foreignLink, as: "City Hospital")
        await client.waitUntilAsked()
        try await wallet.lock()
        do {
            _ = try await opening
            XCTFail("nothing was thrown")
        } catch WalletError.Cancelled {
        }
    }
}

/// A link that leads to a server which this test's HTTP stands for.
private let foreignLink: String = {
    let file =
        #"{"url":"https://shares.example/l/\#(String(repeating: "A", count: 43))","flag":"U","#
        + #""key":"\#(String(repeating: "A", count: 43))"}"#
    let base64 = Data(file.utf8).base64EncodedString()
    return "shlink:/"
        + base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").filter { $0 != "=" }
}()

/// An app's HTTP that never answers.
final class SilentClient: HttpClient, @unchecked Sendable {
    private let lock = NSLock()
    private var wasAsked = false

    var isAsked: Bool { lock.withLock { wasAsked } }

    func waitUntilAsked() async {
        while !lock.withLock({ wasAsked }) { try? await Task.sleep(nanoseconds: 5_000_000) }
    }

    func send(request: HttpRequest, alone: Bool) async throws -> HttpResponse {
        lock.withLock { wasAsked = true }
        try await Task.sleep(nanoseconds: 60_000_000_000)
        throw HttpTransportError.Timeout
    }
}
