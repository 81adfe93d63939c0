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
                        TwoLines(title: row.title, detail: texts.detail(of: row))
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
            if let picture = model.state.picture {
                PictureSections(picture: picture)
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

/// What a record says: first why it may not hold.
private struct PictureSections: View {
    let picture: RecordPicture
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.kind(of: picture.row)) {
            ForEach(picture.row.validities, id: \.self) { validity in
                if let words = texts.of(validity) {
                    Label(words, systemImage: "exclamationmark.triangle")
                }
            }
            if picture.row.kind == .unreadable { EmptyLine(text: texts(.recordUnreadable)) }
            if let value = texts.value(of: picture.row) { NamedText(name: texts.of(PictureLabel.value), text: value) }
            if let range = picture.row.referenceRange { NamedText(name: texts.of(PictureLabel.referenceRange), text: range) }
            if let time = picture.row.time { NamedText(name: texts.of(PictureLabel.date), text: texts.of(time)) }
            ForEach(picture.facts, id: \.self) { fact in
                NamedText(name: texts.of(fact.label), text: fact.values.map { texts.of($0) }.joined(separator: "\n"))
            }
        }
        if !picture.parts.isEmpty {
            Section(texts(.recordParts)) {
                ForEach(picture.parts, id: \.self) { part in
                    NamedText(name: part.title ?? texts.of(PictureLabel.value), text: texts.value(of: part))
                }
            }
        }
        if !picture.results.isEmpty {
            Section(texts.of(PictureLabel.results)) {
                ForEach(picture.results, id: \.self) { row in
                    NamedText(name: row.title ?? texts.kind(of: row), text: texts.line(of: row))
                }
            }
        }
        ForEach(picture.passages, id: \.self) { passage in
            Section(texts.of(passage.label)) { NamedText(name: passage.title ?? "", text: passage.text) }
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
                    NamedText(name: field.name, text: texts.of(field.value))
                }
            }
        }
    }
}

/// A name and what is said under it.
private struct NamedText: View {
    let name: String
    let text: String

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(name).font(.caption).foregroundStyle(.secondary)
            Text(text)
        }
        .accessibilityElement(children: .combine)
    }
}
