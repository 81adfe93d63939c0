// What is done with everything: the words seen again, all records in a file, all of it erased.

import KeepwellKit
import SwiftUI

/// The recovery words, six at a time, until they are out of sight.
struct SeeWordsView: View {
    let screen: any PhoneScreen
    @State private var model: SeeWordsModel
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    init(service: any SafetyService, screen: any PhoneScreen) {
        self.screen = screen
        _model = State(initialValue: SeeWordsModel(service: service))
    }

    var body: some View {
        List {
            if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
            if model.state.page == nil {
                PINSection(
                    question: texts(.checkWordsPin), entry: model.pin, action: texts(.next), isReady: model.canShow
                ) { Task { await model.show() } }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            } else {
                WordsPage(model: model)
            }
            Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
        }
        .navigationTitle(texts(.wordsTitle))
        .staysAwake(model.state.page != nil, on: screen)
        .onDisappear { model.clear() }
        // Sooner than other secrets: the picture for the app switcher is taken when the app is no longer active.
        .onChange(of: phase) { _, phase in
            if phase != .active { model.clear() }
        }
    }
}

private struct WordsPage: View {
    let model: SeeWordsModel
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
            if model.hasNext {
                Button(texts(.showWordsNext)) { model.next() }.buttonStyle(.borderedProminent)
            }
            if model.hasPrevious {
                Button(texts(.seeWordsPrevious)) { model.previous() }.buttonStyle(.bordered)
            }
            Button(texts(.seeWordsHide)) { model.clear() }.buttonStyle(.bordered)
        }
    }
}

/// All records in a file, which the person puts where they want it.
struct ExportView: View {
    @State private var model: ExportModel
    @State private var isChoosing = false
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    init(service: any SafetyService, folder: URL) {
        _model = State(initialValue: ExportModel(service: service, folder: folder))
    }

    var body: some View {
        List {
            if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
            if model.state.isSaved { Section { Label(texts(.exportDone), systemImage: "checkmark.circle") } }
            Section {
                Text(texts(.exportBody))
                Label(texts(.exportUnlocked), systemImage: "exclamationmark.triangle")
            }
            if model.file != nil {
                Section {
                    Text(texts(.exportMade, model.state.records ?? 0))
                    Button(texts(.exportSave)) { isChoosing = true }.buttonStyle(.borderedProminent)
                    Button(texts(.cancel)) { model.clear() }.buttonStyle(.bordered)
                }
            } else if !model.state.isSaved {
                PINSection(
                    question: texts(.exportPin), entry: model.pin, action: texts(.exportAction), isReady: model.canExport
                ) { Task { await model.export() } }
            }
            if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
        }
        .navigationTitle(texts(.exportTitle))
        // Who chooses no place has the file still to save, until the screen is left.
        .fileMover(isPresented: $isChoosing, file: model.file) { result in
            if case .success = result { model.moved(true) } else { model.moved(false) }
        } onCancellation: {
        }
        .onDisappear { model.clear() }
        .onChange(of: phase) { _, phase in
            if phase == .background { model.hide(isChoosing: isChoosing) }
        }
    }
}

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
