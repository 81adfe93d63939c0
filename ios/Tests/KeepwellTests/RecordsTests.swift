import Foundation
import Keepwell
import Testing

@Suite struct RecordsTests {
    private func wallet(_ records: Data) async throws -> Wallet {
        let wallet = try await newWallet(.new())
        guard case .imported = try await wallet.importRecords(from: .bytes(bytes: records)) else {
            throw WalletError.Internal
        }
        return wallet
    }

    @Test func pagesHaveEveryRecordOnce() async throws {
        let wallet = try await wallet(bundle(observations: 120))
        var sizes: [Int] = []
        var seen: Set<RecordId> = []
        for try await page in wallet.pages(of: RecordQuery(limit: 50)) {
            sizes.append(page.count)
            seen.formUnion(page.map(\.id))
        }
        #expect(sizes == [50, 50, 21])
        #expect(seen.count == 121)
        var none = 0
        for try await _ in wallet.pages(of: RecordQuery(text: "nothing of this kind")) { none += 1 }
        #expect(none == 0)
    }

    @Test func aPageThatIsNotOneIsRefused() async throws {
        let wallet = try await wallet(bundle(observations: 1))
        await expectError(.InvalidArgument(reason: .invalidCursor)) {
            try await wallet.records(query: RecordQuery(after: Cursor("no cursor")))
        }
        await expectError(.InvalidArgument(reason: .invalidIdentifier)) {
            try await wallet.record(id: RecordId("../../etc/passwd"))
        }
        await expectError(.NotFound(reason: .noSuchRecord)) {
            try await wallet.record(id: RecordId(String(repeating: "0", count: 64)))
        }
    }

    @Test(arguments: [
        "Blutzucker nüchtern", "血糖 空腹", "سكر الدم", "e\u{301}le\u{301}ve", "👩🏽‍⚕️ Besuch", "O\u{2019}Brien", "a\u{0}b",
    ])
    func textOfEveryScriptComesBackByteForByte(text: String) async throws {
        let escaped = text.replacingOccurrences(of: "\u{0}", with: "")
        let original = bundle(observations: 1, text: escaped)
        let wallet = try await wallet(original)
        let page = try await wallet.records(query: RecordQuery(category: .results))
        let found = try #require(page.records.first)
        #expect(found.display?.unicodeScalars.elementsEqual("\(escaped) 0".unicodeScalars) == true)
        let bytes = try await wallet.record(id: found.id)
        #expect(original.range(of: bytes) != nil, "as it lies in the file")
        let word = try #require(escaped.split(separator: " ").last)
        let searched = try await wallet.records(query: RecordQuery(text: String(word)))
        #expect(searched.records.map(\.id).contains(found.id))
    }

    @Test func aFileOfSeveralPeopleIsNotTakenUntilOneIsNamed() async throws {
        let wallet = try await newWallet(.new())
        let two = Data(
            """
            {"resourceType":"Patient","id":"a","name":[{"family":"A"}],"birthDate":"1990-01-01"}
            {"resourceType":"Patient","id":"b","name":[{"family":"B"}],"birthDate":"1991-01-01"}
            """.utf8)
        guard case .otherPatients(let patients) = try await wallet.importRecords(from: .bytes(bytes: two)) else {
            Issue.record("taken without asking")
            return
        }
        #expect(patients.count == 2)
        let counts = try await wallet.recordCounts()
        #expect(counts == [])
        let own = try #require(patients.first)
        let outcome = try await wallet.importRecords(from: .bytes(bytes: two), options: ImportOptions(patient: own.id))
        guard case .imported(let report) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(report.added == 1)
        #expect(report.otherPatient == 1)
    }

    @Test func aBrokenFileChangesNothing() async throws {
        let wallet = try await newWallet(.new())
        for bytes in [Data("{".utf8), bundle(observations: 3).dropLast(10), Data([0x1F, 0x8B, 0, 0])] {
            await #expect(throws: WalletError.self) { try await wallet.importRecords(from: .bytes(bytes: Data(bytes))) }
        }
        await #expect(throws: WalletError.self) { try await wallet.importRecords(from: .file(path: "/nowhere/at/all")) }
        let counts = try await wallet.recordCounts()
        #expect(counts == [])
    }

    @Test func valuesThatHoldSecretsShowNone() throws {
        let code = try qrCode(text: "shlink:/secret")
        #expect("\(code)" == "QrCode(\(code.size), ..)")
        #expect(code.modules.count == Int(code.size * code.size))
        let request = HttpRequest(
            method: "GET", url: "https://host/secret", headers: [], body: Data(), maxBody: 1, isForeign: false)
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains("secret"))
        #expect(dumped.contains("GET"))
        dumped = ""
        dump(QuizAnswer(position: 3, word: Data("zebra".utf8)), to: &dumped)
        #expect(!dumped.contains("122"), "z as a number")
    }
}

/// Expects an error of the library.
func expectError<Result>(
    _ expected: WalletError, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Result
) async {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch {
        #expect(error as? WalletError == expected, sourceLocation: sourceLocation)
    }
}
