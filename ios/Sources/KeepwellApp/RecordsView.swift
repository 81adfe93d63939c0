// The home and the lists of records, with search.

import KeepwellKit
import SwiftUI

/// The home; while something is searched for, what is found.
struct RecordsView: View {
    let app: AppModel
    /// Goes to another tab.
    let go: @MainActor (AppTab) -> Void
    @State private var home: HomeModel
    @State private var found: RecordsModel
    @State private var query = RecordQuery()
    @State private var isChoosingFiles = false
    @State private var path = NavigationPath()
    @State private var health: HealthModel?
    @State private var scanning: ScanModel?
    @State private var pasting: PasteLinkModel?
    /// Whether the link is to be pasted once the camera is gone.
    @State private var isPastingNext = false
    @State private var handedOver: [IncomingItem] = []
    @Environment(\.texts) private var texts

    init(app: AppModel, go: @escaping @MainActor (AppTab) -> Void) {
        self.app = app
        self.go = go
        _home = State(initialValue: HomeModel(service: app.services))
        _found = State(initialValue: RecordsModel(service: app.services))
    }

    var body: some View {
        NavigationStack(path: $path) {
            List {
                if query.text.isEmpty {
                    if app.state.wereBiometricsLost { lostBiometrics }
                    if !app.state.reads.isEmpty { reads }
                    HomeSections(model: home, act: act) { place in path.append(place) }
                } else {
                    Picker(texts(.termsCategories), selection: $query.category) {
                        Text(texts(.recordsAll)).tag(RecordCategory?.none)
                        ForEach(home.state.counts, id: \.self) { count in
                            Text(texts.label(count.category)).tag(RecordCategory?.some(count.category))
                        }
                    }
                    PeriodPicker(period: $query.period)
                    RecordRows(model: found)
                    if query.category != nil, found.state.isNothingFound {
                        Button(texts(.searchAllKinds)) { query.category = nil }
                    }
                }
            }
            .navigationTitle(texts(.recordsTitle))
            .navigationDestination(for: RecordSummary.self) { record in RecordView(record: record, service: app.services) }
            .navigationDestination(for: RecordListLink.self) { link in
                RecordListView(category: link.category, app: app)
            }
            .navigationDestination(for: ImportsLink.self) { _ in
                ImportsView(service: app.services) { app.recordsChanged() }
            }
            .navigationDestination(for: SourcesLink.self) { _ in SourcesView(app: app) }
            .navigationDestination(for: Source.self) { source in SourceView(source: source, app: app) }
            .reachesSettings(of: app)
            .searchable(text: $query.text, prompt: texts(.searchRecords))
            .toolbar {
                ToolbarItem(placement: .topBarLeading) {
                    Button {
                        path.append(SettingsPlace.settings)
                    } label: {
                        Image(systemName: "gearshape").accessibilityLabel(texts(.settingsTitle))
                    }
                }
                ToolbarItem(placement: .primaryAction) {
                    Button(texts(.lockNow)) { Task { await app.lock() } }
                }
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.importAction)) { isChoosingFiles = true }
                }
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.scanCodeTitle)) { scan() }
                }
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.linkPaste)) { paste() }
                }
                if app.phone.health.isThere {
                    ToolbarItem(placement: .secondaryAction) {
                        Button(texts(.appleHealthTitle)) { readHealth() }
                    }
                }
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.sourceConnect)) { path.append(SourcesLink()) }
                }
                // These become a menu's items, and a link in a menu does not lead anywhere on every version of iOS.
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.importsTitle)) { path.append(ImportsLink()) }
                }
            }
            .choosesFiles(isPresented: $isChoosingFiles) { files in app.take(.files(files)) }
            .sheet(item: $health) {
                takeHandedOver()
            } content: { health in
                Covered { HealthView(model: health) }
            }
            .sheet(item: $scanning) {
                takeHandedOver()
                if isPastingNext { paste() }
                isPastingNext = false
            } content: { scanning in
                Covered {
                    ScanView(model: scanning, words: .records) {
                        isPastingNext = true
                        self.scanning = nil
                    }
                }
            }
            .sheet(item: $pasting) {
                takeHandedOver()
            } content: { pasting in
                Covered { PasteLinkView(model: pasting) }
            }
            .refreshable { await home.refresh() }
            // Again when records came in, and when a question was closed that may have done something of what there is to do.
            .task(id: app.state.changes) { await home.observe() }
            .task(id: app.state.changes) { await found.refresh(at: app.state.changes) }
            .task(id: query) {
                guard !query.text.isEmpty else { return }
                await found.search(query)
            }
        }
    }

    /// What clinics read, which is told once.
    private var reads: some View {
        Section {
            ForEach(Array(app.state.reads.enumerated()), id: \.offset) { _, read in
                Label(texts.label(read), systemImage: "eye")
            }
            Button(texts(.close)) { app.acknowledgeReads() }.buttonStyle(.bordered).controlSize(.large)
        }
    }

    private var lostBiometrics: some View {
        Section {
            Label(texts(.biometricsAgain), systemImage: "exclamationmark.circle")
            Button(texts(.biometricsEnable)) {
                app.acknowledgeLostBiometrics()
                path.append(SettingsPlace.biometrics)
            }
            .buttonStyle(.bordered)
            Button(texts(.close)) { app.acknowledgeLostBiometrics() }.buttonStyle(.bordered)
        }
        .controlSize(.large)
    }

    // What a sheet gives is asked about in its place, once it is gone: two don't follow each other in one turn.

    private func readHealth() {
        health = HealthModel(source: app.phone.health, folder: app.healthFiles) { item in
            handedOver.append(item)
            health = nil
        }
    }

    private func scan() {
        scanning = ScanModel(phone: app.phone.camera) { item in
            handedOver.append(item)
            scanning = nil
        }
    }

    private func paste() {
        pasting = PasteLinkModel(service: app.services) { item in
            handedOver.append(item)
            pasting = nil
        }
    }

    private func takeHandedOver() {
        handedOver.forEach { app.take($0) }
        handedOver = []
    }

    private func act(_ toDo: ToDo) {
        switch toDo {
        case .sendDecisions, .sendRecords: Task { await home.send() }
        case .agreeToSendAgain: Task { await home.send(again: true) }
        case .checkClinics: go(.clinics)
        case .checkWords: app.checkWords()
        case .connect: app.connect()
        case .endSoon: go(.access)
        case .addRecords: isChoosingFiles = true
        case .takenOver, .lookThrough, .signInAgain: break
        }
    }
}

/// The records of a category, or all of them, newest first.
private struct RecordListView: View {
    let app: AppModel
    @State private var model: RecordsModel
    @State private var query: RecordQuery
    private let category: RecordCategory?
    @Environment(\.texts) private var texts

    init(category: RecordCategory?, app: AppModel) {
        self.category = category
        self.app = app
        _model = State(initialValue: RecordsModel(service: app.services))
        _query = State(initialValue: RecordQuery(category: category))
    }

    var body: some View {
        List {
            Picker(texts(.recordsOrder), selection: $query.order) {
                ForEach(RecordOrder.allCases, id: \.self) { order in Text(texts.label(order)).tag(order) }
            }
            PeriodPicker(period: $query.period)
            RecordRows(model: model)
        }
        .navigationTitle(category.map { texts.label($0) } ?? texts(.recordsAll))
        .searchable(text: $query.text, prompt: texts(.searchRecords))
        .refreshable { await model.show(query) }
        .task(id: app.state.changes) { await model.refresh(at: app.state.changes) }
        .task(id: query) { await model.search(query) }
    }
}

private struct PeriodPicker: View {
    @Binding var period: Period
    @Environment(\.texts) private var texts

    var body: some View {
        Picker(texts(.searchPeriod), selection: $period) {
            ForEach(Period.allCases, id: \.self) { period in Text(texts.label(period)).tag(period) }
        }
    }
}

/// What was found, page by page.
private struct RecordRows: View {
    let model: RecordsModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let problem = model.state.problem {
            ProblemView(problem: problem) { Task { await model.show(model.state.query) } }
        }
        if model.state.isNothingFound { EmptyLine(text: texts(.recordsNone)) }
        ForEach(model.state.groups) { group in
            Section(texts.label(group.heading)) {
                ForEach(group.records) { record in RecordLink(record: record) }
            }
        }
        if model.state.hasMore {
            Button(texts(.recordsMore)) { Task { await model.loadMore() } }
                .disabled(model.state.isLoading)
                .task(id: model.state.records.count) { await model.loadMore() }
        } else if model.state.isLoading {
            ProgressView().accessibilityLabel(texts(.loading))
        }
    }
}
