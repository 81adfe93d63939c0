// The directory of clinics in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct ClinicsPreviews: PreviewProvider {
    static var previews: some View {
        clinics().previewDisplayName("clinics")
        clinics { $0.clinics = [] }.previewDisplayName("none")
        clinics { $0.isOnline = false }.previewDisplayName("offline")
    }

    private static func clinics(_ change: (inout FakeWallet.World) -> Void = { _ in }) -> some View {
        ClinicsView(services: FakeWallet.preview(change), phone: FakePhone().phone)
    }
}

struct ScanPreviews: PreviewProvider {
    static var previews: some View {
        scan(.denied).previewDisplayName("not allowed")
        scan(.missing).previewDisplayName("no camera")
        scan(.failed).previewDisplayName("in use")
        scan(.restricted).previewDisplayName("kept away")
        scan(.missing) { $0.read("https://example.org") }.previewDisplayName("another code")
        scan(.denied).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func scan(_ camera: CameraAccess, then act: @escaping @MainActor (ScanModel) -> Void = { _ in }) -> some View {
        let phone = FakePhone()
        phone.cameraAccess = camera
        let model = ScanModel(phone: phone) { _ in false }
        return ScanView(model: model, words: .clinic) {}.task { act(model) }
    }
}
