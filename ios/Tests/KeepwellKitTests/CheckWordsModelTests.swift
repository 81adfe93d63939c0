import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

/// The words only seen, without the quiz.
@MainActor @Suite struct SeenWordsTests {
    private let wallet = FakeWallet.sample {
        $0.isUnlocked = true
        $0.words = FakeStart.words
    }
    private let model: CheckWordsModel

    init() {
        model = CheckWordsModel(service: wallet, isQuiz: false)
    }

    private func show() async {
        model.pin.type("271828")
        await model.next()
    }

    @Test func sixAtATimeInTheirOrder() async {
        await show()
        var seen = model.shown
        #expect(seen.map(\.place) == [1, 2, 3, 4, 5, 6])
        #expect(!model.hasPrevious)
        while model.hasNext {
            await model.next()
            #expect(model.shown.count == 6)
            seen += model.shown
        }
        #expect(seen.map(\.word) == FakeStart.words)
        #expect(seen.map(\.place) == Array(1...24))
        #expect(!model.canContinue)
        await model.next()
        #expect(model.state.step == .show && model.shown.last?.place == 24, "there are no more, and nothing is asked")
        await model.previous()
        #expect(model.shown.first?.place == 13)
    }

    @Test func turningAPageCountsAsUse() async {
        await show()
        let before = wallet.change { $0.uses }
        await model.next()
        #expect(wallet.change { $0.uses } == before + 1)
        await model.previous()
        #expect(wallet.change { $0.uses } == before + 2)
        await model.previous()
        model.hide()
        await model.next()
        #expect(wallet.change { $0.uses } == before + 2, "where no page turns nobody is there")
    }

    @Test func withAWrongPINNoneIsShown() async {
        model.pin.type("271829")
        await model.next()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.step == .pin)
        #expect(model.shown.isEmpty)
    }

    @Test func outOfSightTheyAreGoneAndThePINIsAskedForAgain() async {
        await show()
        await model.next()
        model.hide()
        #expect(model.shown.isEmpty && model.count == 0)
        #expect(model.state == CheckWordsState())
        await model.next()
        #expect(model.shown.isEmpty, "not without the PIN")
        await show()
        #expect(model.shown.first?.place == 1, "from the beginning")
    }

    @Test func whoLeavesWhileThePINIsCheckedSeesNone() async {
        model.pin.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let showing = Task { await model.next() }
        #expect(await eventually { model.state.isBusy })
        model.hide()
        wallet.change { $0.isCheckingSlow = false }
        await showing.value
        #expect(model.shown.isEmpty && model.state == CheckWordsState())
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

@MainActor @Suite struct CheckWordsModelTests {
    private let wallet = FakeWallet.sample { $0.areWordsVerified = false }

    private func shown() async -> CheckWordsModel {
        let model = CheckWordsModel(service: wallet, isQuiz: true)
        model.pin.type("271828")
        await model.next()
        return model
    }

    @Test func showsTheWordsAgainstThePINAndNotesThatThreeAreRight() async {
        let model = await shown()
        #expect(model.state.step == .show)
        #expect(model.shown.map(\.word) == ["legal", "winner", "thank", "year"])
        #expect(model.pin.count == 0)
        await model.next()
        #expect(model.shown.isEmpty, "who is asked does not see them")
        #expect(model.quiz.places == [1, 2, 4])
        #expect(!model.canContinue)
        for (place, word) in [1: "legal", 2: "Winner ", 4: "year"] { model.quiz.type(word, at: place) }
        await model.next()
        #expect(model.state.step == .done)
        #expect(wallet.change { $0.areWordsVerified })
        #expect(model.quiz.places == [])
    }

    @Test func goingOnCountsAsUse() async {
        let model = await shown()
        let before = wallet.change { $0.uses }
        await model.next()
        #expect(wallet.change { $0.uses } == before + 1)
        await model.lookAgain()
        #expect(wallet.change { $0.uses } == before + 2)
        #expect(model.state.step == .show && model.count == 4)
    }

    @Test func aWrongWordIsRefusedAndTheWordsCanBeLookedAtAgain() async {
        let model = await shown()
        await model.next()
        for (place, word) in [1: "legal", 2: "winner", 4: "yard"] { model.quiz.type(word, at: place) }
        await model.next()
        #expect(model.state.problem == .quizFailed)
        #expect(model.state.step == .quiz)
        #expect(!wallet.change { $0.areWordsVerified })
        await model.lookAgain()
        #expect(model.state.step == .show)
        #expect(model.count == 4)
        #expect(model.state.problem == nil)
    }

    @Test func aWrongPINShowsNoWord() async {
        let model = CheckWordsModel(service: wallet, isQuiz: true)
        model.pin.type("314159")
        await model.next()
        #expect(model.state.step == .pin)
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.shown.isEmpty)
        #expect(model.pin.count == 0)
        model.pin.type("27182")
        #expect(!model.canContinue)
    }

    @Test func whoClosesItLeavesNothingBehind() async {
        let model = await shown()
        model.close()
        #expect(model.shown.isEmpty)
        #expect(model.state.step == .pin)
        #expect(!model.canContinue)
        await model.next()
        #expect(model.shown.isEmpty)
        var text = ""
        dump(model, to: &text)
        #expect(!text.contains("legal"))
    }

    @Test func outOfSightItForgetsTheWordsAndWhoTypedThePIN() async {
        let model = await shown()
        model.hide()
        #expect(model.shown.isEmpty && model.state == CheckWordsState())
        await model.next()
        #expect(model.shown.isEmpty, "not without the PIN")
        model.pin.type("271828")
        await model.next()
        await model.next()
        model.quiz.type("legal", at: 1)
        model.hide()
        #expect(model.state.step == .pin)
        #expect(model.quiz.places == [] && model.quiz.answer(at: 1) == "")
        await model.lookAgain()
        #expect(model.shown.isEmpty)
        model.pin.type("2718")
        model.hide()
        #expect(model.pin.count == 0)
    }

    @Test func whoLeavesWhileThePINIsCheckedSeesNoWord() async {
        let model = CheckWordsModel(service: wallet, isQuiz: true)
        model.pin.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let showing = Task { await model.next() }
        #expect(await eventually { model.state.isBusy })
        model.hide()
        wallet.change { $0.isCheckingSlow = false }
        await showing.value
        #expect(model.shown.isEmpty && model.state == CheckWordsState())
        model.pin.type("271828")
        await model.next()
        #expect(model.count == 4, "the next time they are shown")
    }

    @Test func whatIsDoneStaysDoneOutOfSightAndAWrongPINOfBeforeIsNotSaid() async {
        let model = await shown()
        await model.next()
        for (place, word) in [1: "legal", 2: "winner", 4: "year"] { model.quiz.type(word, at: place) }
        await model.next()
        model.hide()
        #expect(model.state.step == .done)
        let other = CheckWordsModel(service: wallet, isQuiz: true)
        other.pin.type("314159")
        wallet.change { $0.isCheckingSlow = true }
        let showing = Task { await other.next() }
        #expect(await eventually { other.state.isBusy })
        other.hide()
        wallet.change { $0.isCheckingSlow = false }
        await showing.value
        #expect(other.state == CheckWordsState())
    }

    @Test func lockingTakesTheWordsOffTheScreen() async throws {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        app.checkWords()
        let model = try #require(app.checkingWords)
        model.pin.type("271828")
        await model.next()
        app.take(.code("keepwell:c/example.org"))
        #expect(app.connecting == nil, "one thing at a time")
        try await wallet.lock()
        #expect(await eventually { app.checkingWords == nil })
        #expect(model.shown.isEmpty)
    }

    @Test func whatCameMeanwhileIsAskedAboutAfterwards() {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        app.checkWords()
        app.take(.code("keepwell:c/example.org"))
        app.closeQuestion()
        #expect(app.checkingWords == nil)
        #expect(app.connecting != nil)
        app.checkWords()
        #expect(app.checkingWords == nil, "one thing at a time")
        #expect(app.state.changes == 1)
    }
}
