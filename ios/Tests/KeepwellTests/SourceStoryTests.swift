// A clinic's server, connected, fetched and let go by the screens over the real library; the browser is the test.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

extension StoryTests {
    /// A phone whose person agrees at whatever clinic's page is opened.
    @MainActor private func agreeing(_ real: RealServers) -> FakePhone {
        let phone = FakePhone()
        phone.comesBack = { page in try? await real.smart("/agree", ["url": page.absoluteString]) }
        return phone
    }

    /// Signs in at the address, and looks at what comes back.
    @MainActor private func signIn(_ app: AppModel, at address: String) async throws -> SignedInModel {
        let list = SourcesModel(service: app.services, browser: app.phone.browser) { app.take($0) }
        list.type(address)
        await list.signIn()
        #expect(list.state.problem == nil)
        let signedIn = try #require(app.signedIn)
        await signedIn.finish()
        return signedIn
    }

    @MainActor @Test func aClinicsServerIsConnectedFetchedAndLetGo() async throws {
        let real = try RealServers()
        let phone = agreeing(real)
        let wallet = try await newWallet(.new())
        let app = AppModel(services: RustWallet(wallet), phone: phone.phone)
        let list = SourcesModel(service: app.services, browser: phone) { app.take($0) }
        list.type(try real.servers().hostUrl)
        await list.signIn()
        #expect(list.state.problem == .sourceAddress && phone.pages.isEmpty)

        let address = try await real.smart("/start", ["refused": "Condition"])
        let signedIn = try await signIn(app, at: address)
        let clinic = try #require(signedIn.connected, "\(String(describing: signedIn.state.problem))")
        #expect(clinic.state.source.address == address)
        #expect(try await wallet.status().records == 0)
        clinic.fetch()
        await clinic.finishFetching()
        #expect(clinic.state.report?.added == 3, "\(String(describing: clinic.state.problem))")
        #expect(clinic.state.missing == [MissingRecords(type: "Condition", reason: .refused)])
        app.closeQuestion()

        // The same once more, as another app could send it.
        let page = try #require(phone.pages.last)
        let state = page.query?.components(separatedBy: "&").first { $0.hasPrefix("state=") } ?? ""
        app.take(IncomingItem(text: "\(Source.redirect)?code=1&\(state)"))
        let again = try #require(app.signedIn)
        await again.finish()
        #expect(again.state.problem == .signInUnknown)
        app.closeQuestion()

        await clinic.remove()
        #expect(clinic.state.step == .removed && clinic.state.isTold)
        #expect(try await app.services.sources().isEmpty)
        #expect(try await wallet.status().records == 3)
    }

    @MainActor @Test func recordsUnderAnotherNameAreAskedAboutAndWhoMustSignInAgainIsTold() async throws {
        let real = try RealServers()
        let phone = agreeing(real)
        let app = AppModel(services: RustWallet(try await newWallet(.new())), phone: phone.phone)
        let own = try #require(try await signIn(app, at: try await real.smart("/start", [:])).connected)
        own.fetch()
        await own.finishFetching()
        #expect(own.state.report?.added == 4)
        app.closeQuestion()

        let signedIn = try await signIn(app, at: try await real.smart("/start", ["patient": "p2", "uses": "1", "noRefresh": ""]))
        #expect(signedIn.state.person?.name == "Ada Hopper")
        #expect(try await app.services.sources().count == 1)
        await signedIn.isMe()
        let clinic = try #require(signedIn.connected, "\(String(describing: signedIn.state.problem))")
        clinic.fetch()
        await clinic.finishFetching()
        #expect(clinic.state.problem == .signedOut && clinic.state.source.needsSignIn)
        let home = HomeModel(service: app.services)
        await home.load()
        #expect(home.state.toDo.contains(.signInAgain(1)))
    }

    @MainActor @Test func whatIsRefusedConnectsNothing() async throws {
        let real = try RealServers()
        let app = AppModel(services: RustWallet(try await newWallet(.new())), phone: agreeing(real).phone)
        let signedIn = try await signIn(app, at: try await real.smart("/start", ["error": "access_denied"]))
        #expect(signedIn.state.problem == .signInRefused && signedIn.connected == nil)
        #expect(try await app.services.sources().isEmpty)
    }
}
