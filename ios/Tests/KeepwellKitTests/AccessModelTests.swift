import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct AccessModelTests {
    private let wallet = FakeWallet.sample()

    private func granted(_ count: Int = 1) async throws {
        for clinic in wallet.change({ $0.clinics.prefix(count) }) {
            let request = GrantTerms(clinic: clinic.id, categories: [.allergies], purpose: .treatment, days: 30)
            _ = try await wallet.grant(request, pin: SecretBytes("271828"))
        }
    }

    @Test func revokesOneGrantAndLeavesTheOther() async throws {
        try await granted(2)
        let model = AccessModel(service: wallet)
        await model.load()
        #expect(model.state.inForce.count == 2)
        let first = model.state.inForce[0]
        await model.revoke(first.id)
        #expect(model.state.inForce.map(\.id) == [model.state.grants[1].id])
        #expect(model.state.ended.map(\.state) == [.revoked])
        #expect(model.state.revoking == [])
    }

    @Test func revokesWithoutNetworkAndTheLedgerFollows() async throws {
        try await granted()
        let model = AccessModel(service: wallet)
        await model.load()
        wallet.change { $0.isOnline = false }
        await model.revoke(model.state.inForce[0].id)
        #expect(model.state.problem == .offline)
        #expect(model.state.ended.map(\.state) == [.revoking])
        #expect(model.state.ended.map(\.isStillOpen) == [true], "nobody has stopped it")
        wallet.change { $0.isOnline = true }
        await model.refresh()
        #expect(model.state.ended.map(\.state) == [.revoked])
        #expect(model.state.ended.map(\.isStillOpen) == [false])
        #expect(model.state.problem == nil)
    }

    @Test func whatTheHostHasStoppedIsNotOpenAnyMoreWhileTheLedgerFollows() async throws {
        try await granted()
        let model = AccessModel(service: wallet)
        await model.load()
        wallet.change { $0.isLedgerReached = false }
        await model.revoke(model.state.inForce[0].id)
        #expect(model.state.ended.map(\.state) == [.revoking])
        #expect(model.state.ended.map(\.stoppedBy) == [.host])
        #expect(model.state.ended.map(\.isStillOpen) == [false])
        wallet.change { $0.isLedgerReached = true }
        await model.refresh()
        #expect(model.state.ended.map(\.state) == [.revoked])
        #expect(model.state.ended.map(\.stoppedBy) == [.ledger])
    }

    @Test func doesNotRevokeWhatHasEnded() async throws {
        try await granted()
        let model = AccessModel(service: wallet)
        await model.load()
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
        try await granted()
        let shown = await eventually { model.state.inForce.count == 1 }
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
        let model = AppModel(services: wallet)
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
        let model = AppModel(services: wallet)
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
