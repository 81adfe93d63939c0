import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct AccessModelTests {
    private let wallet = FakeWallet.sample()
    private let clock = SettableClock()

    private func granted(_ count: Int = 1) async throws -> AccessModel {
        for clinic in wallet.change({ $0.clinics.prefix(count) }) {
            let request = GrantTerms(clinic: clinic.id, categories: [.allergies], purpose: .treatment, days: 30)
            _ = try await wallet.grant(request, pin: SecretBytes("271828"))
        }
        let model = AccessModel(service: wallet, now: clock.now)
        await model.load()
        return model
    }

    @Test func revokesOneGrantAndLeavesTheOther() async throws {
        let model = try await granted(2)
        #expect(model.state.open.count == 2)
        await model.revoke(model.state.open[0].id)
        #expect(model.state.open.map(\.id) == [model.state.grants[1].id])
        #expect(model.state.ended.map(\.state) == [.revoked])
        #expect(model.state.revoking == [])
        #expect(!model.state.hasNobody)
    }

    @Test func askingEndsNothing() async throws {
        let model = try await granted()
        let id = model.state.grants[0].id
        model.ask(id)
        #expect(model.state.asking?.id == id)
        model.keep()
        #expect(model.state.asking == nil)
        #expect(wallet.change { $0.grants[0].state } == .pending)
        model.ask(id)
        await model.revoke(id)
        #expect(model.state.asking == nil)
        model.ask(id)
        #expect(model.state.asking == nil, "what has ended is not asked about")
    }

    @Test func whatIsRevokedWithoutNetworkCountsAsAccessUntilAServerHasStoppedIt() async throws {
        let model = try await granted()
        wallet.change { $0.isOnline = false }
        await model.revoke(model.state.open[0].id)
        #expect(model.state.isOffline)
        #expect(model.state.open.map(\.state) == [.revoking])
        #expect(model.state.open.map(\.isStillOpen) == [true])
        #expect(model.state.ended == [])
        #expect(!model.state.hasNobody)
        var rounds = 0
        await model.follow { @MainActor [wallet] in
            rounds += 1
            if rounds == 3 { wallet.change { $0.isOnline = true } }
        }
        #expect(rounds == 3)
        #expect(model.state.open == [])
        #expect(model.state.ended.map(\.state) == [.revoked])
        #expect(model.state.hasNobody)
        #expect(!model.state.isOffline)
    }

    @Test func whatTheHostHasStoppedIsNotOpenAnyMoreWhileTheLedgerFollows() async throws {
        let model = try await granted()
        wallet.change { $0.isLedgerReached = false }
        await model.revoke(model.state.open[0].id)
        #expect(model.state.ended.map(\.state) == [.revoking])
        #expect(model.state.ended.map(\.stoppedBy) == [.host])
        #expect(model.state.hasNobody)
        #expect(model.state.isOnItsWay, "the ledger's word is awaited")
        wallet.change { $0.isLedgerReached = true }
        await model.refresh()
        #expect(model.state.ended.map(\.stoppedBy) == [.ledger])
        #expect(!model.state.isOnItsWay)
    }

    @Test func nobodyHasAccessOnlyOnceThatIsKnownAndNoCodeIsOpen() async throws {
        let model = AccessModel(service: wallet, now: clock.now)
        #expect(!model.state.hasNobody, "nothing was read yet")
        await model.load()
        #expect(model.state.hasNobody)
        let share = try await wallet.share(ShareRequest(life: 3600))
        await model.load()
        #expect(model.state.openCodes == 1)
        #expect(!model.state.hasNobody)
        wallet.change { $0.isOnline = false }
        _ = try await wallet.change(share.id, .revoke)
        await model.load()
        #expect(model.state.openCodes == 1, "the host was not told")
        clock.advance(3600)
        await model.load()
        #expect(model.state.hasNobody)
        wallet.change { $0.isUnlocked = false }
        await model.load()
        #expect(model.state.problem == .locked)
        #expect(!model.state.hasNobody)
    }

    @Test func whatIsWaitedForIsNotReadAgainWithoutNews() async throws {
        let model = try await granted()
        wallet.change { $0.isOnline = false }
        await model.revoke(model.state.open[0].id)
        let reads = wallet.change { $0.reads }
        var rounds = 0
        await model.follow { @MainActor [wallet] in
            rounds += 1
            if rounds == 5 { throw CancellationError() }
            // The sync throws it.
            if rounds == 4 { wallet.change { $0.nextProblem = .busy } }
        }
        #expect(rounds == 5, "it goes on after a sync that failed, and stops with its task")
        #expect(wallet.change { $0.reads } == reads, "the wallet can lock itself meanwhile")
    }

    @Test func doesNotRevokeWhatHasEnded() async throws {
        let model = try await granted()
        let id = model.state.grants[0].id
        await model.revoke(id)
        await model.revoke(id)
        #expect(model.state.problem == nil)
        #expect(wallet.change { $0.log.count { $0.event == .revoked } } == 1)
    }

    @Test func followsWhatHappensAndUnsubscribesWithItsTask() async throws {
        let model = AccessModel(service: wallet)
        let task = Task { await model.observe() }
        let listens = await eventually { wallet.listenerCount == 1 }
        #expect(listens)
        _ = try await granted()
        let shown = await eventually { model.state.open.count == 1 }
        #expect(shown)
        task.cancel()
        let ended = await eventually { wallet.listenerCount == 0 }
        #expect(ended)
    }

    @Test func saysThatTheWalletIsLocked() async {
        wallet.change { $0.isUnlocked = false }
        let model = AccessModel(service: wallet)
        await model.load()
        #expect(model.state.problem == .locked)
    }
}

@MainActor @Suite struct ClinicsModelTests {
    @Test func findsClinicsByNameOrPlaceWithoutMarksOrCase() async {
        let model = ClinicsModel(service: FakeWallet.sample())
        await model.load()
        #expect(model.state.found.count == 3)
        model.search("geneve")
        #expect(model.state.found.map(\.name) == ["Hôpital de Genève"])
        model.search("NANDU")
        #expect(model.state.found.map(\.name) == ["Clínica Ñandú"])
        model.search("Zürich")
        #expect(model.state.found == [])
    }

    @Test func keepsTheListWhenTheNetworkGoes() async {
        let wallet = FakeWallet.sample()
        let model = ClinicsModel(service: wallet)
        await model.load()
        wallet.change { $0.isOnline = false }
        await model.load()
        #expect(model.state.problem == .offline)
        #expect(model.state.clinics.count == 3)
    }
}

@MainActor @Suite struct AppModelTests {
    @Test func locksInTheBackgroundAndAsksForThePINAgain() async throws {
        let wallet = FakeWallet.sample { $0.isUnlocked = false }
        let model = AppModel(services: wallet, phone: FakePhone().phone)
        let task = Task { await model.observe() }
        defer { task.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        model.unlock.pin.type("271828")
        await model.unlock.unlock()
        let opened = await eventually { model.state.isUnlocked }
        #expect(opened)
        await model.setInBackground(true)
        let locked = await eventually { !model.state.isUnlocked }
        #expect(locked)
        #expect(!model.unlock.state.isOpen)
    }

    @Test func tellsOnceOfAClinicWhoseKeyChanged() async {
        let wallet = FakeWallet.sample()
        let model = AppModel(services: wallet, phone: FakePhone().phone)
        let task = Task { await model.observe() }
        defer { task.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        wallet.announce(.clinicKeyChanged("c", name: "C"))
        wallet.announce(.clinicKeyChanged("c", name: "C"))
        wallet.announce(.clinicKeyChanged("d", name: "D"))
        let told = await eventually { model.state.changedKeys.map(\.name) == ["C", "D"] }
        #expect(told)
        model.acknowledgeChangedKeys()
        wallet.announce(.clinicKeyChanged("c", name: "C"))
        wallet.announce(.locked)
        wallet.announce(.unlocked)
        _ = await eventually { model.state.isUnlocked }
        #expect(model.state.changedKeys == [], "nobody is told twice")
    }
}
