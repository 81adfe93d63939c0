// The first launch: what it is, what the words are, and then one of two ways.

import KeepwellKit
import SwiftUI

struct StartView: View {
    let model: StartModel
    let screen: any PhoneScreen
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                StartStepView(model: model)
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
            .navigationTitle(title)
            .staysAwake(model.state.step == .showWords, on: screen)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    if hasBack { Button(texts(.back)) { _ = model.back() }.disabled(model.state.isBusy) }
                }
            }
        }
    }

    private var hasBack: Bool { ![.welcome, .restoring, .report, .done].contains(model.state.step) && model.services == nil }

    private var title: String {
        switch model.state.step {
        case .welcome: texts(.startTitle)
        case .aboutWords: texts(.aboutWordsTitle)
        case .showWords: texts(.showWordsTitle)
        case .quiz: texts(.quizTitle)
        case .typeWords: texts(.wordsTitle)
        case .passphrase: texts(.passphraseTitle)
        case .newPIN: texts(.firstPinTitle)
        case .repeatPIN: texts(.repeatPinTitle)
        case .connection: model.state.offer.map { texts(.connectQuestion, $0.hostName) } ?? texts(.connectNoPlaceTitle)
        case .restoring: texts(.restoringTitle)
        case .report: texts(.restoredTitle)
        case .done: texts(.doneTitle)
        }
    }
}

private struct StartStepView: View {
    let model: StartModel

    var body: some View {
        switch model.state.step {
        case .welcome: WelcomeStep(model: model)
        case .aboutWords: AboutWordsStep(model: model)
        case .showWords: ShowWordsStep(model: model)
        case .quiz: QuizStep(model: model)
        case .typeWords: TypeWordsStep(model: model)
        case .passphrase: StartPassphraseStep(model: model)
        case .newPIN, .repeatPIN: StartPINStep(model: model)
        case .connection: StartConnectionStep(model: model)
        case .restoring: RestoringStep(model: model)
        case .report: RestoredStep(model: model)
        case .done: DoneStep(model: model)
        }
    }
}

private struct WelcomeStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        if model.state.isErased {
            Section { Label(texts(.erased), systemImage: "checkmark.circle") }
        }
        Section {
            Text(texts(.startBody))
            Text(texts(.startPrivate))
        }
        NextButton(title: texts(.next), model: model)
    }
}

private struct AboutWordsStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.aboutWordsBody))
            Text(texts(.aboutWordsCare))
        }
        Section {
            Button(texts(.startNew)) { Task { await model.startNew() } }
                .buttonStyle(.borderedProminent)
                .disabled(model.state.isBusy)
            Text(texts(.startNewHow)).foregroundStyle(.secondary)
        }
        Section {
            Button(texts(.startHaveWords)) { model.haveWords() }
                .buttonStyle(.bordered)
                .disabled(model.state.isBusy)
            Text(texts(.startHaveWordsHow)).foregroundStyle(.secondary)
        }
    }
}

private struct StartPassphraseStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.passphraseBody))
            TextField(texts(.passphraseField), text: passphrase).asSecret()
            if model.hasOuterBlank { Label(texts(.passphraseBlank), systemImage: "exclamationmark.triangle") }
        }
        NextButton(title: texts(.next), model: model)
    }

    private var passphrase: Binding<String> {
        Binding {
            model.passphrase
        } set: {
            model.type(passphrase: $0)
        }
    }
}

private struct StartPINStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            if model.state.step == .newPIN { Text(texts(.firstPinBody)) }
            PINPad(entry: model.pin.entry)
        }
        NextButton(title: texts(.next), model: model)
    }
}

private struct DoneStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.doneBody))
            if !model.state.areWordsChecked { Label(texts(.todoCheckWords), systemImage: "exclamationmark.triangle") }
            if let offer = model.state.offer, model.state.isConnected {
                Text(texts(.connectDone, offer.hostName))
            } else {
                Label(texts(.todoConnect), systemImage: "exclamationmark.triangle")
            }
        }
        StartBiometricsSection(model: model)
        NextButton(title: texts(.repeatPinAction), model: model)
    }
}

/// A face or a finger beside the PIN, for whoever wants it.
struct StartBiometricsSection: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        if model.state.hasBiometrics {
            Section { Label(texts(.biometricsIsOn), systemImage: "checkmark.circle") }
        } else if model.canEnableBiometrics || model.state.isBusy {
            Section(texts(.biometricsTitle)) {
                Text(texts(.biometricsBody))
                Text(texts(.biometricsOthers))
                if model.state.areBiometricsUnavailable {
                    Label(texts(.problemBiometricsUnavailable), systemImage: "exclamationmark.triangle")
                }
                Button(texts(.biometricsEnable)) { Task { await model.enableBiometrics() } }
                    .buttonStyle(.bordered)
                    .disabled(!model.canEnableBiometrics)
            }
        }
    }
}

/// The one way on from a step.
struct NextButton: View {
    let title: String
    let model: StartModel

    var body: some View {
        Section {
            Button(title) { Task { await model.next() } }
                .buttonStyle(.borderedProminent)
                .disabled(!model.canContinue)
        }
    }
}
