// All records in a file.

import KeepwellKit
import SwiftUI

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
