import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct SendingModelTests {
    private let wallet = FakeWallet.sample()
    private let fake = FakePhone()

    private func model(pause: @escaping Pause = { throw CancellationError() }) -> SendingModel {
        SendingModel(service: wallet, phone: fake.phone, now: { [wallet] in wallet.change { $0.now } }, pause: pause)
    }

    /// A grant, ended where no server is reached.
    private func ended() async throws {
        let terms = GrantTerms(
            clinic: wallet.change { $0.clinics[0].id }, categories: [.allergies], purpose: .treatment, days: 30)
        let grant = try await wallet.grant(terms, pin: SecretBytes("271828"))
        _ = try await wallet.sync()
        wallet.change { $0.isOnline = false }
        _ = try await wallet.revoke(grant.id)
    }

    @Test func whatIsSentLeavesNothingToDoOutOfSight() async throws {
        let model = model()
        await model.setInBackground(true)
        #expect(!fake.willWake)
        #expect(fake.message == nil)
    }

    @Test func beforeTheWalletIsAskedAnythingThereIsTimeForItAndTheMessageIsPlanned() async throws {
        try await ended()
        let model = model()
        await model.note(.other)
        let rounds = Rounds()
        await model.setInBackground(true) { [fake] in
            rounds.count += 1
            #expect(fake.finished == 1)
            #expect(fake.message?.0 == .unsent(1))
            #expect(fake.message?.in == SendingModel.patience)
        }
        #expect(rounds.count == 1)
    }

    @Test func whatWasSentWhileTheAppLeftIsTold() async throws {
        try await ended()
        let model = model()
        await model.note(.other)
        await model.setInBackground(true) { [wallet] in
            wallet.change { $0.isOnline = true }
            _ = try? await wallet.sync()
        }
        #expect(fake.message?.0 == .sent)
        #expect(!fake.willWake)
    }

    @Test func whoComesBackWhileTheWalletIsBusyGetsNoMessage() async throws {
        try await ended()
        let model = model()
        await model.note(.other)
        await model.setInBackground(true) { [wallet] in
            await model.setInBackground(false)
            wallet.change { $0.isOnline = true }
        }
        #expect(fake.message == nil)
        #expect(!fake.willWake)
    }

    @Test func whatIsNotSentIsSentAtOnceWhenTheAppLeavesAndThePersonIsTold() async throws {
        try await ended()
        wallet.change { $0.isOnline = true }
        let model = model()
        await model.setInBackground(true)
        #expect(fake.finished == 1)
        #expect(wallet.change { $0.grants[0].state } == .revoked)
        #expect(model.unsent == 0)
        #expect(fake.message?.0 == .closed)
        #expect(fake.message?.in == 0)
        #expect(!fake.willWake)
    }

    @Test func whatClosesNothingIsToldAsSent() async throws {
        wallet.change { $0.isOnline = false }
        let terms = GrantTerms(
            clinic: wallet.change { $0.clinics[0].id }, categories: [.allergies], purpose: .treatment, days: 30)
        _ = try await wallet.grant(terms, pin: SecretBytes("271828"))
        wallet.change { $0.isOnline = true }
        await model().setInBackground(true)
        #expect(fake.message?.0 == .sent)
    }

    @Test func itIsTriedAgainForAsLongAsTheSystemLetsIt() async throws {
        try await ended()
        let rounds = Rounds()
        let model = model { @MainActor [wallet] in
            rounds.count += 1
            if rounds.count == 3 { wallet.change { $0.isOnline = true } }
        }
        await model.setInBackground(true)
        #expect(rounds.count == 3)
        #expect(fake.message?.0 == .closed)
    }

    @Test func whatCanNotBeSentIsToldLaterAndTriedWhenTheSystemWakesTheApp() async throws {
        try await ended()
        let model = model()
        await model.setInBackground(true)
        #expect(fake.message?.0 == .unsent(1))
        #expect(fake.message?.in == SendingModel.patience)
        #expect(fake.willWake)
        wallet.change { $0.isOnline = true }
        await fake.wake()
        #expect(fake.message?.0 == .closed)
        #expect(wallet.change { $0.grants[0].stoppedBy } == .ledger)
    }

    @Test func aLockedWalletSendsNothingAndThePersonIsAskedToOpenIt() async throws {
        let model = model()
        try await ended()
        await model.note(.grantChanged("", .revoking))
        try await wallet.lock()
        wallet.change { $0.isOnline = true }
        await model.setInBackground(true)
        #expect(fake.message?.0 == .unsent(1), "what was seen last counts")
        #expect(fake.message?.in == SendingModel.patience)
        await fake.wake()
        #expect(fake.message?.0 == .unsent(1))
        #expect(fake.message?.in == 0, "woken, it asks now")
        #expect(wallet.change { $0.grants[0].isStillOpen }, "it is as it was")
    }

    @Test func whoComesBackIsToldOnTheScreenAndNotByMessages() async throws {
        try await ended()
        let model = model()
        await model.setInBackground(true)
        await model.setInBackground(false)
        #expect(fake.message == nil)
        #expect(!fake.willWake)
        wallet.change { $0.isOnline = true }
        await fake.onWake?()
        #expect(fake.message == nil)
    }

    @Test(arguments: [0, 60, nil] as [TimeInterval?]) func aWalletThatLocksAtOnceSendsFirst(after time: TimeInterval?)
        async throws
    {
        try await ended()
        wallet.change { $0.autoLock.inBackground = time }
        let model = model(pause: { try await Task.sleep(for: .seconds(60)) })
        await model.note(.other)
        wallet.change { $0.isOnline = true }
        var wasSent: Bool?
        await model.setInBackground(true) { [wallet] in
            wasSent = wallet.change { $0.grants[0].stoppedBy != nil }
            if time == 0 { try? await wallet.lock() }
        }
        #expect(wasSent == (time == 0), "one that waits is told first: its time runs")
        #expect(wallet.change { $0.grants[0].stoppedBy } == .ledger)
    }

    @Test func aServerThatDoesNotAnswerKeepsTheWalletFromLockingForAFewSecondsOnly() async throws {
        try await ended()
        wallet.change { $0.autoLock.inBackground = 0 }
        let model = model(pause: {})
        await model.note(.other)
        wallet.change { $0.isSyncingSlow = true }
        let rounds = Rounds()
        await model.setInBackground(true) { [wallet] in
            rounds.count += 1
            wallet.change {
                $0.isUnlocked = false
                $0.isSyncingSlow = false
            }
        }
        #expect(rounds.count == 1)
        #expect(fake.message?.0 == .unsent(1), "and the message stands")
    }

    @Test func thePersonIsAskedOnlyWhileSomethingIsNotSentAndOnlyOnce() async throws {
        let fake = FakePhone(wasAsked: false)
        let model = SendingModel(service: wallet, phone: fake.phone)
        await model.note(.unlocked)
        #expect(!model.canAsk)
        try await ended()
        await model.note(.other)
        #expect(model.unsent == 1)
        #expect(model.canAsk)
        await model.askForMessages()
        #expect(fake.wasAsked)
        await model.note(.other)
        #expect(!model.canAsk)
    }

    @Test func theAppTellsItWhatHappens() async throws {
        let app = AppModel(services: wallet, phone: fake.phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        try await ended()
        let counted = await eventually { app.sending.unsent == 1 }
        #expect(counted)
        // The fake locks itself at once, so that only the message is left.
        await app.setInBackground(true)
        #expect(fake.message?.0 == .unsent(1))
        await app.setInBackground(false)
        #expect(fake.message == nil)
    }

    @Test func whatTheWalletHearsLastIsWhereTheAppIs() async throws {
        let app = AppModel(services: wallet, phone: fake.phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        try await ended()
        #expect(await eventually { app.sending.unsent == 1 })
        fake.isShowingSlow = true
        let away = Task { await app.setInBackground(true) }
        #expect(await eventually { fake.message != nil })
        let back = Task { await app.setInBackground(false) }
        try await Task.sleep(nanoseconds: 20_000_000)
        fake.isShowingSlow = false
        await away.value
        await back.value
        #expect(wallet.change { $0.heard } == [true, false])
    }

    @MainActor private final class Rounds {
        var count = 0
    }
}
