// Granting: what, for what and how long, the preview with the PIN, and the match code.

import KeepwellKit
import SwiftUI

struct GrantView: View {
    @State private var model: GrantModel
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    init(clinic: Clinic, services: any WalletServices) {
        _model = State(initialValue: GrantModel(clinic: clinic, consent: services, records: services))
    }

    var body: some View {
        NavigationStack {
            List {
                Section {
                    TwoLines(title: model.state.clinic.name, detail: texts.label(model.state.clinic.standing))
                    if model.state.step != .granted {
                        EmptyLine(text: texts(.step, model.state.step.rawValue + 1))
                    }
                    if let problem = model.state.problem { ProblemView(problem: problem) }
                    if model.state.isBusy { ProgressView() }
                }
                switch model.state.step {
                case .categories: CategoriesStep(model: model)
                case .terms: TermsStep(model: model)
                case .review: ReviewStep(model: model)
                case .granted: if let grant = model.state.granted { GrantedStep(grant: grant) }
                }
            }
            .navigationTitle(texts(.grantTo, model.state.clinic.name))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(model.state.step == .granted ? .close : .cancel)) { dismiss() }
                }
                ToolbarItem(placement: .confirmationAction) { forward }
            }
            .interactiveDismissDisabled(model.state.isBusy)
            .task { await model.load() }
            .onDisappear { model.pin.clear() }
        }
    }

    @ViewBuilder private var forward: some View {
        switch model.state.step {
        case .categories, .terms:
            Button(texts(.next)) { Task { await model.next() } }.disabled(!model.state.canContinue)
        case .review:
            Button(texts(.confirmAction)) { Task { await model.confirm() } }
                .disabled(!model.state.canContinue || !model.pin.isComplete)
        case .granted:
            EmptyView()
        }
    }
}

private struct CategoriesStep: View {
    let model: GrantModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.termsTitle, model.state.clinic.name)) {
            ForEach(model.state.counts, id: \.self) { count in
                Toggle(isOn: isChosen(count.category)) {
                    TwoLines(title: texts.label(count.category), detail: texts(.recordsCount, count.count))
                }
            }
        }
    }

    private func isChosen(_ category: RecordCategory) -> Binding<Bool> {
        Binding {
            model.state.categories.contains(category)
        } set: { isChosen in
            if isChosen != model.state.categories.contains(category) { model.toggle(category) }
        }
    }
}

private struct TermsStep: View {
    let model: GrantModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.grantTerms)) {
            Picker(texts(.termsPurpose), selection: purpose) {
                ForEach(model.state.choices.purposes, id: \.self) { purpose in Text(texts.label(purpose)).tag(purpose) }
            }
            Picker(texts(.days, model.state.days), selection: days) {
                ForEach(model.state.choices.grantDays, id: \.self) { days in Text(texts(.days, days)).tag(days) }
            }
            Button(texts(.back)) { model.back() }
        }
    }

    private var purpose: Binding<Purpose> {
        Binding {
            model.state.purpose
        } set: {
            model.choose($0)
        }
    }

    private var days: Binding<Int> {
        Binding {
            model.state.days
        } set: {
            model.choose(days: $0)
        }
    }
}

private struct ReviewStep: View {
    let model: GrantModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.reviewSees, model.state.clinic.name)) {
            if let preview = model.state.preview {
                ForEach(preview.seen, id: \.self) { count in
                    TwoLines(title: texts.label(count.category), detail: texts(.recordsCount, count.count))
                }
                Text(texts(.recordsCount, preview.total))
            }
            TwoLines(title: texts.label(model.state.purpose), detail: texts(.days, model.state.days))
            Text(texts(.reviewEnd))
            Button(texts(.back)) { model.back() }
        }
        Section(texts(.confirmTitle)) {
            PINPad(entry: model.pin)
        }
    }
}

private struct GrantedStep: View {
    let grant: Grant
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.grantedTitle)) {
            MatchCode(code: grant.matchCode)
            Text(texts.label(grant))
            if !grant.delivered { Text(texts(.grantUndelivered)) }
        }
    }
}

/// The number that the patient compares with the clinic's screen, read out digit by digit.
struct MatchCode: View {
    let code: String
    @Environment(\.texts) private var texts

    var body: some View {
        Text(texts(.matchCodeCompare, texts.matchCode(code)))
            .monospacedDigit()
            .accessibilityLabel(texts(.matchCodeCompare, texts.matchCode(code).map(String.init).joined(separator: " ")))
    }
}
