// Records of the phone's own health app: what is read, and what became of it.

import KeepwellKit
import SwiftUI

struct HealthView: View {
    let model: HealthModel
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                Section {
                    Text(texts(.appleHealthWhat))
                    Text(texts(.appleHealthHow))
                }
                if model.state.isNothing { Section { Label(texts(.appleHealthNone), systemImage: "tray") } }
                if model.state.found.isEmpty {
                    Section { look.buttonStyle(.borderedProminent) }
                } else {
                    found
                    Section { look.buttonStyle(.bordered) }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
            .navigationTitle(texts(.appleHealthTitle))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button(texts(.cancel)) { dismiss() } }
            }
            .onDisappear { model.close() }
        }
    }

    private var look: some View {
        Button(texts(.healthLook)) { model.read() }
            .controlSize(.large)
            .disabled(model.state.isBusy)
    }

    /// What came of each part, and the way on.
    private var found: some View {
        Section {
            ForEach(model.state.found) { found in
                TwoLines(title: texts.label(found.part), detail: texts.detail(found))
            }
            if model.state.isPartial { Text(texts(.appleHealthPartial)) }
            Button(texts(.next)) { model.accept() }
                .buttonStyle(.borderedProminent)
                .controlSize(.large)
        }
    }
}
