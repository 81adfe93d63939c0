// The home above the categories: whose record, what needs doing, what holds now, what is new.

import KeepwellKit
import SwiftUI

/// The way to the records of a category, or to all of them.
struct RecordListLink: Hashable {
    let category: RecordCategory?
}

/// The way to what came in.
struct ImportsLink: Hashable {}

/// The way to the clinics whose records come from their own servers.
struct SourcesLink: Hashable {}

/// The sections of the home, the most urgent first.
struct HomeSections: View {
    let model: HomeModel
    /// Does what a card is about, where that is not another page.
    let act: @MainActor (ToDo) -> Void
    /// Goes to a page of the settings.
    let open: @MainActor (SettingsPlace) -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        if let owner = model.state.overview?.owner {
            Section { OwnerHeading(owner: owner) }
        }
        if let problem = model.state.problem {
            Section { ProblemView(problem: problem) { Task { await model.load() } } }
        }
        if !model.state.toDo.isEmpty {
            Section(texts(.todoTitle)) {
                ForEach(model.state.toDo, id: \.self) { toDo in
                    ToDoCard(toDo: toDo, isSending: model.state.isSending, act: act, open: open)
                }
            }
        }
        if let overview = model.state.overview {
            if !model.state.counts.isEmpty {
                CurrentSection(category: .allergies, current: overview.allergies, none: texts(.homeAllergiesNone))
                CurrentSection(category: .conditions, current: overview.problems, none: texts(.homeProblemsNone))
                CurrentSection(category: .medications, current: overview.medicines, none: texts(.homeMedicinesNone))
                ResultsSection(results: overview.results)
                NewSection(model: model)
                CategoriesSection(counts: model.state.counts)
            } else {
                Section { EmptyLine(text: texts(.recordsEmpty)) }
            }
        } else if model.state.isLoading {
            ProgressView().accessibilityLabel(texts(.loading))
        }
    }
}

private struct OwnerHeading: View {
    let owner: Owner
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(owner.name).font(.title2)
            Text(texts.detail(owner)).foregroundStyle(.secondary)
        }
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(.isHeader)
    }
}

/// Something to do, and the way to do it.
private struct ToDoCard: View {
    let toDo: ToDo
    let isSending: Bool
    let act: @MainActor (ToDo) -> Void
    let open: @MainActor (SettingsPlace) -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(texts.label(toDo), systemImage: "exclamationmark.circle")
            switch toDo {
            case .signInAgain: NavigationLink(value: SourcesLink()) { Text(texts.action(toDo)) }
            case .lookThrough: NavigationLink(value: ImportsLink()) { Text(texts.action(toDo)) }
            case .sendDecisions, .sendRecords, .agreeToSendAgain:
                Button(isSending ? texts(.todoSending) : texts.action(toDo)) { act(toDo) }
                    .buttonStyle(.bordered)
                    .disabled(isSending)
            case .takenOver:
                Button(texts.action(toDo)) { open(.help) }.buttonStyle(.bordered)
                Button(texts(.eraseTitle)) { open(.erase) }.buttonStyle(.bordered)
            case .checkClinics, .checkWords, .connect, .endSoon, .addRecords:
                Button(texts.action(toDo)) { act(toDo) }.buttonStyle(.bordered)
            }
        }
        // A bordered button is lower than a finger is wide.
        .controlSize(.large)
        .accessibilityElement(children: .contain)
    }
}

/// What holds now of a category. That nothing is noted does not mean that there is nothing.
private struct CurrentSection: View {
    let category: RecordCategory
    let current: CurrentRecords
    let none: String
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.label(category)) {
            if current.records.isEmpty { EmptyLine(text: none) }
            ForEach(current.records) { record in RecordLink(record: record) }
            if current.more > 0 {
                NavigationLink(value: RecordListLink(category: category)) { Text(texts(.reviewMore, current.more)) }
            }
        }
    }
}

private struct ResultsSection: View {
    let results: [LatestResult]
    @Environment(\.texts) private var texts

    var body: some View {
        if !results.isEmpty {
            Section(texts(.homeResults)) {
                ForEach(results) { result in
                    NavigationLink(value: result.record) { ResultRow(result: result) }
                }
            }
        }
    }
}

/// A result: its value first, then in words what its source says of it and how it moved. Each word has a sign beside it; no colour
/// says anything.
private struct ResultRow: View {
    let result: LatestResult
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(result.record.title).font(.body)
            if let value = result.record.value { Text(texts.valueText(value)).font(.headline) }
            if let flag = result.record.flag { Label(texts.label(flag), systemImage: flag.systemImage) }
            if let trend = result.trend { Label(texts.label(trend), systemImage: trend.systemImage) }
            Text(texts.dateLine(result.record)).font(.subheadline).foregroundStyle(.secondary)
        }
        .accessibilityElement(children: .combine)
    }
}

/// What came since the owner looked last; noted as seen once it is on the screen.
private struct NewSection: View {
    let model: HomeModel
    @Environment(\.texts) private var texts

    var body: some View {
        if !model.state.new.isEmpty {
            Section(texts(.homeNew)) {
                ForEach(model.state.new, id: \.self) { count in
                    NavigationLink(value: RecordListLink(category: count.category)) { Text(texts.line(count)) }
                        // On the section it would go to each row; who sees the last one has all of them above it.
                        .task(id: model.state.new) {
                            if count == model.state.new.last { await model.markSeen() }
                        }
                }
            }
        }
    }
}

private struct CategoriesSection: View {
    let counts: [CategoryCount]
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.homeCategories)) {
            NavigationLink(value: RecordListLink(category: nil)) { Text(texts(.recordsAll)) }
            ForEach(counts, id: \.self) { count in
                NavigationLink(value: RecordListLink(category: count.category)) { Text(texts.line(count)) }
            }
        }
    }
}

/// A record in a list, which leads to its page.
struct RecordLink: View {
    let record: RecordSummary
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationLink(value: record) { TwoLines(title: record.title, detail: texts.recordDetail(record)) }
    }
}

extension ValueFlag {
    /// A sign beside the word.
    var systemImage: String {
        switch self {
        case .critical: "exclamationmark.octagon.fill"
        case .high: "arrow.up.circle.fill"
        case .low: "arrow.down.circle.fill"
        case .abnormal: "exclamationmark.circle.fill"
        }
    }
}

extension Trend {
    /// A sign beside the words.
    var systemImage: String {
        switch self {
        case .up: "arrow.up.forward"
        case .down: "arrow.down.forward"
        case .same: "equal"
        }
    }
}
