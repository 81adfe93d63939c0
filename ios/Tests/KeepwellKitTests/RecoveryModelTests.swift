import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct RecoveryModelTests {
    private let wallet = FakeWallet.sample {
        $0.isUnlocked = false
        $0.wrongPINs = 10
    }
    private let model: RecoveryModel

    init() {
        model = RecoveryModel(service: wallet)
    }

    private func type(_ words: String) async {
        model.type(words: words)
        await model.next()
    }

    private func enter(_ digits: String) async {
        model.pin.type(digits)
        await model.next()
    }

    private func comeToThePIN(passphrase: String = "") async {
        await type("legal winner thank year")
        model.type(passphrase: passphrase)
        await model.next()
        #expect(model.state.step == .newPIN)
    }

    @Test func theWordsOpenADestroyedWalletAndOnlyTheNewPINOpensItAfterwards() async {
        await comeToThePIN()
        await enter("314159")
        #expect(model.state.step == .repeatPIN)
        #expect(!wallet.change { $0.isUnlocked })
        await enter("314159")
        #expect(wallet.change { $0.isUnlocked })
        #expect(wallet.change { $0.pin } == "314159")
        #expect(wallet.change { $0.wrongPINs } == 0)
    }

    @Test func wordsAreReadAsPeopleWriteThemAndCountedAsTheyAreTyped() async {
        #expect(!model.canContinue)
        model.type(words: "1. legal 2) winner, 3")
        #expect(model.count == 2)
        await type("1. LEGAL\r\n2.  winner\n3. thank\n4. year\n")
        #expect(model.state.step == .passphrase)
        #expect(model.words == "", "text goes with its step")
    }

    @Test func aWordThatIsNoneIsNamedAndCanBeExchangedInItsPlace() async {
        await type("1. legal\n2. winner\n3. thank\n4. yeer")
        #expect(model.state.problem == .wordsUnreadable(.unknownWord, position: 4))
        #expect(model.suggestions == [])
        await type("1. lega\n2. winner\n3. thank\n4. year")
        #expect(model.suggestions == ["leg", "legal"])
        model.take("legal")
        #expect(model.words == "1. legal\n2. winner\n3. thank\n4. year")
        #expect(model.state.problem == nil)
        await model.next()
        #expect(model.state.step == .passphrase)
    }

    @Test func aMissingWordAndExchangedWordsAreToldApartAndStayToBeMended() async {
        await type("legal winner thank")
        #expect(model.state.problem == .wordsUnreadable(.wordCount, position: nil))
        await type("winner legal thank year")
        #expect(model.state.problem == .wordsUnreadable(.mnemonicChecksum, position: nil))
        #expect(model.count == 4)
        model.take("legal")
        #expect(model.words == "winner legal thank year", "nothing to exchange")
    }

    @Test func otherWordsOrAnotherPassphraseLeadBackToThePassphrase() async {
        await comeToThePIN(passphrase: "sesame ")
        #expect(model.hasOuterBlank)
        for _ in 0..<2 { await enter("314159") }
        #expect(model.state.step == .passphrase)
        #expect(model.state.problem == .wrongWords)
        model.type(passphrase: "")
        #expect(!model.hasOuterBlank)
        await model.next()
        for _ in 0..<2 { await enter("314159") }
        #expect(wallet.change { $0.isUnlocked })
    }

    @Test func twoPINsThatDifferAndOneThatIsGuessedAreChosenAgain() async {
        await comeToThePIN()
        await enter("314159")
        await enter("314158")
        #expect(model.state.step == .newPIN)
        #expect(model.state.problem == .pinsDiffer)
        await enter("314159")
        await enter("31415")
        #expect(model.state.step == .repeatPIN, "too short to try")
        #expect(model.back())
        for _ in 0..<2 { await enter("000000") }
        #expect(model.state.problem == .pinUnsuitable)
        for _ in 0..<2 { await enter("314159") }
        #expect(wallet.change { $0.isUnlocked })
    }

    @Test func eachStepLeadsBackToTheOneBefore() async {
        await comeToThePIN(passphrase: "sesame")
        await enter("314159")
        for step in [RecoveryState.Step.newPIN, .passphrase, .words] {
            #expect(model.back())
            #expect(model.state.step == step)
        }
        #expect(model.passphrase == "")
        #expect(!model.back())
    }

    @Test func whatIsPastedIsCut() {
        model.type(words: String(repeating: "a ", count: 100_000))
        #expect(model.words.count == 4096)
    }

    @Test func nothingThatWasTypedIsPrinted() async {
        model.type(words: "legal winner")
        model.type(passphrase: "sesame")
        var printed = ""
        dump(model, to: &printed)
        dump(model.state, to: &printed)
        printed += String(describing: model) + String(reflecting: model)
        for secret in ["legal", "winner", "sesame"] { #expect(!printed.contains(secret)) }
    }

    @Test func outOfSightWordsStayForTwoMinutesAndNoLonger() async {
        let clock = SettableClock()
        let app = AppModel(services: wallet, phone: FakePhone().phone, now: clock.now)
        app.unlock.recover()
        app.unlock.recovery?.type(words: "legal winner")
        await app.setInBackground(true)
        clock.advance(119)
        await app.setInBackground(false)
        #expect(app.unlock.recovery?.words == "legal winner")
        clock.advance(600)
        await app.setInBackground(true)
        clock.advance(120)
        await app.setInBackground(false)
        #expect(app.unlock.recovery == nil)
    }

    @Test func anOpenWalletHasNoRecoveryScreenLeft() async {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        app.unlock.recover()
        let recovery = app.unlock.recovery
        recovery?.type(words: "legal winner thank year")
        await recovery?.next()
        await recovery?.next()
        for _ in 0..<2 {
            recovery?.pin.type("314159")
            await recovery?.next()
        }
        #expect(await eventually { app.state.isUnlocked })
        #expect(app.unlock.recovery == nil)
        #expect(recovery?.state.step == .words)
        #expect(recovery?.words == "")
    }
}
