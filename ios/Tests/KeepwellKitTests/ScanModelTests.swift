import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct ScanModelTests {
    private let phone = FakePhone()
    /// 32 bytes, the first of which are 0xfb 0xff: base64url tells them from base64.
    private nonisolated static let code = "keepwell:p/-_8" + String(repeating: "A", count: 40)
    private nonisolated static let id = "fbff" + String(repeating: "0", count: 60)

    @Test func aDesksCodeNamesAClinic() {
        #expect(Clinic.scanned(Self.code) == Self.id)
    }

    @Test(arguments: [
        "", "keepwell:p/", "keepwell:c/-_8" + String(repeating: "A", count: 40), "https://example.org", code + "A",
        String(code.dropLast()), code + "=", "keepwell:p/+/8" + String(repeating: "A", count: 40), " " + code, code.uppercased(),
        "keepwell:p/é" + String(repeating: "A", count: 42),
    ])
    func anythingElseNamesNone(text: String) {
        #expect(Clinic.scanned(text) == nil)
    }

    @Test func theFirstCodeThatIsTakenIsTheLast() async {
        var taken: [String] = []
        let model = ScanModel(phone: phone) { text in
            taken.append(text)
            return text == "right"
        }
        await model.load()
        #expect(model.state.camera == .granted)
        model.read("wrong")
        #expect(model.state.isOtherCode && !model.state.isDone)
        model.read("right")
        #expect(model.state.isDone && !model.state.isOtherCode)
        model.read("wrong")
        #expect(taken == ["wrong", "right"])
        #expect(!model.state.isOtherCode)
        model.failed()
        #expect(model.state.camera == .granted, "nobody needs it any more")
    }

    @Test(arguments: [CameraAccess.denied, .restricted, .missing]) func withoutACameraThatIsSaid(access: CameraAccess) async {
        phone.cameraAccess = access
        let model = ScanModel(phone: phone) { _ in true }
        #expect(model.state.camera == nil, "nothing is said before it is known")
        await model.load()
        #expect(model.state.camera == access)
        // Back from the phone's settings.
        phone.cameraAccess = .granted
        await model.load()
        #expect(model.state.camera == .granted)
        model.failed()
        #expect(model.state.camera == .failed, "it is there, and does not work now")
        await model.load()
        #expect(model.state.camera == .granted, "once the call is over")
        model.failed(access)
        #expect(model.state.camera == access)
    }

    @Test func theClinicOfACodeIsProvedBeforeItIsShown() async {
        let wallet = FakeWallet.sample {
            $0.clinics.append(Clinic(id: Self.id, name: "Desk", place: nil, standing: .listed))
        }
        let model = ClinicsModel(service: wallet)
        #expect(!model.take(code: "https://example.org"))
        #expect(model.state.scanned == nil)
        #expect(model.take(code: Self.code))
        await model.openScanned()
        #expect(model.state.opened?.name == "Desk")
        #expect(model.state.opened?.standing == .active)
        #expect(model.state.scanned == nil)
        model.shown()
        #expect(model.state.opened == nil)
    }

    @Test func withoutANetworkAListedClinicIsShownAsThatAndAnUnknownOneIsNot() async {
        let wallet = FakeWallet.sample {
            $0.clinics.append(Clinic(id: Self.id, name: "Desk", place: nil, standing: .listed))
        }
        let known = ClinicsModel(service: wallet)
        await known.load()
        wallet.change { $0.isOnline = false }
        _ = known.take(code: Self.code)
        await known.openScanned()
        #expect(known.state.opened?.standing == .listed)
        let unknown = ClinicsModel(service: wallet)
        _ = unknown.take(code: Self.code)
        await unknown.openScanned()
        #expect(unknown.state.opened == nil)
        #expect(unknown.state.problem == .offline)
        #expect(unknown.state.scanned == nil)
    }

    @Test func whatACodeAsksForIsProvedBeforeItIsShown() async throws {
        let wallet = FakeWallet.sample()
        let clinic = wallet.change { $0.clinics[0] }
        let asked = AccessRequest(
            id: String(repeating: "0e", count: 16), clinic: clinic, categories: [.allergies], purpose: .treatment, lasts: 86_400)
        let model = ClinicsModel(service: wallet)
        #expect(model.take(code: "keepwell:r/abc"))
        #expect(model.state.scanned == nil)
        await model.openRequest()
        #expect(model.state.problem == .requestUnproved)
        #expect(model.state.asked == nil && model.state.requestCode == nil)
        wallet.change { $0.requests["keepwell:r/abc"] = asked }
        #expect(model.take(code: "keepwell:r/abc"))
        await model.openRequest()
        #expect(model.state.problem == nil)
        #expect(model.state.asked == asked)
        model.shown()
        #expect(model.state.asked == nil)
    }

    @Test func aCodeOfAClinicThatNobodyHasAdmittedOpensNothing() async {
        let model = ClinicsModel(service: FakeWallet.sample())
        #expect(model.take(code: Self.code))
        await model.openScanned()
        #expect(model.state.opened == nil)
        #expect(model.state.problem == .notFound)
    }
}
