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
                if model.state.lines.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.logNone))
                }
                ForEach(model.state.lines, id: \.self) { line in
                    TwoLines(title: texts.of(line), detail: texts.moment(line.time))
                }
            }
            .navigationTitle(texts(.log))
            .refreshable { await model.load() }
            .task { await model.load() }
        }
    }
}
