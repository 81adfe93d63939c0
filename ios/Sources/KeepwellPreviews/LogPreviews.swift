// The log in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct LogPreviews: PreviewProvider {
    static var previews: some View {
        LogView(services: used(isOnline: true)).previewDisplayName("log")
        LogView(services: used(isOnline: false)).previewDisplayName("offline")
        LogView(services: FakeWallet.preview()).previewDisplayName("none")
        LogView(services: FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
    }

    private static func used(isOnline: Bool) -> FakeWallet {
        FakeWallet.preview {
            $0.grant(.active)
            $0.share(.active)
            $0.log.append(LogEntry(time: $0.now, event: .recordsRead, about: $0.clinics[0].name))
            $0.isOnline = isOnline
        }
    }
}
