// Records on paper.

import KeepwellKit
import SwiftUI

/// Which records are printed, the PIN, and the phone's own printing.
struct PrintView: View {
    @State private var model: PrintModel
    @Environment(\.texts) private var texts

    init(model: PrintModel) {
        _model = State(initialValue: model)
    }

    var body: some View {
        Forgetful(forget: { model.clear() }) {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                Section {
                    Text(texts(.printBody))
                    Label(texts(.printUnlocked), systemImage: "exclamationmark.triangle")
                }
                if !model.canPrint {
                    Section { Text(texts(.printNone)) }
                } else if model.state.isReady {
                    Section(texts(.printReady)) {
                        Text(texts(.printReadyBody))
                        Button(texts(.printAction)) { model.print() }.buttonStyle(.borderedProminent)
                        Button(texts(.cancel)) { model.clear() }.buttonStyle(.bordered)
                    }
                } else {
                    choice
                    PINSection(
                        question: texts(.printPin), entry: model.pin, action: texts(.printMake), isReady: model.canMake
                    ) { Task { await model.make() } }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
        }
        .navigationTitle(texts(.printTitle))
        .task { await model.load() }
    }

    private var choice: some View {
        Section(texts(.printWhat)) {
            Text(texts(.printUnlessChosen))
            ForEach(model.state.counts, id: \.self) { count in
                Toggle(isOn: isChosen(count.category)) {
                    TwoLines(title: texts.label(count.category), detail: texts(.recordsCount, count.count))
                }
            }
        }
    }

    private func isChosen(_ category: RecordCategory) -> Binding<Bool> {
        Binding {
            model.state.categories.contains(category)
        } set: { isChosen in
            if isChosen != model.state.categories.contains(category) { model.toggle(category) }
        }
    }
}
