// Grants in force and ended ones in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct AccessPreviews: PreviewProvider {
    static var previews: some View {
        access(everyState).previewDisplayName("in every state")
        access(FakeWallet.preview()).previewDisplayName("none")
        access(FakeWallet.preview { $0.share(.active) }).previewDisplayName("none, but a code")
        access(FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
        access(unsent).previewDisplayName("not sent yet")
        access(everyState).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func access(_ wallet: FakeWallet) -> some View {
        let app = AppModel(services: wallet, phone: FakePhone(wasAsked: false).phone)
        return AccessView(services: wallet, sending: app.sending).task { await app.sending.note(.unlocked) }
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

    private static var unsent: FakeWallet {
        FakeWallet.preview {
            $0.isOnline = false
            $0.grant(.revoking)
        }
    }
}
