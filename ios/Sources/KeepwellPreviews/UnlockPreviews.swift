// The unlock screen in its states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct UnlockPreviews: PreviewProvider {
    static var previews: some View {
        UnlockView(model: UnlockModel(service: FakeWallet())).previewDisplayName("empty")
        WrongPIN(before: 0).previewDisplayName("wrong PIN")
        WrongPIN(before: FakeWallet.triesBeforeDelay - 1).previewDisplayName("delayed")
        WrongPIN(before: FakeWallet.tries - 1).previewDisplayName("words needed")
        WrongPIN(before: 0).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        WrongPIN(before: 0).preferredColorScheme(.dark).previewDisplayName("night")
        WrongPIN(before: 0).environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }
}

/// The screen after a wrong PIN, when so many were wrong before.
private struct WrongPIN: View {
    @State private var model: UnlockModel

    init(before: Int) {
        let wallet = FakeWallet()
        wallet.change { $0.wrongPINs = before }
        _model = State(initialValue: UnlockModel(service: wallet))
    }

    var body: some View {
        UnlockView(model: model).task {
            for digit in 1...6 { model.pin.type(digit) }
            await model.unlock()
        }
    }
}
