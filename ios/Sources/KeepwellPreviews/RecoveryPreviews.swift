// The recovery screens in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct RecoveryPreviews: PreviewProvider {
    static var previews: some View {
        Recovering { _ in }.previewDisplayName("no words")
        Recovering { model in
            model.type(words: "legal winner thank yer")
            await model.next()
        }.previewDisplayName("unknown word")
        Recovering { model in
            model.type(words: "legal winner year thank")
            await model.next()
        }.previewDisplayName("words in another order")
        Recovering { model in
            model.type(words: words)
            await model.next()
            model.type(passphrase: "green door ")
        }.previewDisplayName("passphrase")
        Recovering { model in
            model.type(words: words)
            await model.next()
            await model.next()
            for digit in 1...6 { model.pin.type(digit) }
            await model.next()
            for digit in 2...7 { model.pin.type(digit) }
            await model.next()
        }.previewDisplayName("PINs differ")
    }

    private static let words = "legal winner thank year"
}

/// The screens after `steps`.
private struct Recovering: View {
    @State private var model = RecoveryModel(service: FakeWallet())
    let steps: @MainActor (RecoveryModel) async -> Void

    var body: some View {
        RecoveryView(model: model, leave: {}, noWords: {}).task { await steps(model) }
    }
}
