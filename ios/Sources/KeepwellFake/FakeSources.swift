// Clinics' servers of the fake; each redirect is good once.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func beginSource(at address: String) async throws(Problem) -> URL {
        try await act(needsNetwork: true) { world throws(Problem) in
            guard address.hasPrefix("https://") else { throw .sourceAddress }
            world.signIns += 1
            world.begun["\(world.signIns)"] = address
            guard let page = URL(string: "\(address)/authorize?state=\(world.signIns)") else { throw .sourceAddress }
            return page
        }
    }

    public func finishSource(_ redirect: String, as person: OtherPerson.ID?) async throws(Problem) -> SignInResult {
        try await act(needsNetwork: true) { world throws(Problem) in
            let state = redirect.components(separatedBy: "state=").last ?? ""
            guard let address = world.begun.removeValue(forKey: state) else { throw .signInUnknown }
            guard world.isAgreed else { throw .signInRefused }
            if let other = world.otherPerson, other.id != person { return .whoIsIt(other) }
            let known = world.sources.firstIndex { $0.address == address }
            let source = Source(
                id: known.map { world.sources[$0].id } ?? String(format: "%032x", world.sources.count + 1),
                name: URL(string: address)?.host ?? address, address: address,
                given: ["Patient", "Observation", "Goal", "Flag"], withheld: ["DocumentReference", "CareTeam"],
                added: world.now, last: known.flatMap { world.sources[$0].last })
            if let known { world.sources[known] = source } else { world.sources.append(source) }
            world.isSignedOut = false
            return .connected(source)
        }
    }

    public func sources() async throws(Problem) -> [Source] { try await act { $0.sources } }

    public func syncSource(
        _ id: Source.ID, progress: @escaping @Sendable (String) -> Void
    ) async throws(Problem) -> SourceSync {
        try await act(needsNetwork: true) { $0.fetchedFrom.append(id) }
        progress("Observation")
        try await wait { $0.isFetchingSlow }
        return try await act(needsNetwork: true) { world throws(Problem) in
            guard let index = world.sources.firstIndex(where: { $0.id == id }) else { throw .notFound }
            let before = world.sources[index]
            let after = Source(
                id: id, name: before.name, address: before.address, given: before.given, withheld: before.withheld,
                added: before.added, last: world.isSignedOut ? before.last : world.now, needsSignIn: world.isSignedOut)
            world.sources[index] = after
            guard !world.isSignedOut else { throw .signedOut }
            let added = before.last == nil ? 3 : 0
            let report = ImportReport(
                id: added > 0 ? "1" : nil, added: added, updated: 0, unchanged: 3 - added, keptOut: 0, setAside: [])
            return SourceSync(source: after, report: report, missing: [MissingRecords(type: "Condition", reason: .later)])
        }
    }

    public func removeSource(_ id: Source.ID) async throws(Problem) -> Bool {
        try await act { world in
            world.sources.removeAll { $0.id == id }
            return world.isOnline
        }
    }
}
