import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct SettingsModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }

    @Test func showsHowItIsSetAndSetsEachTimeOnItsOwn() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        #expect(model.state.autoLock == nil)
        await model.load()
        #expect(model.state.autoLock == AutoLock(inFront: 300, inBackground: 60))
        #expect(model.state.hasBiometrics == false)
        await model.lock(inFrontAfter: 900)
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 900, inBackground: 60))
        await model.lock(inBackgroundAfter: 0)
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 900, inBackground: 0))
        #expect(model.state.autoLock == AutoLock(inFront: 900, inBackground: 0))
    }

    @Test func offersWhatIsSetThoughItOffersItToNobodyElse() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        #expect(model.timesInFront == [60, 300, 900, 1_800])
        #expect(model.timesInBackground == [0, 60, 300])
        wallet.change { $0.autoLock = AutoLock(inFront: 30, inBackground: nil) }
        await model.load()
        #expect(model.timesInFront == [30, 60, 300, 900, 1_800])
        #expect(model.timesInBackground == [0, 60, 300, nil])
    }

    @Test func offersWhatTheLibraryOffers() async {
        let choices = Choices(
            shareLives: [], shareLife: 0, grantDays: [], days: 0, purposes: [], purpose: .treatment,
            autoLockInFront: [120, 300], autoLockInBackground: [30, 60])
        let model = SettingsModel(service: wallet, choices: choices)
        await model.load()
        #expect(model.timesInFront == [120, 300])
        #expect(model.timesInBackground == [30, 60])
    }

    @Test func whatCouldNotBeSetIsSaidAndNotShownAsSet() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        wallet.change { $0.nextProblem = .diskFull }
        await model.lock(inFrontAfter: 60)
        #expect(model.state.problem == .diskFull)
        #expect(model.state.autoLock?.inFront == 300)
        wallet.change { $0.isUnlocked = false }
        await model.load()
        #expect(model.state.problem == .locked)
    }

    @Test(arguments: Texts.languages) func everyTimeHasWordsOfItsOwn(language: String) {
        let texts = Texts(language: language)
        let words = [nil, 0, 30, 60, 300, 3_600].map { texts.autoLock($0) }
        #expect(Set(words).count == words.count)
        #expect(words[2].contains("30") && words[4].contains("5"))
    }
}

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

@MainActor @Suite struct BiometricsModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let model: BiometricsModel

    init() {
        model = BiometricsModel(service: wallet)
    }

    @Test func goOnByThePINAndOffWithoutIt() async {
        #expect(!model.canTurnOn, "it is not known yet whether they are on")
        await model.load()
        model.pin.type("271829")
        await model.turnOn()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.isOn == false)
        #expect(wallet.change { !$0.hasBiometrics })
        model.pin.type("271828")
        await model.turnOn()
        #expect(model.state.isOn == true)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.hasBiometrics })
        await model.turnOff()
        #expect(model.state.isOn == false)
        #expect(wallet.change { !$0.hasBiometrics })
    }

    @Test func aPhoneThatKnowsNoFingerIsSaidToKnowNone() async {
        wallet.change { $0.knowsFinger = false }
        await model.load()
        model.pin.type("271828")
        await model.turnOn()
        #expect(model.state.isUnavailable)
        #expect(model.state.problem == nil)
        #expect(model.state.isOn == false)
        wallet.change { $0.knowsFinger = true }
        model.pin.type("271828")
        await model.turnOn()
        #expect(!model.state.isUnavailable)
        #expect(model.state.isOn == true)
    }

    @Test func whatCouldNotBeTurnedOffIsStillOn() async {
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        wallet.change { $0.nextProblem = .deviceKeyUnavailable }
        await model.turnOff()
        #expect(model.state.problem == .deviceKeyUnavailable)
        #expect(model.state.isOn == true)
    }
}

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

@MainActor @Suite struct EraseModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }

    /// What was told when the services ended.
    @MainActor private final class Told {
        var problems: [Problem?] = []
    }

    private let told = Told()

    private func model(isPINNeeded: Bool = true) -> EraseModel {
        EraseModel(service: wallet, isPINNeeded: isPINNeeded) { [told] problem in told.problems.append(problem) }
    }

    @Test func saysWhatBringsTheRecordsBackBeforeItErases() async {
        let model = model()
        #expect(!model.canErase)
        model.pin.type("271828")
        #expect(!model.canErase, "nobody has read yet what it means")
        await model.load()
        #expect(model.state.comesBack == .byWords)
        #expect(model.canErase)
        wallet.change { $0.areWordsVerified = false }
        await model.load()
        #expect(model.state.comesBack == .byUncheckedWords)
        wallet.change { $0.isConnected = false }
        await model.load()
        #expect(model.state.comesBack == .never)
    }

    @Test func saysWhatIsOnlyHereAndWhatNobodyWasTold() async {
        let model = model()
        await model.load()
        #expect(model.state.recordsOnlyHere == 0 && model.state.unsentDecisions == 0)
        wallet.change { $0.unsentRecords = 3 }
        await model.load()
        #expect(model.state.recordsOnlyHere == 3)
        #expect(model.state.comesBack == .byWords, "the others do come back")
    }

    @Test func erasesByThePINAndNotByAWrongOne() async {
        let model = model()
        await model.load()
        model.pin.type("271829")
        await model.erase()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(told.problems.isEmpty && wallet.change { !$0.isErased })
        model.pin.type("271828")
        await model.erase()
        #expect(wallet.change { $0.isErased })
        #expect(told.problems == [nil])
    }

    @Test func withoutThePINItErasesALockedWallet() async {
        wallet.change { $0.isUnlocked = false }
        let model = model(isPINNeeded: false)
        await model.load()
        #expect(model.state.comesBack == .unknown)
        await model.erase()
        #expect(wallet.change { $0.isErased })
        #expect(told.problems == [nil])
    }

    @Test func saysWhetherAFaceOrAFingerStillOpensWhatIsErasedWithoutThePIN() async {
        wallet.change { $0.isUnlocked = false }
        let model = model(isPINNeeded: false)
        await model.load()
        #expect(!model.state.opensWithBiometrics)
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        #expect(model.state.opensWithBiometrics)
        #expect(model.canErase, "who wants to erase all the same can")
        wallet.change { $0.nextProblem = .busy }
        await model.load()
        #expect(model.state.comesBack == .unknown && model.canErase, "what can't be learned keeps nobody from it")
    }

    @Test func whereWhatIsErasedAnExportIsToo() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keepwell-test-\(UUID().uuidString)")
        let phone = FakeStart()
        phone.change { $0.wallet = wallet }
        wallet.change { $0.isUnlocked = false }
        let opening = OpeningModel(
            open: { () async throws(Problem) in try await phone.find() }, phone: FakePhone().phone, exports: folder)
        await opening.open()
        guard case .app(let app) = opening.screen else { return #expect(Bool(false), "there is a wallet") }
        // A process that was ended left it after this one began.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        app.unlock.askToErase()
        await app.unlock.erasing?.load()
        await app.unlock.erasing?.erase()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func erasingThatBrokeOffIsToldToWhoFindsTheWalletAgain() async {
        let model = model(isPINNeeded: false)
        await model.load()
        wallet.change { $0.nextProblem = .deviceKeyUnavailable }
        await model.erase()
        #expect(told.problems == [.deviceKeyUnavailable])
    }

    @Test func anErasedWalletLeadsToTheFirstLaunchAndOneThatIsStillThereSaysWhy() async {
        let phone = FakeStart()
        phone.change { $0.wallet = wallet }
        wallet.change { $0.isUnlocked = false }
        let opening = OpeningModel(open: { () async throws(Problem) in try await phone.find() }, phone: FakePhone().phone)
        await opening.open()
        func erase(_ problem: Problem? = nil) async {
            guard case .app(let app) = opening.screen else { return }
            app.unlock.askToErase()
            await app.unlock.erasing?.load()
            wallet.change { $0.nextProblem = problem }
            await app.unlock.erasing?.erase()
        }
        await erase(.deviceKeyUnavailable)
        guard case .app(let app) = opening.screen else { return #expect(Bool(false), "the wallet is still there") }
        #expect(app.state.problem == .deviceKeyUnavailable)
        await erase()
        guard case .start = opening.screen else { return #expect(Bool(false), "it begins anew") }
    }
}

@MainActor @Suite struct ExportModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keepwell-test-\(UUID().uuidString)")
    private let clock = SettableClock()

    private func model() -> ExportModel { ExportModel(service: wallet, folder: folder, now: clock.now) }
    private var isAnythingLeft: Bool { FileManager.default.fileExists(atPath: folder.path) }

    @Test func writesAFileByThePINThatGoesWhereThePersonWantsIt() async throws {
        let model = model()
        model.pin.type("271828")
        await model.export()
        let file = try #require(model.file)
        #expect(file.lastPathComponent == "keepwell-2027-01-15.json")
        #expect(model.state.records == 5)
        #expect(FileManager.default.fileExists(atPath: file.path))
        #expect(!model.canExport, "there is a file already")
        model.moved(true)
        #expect(model.state.isSaved)
        #expect(model.file == nil)
        #expect(!isAnythingLeft)
    }

    @Test func withAWrongPINThereIsNoFile() async {
        let model = model()
        model.pin.type("271829")
        await model.export()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.file == nil)
        #expect(!isAnythingLeft)
    }

    @Test func whoLeavesWhileItIsWrittenLeavesNoFile() async {
        let model = model()
        model.pin.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let exporting = Task { await model.export() }
        #expect(await eventually { model.state.isBusy })
        model.clear()
        wallet.change { $0.isCheckingSlow = false }
        await exporting.value
        #expect(model.file == nil && !isAnythingLeft)
        #expect(model.state == ExportState())
    }

    @Test func whoLeavesWhileTheFileIsBeingFilledLeavesNone() async {
        let model = model()
        model.pin.type("271828")
        wallet.change { $0.isExportingSlow = true }
        let exporting = Task { await model.export() }
        #expect(await eventually { isAnythingLeft })
        model.clear()
        wallet.change { $0.isExportingSlow = false }
        await exporting.value
        #expect(model.file == nil && !isAnythingLeft)
        #expect(model.state == ExportState())
    }

    @Test func outOfSightThePINIsForgottenAndTheFileGoesUnlessAPlaceIsChosen() async {
        let model = model()
        model.pin.type("2718")
        model.hide(isChoosing: false)
        #expect(model.pin.count == 0)
        model.pin.type("271828")
        await model.export()
        model.hide(isChoosing: true)
        #expect(model.file != nil && isAnythingLeft, "the person looks for a place in another app")
        model.hide(isChoosing: false)
        #expect(model.file == nil && !isAnythingLeft)
        model.pin.type("271828")
        await model.export()
        model.moved(true)
        model.hide(isChoosing: false)
        #expect(model.state.isSaved, "what was done is still said")
    }

    @Test func lockingLeavesNoFile() async {
        let model = model()
        let app = AppModel(services: wallet, phone: FakePhone().phone, exports: folder)
        model.pin.type("271828")
        await model.export()
        #expect(isAnythingLeft)
        await app.lock()
        #expect(!isAnythingLeft)
    }

    @Test func whoLeavesOrWasEndedLeavesNoRecordsBehind() async {
        let model = model()
        model.pin.type("271828")
        await model.export()
        #expect(isAnythingLeft)
        model.clear()
        #expect(!isAnythingLeft && model.state == ExportState())
        model.pin.type("271828")
        await model.export()
        ExportModel.removeLeftovers(in: folder)
        #expect(!isAnythingLeft)
        model.moved(false)
        #expect(model.state.problem == .fileUnwritable)
        #expect(!model.state.isSaved)
    }
}

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
        try? await Task.sleep(nanoseconds: 20_000_000)
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
