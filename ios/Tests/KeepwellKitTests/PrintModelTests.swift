import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct PrintModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let phone = FakePhone()
    private let model: PrintModel

    init() {
        model = PrintModel(service: wallet, printer: phone)
    }

    private var printed: [String] { phone.printed.map { String(decoding: $0, as: UTF8.self) } }

    @Test func printsWhatIsChosenByThePINAndNotBefore() async {
        await model.load()
        #expect(!model.state.counts.isEmpty)
        model.toggle(.allergies)
        #expect(!model.canMake, "nobody typed the PIN")
        model.print()
        #expect(printed.isEmpty)
        model.pin.type("271829")
        await model.make()
        #expect(model.state.problem == .wrongPIN(left: 9) && !model.state.isReady)
        model.pin.type("271828")
        await model.make()
        #expect(model.state.isReady && model.state.problem == nil)
        #expect(model.pin.count == 0)
        model.toggle(.medications)
        #expect(model.state.categories == [.allergies], "it is made already")
        model.print()
        let allergies = wallet.change { $0.records.filter { $0.category == .allergies }.map(\.title) }
        #expect(printed == [allergies.joined(separator: "\n")])
    }

    @Test func unlessSomethingIsChosenItIsWhatAClinicAsksFor() async {
        model.pin.type("271828")
        await model.make()
        model.print()
        #expect(printed.first?.split(separator: "\n").count == wallet.change { $0.records.count })
    }

    @Test func whatCantBeMadeIsSaid() async {
        model.toggle(.genomics)
        model.pin.type("271828")
        await model.make()
        #expect(model.state.problem == .nothingToShare && !model.state.isReady)
        model.print()
        #expect(printed.isEmpty)
    }

    @Test func whoLeavesHasNoPagesAnyMore() async {
        model.pin.type("271828")
        await model.make()
        model.clear()
        #expect(!model.state.isReady)
        model.print()
        #expect(printed.isEmpty)
    }

    @Test func whatIsBeingMadeOutOfSightIsForgotten() async {
        wallet.change { $0.isExportingSlow = true }
        model.pin.type("271828")
        let making = Task { await model.make() }
        #expect(await eventually { model.state.isBusy })
        model.clear()
        wallet.change { $0.isExportingSlow = false }
        await making.value
        #expect(!model.state.isReady && !model.state.isBusy)
        model.print()
        #expect(printed.isEmpty)
    }

    @Test func aPhoneThatCantPrintIsNotAskedForThePIN() async {
        phone.canPrint = false
        model.pin.type("271828")
        #expect(!model.canMake)
        await model.make()
        #expect(!model.state.isReady)
    }
}
