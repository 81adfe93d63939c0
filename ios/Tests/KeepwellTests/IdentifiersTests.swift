// Identifiers: text of a kind, and what the library makes of it.

import Foundation
import Keepwell
import Testing

@Suite struct IdentifiersTests {
    @Test func anIdentifierThatWasKeptAsTextIsTheSameAgain() async throws {
        let wallet = try await newWallet(.new())
        guard case .imported(let imported) = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3))) else {
            Issue.record("not imported")
            return
        }
        let page = try await wallet.records(query: RecordQuery(limit: 2))
        var bytes: [RecordId: Data] = [:]
        for record in page.records { bytes[record.id] = try await wallet.record(id: record.id) }
        for record in page.records {
            let again = RecordId("\(record.id)")
            #expect(again == record.id)
            #expect(again.hashValue == record.id.hashValue)
            #expect(try await wallet.record(id: again) == bytes[again])
        }
        let stored = try JSONEncoder().encode(page.records.map(\.id))
        #expect(try JSONDecoder().decode([String].self, from: stored) == page.records.map(\.id.text))
        #expect(try JSONDecoder().decode([RecordId].self, from: stored) == page.records.map(\.id))
        let next = try await wallet.records(query: RecordQuery(limit: 2, after: Cursor(try #require(page.next).text)))
        #expect(next.records.count == 2)
        #expect(Set(next.records.map(\.id)).isDisjoint(with: page.records.map(\.id)))
        #expect(try await wallet.imports().map { DeliveryId($0.import.text) } == [imported.import])
    }

    @Test func twoOfAKindAreEqualByTheirTextAndTwoOfDifferentKindsNever() {
        let text = String(repeating: "0a", count: 32)
        #expect(GrantId(text) == GrantId(String(repeating: "0a", count: 32)))
        #expect(GrantId(text) != GrantId(String(repeating: "0b", count: 32)))
        let kinds: [any KeepwellCore.Identifier] = [
            GrantId(text), ProviderId(text), RecordId(text), DeliveryId(text), QuarantineId(text), LinkId(text), RequestId(text),
            SourceId(text),
            Cursor(text), AnchorFingerprint(text),
        ]
        #expect(Set(kinds.map { AnyHashable($0) }).count == kinds.count)
        #expect(kinds.allSatisfy { "\($0)" == text && $0.text == text })
    }

    @Test func aTextThatIsNoneIsRefusedWhereItIsUsed() async throws {
        let wallet = try await newWallet(.new())
        let digits = String(repeating: "0a", count: 32)
        // Each as long as it is, and what is said of one that is well formed and unknown.
        let calls: [(Int, String, (String) async throws -> Void)] = [
            (64, "NoSuchRecord", { _ = try await wallet.record(id: RecordId($0)) }),
            (64, "NoSuchGrant", { _ = try await wallet.grantById(id: GrantId($0)) }),
            (64, "NoSuchQuarantined", { _ = try await wallet.quarantinedBytes(id: QuarantineId($0)) }),
            (32, "NoSuchImport", { _ = try await wallet.importReach(import: DeliveryId($0)) }),
            (32, "NoSuchShare", { _ = try await wallet.shareLink(id: LinkId($0)) }),
            (32, "NoSuchRequest", { try await wallet.refuseAccessRequest(id: RequestId($0)) }),
            (32, "NoSuchSource", { _ = try await wallet.removeSource(SourceId($0)) }),
        ]
        for (length, unknown, call) in calls {
            await expectCode(unknown) { try await call(String(digits.prefix(length))) }
            let own = String(digits.prefix(length))
            for text in ["", String(own.dropLast()), digits + "0a", own.uppercased(), " " + own.dropLast(), "../../etc/passwd"] {
                await expectCode("InvalidIdentifier") { try await call(text) }
            }
        }
        await expectCode("InvalidIdentifier") { _ = try await wallet.provider(.byId(provider: ProviderId("Bern"))) }
        await expectCode("InvalidCursor") { _ = try await wallet.records(query: RecordQuery(after: Cursor("no cursor"))) }
        try await wallet.withAuthentication(pin: rightPIN) { authentication in
            let renewal = LedgerRenewal(anchor: Data(), ledgerUrl: nil, fingerprint: AnchorFingerprint("0a0b"))
            await expectCode("FingerprintMalformed") { _ = try await wallet.renewTrust(authentication, renewal) }
        }
    }
}

/// Expects an error of the library that has this code.
private func expectCode(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("nothing was thrown, not \(code)", sourceLocation: sourceLocation)
    } catch {
        #expect((try? (error as? WalletError)?.code()) == code, sourceLocation: sourceLocation)
    }
}
