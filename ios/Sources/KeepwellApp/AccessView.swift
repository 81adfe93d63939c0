// Grants in force and ended ones.

import KeepwellKit
import SwiftUI

struct AccessView: View {
    @State private var model: AccessModel
    @State private var isAsking = false
    @State private var asked: Grant?
    @Environment(\.texts) private var texts

    init(services: any WalletServices) {
        _model = State(initialValue: AccessModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.refresh() } }
                }
                Section(texts(.accessTitle)) {
                    if model.state.inForce.isEmpty, !model.state.isLoading, !model.state.ended.contains(where: \.isStillOpen) {
                        EmptyLine(text: texts(.accessNone))
                    }
                    ForEach(model.state.inForce) { grant in
                        GrantRow(grant: grant)
                        Button(texts(.accessRevoke), role: .destructive) {
                            asked = grant
                            isAsking = true
                        }
                        .disabled(model.state.revoking.contains(grant.id))
                        .accessibilityHint(grant.clinicName)
                    }
                }
                if !model.state.ended.isEmpty {
                    Section(texts(.accessEnded)) {
                        ForEach(model.state.ended) { grant in GrantRow(grant: grant) }
                    }
                }
            }
            .navigationTitle(texts(.tabAccess))
            .refreshable { await model.refresh() }
            .task { await model.observe() }
            .confirmationDialog(
                texts(.revokeTitle, asked?.clinicName ?? ""), isPresented: $isAsking, titleVisibility: .visible,
                presenting: asked
            ) { grant in
                Button(texts(.accessRevoke), role: .destructive) { Task { await model.revoke(grant.id) } }
            } message: { _ in
                Text("\(texts(.revokeCan))\n\n\(texts(.revokeCannot))")
            }
        }
    }
}

private struct GrantRow: View {
    let grant: Grant
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Text(grant.clinicName).font(.headline)
            Text(grant.categories.map { texts.label($0) }.joined(separator: ", "))
            Text("\(texts.label(grant.purpose)) · \(texts(.accessUntil, texts.day(grant.notAfter)))").foregroundStyle(.secondary)
            Text(texts.label(grant)).foregroundStyle(grant.isStillOpen ? .primary : .secondary)
            if grant.isInForce {
                MatchCode(code: grant.matchCode)
                if !grant.delivered { Text(texts(.grantUndelivered)) }
            }
        }
        .accessibilityElement(children: .combine)
    }
}
