// The phone's clock is turned by ten years: nobody's access is taken for ended by it, and what stands can be ended.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

extension StoryTests {
    @MainActor @Test(arguments: [-10.0, 10]) func aTurnedClockEndsNoAccessAndKeepsNobodyFromEndingOne(years: Double) async throws
    {
        let real = try RealServers()
        let servers = try real.servers()
        let wallet = try await newWallet(.new())
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let granted = try await wallet.withAuthentication(pin: rightPIN) { authentication in
            _ = try await wallet.connect(authentication, to: servers)
            let request = GrantRequest(to: .byId(provider: real.clinicID), Scope(categories: [.results]), for: .days(1))
            return try await wallet.grant(authentication, request)
        }
        _ = try await wallet.sync(wait: .seconds(60))
        let services = RustWallet(wallet)
        let turned: @Sendable () -> Date = { Date() + years * 365 * 86_400 }

        let access = AccessModel(service: services, now: turned)
        await access.load()
        #expect(access.state.open.map(\.id) == [granted.grant.text], "by what the ledger says")
        #expect(!access.state.hasNobody)
        let texts = Texts(language: "en")
        #expect(!texts.day(try #require(access.state.open.first).notAfter).isEmpty)

        // A code that is made is listed by what the clock says, and ends all the same.
        let sharing = ShareModel(service: services, screen: FakePhone(), now: turned)
        sharing.request.categories = [.results]
        await sharing.review()
        await sharing.share()
        let made = try #require(try await services.shares().first, "\(String(describing: sharing.state.problem))")
        #expect(made.state == .active)
        await sharing.load()
        #expect(sharing.state.live.map(\.id) == (years < 0 ? [made.id] : []))
        await sharing.change(made.id, .revoke)
        #expect(try await services.shares().map(\.state) == [.revoked])

        await access.revoke(granted.grant.text)
        await untilTrue {
            await access.refresh()
            return access.state.ended.first?.state == .revoked
        }
    }
}
