// Clinics whose records come from their own servers: the list, the way to one more, one of them, and coming back from its page.

import KeepwellKit
import SwiftUI

/// The list of these clinics, and the way to one more.
struct SourcesView: View {
    @State private var model: SourcesModel
    private let app: AppModel
    @Environment(\.texts) private var texts

    init(app: AppModel) {
        self.app = app
        _model = State(
            initialValue: SourcesModel(service: app.services, browser: app.phone.browser) { item in app.take(item) })
    }

    var body: some View {
        List {
            if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
            Section {
                Text(texts(model.state.sources.isEmpty ? .sourcesNone : .sourcesBody))
                ForEach(model.state.sources) { source in
                    NavigationLink(value: source) { TwoLines(title: source.name, detail: texts.detail(source)) }
                }
            }
            Section(texts(.sourceConnect)) {
                Text(texts(.sourceAddressBody))
                TextField(texts(.sourceAddress), text: address).asSecret()
                Text(texts(.sourceSignInBody))
                Button(texts(.sourceSignIn)) { Task { await model.signIn() } }
                    .buttonStyle(.borderedProminent)
                    .controlSize(.large)
                    .disabled(!model.canSignIn)
            }
            if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
        }
        .navigationTitle(texts(.sourcesTitle))
        .privacySensitive()
        // Again when one was connected.
        .task(id: app.state.changes) { await model.load() }
    }

    private var address: Binding<String> {
        Binding {
            model.address
        } set: {
            model.type($0)
        }
    }
}

/// One of these clinics.
struct SourceView: View {
    @State private var model: SourceModel
    private let app: AppModel

    init(source: Source, app: AppModel) {
        self.app = app
        _model = State(initialValue: SourceModel(source: source, service: app.services, browser: app.phone.browser))
    }

    var body: some View {
        List { SourceSections(model: model) }
            .navigationTitle(model.state.source.name)
            .privacySensitive()
            .onDisappear {
                model.stop()
                app.recordsChanged()
            }
    }
}

/// What there is to see of a clinic, and to do with it.
struct SourceSections: View {
    let model: SourceModel
    @State private var isAskingToRemove = false
    @Environment(\.texts) private var texts

    var body: some View {
        if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
        switch model.state.step {
        case .fetching: fetching
        case .removed:
            Section {
                Text(texts(.sourceRemoved)).font(.headline)
                Text(texts(model.state.isTold ? .sourceRemovedBody : .sourceRemovedUntold))
            }
        case .shown, .fetched:
            if let report = model.state.report {
                Section { ForEach(texts.lines(report), id: \.self) { line in Text(line) } }
            }
            if !model.state.missing.isEmpty {
                Section {
                    ForEach(MissingRecords.Reason.allCases, id: \.self) { reason in
                        if let line = texts.line(reason, of: model.state.missing) {
                            // In parts is how this clinic gives it, each time: nothing went wrong.
                            Label(line, systemImage: reason == .inParts ? "info.circle" : "exclamationmark.triangle")
                        }
                    }
                }
            }
            clinic
        }
    }

    private var fetching: some View {
        Section(texts(.sourceFetching)) {
            ProgressView().accessibilityHidden(true)
            if let type = model.state.fetching {
                Text(texts(.sourceFetchingNow, texts.kinds([type]).joined())).accessibilityAddTraits(.updatesFrequently)
            }
            Button(texts(.stop)) { model.stop() }.buttonStyle(.bordered)
        }
    }

    @ViewBuilder private var clinic: some View {
        let source = model.state.source
        Section {
            Text(texts.detail(source))
            if let expires = source.expires { Text(texts(.sourceUntil, texts.day(expires))) }
            if source.needsSignIn {
                Button(texts(.sourceSignIn)) { Task { await model.signIn() } }.buttonStyle(.borderedProminent)
            } else {
                Button(texts(.sourceFetch)) { model.fetch() }.buttonStyle(.borderedProminent)
            }
        }
        .controlSize(.large)
        .disabled(model.state.isBusy)
        Section(texts(.sourceGives)) { ForEach(texts.kinds(source.given), id: \.self) { kind in Text(kind) } }
        if !texts.withheld(source).isEmpty {
            Section(texts(.sourceWithholds)) { ForEach(texts.withheld(source), id: \.self) { kind in Text(kind) } }
        }
        Section {
            if isAskingToRemove {
                Text(texts(.sourceRemoveQuestion)).font(.headline)
                Text(texts(.sourceRemoveMeaning))
                Button(texts(.sourceRemoveAction), role: .destructive) { Task { await model.remove() } }.buttonStyle(.bordered)
                Button(texts(.cancel)) { isAskingToRemove = false }.buttonStyle(.bordered)
            } else {
                Button(texts(.sourceRemove), role: .destructive) { isAskingToRemove = true }.buttonStyle(.bordered)
            }
        }
        .disabled(model.state.isBusy)
    }
}

/// What the browser came back with: being looked at, in vain, with a question whose records these are, or a clinic that is connected.
struct SignedInView: View {
    let model: SignedInModel
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                if let connected = model.connected {
                    SourceSections(model: connected)
                } else if let person = model.state.person {
                    question(person)
                } else if model.state.isBusy {
                    ProgressView().accessibilityLabel(texts(.loading))
                }
            }
            .navigationTitle(title)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    if model.connected?.state.step != .fetching { Button(texts(.close)) { close() } }
                }
            }
        }
        .interactiveDismissDisabled(model.state.isBusy || model.connected?.state.step == .fetching)
        .privacySensitive()
        .task { await model.finish() }
    }

    private var title: String {
        if let connected = model.connected { return connected.state.source.name }
        if model.state.person != nil { return texts(.sourceWhoTitle) }
        return texts(model.state.problem == nil ? .sourceConnecting : .sourceNotConnected)
    }

    @ViewBuilder private func question(_ person: OtherPerson) -> some View {
        Section {
            TwoLines(
                title: person.name ?? texts(.importPersonUnnamed),
                detail: person.birthDate.map { texts(.importPersonBorn, texts.clinicalDate($0)) } ?? "")
            Text(texts(.sourceWhoBody))
        }
        Section {
            Button(texts(.sourceWhoYes)) { Task { await model.isMe() } }
                .buttonStyle(.borderedProminent)
                .disabled(!model.canSignInAgain)
            Button(texts(.sourceWhoNo)) { close() }.buttonStyle(.bordered)
        }
        .controlSize(.large)
    }
}
