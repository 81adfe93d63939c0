// The way back in without the PIN: the recovery words, their passphrase, and a new PIN.

import KeepwellKit
import SwiftUI

struct RecoveryView: View {
    let model: RecoveryModel
    let leave: @MainActor () -> Void
    /// For whoever has neither the PIN nor the words.
    let noWords: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                switch model.state.step {
                case .words:
                    WordsStep(model: model)
                    Section {
                        Button(texts(.eraseNoWords)) { noWords() }.buttonStyle(.bordered).disabled(model.state.isBusy)
                    }
                case .passphrase: PassphraseStep(model: model)
                case .newPIN: PINStep(text: texts(.newPinBody), entry: model.pin)
                case .repeatPIN: PINStep(text: nil, entry: model.pin)
                }
                if model.state.isBusy { ProgressView() }
            }
            .navigationTitle(title)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(.back)) { if !model.back() { leave() } }.disabled(model.state.isBusy)
                }
                ToolbarItem(placement: .confirmationAction) {
                    Button(texts(model.state.step == .repeatPIN ? .repeatPinAction : .next)) { Task { await model.next() } }
                        .disabled(!model.canContinue)
                }
            }
        }
    }

    private var title: String {
        switch model.state.step {
        case .words: texts(.wordsTitle)
        case .passphrase: texts(.passphraseTitle)
        case .newPIN: texts(.newPinTitle)
        case .repeatPIN: texts(.repeatPinTitle)
        }
    }
}

private struct WordsStep: View {
    let model: RecoveryModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.wordsBody))
            TextField(texts(.wordsField), text: words, axis: .vertical).asSecret().disabled(model.state.isBusy)
            Text(texts(.wordsCount, model.count)).foregroundStyle(.secondary)
        }
        if !model.suggestions.isEmpty {
            Section(texts(.wordsMeant)) {
                ForEach(model.suggestions, id: \.self) { word in Button(word) { model.take(word) } }
                    .disabled(model.state.isBusy)
            }
            .privacySensitive()
        }
        Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
    }

    private var words: Binding<String> {
        Binding {
            model.words
        } set: {
            model.type(words: $0)
        }
    }
}

private struct PassphraseStep: View {
    let model: RecoveryModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.passphraseBody))
            TextField(texts(.passphraseField), text: passphrase).asSecret().disabled(model.state.isBusy)
            if model.hasOuterBlank { Label(texts(.passphraseBlank), systemImage: "exclamationmark.triangle") }
        }
    }

    private var passphrase: Binding<String> {
        Binding {
            model.passphrase
        } set: {
            model.type(passphrase: $0)
        }
    }
}

private struct PINStep: View {
    let text: String?
    let entry: PINEntry

    var body: some View {
        Section {
            if let text { Text(text) }
            PINPad(entry: entry)
        }
    }
}
