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
                Section {
                    Button(texts(.healthLook)) { model.read() }
                        .buttonStyle(.borderedProminent)
                        .controlSize(.large)
                        .disabled(model.state.isBusy)
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
}
