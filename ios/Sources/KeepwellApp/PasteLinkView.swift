// A link to records that the person pastes.

import KeepwellKit
import SwiftUI

struct PasteLinkView: View {
    let model: PasteLinkModel
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.problem { Section { ProblemView(problem: problem) } }
                Section {
                    Text(texts(.linkPasteBody))
                    TextField(texts(.linkField), text: text, axis: .vertical).asSecret()
                }
                Section {
                    Button(texts(.next)) { model.next() }
                        .buttonStyle(.borderedProminent)
                        .controlSize(.large)
                        .disabled(!model.canContinue)
                }
            }
            .navigationTitle(texts(.linkPaste))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button(texts(.cancel)) { dismiss() } }
            }
            .onDisappear { model.clear() }
        }
    }

    private var text: Binding<String> {
        Binding {
            model.text
        } set: {
            model.type($0)
        }
    }
}
