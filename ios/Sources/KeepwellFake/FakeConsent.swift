// Grants of the fake: the ledger is a list, and what was done offline reaches it with `sync`.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func clinics() async throws(Problem) -> [Clinic] {
        try await act(needsNetwork: true) { world in world.clinics }
    }

    public func find(_ text: String, among clinics: [Clinic]) throws(Problem) -> [Clinic] {
        guard !text.isEmpty else { return clinics }
        return clinics.filter {
            "\($0.name) \($0.place ?? "")".range(of: text, options: [.caseInsensitive, .diacriticInsensitive]) != nil
        }
    }

    public func proveClinic(_ id: Clinic.ID) async throws(Problem) -> Clinic {
        try await act(needsNetwork: true) { world throws(Problem) in
            guard let clinic = world.clinics.first(where: { $0.id == id }) else { throw .notFound }
            return Clinic(id: id, name: clinic.name, place: clinic.place, standing: world.proved[id] ?? .active)
        }
    }

    public func preview(_ terms: GrantTerms) async throws(Problem) -> GrantPreview {
        try await act { world in
            let counts = terms.categories.map { category in
                CategoryCount(category: category, count: world.records.count { $0.category == category })
            }
            return GrantPreview(seen: counts, total: counts.reduce(0) { $0 + $1.count })
        }
    }

    public func grant(_ terms: GrantTerms, pin: SecretBytes) async throws(Problem) -> Grant {
        let grant = try await act { world throws(Problem) in
            try Self.check(pin, &world)
            guard let clinic = world.clinics.first(where: { $0.id == terms.clinic }) else { throw .notFound }
            switch world.proved[clinic.id] ?? .active {
            case .suspended: throw .clinicSuspended
            case .keyChanged: throw .clinicKeyChanged
            case .listed, .active: break
            }
            let grant = Grant(
                id: String(format: "%064x", world.grants.count + 1), clinic: clinic.id, clinicName: clinic.name,
                categories: terms.categories, purpose: terms.purpose, notBefore: world.now,
                notAfter: world.now.addingTimeInterval(TimeInterval(terms.days) * 86_400),
                state: .pending, stoppedBy: nil, delivered: false, matchCode: "012345")
            world.grants.insert(grant, at: 0)
            world.log.append(LogEntry(time: world.now, event: .granted, about: clinic.name))
            return grant
        }
        announce(.grantChanged(grant.id, grant.state))
        return grant
    }

    public func grants() async throws(Problem) -> [Grant] {
        try await act { world in world.grants }
    }

    public func revoke(_ id: Grant.ID) async throws(Problem) -> Grant.State {
        let state: Grant.State = try await act { world throws(Problem) in
            guard let index = world.grants.firstIndex(where: { $0.id == id }) else { throw .notFound }
            guard world.grants[index].isInForce else { throw .refused(code: "GrantState") }
            world.grants[index] = world.grants[index].with(state: .revoking)
            world.log.append(LogEntry(time: world.now, event: .revoked, about: world.grants[index].clinicName))
            return .revoking
        }
        announce(.grantChanged(id, state))
        return state
    }

    public func sync() async throws(Problem) {
        let changed = try await act(needsNetwork: true) { world in
            var changed: [(Grant.ID, Grant.State)] = []
            for (index, grant) in world.grants.enumerated() {
                let revoked: Grant.State = world.isLedgerReached ? .revoked : .revoking
                let state = grant.state == .revoking ? revoked : grant.state == .pending ? .active : grant.state
                world.grants[index] = grant.with(state: state, stoppedBy: state == .revoking ? .host : nil)
                if state != grant.state { changed.append((grant.id, state)) }
            }
            world.shares = world.shares.map { $0.with(state: $0.state, isTold: true) }
            return changed
        }
        for (id, state) in changed { announce(.grantChanged(id, state)) }
    }
}

extension Grant {
    /// The same grant in another state; `stoppedBy` counts while it is being revoked.
    public func with(state: State, stoppedBy: StoppedBy? = nil) -> Grant {
        Grant(
            id: id, clinic: clinic, clinicName: clinicName, categories: categories, purpose: purpose, notBefore: notBefore,
            notAfter: notAfter, state: state,
            stoppedBy: state == .revoked ? .ledger : stoppedBy, delivered: delivered || state == .active, matchCode: matchCode)
    }
}
