// What this wallet did.

import KeepwellKit
import SwiftUI

struct LogView: View {
    @State private var model: LogModel
    @Environment(\.texts) private var texts

    init(services: any WalletServices) {
        _model = State(initialValue: LogModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.load() } }
                }
                if model.state.isOwnOnly { EmptyLine(text: texts(.logOwnOnly)) }
                if model.state.entries.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.logNone))
                }
                ForEach(model.state.entries, id: \.self) { entry in
                    TwoLines(title: texts.label(entry.event), detail: texts.detail(entry))
                }
            }
            .navigationTitle(texts(.tabLog))
            .refreshable { await model.load() }
            .task { await model.load() }
        }
    }
}
