import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct BiometricsModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let model: BiometricsModel

    init() {
        model = BiometricsModel(service: wallet)
    }

    @Test func goOnByThePINAndOffWithoutIt() async {
        #expect(!model.canTurnOn, "it is not known yet whether they are on")
        await model.load()
        model.pin.type("271829")
        await model.turnOn()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.state.isOn == false)
        #expect(wallet.change { !$0.hasBiometrics })
        model.pin.type("271828")
        await model.turnOn()
        #expect(model.state.isOn == true)
        #expect(model.pin.count == 0)
        #expect(wallet.change { $0.hasBiometrics })
        await model.turnOff()
        #expect(model.state.isOn == false)
        #expect(wallet.change { !$0.hasBiometrics })
    }

    @Test func aPhoneThatKnowsNoFingerIsSaidToKnowNone() async {
        wallet.change { $0.knowsFinger = false }
        await model.load()
        model.pin.type("271828")
        await model.turnOn()
        #expect(model.state.isUnavailable)
        #expect(model.state.problem == nil)
        #expect(model.state.isOn == false)
        wallet.change { $0.knowsFinger = true }
        model.pin.type("271828")
        await model.turnOn()
        #expect(!model.state.isUnavailable)
        #expect(model.state.isOn == true)
    }

    @Test func whatCouldNotBeTurnedOffIsStillOn() async {
        wallet.change { $0.hasBiometrics = true }
        await model.load()
        wallet.change { $0.nextProblem = .deviceKeyUnavailable }
        await model.turnOff()
        #expect(model.state.problem == .deviceKeyUnavailable)
        #expect(model.state.isOn == true)
    }
}
