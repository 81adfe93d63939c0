import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct SupportModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let phone = PhoneFacts(appVersion: "0.3.0", model: "iPhone", system: "iOS 18.1", language: "en", textSize: "large")

    private func sent(_ model: SupportModel, in language: String = "en") -> String {
        Texts(language: language).lines(model.state, on: phone).map { "\($0.label): \($0.text)" }.joined(separator: "\n")
    }

    @Test(arguments: Texts.languages) func aHelperIsSentHowItIsAndNothingOfAnybodysHealth(language: String) async {
        let texts = Texts(language: language)
        let model = SupportModel(service: wallet)
        #expect(model.state.isLoading)
        await model.load()
        let sent = sent(model, in: language)
        for said in ["0.3.0", "iPhone, iOS 18.1", texts(.valueYes), texts(.switchedOff), texts.autoLock(300)] {
            #expect(sent.contains(said), "\(said)")
        }
        let world = wallet.change { $0 }
        let kept =
            world.records.map(\.title) + world.records.map(\.source) + world.clinics.map(\.name) + world.words + [world.pin]
        #expect(kept.filter { sent.contains($0) } == [])
    }

    @Test func whatIsNotKnownIsLeftOut() async {
        wallet.change { $0.isUnlocked = false }
        let model = SupportModel(service: wallet)
        await model.load()
        #expect(!model.state.isLoading)
        #expect(model.state.isConnected == nil && model.state.hasBiometrics == false)
        #expect(!sent(model).contains(Texts(language: "en")(.supportConnected)))
    }
    @Test func howClinicsAreAskedAboutIsSaidOnlyWhereThatIsKnown() async {
        let model = PrivacyModel(service: wallet)
        await model.load()
        #expect(model.ledgerQuestions == nil)
        for questions in [LedgerQuestions.oblivious, .direct] {
            wallet.change { $0.ledgerQuestions = questions }
            await model.load()
            #expect(model.ledgerQuestions == questions)
        }
        wallet.change { $0.isUnlocked = false }
        await model.load()
        #expect(model.ledgerQuestions == nil)
    }
}
