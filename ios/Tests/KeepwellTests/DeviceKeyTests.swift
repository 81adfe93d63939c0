import Foundation
import Keepwell
import XCTest

final class DeviceKeyTests: XCTestCase {
    /// A locked wallet, and its key that can be told to fail.
    private func lockedWallet(deadline: Duration? = nil) async throws -> (Wallet, FailingDeviceKey) {
        let key = FailingDeviceKey()
        let wallet = try await newWallet(.new(deviceKey: key, deadline: deadline))
        try await wallet.lock()
        return (wallet, key)
    }

    /// The wallet opens once the key works again, and no try was counted.
    private func opensAgain(_ wallet: Wallet, _ key: FailingDeviceKey) async throws {
        key.fail(nil)
        try await wallet.withAuthentication(pin: rightPIN) { _ in }
    }

    func testWhatTheAppThrowsArrivesAsItsCode() async throws {
        let (wallet, key) = try await lockedWallet()
        let reasons: [(DeviceKeyError, DeviceKeyReason)] = [
            (.Lost, .deviceKeyLost), (.Refused, .deviceKeyRefused), (.LockedOut, .deviceKeyLockedOut),
            (.Unavailable, .deviceKeyUnavailable),
        ]
        for (thrown, reason) in reasons {
            key.fail(.throwing(thrown))
            await expect(.DeviceKeyFailed(reason: reason)) { try await wallet.unlock(pin: rightPIN) }
        }
        try await opensAgain(wallet, key)
    }

    func testAnErrorOfTheAppsOwnCountsAsUnavailable() async throws {
        struct OfItsOwn: Error {}
        let (wallet, key) = try await lockedWallet()
        key.fail(.throwing(OfItsOwn()))
        await expect(.DeviceKeyFailed(reason: .deviceKeyUnavailable)) { try await wallet.unlock(pin: rightPIN) }
        try await opensAgain(wallet, key)
    }

    func testOneThatHangsIsCancelledAtItsDeadline() async throws {
        // Time enough for what answers on a machine that is busy.
        let (wallet, key) = try await lockedWallet(deadline: .seconds(10))
        key.fail(.hanging)
        let began = ContinuousClock.now
        await expect(.DeviceKeyFailed(reason: .deviceKeyUnavailable)) { try await wallet.unlock(pin: rightPIN) }
        XCTAssertLessThan(ContinuousClock.now - began, .seconds(30))
        try await opensAgain(wallet, key)
        while key.cancelledCount < 1 { try await Task.sleep(nanoseconds: 5_000_000) }
    }

    func testWrongBytesOpenNothing() async throws {
        let (wallet, key) = try await lockedWallet()
        for bytes in [Data(), Data([0]), Data(repeating: 7, count: 32), Data(repeating: 7, count: 100_000)] {
            key.fail(.answering(bytes))
            do {
                _ = try await wallet.unlock(pin: rightPIN)
                XCTFail("\(bytes.count) wrong bytes opened the wallet")
            } catch let error as WalletError {
                switch error {
                case .DeviceKeyFailed, .WrongPin, .PinDelayed: break
                default: XCTFail("\(error)")
                }
            }
            XCTAssertFalse(try wallet.isUnlocked())
        }
    }

    func testAWalletIsNotMadeWithAKeyThatFails() async throws {
        let key = FailingDeviceKey()
        key.fail(.throwing(DeviceKeyError.Refused))
        let config = try WalletConfig.new(deviceKey: key)
        await expect(.DeviceKeyFailed(reason: .deviceKeyRefused)) { try await newWallet(config) }
        key.fail(nil)
        try await newWallet(config).release()
    }
}
