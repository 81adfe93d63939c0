// The page of a record over the real wallet.

import Foundation
import Keepwell
import KeepwellKit
import KeepwellService
import Testing

@MainActor @Suite struct RecordPageStoryTests {
    private static let patient =
        #"{"resourceType":"Patient","id":"p","name":[{"family":"Müller","given":["Zoë"]}],"birthDate":"1954-05-01"}"#
    private static let pdf = Data("%PDF-1.4 a letter".utf8)

    private static func potassium(_ id: String, on day: String, _ value: Double, version: Int = 1) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","meta":{"versionId":"\#(version)","lastUpdated":"2026-10-0\#(version)T08:00:00Z"},"#
            + #""status":"final","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}],"#
            + #""text":"Potassium"},"effectiveDateTime":"\#(day)","valueQuantity":{"value":\#(value),"unit":"mmol/L"},"#
            + #""referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.1,"unit":"mmol/L"}}]}"#
    }

    private static let letter =
        #"{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/p"},"#
        + #""type":{"text":"Discharge letter"},"content":[{"attachment":{"contentType":"application/pdf","title":"Letter","#
        + #""data":"\#(pdf.base64EncodedString())"}},{"attachment":{"contentType":"text/plain","title":"Note","data":""#
        + Data("Take it slowly.".utf8).base64EncodedString()
        + #""}},{"attachment":{"contentType":"application/pdf","url":"https://example.org/letter.pdf"}}]}"#

    private func take(_ resources: [String], into wallet: Wallet) async throws {
        let lines = Data(([Self.patient] + resources).joined(separator: "\n").utf8)
        let outcome = try await wallet.importRecords(from: .bytes(bytes: lines))
        guard case .imported = outcome else { throw Unknown(what: "\(outcome)") }
    }

    private func page(_ title: String, of services: RustWallet) async throws -> RecordModel {
        let found = try await services.page(KeepwellKit.RecordQuery(text: title), after: nil).records
        let model = RecordModel(record: try #require(found.first), service: services)
        await model.load()
        #expect(model.state.problem == nil)
        return model
    }

    @Test func aResultStandsBesideWhatIsNormalAndBesideItsKind() async throws {
        let wallet = try await newWallet(.new())
        let services = RustWallet(wallet)
        try await take([Self.potassium("1", on: "2026-03-01", 4.2), Self.potassium("2", on: "2026-09-01", 6.2)], into: wallet)
        try await take([Self.potassium("2", on: "2026-09-01", 6.1, version: 2)], into: wallet)
        let model = try await page("Potassium", of: services)
        let picture = try #require(model.state.picture)
        #expect(picture.row.value == .text("6.1 mmol/L"))
        let measure = try #require(picture.row.measure)
        #expect(measure == PictureMeasure(number: 6.1, unit: "mmol/L", low: 3.5, high: 5.1))
        #expect(measure.standing == .above)
        let mark = try #require(RangeBar(measure)).mark
        #expect(mark > 0.75 && mark < 1.1)
        #expect(model.state.others.map(\.row.value) == [.text("4.2 mmol/L")])
        #expect(model.state.history.map(\.standing) == [.present, .superseded])
        #expect(model.state.history.map(\.id) == [2, 1])
        #expect(picture.received != nil)
        #expect(!picture.source.isEmpty)
        await model.showReceived()
        #expect(model.state.received?.joined() == Self.potassium("2", on: "2026-09-01", 6.1, version: 2), "byte for byte")
    }

    @Test func whatCameInLastStandsFirstInThatOrder() async throws {
        let wallet = try await newWallet(.new())
        try await take([Self.potassium("1", on: "2026-03-01", 4.2)], into: wallet)
        try await take([Self.potassium("2", on: "1999-03-01", 6.2)], into: wallet)
        let records = RecordsModel(service: RustWallet(wallet))
        await records.show(KeepwellKit.RecordQuery(text: "potas", order: .latestArrival))
        #expect(records.state.records.map(\.date) == ["1999-03-01", "2026-03-01"])
        #expect(records.state.groups.allSatisfy { if case .arrival = $0.heading { true } else { false } })
        await records.show(KeepwellKit.RecordQuery(text: "potas"))
        #expect(records.state.records.map(\.date) == ["2026-03-01", "1999-03-01"])
    }

    @Test func aSearchIsNarrowedToATime() async throws {
        let wallet = try await newWallet(.new())
        let today = Date().formatted(.iso8601.year().month().day())
        try await take([Self.potassium("1", on: "2010-03-01", 4.2), Self.potassium("2", on: today, 6.2)], into: wallet)
        let records = RecordsModel(service: RustWallet(wallet))
        await records.show(KeepwellKit.RecordQuery(text: "potas", period: .year))
        #expect(records.state.records.map(\.date) == [today])
        await records.show(KeepwellKit.RecordQuery(text: "potas"))
        #expect(records.state.groups.map(\.heading) == [.time(String(today.prefix(7))), .time("2010-03")])
        await records.show(KeepwellKit.RecordQuery(category: .allergies, text: "potas"))
        #expect(records.state.isNothingFound)
    }

    /// What is high is said by a flag, which the app has words for; what no flag says, in the words of its source.
    @Test func whatIsSaidOfAPartIsAFlagWhereThereIsOneForIt() async throws {
        let wallet = try await newWallet(.new())
        func part(_ title: String, _ interpretations: [String]) -> String {
            #"{"code":{"text":"\#(title)"},"valueQuantity":{"value":151,"unit":"mmHg"},"interpretation":[\#(interpretations.joined(separator: ","))]}"#
        }
        let high = #"{"coding":[{"code":"H"}],"text":"Hoch"}"#
        let parts = [
            part("Sys", [high]), part("Dia", [#"{"text":"cuff too small"}"#]), part("Mean", [high, #"{"text":"calculated"}"#]),
        ]
        try await take(
            [
                #"{"resourceType":"Observation","id":"b","status":"final","subject":{"reference":"Patient/p"},"#
                    + #""code":{"text":"Blood pressure"},"component":[\#(parts.joined(separator: ","))]}"#
            ], into: wallet)
        let said = try #require(try await page("Blood", of: RustWallet(wallet)).state.picture).parts
        #expect(said.map(\.flag) == [.high, nil, .high])
        #expect(said.map(\.interpretation) == [[], ["cuff too small"], ["Hoch", "calculated"]])
    }

    @Test func aLetterIsReadAndItsPDFOpenedAndNothingIsFetched() async throws {
        let wallet = try await newWallet(.new())
        try await take([Self.letter], into: wallet)
        let model = try await page("Discharge", of: RustWallet(wallet))
        let picture = try #require(model.state.picture)
        #expect(picture.passages.map(\.text).contains("Take it slowly."))
        #expect(picture.attachments.count == 3)
        #expect(picture.attachments.map(\.readable) == [.pages, nil, nil])
        let content = try await model.content(of: picture.attachments[0])
        #expect(content == Self.pdf)
        #expect(picture.attachments.map(\.isHere) == [true, true, false])
        await #expect(throws: Problem.notFound) { try await model.content(of: picture.attachments[2]) }
        #expect(model.state.others == [])
    }
}
