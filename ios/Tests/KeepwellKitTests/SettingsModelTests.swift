import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct SettingsModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }

    @Test func showsHowItIsSetAndSetsEachTimeOnItsOwn() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        #expect(model.state.autoLock == nil)
        await model.load()
        #expect(model.state.autoLock == AutoLock(inFront: 300, inBackground: 60))
        #expect(model.state.hasBiometrics == false)
        await model.lock(inFrontAfter: 900)
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 900, inBackground: 60))
        await model.lock(inBackgroundAfter: 0)
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 900, inBackground: 0))
        #expect(model.state.autoLock == AutoLock(inFront: 900, inBackground: 0))
    }

    @Test func offersWhatIsSetThoughItOffersItToNobodyElse() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        #expect(model.timesInFront == [60, 300, 900, 1_800])
        #expect(model.timesInBackground == [0, 60, 300])
        wallet.change { $0.autoLock = AutoLock(inFront: 30, inBackground: nil) }
        await model.load()
        #expect(model.timesInFront == [30, 60, 300, 900, 1_800])
        #expect(model.timesInBackground == [0, 60, 300, nil])
    }

    @Test func offersWhatTheLibraryOffers() async {
        let choices = Choices(
            shareLives: [], shareLivesOnLedger: [], shareLife: 0, grantDays: [], days: 0, purposes: [], purpose: .treatment,
            autoLockInFront: [120, 300], autoLockInBackground: [30, 60])
        let model = SettingsModel(service: wallet, choices: choices)
        await model.load()
        #expect(model.timesInFront == [120, 300])
        #expect(model.timesInBackground == [30, 60])
    }

    @Test func aTimeThatIsChosenWhileAnotherIsBeingSetIsSetAfterIt() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        wallet.change { $0.isBusy = true }
        let first = Task { await model.lock(inFrontAfter: 900) }
        _ = await eventually { wallet.heldCalls == 1 }
        await model.lock(inFrontAfter: 300)
        await model.lock(inBackgroundAfter: 0)
        #expect(model.state.autoLock == AutoLock(inFront: 300, inBackground: 0), "what is chosen is shown")
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 300, inBackground: 60))
        wallet.change { $0.isBusy = false }
        await first.value
        #expect(wallet.change { $0.autoLock } == AutoLock(inFront: 300, inBackground: 0))
        #expect(model.state.autoLock == AutoLock(inFront: 300, inBackground: 0))
        #expect(!model.state.isBusy)
    }

    @Test func whereTheNewestTimeCanNotBeSetTheOneBeforeItIsShown() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        wallet.change { $0.isBusy = true }
        let first = Task { await model.lock(inFrontAfter: 900) }
        _ = await eventually { wallet.heldCalls == 1 }
        await model.lock(inFrontAfter: 60)
        wallet.change {
            $0.refusesAutoLock = AutoLock(inFront: 60, inBackground: 60)
            $0.isBusy = false
        }
        await first.value
        #expect(model.state.problem == .diskFull)
        #expect(model.state.autoLock == AutoLock(inFront: 900, inBackground: 60))
    }

    @Test func whatCouldNotBeSetIsSaidAndNotShownAsSet() async {
        let model = SettingsModel(service: wallet, choices: wallet.choices)
        await model.load()
        wallet.change { $0.nextProblem = .diskFull }
        await model.lock(inFrontAfter: 60)
        #expect(model.state.problem == .diskFull)
        #expect(model.state.autoLock?.inFront == 300)
        wallet.change { $0.isUnlocked = false }
        await model.load()
        #expect(model.state.problem == .locked)
    }

    @Test(arguments: Texts.languages) func everyTimeHasWordsOfItsOwn(language: String) {
        let texts = Texts(language: language)
        let words = [nil, 0, 30, 60, 300, 3_600].map { texts.autoLock($0) }
        #expect(Set(words).count == words.count)
        #expect(words[2].contains("30") && words[4].contains("5"))
    }
}
