// Sharing in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct SharePreviews: PreviewProvider {
    static var previews: some View {
        share(everyState).previewDisplayName("codes")
        share(FakeWallet.preview()).previewDisplayName("none")
        share(FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("locked")
        share(FakeWallet.preview()) { await $0.review() }.previewDisplayName("what would leave")
        share(FakeWallet.preview()) { await $0.chooseAll("1111") }.previewDisplayName("a passcode that is not taken")
        share(FakeWallet.preview()) { await $0.chooseAll("blue-otter") }.previewDisplayName("up to date, with a passcode")
        share(FakeWallet.preview()) {
            await $0.chooseAll("blue-otter")
            await $0.share()
        }.previewDisplayName("a code with a passcode")
        share(FakeWallet.preview()) { await $0.chooseMonth() }.previewDisplayName("for a month, by the PIN")
        share(everyState) { await $0.show($0.state.live.first?.id ?? "") }.previewDisplayName("a code")
        share(everyState) { $0.ask($0.state.live.first?.id ?? "") }.previewDisplayName("ending one")
        share(everyState).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    /// The screen after `drive`.
    private static func share(
        _ wallet: FakeWallet, _ drive: @escaping @MainActor (ShareModel) async -> Void = { _ in }
    ) -> some View {
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let model = ShareModel(service: wallet, screen: app.phone.screen)
        return ShareView(model: model, sending: app.sending).task {
            await model.load()
            await drive(model)
        }
    }

    private static var everyState: FakeWallet {
        FakeWallet.preview {
            $0.now = Date()
            $0.share(.active)
            $0.share(.paused)
            $0.share(.revoked, isTold: false)
            $0.share(.active, ledger: .active)
            $0.share(.active, ledger: .pending)
        }
    }
}

extension ShareModel {
    /// Reviews a share that is granted on the ledger.
    fileprivate func chooseMonth() async {
        request.life = 30 * 86_400
        await review()
    }

    /// Reviews a share that follows the record and has a passcode, and what the patient tells.
    fileprivate func chooseAll(_ passcode: String) async {
        request.followsRecord = true
        write(story: "I live alone, on the third floor.")
        type(passcode: passcode)
        await review()
    }
}
