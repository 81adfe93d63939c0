import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct StartModelTests {
    private let phone = FakeStart()
    private let model: StartModel
    private let handed = Handed()

    /// What was handed over at the end.
    @MainActor private final class Handed {
        var services: (any WalletServices)?
    }

    init() {
        model = StartModel(service: phone) { [handed] services in handed.services = services }
    }

    private func enter(_ digits: String) async {
        model.pin.entry.type(digits)
        await model.next()
    }

    private func comeToTheQuiz() async {
        await model.next()
        await model.startNew()
        await model.next()
        #expect(model.state.step == .quiz)
    }

    private func answer(_ answers: [String]) async {
        for (place, answer) in zip(model.quiz.places, answers) { model.quiz.type(answer, at: place) }
        await model.next()
    }

    private func make() async {
        await comeToTheQuiz()
        await answer(["thank", "cage", "cabin"])
        for _ in 0..<2 { await enter("314159") }
    }

    private func typeWords(_ words: [String] = FakeStart.words) async {
        await model.next()
        model.haveWords()
        model.fields.type(words.joined(separator: " "), at: 0)
        await model.next()
    }

    private func comeToTheConnection(passphrase: String = "", pin: String = "314159") async {
        await typeWords()
        model.type(passphrase: passphrase)
        await model.next()
        for _ in 0..<2 { await enter(pin) }
        #expect(model.state.step == .connection)
    }

    // MARK: New

    @Test func newWordsAreShownAskedForAndKeptNowhere() async {
        await model.next()
        #expect(model.state.step == .aboutWords)
        #expect(!model.canContinue, "here one chooses")
        await model.startNew()
        #expect(model.words == FakeStart.words)
        await model.next()
        #expect(model.quiz.places == [3, 11, 20])
        #expect(!model.canContinue)
        await answer([" Thank", "cage", "cabin "])
        #expect(model.state.areWordsChecked)
        #expect(model.state.step == .newPIN)
        await enter("314159")
        #expect(model.state.step == .repeatPIN)
        #expect(phone.change { $0.wallet } == nil, "nothing is on the phone yet")
        await enter("314159")
        #expect(model.state.step == .done, "there is nobody to connect to")
        #expect(model.words == [])
        #expect(model.quiz.places == [])
        await model.next()
        let wallet = phone.change { $0.wallet }
        #expect(wallet != nil && handed.services as? FakeWallet === wallet)
        #expect(wallet?.change { $0.areWordsVerified } == true)
        #expect(wallet?.change { $0.pin } == "314159")
    }

    @Test func wrongAnswersAreSaidAndTheWordsCanBeLookedAtAgain() async {
        await comeToTheQuiz()
        await answer(["thank", "cage", "cabins"])
        #expect(model.state.problem == .quizFailed)
        #expect(model.state.step == .quiz)
        #expect(model.back())
        #expect(model.words == FakeStart.words, "the same words: they may stand on paper")
        await model.next()
        #expect(model.quiz.answer(at: 3) == "")
        await answer(["thank", "cage", "cabin"])
        #expect(model.state.step == .newPIN)
    }

    @Test func aQuizThatWasPutOffIsStillToDo() async throws {
        await comeToTheQuiz()
        model.checkLater()
        for _ in 0..<2 { await enter("314159") }
        await model.next()
        let home = HomeModel(service: try #require(handed.services))
        await home.load()
        #expect(home.state.toDo == [.checkWords, .connect, .addRecords])
    }

    @Test func twoPINsThatDifferAndOneThatIsGuessedAreChosenAgain() async {
        await comeToTheQuiz()
        model.checkLater()
        await enter("314159")
        await enter("314158")
        #expect(model.state.problem == .pinsDiffer)
        #expect(model.state.step == .newPIN)
        await enter("111111")
        #expect(model.state.problem == .pinUnsuitable, "before it is typed again")
        #expect(model.state.step == .newPIN)
        #expect(phone.change { $0.wallet } == nil)
        await enter("31415")
        #expect(model.state.step == .newPIN, "too short to try")
        model.pin.entry.type("9")
        await model.next()
        await enter("314159")
        #expect(model.services != nil)
    }

    @Test func itAsksBeforeItConnectsAndCanWait() async {
        phone.change { $0.builtIn = FakeStart.demonstration }
        await make()
        #expect(model.state.step == .connection)
        #expect(model.state.offer?.hostName == "records.example.org")
        #expect(!model.state.isOfferFromCode, "what the app was built with needs no comparing")
        let wallet = phone.change { $0.wallet }
        #expect(wallet?.change { $0.isConnected } == false)
        phone.change { $0.isOnline = false }
        await model.next()
        #expect(model.state.problem == .offline)
        #expect(model.state.step == .connection)
        model.connectLater()
        #expect(model.state.step == .done)
        #expect(!model.state.isConnected)
        await model.offer(code: "keepwell:c/other.example.org")
        #expect(model.state.step == .connection, "a code asks again")
        phone.change { $0.isOnline = true }
        await model.next()
        #expect(model.state.isConnected)
        #expect(wallet?.change { $0.isConnected } == true)
        #expect(!model.back(), "there is a wallet now")
    }

    @Test func aFaceOrAFingerMayOpenItAndNeedsNoPINNow() async {
        #expect(!model.canEnableBiometrics, "there is nothing to open yet")
        await make()
        let wallet = phone.change { $0.wallet }
        wallet?.change { $0.knowsFinger = false }
        await model.enableBiometrics()
        #expect(model.state.areBiometricsUnavailable && !model.state.hasBiometrics)
        #expect(model.state.problem == nil)
        wallet?.change { $0.knowsFinger = true }
        await model.enableBiometrics()
        #expect(model.state.hasBiometrics && !model.state.areBiometricsUnavailable)
        #expect(wallet?.change { $0.hasBiometrics } == true)
        #expect(!model.canEnableBiometrics)
        await model.next()
        #expect(handed.services != nil)
    }

    @Test func aFaceOrAFingerMayAlsoOpenWhatCameBackByTheWords() async {
        phone.change {
            $0.builtIn = FakeStart.demonstration
            $0.kept[FakeStart.words.joined(separator: " ")] = .sample
        }
        await comeToTheConnection()
        await model.next()
        await model.finishRestoring()
        #expect(model.state.step == .report && model.canEnableBiometrics)
        await model.enableBiometrics()
        #expect(model.state.hasBiometrics && !model.canEnableBiometrics)
        #expect(phone.change { $0.wallet }?.change { $0.hasBiometrics } == true)
        await model.next()
        #expect(handed.services != nil)
    }

    @Test(arguments: [true, false]) func whatCameBackIsToBeReadThoughItCanNotBeOfferedAnyMore(isOutOfSight: Bool) async {
        phone.change {
            $0.builtIn = FakeStart.demonstration
            $0.kept[FakeStart.words.joined(separator: " ")] = .sample
        }
        await comeToTheConnection()
        await model.next()
        await model.finishRestoring()
        if isOutOfSight {
            model.hide()
        } else {
            phone.change { $0.wallet }?.change { $0.isUnlocked = false }
            await model.enableBiometrics()
            #expect(model.state.problem == .locked)
        }
        #expect(model.state.step == .report && !model.canEnableBiometrics, "the proof is gone")
        #expect(model.state.report?.records == 5)
        #expect(handed.services == nil)
        await model.next()
        #expect(handed.services != nil)
    }

    @Test func aWalletThatLockedItselfMeanwhileIsHandedOver() async {
        phone.change { $0.builtIn = FakeStart.demonstration }
        await make()
        phone.change { $0.wallet }?.change { $0.isUnlocked = false }
        await model.next()
        #expect(handed.services != nil)
    }

    @Test func eachStepLeadsBackAndDrawnWordsGoOnlyWithTheirStep() async {
        await comeToTheQuiz()
        model.checkLater()
        await enter("314159")
        for step in [StartState.Step.newPIN, .showWords, .aboutWords, .welcome] {
            #expect(model.back())
            #expect(model.state.step == step)
        }
        #expect(model.words == [])
        #expect(!model.back())
    }

    // MARK: Back by the words

    @Test func theWordsBringEverythingBackWithAReport() async {
        phone.change {
            $0.builtIn = FakeStart.demonstration
            $0.kept[FakeStart.words.joined(separator: " ")] = .sample
            $0.missing = [.records(.results, count: 2), .maybeOlder]
        }
        await comeToTheConnection()
        #expect(model.fields.typed == 0, "words go with their step")
        await model.next()
        await model.finishRestoring()
        #expect(model.state.step == .report)
        #expect(model.state.report?.records == 5)
        #expect(model.state.report?.missing == [.records(.results, count: 2), .maybeOlder])
        #expect(model.state.progress?.fraction == 0.4)
        await model.next()
        #expect(handed.services?.isUnlocked == true)
        #expect(phone.change { $0.wallet }?.change { $0.pin } == "314159")
    }

    @Test func whatIsBeingFetchedCanBeStoppedAndNothingIsOnThePhone() async {
        phone.change {
            $0.builtIn = FakeStart.demonstration
            $0.kept[FakeStart.words.joined(separator: " ")] = .sample
            $0.isSlow = true
        }
        await comeToTheConnection()
        await model.next()
        #expect(model.state.step == .restoring)
        #expect(!model.canContinue)
        model.cancelRestore()
        await model.finishRestoring()
        #expect(model.state.step == .connection)
        #expect(model.state.problem == nil, "who stops it needs not be told")
        #expect(phone.change { $0.wallet } == nil)
        phone.change { $0.isSlow = false }
        await model.next()
        await model.finishRestoring()
        #expect(model.state.step == .report, "the words are still here")
    }

    @Test func whatDoesNotComeBackLeadsWhereItCanBeMended() async {
        phone.change { $0.kept[FakeStart.words.joined(separator: " ")] = .sample }
        await comeToTheConnection(passphrase: "sesame")
        #expect(!model.canContinue, "nobody to ask")
        await model.offer(code: "https://example.org")
        #expect(model.state.problem == .connectionUnreadable)
        await model.offer(code: "keepwell:c/records.example.org")
        #expect(model.state.offer?.hostName == "records.example.org")
        #expect(model.state.isOfferFromCode, "so the names and what to compare are shown")
        #expect(model.state.problem == nil)
        phone.change { $0.isOnline = false }
        await model.next()
        await model.finishRestoring()
        #expect(model.state.problem == .offline)
        #expect(model.state.step == .connection)
        phone.change { $0.isOnline = true }
        await model.next()
        await model.finishRestoring()
        #expect(model.state.problem == .nothingToRestore)
        #expect(model.state.step == .passphrase)
        model.type(passphrase: "")
        await model.next()
        await enter("000000")
        #expect(model.state.problem == .pinUnsuitable)
        #expect(model.state.step == .newPIN)
        for _ in 0..<2 { await enter("314159") }
        await model.next()
        await model.finishRestoring()
        #expect(model.state.step == .report)
    }

    @Test func aCodeThatComesWhileSomethingIsDoneIsAskedAboutAfterIt() async {
        await comeToTheConnection()
        model.state.isBusy = true
        await model.offer(code: "keepwell:c/records.example.org")
        #expect(model.state.offer == nil)
        model.state.isBusy = false
        #expect(await eventually { model.state.offer?.hostName == "records.example.org" })
        model.state.offer = nil
        model.state.isBusy = true
        model.state.isBusy = false
        await Task.yield()
        #expect(model.state.offer == nil, "once")
    }

    @Test func wordsThatCannotBeReadStayToBeMended() async {
        await typeWords(["lega"] + FakeStart.words.dropFirst())
        #expect(model.state.problem == .wordsUnreadable(.unknownWord, position: 1))
        #expect(model.fields.fields[0] == "lega")
        model.fields.type("legal", at: 0)
        await model.next()
        #expect(model.state.step == .passphrase)
        #expect(model.back())
        #expect(model.fields.typed == 0)
    }

    @Test func outOfSightTypedWordsGoAndDrawnWordsStay() async {
        await typeWords()
        model.leaveTypedWords()
        #expect(model.state.step == .aboutWords)
        await model.startNew()
        model.leaveTypedWords()
        #expect(model.words == FakeStart.words)
    }

    @Test func nothingThatWasTypedOrDrawnIsPrinted() async {
        await comeToTheQuiz()
        model.quiz.type("thank", at: 3)
        model.type(passphrase: "sesame")
        model.fields.type("winner", at: 0)
        await model.offer(code: "keepwell:c/records.example.org")
        var printed = ""
        dump(model, to: &printed)
        dump(model.state, to: &printed)
        dump(model.quiz, to: &printed)
        dump(model.fields, to: &printed)
        let offer = ConnectionOffer(
            hostName: "h", ledgerName: "l", anchorFingerprint: "", isDemonstration: false, ledgerURL: "", hostURL: "",
            anchor: Data(), invite: "ticket")
        dump(offer, to: &printed)
        printed += String(describing: model) + String(reflecting: model)
        for secret in ["thank", "winner", "sesame", "legal", "ticket"] { #expect(!printed.contains(secret)) }
    }
}
