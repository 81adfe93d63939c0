import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct SeeWordsModelTests {
    private let wallet = FakeWallet.sample {
        $0.isUnlocked = true
        $0.words = FakeStart.words
    }
    private let model: SeeWordsModel

    init() {
        model = SeeWordsModel(service: wallet)
    }

    private func show() async {
        model.pin.type("271828")
        await model.show()
    }

    @Test func sixAtATimeInTheirOrder() async {
        await show()
        var seen = model.shown
        #expect(seen.map(\.place) == [1, 2, 3, 4, 5, 6])
        #expect(!model.hasPrevious)
        while model.hasNext {
            model.next()
            #expect(model.shown.count == 6)
            seen += model.shown
        }
        #expect(seen.map(\.word) == FakeStart.words)
        #expect(seen.map(\.place) == Array(1...24))
        model.next()
        #expect(model.shown.last?.place == 24, "there are no more")
        model.previous()
        #expect(model.shown.first?.place == 13)
    }

    @Test func turningAPageCountsAsUse() async {
        await show()
        let before = wallet.change { $0.uses }
        model.next()
        #expect(await eventually { wallet.change { $0.uses } == before + 1 })
        model.previous()
        #expect(await eventually { wallet.change { $0.uses } == before + 2 })
        model.previous()
        model.clear()
        model.next()
        try? await Task.sleep(nanoseconds: 20_000_000)
        #expect(wallet.change { $0.uses } == before + 2, "where no page turns nobody is there")
    }

    @Test func withAWrongPINNoneIsShown() async {
        model.pin.type("271829")
        await model.show()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.page == nil)
        #expect(model.shown.isEmpty)
    }

    @Test func outOfSightTheyAreGoneAndThePINIsAskedForAgain() async {
        await show()
        model.clear()
        #expect(model.shown.isEmpty && model.count == 0)
        #expect(model.state == SeeWordsState())
        await model.show()
        #expect(model.shown.isEmpty, "not without the PIN")
    }

    @Test func whoLeavesWhileThePINIsCheckedSeesNone() async {
        model.pin.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let showing = Task { await model.show() }
        #expect(await eventually { model.state.isBusy })
        model.clear()
        wallet.change { $0.isCheckingSlow = false }
        await showing.value
        #expect(model.shown.isEmpty && model.state == SeeWordsState())
        #expect(wallet.change { $0.wrongPINs } == 0, "the PIN that was being checked is whole")
    }

    @Test func noWordIsPrinted() async {
        await show()
        var printed = ""
        dump(model, to: &printed)
        dump(model.state, to: &printed)
        dump(model.shown, to: &printed)
        printed += String(describing: model) + "\(model.shown)"
        for word in FakeStart.words.prefix(6) { #expect(!printed.contains(word)) }
    }
}
