import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct ChangePINModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let model: ChangePINModel

    init() {
        model = ChangePINModel(service: wallet)
    }

    private func enter(_ digits: String) async {
        model.entry.type(digits)
        await model.next()
    }

    @Test func theOldPINOnceAndTheNewOneTwice() async {
        await enter("271828")
        #expect(model.state.step == .newPIN)
        await enter("314159")
        #expect(model.state.step == .repeatPIN)
        #expect(wallet.change { $0.pin } == "271828", "not yet")
        await enter("314159")
        #expect(model.state.step == .done)
        #expect(model.state.problem == nil)
        #expect(wallet.change { $0.pin } == "314159")
        model.clear()
        #expect(model.state.step == .done, "what was done is still said")
    }

    @Test func aWrongOldPINCountsAsATryAndChangesNothing() async {
        await enter("271829")
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.step == .oldPIN)
        #expect(wallet.change { $0.wrongPINs } == 1)
        await enter("27182")
        #expect(wallet.change { $0.wrongPINs } == 1, "too short to be tried")
    }

    @Test func aNewPINThatIsGuessedOrTypedOtherwiseIsChosenAgain() async {
        await enter("271828")
        await enter("111111")
        #expect(model.state.problem == .pinUnsuitable)
        #expect(model.state.step == .newPIN)
        await enter("314159")
        await enter("314158")
        #expect(model.state.problem == .pinsDiffer)
        #expect(model.state.step == .newPIN, "the old one needs not be typed again")
        for _ in 0..<2 { await enter("314159") }
        #expect(wallet.change { $0.pin } == "314159")
    }

    @Test func whoLeavesWhileThePINIsCheckedBeginsAnew() async {
        model.entry.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let checking = Task { await model.next() }
        #expect(await eventually { model.state.isBusy })
        model.clear()
        wallet.change { $0.isCheckingSlow = false }
        await checking.value
        #expect(model.state.step == .oldPIN)
        await enter("271828")
        #expect(model.state.step == .newPIN, "the next time it goes on")
    }

    @Test func outOfSightItBeginsAnewAndALockedWalletDoes() async {
        await enter("271828")
        await enter("314159")
        model.clear()
        #expect(model.state.step == .oldPIN)
        #expect(model.new.entry.count == 0 && !model.new.isRepeating)
        await enter("271828")
        wallet.change { $0.isUnlocked = false }
        for _ in 0..<2 { await enter("314159") }
        #expect(model.state.problem == .locked)
        #expect(model.state.step == .oldPIN)
        #expect(wallet.change { $0.pin } == "271828")
    }
}
