// Clinics' servers, done by the library.

import Foundation
import Keepwell
import KeepwellKit

extension RustWallet {
    public func beginSource(at address: String) async throws(Problem) -> URL {
        let text = try await onSource { wallet in
            try await wallet.beginSource(address, clientId: Source.client, redirectUri: Source.redirect)
        }
        guard let url = URL(string: text) else { throw .sourceAddress }
        return url
    }

    public func finishSource(_ redirect: String, as person: OtherPerson.ID?) async throws(Problem) -> SignInResult {
        let outcome = try await onSource { wallet in try await wallet.finishSource(redirect, patient: person) }
        switch outcome {
        case .connected(let source):
            changed()
            return .connected(Source(source))
        case .otherPatients(let patients):
            // The owner may be among them; a server gives one other.
            guard let other = patients.first(where: { !$0.isOwner }) else { throw .sourceOfOther }
            return .whoIsIt(OtherPerson(id: other.id, name: other.name, birthDate: other.birthDate))
        }
    }

    public func sources() async throws(Problem) -> [Source] {
        try await onSource { wallet in try await wallet.sources().map { Source($0) } }
    }

    public func syncSource(
        _ id: Source.ID, progress: @escaping @Sendable (String) -> Void
    ) async throws(Problem) -> KeepwellKit.SourceSync {
        // Also where it was broken off: what came until then is there.
        defer { changed() }
        return try await onSource { wallet in
            let events = try wallet.events()
            let following = Task {
                for await event in events {
                    if case .sourceProgress(_, let type) = event { progress(type) }
                }
            }
            defer { following.cancel() }
            let synced = try await wallet.syncSource(SourceId(id))
            return KeepwellKit.SourceSync(
                source: Source(synced.source), report: KeepwellKit.ImportReport(synced.report),
                missing: MissingRecords.all(synced.skipped))
        }
    }

    public func removeSource(_ id: Source.ID) async throws(Problem) -> Bool {
        let isTold = try await onSource { wallet in try await wallet.removeSource(SourceId(id)) }
        changed()
        return isTold
    }

    /// At the end of these calls is another server than the wallet's.
    private func onSource<Result: Sendable>(_ body: @Sendable (Wallet) async throws -> Result) async throws(Problem) -> Result {
        do {
            return try await body(wallet)
        } catch {
            throw Problem(ofSource: error)
        }
    }
}

extension Source {
    /// What clinics know this app by.
    fileprivate static let client = "keepwell"

    init(_ view: KeepwellCore.SourceView) {
        self.init(
            id: view.source.text, name: view.name, address: view.address, given: view.granted, withheld: view.refused,
            added: view.added, last: view.last, expires: view.expires, needsSignIn: view.needsAuthorization)
    }
}

extension MissingRecords {
    /// Each kind once for each reason: of which of its parts it is says nothing to a person.
    static func all(_ skipped: [KeepwellCore.SkippedRecords]) -> [MissingRecords] {
        var all: [MissingRecords] = []
        for one in skipped {
            let missing = MissingRecords(type: one.resourceType, reason: Reason(one.reason))
            if !all.contains(missing) { all.append(missing) }
        }
        return all
    }
}

extension MissingRecords.Reason {
    init(_ reason: KeepwellCore.SkipReason) {
        switch reason {
        case .refused, .parameterRequired: self = .refused
        case .serverFailed, .busy, .changedPages, .unreachable: self = .later
        case .malformed, .otherType, .tooLarge, .otherServer, .repeatedPage, .tooManyPages: self = .unusable
        case .otherCategories: self = .inParts
        case .authorizationEnded: self = .signedOut
        }
    }
}
