// Records by category with search, and the page of one.

import KeepwellKit
import SwiftUI

struct RecordsView: View {
    let services: any WalletServices
    let lock: @MainActor () async -> Void
    @State private var model: RecordsModel
    @State private var filter = RecordFilter()
    @Environment(\.texts) private var texts

    init(services: any WalletServices, lock: @escaping @MainActor () async -> Void) {
        self.services = services
        self.lock = lock
        _model = State(initialValue: RecordsModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                Picker(texts(.records), selection: $filter.category) {
                    Text(texts(.recordsAll)).tag(RecordCategory?.none)
                    ForEach(model.state.counts, id: \.self) { count in
                        Text("\(texts.of(count.category)) (\(count.count))").tag(RecordCategory?.some(count.category))
                    }
                }
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.load() } }
                }
                if model.state.rows.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.recordsNone))
                }
                ForEach(model.state.rows) { row in
                    NavigationLink(value: row) {
                        TwoLines(title: row.title, detail: row.date ?? texts(.recordUndated))
                    }
                }
                if model.state.hasMore {
                    Button(texts(.recordsMore)) { Task { await model.loadMore() } }
                        .disabled(model.state.isLoading)
                        .task(id: model.state.rows.count) { await model.loadMore() }
                }
            }
            .navigationTitle(texts(.records))
            .navigationDestination(for: RecordRow.self) { row in RecordView(row: row, service: services) }
            .searchable(text: $filter.text, prompt: texts(.search))
            .toolbar {
                ToolbarItem(placement: .primaryAction) {
                    Button(texts(.lockAction)) { Task { await lock() } }
                }
            }
            .task { await model.load() }
            .task(id: filter) {
                // Typing on starts this anew; only the last filter is asked for.
                guard (try? await Task.sleep(nanoseconds: 250_000_000)) != nil, filter != model.state.filter else { return }
                await model.show(filter)
            }
        }
    }
}

struct RecordView: View {
    @State private var model: RecordModel
    @Environment(\.texts) private var texts

    init(row: RecordRow, service: any RecordService) {
        _model = State(initialValue: RecordModel(row: row, service: service))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.load() } }
            }
            Section(texts.of(model.row.category)) {
                ForEach(model.state.lines, id: \.self) { line in
                    VStack(alignment: .leading, spacing: 2) {
                        Text(line.name).font(.caption).foregroundStyle(.secondary)
                        Text(line.text)
                    }
                    .accessibilityElement(children: .combine)
                }
                EmptyLine(text: texts(.recordSource, model.row.source))
            }
            DisclosureGroup(texts(.recordOriginal)) {
                Text(model.state.original).font(.caption.monospaced()).textSelection(.enabled)
            }
        }
        .navigationTitle(model.row.title)
        .privacySensitive()
        .task { await model.load() }
    }
}
