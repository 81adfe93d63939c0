import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct RecordsModelTests {
    @Test func showsTheFirstPage() async {
        let model = RecordsModel(service: FakeWallet.sample { $0.pageSize = 2 })
        await model.show(RecordQuery())
        #expect(model.state.records.map(\.title) == ["Peanut allergy", "Pollen allergy"])
        #expect(model.state.hasMore)
    }

    @Test func addsPagesUntilThereAreNone() async {
        let model = RecordsModel(service: FakeWallet.sample { $0.pageSize = 2 })
        await model.show(RecordQuery())
        await model.loadMore()
        await model.loadMore()
        #expect(model.state.records.count == 5)
        #expect(!model.state.hasMore)
        await model.loadMore()
        #expect(model.state.records.count == 5)
    }

    @Test func filtersByCategoryAndText() async {
        let model = RecordsModel(service: FakeWallet.sample())
        await model.show(RecordQuery(category: .allergies, text: "peanut"))
        #expect(model.state.records.map(\.title) == ["Peanut allergy"])
        await model.show(RecordQuery(category: .medications, text: "peanut"))
        #expect(model.state.records == [])
        #expect(model.state.problem == nil)
    }

    @Test func aLockedWalletShowsNoRows() async {
        let wallet = FakeWallet.sample()
        let model = RecordsModel(service: wallet)
        await model.show(RecordQuery())
        #expect(model.state.records.count == 5)
        wallet.change { $0.isUnlocked = false }
        await model.show(RecordQuery())
        #expect(model.state.records == [])
        #expect(model.state.problem == .locked)
        #expect(!model.state.isLoading)
    }

    @Test func whatIsShownStaysAndOnlyTheLastOfWhatIsTypedIsAskedFor() async {
        let wallet = FakeWallet.sample()
        let model = RecordsModel(service: wallet)
        let never: Pause = { throw CancellationError() }
        await model.search(RecordQuery(text: "peanut"), pause: never)
        #expect(model.state.records.map(\.title) == ["Peanut allergy"], "the first is not waited for")
        wallet.change { $0.records = [] }
        await model.search(RecordQuery(text: "peanut"), pause: {})
        #expect(model.state.records.map(\.title) == ["Peanut allergy"], "who comes back finds the same")
        #expect(!model.state.isNothingFound)
        await model.search(RecordQuery(text: "peanuts"), pause: never)
        #expect(model.state.query.text == "peanut")
        await model.search(RecordQuery(text: "peanuts"), pause: {})
        #expect(model.state.records == [])
        #expect(model.state.isNothingFound)
    }

    @Test func narrowsToATime() async {
        let wallet = FakeWallet.sample()
        let model = RecordsModel(service: wallet)
        await model.show(RecordQuery(period: .year))
        #expect(model.state.records == [])
        await model.show(RecordQuery(period: .fiveYears))
        #expect(model.state.records.map(\.title) == ["Haemoglobin A1c"], "nothing without a date")
        await model.show(RecordQuery(period: .any))
        #expect(model.state.records.count == 5)
    }

    @Test func aTimeBeginsOnTheSameDayOfItsYear() throws {
        let zone = try #require(TimeZone(identifier: "Pacific/Auckland"))
        let formatter = ISO8601DateFormatter()
        let today = try #require(formatter.date(from: "2026-11-30T11:30:00Z"))
        func since(_ period: Period) -> String? { period.since(today, in: zone).map { formatter.string(from: $0) } }
        #expect(since(.any) == nil)
        #expect(since(.year) == "2025-12-01T00:00:00Z", "there it is December already")
        #expect(since(.fiveYears) == "2021-12-01T00:00:00Z")
    }

    @Test func standsByMonthOverPages() async {
        let dates = ["2026-05-01", "2026-05", "2025", "2025-01-01", nil, nil]
        let wallet = FakeWallet.sample {
            $0.pageSize = 3
            $0.records = dates.enumerated().map { number, date in
                RecordSummary(
                    id: "\(number)", category: .results, resourceType: "Observation", title: "", date: date, source: "")
            }
        }
        let model = RecordsModel(service: wallet)
        await model.show(RecordQuery())
        #expect(model.state.groups.map(\.heading) == [.time("2026-05"), .time("2025")])
        await model.loadMore()
        #expect(model.state.groups.map(\.heading) == [.time("2026-05"), .time("2025"), .time("2025-01"), .undated])
        #expect(model.state.groups.map(\.records.count) == [2, 1, 1, 2], "over the end of a page")
        #expect(model.state.groups.flatMap(\.records) == model.state.records)
        await model.show(RecordQuery(text: "none"))
        #expect(model.state.groups == [])
    }

    @Test func standsByTheDayOfArrivalInThatOrder() async {
        let day: TimeInterval = 86_400
        let noon = Calendar.current.startOfDay(for: Date(timeIntervalSince1970: 1_800_000_000)) + day / 2
        let wallet = FakeWallet.sample {
            $0.records = [("a", "2026-05-01", -day), ("b", "1990", -60), ("c", nil, 0)].map { id, date, since in
                RecordSummary(
                    id: id, category: .results, resourceType: "Observation", title: id, date: date, source: "",
                    arrived: noon + since)
            }
        }
        let model = RecordsModel(service: wallet)
        await model.show(RecordQuery(order: .latestArrival))
        #expect(model.state.records.map(\.id) == ["c", "b", "a"], "whatever time they show")
        let today = noon - day / 2
        #expect(model.state.groups.map(\.heading) == [.arrival(today), .arrival(today - day)])
        await model.show(RecordQuery())
        #expect(model.state.groups.first?.heading == .time("2026-05"))
    }

    @Test(arguments: Texts.languages) func aHeadingIsInWords(language: String) {
        let texts = Texts(language: language)
        #expect(texts.label(RecordGroup.Heading.time("2026-05")).lowercased().contains(language == "es" ? "mayo" : "may"))
        #expect(texts.label(RecordGroup.Heading.time("2025")) == "2025")
        let day = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(texts.label(RecordGroup.Heading.arrival(day)).contains(texts.day(day)))
    }

    @Test func looksAgainOnlyWhereRecordsChanged() async {
        let wallet = FakeWallet.sample()
        let model = RecordsModel(service: wallet)
        await model.refresh(at: 3)
        #expect(!model.state.isShown, "nothing was asked for")
        await model.show(RecordQuery())
        wallet.change { $0.records.removeLast() }
        await model.refresh(at: 3)
        #expect(model.state.records.count == 5)
        await model.refresh(at: 4)
        #expect(model.state.records.count == 4)
    }

    @Test func whatWasBrokenOffIsAskedForAgain() async {
        let model = RecordsModel(service: FakeWallet.sample { $0.nextProblem = .cancelled })
        await model.search(RecordQuery())
        #expect(model.state.problem == nil)
        #expect(!model.state.isNothingFound, "it is not known")
        await model.search(RecordQuery())
        #expect(model.state.records.count == 5)
    }

    @Test func anAnswerToAnOldQuestionIsDropped() async {
        let slow = SlowRecords()
        let model = RecordsModel(service: slow)
        let first = Task { await model.show(RecordQuery(text: "old")) }
        _ = await eventually { slow.isWaiting }
        await model.show(RecordQuery(text: "new"))
        slow.answer()
        await first.value
        #expect(model.state.records.map(\.title) == ["new"])
        #expect(model.state.query.text == "new")
        #expect(!model.state.isLoading)
    }

    @Test func showsARecordAndAsReceived() async {
        let wallet = FakeWallet.sample()
        let record = wallet.change { $0.records[0] }
        let original =
            #"{"resourceType":"Observation","id":"x","code":{"coding":[{"code":"1","display":"HbA1c"}]},"valueQuantity":{"value":5.10,"unit":"%"}}"#
        wallet.change { $0.contents[record.id] = Data(original.utf8) }
        let model = RecordModel(record: record, service: wallet)
        await model.load()
        #expect(model.state.picture == wallet.change { $0.pictures[record.id] })
        #expect(model.state.history.map(\.standing) == [.present])
        #expect(model.state.received == nil, "nobody asked for it")
        await model.showReceived()
        #expect(model.state.received == [original])
    }

    @Test func asReceivedComesAlsoWhileItsVersionsAreAwaited() async {
        let wallet = FakeWallet.sample { $0.isHistorySlow = true }
        let record = wallet.change { $0.records[0] }
        wallet.change { $0.contents[record.id] = Data("{}".utf8) }
        let model = RecordModel(record: record, service: wallet)
        let loading = Task { await model.load() }
        #expect(await eventually { wallet.heldCalls == 1 })
        await model.showReceived()
        #expect(model.state.received == ["{}"])
        #expect(model.state.history == [])
        wallet.change { $0.isHistorySlow = false }
        await loading.value
        #expect(model.state.history.map(\.standing) == [.present])
        #expect(model.state.received == ["{}"] && !model.state.isBusy)
    }

    @Test func whatIsLongIsShownInPartsAndAllOfIt() async {
        let wallet = FakeWallet.sample()
        let record = wallet.change { $0.records[0] }
        let long = String(repeating: "Zoë 👩🏽‍⚕️ ", count: 3_000)
        wallet.change { $0.contents[record.id] = Data(long.utf8) }
        let model = RecordModel(record: record, service: wallet)
        await model.showReceived()
        #expect(model.state.received?.count == 5)
        #expect(model.state.received?.allSatisfy { $0.count <= 4_000 } == true)
        #expect(model.state.received?.joined() == long)
    }

    @Test func saysWhenARecordIsGone() async {
        let wallet = FakeWallet.sample()
        let record = wallet.change { $0.records[0] }
        let model = RecordModel(record: record, service: wallet)
        wallet.change { $0.pictures[record.id] = nil }
        await model.load()
        #expect(model.state.problem == .notFound)
    }

    @Test(arguments: Texts.languages) func saysWhyARecordDoesNotHoldAndWhatIsSaidOfAPart(language: String) throws {
        let texts = Texts(language: language)
        let words = Validity.allCases.map { texts.label($0) }
        #expect(words.last == .some(nil))
        #expect(Set(words).count == Validity.allCases.count)
        let part = PicturePart(title: "Dia", value: .absent(reason: "cuff error"), interpretation: ["Low"])
        #expect(texts.valueText(part) == texts(.valueAbsent, "cuff error") + " · Low")
        let flagged = PicturePart(title: "Sys", value: .text("128 mmHg"), flag: .high, interpretation: ["cuff too small"])
        #expect(texts.valueText(flagged) == "128 mmHg · " + texts.label(ValueFlag.high) + " · cuff too small")
        let row = PictureRow(
            kind: .observation, resourceType: "Observation", title: nil, value: .text("6.10 mmol/L"), flag: .critical)
        #expect(texts.valueText(row) == "6.10 mmol/L · " + texts.label(ValueFlag.critical))
        let reason = try #require(texts.label(Validity.enteredInError))
        let wrong = RecordSummary(
            id: "", category: .allergies, resourceType: "AllergyIntolerance", title: "Nuts", date: "2020", source: "",
            validities: [.enteredInError])
        #expect(texts.recordDetail(wrong) == reason + " · 2020")
        #expect(texts.timeText(PictureTime(start: "2020", lasts: true)) == texts(.valueSince, "2020"))
        #expect(texts.timeText(PictureTime(start: "2020", end: "2021", lasts: true)) == "2020 – 2021")
    }

    @Test func saysCodesAndTypesInThePersonsLanguageAndTheRestAsItsSource() {
        let spanish = Texts(language: "es")
        #expect(spanish.valueText(.text("Final"), of: .status) == "Definitivo")
        #expect(spanish.valueText(.text("female"), of: .gender) == "Femenino")
        #expect(spanish.valueText(.text("final"), of: .note) == "final", "in words of its own it is no code")
        #expect(spanish.valueText(.text("final")) == "final")
        #expect(spanish.valueText(.text("on hold"), of: .status) == "on hold")
        #expect(spanish.typeLabel("MedicationRequest") == "Recetas")
        #expect(spanish.typeLabel("other") == spanish(.recordOtherType, "other"))
        #expect(spanish.typeLabel("VisionPrescription") == spanish(.recordOtherType, "VisionPrescription"))
    }

    @Test func datesKeepThePrecisionThatTheyHave() {
        let (english, spanish) = (Texts(language: "en"), Texts(language: "es"))
        #expect(english.clinicalDate("2021") == "2021")
        #expect(english.clinicalDate("2021-02") == "February 2021")
        #expect(spanish.clinicalDate("2021-02").hasPrefix("Febrero"))
        #expect(english.clinicalDate("2026-09-18T08:15:00+02:00") == "September 18, 2026")
        #expect(spanish.clinicalDate("2026-09-18") == "18 de septiembre de 2026")
        for odd in ["", "soon", "2021-13", "2021-02-30", "18.9.2026 early"] { #expect(english.clinicalDate(odd) == odd) }
        #expect(english.timeText(PictureTime(start: "2026-09-18 08:15")) == "September 18, 2026 08:15")
    }
}

/// Answers the search for "old" only when told to.
private final class SlowRecords: RecordService, @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: CheckedContinuation<Void, Never>?

    var isWaiting: Bool { lock.withLock { waiting != nil } }

    func answer() {
        lock.withLock { waiting }?.resume()
    }

    func counts() async throws(Problem) -> [CategoryCount] { [] }

    func page(_ query: RecordQuery, after mark: String?) async throws(Problem) -> RecordPage {
        if query.text == "old" {
            await withCheckedContinuation { continuation in lock.withLock { waiting = continuation } }
        }
        let record = RecordSummary(
            id: query.text, category: .other, resourceType: "Basic", title: query.text, date: nil, source: "")
        return RecordPage(records: [record], next: nil)
    }

    func picture(of record: RecordSummary.ID) async throws(Problem) -> RecordPicture { throw .notFound }

    func history(of record: RecordSummary.ID) async throws(Problem) -> [RecordVersion] { throw .notFound }

    func series(of record: RecordSummary.ID) async throws(Problem) -> [SeriesResult] { throw .notFound }

    func attachment(of record: RecordSummary.ID, at index: Int) async throws(Problem) -> Data { throw .notFound }
    func content(of record: RecordSummary.ID) async throws(Problem) -> Data { throw .notFound }
}
