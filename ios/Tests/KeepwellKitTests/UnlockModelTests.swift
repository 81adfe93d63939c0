import Foundation
import KeepwellFake
import KeepwellKit
import Testing

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
        #expect(model.state.step == .open)
        #expect(model.state.problem == nil)
        #expect(!model.state.isBusy)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.isUnlocked })
    }

    @Test func saysHowManyTriesAreLeftAfterAWrongPIN() async {
        await unlock("271829")
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.step == .pin)
        #expect(model.pin.count == 0)
        await unlock("271828")
        #expect(model.state.step == .open)
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
        #expect(model.state.step == .pin, "a try before its time is not made")
        #expect(wallet.change { $0.wrongPINs } == 5)
        clock.advance(1)
        await model.unlock()
        #expect(model.state.step == .open)
        #expect(model.state.notBefore == nil)
    }

    @Test func asksForTheWordsWhenThePINIsDestroyed() async {
        wallet.change { $0.wrongPINs = 9 }
        await unlock("000001")
        #expect(model.state.problem == .wordsNeeded)
        #expect(model.state.step == .words)
        await unlock("271828")
        #expect(!wallet.change { $0.isUnlocked }, "the PIN is not tried any more")
    }

    @Test func theWordsOpenADestroyedWalletAndSetANewPIN() async {
        wallet.change { $0.wrongPINs = 10 }
        model.choose(.words)
        let words = SecretBytes("legal winner thank year")
        model.pin.type("314159")
        await model.unlock(words: words)
        #expect(model.state.step == .open)
        #expect(words.count == 0, "the words are overwritten")
        #expect(wallet.change { $0.pin } == "314159")
        #expect(wallet.change { $0.wrongPINs } == 0)
    }

    @Test func refusesOtherWordsAndOverwritesThemToo() async {
        model.choose(.words)
        for (typed, problem) in [
            ("legal winner thank yellow", Problem.wrongWords), ("legal winner thank", .wordsUnreadable(position: nil)),
        ] {
            let words = SecretBytes(typed)
            model.pin.type("314159")
            await model.unlock(words: words)
            #expect(model.state.problem == problem)
            #expect(words.count == 0)
            #expect(model.pin.count == 0)
        }
        #expect(wallet.change { $0.pin } == "271828")
    }

    @Test func goesToTheWordsAndBackWhenAskedAndForgetsWhatWasTyped() {
        model.pin.type("2718")
        model.choose(.words)
        #expect(model.state.step == .words)
        #expect(model.pin.count == 0)
        model.choose(.pin)
        #expect(model.state.step == .pin)
        model.choose(.open)
        #expect(model.state.step == .pin, "nobody opens a wallet by choosing so")
    }

    @Test func stoppingIsNoProblemToShow() async {
        wallet.change { $0.nextProblem = .cancelled }
        await unlock("271828")
        #expect(model.state.problem == nil)
        #expect(model.state.step == .pin)
    }

    @Test func theKeypadTakesTwelveDigitsAndNothingElse() {
        let entry = PINEntry()
        entry.type(-1)
        entry.type(10)
        #expect(entry.count == 0)
        entry.deleteLast()
        #expect(entry.count == 0)
        entry.type("1234567890123")
        #expect(entry.count == 12)
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
