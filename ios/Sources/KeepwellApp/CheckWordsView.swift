// The recovery words shown again against the PIN, and asked for, over everything else.

import KeepwellKit
import SwiftUI

struct CheckWordsView: View {
    let model: CheckWordsModel
    let screen: any PhoneScreen
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            WordsSteps(model: model, screen: screen)
                .navigationTitle(texts(model.state.step == .done ? .checkWordsDone : .quizTitle))
                .toolbar {
                    ToolbarItem(placement: .cancellationAction) {
                        Button(texts(model.state.step == .done ? .close : .quizLater)) { close() }
                    }
                }
        }
    }
}
