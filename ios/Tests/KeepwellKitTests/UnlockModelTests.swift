import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct UnlockModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = false }
    private let clock = SettableClock()
    private let model: UnlockModel

    init() {
        model = UnlockModel(service: wallet, now: clock.now)
    }

    private func unlock(_ digits: String) async {
        model.pin.type(digits)
        await model.unlock()
    }

    @Test func unlocksWithThePINAndForgetsIt() async {
        await unlock("271828")
        #expect(model.state.isOpen)
        #expect(model.state.problem == nil)
        #expect(!model.state.isBusy)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.isUnlocked })
    }

    @Test func saysHowManyTriesAreLeftAfterAWrongPIN() async {
        await unlock("271829")
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(!model.state.isOpen)
        #expect(model.pin.count == 0)
        await unlock("271828")
        #expect(model.state.isOpen)
        #expect(model.state.problem == nil)
    }

    @Test func doesNotTryAPINThatIsTooShort() async {
        await unlock("27182")
        #expect(wallet.change { $0.wrongPINs } == 0)
        #expect(model.pin.count == 5)
        #expect(model.state.problem == nil)
    }

    @Test func waitsAsLongAsTheWalletSaysAndNoLonger() async {
        wallet.change { $0.wrongPINs = 4 }
        await unlock("000001")
        #expect(model.state.problem == .pinDelayed(seconds: 30))
        clock.advance(29)
        await unlock("271828")
        #expect(!model.state.isOpen, "a try before its time is not made")
        #expect(wallet.change { $0.wrongPINs } == 5)
        clock.advance(1)
        await model.unlock()
        #expect(model.state.isOpen)
        #expect(model.state.notBefore == nil)
    }

    @Test func countsDownWhatIsLeftOfADelayAndThenLetsTry() async {
        let clock = self.clock
        let model = UnlockModel(service: wallet, now: clock.now) {
            clock.advance(10)
            throw CancellationError()
        }
        wallet.change { $0.wrongPINs = 4 }
        model.pin.type("000001")
        await model.unlock()
        model.pin.type("271828")
        #expect(!model.canTry)
        await model.waitOut()
        #expect(model.state.problem == .pinDelayed(seconds: 30))
        await model.waitOut()
        #expect(model.state.problem == .pinDelayed(seconds: 20))
        #expect(!model.canTry)
        await model.waitOut()
        await model.waitOut()
        #expect(model.state.problem == nil && model.state.notBefore == nil)
        #expect(model.canTry)
    }

    @Test func whatWasSaidSinceIsNotTakenBackByADelayThatIsOver() async {
        let clock = self.clock
        let model = UnlockModel(service: wallet, now: clock.now) { clock.advance(10) }
        wallet.change {
            $0.wrongPINs = 4
            $0.hasBiometrics = true
            $0.isFingerNew = true
        }
        await model.load()
        model.pin.type("000001")
        await model.unlock()
        await model.unlockWithBiometrics()
        await model.waitOut()
        #expect(model.state.problem == .biometricsLost)
        #expect(model.state.notBefore == nil)
    }

    @Test func offersTheWordsAndNoPINWhenThePINIsDestroyed() async {
        wallet.change { $0.wrongPINs = 9 }
        await unlock("000001")
        #expect(model.state.problem == .wordsNeeded)
        #expect(model.state.needsWords)
        await unlock("271828")
        #expect(!wallet.change { $0.isUnlocked }, "the PIN is not tried any more")
        model.recover()
        #expect(model.recovery?.state.step == .words)
        #expect(model.pin.count == 0)
    }

    @Test func goesToTheWordsAndBackAndForgetsWhatWasTyped() {
        model.pin.type("2718")
        model.recover()
        #expect(model.pin.count == 0)
        let recovery = model.recovery
        recovery?.type(words: "legal winner")
        model.recover()
        #expect(model.recovery === recovery, "what was typed is not lost by asking again")
        model.leaveRecovery()
        #expect(model.recovery == nil)
        #expect(recovery?.words == "")
    }

    @Test func whoGoesToTheWordsBreaksOffWhatIsTriedAndCanTryAgain() async {
        wallet.change { $0.isBusy = true }
        let trying = Task { await unlock("271828") }
        _ = await eventually { wallet.heldCalls == 1 }
        model.recover()
        #expect(model.recovery != nil)
        await trying.value
        #expect(!model.state.isBusy && !model.state.isOpen && model.state.problem == nil)
        wallet.change { $0.isBusy = false }
        #expect(!wallet.change { $0.isUnlocked }, "it was broken off")
        model.leaveRecovery()
        await unlock("271828")
        #expect(model.state.isOpen)
    }

    @Test func stoppingIsNoProblemToShow() async {
        wallet.change { $0.nextProblem = .cancelled }
        await unlock("271828")
        #expect(model.state.problem == nil)
        #expect(!model.state.isOpen)
    }

    @Test func whatIsTypedOrClearedWhileAPINIsCheckedDoesNotChangeIt() async throws {
        let entry = PINEntry()
        entry.type("271828")
        let wallet = wallet
        wallet.change { $0.isCheckingSlow = true }
        let checking = Task {
            try await entry.spend { pin throws(Problem) in
                _ = try await wallet.authenticate(pin: pin)
            }
        }
        #expect(await eventually { wallet.heldCalls == 1 })
        entry.type("9")
        entry.clear()
        wallet.change { $0.isCheckingSlow = false }
        try await checking.value
        #expect(wallet.change { $0.wrongPINs } == 0)
        #expect(entry.count == 0)
        entry.type("3")
        #expect(entry.count == 1, "then it is empty, and can be typed on")
    }

    // MARK: A face or a finger

    @Test func aFaceOrAFingerOpensWhereItIsOnAndThePINBesideIt() async {
        await model.load()
        await model.unlockWithBiometrics()
        #expect(!model.state.isOpen, "it is off")
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        #expect(model.canTryBiometrics)
        model.pin.type("2718")
        await model.unlockWithBiometrics()
        #expect(model.state.isOpen)
        #expect(model.pin.count == 0)
        model.reset()
        await model.load()
        await unlock("271828")
        #expect(model.state.isOpen)
    }

    @Test func anotherFingerIsSaidAndOnlyThePINOpensThen() async {
        wallet.change {
            $0.hasBiometrics = true
            $0.isFingerNew = true
        }
        await model.load()
        await model.unlockWithBiometrics()
        #expect(model.state.problem == .biometricsLost)
        #expect(!model.state.hasBiometrics && !model.canTryBiometrics)
        await unlock("271828")
        #expect(model.state.isOpen)
    }

    @Test func whoLostTheirFingerIsOfferedItAgainAfterThePIN() async {
        wallet.change {
            $0.hasBiometrics = true
            $0.isFingerNew = true
        }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        await app.unlock.load()
        await app.unlock.unlockWithBiometrics()
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(await eventually { app.state.isUnlocked })
        #expect(app.state.wereBiometricsLost)
        app.acknowledgeLostBiometrics()
        await app.lock()
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(await eventually { app.state.isUnlocked })
        #expect(!app.state.wereBiometricsLost, "once")
    }

    @Test func whoUsedUpTheirTriesInAnOpenWalletIsLedToTheWords() async {
        wallet.change { $0.isUnlocked = true }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        await app.lockToRecover()
        #expect(!app.state.isUnlocked)
        #expect(!wallet.change { $0.isUnlocked })
        #expect(app.unlock.recovery != nil)
    }

    @Test func whoStaysOpenIsNotLedToTheWords() async {
        wallet.change {
            $0.isUnlocked = true
            $0.nextProblem = .busy
        }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        await app.lockToRecover()
        #expect(app.state.isUnlocked)
        #expect(app.state.problem == .busy)
        #expect(app.unlock.recovery == nil)
        app.acknowledgeProblem()
        #expect(app.state.problem == nil)
    }

    @Test func whyNoFaceAndNoFingerOpenedItIsSaidAndThePINOpens() async {
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        let said: [(Problem, Problem?)] = [
            (.deviceKeyRefused, .deviceKeyRefused), (.deviceKeyUnavailable, .biometricsUnavailable),
            (.deviceKeyLockedOut, .biometricsUnavailable), (.cancelled, nil),
        ]
        for (problem, words) in said {
            wallet.change { $0.nextProblem = problem }
            await model.unlockWithBiometrics()
            #expect(model.state.problem == words)
            #expect(model.canTryBiometrics)
        }
        await unlock("271828")
        #expect(model.state.isOpen)
    }

    @Test func aFingerOpensThoughThePINIsDestroyedAndWhatIsSaidOfThePINStays() async {
        wallet.change {
            $0.hasBiometrics = true
            $0.wrongPINs = 9
        }
        await model.load()
        await unlock("000001")
        #expect(model.state.needsWords)
        wallet.change { $0.nextProblem = .cancelled }
        await model.unlockWithBiometrics()
        #expect(model.state.needsWords && !model.state.isOpen)
        await model.unlockWithBiometrics()
        #expect(model.state.isOpen)
    }

    // MARK: Erasing

    @Test func erasingIsAskedInThePlaceOfThePINAndTakesNothingBySight() async {
        model.pin.type("2718")
        model.askToErase()
        #expect(model.pin.count == 0)
        #expect(model.erasing?.isPINNeeded == false)
        model.recover()
        #expect(model.recovery == nil, "one question at a time")
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        #expect(model.canTryBiometrics)
        await unlock("271828")
        await model.unlockWithBiometrics()
        #expect(!model.state.isOpen && wallet.change { !$0.isUnlocked }, "nothing opens behind the question")
        model.leaveErasing()
        #expect(model.erasing == nil)
        #expect(wallet.change { !$0.isErased })
        await model.unlock()
        #expect(model.state.isOpen)
    }

    @Test func whatAFaceOrAFingerStillOpensIsLookedAtBeforeItIsErased() async {
        wallet.change { $0.hasBiometrics = true }
        model.askToErase()
        await model.lookBeforeErasing()
        #expect(model.erasing == nil)
        #expect(model.state.isOpen && wallet.change { !$0.isErased })
    }

    @Test func theKeypadTakesAsManyDigitsAsAPINCanHaveAndNothingElse() {
        let entry = PINEntry()
        entry.type(-1)
        entry.type(10)
        #expect(entry.count == 0)
        entry.deleteLast()
        #expect(entry.count == 0)
        entry.type(String(repeating: "7", count: PINEntry.lengths.upperBound + 1))
        #expect(entry.count == PINEntry.lengths.upperBound)
        #expect(entry.isComplete)
        entry.clear()
        #expect(!entry.isComplete)
    }
}

/// A clock that stands still until it is moved.
final class SettableClock: @unchecked Sendable {
    private let lock = NSLock()
    private var time = Date(timeIntervalSince1970: 1_800_000_000)

    var now: @Sendable () -> Date { { [self] in lock.withLock { time } } }

    func advance(_ seconds: TimeInterval) {
        lock.withLock { time.addTimeInterval(seconds) }
    }
}
