import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct OpeningModelTests {
    private let phone = FakeStart()
    private let clock = SettableClock()

    private func opening(sweep: @escaping @MainActor () -> Void = {}) -> OpeningModel {
        OpeningModel(
            open: { [phone] () async throws(Problem) in try await phone.find() }, phone: FakePhone().phone, sweep: sweep,
            now: clock.now)
    }

    private func app(of opening: OpeningModel) throws -> AppModel {
        guard case .app(let app) = opening.screen else { throw Unexpected() }
        return app
    }

    private func start(of opening: OpeningModel) throws -> StartModel {
        guard case .start(let start) = opening.screen else { throw Unexpected() }
        return start
    }

    private struct Unexpected: Error {}

    /// Goes through the first launch as far as `step`.
    private func go(_ start: StartModel, to step: StartState.Step) async {
        let ways: [@MainActor (StartModel) async -> Void] = [
            { await $0.next() }, { await $0.startNew() }, { await $0.next() }, { $0.checkLater() }, typePIN, typePIN,
        ]
        for way in ways where start.state.step != step { await way(start) }
        #expect(start.state.step == step)
    }

    private func typePIN(_ start: StartModel) async {
        start.pin.entry.type("314159")
        await start.next()
    }

    @Test func outOfSightTheLastScreenOfTheFirstLaunchEndsAndTheWalletIsToldSo() async throws {
        let opening = opening()
        await opening.open()
        let start = try start(of: opening)
        await go(start, to: .done)
        #expect(start.canEnableBiometrics)
        await opening.setInBackground(true).value
        _ = try app(of: opening)
        #expect(!start.canEnableBiometrics, "what the words hold is gone")
        #expect(phone.change { $0.wallet }?.change { $0.heard } == [true])
    }

    @Test func anEarlierStepOfTheFirstLaunchStays() async throws {
        let opening = opening()
        await opening.open()
        await go(try start(of: opening), to: .quiz)
        await opening.setInBackground(true).value
        #expect(try start(of: opening).state.step == .quiz)
    }

    @Test func aProcessThatEndsAtAnyStepLeavesNothingOrAWholeWallet() async throws {
        for step in [StartState.Step.welcome, .aboutWords, .showWords, .quiz, .newPIN, .repeatPIN] {
            let opening = opening()
            await opening.open()
            await go(try start(of: opening), to: step)
            // The process ends here: the next one finds what is on the phone.
            let next = self.opening()
            await next.open()
            #expect(try start(of: next).state.step == .welcome, "\(step)")
        }
        phone.change { $0.builtIn = FakeStart.demonstration }
        let opening = opening()
        await opening.open()
        await go(try start(of: opening), to: .connection)
        phone.change { $0.wallet }?.change { $0.isUnlocked = false }
        let next = self.opening()
        await next.open()
        let app = try app(of: next)
        #expect(!app.state.isUnlocked)
        app.unlock.pin.type("314159")
        await app.unlock.unlock()
        #expect(app.unlock.state.isOpen)
        let home = HomeModel(service: app.services)
        await home.load()
        #expect(home.state.toDo == [.checkWords, .connect, .addRecords])
    }

    @Test func theFirstLaunchEndsInTheOpenApp() async throws {
        let opening = opening()
        await opening.open()
        let start = try start(of: opening)
        await go(start, to: .done)
        await start.next()
        #expect(try app(of: opening).state.isUnlocked)
    }

    @Test func whatFailsToOpenIsTriedAgain() async throws {
        phone.change { $0.nextProblem = .deviceKeyUnavailable }
        let opening = opening()
        await opening.open()
        guard case .failed(.deviceKeyUnavailable) = opening.screen else { throw Unexpected() }
        await opening.open()
        _ = try start(of: opening)
        let before = try start(of: opening)
        await opening.open()
        #expect(try start(of: opening) === before, "what is shown is not thrown away")
    }

    @Test func aFileWaitsForTheFirstLaunchAndForThePIN() async throws {
        let opening = opening()
        await opening.take(.files([try TestFile(people: ["Ana"])]))
        await opening.open()
        let start = try start(of: opening)
        await go(start, to: .done)
        await start.next()
        let app = try app(of: opening)
        #expect(await eventually { app.importing != nil })
        #expect(app.importing?.state.step == .ask)
        app.closeQuestion()
        #expect(app.importing == nil)
    }

    @Test func copiesThatNobodyAsksAboutGoWhenTheAppLeavesTheScreen() async throws {
        let sweeps = Counter()
        let opening = opening { sweeps.count += 1 }
        await opening.open()
        await opening.take(.files([try TestFile(people: ["Ana"])]))
        await opening.setInBackground(true).value
        #expect(sweeps.count == 0, "it waits for the wallet")
        await opening.setInBackground(false).value
        let start = try start(of: opening)
        await go(start, to: .done)
        await start.next()
        let app = try app(of: opening)
        #expect(await eventually { app.importing != nil })
        phone.change { $0.wallet }?.change { $0.autoLock.inBackground = nil }
        await opening.setInBackground(true).value
        #expect(sweeps.count == 0, "it is asked about")
        await opening.setInBackground(false).value
        app.closeQuestion()
        #expect(sweeps.count == 0, "not before it leaves")
        await opening.setInBackground(true).value
        #expect(sweeps.count == 1)
    }

    @MainActor private final class Counter {
        var count = 0
    }

    @Test func aCodeIsAskedAboutInTheFirstLaunch() async throws {
        let opening = opening()
        await opening.open()
        let start = try start(of: opening)
        await opening.take(.code("keepwell:c/records.example.org"))
        #expect(start.state.offer?.hostName == "records.example.org")
        await go(start, to: .connection)
        #expect(phone.change { $0.wallet }?.change { $0.isConnected } == false)
    }

    @Test func outOfSightForLongTypedWordsAreForgotten() async throws {
        let opening = opening()
        await opening.open()
        let start = try start(of: opening)
        await start.next()
        start.haveWords()
        start.fields.type("legal", at: 0)
        await opening.setInBackground(true).value
        clock.advance(119)
        await opening.setInBackground(false).value
        #expect(start.fields.typed == 1)
        await opening.setInBackground(true).value
        clock.advance(120)
        await opening.setInBackground(false).value
        #expect(start.fields.typed == 0)
    }

    @Test func aNewWalletLocksItselfOutOfSight() async throws {
        let opening = opening()
        await opening.open()
        let start = try start(of: opening)
        await go(start, to: .done)
        await opening.setInBackground(true).value
        #expect(phone.change { $0.wallet }?.isUnlocked == false)
        await opening.setInBackground(false).value
        await start.next()
        #expect(try !app(of: opening).state.isUnlocked, "what locked itself meanwhile is not shown as open")
    }

    // MARK: What is seen when it comes back

    private func openWallet() async throws -> (OpeningModel, AppModel, FakeWallet) {
        let wallet = FakeWallet.sample { $0.isUnlocked = true }
        phone.change { $0.wallet = wallet }
        let opening = opening()
        await opening.open()
        return (opening, try app(of: opening), wallet)
    }

    @Test func backInFrontNothingIsSeenBeforeTheWalletHasLookedAtItsLock() async throws {
        let (opening, app, wallet) = try await openWallet()
        #expect(!opening.isCovered)
        wallet.change { $0.isBusy = true }
        opening.setInBackground(true)
        #expect(opening.isCovered, "at once")
        // An hour later.
        wallet.change { $0.isLockDue = true }
        let back = opening.setInBackground(false)
        try await Task.sleep(nanoseconds: 30_000_000)
        #expect(opening.isCovered, "the records are below it")
        wallet.change { $0.isBusy = false }
        #expect(await eventually { !opening.isCovered })
        #expect(!app.state.isUnlocked)
        await back.value
    }

    @Test func whoComesBackInTimeWaitsForNoWalletThatIsBusy() async throws {
        let (opening, app, wallet) = try await openWallet()
        wallet.change { $0.autoLock.inBackground = nil }
        await opening.setInBackground(true).value
        wallet.change { $0.isBusy = true }
        let back = opening.setInBackground(false)
        #expect(await eventually { !opening.isCovered })
        #expect(app.state.isUnlocked)
        wallet.change { $0.isBusy = false }
        await back.value
    }

    @Test func aWalletThatHasYetToHearThatTheAppWasGoneIsWaitedFor() async throws {
        let (opening, app, wallet) = try await openWallet()
        wallet.change { $0.isBusy = true }
        opening.setInBackground(true)
        let back = opening.setInBackground(false)
        try await Task.sleep(nanoseconds: 30_000_000)
        #expect(opening.isCovered, "it may be set to lock at once")
        wallet.change { $0.isBusy = false }
        #expect(await eventually { !opening.isCovered })
        #expect(!app.state.isUnlocked)
        await back.value
        #expect(wallet.change { $0.heard } == [true, false])
    }

    @Test func whoLeavesAgainMeanwhileFindsItCovered() async throws {
        let (opening, _, wallet) = try await openWallet()
        wallet.change { $0.isBusy = true }
        opening.setInBackground(true)
        wallet.change { $0.isLockDue = true }
        let back = opening.setInBackground(false)
        try await Task.sleep(nanoseconds: 30_000_000)
        opening.setInBackground(true)
        wallet.change { $0.isBusy = false }
        await back.value
        #expect(opening.isCovered)
    }

    @Test func whatOtherAppsHandOverIsAskedAboutOneByOneAndOnlyInAnOpenWallet() async throws {
        let wallet = FakeWallet.sample {
            $0.isUnlocked = false
            $0.isConnected = false
        }
        let app = AppModel(services: wallet, phone: FakePhone().phone, now: clock.now)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        let file = try TestFile(people: ["Ana"])
        app.take(.files([file]))
        app.take(.code("keepwell:c/records.example.org"))
        #expect(app.importing == nil)
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(await eventually { app.importing != nil })
        #expect(app.connecting == nil)
        // It locks itself before anything was agreed to: the question comes again.
        await app.lock()
        #expect(await eventually { app.importing == nil })
        #expect(file.opened == 0)
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(await eventually { app.importing != nil })
        app.importing?.accept()
        await app.importing?.finishReading()
        app.closeQuestion()
        #expect(app.state.changes == 1)
        let connecting = try #require(app.connecting)
        await connecting.load()
        #expect(connecting.state.offer?.hostName == "records.example.org")
        await connecting.connect()
        #expect(!wallet.change { $0.isConnected }, "not without the PIN")
        connecting.pin.type("271829")
        await connecting.connect()
        #expect(connecting.state.problem == .wrongPIN(left: 9))
        connecting.pin.type("271828")
        await connecting.connect()
        #expect(connecting.state.isConnected)
        #expect(wallet.change { $0.isConnected })
        app.closeQuestion()
        #expect(app.connecting == nil)
    }

    @Test func anAppThatGoesOnHandingOverIsNotHeard() async throws {
        let wallet = FakeWallet.sample { $0.isUnlocked = false }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let files = try (0..<20).map { _ in try TestFile(people: ["Ana"]) }
        files.forEach { app.take(.files([$0])) }
        #expect(files.filter(\.isDiscarded).count == 12)
    }

    @Test func aLinkThatIsNoConnectionIsSaidToBeNone() async {
        let app = AppModel(services: FakeWallet.sample(), phone: FakePhone().phone)
        app.take(.code("keepwell:x/\(String(repeating: "A", count: 100_000))"))
        await app.connecting?.load()
        #expect(app.connecting?.state.problem == .connectionUnreadable)
        #expect(app.connecting?.state.offer == nil)
        #expect(app.connecting?.canConnect == false)
    }
}
