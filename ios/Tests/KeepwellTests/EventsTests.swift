import Foundation
import Keepwell
import Testing

@Suite struct EventsTests {
    @Test func tenThousandEventsComeInOrderAndNoneIsLost() async throws {
        let wallet = try await newWallet(.new())
        let events = try wallet.events()
        let began = ContinuousClock.now
        try tellEvents(wallet: wallet, count: 10_000)
        var next: UInt64 = 0
        for await event in events {
            #expect(event == .importProgress(bytes: next))
            next += 1
            if next == 10_000 { break }
        }
        #expect(next == 10_000)
        print("10,000 events took \(ContinuousClock.now - began)")
    }

    @Test func eventsComeFromAThreadOfTheLibraryAndTheCallerDoesNotWait() async throws {
        let wallet = try await newWallet(.new())
        let observer = SlowObserver()
        let subscription = try wallet.subscribe(observer: observer)
        try await wallet.lock()
        #expect(try !wallet.isUnlocked(), "the wallet does not wait for the observer")
        observer.go()
        while observer.seen.isEmpty { try await Task.sleep(nanoseconds: 5_000_000) }
        #expect(observer.seen == [.locked(reason: .asked)])
        #expect(!observer.wasOnMainThread)
        try subscription.cancel()
    }

    @Test func anObserverThatThrowsHearsTheNextEventAllTheSame() async throws {
        let wallet = try await newWallet(.new())
        let observer = ThrowingObserver()
        let subscription = try wallet.subscribe(observer: observer)
        try await wallet.lock()
        _ = try await wallet.unlock(pin: rightPIN)
        while observer.count < 2 { try await Task.sleep(nanoseconds: 5_000_000) }
        try subscription.cancel()
        try await wallet.lock()
        _ = try await wallet.unlock(pin: rightPIN)
        #expect(observer.count == 2, "a cancelled subscription hears nothing more")
    }

    @Test func leavingTheLoopEndsTheSubscription() async throws {
        let wallet = try await newWallet(.new())
        let task = Task {
            var heard: [Event] = []
            for await event in try wallet.events() { heard.append(event) }
            return heard
        }
        try await Task.sleep(nanoseconds: 50_000_000)
        task.cancel()
        #expect(try await task.value == [])
        try await wallet.lock()
    }

    @Test func theStreamEndsWhenTheWalletIsReleased() async throws {
        let wallet = try await newWallet(.new())
        let events = try wallet.events()
        try await wallet.release()
        var heard: [Event] = []
        for await event in events { heard.append(event) }
        #expect(heard == [.locked(reason: .released)])
    }

    @Test func eventsAndListsEndWithTheWalletAlsoWhereItIsLockedThen() async throws {
        let wallet = try await newWallet(.new())
        var lists = wallet.grantUpdates().makeAsyncIterator()
        #expect(try await lists.next() == [])
        try await wallet.lock()
        let events = try wallet.events()
        let shares = wallet.shareUpdates()
        try await wallet.release()
        var heard: [Event] = []
        for await event in events { heard.append(event) }
        #expect(heard == [.locked(reason: .released)])
        var told: [[ShareSummary]] = []
        for try await list in shares { told.append(list) }
        #expect(told.isEmpty, "it was locked all the time")
        #expect(try await lists.next() == nil)
        var late = wallet.grantUpdates().makeAsyncIterator()
        #expect(try await late.next() == nil)
    }

    @Test func anObserverMayCallTheWallet() async throws {
        let wallet = try await newWallet(.new())
        let observer = CallingObserver(wallet)
        let subscription = try wallet.subscribe(observer: observer)
        try await wallet.lock()
        while observer.answer == nil { try await Task.sleep(nanoseconds: 5_000_000) }
        #expect(observer.answer == false)
        try subscription.cancel()
    }
}

private final class SlowObserver: Observer, @unchecked Sendable {
    private let lock = NSLock()
    private let gate = DispatchSemaphore(value: 0)
    private var events: [Event] = []
    private var onMain = false

    var seen: [Event] { lock.withLock { events } }
    var wasOnMainThread: Bool { lock.withLock { onMain } }
    func go() { gate.signal() }

    func onEvents(events: [Event]) throws {
        gate.wait()
        lock.withLock {
            self.events += events
            onMain = Thread.isMainThread
        }
    }
}

private final class ThrowingObserver: Observer, @unchecked Sendable {
    struct OfItsOwn: Error {}
    private let lock = NSLock()
    private var heard = 0
    var count: Int { lock.withLock { heard } }

    func onEvents(events: [Event]) throws {
        lock.withLock { heard += events.count }
        throw OfItsOwn()
    }
}

private final class CallingObserver: Observer, @unchecked Sendable {
    private let lock = NSLock()
    private weak var wallet: Wallet?
    private var unlocked: Bool?
    var answer: Bool? { lock.withLock { unlocked } }

    init(_ wallet: Wallet) { self.wallet = wallet }

    func onEvents(events: [Event]) throws {
        let answer = try wallet?.isUnlocked()
        lock.withLock { unlocked = answer }
    }
}
