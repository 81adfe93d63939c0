import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

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
        guard case .start(let start) = opening.screen else { return #expect(Bool(false), "it begins anew") }
        #expect(start.state.isErased, "and says why")
        // The next start of the app says nothing of it.
        let next = OpeningModel(open: { () async throws(Problem) in try await phone.find() }, phone: FakePhone().phone)
        await next.open()
        guard case .start(let first) = next.screen else { return #expect(Bool(false), "there is no wallet") }
        #expect(!first.state.isErased)
    }
}
