import Foundation
import Keepwell
import XCTest

final class LifeTests: XCTestCase {
    func testAWrongPINCountsDownAndTheRightOneOpens() async throws {
        let config = try WalletConfig.new()
        let made = try await newWallet(config)
        try await made.release()
        let wallet = kept(try await Wallet.open(config: config))
        XCTAssertFalse(try wallet.isUnlocked())
        await expect(.Locked) { try await wallet.records(query: RecordQuery()) }
        await expect(.WrongPin(left: 9)) { try await wallet.unlock(pin: wrongPIN) }
        await expect(.WrongPin(left: 8)) { try await wallet.unlock(pin: wrongPIN) }
        await expect(.PinUnsuitable(reason: .pinNotDigits)) { try await wallet.unlock(pin: Pin(digits: Data("27182x".utf8))) }
        try await wallet.withAuthentication(pin: rightPIN) { authentication in
            XCTAssertEqual(try authentication.words().split(separator: UInt8(ascii: " ")).count, 24)
        }
        XCTAssertTrue(try wallet.isUnlocked())
    }

    func testManyWrongPINsDelayTheNextTry() async throws {
        let wallet = try await newWallet(.new())
        try await wallet.lock()
        var delayed: UInt64?
        for _ in 0..<9 where delayed == nil {
            do {
                _ = try await wallet.unlock(pin: wrongPIN)
                XCTFail("a wrong PIN opened the wallet")
            } catch WalletError.PinDelayed(let seconds) {
                delayed = seconds
            } catch WalletError.WrongPin {
            }
        }
        XCTAssertGreaterThan(try XCTUnwrap(delayed), 0)
        do {
            _ = try await wallet.unlock(pin: rightPIN)
            XCTFail("the right PIN has to wait, too")
        } catch WalletError.PinDelayed {
        }
    }

    func testTheWordsOpenAWalletWhoseDeviceKeyIsGone() async throws {
        let first = try WalletConfig.new()
        let words = try RecoveryWords.generate()
        try await Wallet.create(config: first, words: words, pin: rightPIN).wallet.release()
        let other = WalletConfig(home: first.home, deviceKey: MemoryDeviceKey())
        let wallet = kept(try await Wallet.open(config: other))
        await expect(.DeviceKeyFailed(reason: .deviceKeyLost)) { try await wallet.unlock(pin: rightPIN) }
        let strangers = try RecoveryWords.generate()
        await expect(.WrongWords) {
            try await wallet.unlockWithWords(words: strangers, newPin: wrongPIN)
        }
        let authentication = try await wallet.unlockWithWords(words: words, newPin: wrongPIN)
        XCTAssertEqual(try authentication.words(), try words.text())
        try await wallet.lock()
        try await wallet.withAuthentication(pin: wrongPIN) { _ in }
    }

    func testOnlyOneInstanceHasAFolder() async throws {
        let config = try WalletConfig.new()
        let first = try await newWallet(config)
        await expect(.Busy) { try await Wallet.open(config: config) }
        try await first.release()
        let second = kept(try await Wallet.open(config: config))
        XCTAssertFalse(try second.isUnlocked())
    }

    func testNothingIsOverwrittenAndNothingIsMadeByLooking() async throws {
        let config = try WalletConfig.new()
        await expect(.NoWallet) { try await Wallet.open(config: config) }
        XCTAssertFalse(FileManager.default.fileExists(atPath: config.home))
        try await newWallet(config).release()
        await expect(.WalletExists) { try await newWallet(config) }
        let wallet = kept(try await Wallet.open(config: config))
        XCTAssertFalse(try wallet.isUnlocked())
    }

    func testAfterReleaseEveryCallSaysClosed() async throws {
        let wallet = try await newWallet(.new())
        try await wallet.release()
        await expect(.Closed) { try await wallet.records(query: RecordQuery()) }
        await expect(.Closed) { try await wallet.unlock(pin: rightPIN) }
        XCTAssertFalse(try wallet.isUnlocked())
    }

    func testAnAuthenticationIsVoidAfterItsScopeAndAfterLocking() async throws {
        let wallet = try await newWallet(.new())
        let kept = try await wallet.withAuthentication(pin: rightPIN) { $0 }
        await expect(.Closed) { try kept.words() }
        let other = try await wallet.unlock(pin: rightPIN)
        XCTAssertFalse(try other.words().isEmpty)
        try await wallet.lock()
        await expect(.Closed) { try other.words() }
        let path = try newFolder() + "/export.ndjson"
        await expect(.Closed) { try await wallet.exportRecords(authentication: other, path: path) }
        XCTAssertFalse(FileManager.default.fileExists(atPath: path))
    }

    func testAnAuthenticationIsVoidAfterItsScopeThrew() async throws {
        struct Stop: Error {}
        let wallet = try await newWallet(.new())
        let kept = Box<Authentication>()
        do {
            try await wallet.withAuthentication(pin: rightPIN) { authentication in
                kept.value = authentication
                throw Stop()
            }
            XCTFail("nothing was thrown")
        } catch is Stop {
        }
        let authentication = try XCTUnwrap(kept.value)
        await expect(.Closed) { try authentication.words() }
    }

    func testLocksItselfInTheBackground() async throws {
        let wallet = try await newWallet(.new())
        try await wallet.setAutoLock(inFront: nil, inBackground: .milliseconds(50))
        var events = try wallet.events().makeAsyncIterator()
        try await wallet.setInBackground(isInBackground: true)
        let event = await events.next()
        XCTAssertEqual(event, .locked(reason: .idle))
        XCTAssertFalse(try wallet.isUnlocked())
    }

    func testAPanicLocksTheWalletAndIsATypedError() async throws {
        let wallet = try await newWallet(.new())
        var events = try wallet.events().makeAsyncIterator()
        await expect(.Internal) { try await triggerPanic(wallet: wallet) }
        let event = await events.next()
        XCTAssertEqual(event, .locked(reason: .fault))
        await expect(.Locked) { try await wallet.recordCounts() }
        try await wallet.withAuthentication(pin: rightPIN) { _ in }
        let counts = try await wallet.recordCounts()
        XCTAssertEqual(counts, [])
    }

    func testErrorsHaveTheirStableCodeAndNoSecrets() throws {
        XCTAssertEqual(try WalletError.WrongPin(left: 3).code(), "WrongPin")
        XCTAssertEqual(try WalletError.Storage(reason: .storageRolledBack).code(), "StorageRolledBack")
        do {
            _ = try RecoveryWords.parse(text: Data("legal winner thank secretword".utf8))
            XCTFail("these are no words")
        } catch let error as WalletError {
            XCTAssertEqual(try error.code(), "WordCount")
            XCTAssertFalse("\(error) \(error.localizedDescription)".contains("secretword"))
        }
    }
}

/// Something that a closure leaves behind.
final class Box<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Value?

    var value: Value? {
        get { lock.withLock { held } }
        set { lock.withLock { held = newValue } }
    }
}
