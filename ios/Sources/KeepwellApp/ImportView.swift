// Records come in: the question, the reading, whom it is about, and what became of it.

import KeepwellKit
import SwiftUI

struct ImportView: View {
    let model: ImportModel
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                switch model.state.step {
                case .ask: if model.isOfLink { LinkStep(model: model) } else { AskStep(model: model) }
                case .reading: ReadingStep(model: model)
                case .whoIsIt: WhoStep(model: model, close: close)
                case .report: ReportStep(model: model)
                }
            }
            .navigationTitle(title)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    if model.state.step != .reading {
                        Button(texts(model.state.step == .report ? .close : .cancel)) { close() }
                    }
                }
            }
        }
        .interactiveDismissDisabled(model.state.step == .reading)
        .onDisappear { model.clear() }
    }

    private var title: String {
        switch model.state.step {
        case .ask: texts(model.isOfLink ? .linkQuestion : .importQuestion)
        case .reading: texts(model.state.isFetching ? .linkFetching : .importReading)
        case .whoIsIt: texts(.importWhoTitle)
        case .report: texts(.importDone)
        }
    }
}

private struct AskStep: View {
    let model: ImportModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            ForEach(Array(model.state.files.enumerated()), id: \.offset) { _, name in Text(name) }
            if let size = model.state.size { Text(texts.size(size)).foregroundStyle(.secondary) }
        }
        Section { Text(texts(.importBody)) }
        Section { Button(texts(.importAccept)) { model.accept() }.buttonStyle(.borderedProminent) }
    }
}

/// What a link says of itself, and the passcode where it has one. Nothing was fetched yet.
private struct LinkStep: View {
    let model: ImportModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let link = model.state.link {
            Section {
                ForEach(Array(texts.facts(link, isOver: model.state.isLinkOver).enumerated()), id: \.offset) { _, fact in
                    LabeledText(label: fact.label, text: fact.text)
                }
                if model.state.isLinkOver, let expires = link.expires {
                    Label(texts(.linkOver, texts.moment(expires)), systemImage: "exclamationmark.triangle")
                }
            }
            Section { Text(texts(.linkBody)) }
            if model.needsPasscode {
                Section {
                    Text(texts(.linkPasscodeBody))
                    TextField(texts(.linkPasscodeField), text: passcode).asSecret()
                }
            }
            Section {
                Button(texts(.importAccept)) { model.accept() }
                    .buttonStyle(.borderedProminent)
                    .disabled(!model.canAccept)
            }
        }
    }

    private var passcode: Binding<String> {
        Binding {
            model.passcode
        } set: {
            model.type(passcode: $0)
        }
    }
}

private struct ReadingStep: View {
    let model: ImportModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            if let fraction = model.state.fraction {
                ProgressView(value: fraction).accessibilityHidden(true)
            } else {
                ProgressView().accessibilityHidden(true)
            }
            if !model.state.isFetching {
                Text(texts.size(model.state.bytesRead)).accessibilityAddTraits(.updatesFrequently)
            }
        }
        Section { Button(texts(.stop)) { model.cancel() }.buttonStyle(.bordered) }
    }
}

private struct WhoStep: View {
    let model: ImportModel
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        Section { Text(texts(.importWhoBody)) }
        Section {
            ForEach(model.state.people) { person in
                Button {
                    model.choose(person)
                } label: {
                    TwoLines(title: person.name ?? texts(.importPersonUnnamed), detail: texts.detail(person))
                }
                .buttonStyle(.bordered)
            }
            Button(texts(.importWhoNone)) { close() }.buttonStyle(.bordered)
        }
        .privacySensitive()
    }
}

private struct ReportStep: View {
    let model: ImportModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let report = model.state.report {
            Section { ForEach(texts.lines(report), id: \.self) { line in Text(line) } }
            if !report.setAside.isEmpty {
                Section(texts(.setAsideTitle)) {
                    ForEach(Array(Set(report.setAside)), id: \.self) { kind in Text(texts.label(kind)) }
                }
            }
        }
        if let undoing = model.undoing { UndoSection(model: undoing) }
    }
}

/// Taking an import back: asked for, then what that comes to, then done.
struct UndoSection: View {
    let model: UndoModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            if let problem = model.state.problem { ProblemView(problem: problem) }
            if let undone = model.state.undone {
                Text(texts(.undoDone, undone.removed))
            } else if let reach = model.state.reach {
                Text(texts(.undoQuestion)).font(.headline)
                ForEach(texts.lines(reach), id: \.self) { line in Text(line) }
                Button(texts(.undoAction), role: .destructive) { Task { await model.undo() } }.buttonStyle(.bordered)
                Button(texts(.cancel)) { model.decline() }.buttonStyle(.bordered)
            } else {
                Button(texts(.undoAction)) { Task { await model.ask() } }.buttonStyle(.bordered)
            }
        }
        .disabled(model.state.isBusy)
    }
}
