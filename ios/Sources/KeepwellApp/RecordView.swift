// The page of one record: its value first, as received last.

import KeepwellKit
import SwiftUI

struct RecordView: View {
    @State private var model: RecordModel
    @State private var showsReceived = false
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
                RecordHead(picture: picture)
                RecordDetails(picture: picture)
                OthersSection(others: model.state.others)
                SourceSection(picture: picture, history: model.state.history)
                DisclosureGroup(texts(.recordAsReceived), isExpanded: $showsReceived) {
                    if let received = model.state.received {
                        ForEach(received.indices, id: \.self) { index in
                            Text(received[index]).font(.caption.monospaced()).textSelection(.enabled)
                        }
                        .environment(\.layoutDirection, .leftToRight)
                    } else {
                        ProgressView().accessibilityLabel(texts(.loading))
                    }
                }
            } else if model.state.isBusy {
                ProgressView().accessibilityLabel(texts(.loading))
            }
        }
        .navigationTitle(model.record.title)
        .navigationDestination(for: PicturePassage.self) { passage in PassageView(passage: passage) }
        .navigationDestination(for: PictureAttachment.self) { file in FileView(file: file, model: model) }
        .privacySensitive()
        .task { await model.load() }
        // It may be long, and most never look.
        .task(id: showsReceived) { if showsReceived { await model.showReceived() } }
    }
}

/// Why a record may not hold, what came out, how that stands to what is normal, and when.
private struct RecordHead: View {
    let picture: RecordPicture
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.kindLabel(picture.row)) {
            if let title = picture.row.title { Text(title).font(.title2).accessibilityAddTraits(.isHeader) }
            ForEach(picture.row.validities, id: \.self) { validity in
                if let words = texts.label(validity) { Label(words, systemImage: "exclamationmark.triangle") }
            }
            if picture.row.kind == .unreadable { EmptyLine(text: texts(.recordUnreadable)) }
            if let value = picture.row.value { Text(texts.valueText(value)).font(.largeTitle) }
            if let flag = picture.row.flag { Label(texts.label(flag), systemImage: flag.systemImage).font(.headline) }
            RangeLine(measure: picture.row.measure, range: picture.row.referenceRange, flag: picture.row.flag)
            ForEach(picture.parts, id: \.self) { part in
                LabeledText(label: part.title ?? texts.label(PictureLabel.value), text: texts.valueText(part))
                // Beside what its source says in words of its own we say nothing of ours.
                RangeLine(
                    measure: part.interpretation.isEmpty ? part.measure : nil, range: part.referenceRange, flag: part.flag)
            }
            if let time = picture.row.time { LabeledText(label: texts.label(PictureLabel.date), text: texts.timeText(time)) }
        }
    }
}

/// What is normal, with a bar where both ends of it are known. Where its source says otherwise of the number, only what is normal.
private struct RangeLine: View {
    let measure: PictureMeasure?
    let range: String?
    let flag: ValueFlag?
    @Environment(\.texts) private var texts

    var body: some View {
        if let measure, let standing = texts.standing(of: measure, range: range, flag: flag) {
            VStack(alignment: .leading, spacing: 4) {
                if let bar = RangeBar(measure) { RangeBarView(bar: bar) }
                Text(standing)
            }
            // The words say all that the bar shows.
            .accessibilityElement(children: .combine)
        } else if let range = range ?? measure.flatMap({ texts.range(of: $0) }) {
            LabeledText(label: texts.label(PictureLabel.referenceRange), text: range)
        }
    }
}

/// The bar of a range. Numbers grow to the right in every language.
private struct RangeBarView: View {
    let bar: RangeBar
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(spacing: 2) {
            Canvas { context, size in
                let line = size.height / 2
                context.fill(Path(CGRect(x: 0, y: line - 1, width: size.width, height: 2)), with: .color(.secondary))
                let normal = CGRect(
                    x: size.width * bar.start, y: line - 5, width: size.width * (bar.end - bar.start), height: 10)
                context.fill(Path(normal), with: .color(.secondary))
                // Higher than the bar is thick: told by its shape, not by its colour.
                let mark = min(max(size.width * bar.mark - 2, 0), size.width - 4)
                context.fill(Path(CGRect(x: mark, y: 0, width: 4, height: size.height)), with: .color(.primary))
            }
            .frame(minHeight: 28, maxHeight: 28)
            HStack {
                Spacer()
                Text(texts.number(bar.low)).font(.caption)
                Spacer()
                Spacer()
                Text(texts.number(bar.high)).font(.caption)
                Spacer()
            }
        }
        .environment(\.layoutDirection, .leftToRight)
        .accessibilityHidden(true)
    }
}

/// What else there is to say.
private struct RecordDetails: View {
    let picture: RecordPicture
    @Environment(\.texts) private var texts

    var body: some View {
        if !picture.facts.isEmpty {
            Section {
                ForEach(picture.facts, id: \.self) { fact in
                    LabeledText(
                        label: texts.label(fact.label),
                        text: fact.values.map { texts.valueText($0, of: fact.label) }.joined(separator: "\n"))
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
        ForEach(picture.passages, id: \.self) { passage in PassageSection(passage: passage) }
        if !picture.attachments.isEmpty {
            Section(texts(.recordFiles)) {
                ForEach(picture.attachments, id: \.self) { file in FileRow(file: file) }
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

/// A note; a long one begins here and is read on a page of its own.
private struct PassageSection: View {
    let passage: PicturePassage
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.label(passage.label)) {
            if let title = passage.title { Text(title).font(.headline) }
            Text(passage.beginning).textSelection(.enabled)
            if passage.isLong { NavigationLink(value: passage) { Text(texts(.recordReadAll)) } }
        }
    }
}

private struct PassageView: View {
    let passage: PicturePassage
    @Environment(\.texts) private var texts

    var body: some View {
        ScrollView { Text(passage.text).textSelection(.enabled).padding() }
            .navigationTitle(passage.title ?? texts.label(passage.label))
            .privacySensitive()
    }
}

/// A file: one that the record carries and that can be shown is opened; none is fetched.
private struct FileRow: View {
    let file: PictureAttachment
    @Environment(\.texts) private var texts

    var body: some View {
        TwoLines(title: file.title ?? texts(.fileUntitled), detail: texts.detail(file))
        if let address = file.address, !file.isHere {
            EmptyLine(text: texts(.fileElsewhere, address))
        } else if file.readable != nil {
            NavigationLink(value: file) { Text(texts(.fileOpen)) }
        } else if file.text == nil {
            EmptyLine(text: texts(.fileUnreadable))
        }
    }
}

/// A PDF or a picture that a record carries.
private struct FileView: View {
    let file: PictureAttachment
    let model: RecordModel
    @State private var pages: ReadPages?
    @State private var isRead = false
    @State private var problem: Problem?
    @Environment(\.texts) private var texts

    var body: some View {
        Group {
            if let pages {
                FilePages(pages: pages)
            } else if let problem {
                ProblemView(problem: problem).padding()
            } else if isRead {
                EmptyLine(text: texts(.fileUnreadable)).padding()
            } else {
                ProgressView().accessibilityLabel(texts(.loading))
            }
        }
        .navigationTitle(file.title ?? texts(.fileUntitled))
        .privacySensitive()
        .task {
            // Also when it is come back to: once.
            guard !isRead else { return }
            do throws(Problem) {
                let content = try await model.content(of: file)
                pages = await ReadPages.read(content, isPicture: file.readable == .picture)
            } catch {
                problem = error.worthShowing
            }
            // Who left meanwhile has it read the next time.
            isRead = !Task.isCancelled
        }
    }
}

private struct OthersSection: View {
    let others: [SeriesResult]
    @Environment(\.texts) private var texts

    var body: some View {
        if !others.isEmpty {
            Section(texts(.recordSeries)) {
                ForEach(others) { other in
                    LabeledText(label: other.row.time.map { texts.timeText($0) } ?? texts(.recordUndated), text: said(other.row))
                }
            }
        }
    }

    private func said(_ row: PictureRow) -> String {
        ([texts.valueText(row)] + row.validities.map { texts.label($0) }).compactMap { $0 }.joined(separator: " · ")
    }
}

/// Where a record comes from, and its versions where it has more than one.
private struct SourceSection: View {
    let picture: RecordPicture
    let history: [RecordVersion]
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.recordSource, picture.source))
            if let received = picture.received {
                Text(texts(.recordReceived, texts.day(received))).foregroundStyle(.secondary)
            }
        }
        if history.count > 1 {
            Section(texts(.recordHistory)) {
                ForEach(history) { version in
                    TwoLines(title: texts(.recordVersion, version.id), detail: texts.detail(version))
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
