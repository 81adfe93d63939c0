// The recovery words, checked after the first launch.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct CheckWordsPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(CheckWordsState.Step.allCases, id: \.self) { step in
            Checking(step: step).previewDisplayName("\(step)")
        }
        Checking(step: .quiz, answers: ["zoo", "zoo", "zoo"]).previewDisplayName("wrong answers")
        Checking(step: .show).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        Checking(step: .show).environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }
}

/// The screen at a step.
private struct Checking: View {
    let step: CheckWordsState.Step
    var answers = ["legal", "winner", "year"]
    @State private var model = CheckWordsModel(
        service: FakeWallet.preview { $0.areWordsVerified = false }, isQuiz: true)

    var body: some View {
        CheckWordsView(model: model, screen: FakePhone()) {}.task { await reach() }
    }

    private func reach() async {
        guard step != .pin else { return }
        for digit in [2, 7, 1, 8, 2, 8] { model.pin.type(digit) }
        await model.next()
        guard step != .show else { return }
        await model.next()
        guard step == .done || answers.first == "zoo" else { return }
        for (place, word) in zip(model.quiz.places, answers) { model.quiz.type(word, at: place) }
        await model.next()
    }
}
