// What came in so far, to be taken back, and what can't be read yet.

import KeepwellKit
import SwiftUI

struct ImportsView: View {
    let changed: @MainActor () -> Void
    @State private var model: ImportsModel
    @State private var dropping: SetAsideItem?
    @Environment(\.texts) private var texts

    init(service: any ImportService, changed: @escaping @MainActor () -> Void) {
        self.changed = changed
        _model = State(initialValue: ImportsModel(service: service))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.load() } }
            }
            if model.state.imports.isEmpty, model.state.problem == nil, !model.state.isLoading {
                EmptyLine(text: texts(.importsNone))
            }
            ForEach(model.state.imports) { one in
                Section {
                    TwoLines(title: one.source, detail: detail(one))
                    if let undoing = model.undoing, undoing.id == one.id {
                        UndoSection(model: undoing)
                    } else if one.undone == nil {
                        Button(texts(.undoAction)) { Task { await model.ask(toUndo: one.id) } }.buttonStyle(.bordered)
                    }
                }
            }
            if !model.state.setAside.isEmpty { SetAsideSection(items: model.state.setAside, dropping: $dropping) }
        }
        .navigationTitle(texts(.importsTitle))
        .privacySensitive()
        .task { await model.load() }
        .onChange(of: model.undoing?.state.undone != nil) { _, isUndone in
            guard isUndone else { return }
            changed()
            Task { await model.load() }
        }
        .confirmationDialog(
            texts(.setAsideDropQuestion), isPresented: isAskingToDrop, titleVisibility: .visible, presenting: dropping
        ) { item in
            Button(texts(.setAsideDrop), role: .destructive) { Task { await model.drop(item.id) } }
        } message: { _ in
            Text(texts(.setAsideDropMeaning))
        }
    }

    private func detail(_ one: Import) -> String {
        var parts = [texts.moment(one.time), texts(.importAdded, one.added)]
        if one.updated > 0 { parts.append(texts(.importUpdated, one.updated)) }
        if let undone = one.undone { parts.append(texts(.importUndone, texts.day(undone))) }
        return parts.joined(separator: ", ")
    }

    private var isAskingToDrop: Binding<Bool> {
        Binding {
            dropping != nil
        } set: { isShown in
            if !isShown { dropping = nil }
        }
    }
}

private struct SetAsideSection: View {
    let items: [SetAsideItem]
    @Binding var dropping: SetAsideItem?
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.setAsideTitle)) {
            Text(texts(.setAsideBody)).foregroundStyle(.secondary)
            ForEach(items) { item in
                TwoLines(title: item.file.isEmpty ? texts.label(item.kind) : item.file, detail: detail(item))
                Button(texts(.setAsideDrop), role: .destructive) { dropping = item }.buttonStyle(.bordered)
            }
        }
    }

    private func detail(_ item: SetAsideItem) -> String {
        [texts.label(item.kind), texts.size(item.bytes), texts.day(item.received)].joined(separator: ", ")
    }
}
