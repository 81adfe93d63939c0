// One clinic: how it stands, every access of it, what it did and what it may still hold.

import KeepwellKit
import SwiftUI

struct ClinicView: View {
    let services: any WalletServices
    @State private var model: ClinicModel
    @State private var giving: Clinic?
    @State private var extending: ExtendModel?
    @Environment(\.texts) private var texts

    init(clinic: Clinic, services: any WalletServices) {
        self.services = services
        _model = State(initialValue: ClinicModel(clinic: clinic, service: services))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.refresh() } }
            }
            if let problem = model.state.endProblem {
                ProblemView(problem: problem, close: { model.acknowledgeEndProblem() })
            }
            if let until = model.state.mayReadUntil {
                Section { Label(texts(.clinicMayRead, texts.day(until)), systemImage: "exclamationmark.triangle") }
            }
            ClinicHead(clinic: model.state.clinic, isOffline: model.state.isOffline)
            if model.state.clinic.canBeGranted {
                Section {
                    Button(texts(.confirmAction)) { giving = model.state.clinic }
                        .buttonStyle(.borderedProminent)
                        .controlSize(.large)
                }
            }
            OpenAccessSection(model: model) { extending = ExtendModel(grant: $0, service: services) }
            if !model.state.ended.isEmpty {
                Section(texts(.accessEnded)) {
                    ForEach(model.state.ended) { grant in
                        VStack(alignment: .leading, spacing: 4) {
                            GrantRow(grant: grant, isNamed: false)
                            if let held = texts.held(model.state, by: grant) { Text(held) }
                        }
                    }
                }
            }
            if model.state.isLoaded { DeedsSection(state: model.state) }
        }
        .navigationTitle(model.state.clinic.name)
        .refreshable { await model.refresh() }
        .task { await model.observe() }
        .task(id: model.state.isOnItsWay) { await model.follow() }
        .sheet(item: $giving) { clinic in
            Covered { GrantView(clinic: clinic, services: services) }
        }
        .sheet(item: $extending) { extending in
            Covered { ExtendView(model: extending) }
        }
        .confirmationDialog(
            question, isPresented: isAsking, titleVisibility: .visible, presenting: model.state.asking
        ) { asked in
            Button(texts(asked == .endAll ? .clinicEndAll : .accessRevoke), role: .destructive) {
                Task { await model.end(asked) }
            }
            Button(texts(.revokeKeep), role: .cancel) { model.keep() }
        } message: { _ in
            Text("\(texts(.revokeCan))\n\n\(texts(.revokeCannot))")
        }
    }

    private var question: String {
        texts(model.state.asking == .endAll ? .revokeAllTitle : .revokeTitle, model.state.clinic.name)
    }

    private var isAsking: Binding<Bool> {
        Binding {
            model.state.asking != nil
        } set: { isShown in
            if !isShown { model.keep() }
        }
    }
}

/// Name, place, and whether it could be checked.
private struct ClinicHead: View {
    let clinic: Clinic
    let isOffline: Bool
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            VStack(alignment: .leading, spacing: 4) {
                Text(clinic.name).font(.title2)
                if let place = clinic.place { Text(place) }
                switch clinic.standing {
                case .listed: Text(texts(.clinicSaid)).foregroundStyle(.secondary)
                case .active: Text(texts.label(clinic.standing)).foregroundStyle(.secondary)
                case .suspended, .keyChanged: Label(texts.label(clinic.standing), systemImage: "exclamationmark.triangle")
                }
            }
            .accessibilityElement(children: .combine)
            if clinic.standing == .keyChanged { Text(texts(.problemClinicKeyChanged)) }
            if isOffline { EmptyLine(text: texts(.accessOffline)) }
        }
    }
}

/// Every access by which it can read, each to be extended and ended.
private struct OpenAccessSection: View {
    let model: ClinicModel
    let extend: @MainActor (Grant) -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.clinicAccess)) {
            if model.state.isLoaded {
                if model.state.open.isEmpty { EmptyLine(text: texts(.clinicAccessNone)) }
            } else if model.state.problem == nil {
                ProgressView().accessibilityLabel(texts(.loading))
            }
            ForEach(model.state.open) { grant in
                GrantRow(grant: grant, isNamed: false)
                if grant.isInForce {
                    if model.state.clinic.canBeGranted {
                        Button(texts(.extendAction)) { extend(grant) }
                            .accessibilityHint(texts(.accessUntil, texts.day(grant.notAfter)))
                    }
                    Button(texts(.accessRevoke), role: .destructive) { model.ask(toEnd: grant.id) }
                        .disabled(model.state.ending.contains(grant.id))
                        .accessibilityHint(texts(.accessUntil, texts.day(grant.notAfter)))
                }
            }
            if model.state.inForce.count > 1 {
                Button(texts(.clinicEndAll), role: .destructive) { model.askToEndAll() }
            }
        }
    }
}

/// What it did, as far as that is known.
private struct DeedsSection: View {
    let state: ClinicState
    @Environment(\.texts) private var texts

    var body: some View {
        if !state.grants.isEmpty {
            Section(texts(.logTitle)) {
                switch state.knowledge {
                case .loading: ProgressView().accessibilityLabel(texts(.loading))
                case .unknown: EmptyLine(text: texts(.clinicReadsUnknown))
                case .known: if state.deeds.isEmpty { EmptyLine(text: texts(.logNone)) }
                }
                ForEach(Array(state.deeds.enumerated()), id: \.offset) { _, deed in
                    TwoLines(title: texts.label(deed.event), detail: texts.moment(deed.time))
                }
            }
        }
    }
}
