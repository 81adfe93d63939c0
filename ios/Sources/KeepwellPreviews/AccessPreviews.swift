// Grants in force and ended ones in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct AccessPreviews: PreviewProvider {
    static var previews: some View {
        AccessView(services: everyState).previewDisplayName("in every state")
        AccessView(services: FakeWallet.preview()).previewDisplayName("none")
        AccessView(services: FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
        AccessView(services: everyState).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static var everyState: FakeWallet {
        FakeWallet.preview {
            $0.grant(.active)
            $0.grant(.pending)
            $0.grant(.revoking)
            $0.grant(.revoking, stoppedBy: .host)
            $0.grant(.revoked, stoppedBy: .ledger)
            $0.grant(.expired)
        }
    }
}
