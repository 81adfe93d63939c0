// An access made to last longer: for how long, what that comes to with the PIN, and what came of it.

import KeepwellKit
import SwiftUI

struct ExtendView: View {
    let model: ExtendModel
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            Forgetful(forget: { model.clear() }) {
                List {
                    if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                    switch model.state.step {
                    case .terms: ExtendTerms(model: model)
                    case .review: ExtendReview(model: model)
                    case .extended: ExtendedStep(model: model)
                    }
                    if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
                }
            }
            .navigationTitle(texts.title(model.state))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(model.state.step == .extended ? .close : .cancel)) { dismiss() }
                        .disabled(model.state.isBusy)
                }
            }
            .interactiveDismissDisabled(model.state.isBusy)
            .task { await model.load() }
            .task { await model.observe() }
            .task(id: model.state.isOnItsWay) { await model.follow() }
        }
    }
}

private struct ExtendTerms: View {
    let model: ExtendModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.extendTitle, model.state.former.clinicName)).font(.headline)
            Text(texts(.extendNow, texts.day(model.state.former.notAfter)))
            ForEach(texts.terms(model.state.former), id: \.self) { line in Text(line) }
        }
        Section {
            if !model.state.former.isInForce {
                Text(texts.label(model.state.former))
            } else if let choices = model.state.choices, choices.isEmpty {
                Text(texts(.extendLongest))
            } else if let choices = model.state.choices {
                Picker(texts(.extendDuration), selection: days) {
                    ForEach(choices, id: \.self) { days in Text(texts(.days, days)).tag(days) }
                }
                Button(texts(.termsNext)) { Task { await model.review() } }
                    .buttonStyle(.borderedProminent)
                    .controlSize(.large)
                    .disabled(!model.state.canContinue)
            }
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

/// Everything that the person consents to, then the PIN.
private struct ExtendReview: View {
    let model: ExtendModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let preview = model.state.preview {
            Section(texts(.reviewSees, model.state.former.clinicName)) {
                if preview.seen.isEmpty { Text(texts(.reviewNothing)) }
            }
            PreviewedSections(groups: preview.seen, along: preview.along.count)
        }
        Section {
            if let until = model.state.until { Text(texts(.accessUntil, texts.day(until))).font(.headline) }
            Text(texts(.extendMeaning, texts.day(model.state.former.notAfter)))
            Text(texts.label(model.state.former.purpose))
            Text(texts(.extendNamed))
            Text(texts(.reviewNew))
            Text(texts(.reviewEnd))
            Button(texts(.back)) { model.back() }.disabled(model.state.isBusy)
        }
        PINSection(
            question: texts(.confirmTitle), entry: model.pin, action: texts(.extendAction),
            isReady: model.state.canContinue && model.pin.isComplete
        ) { Task { await model.confirm() } }
    }
}

/// What came of it, and what became of the access of before.
private struct ExtendedStep: View {
    let model: ExtendModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            ForEach(texts.lines(model.state), id: \.self) { line in Text(line) }
            if let extended = model.state.extended, extended.isInForce { MatchCode(code: extended.matchCode) }
            if model.state.isOffline { Text(texts(.grantedOffline)) }
        }
        .accessibilityAddTraits(.updatesFrequently)
        if model.state.hasBoth, model.state.extended?.isGiven == true {
            Section {
                Button(texts(.extendedEndFormer), role: .destructive) { Task { await model.endFormer() } }
                    .buttonStyle(.bordered)
                    .controlSize(.large)
                    .disabled(model.state.isBusy)
            }
        }
    }
}
