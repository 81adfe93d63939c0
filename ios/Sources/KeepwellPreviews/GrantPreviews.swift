// The first step of a grant in its states; the others are one press away.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct GrantPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(FakeWallet.World.sample.clinics) { clinic in
            GrantView(clinic: clinic, services: FakeWallet.preview()).previewDisplayName(clinic.name)
        }
        ForEach(FakeWallet.World.sample.clinics) { clinic in
            GrantView(clinic: clinic, services: FakeWallet.preview { $0.isOnline = false }).previewDisplayName("offline")
        }
    }
}
