// Granting: what, for what and how long, the preview with the PIN, and the match code.

import KeepwellKit
import SwiftUI

struct GrantView: View {
    private let services: any WalletServices
    @State private var model: GrantModel
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    init(clinic: Clinic, services: any WalletServices) {
        self.init(model: GrantModel(clinic: clinic, consent: services, records: services), services: services)
    }

    init(asked: AccessRequest, services: any WalletServices) {
        self.init(model: GrantModel(asked: asked, consent: services, records: services), services: services)
    }

    init(model: GrantModel, services: any WalletServices) {
        self.services = services
        _model = State(initialValue: model)
    }

    var body: some View {
        NavigationStack {
            Forgetful(forget: { model.pin.clear() }) {
                List {
                    Section {
                        TwoLines(title: model.state.clinic.name, detail: texts.label(model.state.clinic.standing))
                        if model.state.step != .granted, !model.state.isRefused {
                            EmptyLine(text: texts(.step, model.state.step.rawValue + 1))
                        }
                        if let problem = model.state.problem { ProblemView(problem: problem) }
                        if model.state.isBusy { ProgressView() }
                    }
                    switch model.state.step {
                    case .categories where model.state.isRefused:
                        Section(texts(.askedRefusedTitle)) { Text(texts(.askedRefusedBody)) }
                    case .categories: CategoriesStep(model: model)
                    case .terms: TermsStep(model: model)
                    case .review: ReviewStep(model: model)
                    case .granted:
                        if let grant = model.state.granted {
                            GrantedStep(grant: grant, isOffline: model.state.isOffline)
                            NavigationLink(value: model.state.clinic) { Text(texts(.clinicAbout)) }
                        }
                    }
                }
            }
            .navigationTitle(texts(.grantTo, model.state.clinic.name))
            .navigationDestination(for: Clinic.self) { clinic in ClinicView(clinic: clinic, services: services) }
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(model.state.step == .granted || model.state.isRefused ? .close : .cancel)) { dismiss() }
                }
                ToolbarItem(placement: .confirmationAction) { forward }
            }
            .interactiveDismissDisabled(model.state.isBusy)
            .task { await model.load() }
            .task { await model.observe() }
            .task(id: model.state.granted?.isUnsent) { await model.follow() }
        }
    }

    @ViewBuilder private var forward: some View {
        switch model.state.step {
        case .categories where model.state.isRefused:
            EmptyView()
        case .categories, .terms:
            Button(texts(model.state.step == .terms ? .termsNext : .next)) { Task { await model.next() } }
                .disabled(!model.state.canContinue)
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
        if model.state.asked != nil { Section { Text(texts(.termsAsked, model.state.clinic.name)) } }
        Section(texts(.termsTitle, model.state.clinic.name)) {
            ForEach(model.state.offered, id: \.self) { count in
                Toggle(isOn: isChosen(count.category)) {
                    TwoLines(title: texts.label(count.category), detail: texts(.recordsCount, count.count))
                }
            }
        }
        if model.state.asked != nil {
            Section {
                Button(texts(.askedRefuse), role: .destructive) { Task { await model.refuse() } }
                    .disabled(!model.state.canRefuse)
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
                ForEach(model.state.offeredPurposes, id: \.self) { purpose in Text(texts.label(purpose)).tag(purpose) }
            }
            Picker(texts(.termsDuration), selection: days) {
                ForEach(model.state.offeredDays, id: \.self) { days in Text(texts(.days, days)).tag(Int?.some(days)) }
                if let asked = model.state.asked { Text(texts.label(lasts: asked.lasts)).tag(Int?.none) }
            }
            Toggle(texts(.termsNamed), isOn: isNamed)
            Button(texts(.back)) { model.back() }.disabled(model.state.isBusy)
        }
    }

    private var purpose: Binding<Purpose> {
        Binding {
            model.state.purpose
        } set: {
            model.choose($0)
        }
    }

    private var isNamed: Binding<Bool> {
        Binding {
            model.state.isNamed
        } set: {
            model.tellName($0)
        }
    }

    private var days: Binding<Int?> {
        Binding {
            model.state.days
        } set: {
            model.choose(days: $0)
        }
    }
}

/// Everything that the person consents to, then the PIN: the button is active only after both.
private struct ReviewStep: View {
    let model: GrantModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let preview = model.state.preview {
            Section(texts(.reviewSees, model.state.clinic.name)) {
                if preview.seen.isEmpty { Text(texts(.reviewNothing)) }
            }
            PreviewedSections(groups: preview.seen, along: preview.along.count)
            Section {
                Text(texts(.confirmBody, model.state.clinic.name, texts.label(lasts: model.state.lasts)))
                Text(texts.label(model.state.purpose))
                Text(texts(model.state.isNamed ? .reviewNamed : .reviewUnnamed))
                Text(texts(.reviewNew))
                Text(texts(.reviewEnd))
                Button(texts(.back)) { model.back() }.disabled(model.state.isBusy)
            }
            Section(texts(.confirmTitle)) {
                PINPad(entry: model.pin)
            }
        }
    }
}

/// The number to compare, and what is still missing until the clinic can read.
private struct GrantedStep: View {
    let grant: Grant
    let isOffline: Bool
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts.title(made: grant)) {
            MatchCode(code: grant.matchCode)
            Text(texts(.grantedBody))
            ForEach(texts.missing(grant), id: \.self) { missing in Label(missing, systemImage: "clock") }
            if isOffline { Text(texts(.grantedOffline)) }
            if grant.isInForce, !grant.isGiven { Text(texts(.grantedWaitingBody, grant.clinicName)) }
        }
        .accessibilityElement(children: .contain)
        .accessibilityAddTraits(.updatesFrequently)
    }
}

/// The number that the patient compares with the clinic's screen, read out digit by digit.
struct MatchCode: View {
    let code: String
    @Environment(\.texts) private var texts

    var body: some View {
        Text(texts(.matchCodeCompare, texts.matchCode(code)))
            .monospacedDigit()
            .accessibilityLabel(texts(.matchCodeCompare, texts.spokenMatchCode(code)))
    }
}
