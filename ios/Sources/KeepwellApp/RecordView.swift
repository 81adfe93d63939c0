// The page of one record.

import KeepwellKit
import SwiftUI

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
