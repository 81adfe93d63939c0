// Airplane mode at each step: the screen says so, nothing is done by halves, and the same step works once there is a network.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

extension StoryTests {
    @MainActor @Test func airplaneModeAtEachStepIsSaidAndTheStepIsTakenAgain() async throws {
        let real = try RealServers()
        let client = SwitchableClient()
        let wallet = try await newWallet(.new(httpClient: client))
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let services = RustWallet(wallet)
        func withoutNetwork(_ step: () async -> Void) async {
            client.isOnline = false
            await step()
            client.isOnline = true
        }

        // Connecting: the wallet works on its own as before.
        let file = String(decoding: try real.connectionFile(), as: UTF8.self)
        let connecting = ConnectModel(code: file, service: services)
        await withoutNetwork {
            await connecting.load()
            #expect(connecting.state.offer != nil, "what a code says needs no network")
            connecting.pin.type("271828")
            await connecting.connect()
        }
        #expect(connecting.state.problem == .offline && !connecting.state.isConnected)
        #expect(try await services.status().isConnected == false)
        connecting.pin.type("271828")
        await connecting.connect()
        #expect(connecting.state.isConnected, "\(String(describing: connecting.state.problem))")

        // Looking for the clinic.
        let clinics = ClinicsModel(service: services)
        await withoutNetwork { await clinics.load() }
        #expect(clinics.state.problem == .offline)
        await clinics.load()
        let clinic = try #require(clinics.state.clinics.first { $0.id == real.clinicID.text })

        // Giving access: what it would show needs no network, giving it does.
        let grant = GrantModel(clinic: clinic, consent: services, records: services)
        await withoutNetwork { await grant.load() }
        #expect(grant.state.problem == .offline && grant.state.clinic.standing == .listed)
        await grant.load()
        #expect(grant.state.problem == nil && grant.state.clinic.standing == .active)
        grant.toggle(.results)
        await withoutNetwork {
            await grant.next()
            await grant.next()
            #expect(grant.state.preview?.seen.map(\.category) == [.results])
            grant.pin.type("271828")
            await grant.confirm()
        }
        #expect(grant.state.problem == .offline && grant.state.step == .review)
        #expect(try await services.grants() == [], "nothing by halves")
        grant.pin.type("271828")
        await grant.confirm()
        await grant.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        #expect(grant.state.granted?.isGiven == true, "\(String(describing: grant.state.problem))")

        // Sharing: without a network there is no code, and the review stands.
        let sharing = ShareModel(service: services, screen: FakePhone())
        sharing.request.categories = [.results]
        await withoutNetwork {
            await sharing.review()
            await sharing.share()
        }
        #expect(sharing.state.problem == .offline && sharing.state.step == .review)
        #expect(try await services.shares() == [])
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        await withoutNetwork { await sharing.change(shown.id, .pause) }
        #expect(sharing.state.problem == nil && sharing.state.stillOpen == [shown.id])
        await withoutNetwork { await sharing.change(shown.id, .resume) }
        #expect(try await services.shares().map(\.state) == [.paused], "only the host's word opens it again")

        // Ending access.
        let access = AccessModel(service: services)
        await access.load()
        let given = try #require(access.state.open.first)
        await withoutNetwork { await access.revoke(given.id) }
        #expect(access.state.isOffline && access.state.open.map(\.isStillOpen) == [true])
        await access.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        #expect(access.state.open == [] && access.state.ended.map(\.id) == [given.id])
    }
}
