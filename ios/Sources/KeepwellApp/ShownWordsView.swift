// The recovery words seen again, against the PIN; with the quiz where that was put off.

import KeepwellKit
import SwiftUI

/// The recovery words, six at a time, until they are out of sight.
struct ShownWordsView: View {
    let screen: any PhoneScreen
    @State private var model: CheckWordsModel
    @Environment(\.texts) private var texts

    init(service: any SafetyService, screen: any PhoneScreen) {
        self.screen = screen
        _model = State(initialValue: CheckWordsModel(service: service, isQuiz: false))
    }

    var body: some View {
        WordsSteps(model: model, screen: screen)
            .navigationTitle(texts(.wordsTitle))
            .onDisappear { model.close() }
    }
}

/// The steps of seeing the words, and of checking them.
struct WordsSteps: View {
    let model: CheckWordsModel
    let screen: any PhoneScreen
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
            switch model.state.step {
            case .pin:
                PINSection(
                    question: texts(.checkWordsPin), entry: model.pin, action: texts(.next), isReady: model.canContinue
                ) { Task { await model.next() } }
            case .show:
                if model.isQuiz { Section { Text(texts(.checkWordsBody)) } }
                WordsPage(model: model)
            case .quiz: QuizPage(model: model)
            case .done: Section { Text(texts(.checkWordsDoneBody)) }
            }
            if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            if model.state.step == .pin || model.state.step == .show {
                Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
            }
        }
        .staysAwake(model.state.step == .show, on: screen)
        // Sooner than other secrets: the picture for the app switcher is taken when the app is no longer active.
        .onChange(of: phase) { _, phase in
            if phase != .active { model.hide() }
        }
    }
}

private struct WordsPage: View {
    let model: CheckWordsModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            if let first = model.shown.first, let last = model.shown.last {
                Text(texts(.showWordsPage, first.place, last.place, model.count)).foregroundStyle(.secondary)
            }
            WordRows(words: model.shown)
        }
        .privacySensitive()
        Section {
            if model.canContinue {
                Button(texts(model.hasNext ? .showWordsNext : .next)) { Task { await model.next() } }
                    .buttonStyle(.borderedProminent)
            }
            if model.hasPrevious {
                Button(texts(.seeWordsPrevious)) { Task { await model.previous() } }
                    .buttonStyle(.bordered)
                    .disabled(model.state.isBusy)
            }
            if !model.isQuiz { Button(texts(.seeWordsHide)) { model.hide() }.buttonStyle(.bordered) }
        }
        .controlSize(.large)
    }
}

private struct QuizPage: View {
    let model: CheckWordsModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section { Text(texts(.quizBody)) }
        QuizSection(quiz: model.quiz)
        Section {
            Button(texts(.next)) { Task { await model.next() } }
                .buttonStyle(.borderedProminent)
                .disabled(!model.canContinue)
            Button(texts(.quizLookAgain)) { Task { await model.lookAgain() } }
                .buttonStyle(.bordered)
                .disabled(model.state.isBusy)
        }
        .controlSize(.large)
    }
}
