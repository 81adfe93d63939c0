import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct ExportModelTests {
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keepwell-test-\(UUID().uuidString)")
    private let clock = SettableClock()

    private func model() -> ExportModel { ExportModel(service: wallet, folder: folder, now: clock.now) }
    private var isAnythingLeft: Bool { FileManager.default.fileExists(atPath: folder.path) }

    @Test func writesAFileByThePINThatGoesWhereThePersonWantsIt() async throws {
        let model = model()
        model.pin.type("271828")
        await model.export()
        let file = try #require(model.file)
        #expect(file.lastPathComponent == "keepwell-2027-01-15.json")
        #expect(model.state.records == 5)
        #expect(FileManager.default.fileExists(atPath: file.path))
        #expect(!model.canExport, "there is a file already")
        model.moved(true)
        #expect(model.state.isSaved)
        #expect(model.file == nil)
        #expect(!isAnythingLeft)
    }

    @Test func withAWrongPINThereIsNoFile() async {
        let model = model()
        model.pin.type("271829")
        await model.export()
        #expect(model.state.problem == .wrongPIN(left: 9))
        #expect(model.file == nil)
        #expect(!isAnythingLeft)
    }

    @Test func whoLeavesWhileItIsWrittenLeavesNoFile() async {
        let model = model()
        model.pin.type("271828")
        wallet.change { $0.isCheckingSlow = true }
        let exporting = Task { await model.export() }
        #expect(await eventually { model.state.isBusy })
        model.clear()
        wallet.change { $0.isCheckingSlow = false }
        await exporting.value
        #expect(model.file == nil && !isAnythingLeft)
        #expect(model.state == ExportState())
    }

    @Test func whoLeavesWhileTheFileIsBeingFilledLeavesNone() async {
        let model = model()
        model.pin.type("271828")
        wallet.change { $0.isExportingSlow = true }
        let exporting = Task { await model.export() }
        #expect(await eventually { isAnythingLeft })
        model.clear()
        wallet.change { $0.isExportingSlow = false }
        await exporting.value
        #expect(model.file == nil && !isAnythingLeft)
        #expect(model.state == ExportState())
    }

    @Test func outOfSightThePINIsForgottenAndTheFileGoesUnlessAPlaceIsChosen() async {
        let model = model()
        model.pin.type("2718")
        model.hide(isChoosing: false)
        #expect(model.pin.count == 0)
        model.pin.type("271828")
        await model.export()
        model.hide(isChoosing: true)
        #expect(model.file != nil && isAnythingLeft, "the person looks for a place in another app")
        model.hide(isChoosing: false)
        #expect(model.file == nil && !isAnythingLeft)
        model.pin.type("271828")
        await model.export()
        model.moved(true)
        model.hide(isChoosing: false)
        #expect(model.state.isSaved, "what was done is still said")
    }

    @Test func lockingLeavesNoFile() async {
        let model = model()
        let app = AppModel(services: wallet, phone: FakePhone().phone, exports: folder)
        model.pin.type("271828")
        await model.export()
        #expect(isAnythingLeft)
        await app.lock()
        #expect(!isAnythingLeft)
    }

    @Test func whoLeavesOrWasEndedLeavesNoRecordsBehind() async {
        let model = model()
        model.pin.type("271828")
        await model.export()
        #expect(isAnythingLeft)
        model.clear()
        #expect(!isAnythingLeft && model.state == ExportState())
        model.pin.type("271828")
        await model.export()
        ExportModel.removeLeftovers(in: folder)
        #expect(!isAnythingLeft)
        model.moved(false)
        #expect(model.state.problem == .fileUnwritable)
        #expect(!model.state.isSaved)
    }
}
