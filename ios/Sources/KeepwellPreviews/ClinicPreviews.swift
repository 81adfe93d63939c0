// The page of a clinic, and extending an access, in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct ClinicPreviews: PreviewProvider {
    static var previews: some View {
        page(of: everyState).previewDisplayName("every state")
        page(of: FakeWallet.preview()).previewDisplayName("no access")
        page(of: FakeWallet.preview { $0.isOnline = false }).previewDisplayName("offline")
        page(of: FakeWallet.preview(), number: 2).previewDisplayName("key changed")
        page(of: FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
        page(of: everyState).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        page(of: everyState).environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }

    private static func page(of wallet: FakeWallet, number: Int = 0) -> some View {
        NavigationStack { ClinicView(clinic: FakeWallet.World.sample.clinics[number], services: wallet) }
    }

    private static var everyState: FakeWallet {
        FakeWallet.preview {
            $0.grant(.active)
            $0.grant(.pending)
            $0.grant(.revoking)
            $0.grant(.revoked, stoppedBy: .ledger)
            let name = $0.clinics[0].name
            $0.log.append(LogEntry(time: $0.now, event: .recordsRead, about: name, grant: $0.grants[0].id))
            $0.recordsRead[$0.grants[0].id] = 12
            $0.log.append(LogEntry(time: $0.now, event: .grantDenied, about: name, grant: $0.grants[3].id))
        }
    }
}

struct ExtendPreviews: PreviewProvider {
    static var previews: some View {
        extend(until: .terms).previewDisplayName("how long")
        extend(until: .review).previewDisplayName("review")
        extend(until: .extended).previewDisplayName("extended")
        extend(until: .extended) { $0.isOnline = false }.previewDisplayName("offline")
        extend(until: .extended).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func extend(
        until step: ExtendState.Step, _ change: (inout FakeWallet.World) -> Void = { _ in }
    ) -> some View {
        let wallet = FakeWallet.preview {
            $0.grant(.active)
            change(&$0)
        }
        let world = wallet.change { $0 }
        let model = ExtendModel(grant: world.grants[0], service: wallet, now: { world.now })
        return ExtendView(model: model).task {
            guard step != .terms else { return }
            await model.load()
            model.choose(days: 90)
            await model.review()
            guard step == .extended else { return }
            for digit in [2, 7, 1, 8, 2, 8] { model.pin.type(digit) }
            await model.confirm()
        }
    }
}
