import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct ShareModelTests {
    private let wallet = FakeWallet.sample()
    private let clock = SettableClock()
    private let model: ShareModel

    init() {
        model = ShareModel(service: wallet, now: clock.now)
    }

    @Test func showsACodeAndCountsDownToItsEnd() async {
        model.request.life = 3
        await model.share()
        #expect(model.state.secondsLeft == 3)
        var seen: [Int] = []
        await model.countDown { @MainActor [clock, model] in
            seen.append(model.state.secondsLeft)
            clock.advance(1)
        }
        #expect(seen == [3, 2, 1])
        #expect(model.state.shown == nil, "an ended code is not shown")
    }

    @Test func theCountDownStopsWithItsTaskAndTheCodeStays() async {
        await model.share()
        await model.countDown { throw CancellationError() }
        #expect(model.state.shown != nil)
        #expect(model.state.secondsLeft == 3600)
        model.hide()
        #expect(model.state.shown == nil)
        #expect(model.state.live.count == 1, "hiding the code does not end the share")
    }

    @Test func sharesWhatWasChosen() async throws {
        await model.share()
        #expect(model.state.shown?.records == 5)
        model.request.categories = [.medications]
        await model.share()
        #expect(model.state.shown?.records == 1)
        model.hide()
        model.request.categories = [.genomics]
        await model.share()
        #expect(model.state.problem == .nothingToShare)
        #expect(model.state.shown == nil)
        #expect(model.state.shares.count == 2)
    }

    @Test func withoutNetworkThereIsNoCode() async {
        wallet.change { $0.isOnline = false }
        await model.share()
        #expect(model.state.problem == .offline)
        #expect(model.state.shown == nil)
        #expect(wallet.change { $0.shares.count } == 0)
    }

    @Test func pausesResumesAndEnds() async throws {
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        await model.change(id, .pause)
        #expect(model.state.shown == nil, "a paused code opens nothing, so it is not shown")
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [], "the host was told")
        await model.change(id, .resume)
        #expect(model.state.live.map(\.state) == [.active])
        await model.change(id, .revoke)
        #expect(model.state.live == [])
        await model.change(id, .resume)
        #expect(model.state.problem == .shareEnded)
    }

    @Test func whatIsEndedWithoutNetworkIsStillOpenUntilTheHostIsTold() async throws {
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .revoke)
        #expect(model.state.problem == nil)
        #expect(model.state.shown == nil)
        #expect(model.state.live.map(\.state) == [.revoked], "it is listed while it opens")
        #expect(model.state.stillOpen == [id])
        var rounds = 0
        await model.tell { @MainActor [wallet] in
            rounds += 1
            if rounds == 3 { wallet.change { $0.isOnline = true } }
        }
        #expect(rounds == 3)
        #expect(model.state.stillOpen == [])
        #expect(model.state.live == [])
    }

    @Test func whatIsPausedWithoutNetworkIsStillOpenAndResumedOnlyWithTheHostsWord() async throws {
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .pause)
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [id])
        await model.change(id, .resume)
        #expect(model.state.problem == .offline)
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [id])
        await model.tell { throw CancellationError() }
        #expect(model.state.stillOpen == [id], "it stops with its task")
        wallet.change { $0.isOnline = true }
        await model.change(id, .resume)
        #expect(model.state.live.map(\.state) == [.active])
        #expect(model.state.stillOpen == [])
    }

    @Test func whatTheHostWasNeverToldIsNotOpenWhenItsTimeIsOver() async throws {
        model.request.life = 60
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .revoke)
        clock.advance(59)
        await model.load()
        #expect(model.state.stillOpen == [id])
        clock.advance(1)
        await model.load()
        #expect(model.state.stillOpen == [])
        #expect(model.state.live == [])
    }

    @Test func anExpiredShareCanNotBeResumed() async throws {
        model.request.life = 60
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        await model.change(id, .pause)
        wallet.change { $0.now.addTimeInterval(60) }
        await model.load()
        #expect(model.state.live == [])
        #expect(model.state.shares.map(\.state) == [.expired])
        await model.change(id, .resume)
        #expect(model.state.problem == .shareEnded)
    }

    @Test func showsWhoOpenedAShare() async throws {
        await model.share()
        let id = try #require(model.state.shown?.share.id)
        let opening = ShareOpening(time: clock.now(), recipient: "City Hospital", opened: true)
        wallet.change { $0.openings[id] = [opening] }
        await model.loadOpenings(of: id)
        #expect(model.state.openings[id] == [opening])
    }

    @Test func aLinkIsNowhereInText() async throws {
        await model.share()
        let shown = try #require(model.state.shown)
        var dumped = "\(shown) \(String(reflecting: model.state))"
        dump(model.state, to: &dumped)
        #expect(!dumped.contains(shown.link))
        #expect(!dumped.contains("true, false"), "nor as the squares of its code")
    }

    @Test func aCodeIsSquareAndNotLargerThanTheLargest() {
        #expect(QRCode(size: 21, modules: []) == nil)
        #expect(QRCode(size: 0, modules: []) == nil)
        #expect(QRCode(size: 178, modules: [Bool](repeating: true, count: 178 * 178)) == nil)
        let code = QRCode(size: 2, modules: [true, false, false, true])
        #expect(code?.isDark(row: 0, column: 0) == true)
        #expect(code?.isDark(row: 0, column: 1) == false)
        #expect(code?.isDark(row: 1, column: 1) == true)
        #expect(code?.isDark(row: 2, column: 0) == false)
    }
}

@MainActor @Suite struct LogModelTests {
    @Test func showsWhatWasDoneNewestFirst() async throws {
        let wallet = FakeWallet.sample()
        let request = GrantTerms(
            clinic: wallet.change { $0.clinics[0].id }, categories: [.results], purpose: .treatment, days: 1)
        let grant = try await wallet.grant(request, pin: SecretBytes("271828"))
        wallet.change { $0.now.addTimeInterval(60) }
        _ = try await wallet.revoke(grant.id)
        let model = LogModel(service: wallet)
        await model.load()
        #expect(model.state.entries.map(\.event) == [.revoked, .granted])
        #expect(model.state.entries.map(\.about) == ["Bern Allergy Clinic", "Bern Allergy Clinic"])
    }

    @Test func withoutAConnectionTheOwnersOwnDoingsStandAndItIsSaidWhatIsMissing() async {
        let wallet = FakeWallet.sample {
            $0.log = [
                LogEntry(time: $0.now, event: .granted, about: "Bern Allergy Clinic"),
                LogEntry(time: $0.now.addingTimeInterval(1), event: .recordsRead, about: "Bern Allergy Clinic"),
            ]
            $0.isOnline = false
        }
        let model = LogModel(service: wallet)
        await model.load()
        #expect(model.state.entries.map(\.event) == [.granted])
        #expect(model.state.isOwnOnly)
        #expect(model.state.problem == nil)
        wallet.change { $0.isOnline = true }
        await model.load()
        #expect(model.state.entries.map(\.event) == [.recordsRead, .granted])
        #expect(!model.state.isOwnOnly)
    }
}
