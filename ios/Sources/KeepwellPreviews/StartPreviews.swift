// The first launch in its steps.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct StartPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(Array(New.allCases), id: \.self) { step in
            Starting { await step.reach($0) }.previewDisplayName("new: \(step)")
        }
        Starting { await answerWrongly($0) }.previewDisplayName("new: wrong answers")
        ForEach(Array(Back.allCases), id: \.self) { step in
            Starting { await step.reach($0) }.previewDisplayName("back: \(step)")
        }
        Starting { await New.showWords.reach($0) }.environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        Starting { await Back.typeWords.reach($0) }.environment(\.layoutDirection, .rightToLeft)
            .previewDisplayName("right to left")
        Starting { await New.showWords.reach($0) }.preferredColorScheme(.dark).previewDisplayName("night")
    }

    private static func answerWrongly(_ model: StartModel) async {
        await New.quiz.reach(model)
        for place in model.quiz.places { model.quiz.type("zoo", at: place) }
        await model.next()
    }
}

/// The steps to a new wallet.
private enum New: CaseIterable {
    case welcome, aboutWords, showWords, quiz, newPIN, connection, done

    @MainActor func reach(_ model: StartModel) async {
        guard self != .welcome else { return }
        await model.next()
        guard self != .aboutWords else { return }
        await model.startNew()
        guard self != .showWords else { return }
        await model.next()
        guard self != .quiz else { return }
        model.checkLater()
        guard self != .newPIN else { return }
        await choosePIN(model)
        if self == .done { model.connectLater() }
    }
}

/// The steps back by the words.
private enum Back: CaseIterable {
    case typeWords, passphrase, connection, restoring

    @MainActor func reach(_ model: StartModel) async {
        await model.next()
        model.haveWords()
        guard self != .typeWords else { return model.fields.type("le", at: 0) }
        model.fields.type(FakeStart.words.joined(separator: " "), at: 0)
        await model.next()
        guard self != .passphrase else { return model.type(passphrase: "green door ") }
        await model.next()
        await choosePIN(model)
        if self == .restoring { await model.next() }
    }
}

@MainActor private func choosePIN(_ model: StartModel) async {
    for _ in 0..<2 {
        for digit in [3, 1, 4, 1, 5, 9] { model.pin.entry.type(digit) }
        await model.next()
    }
}

/// The screens after `steps`.
private struct Starting: View {
    @State private var model: StartModel
    let steps: @MainActor (StartModel) async -> Void

    init(steps: @escaping @MainActor (StartModel) async -> Void) {
        var world = FakeStart.World()
        world.builtIn = FakeStart.demonstration
        world.isSlow = true
        _model = State(initialValue: StartModel(service: FakeStart(world)) { _ in })
        self.steps = steps
    }

    var body: some View {
        StartView(model: model, screen: FakePhone()).task { await steps(model) }
    }
}
