// The directory of clinics in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct ClinicsPreviews: PreviewProvider {
    static var previews: some View {
        ClinicsView(services: FakeWallet.preview()).previewDisplayName("clinics")
        ClinicsView(services: FakeWallet.preview { $0.clinics = [] }).previewDisplayName("none")
        ClinicsView(services: FakeWallet.preview { $0.isOnline = false }).previewDisplayName("offline")
    }
}
