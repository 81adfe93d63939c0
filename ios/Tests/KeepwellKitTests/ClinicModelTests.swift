import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct ClinicModelTests {
    private let wallet = FakeWallet.sample()

    /// The page of the first clinic, which has `accesses`; another clinic has one, too.
    private func page(accesses: Int) async throws -> ClinicModel {
        let clinics = wallet.change { $0.clinics }
        for clinic in Array(repeating: clinics[0], count: accesses) + [clinics[1]] {
            let terms = GrantTerms(clinic: clinic.id, categories: [.allergies], purpose: .treatment, days: 30)
            _ = try await wallet.grant(terms, pin: SecretBytes("271828"))
        }
        _ = try await wallet.sync()
        let model = ClinicModel(clinic: clinics[0], service: wallet)
        await model.load()
        return model
    }

    /// Lets a clinic have read so many records under a grant.
    private func read(_ records: Int, by grant: Grant) {
        wallet.change {
            $0.log.append(LogEntry(time: $0.now, event: .recordsRead, about: grant.clinicName, grant: grant.id))
            $0.recordsRead[grant.id, default: 0] += records
        }
    }

    @Test func onlyItsOwnAccessesAndDeedsAreShown() async throws {
        let model = try await page(accesses: 2)
        let others = try #require(wallet.change { world in world.grants.first { $0.clinic != model.state.clinic.id } })
        read(5, by: others)
        read(3, by: model.state.open[0])
        await model.load()
        #expect(model.state.open.count == 2)
        #expect(model.state.deeds.map(\.grant) == [model.state.open[0].id], "neither what others did, nor what the owner did")
        #expect(model.state.recordsRead(by: model.state.open[0]) == 3)
        #expect(model.state.recordsRead(by: model.state.open[1]) == 0)
        #expect(model.state.knowledge == .known)
    }

    @Test func itIsProvedWhenItIsLookedAt() async throws {
        let model = try await page(accesses: 1)
        #expect(model.state.clinic.standing == .listed)
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        let isProved = await eventually { model.state.clinic.standing == .active }
        #expect(isProved)
        wallet.change { $0.proved[model.state.clinic.id] = .keyChanged }
        wallet.announce(.clinicKeyChanged(model.state.clinic.id, name: ""))
        let isChanged = await eventually { model.state.clinic.standing == .keyChanged }
        #expect(isChanged)
        #expect(!model.state.clinic.canBeGranted)
    }

    @Test func withoutANetworkItIsNotSaidToBeCheckedNorToHaveReadNothing() async throws {
        let model = try await page(accesses: 1)
        read(3, by: model.state.open[0])
        wallet.change { $0.isOnline = false }
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        let isOffline = await eventually { model.state.isOffline }
        #expect(isOffline)
        #expect(model.state.clinic.standing == .listed)
        #expect(model.state.knowledge == .unknown)
        let texts = Texts(language: "en")
        #expect(texts.held(model.state, by: model.state.open[0]) == texts(.revokeCannot))
    }

    @Test func oneIsEndedAfterAskingAndTheOtherStays() async throws {
        let model = try await page(accesses: 2)
        let id = model.state.open[1].id
        model.ask(toEnd: id)
        guard case .end(let grant)? = model.state.asking else { return #expect(Bool(false), "it is asked") }
        #expect(grant.id == id)
        model.keep()
        #expect(model.state.inForce.count == 2, "asking ends nothing")
        model.ask(toEnd: id)
        await model.end(.end(grant))
        #expect(model.state.asking == nil)
        #expect(model.state.inForce.map(\.id) == [model.state.grants[0].id])
        model.ask(toEnd: id)
        #expect(model.state.asking == nil, "what has ended is not asked about")
        await model.end(.end(grant))
        #expect(wallet.change { $0.log.count { $0.event == .revoked } } == 1)
    }

    @Test func allAreEndedAndNobodyElses() async throws {
        let model = try await page(accesses: 3)
        model.askToEndAll()
        #expect(model.state.asking == .endAll)
        await model.end(.endAll)
        #expect(model.state.inForce == [])
        #expect(model.state.ended.map(\.state) == [.revoked, .revoked, .revoked])
        #expect(model.state.ended.map(\.since) == Array(repeating: wallet.change { $0.now }, count: 3))
        #expect(wallet.change { $0.grants.count(where: \.isInForce) } == 1)
        model.askToEndAll()
        #expect(model.state.asking == nil)
    }

    @Test func whereOneCanNotBeEndedTheOthersAreAndItIsSaid() async throws {
        let model = try await page(accesses: 2)
        wallet.change { $0.nextProblem = .busy }
        await model.end(.endAll)
        #expect(model.state.inForce.count == 1)
        #expect(model.state.endProblem == .busy)
        await model.load()
        #expect(model.state.endProblem == .busy, "whatever happens besides")
        model.acknowledgeEndProblem()
        #expect(model.state.endProblem == nil)
        #expect(model.state.ending == [])
    }

    @Test func whatIsEndedWithoutNetworkIsOpenUntilAServerHasStoppedIt() async throws {
        let model = try await page(accesses: 1)
        read(3, by: model.state.open[0])
        wallet.change { $0.isOnline = false }
        await model.end(.endAll)
        #expect(model.state.open.map(\.isStillOpen) == [true])
        #expect(model.state.isOffline)
        wallet.change { $0.isOnline = true }
        await model.follow {}
        #expect(model.state.open == [])
        let texts = Texts(language: "en")
        #expect(texts.lines(model.state.ended[0]) == [texts(.grantRevoked, texts.moment(wallet.change { $0.now }))])
        #expect(texts.held(model.state, by: model.state.ended[0])?.contains("up to 3 records") == true)
    }

    @Test func nothingReadIsSaidOnlyWhereThatIsKnown() async throws {
        let model = try await page(accesses: 1)
        let texts = Texts(language: "en")
        let grant = model.state.open[0]
        #expect(texts.held(model.state, by: grant) == texts(.clinicHeldNone))
        wallet.change { $0.isOnline = false }
        await model.load()
        #expect(texts.held(model.state, by: grant) == texts(.revokeCannot))
    }

    @Test func beforeTheLogIsReadNothingIsSaidOfItAndWhatWasKnownStays() async throws {
        let page = try await page(accesses: 1)
        let grant = page.state.open[0]
        let model = ClinicModel(clinic: page.state.clinic, service: wallet)
        #expect(model.state.knowledge == .loading)
        let texts = Texts(language: "en")
        #expect(texts.held(model.state, by: grant) == nil)
        read(3, by: grant)
        await page.load()
        wallet.change { $0.isOnline = false }
        await page.load()
        #expect(page.state.knowledge == .unknown)
        #expect(page.state.deeds.map(\.grant) == [grant.id])
    }

    @Test func whoIsReachedAgainIsNotSaidToBeAway() async throws {
        let model = try await page(accesses: 1)
        wallet.change { $0.isOnline = false }
        await model.refresh()
        #expect(model.state.isOffline)
        wallet.change { $0.isOnline = true }
        await model.refresh()
        #expect(!model.state.isOffline && model.state.clinic.standing == .active)
    }

    @Test func whoeverProvesItIsReachedAlsoWithoutASync() async throws {
        let model = try await page(accesses: 1)
        wallet.change { $0.isOnline = false }
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        #expect(await eventually { model.state.isOffline })
        wallet.change { $0.isOnline = true }
        wallet.announce(.clinicKeyChanged(model.state.clinic.id, name: ""))
        #expect(await eventually { model.state.clinic.standing == .active })
        #expect(!model.state.isOffline)
    }

    @Test func howeverMuchHappensTheLogIsFetchedOnceMoreAndNotForOthers() async throws {
        let model = try await page(accesses: 1)
        let others = try #require(wallet.change { world in world.grants.first { $0.clinic != model.state.clinic.id } })
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        _ = await eventually { model.state.clinic.standing == .active }
        let before = wallet.change { $0.reads }
        // A look takes as long as the log does, and meanwhile the rest is heard.
        wallet.change { $0.isBusy = true }
        wallet.announce(.other)
        #expect(await eventually { wallet.heldCalls == 1 })
        for _ in 0..<200 { wallet.announce(.other) }
        wallet.announce(.clinicKeyChanged(model.state.clinic.id, name: ""))
        #expect(await eventually { model.isProofDue }, "all of it was heard")
        wallet.change { $0.isBusy = false }
        let after = before + 2
        #expect(await eventually { wallet.change { $0.reads } >= after })
        // Long enough for more, if there were more.
        try await Task.sleep(for: .milliseconds(100))
        #expect(wallet.change { $0.reads } == after)
        wallet.announce(.grantChanged(others.id, .revoked))
        wallet.announce(.clinicKeyChanged(others.clinic, name: ""))
        try await Task.sleep(for: .milliseconds(100))
        #expect(wallet.change { $0.reads } == after)
        // An access that is not known yet may be of this clinic.
        wallet.announce(.grantChanged("new", .pending))
        #expect(await eventually { wallet.change { $0.reads } > after })
    }

    @Test func whatWentWrongIsNotWipedByWhatHappensBesides() async throws {
        let model = try await page(accesses: 1)
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        _ = await eventually { model.state.clinic.standing == .active }
        // What is asked next is to fail: the sync.
        wallet.change { $0.nextProblem = .untrusted(code: "Checkpoint") }
        await model.refresh()
        #expect(model.state.problem == .untrusted(code: "Checkpoint"))
        await model.load()
        #expect(model.state.problem == .untrusted(code: "Checkpoint"))
        await model.refresh()
        #expect(model.state.problem == nil)
    }

    @Test(arguments: [Clinic.Standing.keyChanged, .suspended])
    func whoCanNotBeGivenAccessAnyMoreMayStillReadAndThatIsSaid(standing: Clinic.Standing) async throws {
        let model = try await page(accesses: 2)
        #expect(model.state.mayReadUntil == nil)
        wallet.change { $0.proved[model.state.clinic.id] = standing }
        await model.refresh()
        #expect(model.state.clinic.standing == standing)
        #expect(model.state.mayReadUntil == model.state.grants[0].notAfter)
        await model.end(.endAll)
        #expect(model.state.mayReadUntil == nil)
    }

    @Test func aLockedWalletIsSaidToBe() async throws {
        let model = try await page(accesses: 1)
        wallet.change { $0.isUnlocked = false }
        await model.load()
        #expect(model.state.problem == .locked)
    }
}
