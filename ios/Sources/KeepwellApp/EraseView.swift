// Everything gone from this phone: what stays, what brings it back, and the PIN or a question.

import KeepwellKit
import SwiftUI

/// Everything gone from this phone.
struct EraseView: View {
    @State private var model: EraseModel
    @State private var isAsking = false
    /// Opens it with a face or a finger instead, where that still works.
    private let look: @MainActor () -> Void
    @Environment(\.texts) private var texts

    init(model: EraseModel, look: @escaping @MainActor () -> Void = {}) {
        _model = State(initialValue: model)
        self.look = look
    }

    var body: some View {
        Forgetful(forget: { model.clear() }) {
            List {
                if let problem = model.state.problem {
                    Section { ProblemView(problem: problem, retry: retry) }
                }
                if let comesBack = model.state.comesBack {
                    EraseMeaning(comesBack: comesBack, state: model.state, look: look)
                    if model.isPINNeeded {
                        PINSection(
                            question: texts(.erasePin), entry: model.pin, action: texts(.eraseAction), isReady: model.canErase
                        ) { isAsking = true }
                    } else {
                        Section {
                            Button(texts(.eraseAction), role: .destructive) { isAsking = true }
                                .buttonStyle(.bordered)
                                .disabled(!model.canErase)
                        }
                    }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
        }
        .navigationTitle(texts(model.isPINNeeded ? .eraseTitle : .eraseForgottenTitle))
        .task { await model.load() }
        .confirmationDialog(
            texts(.eraseQuestion), isPresented: $isAsking, titleVisibility: .visible, presenting: model.state.comesBack
        ) { _ in
            Button(texts(.eraseAction), role: .destructive) { Task { await model.erase() } }
        } message: { _ in
            Text(texts(.eraseBody))
        }
    }

    private var retry: (@MainActor () -> Void)? {
        guard model.state.comesBack == nil else { return nil }
        return { Task { await model.load() } }
    }
}

/// What goes, what stays, and what brings it back.
private struct EraseMeaning: View {
    let comesBack: EraseState.Return
    let state: EraseState
    let look: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        if state.opensWithBiometrics {
            Section {
                Text(texts(.eraseStillOpens))
                Button(texts(.biometricsUnlock)) { look() }.buttonStyle(.borderedProminent).disabled(state.isBusy)
            }
        }
        Section {
            if comesBack == .unknown {
                if !state.opensWithBiometrics { Text(texts(.eraseForgotten)) }
                Text(texts(.eraseLookFirst))
            }
            Text(texts(.eraseBody))
        }
        if comesBack == .never {
            Section { Label(texts(.eraseLost), systemImage: "exclamationmark.triangle") }
        } else {
            Section(texts(.eraseStaysTitle)) {
                Text(texts(.eraseStays))
                if comesBack != .unknown { Text(texts(.eraseEndFirst)) }
            }
        }
        if comesBack == .byWords || comesBack == .byUncheckedWords {
            Section(texts(.eraseBackTitle)) {
                Text(texts(.eraseBack))
                if state.recordsOnlyHere > 0 {
                    Label(texts(.todoSendRecords, state.recordsOnlyHere), systemImage: "exclamationmark.triangle")
                }
                if state.unsentDecisions > 0 {
                    Label(texts(.todoSendDecisions, state.unsentDecisions), systemImage: "exclamationmark.triangle")
                }
                if comesBack == .byUncheckedWords { Label(texts(.todoCheckWords), systemImage: "exclamationmark.triangle") }
            }
        }
    }
}
