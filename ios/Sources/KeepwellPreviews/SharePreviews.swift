// Sharing in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct SharePreviews: PreviewProvider {
    static var previews: some View {
        ShareView(services: everyState).previewDisplayName("shares")
        ShareView(services: FakeWallet.preview()).previewDisplayName("none")
        ShareView(services: FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
        ShareView(services: everyState).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static var everyState: FakeWallet {
        FakeWallet.preview {
            $0.now = Date()
            $0.share(.active)
            $0.share(.paused)
            $0.share(.revoked, isTold: false)
        }
    }
}
