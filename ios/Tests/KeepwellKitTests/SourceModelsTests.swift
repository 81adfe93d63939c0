// Clinics whose records come from their own servers: connected in a browser, fetched, let go.

import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct SourceModelsTests {
    private static let address = "https://fhir.springfield.example/r4"
    private let wallet = FakeWallet.sample()
    private let fake = FakePhone()
    private let texts = Texts(language: "en")

    init() {
        wallet.change { $0.isUnlocked = true }
    }

    private func app() -> AppModel { AppModel(services: wallet, phone: fake.phone) }

    private func list(_ app: AppModel) -> SourcesModel {
        SourcesModel(service: wallet, browser: fake) { app.take($0) }
    }

    private func signIn(_ app: AppModel, at address: String = address) async -> SourcesModel {
        let list = list(app)
        list.type(" \(address) ")
        await list.signIn()
        return list
    }

    /// A clinic that is connected, and its screen.
    private func connect(_ app: AppModel) async throws -> SourceModel {
        _ = await signIn(app)
        let signedIn = try #require(app.signedIn)
        await signedIn.finish()
        return try #require(signedIn.connected, "\(String(describing: signedIn.state.problem))")
    }

    private var connected: [Source] { wallet.change { $0.sources } }

    @Test func aClinicIsConnectedByItsOwnPageAndSaysWhatItGives() async throws {
        let app = app()
        let list = await signIn(app)
        #expect(fake.pages.map(\.absoluteString) == ["\(Self.address)/authorize?state=1"])
        #expect(list.address.isEmpty)
        let signedIn = try #require(app.signedIn)
        #expect(connected.isEmpty, "it is looked at by the screen that says so")
        await signedIn.finish()
        let clinic = try #require(signedIn.connected)
        #expect(clinic.state.source.name == "fhir.springfield.example")
        #expect(wallet.change { $0.fetchedFrom } == [], "a redirect only connects")
        #expect(
            texts.kinds(clinic.state.source.given) == ["About you", "Measurements and results", "Care plans", "Other records"])
        #expect(texts.withheld(clinic.state.source) == ["Documents"], "some of the other records it does give")
        app.closeQuestion()
        #expect(app.signedIn == nil)
    }

    @Test func anAddressWithoutRecordsNoNetworkAndAClosedPageOpenNothing() async throws {
        let app = app()
        #expect(await signIn(app, at: "http://springfield.example").state.problem == .sourceAddress)
        wallet.change { $0.isOnline = false }
        #expect(await signIn(app).state.problem == .offline)
        #expect(fake.pages.isEmpty)
        wallet.change { $0.isOnline = true }
        fake.comesBack = { _ in nil }
        let list = await signIn(app)
        #expect(list.state.problem == nil && list.canSignIn, "who closes the page knows it, and can open it again")
        #expect(app.signedIn == nil)
    }

    @Test func theSameComingBackAgainAndWhatAnotherAppMakesUpChangeNothing() async throws {
        let app = app()
        _ = try await connect(app)
        app.closeQuestion()
        for text in ["\(Source.redirect)?code=1&state=1", "\(Source.redirect)?code=stolen&state=made-up"] {
            app.take(IncomingItem(text: text))
            let again = try #require(app.signedIn)
            await again.finish()
            #expect(again.state.problem == .signInUnknown)
            #expect(again.connected == nil)
            app.closeQuestion()
        }
        #expect(connected.count == 1)
        if case .signedIn = IncomingItem(text: "keepwell://authorized") { Issue.record("it carries nothing") }
    }

    @Test func whatComesBackWhileTheWalletIsLockedIsLookedAtOnceItIsOpen() async throws {
        wallet.change {
            $0.isUnlocked = false
            $0.begun = ["9": Self.address]
        }
        let app = app()
        let following = Task { await app.observe() }
        defer { following.cancel() }
        while wallet.listenerCount == 0 { await Task.yield() }
        app.take(IncomingItem(text: "\(Source.redirect)?code=1&state=9"))
        #expect(app.signedIn == nil)
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        while app.signedIn == nil { await Task.yield() }
        await app.signedIn?.finish()
        #expect(connected.count == 1)
        await app.lock()
        #expect(app.signedIn == nil)
        wallet.change { $0.isUnlocked = true }
        wallet.announce(.unlocked)
        while !app.state.isUnlocked { await Task.yield() }
        #expect(app.signedIn == nil, "it was looked at")
    }

    @Test func whoRefusedAtTheClinicIsTold() async throws {
        let app = app()
        wallet.change { $0.isAgreed = false }
        _ = await signIn(app)
        let signedIn = try #require(app.signedIn)
        await signedIn.finish()
        #expect(signedIn.state.problem == .signInRefused)
        #expect(connected.isEmpty)
    }

    @Test func recordsUnderAnotherNameAreAskedAboutAndConnectedOnceThePatientHasSignedInAgain() async throws {
        let app = app()
        wallet.change { $0.otherPerson = OtherPerson(id: "p2", name: "Ana L. Ortega", birthDate: "1974-03-09") }
        _ = await signIn(app)
        let signedIn = try #require(app.signedIn)
        await signedIn.finish()
        #expect(signedIn.state.person?.name == "Ana L. Ortega")
        #expect(connected.isEmpty && signedIn.canSignInAgain)
        await signedIn.isMe()
        #expect(fake.pages.count == 2)
        #expect(signedIn.connected != nil && signedIn.state.person == nil)
        #expect(connected.count == 1)
    }

    @Test func whereTheAddressIsNotKnownThatCanNotBeAnswered() async throws {
        let app = app()
        wallet.change {
            $0.otherPerson = OtherPerson(id: "p2", name: nil, birthDate: nil)
            $0.begun = ["9": Self.address]
        }
        app.take(IncomingItem(text: "\(Source.redirect)?state=9"))
        let signedIn = try #require(app.signedIn)
        await signedIn.finish()
        #expect(signedIn.state.person != nil && !signedIn.canSignInAgain)
        await signedIn.isMe()
        #expect(fake.pages.isEmpty)
    }

    @Test func fetchingSaysWhichKindItIsAtAndWhatCame() async throws {
        let model = try await connect(app())
        model.fetch()
        await model.finishFetching()
        #expect(model.state.step == .fetched)
        #expect(model.state.report?.added == 3)
        #expect(texts.line(.later, of: model.state.missing) == texts(.sourceMissingLater, "Conditions"))
        #expect(texts.line(.inParts, of: model.state.missing) == nil)
        let inParts = [MissingRecords(type: "Condition", reason: .inParts)]
        #expect(texts.line(.inParts, of: inParts) == texts(.sourceMissingInParts, "Conditions"))
        #expect(model.state.source.last != nil)
        model.fetch()
        await model.finishFetching()
        #expect(model.state.report?.added == 0)
    }

    @Test func fetchingCanBeStopped() async throws {
        let model = try await connect(app())
        wallet.change { $0.isFetchingSlow = true }
        model.fetch()
        await untilHeld()
        #expect(model.state.step == .fetching)
        model.stop()
        await model.finishFetching()
        #expect(model.state.step == .shown && model.state.problem == nil && !model.state.isBusy)
    }

    private func untilHeld() async {
        while wallet.heldCalls == 0 { await Task.yield() }
    }

    @Test func whoIsToSignInAgainIsToldHereAndOnTheHomeAndCan() async throws {
        let model = try await connect(app())
        wallet.change { $0.isSignedOut = true }
        model.fetch()
        await model.finishFetching()
        #expect(model.state.problem == .signedOut && model.state.source.needsSignIn)
        let home = HomeModel(service: wallet)
        await home.load()
        #expect(home.state.toDo.contains(.signInAgain(1)))
        model.fetch()
        #expect(wallet.change { $0.fetchedFrom }.count == 1, "it is not asked for what it would refuse")
        await model.signIn()
        #expect(!model.state.source.needsSignIn && model.state.problem == nil)
        await home.load()
        #expect(!home.state.toDo.contains(.signInAgain(1)))
    }

    @Test func aClinicIsLetGoAndWhetherItKnowsIsSaid() async throws {
        let app = app()
        let model = try await connect(app)
        wallet.change { $0.isOnline = false }
        await model.remove()
        #expect(model.state.step == .removed && !model.state.isTold)
        let list = list(app)
        await list.load()
        #expect(list.state.isLoaded && list.state.sources.isEmpty)
    }

    // MARK: Out of sight

    private func add(_ id: String, fetched ago: TimeInterval?, needsSignIn: Bool = false) {
        wallet.change { world in
            world.sources.append(
                Source(
                    id: id, name: "clinic", address: "https://clinic.example", given: [], withheld: [], added: world.now,
                    last: ago.map { world.now.addingTimeInterval(-$0) }, needsSignIn: needsSignIn))
        }
    }

    private func sending() -> SendingModel {
        SendingModel(service: wallet, phone: fake.phone, now: { [wallet] in wallet.change { $0.now } })
    }

    @Test func whatWasNotFetchedForADayIsFetchedOutOfSight() async throws {
        add("1", fetched: nil)
        add("2", fetched: 2 * 86_400)
        add("3", fetched: 3_600)
        add("4", fetched: 2 * 86_400, needsSignIn: true)
        let sending = sending()
        await sending.setInBackground(true)
        #expect(wallet.change { $0.fetchedFrom } == ["1", "2"])
        await sending.setInBackground(false)
        await sending.setInBackground(true)
        #expect(wallet.change { $0.fetchedFrom } == ["1", "2"], "once a day")
    }

    @Test func aWalletThatIsLockedFetchesNothingOutOfSight() async throws {
        add("1", fetched: nil)
        await sending().setInBackground(true) { [wallet] in wallet.change { $0.isUnlocked = false } }
        #expect(wallet.change { $0.fetchedFrom } == [])
    }

    @Test func whoComesBackIsNotKeptWaiting() async throws {
        add("1", fetched: nil)
        wallet.change { $0.isFetchingSlow = true }
        let sending = sending()
        let leaving = Task { await sending.setInBackground(true) }
        await untilHeld()
        await sending.setInBackground(false)
        await leaving.value
        #expect(connected.first?.last == nil, "it is broken off")
    }
}
