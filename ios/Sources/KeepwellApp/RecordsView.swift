// Records by category with search, and the page of one.

import KeepwellKit
import SwiftUI

struct RecordsView: View {
    let app: AppModel
    @State private var model: RecordsModel
    @State private var tasks: TasksModel
    @State private var query = RecordQuery()
    @State private var isChoosingFiles = false
    @Environment(\.texts) private var texts

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: RecordsModel(service: app.services))
        _tasks = State(initialValue: TasksModel(service: app.services))
    }

    var body: some View {
        NavigationStack {
            List {
                TasksSection(tasks: tasks.tasks, addRecords: { isChoosingFiles = true }, connect: { app.connect() })
                Picker(texts(.tabRecords), selection: $query.category) {
                    Text(texts(.recordsAll)).tag(RecordCategory?.none)
                    ForEach(model.state.counts, id: \.self) { count in
                        Text("\(texts.label(count.category)) (\(count.count))").tag(RecordCategory?.some(count.category))
                    }
                }
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.load() } }
                }
                if model.state.records.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.recordsNone))
                }
                ForEach(model.state.records) { record in
                    NavigationLink(value: record) {
                        TwoLines(title: record.title, detail: texts.recordDetail(record))
                    }
                }
                if model.state.hasMore {
                    Button(texts(.recordsMore)) { Task { await model.loadMore() } }
                        .disabled(model.state.isLoading)
                        .task(id: model.state.records.count) { await model.loadMore() }
                }
            }
            .navigationTitle(texts(.tabRecords))
            .navigationDestination(for: RecordSummary.self) { record in RecordView(record: record, service: app.services) }
            .navigationDestination(for: ImportsLink.self) { _ in
                ImportsView(service: app.services) { app.recordsChanged() }
            }
            .reachesSettings(of: app)
            .searchable(text: $query.text, prompt: texts(.searchRecords))
            .toolbar {
                ToolbarItem(placement: .primaryAction) {
                    Button(texts(.lockNow)) { Task { await app.lock() } }
                }
                ToolbarItem(placement: .secondaryAction) {
                    Button(texts(.importAction)) { isChoosingFiles = true }
                }
                ToolbarItem(placement: .secondaryAction) {
                    NavigationLink(value: ImportsLink()) { Text(texts(.importsTitle)) }
                }
                ToolbarItem(placement: .secondaryAction) {
                    NavigationLink(value: SettingsPlace.settings) { Text(texts(.settingsTitle)) }
                }
            }
            .choosesFiles(isPresented: $isChoosingFiles) { files in app.take(.files(files)) }
            // Again when records came in, and when a question was closed that may have done one of the tasks.
            .task(id: app.state.changes) {
                await model.load()
                await tasks.load()
            }
            .task(id: query) {
                // Typing on starts this anew; only the last query is asked for.
                guard (try? await Task.sleep(nanoseconds: 250_000_000)) != nil, query != model.state.query else { return }
                await model.show(query)
            }
        }
    }
}

/// The way to what came in.
private struct ImportsLink: Hashable {}

/// What needs doing, with the way to do it.
private struct TasksSection: View {
    let tasks: [WalletStatus.Task]
    let addRecords: @MainActor () -> Void
    let connect: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        if !tasks.isEmpty {
            Section(texts(.todoTitle)) {
                ForEach(tasks, id: \.self) { task in
                    Label(texts.label(task), systemImage: "exclamationmark.circle")
                    switch task {
                    case .addRecords: Button(texts(.importAction)) { addRecords() }.buttonStyle(.bordered)
                    case .connect: Button(texts(.connectAction)) { connect() }.buttonStyle(.bordered)
                    }
                }
            }
        }
    }
}

struct RecordView: View {
    @State private var model: RecordModel
    @Environment(\.texts) private var texts

    init(record: RecordSummary, service: any RecordService) {
        _model = State(initialValue: RecordModel(record: record, service: service))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.load() } }
            }
            if let picture = model.state.picture {
                PictureSections(picture: picture)
                EmptyLine(text: texts(.recordSource, model.record.source))
            }
            DisclosureGroup(texts(.recordAsReceived)) {
                Text(model.state.received).font(.caption.monospaced()).textSelection(.enabled)
            }
        }
        .navigationTitle(model.record.title)
        .privacySensitive()
        .task { await model.load() }
    }
}

/// What a record says: first why it may not hold.
private struct PictureSections: View {
    let picture: RecordPicture
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.kindLabel(picture.row)) {
            ForEach(picture.row.validities, id: \.self) { validity in
                if let words = texts.label(validity) {
                    Label(words, systemImage: "exclamationmark.triangle")
                }
            }
            if picture.row.kind == .unreadable { EmptyLine(text: texts(.recordUnreadable)) }
            if let value = texts.valueText(picture.row) { LabeledText(label: texts.label(PictureLabel.value), text: value) }
            if let range = picture.row.referenceRange {
                LabeledText(label: texts.label(PictureLabel.referenceRange), text: range)
            }
            if let time = picture.row.time { LabeledText(label: texts.label(PictureLabel.date), text: texts.timeText(time)) }
            ForEach(picture.facts, id: \.self) { fact in
                LabeledText(
                    label: texts.label(fact.label),
                    text: fact.values.map { texts.valueText($0, of: fact.label) }.joined(separator: "\n"))
            }
        }
        if !picture.parts.isEmpty {
            Section(texts(.recordParts)) {
                ForEach(picture.parts, id: \.self) { part in
                    LabeledText(label: part.title ?? texts.label(PictureLabel.value), text: texts.valueText(part))
                }
            }
        }
        if !picture.results.isEmpty {
            Section(texts.label(PictureLabel.results)) {
                ForEach(picture.results, id: \.self) { row in
                    LabeledText(label: row.title ?? texts.kindLabel(row), text: texts.resultText(row))
                }
            }
        }
        ForEach(picture.passages, id: \.self) { passage in
            Section(texts.label(passage.label)) { LabeledText(label: passage.title ?? "", text: passage.text) }
        }
        if !picture.attachments.isEmpty {
            Section(texts(.recordFiles)) {
                ForEach(picture.attachments, id: \.self) { file in
                    Text([file.title, file.contentType, file.address].compactMap { $0 }.joined(separator: ", "))
                }
            }
        }
        if picture.row.kind == .other, !picture.fields.isEmpty {
            Section(texts(.recordFields)) {
                ForEach(picture.fields, id: \.self) { field in
                    LabeledText(label: field.name, text: texts.valueText(field.value))
                }
            }
        }
    }
}

/// A label and what is said under it.
struct LabeledText: View {
    let label: String
    let text: String

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(label).font(.caption).foregroundStyle(.secondary)
            Text(text)
        }
        .accessibilityElement(children: .combine)
    }
}
