import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct GrantModelTests {
    private let wallet = FakeWallet.sample()

    private func model(of number: Int = 0) async -> GrantModel {
        let clinic = wallet.change { $0.clinics[number] }
        let model = GrantModel(clinic: clinic, consent: wallet, records: wallet)
        await model.load()
        return model
    }

    /// Walks to the preview.
    private func previewed() async -> GrantModel {
        let model = await model()
        model.toggle(.allergies)
        model.toggle(.medications)
        await model.next()
        model.choose(.emergency)
        model.choose(days: 7)
        await model.next()
        return model
    }

    @Test func grantsInThreeStepsWhatThePreviewShowed() async throws {
        let model = await previewed()
        #expect(model.state.step == .review)
        let preview = try #require(model.state.preview)
        #expect(preview.seen.map(\.category) == [.allergies, .medications])
        #expect(preview.seen.flatMap(\.records).map(\.title) == ["Peanut allergy", "Pollen allergy", "Ibuprofen 400 mg"])
        model.pin.type("271828")
        await model.confirm()
        let grant = try #require(model.state.granted)
        #expect(model.state.step == .granted)
        #expect(grant.categories == [.allergies, .medications])
        #expect(grant.purpose == .emergency)
        #expect(grant.isGiven)
        #expect(grant.notAfter.timeIntervalSince(grant.notBefore) == 7 * 86_400)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.grants.count } == 1)
    }

    @Test func whatAClinicAsksForIsRefusedAlsoWithoutNetworkAndNotGivenAfterwards() async {
        let asked = AccessRequest(
            id: String(repeating: "0e", count: 16), clinic: wallet.change { $0.clinics[0] }, categories: [.allergies],
            purpose: .treatment, lasts: 8 * 86_400)
        wallet.change { $0.isOnline = false }
        let model = GrantModel(asked: asked, consent: wallet, records: wallet)
        await model.load()
        #expect(model.state.problem == .offline)
        await model.refuse()
        await model.refuse()
        #expect(model.state.isRefused && model.state.problem == nil)
        #expect(!model.state.canContinue && !model.state.canRefuse)
        #expect(wallet.change { $0.answered } == [asked.id])
        await model.next()
        #expect(model.state.step == .categories)

        // The same code once more.
        wallet.change { $0.isOnline = true }
        let again = GrantModel(asked: asked, consent: wallet, records: wallet)
        await again.load()
        await again.refuse()
        #expect(again.state.problem == .requestOver && !again.state.isRefused)
        await again.next()
        await again.next()
        again.pin.type("271828")
        await again.confirm()
        #expect(again.state.problem == .requestOver)
        #expect(wallet.change { $0.grants } == [])
    }

    @Test func whereAClinicAsksForNothingThereIsNothingToRefuse() async {
        let model = await model()
        #expect(!model.state.canRefuse)
        await model.refuse()
        #expect(!model.state.isRefused && wallet.change { $0.answered } == [])
    }

    @Test func whatAClinicAsksForIsGivenOrLessAndNotMore() async throws {
        let clinic = wallet.change { $0.clinics[0] }
        let asked = AccessRequest(
            id: String(repeating: "0e", count: 16), clinic: clinic, categories: [.allergies, .medications, .genomics],
            purpose: .payment, lasts: 8 * 86_400)
        let model = GrantModel(asked: asked, consent: wallet, records: wallet)
        await model.load()
        #expect(model.state.offered.map(\.category) == asked.categories)
        #expect(model.state.offered.last?.count == 0)
        #expect(model.state.offeredDays == [1, 7])
        #expect(model.state.offeredPurposes == [.payment])
        #expect(model.state.lasts == asked.lasts)
        model.toggle(.documents)
        #expect(model.state.categories == Set(asked.categories))
        model.toggle(.medications)
        await model.next()
        model.choose(days: 90)
        model.choose(.research)
        #expect(model.state.days == nil && model.state.purpose == .payment)
        model.choose(days: 7)
        #expect(model.state.lasts == 7 * 86_400)
        model.choose(days: nil)
        await model.next()
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.granted != nil)
        let terms = try #require(wallet.change { $0.lastTerms })
        #expect(terms.request == asked.id && terms.days == nil)
        #expect(terms.categories == [.allergies, .genomics])
        // Where nothing was asked for it is not as long as that.
        let plain = await self.model()
        plain.toggle(.allergies)
        await plain.next()
        plain.choose(days: nil)
        #expect(plain.state.days == wallet.choices.days)
    }

    @Test func aWrongPINGrantsNothing() async {
        let model = await previewed()
        model.pin.type("271829")
        await model.confirm()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.step == .review)
        #expect(wallet.change { $0.grants.count } == 0)
        #expect(model.pin.count == 0)
    }

    @Test func nothingChosenGoesNoFurther() async {
        let model = await model()
        #expect(!model.state.canContinue)
        await model.next()
        #expect(model.state.step == .categories)
        model.toggle(.results)
        model.toggle(.results)
        #expect(!model.state.canContinue, "chosen and taken back")
    }

    @Test func aChangedKeyBlocksGrantingBeforeAnythingIsChosen() async {
        let model = await model(of: 2)
        #expect(model.state.problem == .clinicKeyChanged)
        #expect(model.state.clinic.standing == .keyChanged)
        model.toggle(.allergies)
        await model.next()
        #expect(model.state.step == .categories)
    }

    @Test func aKeyThatChangesMeanwhileBlocksTheConfirmation() async {
        let model = await previewed()
        wallet.change { $0.proved[model.state.clinic.id] = .keyChanged }
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.problem == .clinicKeyChanged)
        #expect(!model.state.canContinue)
        #expect(wallet.change { $0.grants.count } == 0)
    }

    @Test func aSuspendedClinicCanNotBeGranted() async {
        wallet.change { $0.proved[$0.clinics[0].id] = .suspended }
        let model = await model()
        #expect(model.state.problem == .clinicSuspended)
        model.toggle(.allergies)
        #expect(!model.state.canContinue)
    }

    @Test func withoutNetworkTheGrantIsQueuedAndPending() async {
        let model = await previewed()
        wallet.change { $0.isOnline = false }
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.granted?.state == .pending)
        #expect(model.state.granted?.delivered == false)
        #expect(model.state.step == .granted, "it is granted all the same")
        #expect(model.state.isOffline)
        #expect(model.state.granted?.isGiven == false)
        #expect(model.state.problem == nil)
    }

    @Test func accessIsGivenOnlyOnceTheLedgerProvesItAndTheClinicWasTold() async {
        let model = await previewed()
        wallet.change { world in (world.isOnline, world.isLedgerReached, world.isClinicReached) = (false, false, false) }
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.isOffline)
        let steps: [@Sendable (inout FakeWallet.World) -> Void] = [
            { $0.isOnline = true }, { $0.isLedgerReached = true }, { $0.isClinicReached = true },
        ]
        var seen: [[Bool]] = []
        await model.follow { @MainActor [wallet] in
            seen.append([model.state.granted?.state == .active, model.state.granted?.delivered == true])
            wallet.change { steps[seen.count - 1](&$0) }
        }
        #expect(seen == [[false, false], [false, false], [true, false]])
        #expect(model.state.granted?.isGiven == true)
        #expect(!model.state.isOffline)
    }

    @Test func whatWasGrantedIsFollowedToItsEndElsewhere() async throws {
        let model = await previewed()
        model.pin.type("271828")
        await model.confirm()
        let following = Task { await model.observe() }
        defer { following.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        _ = try await wallet.revoke(try #require(model.state.granted?.id))
        let ended = await eventually { model.state.granted?.state == .revoking }
        #expect(ended)
    }

    @Test func theNameIsToldUnlessThePersonSaysNo() async {
        let model = await model()
        model.toggle(.allergies)
        await model.next()
        #expect(model.state.isNamed)
        model.tellName(false)
        await model.next()
        model.tellName(true)
        #expect(!model.state.isNamed, "what was reviewed does not change")
        model.pin.type("271828")
        await model.confirm()
        #expect(wallet.change { $0.lastTerms?.isNamed } == false)
    }

    @Test func goingBackForgetsThePreviewAndThePIN() async {
        let model = await previewed()
        model.pin.type("271828")
        model.back()
        #expect(model.state.step == .terms)
        #expect(model.state.preview == nil)
        #expect(model.pin.count == 0)
        model.back()
        model.back()
        #expect(model.state.step == .categories)
        #expect(model.state.categories == [.allergies, .medications])
    }

    @Test func onlyTheOfferedDaysCanBeChosen() async {
        let model = await model()
        model.toggle(.allergies)
        await model.next()
        model.choose(days: 400)
        #expect(model.state.days == 30)
        model.choose(days: 90)
        #expect(model.state.days == 90)
    }

    @Test func aLockedWalletConfirmsNothing() async {
        let model = await previewed()
        wallet.change { $0.isUnlocked = false }
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.problem == .locked)
        #expect(model.state.granted == nil)
    }
}
