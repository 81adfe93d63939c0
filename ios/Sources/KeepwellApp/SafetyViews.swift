// What keeps the owner safe: another PIN, a face or a finger in its place.

import KeepwellKit
import SwiftUI

/// Asks for the PIN and does something with it.
struct PINSection: View {
    let question: String
    let entry: PINEntry
    let action: String
    let isReady: Bool
    let act: @MainActor () -> Void

    var body: some View {
        Section {
            Text(question)
            PINPad(entry: entry)
            Button(action) { act() }.buttonStyle(.borderedProminent).disabled(!isReady)
        }
    }
}

/// A screen with something secret in it, which forgets it when it is left and when the app is out of sight.
struct Forgetful<Content: View>: View {
    let forget: @MainActor () -> Void
    @ViewBuilder let content: Content
    @Environment(\.scenePhase) private var phase

    var body: some View {
        content
            .onDisappear { forget() }
            .onChange(of: phase) { _, phase in
                if phase == .background { forget() }
            }
    }
}

struct ChangePINView: View {
    @State private var model: ChangePINModel
    @Environment(\.texts) private var texts

    init(service: any SafetyService) {
        _model = State(initialValue: ChangePINModel(service: service))
    }

    var body: some View {
        Forgetful(forget: { model.clear() }) {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                switch model.state.step {
                case .oldPIN: question(texts(.changePinOld))
                case .newPIN: question(texts(.newPinBody))
                case .repeatPIN: question(texts(.repeatPinTitle))
                case .done:
                    Section {
                        Label(texts(.changePinDone), systemImage: "checkmark.circle")
                        Text(texts(.changePinDoneBody))
                    }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
        }
        .navigationTitle(texts(model.state.step == .newPIN ? .newPinTitle : .changePinTitle))
    }

    private func question(_ text: String) -> some View {
        PINSection(question: text, entry: model.entry, action: texts(.next), isReady: model.canContinue) {
            Task { await model.next() }
        }
    }
}

struct BiometricsView: View {
    @State private var model: BiometricsModel
    @Environment(\.texts) private var texts

    init(service: any SafetyService) {
        _model = State(initialValue: BiometricsModel(service: service))
    }

    var body: some View {
        Forgetful(forget: { model.clear() }) {
            List {
                if let problem = model.state.problem {
                    Section { ProblemView(problem: problem, retry: retry) }
                }
                if let isOn = model.state.isOn {
                    Section {
                        Text(texts(isOn ? .biometricsIsOn : .biometricsIsOff)).font(.headline)
                        Text(texts(.biometricsBody))
                        Text(texts(.biometricsPinStays))
                        Text(texts(.biometricsOthers))
                    }
                    if model.state.isUnavailable {
                        Section { Label(texts(.problemBiometricsUnavailable), systemImage: "exclamationmark.triangle") }
                        PhoneSettingsButton()
                    }
                    if isOn {
                        Section {
                            Button(texts(.biometricsDisable)) { Task { await model.turnOff() } }
                                .buttonStyle(.bordered)
                                .disabled(model.state.isBusy)
                        }
                    } else {
                        PINSection(
                            question: texts(.biometricsPin), entry: model.pin, action: texts(.biometricsEnable),
                            isReady: model.canTurnOn
                        ) { Task { await model.turnOn() } }
                    }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
        }
        .navigationTitle(texts(.biometricsTitle))
        .task { await model.load() }
    }

    private var retry: (@MainActor () -> Void)? {
        guard model.state.isOn == nil else { return nil }
        return { Task { await model.load() } }
    }
}
