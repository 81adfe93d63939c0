// The recovery words shown again against the PIN, and asked for.

import KeepwellKit
import SwiftUI

struct CheckWordsView: View {
    let model: CheckWordsModel
    let screen: any PhoneScreen
    let close: @MainActor () -> Void
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                switch model.state.step {
                case .pin:
                    Section {
                        Text(texts(.checkWordsPin))
                        PINPad(entry: model.pin)
                    }
                    next
                case .show:
                    Section { Text(texts(.checkWordsBody)) }
                    WordsSection(words: model.words)
                    next
                case .quiz:
                    Section { Text(texts(.quizBody)) }
                    QuizSection(quiz: model.quiz)
                    next
                    Section {
                        Button(texts(.quizLookAgain)) { Task { await model.lookAgain() } }
                            .buttonStyle(.bordered)
                            .controlSize(.large)
                            .disabled(model.state.isBusy)
                    }
                case .done:
                    Section { Text(texts(.checkWordsDoneBody)) }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
            .navigationTitle(texts(model.state.step == .done ? .checkWordsDone : .quizTitle))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(model.state.step == .done ? .close : .quizLater)) { close() }
                }
            }
            .staysAwake(model.state.step == .show, on: screen)
            // As where the words are only looked at: the picture for the app switcher is taken when the app is no longer active.
            .onChange(of: phase) { _, phase in
                if phase != .active { model.hide() }
            }
        }
    }

    private var next: some View {
        Section {
            Button(texts(.next)) { Task { await model.next() } }
                .buttonStyle(.borderedProminent)
                .controlSize(.large)
                .disabled(!model.canContinue)
        }
    }
}
