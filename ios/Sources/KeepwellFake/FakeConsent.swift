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

    public func takeRequest(_ code: String) async throws(Problem) -> AccessRequest {
        try await act(needsNetwork: true) { world throws(Problem) in
            guard let asked = world.requests[code] else { throw .requestUnproved }
            return asked
        }
    }

    public func refuseRequest(_ id: AccessRequest.ID) async throws(Problem) {
        try await act { world throws(Problem) in
            guard !world.answered.contains(id) else { throw .requestOver }
            world.answered.append(id)
        }
    }

    public func preview(_ terms: GrantTerms) async throws(Problem) -> GrantPreview {
        try await act { world in
            GrantPreview(seen: PreviewedCategory.grouping(world.records.filter { terms.categories.contains($0.category) }))
        }
    }

    public func preview(of grant: Grant.ID) async throws(Problem) -> GrantPreview {
        guard let grant = change({ world in world.grants.first { $0.id == grant } }) else { throw .notFound }
        return try await preview(
            GrantTerms(clinic: grant.clinic, categories: grant.categories, purpose: grant.purpose, days: 1))
    }

    public func extensionDays(of grant: Grant.ID) async throws(Problem) -> [Int] {
        let days = choices.grantDays
        return try await act { world throws(Problem) in
            guard let grant = world.grants.first(where: { $0.id == grant }) else { throw .notFound }
            guard grant.isInForce else { return [] }
            return days.filter { world.now.addingTimeInterval(TimeInterval($0) * 86_400) > grant.notAfter }
        }
    }

    public func grant(_ terms: GrantTerms, pin: SecretBytes) async throws(Problem) -> Grant {
        let grant = try await act { world throws(Problem) in
            try Self.check(pin, &world)
            if let request = terms.request {
                guard !world.answered.contains(request) else { throw .requestOver }
                world.answered.append(request)
            }
            guard let clinic = world.clinics.first(where: { $0.id == terms.clinic }) else { throw .notFound }
            switch world.proved[clinic.id] ?? .active {
            case .suspended: throw .clinicSuspended
            case .keyChanged: throw .clinicKeyChanged
            case .listed, .active: break
            }
            let grant = Grant(
                id: String(format: "%064x", world.grants.count + 1), clinic: clinic.id, clinicName: clinic.name,
                categories: terms.categories, purpose: terms.purpose, notBefore: world.now,
                notAfter: world.now.addingTimeInterval(TimeInterval(terms.days ?? 1) * 86_400),
                state: .pending, stoppedBy: nil, delivered: false, matchCode: "012345")
            world.grants.insert(grant, at: 0)
            world.lastTerms = terms
            world.log.append(LogEntry(time: world.now, event: .granted, about: clinic.name, grant: grant.id))
            return grant
        }
        announce(.grantChanged(grant.id, grant.state))
        return grant
    }

    public func extend(_ id: Grant.ID, days: Int, pin: SecretBytes) async throws(Problem) -> GrantExtension {
        guard let former = change({ world in world.grants.first { $0.id == id } }) else { throw .notFound }
        guard former.isInForce else { throw .refused(code: "GrantState") }
        let made = try await grant(
            GrantTerms(clinic: former.clinic, categories: former.categories, purpose: former.purpose, days: days), pin: pin)
        _ = try await sync()
        guard change({ world in world.grants.contains { $0.id == made.id && $0.isGiven } }) else {
            return GrantExtension(grant: made, former: former.state)
        }
        _ = try await revoke(id)
        _ = try await sync()
        let (grant, state) = change { world in
            (world.grants.first { $0.id == made.id }, world.grants.first { $0.id == id }?.state)
        }
        return GrantExtension(grant: grant ?? made, former: state ?? .revoked)
    }

    public func grants() async throws(Problem) -> [Grant] {
        try await act { world in
            world.reads += 1
            return world.grants
        }
    }

    public func revoke(_ id: Grant.ID) async throws(Problem) -> Grant.State {
        let state: Grant.State = try await act { world throws(Problem) in
            guard let index = world.grants.firstIndex(where: { $0.id == id }) else { throw .notFound }
            guard world.grants[index].isInForce else { throw .refused(code: "GrantState") }
            world.grants[index] = world.grants[index].with(state: .revoking, since: world.now)
            world.log.append(
                LogEntry(time: world.now, event: .revoked, about: world.grants[index].clinicName, grant: id))
            return .revoking
        }
        announce(.grantChanged(id, state))
        return state
    }

    public func sync() async throws(Problem) -> SyncOutcome {
        try await wait { $0.isSyncingSlow }
        let (changed, outcome) = try await act { world in
            guard world.isOnline else { return ([Grant](), SyncOutcome(isComplete: false, hasNews: false)) }
            let before = (world.grants, world.shares)
            world.grants = before.0.map { $0.synced(in: world) }
            world.shares = before.1.map { $0.synced(in: world) }
            world.unsentRecords = 0
            let changed = zip(before.0, world.grants).compactMap { $0.state == $1.state ? nil : $1 }
            let outcome = SyncOutcome(
                isComplete: world.isLedgerReached && world.isClinicReached, hasNews: before != (world.grants, world.shares))
            return (changed, outcome)
        }
        for grant in changed { announce(.grantChanged(grant.id, grant.state)) }
        return outcome
    }

    public func unsent() async throws(Problem) -> Int {
        try await act { $0.unsent }
    }
}

extension Grant {
    /// The same grant after a sync.
    fileprivate func synced(in world: FakeWallet.World) -> Grant {
        switch state {
        case .pending where world.isLedgerReached: with(state: .active, since: world.now, delivered: world.isClinicReached)
        case .active: with(state: .active, delivered: delivered || world.isClinicReached)
        case .revoking: world.isLedgerReached ? with(state: .revoked, since: world.now) : with(state: .revoking, stoppedBy: .host)
        case .pending, .expired, .revoked: self
        }
    }
}
