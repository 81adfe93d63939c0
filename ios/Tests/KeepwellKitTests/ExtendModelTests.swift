import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct ExtendModelTests {
    private let wallet = FakeWallet.sample()

    /// Extending an access of 30 days, of which 25 are over.
    private func model(days: Int = 30, over: Double = 25) async throws -> ExtendModel {
        let clinic = wallet.change { $0.clinics[0] }
        let terms = GrantTerms(clinic: clinic.id, categories: [.allergies, .results], purpose: .emergency, days: days)
        _ = try await wallet.grant(terms, pin: SecretBytes("271828"))
        _ = try await wallet.sync()
        wallet.change { $0.now += over * 86_400 }
        let (grant, now) = wallet.change { ($0.grants[0], $0.now) }
        let model = ExtendModel(grant: grant, service: wallet, now: { now })
        #expect(!model.state.canContinue, "it is not known yet how long it can be")
        await model.load()
        return model
    }

    private func confirmed(_ model: ExtendModel, days: Int = 90, pin: String = "271828") async {
        model.choose(days: days)
        await model.review()
        model.pin.type(pin)
        await model.confirm()
    }

    @Test func onlyWhatLastsLongerCanBeChosen() async throws {
        let model = try await model()
        #expect(model.state.choices == [7, 30, 90, 365], "a day would end it sooner than it does")
        #expect(model.state.days == 30)
        model.choose(days: 1)
        #expect(model.state.days == 30)
        model.choose(days: 7)
        #expect(model.state.days == 7)
    }

    @Test func whereNothingLastsLongerNothingCanBeChosen() async throws {
        let model = try await model(days: 400, over: 0)
        #expect(model.state.choices == [])
        #expect(!model.state.canContinue)
        await model.review()
        #expect(model.state.step == .terms)
    }

    @Test func whatIsOverCanNotBeExtendedAndIsSaidToBeOver() async throws {
        let model = try await model()
        _ = try await wallet.revoke(model.state.former.id)
        await model.load()
        #expect(model.state.choices == [])
        #expect(!model.state.former.isInForce && !model.state.canContinue)
    }

    @Test func theNewOneTakesThePlaceOfTheFormer() async throws {
        let model = try await model()
        await confirmed(model)
        #expect(model.state.problem == nil)
        let extended = try #require(model.state.extended)
        #expect(model.state.step == .extended)
        #expect(extended.isGiven)
        #expect(extended.categories == [.allergies, .results] && extended.purpose == .emergency)
        #expect(extended.notAfter == wallet.change { $0.now.addingTimeInterval(90 * 86_400) })
        #expect(extended.notAfter == model.state.until, "as it was reviewed")
        #expect(model.state.former.state == .revoked)
        #expect(!model.state.hasBoth)
        #expect(model.pin.count == 0)
        let texts = Texts(language: "en")
        #expect(texts.title(model.state) == texts(.extendedTitle))
        #expect(texts.lines(model.state).last?.hasPrefix(texts(.extendedFormer)) == true)
    }

    @Test func aWrongPINExtendsNothing() async throws {
        let model = try await model()
        await confirmed(model, pin: "271829")
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.step == .review)
        #expect(model.state.extended == nil)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.grants.count } == 1)
    }

    @Test func withoutANetworkTheFormerStandsAndThatIsSaid() async throws {
        let model = try await model()
        wallet.change { $0.isOnline = false }
        await confirmed(model)
        #expect(model.state.hasBoth)
        #expect(model.state.former.state == .active)
        #expect(model.state.extended?.state == .pending)
        let texts = Texts(language: "en")
        #expect(texts.title(model.state) == texts(.grantedWaiting))
        let until = texts.day(model.state.former.notAfter)
        #expect(texts.lines(model.state).last == texts(.extendWaiting, until))
        // Later the new one stands; the former is the person's to end.
        wallet.change { $0.isOnline = true }
        await model.follow {}
        #expect(model.state.extended?.isGiven == true)
        #expect(model.state.hasBoth)
        #expect(texts.lines(model.state).last == texts(.extendedBoth, until))
        await model.endFormer()
        #expect(!model.state.hasBoth)
        #expect(wallet.change { $0.grants.map(\.isInForce) } == [true, false])
    }

    @Test func whereTheNewOneIsEndedTheFormerIsSaidToStand() async throws {
        let model = try await model()
        wallet.change { $0.isOnline = false }
        await confirmed(model)
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        _ = try await wallet.revoke(try #require(model.state.extended).id)
        #expect(await eventually { model.state.extended?.isInForce == false })
        #expect(!model.state.hasBoth)
        let texts = Texts(language: "en")
        #expect(texts.title(model.state) == texts(.grantActive), "it is not said that the clinic can't read")
        let lines = texts.lines(model.state)
        #expect(lines.contains { $0.hasPrefix(texts(.extendedFormer)) && $0.hasSuffix(texts(.grantActive)) })
        #expect(lines.last == texts(.accessUntil, texts.day(model.state.former.notAfter)))
    }

    @Test func whatHasEndedMeanwhileIsNotExtended() async throws {
        let model = try await model()
        model.choose(days: 90)
        await model.review()
        _ = try await wallet.revoke(model.state.former.id)
        model.pin.type("271828")
        await model.confirm()
        #expect(model.state.problem == .refused(code: "GrantState"))
        #expect(wallet.change { $0.grants.count } == 1)
    }

    @Test func whoGoesBackHasTypedNothing() async throws {
        let model = try await model()
        await model.review()
        model.pin.type("2718")
        model.back()
        #expect(model.state.step == .terms)
        #expect(model.pin.count == 0)
        #expect(model.state.preview == nil)
        await model.confirm()
        #expect(model.state.extended == nil)
    }

    @Test func anExtensionThatIsEndedElsewhereIsNotSaidToStand() async throws {
        let model = try await model()
        await confirmed(model)
        let extended = try #require(model.state.extended)
        let watching = Task { await model.observe() }
        defer { watching.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        _ = try await wallet.revoke(extended.id)
        let isSeen = await eventually { model.state.extended?.isInForce == false }
        #expect(isSeen)
        let texts = Texts(language: "en")
        #expect(texts.title(model.state) != texts(.extendedTitle))
        #expect(!texts.lines(model.state).contains { $0.hasPrefix(texts(.accessUntil, "").prefix(5)) })
    }
}
