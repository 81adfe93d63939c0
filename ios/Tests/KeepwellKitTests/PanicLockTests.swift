import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct PanicLockTests {
    private let wallet = FakeWallet.sample {
        $0.isUnlocked = true
        $0.hasBiometrics = true
    }

    @Test func onlyThePINOpensAfterIt() async {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        #expect(app.state.isUnlocked)
        await app.panicLock()
        #expect(!app.state.isUnlocked)
        #expect(app.state.problem == nil)
        await app.unlock.load()
        #expect(!app.unlock.canTryBiometrics)
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(app.unlock.state.isOpen)
    }

    @Test(arguments: [true, false]) func nothingIsShownWhileTheWalletHasYetToLock(isInDistress: Bool) async {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        wallet.change { $0.isBusy = true }
        let locking = Task { if isInDistress { await app.panicLock() } else { await app.lock() } }
        #expect(await eventually { !app.state.isUnlocked })
        #expect(wallet.isUnlocked, "it is at something else")
        wallet.change { $0.isBusy = false }
        await locking.value
        #expect(!wallet.isUnlocked && !app.state.isUnlocked)
        #expect(wallet.change { $0.hasBiometrics } == !isInDistress)
    }

    @Test func whatIsStillOpenIsShownAgainAndThatIsSaid() async {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        wallet.change { $0.nextProblem = .busy }
        await app.lock()
        #expect(app.state.isUnlocked && app.unlock.state.isOpen)
        #expect(app.state.problem == .busy)
        await app.lock()
        #expect(!app.state.isUnlocked && app.state.problem == nil)
    }

    @Test func whatNoFingerOpensAnyMoreIsNotCalledFailed() async {
        wallet.change {
            $0.hasBiometrics = false
            $0.nextProblem = .deviceKeyUnavailable
        }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        await app.panicLock()
        #expect(!app.state.isUnlocked)
        #expect(app.state.problem == nil)
    }

    @Test func itIsLockedThoughThePhoneKeepsItsKeyAndThatIsSaid() async {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let observing = Task { await app.observe() }
        defer { observing.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        wallet.change { $0.nextProblem = .deviceKeyUnavailable }
        await app.panicLock()
        #expect(!app.state.isUnlocked)
        // What the wallet tells of its locking takes nothing back.
        wallet.announce(.locked)
        wallet.announce(.clinicKeyChanged("told after it", name: ""))
        #expect(await eventually { !app.state.changedKeys.isEmpty })
        #expect(app.state.problem == .fingerMayStillOpen)
        wallet.change { $0.nextProblem = .deviceKeyUnavailable }
        await app.disableBiometrics()
        #expect(app.state.problem == .fingerMayStillOpen, "it still is so")
        await app.disableBiometrics()
        #expect(app.state.problem == nil)
        #expect(wallet.change { !$0.hasBiometrics })
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(await eventually { app.state.isUnlocked })
        #expect(app.state.problem == nil)
    }
}
