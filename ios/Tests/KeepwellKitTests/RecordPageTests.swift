import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct RecordPageTests {
    @Test func aNumberStandsWhereItsRangePutsIt() throws {
        func measure(_ number: Double, _ low: Double?, _ high: Double?) -> PictureMeasure {
            PictureMeasure(number: number, low: low, high: high)
        }
        #expect(measure(3.4, 3.5, 5).standing == .below)
        #expect(measure(3.5, 3.5, 5).standing == .within)
        #expect(measure(5, 3.5, 5).standing == .within)
        #expect(measure(5.1, 3.5, 5).standing == .above)
        #expect(measure(200, nil, 190).standing == .above)
        #expect(measure(-1, nil, 190).standing == .within)
        #expect(measure(5, nil, nil).standing == nil)
        #expect(try #require(RangeBar(measure(4, 4, 6))).mark == 0.25)
        #expect(try #require(RangeBar(measure(5, 4, 6))).mark == 0.5)
        #expect(try #require(RangeBar(measure(6, 4, 6))).mark == 0.75)
        #expect(try #require(RangeBar(measure(600, 4, 6))).mark == 1, "far off stands at the end")
        #expect(try #require(RangeBar(measure(-600, 4, 6))).mark == 0)
        for (low, high) in [(nil, 6), (4, nil), (4, 4), (-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude)] {
            #expect(RangeBar(measure(5, low, high)) == nil)
        }
    }

    @Test(arguments: Texts.languages) func theBarIsSaidInWords(language: String) {
        let texts = Texts(language: language)
        let high = PictureMeasure(number: 6.9, low: 4, high: 6)
        #expect(texts.standing(of: high, range: "4–6 %") == texts(.rangeAbove, "4–6 %"))
        #expect(texts.standing(of: high, range: nil) == texts(.rangeAbove, "4–6"))
        #expect(texts.standing(of: PictureMeasure(number: 5, low: 4, high: 6), range: "4–6 %") == texts(.rangeWithin, "4–6 %"))
        #expect(texts.standing(of: PictureMeasure(number: 5), range: "see text") == nil)
        #expect(texts.range(of: PictureMeasure(number: 5, low: 3.5)) == texts(.rangeFrom, texts.number(3.5)))
        #expect(texts.range(of: PictureMeasure(number: 5, high: 5.1)) == texts(.rangeTo, texts.number(5.1)))
        #expect(texts.range(of: PictureMeasure(number: 5)) == nil)
        let one = texts.standing(of: PictureMeasure(number: 3, low: 3.5), range: nil)
        #expect(one == texts(.rangeBelow, texts(.rangeFrom, texts.number(3.5))))
        #expect(Set(RecordVersion.Standing.allCases.map { texts.label($0) }).count == 4)
        #expect(texts.number(5.15) == (language == "es" ? "5,15" : "5.15"))
        #expect(texts.number(1_500) == (language == "es" ? "1500" : "1,500"))
    }

    @Test func ourWordsDoNotStandBesideOthersOfTheSource() {
        let texts = Texts(language: "en")
        func isSaid(_ number: Double, _ flag: ValueFlag?) -> Bool {
            texts.standing(of: PictureMeasure(number: number, low: 4, high: 6), range: "4–6 %", flag: flag) != nil
        }
        for flag in ValueFlag.allCases { #expect(!isSaid(5, flag), "within, and \(flag)") }
        for number in [3.0, 5, 7] { #expect(isSaid(number, nil)) }
        for flag in [ValueFlag.critical, .abnormal] { #expect(isSaid(3, flag) && isSaid(7, flag)) }
        #expect(isSaid(7, .high) && !isSaid(3, .high))
        #expect(isSaid(3, .low) && !isSaid(7, .low))
    }

    @Test func showsVersionsAndOtherResultsOfTheKind() async throws {
        let wallet = FakeWallet.sample()
        let result = try #require(wallet.change { $0.records.first { $0.category == .results } })
        let day = Date(timeIntervalSince1970: 1_700_000_000)
        wallet.change { world in
            world.histories[result.id] = [
                RecordVersion(id: 1, standing: .superseded, source: "Bern Clinic", received: day),
                RecordVersion(id: 2, standing: .present, source: "Bern Clinic", received: day),
            ]
            let older = RecordSummary(
                id: "older", category: .results, resourceType: "Observation", title: result.title, date: "2023", source: "")
            world.records.append(older)
            world.pictures["older"] = RecordPicture(
                row: PictureRow(kind: .observation, resourceType: "Observation", title: result.title, value: .text("6.1 %")))
        }
        let model = RecordModel(record: result, service: wallet)
        await model.load()
        #expect(model.state.history.map(\.id) == [2, 1], "newest first")
        #expect(model.state.others.map(\.id) == ["older"], "without itself")
        #expect(model.state.picture?.source == "Bern Clinic")
        let allergy = RecordModel(record: wallet.change { $0.records[0] }, service: wallet)
        await allergy.load()
        #expect(allergy.state.others == [])
        #expect(allergy.state.problem == nil)
    }

    @Test func aLongNoteBeginsHereAndIsReadElsewhere() {
        let short = PicturePassage(label: .note, title: nil, text: String(repeating: "a", count: 1_200))
        #expect(!short.isLong)
        #expect(short.beginning == short.text)
        let long = PicturePassage(label: .note, title: nil, text: String(repeating: "a", count: 1_201))
        #expect(long.isLong)
        #expect(long.beginning == short.text + "…")
    }

    @Test func aFileIsTheOneInItsPlaceAndADamagedOneIsSaidToBe() async throws {
        let wallet = FakeWallet.sample()
        let record = wallet.change { $0.records[0] }
        let files = ["Letter", "Plan", "Elsewhere"].map { title in
            PictureAttachment(
                title: title, contentType: "application/pdf",
                address: title == "Elsewhere" ? "https://example.org/a.pdf" : nil, isHere: title != "Elsewhere")
        }
        wallet.change {
            $0.pictures[record.id] = RecordPicture(
                row: PictureRow(kind: .document, resourceType: "DocumentReference", title: "Letter"), attachments: files)
            $0.files[record.id] = [Data("%PDF-1.4 one".utf8)]
        }
        let model = RecordModel(record: record, service: wallet)
        await #expect(throws: Problem.notFound, "nothing is shown yet") { try await model.content(of: files[0]) }
        await model.load()
        #expect(try await model.content(of: files[0]) == Data("%PDF-1.4 one".utf8))
        await #expect(throws: Problem.attachmentDamaged) { try await model.content(of: files[1]) }
        await #expect(throws: Problem.notFound) { try await model.content(of: files[2]) }
    }

    @Test func onlyWhatTheRecordCarriesIsOpened() {
        func readable(_ type: String?, isHere: Bool = true) -> PictureAttachment.Readable? {
            PictureAttachment(title: nil, contentType: type, isHere: isHere).readable
        }
        #expect(readable("Application/PDF; charset=x") == .pages)
        #expect(readable("image/jpeg") == .picture)
        #expect(readable("image/svg+xml") == nil, "it can hold programs")
        #expect(readable("application/pdf", isHere: false) == nil)
        #expect(readable("text/html") == nil)
        #expect(readable(nil) == nil)
    }
}
