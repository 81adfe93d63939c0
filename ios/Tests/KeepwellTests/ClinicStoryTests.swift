// One clinic's page and an access that is extended, against real servers.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

extension StoryTests {
    @MainActor @Test func anAccessIsExtendedAndTheClinicsPageSaysWhatWasRead() async throws {
        let real = try RealServers()
        let client = SwitchableClient()
        let wallet = try await newWallet(.new(httpClient: client))
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let servers = try real.servers()
        let granted = try await wallet.withAuthentication(pin: rightPIN) { authentication in
            _ = try await wallet.connect(authentication, to: servers)
            let request = GrantRequest(to: .byId(provider: real.clinicID), Scope(categories: [.results]), for: .days(1))
            return try await wallet.grant(authentication, request)
        }
        _ = try await wallet.sync(wait: .seconds(60))
        let services = RustWallet(wallet)
        let app = AppModel(services: services, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }

        // The clinic reads.
        _ = try await real.clinic(["sync"])
        let read = try #require(JSONText(await real.clinic(["read", granted.grant.text])))
        guard case .array(let seen)? = read["records"] else { throw RealServers.Failed(status: 0, output: "\(read)") }
        let page = ClinicModel(
            clinic: Clinic(id: real.clinicID.text, name: granted.name, standing: .listed), service: services)
        let watching = Task { await page.observe() }
        defer { watching.cancel() }
        await untilTrue {
            await page.refresh()
            return page.state.deeds.contains { $0.event == .recordsRead }
        }
        #expect(page.state.clinic.standing == .active)
        let former = try #require(page.state.inForce.first)
        #expect(page.state.recordsRead(by: former) == seen.count)

        // The person is told of that once.
        await untilTrue { !app.state.reads.isEmpty }
        await page.refresh()
        await page.refresh()
        #expect(app.state.reads.map(\.clinicName) == [granted.name])
        #expect(app.state.reads.map(\.records) == [seen.count])
        #expect(app.state.reads.map(\.isProved) == [true])

        // Without a network both accesses stand, and that is said.
        client.isOnline = false
        let offline = ExtendModel(grant: former, service: services)
        await offline.load()
        offline.choose(days: 30)
        await offline.review()
        #expect(offline.state.preview?.seen.map(\.category) == [.results])
        offline.pin.type("314159")
        await offline.confirm()
        #expect(offline.state.problem == .wrongPIN(left: 9))
        #expect(try await services.grants().count == 1)
        offline.pin.type("271828")
        await offline.confirm()
        #expect(offline.state.problem == nil)
        #expect(offline.state.isOffline || offline.state.extended?.state == .pending)
        #expect(offline.state.hasBoth)
        let texts = Texts(language: "en")
        let until = texts.day(former.notAfter)
        #expect(texts.lines(offline.state).last == texts(.extendWaiting, until))
        #expect(try await services.grants().map(\.isInForce) == [true, true])
        client.isOnline = true
        await offline.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        #expect(offline.state.extended?.isGiven == true)
        // What delivered the new one has ended the former.
        #expect(!offline.state.hasBoth)
        #expect(try await services.grants().filter(\.isInForce).map(\.id) == [offline.state.extended?.id])

        // With one, the new one takes the place of the former in the same call.
        let second = try #require(offline.state.extended)
        let extending = ExtendModel(grant: second, service: services)
        await extending.load()
        #expect(extending.state.choices == [30, 90, 365], "30 days from now end later, if by seconds")
        extending.choose(days: 90)
        await extending.review()
        extending.pin.type("271828")
        await extending.confirm()
        #expect(extending.state.problem == nil)
        let extended = try #require(extending.state.extended)
        #expect(extended.isGiven)
        #expect(extended.notAfter > second.notAfter)
        #expect(extended.categories == former.categories)
        #expect(!extending.state.hasBoth)
        #expect(!extending.state.former.isInForce)
        #expect(texts.title(extending.state) == texts(.extendedTitle))

        // The clinic reads by the new one, and by the former no more.
        _ = try await real.clinic(["sync"])
        _ = try await real.clinic(["read", extended.id])
        await #expect(throws: RealServers.Failed.self) { try await real.clinic(["read", former.id]) }

        // The page has both, and ends all that is open.
        await untilTrue {
            await page.refresh()
            return page.state.inForce.map(\.id) == [extended.id] && page.state.ended.map(\.id) == [second.id, former.id]
        }
        #expect(texts.held(page.state, by: page.state.ended[1]) == texts(.clinicHeld, seen.count))
        #expect(texts.held(page.state, by: page.state.ended[0]) == texts(.clinicHeldNone))
        page.askToEndAll()
        #expect(page.state.asking == .endAll)
        await page.end(.endAll)
        await page.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        #expect(page.state.inForce == [])
        #expect(page.state.ended.map(\.state) == [.revoked, .revoked, .revoked])
        // What is over is not extended.
        let late = ExtendModel(grant: former, service: services)
        await late.load()
        #expect(late.state.choices == [] && !late.state.former.isInForce && !late.state.canContinue)
        await #expect(throws: Problem.refused(code: "GrantState")) {
            try await services.extend(former.id, days: 30, pin: SecretBytes("271828"))
        }
        #expect(try await services.grants().count == 3)
    }
}
