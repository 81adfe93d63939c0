// Who has access and who had.

import KeepwellKit
import SwiftUI

struct AccessView: View {
    let services: any WalletServices
    let sending: SendingModel
    @State private var model: AccessModel
    @Environment(\.texts) private var texts

    init(services: any WalletServices, sending: SendingModel) {
        self.services = services
        self.sending = sending
        _model = State(initialValue: AccessModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.refresh() } }
                }
                UnsentSection(sending: sending, isOffline: model.state.isOffline)
                Section(texts(.accessTitle)) {
                    if model.state.hasNobody { EmptyLine(text: texts(.accessNone)) }
                    if model.state.openCodes > 0 { Text(texts(.accessCodes, model.state.openCodes)) }
                    ForEach(model.state.open) { grant in
                        NavigationLink(value: Clinic(of: grant)) { GrantRow(grant: grant) }
                        if grant.isInForce { revokeButton(grant) }
                    }
                }
                if !model.state.ended.isEmpty {
                    Section(texts(.accessEnded)) {
                        ForEach(model.state.ended) { grant in
                            NavigationLink(value: Clinic(of: grant)) { GrantRow(grant: grant) }
                        }
                    }
                }
            }
            .navigationTitle(texts(.tabAccess))
            .navigationDestination(for: Clinic.self) { clinic in ClinicView(clinic: clinic, services: services) }
            .refreshable { await model.refresh() }
            .task { await model.observe() }
            .task(id: model.state.isOnItsWay) { await model.follow() }
            .confirmationDialog(
                texts(.revokeTitle, model.state.asking?.clinicName ?? ""), isPresented: isAsking, titleVisibility: .visible,
                presenting: model.state.asking
            ) { grant in
                Button(texts(.accessRevoke), role: .destructive) { Task { await model.revoke(grant.id) } }
                Button(texts(.revokeKeep), role: .cancel) { model.keep() }
            } message: { _ in
                Text("\(texts(.revokeCan))\n\n\(texts(.revokeCannot))")
            }
        }
    }

    private func revokeButton(_ grant: Grant) -> some View {
        Button(texts(.accessRevoke), role: .destructive) { model.ask(grant.id) }
            .disabled(model.state.revoking.contains(grant.id))
            .accessibilityHint(grant.clinicName)
    }

    private var isAsking: Binding<Bool> {
        Binding {
            model.state.asking != nil
        } set: { isShown in
            if !isShown { model.keep() }
        }
    }
}

/// An access in a list.
struct GrantRow: View {
    let grant: Grant
    /// Whether the clinic's name stands above it.
    var isNamed = true
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            if isNamed { Text(grant.clinicName).font(.headline) }
            ForEach(texts.terms(grant), id: \.self) { line in Text(line) }
            if grant.isInForce { Text(texts(.accessUntil, texts.day(grant.notAfter))).foregroundStyle(.secondary) }
            ForEach(texts.lines(grant), id: \.self) { line in
                Text(line).foregroundStyle(grant.isStillOpen ? .primary : .secondary)
            }
            if grant.isInForce { MatchCode(code: grant.matchCode) }
        }
        .accessibilityElement(children: .combine)
    }
}

/// What is not sent yet, and the offer to tell when it is.
struct UnsentSection: View {
    let sending: SendingModel
    let isOffline: Bool
    @Environment(\.texts) private var texts

    var body: some View {
        if sending.unsent > 0 || isOffline {
            Section {
                if sending.unsent > 0 { Label(texts(.unsentCount, sending.unsent), systemImage: "paperplane") }
                if isOffline { Text(texts(sending.unsent > 0 ? .accessQueued : .accessOffline)) }
                if sending.canAsk { Button(texts(.unsentTell)) { Task { await sending.askForMessages() } } }
            }
        }
    }
}
